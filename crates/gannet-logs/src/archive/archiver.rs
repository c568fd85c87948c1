//! The thread that archives: it goes through what waits whenever there is more, and tries again what failed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use super::Archive;
use super::expire::{BY_DAY, Tree, expire};
use super::job::Way;
use super::name::{is_aside, is_day};
use super::queue::{FOLDER, Queue, Stage};
use super::status::{ArchiveEvent, ArchiveStatus, Board};
use crate::dir::{Action, Context, LogError, Place};

/// Time between two attempts while something fails.
const RETRY: Duration = Duration::from_secs(5);
/// Time between two looks at age and room when nothing else happens.
const IDLE: Duration = Duration::from_secs(60);
/// Time between two looks whether the thread is through, at the end.
const POLL: Duration = Duration::from_millis(2);
/// The link to the spool in an archive.
const CURRENT: &str = "current";

/// A thread that archives the logs of a spool.
pub(crate) struct Archiver {
    board: Arc<Board>,
    wake: Sender<()>,
    thread: JoinHandle<Result<(), LogError>>,
}

impl Archiver {
    /// Makes the archive if there is none, and begins with what an earlier run left. `clock` tells the time, for the age of logs.
    ///
    /// # Errors
    /// If the archive cannot be made or used, or there is no thread to be had.
    pub(crate) fn start(
        spool: (&Path, &Place),
        queue: Queue,
        archive: Archive,
        clock: fn() -> SystemTime,
    ) -> Result<Self, LogError> {
        let (path, place) = spool;
        std::fs::create_dir_all(&archive.to).context(Action::MakeArchive, &archive.to)?;
        let to = Place::open(&archive.to).context(Action::MakeArchive, &archive.to)?;
        let spool_number = place.inode().context(Action::Use, path)?;
        if to.inode().context(Action::MakeArchive, &archive.to)? != spool_number {
            link(&to, &archive.to, path).context(Action::Link, &archive.to.join(CURRENT))?;
        }
        let board = Arc::new(Board::default());
        let (wake, woken) = channel();
        let work = Work {
            queue,
            from: path.join(FOLDER),
            archive,
            spool: spool_number,
            clock,
            board: Arc::clone(&board),
            failing: false,
        };
        let named = thread::Builder::new().name("archive".to_owned());
        let thread = named.spawn(move || work.run(&woken)).context(Action::Pack, path)?;
        Ok(Self { board, wake, thread })
    }

    /// There is more to do.
    pub(crate) fn wake(&self) {
        // A thread that is gone has said why.
        let _gone = self.wake.send(());
    }

    /// How it stands.
    pub(crate) fn status(&self) -> ArchiveStatus {
        self.board.status()
    }

    /// What there is to say since the last call.
    pub(crate) fn hear(&self) -> Vec<ArchiveEvent> {
        self.board.hear()
    }

    /// Waits until everything is archived, or for so long: the next run goes on with what waits then. How the archive stands,
    /// and why something could not be archived.
    pub(crate) fn end(self, patience: Option<Duration>) -> (ArchiveStatus, Result<(), LogError>) {
        let Self { wake, thread, board } = self;
        drop(wake);
        let begun = Instant::now();
        while patience.is_some_and(|patience| begun.elapsed() < patience) && !thread.is_finished() {
            thread::sleep(POLL);
        }
        let done =
            if patience.is_none() || thread.is_finished() { thread.join().unwrap_or(Ok(())) } else { Ok(()) };
        (board.status(), done)
    }
}

/// Makes the archive's link to the spool, which it names from where it stands if it can.
fn link(archive: &Place, to: &Path, spool: &Path) -> io::Result<()> {
    let (to, spool) = (to.canonicalize()?, spool.canonicalize()?);
    archive.link(CURRENT, spool.strip_prefix(&to).unwrap_or(&spool))
}

