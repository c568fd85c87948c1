//! The directory that logs are written to.

mod aside;
mod error;
mod holder;
mod log;
mod place;
mod turning;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ahash::RandomState;
use gannet::Timestamp;
use gannet::events::LogStream;
use hashbrown::HashMap;

use crate::archive::{ArchiveEvent, ArchiveStatus, Archiving};
use crate::by_address;
use crate::format::{calendar_text, footer, header};
use crate::options::Options;
use crate::publish::EndpointStatus;
pub use error::LogError;
pub(crate) use error::{Action, Context};
use log::{BUFFER, Log};
pub use place::Place;
use turning::Turning;

/// Bytes of rows that wait, in all logs together, while a live run cannot write. Rows that come when they are full are dropped.
const MOST_WAITING: usize = 16 << 20;
/// Time that the end of a live run takes for the archive.
const PATIENCE: Duration = Duration::from_secs(30);
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
/// what an earlier run left is moved aside, never overwritten. With [`LogDir::archived`] the logs are closed from time to time,
/// and go to an archive.
///
/// # When the disk is full
///
/// A run that ends fails at the first row that cannot be written. A live run goes on: up to 16 MiB of rows wait, in all logs
/// together, and rows that come then are dropped and counted ([`Written::shed`]). [`LogDir::flush`] tries again what waits,
/// from the byte on at which it stopped, so that no line is torn; [`LogDir::trouble`] says why rows wait. That is so for
/// whatever the system has against writing: no room, no rights, a file system that turned read-only.
pub struct LogDir {
    dir: PathBuf,
    place: Place,
    options: Options,
    /// Whether logs have their real names from the beginning.
    live: bool,
    /// Whether rows wait when they cannot be written, instead of ending the run.
    patient: bool,
    logs: Vec<Log>,
    /// Place in `logs` by address of the stream; the compiler may keep a stream twice.
    places: HashMap<usize, usize, RandomState>,
    scratch: Vec<u8>,
    /// Why a live run cannot write.
    trouble: Option<LogError>,
    /// What closes logs to archive them.
    turning: Option<Turning>,
}

