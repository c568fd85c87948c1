//! A writer of classic pcap files, for fixtures, tests, and packets worth keeping.

use std::io::{self, Write};

use super::link;
use crate::base::packet::LinkType;
use crate::base::time::Timestamp;

/// Sub-second resolution of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precision {
    /// Microseconds; what is finer is cut off.
    #[default]
    Micros,
    /// Nanoseconds.
    Nanos,
}

/// Writes packets of one link type to a little-endian pcap file of version 2.4.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    precision: Precision,
}

impl<W: Write> Writer<W> {
    /// Writes the file header, with a snap length of 262,144 bytes. Writes are small: give it a buffered writer.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn new(mut out: W, link: LinkType, precision: Precision) -> io::Result<Self> {
        let magic: u32 = match precision {
            Precision::Micros => 0xa1b2_c3d4,
            Precision::Nanos => 0xa1b2_3c4d,
        };
        let version = 2 | 4 << 16;
        for word in [magic, version, 0, 0, link::MAX_CAPTURED, u32::from(link::to_file(link))] {
            out.write_all(&word.to_le_bytes())?;
        }
        Ok(Self { out, precision })
    }

    /// Writes one packet: its time, length on the wire in bytes, and captured bytes.
    ///
    /// # Errors
    ///
    /// A packet of 2^32 bytes or more, or what the writer below says.
    pub fn packet(&mut self, ts: Timestamp, wire: u32, bytes: &[u8]) -> io::Result<()> {
        let captured = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let nanos = ts.nanos().rem_euclid(1_000_000_000) as u32;
        let fraction = if self.precision == Precision::Nanos { nanos } else { nanos / 1000 };
        for word in [ts.seconds() as u32, fraction, captured, wire] {
            self.out.write_all(&word.to_le_bytes())?;
        }
        self.out.write_all(bytes)
    }

    /// Flushes and gives back what was written to.
    ///
    /// # Errors
    ///
    /// What the writer below says.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}