/// What the thread does.
struct Work {
    queue: Queue,
    from: PathBuf,
    archive: Archive,
    spool: u64,
    clock: fn() -> SystemTime,
    board: Arc<Board>,
    failing: bool,
}

impl Work {
    /// Works until nobody can wake it any more. The first error of the last turn.
    fn run(mut self, woken: &Receiver<()>) -> Result<(), LogError> {
        // What cannot be removed now is written anew, or removed another time.
        let _stays = self.sweep();
        loop {
            let done = self.turn();
            let pause = if done.is_err() { RETRY } else { IDLE };
            self.tell(&done);
            match woken.recv_timeout(pause) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => while woken.try_recv().is_ok() {},
                Err(RecvTimeoutError::Disconnected) => return self.turn(),
            }
        }
    }

    /// Removes what killed processes had begun to pack.
    fn sweep(&self) -> io::Result<()> {
        let archive = Place::open(&self.archive.to)?;
        for day in archive.folders()?.iter().filter(|name| is_day(name)) {
            let day = archive.enter(day)?;
            for file in day.files()?.iter().filter(|name| is_aside(name, self.spool)) {
                day.remove(file)?;
            }
        }
        Ok(())
    }

    /// Says what failed, once, and that it works again.
    fn tell(&mut self, done: &Result<(), LogError>) {
        match done {
            Err(error) => {
                self.board.change(|status| status.failures += 1);
                if !std::mem::replace(&mut self.failing, true) {
                    self.board.tell(ArchiveEvent::Failed(error.to_string()));
                }
            }
            Ok(()) => {
                if std::mem::take(&mut self.failing) {
                    self.board.tell(ArchiveEvent::Recovered);
                }
            }
        }
    }

    /// Archives all that waits, and removes what is too old. One log that cannot be archived does not keep the others.
    fn turn(&self) -> Result<(), LogError> {
        let way =
            Way { queue: &self.queue, from: self.from.clone(), archive: &self.archive, spool: self.spool };
        let mut waiting = self.queue.waiting().context(Action::List, &self.from)?;
        waiting.retain(|waiting| waiting.stage != Stage::Open);
        let mut result = Ok(());
        let mut left = waiting.len() as u64;
        for log in &waiting {
            self.board.change(|status| status.waiting = left);
            match way.go(log) {
                Ok(done) => {
                    left -= 1;
                    self.count(&log.log, &done);
                }
                Err(error) => result = result.and(Err(error)),
            }
        }
        self.board.change(|status| status.waiting = left);
        result.and(self.expire())
    }

    fn count(&self, log: &str, done: &super::job::Done) {
        self.board.change(|status| {
            status.torn_bytes += done.torn.unwrap_or_default();
            if let Some((bytes_in, bytes_out)) = done.packed {
                status.archived += 1;
                status.bytes_in += bytes_in;
                status.bytes_out += bytes_out;
            }
        });
        if done.unreadable > 0 {
            self.board.tell(ArchiveEvent::Unreadable { log: log.to_owned(), rows: done.unreadable });
        }
        if let Some(bytes) = done.torn {
            self.board.tell(ArchiveEvent::Mended { log: log.to_owned(), bytes });
        }
    }

    /// All that is archived.
    fn trees(&self) -> io::Result<Vec<(Place, Tree)>> {
        let trees = vec![(Place::open(&self.archive.to)?, BY_DAY)];
        #[cfg(feature = "parquet")]
        let trees = super::parquet::with_tree(trees, self.archive.parquet.as_ref());
        Ok(trees)
    }

    fn expire(&self) -> Result<(), LogError> {
        let expiry = self.archive.expiry;
        if !expiry.acts() {
            return Ok(());
        }
        let now = (self.clock)();
        let expired = self.trees().and_then(|trees| expire(&trees, expiry, now));
        let expired = expired.context(Action::Expire, &self.archive.to)?;
        self.board.change(|status| {
            status.expired += expired.files;
            status.expired_bytes += expired.bytes;
        });
        Ok(())
    }
}