/// What a run wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Name and number of rows of each log, by name.
    pub logs: Vec<(&'static str, u64)>,
    /// Rows that were dropped because they could not be written, of all logs.
    pub shed: u64,
    /// How the archive stands, if there is one.
    pub archive: Option<ArchiveStatus>,
    /// How the endpoints of subscribers stood at their end.
    pub published: Vec<EndpointStatus>,
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

    /// The same with an archive: what an earlier run left goes there, and so do the logs of this one. They are closed when
    /// [`LogDir::turn`] is told that it is time.
    ///
    /// # Errors
    /// If the directory or the archive cannot be made, read or written to, or another run is at work in the directory.
    pub fn open_live_archived<'a>(
        dir: impl Into<PathBuf>,
        options: Options,
        streams: impl IntoIterator<Item = &'a str>,
        archiving: Archiving,
    ) -> Result<Self, LogError> {
        let dir = dir.into();
        let place = enter(&dir)?;
        aside::probe(&place, &dir)?;
        let turning = Turning::start((&dir, &place), archiving, streams)?;
        aside::move_aside(&place, &dir, MARKER)?;
        Ok(Self { turning: Some(turning), ..Self::new(dir, place, options, true) })
    }

    /// For a run that ends, with an archive: logs are closed by the times of their rows, and the last ones at the end.
    ///
    /// # Errors
    /// As [`LogDir::open`], and if the archive cannot be made.
    pub fn archived(mut self, archiving: Archiving) -> Result<Self, LogError> {
        self.turning = Some(Turning::start((&self.dir, &self.place), archiving, [])?);
        Ok(self)
    }

    fn new(dir: PathBuf, place: Place, options: Options, live: bool) -> Self {
        Self {
            dir,
            place,
            options,
            live,
            patient: live,
            logs: Vec::new(),
            places: by_address(),
            scratch: Vec::new(),
            trouble: None,
            turning: None,
        }
    }

    /// Where the logs go.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Adds whole rows to a log: `count` of them, as a [`Formatter`](crate::Formatter) made them with the same
    /// options. `now` goes into the header if they are the log's first.
    ///
    /// # Errors
    /// If the log cannot be created or written. A live run has none: see [`LogDir::trouble`].
    pub fn write(
        &mut self,
        stream: &'static LogStream,
        now: Timestamp,
        rows: &[u8],
        count: u64,
    ) -> Result<(), LogError> {
        if !self.live {
            self.turn(now)?;
        }
        let at = self.place(stream);
        self.make_room(at, now, rows.len())?;
        let waiting = if self.trouble.is_some() { self.waiting() } else { 0 };
        let Some(log) = self.logs.get_mut(at) else { return Ok(()) };
        if waiting + rows.len() > MOST_WAITING && waiting > 0 {
            log.shed += count;
            return Ok(());
        }
        if log.is_closed() {
            log.since = log.since.or_else(|| self.turning.as_ref()?.begun()).or(Some(now));
            self.scratch.clear();
            header(stream, &self.options, now, &mut self.scratch);
            log.add(&self.scratch);
        }
        log.add(rows);
        log.rows += count;
        let is_due = log.file.is_none() || log.waiting() >= BUFFER;
        if is_due && self.trouble.is_none() {
            let drained = self.drain(at);
            return self.settle(drained);
        }
        Ok(())
    }

    /// Hands what is buffered to the operating system, so that readers of the files see it: whole rows.
    ///
    /// # Errors
    /// If a log cannot be written. A live run has none: see [`LogDir::trouble`].
    pub fn flush(&mut self) -> Result<(), LogError> {
        let mut flushed = Ok(());
        for at in 0..self.logs.len() {
            flushed = flushed.and(self.drain(at));
        }
        self.trouble = None;
        self.settle(flushed)
    }

    /// Why rows of a live run wait, or are dropped, instead of being written.
    pub fn trouble(&self) -> Option<&LogError> {
        self.trouble.as_ref()
    }

    /// It is this time: closes the logs whose period is over, which is for the archive. A live run is told the time on the wall.
    ///
    /// # Errors
    /// If a log cannot be closed. A live run has none: see [`LogDir::trouble`].
    pub fn turn(&mut self, now: Timestamp) -> Result<(), LogError> {
        match self.turning.as_mut().and_then(|turning| turning.over(now)) {
            Some((end, next)) => self.close_all(end, next),
            None => Ok(()),
        }
    }

    /// Lets somebody else have the logs so far, as `logrotate` wants it: with an archive they are closed and go there; without,
    /// a log whose file was given another name is closed, and goes on in a new one.
    ///
    /// # Errors
    /// If a log cannot be closed. A live run has none: see [`LogDir::trouble`].
    pub fn reopen(&mut self, now: Timestamp) -> Result<(), LogError> {
        if self.turning.is_some() {
            return self.close_all(now, now);
        }
        let mut result = Ok(());
        for at in 0..self.logs.len() {
            result = result.and(self.let_go(at, now));
        }
        self.settle(result)
    }

    /// How the archive stands, if there is one.
    pub fn archive_status(&self) -> Option<ArchiveStatus> {
        self.turning.as_ref().map(Turning::status)
    }

    /// What there is to say of the archive since the last call.
    pub fn archive_events(&self) -> Vec<ArchiveEvent> {
        self.turning.as_ref().map(Turning::hear).unwrap_or_default()
    }

    /// What was written so far.
    pub fn summary(&self) -> Written {
        let mut logs: Vec<_> = self.logs.iter().map(|log| (log.name, log.rows)).collect();
        logs.sort_unstable();
        Written {
            logs,
            shed: self.logs.iter().map(|log| log.shed).sum(),
            archive: self.archive_status(),
            published: Vec::new(),
        }
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

    /// Ends the logs of a run that saw everything, at `close`, and gives them their names; with an archive, they go there.
    ///
    /// # Errors
    /// The first error; the other logs get their names all the same.
    pub fn finish(mut self, close: Timestamp) -> Result<Written, LogError> {
        self.patient = false;
        let done = if self.turning.is_some() {
            self.close_all(close, close)
        } else {
            self.scratch.clear();
            footer(&self.options, close, &mut self.scratch);
            self.publish()
        };
        let unmarked = self.place.remove(MARKER).context(Action::Remove, &self.dir.join(MARKER));
        let mut summary = self.summary();
        done.and(unmarked).and(self.end_archive(&mut summary)).map(|()| summary)
    }

    /// Ends the logs of a run that was stopped when it had come to `at`, and gives them their names, but marks them
    /// as incomplete. They do not go to the archive.
    ///
    /// # Errors
    /// The first error; the other logs get their names all the same.
    pub fn interrupt(mut self, at: Timestamp) -> Result<Written, LogError> {
        let marker = self.dir.join(MARKER);
        let mut summary = self.summary();
        let mut text =
            format!("Interrupted: these logs end at {} (UTC) of the capture.\n", calendar_text(at));
        for (name, rows) in &summary.logs {
            text.push_str(&format!("{name}.log\t{rows} rows\n"));
        }
        // First the mark, then what it warns of.
        let marked = self.place.create(MARKER).and_then(|mut file| file.write_all(text.as_bytes()));
        let marked = marked.context(Action::Write, &marker);
        self.scratch.clear();
        self.patient = false;
        let published = self.publish();
        marked.and(published).and(self.end_archive(&mut summary)).map(|()| summary)
    }

    /// Waits for the archive, at the end.
    fn end_archive(&mut self, summary: &mut Written) -> Result<(), LogError> {
        let Some(turning) = self.turning.take() else { return Ok(()) };
        let (status, done) = turning.end(self.live.then_some(PATIENCE));
        summary.archive = Some(status);
        done
    }

    /// Writes the last line to all logs and renames them; returns the first error, after trying all.
    fn publish(&mut self) -> Result<(), LogError> {
        let mut result = Ok(());
        for at in 0..self.logs.len() {
            result = result.and(self.publish_one(at));
        }
        result
    }

    fn publish_one(&mut self, at: usize) -> Result<(), LogError> {
        self.drain(at)?;
        let Some(log) = self.logs.get_mut(at) else { return Ok(()) };
        let Some(file) = &mut log.file else { return Ok(()) };
        file.write_all(&self.scratch).context(Action::Write, &log.path)?;
        let name = format!("{}.log", log.name);
        if log.file_name == name {
            return Ok(());
        }
        self.place.rename(&log.file_name, &name).context(Action::Rename, &self.dir.join(&name))
    }

    /// A live run goes on whatever happens to its logs.
    fn settle(&mut self, done: Result<(), LogError>) -> Result<(), LogError> {
        match done {
            Err(error) if self.patient => {
                self.trouble = Some(error);
                Ok(())
            }
            done => done,
        }
    }

    /// Bytes that wait in all logs.
    fn waiting(&self) -> usize {
        self.logs.iter().map(Log::waiting).sum()
    }

    /// The place of a stream's log.
    fn place(&mut self, stream: &'static LogStream) -> usize {
        let address = std::ptr::from_ref(stream).addr();
        if let Some(at) = self.places.get(&address) {
            return *at;
        }
        let known = self.logs.iter().position(|log| log.name == stream.name);
        let at = known.unwrap_or_else(|| {
            self.logs.push(Log::new(stream.name, &self.dir));
            self.logs.len() - 1
        });
        self.places.insert(address, at);
        at
    }

    /// Closes a log that would become larger than it may.
    fn make_room(&mut self, at: usize, now: Timestamp, more: usize) -> Result<(), LogError> {
        let Some(most) = self.turning.as_ref().and_then(Turning::most_bytes) else { return Ok(()) };
        let is_over = |log: &Log| !log.is_closed() && log.bytes + more as u64 > most;
        if self.trouble.is_some() || !self.logs.get(at).is_some_and(is_over) {
            return Ok(());
        }
        let closed = self.close(at, now, now);
        self.settle(closed)
    }

    /// Hands the rows of a log to the system, and makes its file if it has none.
    fn drain(&mut self, at: usize) -> Result<(), LogError> {
        let Some(log) = self.logs.get_mut(at) else { return Ok(()) };
        if log.file.is_none() && log.waiting() > 0 {
            let name = log.name;
            let name = if self.live { format!("{name}.log") } else { format!(".{name}{PARTIAL}") };
            log.path = self.dir.join(&name);
            // Whatever has the name that a log has for the time being is in the way; what has its real name stays.
            let file = if self.live {
                if let Some(turning) = &mut self.turning {
                    turning.note(log.name).context(Action::Create, &log.path)?;
                }
                aside::move_aside(&self.place, &self.dir, &name)?;
                self.place.create_new(&name)
            } else {
                self.place.create(&name)
            };
            log.file = Some(file.context(Action::Create, &log.path)?);
            log.file_name = name;
        }
        log.drain().context(Action::Write, &log.path)
    }

    /// Closes all logs at a time, after which the next period begins at another one; a log that cannot be closed goes on, and
    /// is closed the next time.
    fn close_all(&mut self, to: Timestamp, next: Timestamp) -> Result<(), LogError> {
        let mut result = Ok(());
        for at in 0..self.logs.len() {
            result = result.and(self.close(at, to, next));
        }
        self.settle(result)
    }

    /// Closes a log, for the archive.
    fn close(&mut self, at: usize, to: Timestamp, next: Timestamp) -> Result<(), LogError> {
        self.drain(at)?;
        let (Some(log), Some(turning)) = (self.logs.get_mut(at), &self.turning) else { return Ok(()) };
        if log.file.is_none() {
            log.since = Some(next);
            return Ok(());
        }
        let set_aside = turning.take(&self.place, &log.file_name, log.name, (log.since.unwrap_or(to), to));
        let taken = set_aside.context(Action::SetAside, &log.path)?;
        self.scratch.clear();
        footer(&self.options, to, &mut self.scratch);
        let whole = log.close(&self.scratch, next).is_ok();
        turning.hand_over(&taken, whole).context(Action::SetAside, &log.path)
    }

    /// Closes a log whose file somebody gave another name.
    fn let_go(&mut self, at: usize, now: Timestamp) -> Result<(), LogError> {
        self.drain(at)?;
        let Some(log) = self.logs.get_mut(at) else { return Ok(()) };
        if log.file.as_ref().is_none_or(|file| self.place.is(&log.file_name, file)) {
            return Ok(());
        }
        self.scratch.clear();
        footer(&self.options, now, &mut self.scratch);
        log.close(&self.scratch, now).context(Action::Write, &log.path)
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
