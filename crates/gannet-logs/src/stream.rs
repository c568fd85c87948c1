//! One stream for the rows of all logs, such as standard output.

use std::io::{self, BufWriter, Write};

use gannet::events::LogStream;

use crate::Written;
use crate::dir::LogError;

/// Bytes that are collected before they are written.
const BUFFER: usize = 64 * 1024;

/// Writes the rows of all logs into one stream, in the order in which they come: JSON rows that say with `_path` whose they
/// are ([`Options::with_path`](crate::Options::with_path)).
pub struct RowStream {
    to: BufWriter<Box<dyn Write + Send>>,
    /// Name and rows of each log.
    logs: Vec<(&'static str, u64)>,
    name: String,
}

impl RowStream {
    /// A stream, with a name for errors.
    pub fn new(to: impl Write + Send + 'static, name: &str) -> Self {
        let to: Box<dyn Write + Send> = Box::new(to);
        Self { to: BufWriter::with_capacity(BUFFER, to), logs: Vec::new(), name: name.to_owned() }
    }

    /// Adds one whole row.
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn write(&mut self, stream: &'static LogStream, row: &[u8]) -> Result<(), LogError> {
        let place = self.logs.iter().position(|(name, _)| *name == stream.name);
        match place.and_then(|place| self.logs.get_mut(place)) {
            Some((_, rows)) => *rows += 1,
            None => self.logs.push((stream.name, 1)),
        }
        self.to.write_all(row).map_err(|error| self.failed(error))
    }

    /// Hands what is buffered to the operating system: whole rows.
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn flush(&mut self) -> Result<(), LogError> {
        self.to.flush().map_err(|error| self.failed(error))
    }

    /// What was written so far.
    pub fn summary(&self) -> Written {
        let mut logs = self.logs.clone();
        logs.sort_unstable();
        Written { logs, ..Written::default() }
    }

    fn failed(&self, error: io::Error) -> LogError {
        LogError::stream(&self.name, error)
    }
}
