//! One log: its file, and the rows that the system does not have yet.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use gannet::Timestamp;

/// Bytes that a log collects before it writes them.
pub(super) const BUFFER: usize = 128 * 1024;

/// A log of a run. It has no file until it has a row, nor between one file and the next.
pub(super) struct Log {
    pub(super) name: &'static str,
    /// The name that its file has; not its real one until it is published.
    pub(super) file_name: String,
    pub(super) path: PathBuf,
    pub(super) file: Option<File>,
    /// Whole lines that the system does not have yet, but for the first `sent` bytes.
    waiting: Vec<u8>,
    sent: usize,
    /// Bytes of the file and of what waits for it.
    pub(super) bytes: u64,
    /// Rows of the run.
    pub(super) rows: u64,
    /// Rows that there was no room for.
    pub(super) shed: u64,
    /// When the period of its file began.
    pub(super) since: Option<Timestamp>,
}

impl Log {
    pub(super) fn new(name: &'static str, dir: &Path) -> Self {
        Self {
            name,
            file_name: String::new(),
            path: dir.join(format!("{name}.log")),
            file: None,
            waiting: Vec::new(),
            sent: 0,
            bytes: 0,
            rows: 0,
            shed: 0,
            since: None,
        }
    }

    /// Whether nothing was written since it was closed.
    pub(super) fn is_closed(&self) -> bool {
        self.file.is_none() && self.waiting.is_empty()
    }

    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Adds whole lines.
    pub(super) fn add(&mut self, lines: &[u8]) {
        self.waiting.extend_from_slice(lines);
        self.bytes += lines.len() as u64;
    }

    /// Hands what waits to the system. What it does not take goes on waiting, from the byte at which it stopped.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        while let Some(rest) = self.waiting.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match file.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(bytes) => self.sent += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.waiting.clear();
        self.waiting.shrink_to(BUFFER * 2);
        self.sent = 0;
        Ok(())
    }

    /// Ends its file with a last line; the period of the next one begins at that time.
    pub(super) fn close(&mut self, last: &[u8], next: Timestamp) -> io::Result<()> {
        self.bytes = 0;
        self.since = Some(next);
        match self.file.take() {
            Some(mut file) => file.write_all(last),
            None => Ok(()),
        }
    }
}

/// A run that fails elsewhere keeps the rows it has.
impl Drop for Log {
    fn drop(&mut self) {
        let _no_one_to_tell = self.drain();
    }
}
