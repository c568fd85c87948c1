//! The directory that logs are written to.

mod aside;
mod error;
mod holder;
mod place;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ahash::RandomState;
use gannet::Timestamp;
use gannet::events::LogStream;
use hashbrown::HashMap;

use crate::by_address;
use crate::format::{calendar_text, footer, header};
use crate::options::Options;
pub use error::LogError;
use error::{Action, Context};
pub use place::Place;

/// Bytes that a log collects before it writes them.
const BUFFER: usize = 128 * 1024;
const PARTIAL: &str = ".log.partial";
/// Name of the file that marks the logs beside it as incomplete.
const MARKER: &str = "INCOMPLETE";

/// Writes the logs of one run into a directory.
///
/// A log appears with its first row, under a name of its own (`.conn.log.partial`), and takes its real name
/// (`conn.log`) when the run ends, in the place of a log that an earlier run left there. [`LogDir::finish`] is for a
/// run that saw everything; [`LogDir::interrupt`] for one that was stopped: its logs take their real names too, but
/// their last line is a row and no `#close`, and a file `INCOMPLETE` beside them says so in words, whatever their
/// format. A run that was killed leaves only `.partial` files, which the next run removes.
///
/// A directory has one run at a time: the next one to open it is told which process is at work there. Files are made new,
/// under names that nobody else has, and links are not followed ([`Place`]).
///
/// That is for runs that end. With [`LogDir::open_live`] the logs have their real names from their first row on, and
/// what an earlier run left is moved aside, never overwritten.
pub struct LogDir {
    dir: PathBuf,
    place: Place,
    options: Options,
    /// Whether logs have their real names from the beginning.
    live: bool,
    logs: Vec<Log>,
    /// Place in `logs` by address of the stream; the compiler may keep a stream twice.
    places: HashMap<usize, usize, RandomState>,
    scratch: Vec<u8>,
}

struct Log {
    name: &'static str,
    /// The name that its file has; not its real one until it is published.
    file_name: String,
    path: PathBuf,
    file: BufWriter<File>,
    rows: u64,
}

/// What a run wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Name and number of rows of each log, by name.
    pub logs: Vec<(&'static str, u64)>,
}

impl Written {
    /// Rows in all the logs together.
    pub fn rows(&self) -> u64 {
        self.logs.iter().map(|(_, rows)| rows).sum()
    }
}

impl LogDir {
    /// Makes the directory if there is none, and removes what a killed run left in it.
    ///
    /// # Errors
    /// If the directory cannot be made, read or cleaned, or another run is at work in it.
    pub fn open(dir: impl Into<PathBuf>, options: Options) -> Result<Self, LogError> {
        let dir = dir.into();
        let place = enter(&dir)?;
        for name in place.files().context(Action::List, &dir)? {
            if name.starts_with('.') && name.ends_with(PARTIAL) {
                place.remove(&name).context(Action::Remove, &dir.join(&name))?;
            }
        }
        Ok(Self::new(dir, place, options, false))
    }

    /// For a run without an end: makes the directory if there is none, and moves the logs aside that an earlier run left
    /// in it. `conn.log` becomes `conn.2026-11-25-19-17-16.log`, by the time of its last change (UTC), with `-1`, `-2`
    /// and so on behind the time where that is taken. A file is a log if it is called as one of the `streams`; the
    /// mark `INCOMPLETE` goes with them. Logs without a row are removed.
    ///
    /// Logs of this run have their real names from their first row on. [`LogDir::flush`] makes rows readable.
    ///
    /// # Errors
    /// If the directory cannot be made, read or written to, or another run is at work in it.
    pub fn open_live<'a>(
        dir: impl Into<PathBuf>,
        options: Options,
        streams: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, LogError> {
        let dir = dir.into();
        let place = enter(&dir)?;
        aside::probe(&place, &dir)?;
        for stream in streams {
            aside::move_aside(&place, &dir, &format!("{stream}.log"))?;
        }
        aside::move_aside(&place, &dir, MARKER)?;
        Ok(Self::new(dir, place, options, true))
    }

    fn new(dir: PathBuf, place: Place, options: Options, live: bool) -> Self {
        let places = by_address();
        Self { dir, place, options, live, logs: Vec::new(), places, scratch: Vec::new() }
    }

    /// Where the logs go.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Adds whole rows to a log: `count` of them, as a [`Formatter`](crate::Formatter) made them with the same
    /// options. `now` goes into the header if they are the log's first.
    ///
    /// # Errors
    /// If the log cannot be created or written.
    pub fn write(
        &mut self,
        stream: &'static LogStream,
        now: Timestamp,
        rows: &[u8],
        count: u64,
    ) -> Result<(), LogError> {
        let address = std::ptr::from_ref(stream).addr();
        let place = match self.places.get(&address) {
            Some(&place) => place,
            None => {
                let place = self.place(stream, now)?;
                self.places.insert(address, place);
                place
            }
        };
        let Some(log) = self.logs.get_mut(place) else { return Ok(()) };
        log.rows += count;
        log.file.write_all(rows).context(Action::Write, &log.path)
    }

