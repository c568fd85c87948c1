//! What closes the logs of a run from time to time, and hands them to the archive.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::time::Duration;

use gannet::Timestamp;

use super::error::{Action, Context, LogError};
use super::place::Place;
use crate::archive::{
    ArchiveEvent, ArchiveStatus, Archiver, Archiving, Period, Queue, Rotation, Stage, Waiting,
};

/// When logs are closed, and where they go then.
pub(super) struct Turning {
    rotation: Rotation,
    /// The period that the run is in.
    period: Option<Period>,
    /// Whether one has ended.
    turned: bool,
    queue: Queue,
    archiver: Archiver,
    /// Logs that the next run finds, whatever becomes of this one.
    known: HashSet<String>,
}

impl Turning {
    /// Takes over what earlier runs left of the `streams`, and of the logs that they had on record; then starts to archive.
    pub(super) fn start<'a>(
        spool: (&Path, &Place),
        archiving: Archiving,
        streams: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, LogError> {
        let (path, place) = spool;
        let queue = Queue::open(place).context(Action::SetAside, path)?;
        let known: HashSet<String> = streams.into_iter().map(str::to_owned).collect();
        let noted = queue.noted().context(Action::SetAside, path)?;
        for stream in known.iter().chain(&noted) {
            take_left(&queue, place, stream)
                .context(Action::SetAside, &path.join(format!("{stream}.log")))?;
        }
        queue.forget().context(Action::SetAside, path)?;
        let theirs = queue.again().context(Action::SetAside, path)?;
        let Archiving { rotation, archive, clock } = archiving;
        let archiver = Archiver::start(spool, theirs, archive, clock)?;
        Ok(Self { rotation, period: None, turned: false, queue, archiver, known })
    }

    /// The end of the period that the run was in, if it is over now, and the beginning of the one that it is in.
    pub(super) fn over(&mut self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let every = self.rotation.every?;
        let was = self.period;
        if was.is_some_and(|period| !period.is_over(now)) {
            return None;
        }
        let period = Period::of(now, every);
        self.period = Some(period);
        self.turned |= was.is_some();
        was.map(|was| (was.ends.min(now.max(was.begins)), period.begins))
    }

    /// When the period began that the run is in, if it was there then.
    pub(super) fn begun(&self) -> Option<Timestamp> {
        self.period.filter(|_| self.turned).map(|period| period.begins)
    }

    /// Bytes at which a log is closed.
    pub(super) fn most_bytes(&self) -> Option<u64> {
        self.rotation.bytes
    }

    /// A log is begun: the next run is to find it.
    pub(super) fn note(&mut self, log: &str) -> io::Result<()> {
        if !self.known.contains(log) {
            self.queue.note(log)?;
            self.known.insert(log.to_owned());
        }
        Ok(())
    }

    /// Takes the file of a log, which is written from one time to another, out of the spool.
    pub(super) fn take(
        &self,
        spool: &Place,
        file: &str,
        log: &str,
        times: (Timestamp, Timestamp),
    ) -> io::Result<Waiting> {
        self.queue.take(spool, file, log, times, Stage::Open)
    }

    /// The file is closed; if its last line could not be written, that is to be done by the archive.
    pub(super) fn hand_over(&self, taken: &Waiting, whole: bool) -> io::Result<()> {
        self.queue.to_stage(taken, if whole { Stage::Closed } else { Stage::Left })?;
        self.archiver.wake();
        Ok(())
    }

    pub(super) fn status(&self) -> ArchiveStatus {
        self.archiver.status()
    }

    pub(super) fn hear(&self) -> Vec<ArchiveEvent> {
        self.archiver.hear()
    }

    /// Waits for the archive, perhaps only for so long.
    pub(super) fn end(self, patience: Option<Duration>) -> (ArchiveStatus, Result<(), LogError>) {
        self.archiver.end(patience)
    }
}

/// What a run that was killed left of a log goes to the archive, under the times at which the file was made and changed last.
fn take_left(queue: &Queue, spool: &Place, stream: &str) -> io::Result<()> {
    let name = format!("{stream}.log");
    let meta = match spool.plain(&name, false) {
        Ok(file) => file.metadata()?,
        // What is no plain file is moved aside when a log needs the name.
        Err(_) => return Ok(()),
    };
    let time = |time: io::Result<std::time::SystemTime>| {
        let since = time.ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Timestamp::from_nanos(i64::try_from(since.as_nanos()).ok()?))
    };
    let to = time(meta.modified()).unwrap_or(Timestamp::ZERO);
    // Not every file system tells when a file was made.
    let from = time(meta.created()).filter(|from| *from <= to).unwrap_or(to);
    queue.take(spool, &name, stream, (from, to), Stage::Left).map(|_| ())
}
