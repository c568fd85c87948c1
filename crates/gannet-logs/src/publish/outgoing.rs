//! Bytes on their way to somebody, and where each message in them ends: what was not written whole is written again on the next
//! connection.

use std::io::{self, ErrorKind};

use super::endpoint::Wire;

/// Bytes to be written, and where messages in them end.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    written: usize,
    /// Where each message ends; what comes before the first one is no message.
    ends: Vec<usize>,
}

impl Outgoing {
    /// These bytes, which are no message.
    pub(super) fn with(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// Whether all is written.
    pub(super) fn is_done(&self) -> bool {
        self.written == self.bytes.len()
    }

    /// Whether there was nothing to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Number of bytes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.written = 0;
    }

    /// Appends bytes that are no message.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a message, which `write` makes.
    pub(super) fn message(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// Writes as much as the connection takes.
    ///
    /// # Errors
    /// If the connection is over.
    pub(super) fn write(&mut self, wire: &mut Wire) -> io::Result<()> {
        while !self.is_done() {
            match wire.write(self.bytes.get(self.written..).unwrap_or_default()) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(bytes) => self.written += bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Number of messages that were written whole, and were not told of before.
    pub(super) fn whole(&mut self) -> usize {
        let whole = self.ends.iter().take_while(|end| **end <= self.written).count();
        self.ends.drain(..whole);
        whole
    }
}