    /// Hands what is buffered to the operating system, so that readers of the files see it: whole rows.
    ///
    /// # Errors
    /// If a log cannot be written.
    pub fn flush(&mut self) -> Result<(), LogError> {
        self.logs.iter_mut().try_for_each(|log| log.file.flush().context(Action::Write, &log.path))
    }

    /// What was written so far.
    pub fn summary(&self) -> Written {
        let mut logs: Vec<_> = self.logs.iter().map(|log| (log.name, log.rows)).collect();
        logs.sort_unstable();
        Written { logs }
    }

    /// Logs of an earlier run that are in the directory and that this run has not written: they would be taken for
    /// this run's. A file counts if it is called as one of the `streams`, with `.log` behind it.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn stale<'a>(&self, streams: impl IntoIterator<Item = &'a str>) -> Result<Vec<PathBuf>, LogError> {
        let streams: Vec<&str> = streams.into_iter().collect();
        let files = self.place.files().context(Action::List, &self.dir)?;
        let mut stale: Vec<PathBuf> = files
            .iter()
            .filter(|file| {
                file.strip_suffix(".log").is_some_and(|name| {
                    streams.contains(&name) && !self.logs.iter().any(|log| log.name == name)
                })
            })
            .map(|name| self.dir.join(name))
            .collect();
        stale.sort_unstable();
        Ok(stale)
    }

    /// Ends the logs of a run that saw everything, at `close`, and gives them their names.
    ///
    /// # Errors
    /// The first error; the other logs get their names all the same.
    pub fn finish(mut self, close: Timestamp) -> Result<Written, LogError> {
        self.scratch.clear();
        footer(&self.options, close, &mut self.scratch);
        let done = self.publish();
        let unmarked = self.place.remove(MARKER).context(Action::Remove, &self.dir.join(MARKER));
        done.and(unmarked).map(|()| self.summary())
    }

    /// Ends the logs of a run that was stopped when it had come to `at`, and gives them their names, but marks them
    /// as incomplete.
    ///
    /// # Errors
    /// The first error; the other logs get their names all the same.
    pub fn interrupt(mut self, at: Timestamp) -> Result<Written, LogError> {
        let marker = self.dir.join(MARKER);
        let summary = self.summary();
        let mut text =
            format!("Interrupted: these logs end at {} (UTC) of the capture.\n", calendar_text(at));
        for (name, rows) in &summary.logs {
            text.push_str(&format!("{name}.log\t{rows} rows\n"));
        }
        // First the mark, then what it warns of.
        let marked = self.place.create(MARKER).and_then(|mut file| file.write_all(text.as_bytes()));
        let marked = marked.context(Action::Write, &marker);
        self.scratch.clear();
        marked.and(self.publish()).map(|()| summary)
    }

    /// Writes the last line to all logs and renames them; returns the first error, after trying all.
    fn publish(&mut self) -> Result<(), LogError> {
        let mut result = Ok(());
        for log in &mut self.logs {
            result = result.and(log.publish(&self.place, &self.dir, &self.scratch));
        }
        result
    }

    /// The place of a stream's log, which is created if there is none.
    fn place(&mut self, stream: &'static LogStream, now: Timestamp) -> Result<usize, LogError> {
        if let Some(place) = self.logs.iter().position(|log| log.name == stream.name) {
            return Ok(place);
        }
        let (file_name, file) =
            if self.live { self.create(stream.name)? } else { self.create_aside(stream.name)? };
        let path = self.dir.join(&file_name);
        let mut file = BufWriter::with_capacity(BUFFER, file);
        self.scratch.clear();
        header(stream, &self.options, now, &mut self.scratch);
        file.write_all(&self.scratch).context(Action::Write, &path)?;
        self.logs.push(Log { name: stream.name, file_name, path, file, rows: 0 });
        Ok(self.logs.len() - 1)
    }

    /// A file that takes its real name at the end of the run. Whatever has the name it has until then is in the way.
    fn create_aside(&self, name: &str) -> Result<(String, File), LogError> {
        let name = format!(".{name}{PARTIAL}");
        let file = self.place.create(&name).context(Action::Create, &self.dir.join(&name))?;
        Ok((name, file))
    }

    /// A file under its real name. Somebody may have put one there since the run began; that one stays, too.
    fn create(&self, name: &str) -> Result<(String, File), LogError> {
        let name = format!("{name}.log");
        aside::move_aside(&self.place, &self.dir, &name)?;
        let file = self.place.create_new(&name).context(Action::Create, &self.dir.join(&name))?;
        Ok((name, file))
    }
}

impl Log {
    fn publish(&mut self, place: &Place, dir: &Path, last: &[u8]) -> Result<(), LogError> {
        self.file.write_all(last).context(Action::Write, &self.path)?;
        self.file.flush().context(Action::Write, &self.path)?;
        let name = format!("{}.log", self.name);
        if self.file_name == name {
            return Ok(());
        }
        place.rename(&self.file_name, &name).context(Action::Rename, &dir.join(&name))
    }
}

/// Makes the directory if there is none, and keeps other runs out.
fn enter(dir: &Path) -> Result<Place, LogError> {
    fs::create_dir_all(dir).context(Action::MakeDirectory, dir)?;
    let place = Place::open(dir).context(Action::Use, dir)?;
    place.lock().context(Action::Use, dir)?;
    Ok(place)
}

#[cfg(test)]
mod tests;
