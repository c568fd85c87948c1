//! Logs that are closed and wait for the archive: in a folder of the spool, and all that is known of each is in its name.

use std::io::{self, ErrorKind, Read, Write};

use gannet::Timestamp;

use crate::calendar_text;
use crate::dir::Place;

/// The folder of the spool.
pub(crate) const FOLDER: &str = "rotated";
/// The file in it that has the names of logs which filters made: nobody else knows them when the run was killed.
const NAMES: &str = "names";
/// Bytes of it that are read: more names than logs that a run can have.
const MOST_NAMES: u64 = 16 << 20;
/// Files of one log and period.
const MOST_ALIKE: u32 = 1_000_000;

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// It is being closed by the run that wrote it, and nobody else's.
    Open,
    /// A run left it, and its last line may be torn.
    Left,
    /// It is whole.
    Closed,
}

impl Stage {
    fn ending(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Left => "left",
            Self::Closed => "log",
        }
    }
}

/// A file that waits: `conn__2026-11-20-14-00-00__2026-11-20-15-00-00__0.log`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Waiting {
    /// When its period began and ended, as `YYYY-MM-DD-HH-MM-SS`.
    pub(crate) from: String,
    pub(crate) to: String,
    /// Its place among those of the same log and period.
    pub(crate) number: u32,
    pub(crate) log: String,
    pub(crate) stage: Stage,
}

impl Waiting {
    /// The name of its file.
    pub(crate) fn name(&self) -> String {
        let Self { from, to, number, log, stage } = self;
        format!("{log}__{from}__{to}__{number}.{}", stage.ending())
    }

    /// What a name says; nothing if no run gave it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        let stage =
            [Stage::Open, Stage::Left, Stage::Closed].into_iter().find(|stage| stage.ending() == ending)?;
        let mut parts = stem.rsplitn(4, "__");
        let (number, to, from, log) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let sound = is_calendar(from) && is_calendar(to) && is_log(log);
        let number = number.parse().ok().filter(|_| sound)?;
        Some(Self { from: from.to_owned(), to: to.to_owned(), number, log: log.to_owned(), stage })
    }

    /// The same at another stage.
    pub(crate) fn at(&self, stage: Stage) -> Self {
        Self { stage, ..self.clone() }
    }
}

/// `2026-11-20-14-00-00`
fn is_calendar(text: &str) -> bool {
    let mut parts = text.split('-');
    let date = parts.next().is_some_and(|year| year.len() >= 4 && is_digits(year));
    date && parts.clone().count() == 5 && parts.all(|part| part.len() == 2 && is_digits(part))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it can be a log's name, and begins no path.
pub(crate) fn is_log(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte);
    !text.is_empty() && !text.starts_with('.') && text.bytes().all(sound)
}

/// The files that wait.
pub(crate) struct Queue(Place);

impl Queue {
    /// The queue of a spool, made if there is none. What a run did not come to close is taken for left.
    ///
    /// # Errors
    /// If it cannot be made or read.
    pub(crate) fn open(spool: &Place) -> io::Result<Self> {
        let queue = Self(spool.folder(FOLDER)?);
        for open in queue.waiting()?.iter().filter(|waiting| waiting.stage == Stage::Open) {
            queue.to_stage(open, Stage::Left)?;
        }
        Ok(queue)
    }

    /// The same for another thread.
    ///
    /// # Errors
    /// If the system has no more descriptors.
    pub(crate) fn again(&self) -> io::Result<Self> {
        self.0.again().map(Self)
    }

    /// The folder.
    pub(crate) fn place(&self) -> &Place {
        &self.0
    }

    /// All that waits, the oldest first.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub(crate) fn waiting(&self) -> io::Result<Vec<Waiting>> {
        let mut waiting: Vec<Waiting> =
            self.0.files()?.iter().filter_map(|name| Waiting::parse(name)).collect();
        waiting.sort_unstable();
        Ok(waiting)
    }

    /// Takes a file out of the spool, which wrote it from one time to another.
    ///
    /// # Errors
    /// If it stays where it is.
    pub(crate) fn take(
        &self,
        spool: &Place,
        file: &str,
        log: &str,
        (from, to): (Timestamp, Timestamp),
        stage: Stage,
    ) -> io::Result<Waiting> {
        // A period never ends before it begins, whatever was done to the clock.
        let to = to.max(from);
        let (from, to) = (calendar_text(from), calendar_text(to));
        let mut waiting = Waiting { from, to, number: 0, log: log.to_owned(), stage };
        while self.is_taken(&waiting) {
            waiting.number += 1;
            if waiting.number == MOST_ALIKE {
                return Err(ErrorKind::AlreadyExists.into());
            }
        }
        spool.rename_into(file, &self.0, &waiting.name())?;
        Ok(waiting)
    }

    /// Has it on record that the run writes a log of this name.
    ///
    /// # Errors
    /// If that cannot be written: a log that nobody knows of must not be begun.
    pub(crate) fn note(&self, log: &str) -> io::Result<()> {
        let mut names = match self.0.append(NAMES) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.0.create_new(NAMES)?,
            names => names?,
        };
        names.write_all(format!("{log}\n").as_bytes())?;
        names.sync_data()
    }

    /// The names of logs that runs had on record; what is torn is none.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn noted(&self) -> io::Result<Vec<String>> {
        let mut text = Vec::new();
        match self.0.plain(NAMES, false) {
            Ok(names) => names.take(MOST_NAMES).read_to_end(&mut text)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let text = String::from_utf8_lossy(&text);
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let mut names: Vec<String> = whole.filter(|name| is_log(name)).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// All logs on record are taken care of.
    ///
    /// # Errors
    /// If the record stays.
    pub(crate) fn forget(&self) -> io::Result<()> {
        self.0.remove(NAMES)
    }

    fn is_taken(&self, waiting: &Waiting) -> bool {
        [Stage::Open, Stage::Left, Stage::Closed].iter().any(|stage| self.0.has(&waiting.at(*stage).name()))
    }

    /// Gives a file the name of another stage.
    ///
    /// # Errors
    /// If it cannot have it.
    pub(crate) fn to_stage(&self, waiting: &Waiting, stage: Stage) -> io::Result<Waiting> {
        let next = waiting.at(stage);
        self.0.rename(&waiting.name(), &next.name())?;
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_all() {
        let name = "open_conn__2026-11-20-14-00-00__2026-11-20-15-00-00__12.left";
        let waiting = Waiting::parse(name).unwrap();
        assert_eq!((waiting.log.as_str(), waiting.number, waiting.stage), ("open_conn", 12, Stage::Left));
        assert_eq!(waiting.name(), name);
        assert!(waiting.at(Stage::Closed).name().ends_with("__12.log"));
    }

    #[test]
    fn names_of_values_may_have_points() {
        let name = "conn-10.0.0.1__2026-11-20-14-00-00__2026-11-20-15-00-00__0.log";
        assert_eq!(Waiting::parse(name).unwrap().log, "conn-10.0.0.1");
    }

    #[test]
    fn names_that_no_run_gave_are_none() {
        for name in [
            "conn.log",
            "conn__2026-11-20-14-00-00__2026-11-20-15-00-00.log",
            "conn__2026-11-20-14-00-00__2026-11-20-15-00-00__0.gz",
            "conn__2026-11-20-14-00__2026-11-20-15-00-00__0.log",
            "conn__2026-11-20-14-00-00__2026-11-20-15-00-xx__0.log",
            "../conn__2026-11-20-14-00-00__2026-11-20-15-00-00__0.log",
            "__2026-11-20-14-00-00__2026-11-20-15-00-00__0.log",
            ".__2026-11-20-14-00-00__2026-11-20-15-00-00__0.log",
            "conn__2026-11-20-14-00-00__2026-11-20-15-00-00__-1.log",
        ] {
            assert_eq!(Waiting::parse(name), None, "{name}");
        }
    }
}
