//! Remote desktops over UDP (MS-RDPEUDP): a client that wants to begin, and a server that agrees. What follows is not read.

use crate::analyzers::{Analyzer, Context, Progress};
use crate::base::direction::Direction;
use crate::parsers::{Cursor, Short};

/// Flags of a datagram (2.2.2.1).
mod flag {
    pub(super) const SYN: u16 = 0x0001;
    pub(super) const ACK: u16 = 0x0004;
    pub(super) const CORRELATION_ID: u16 = 0x0800;
    pub(super) const SYNEX: u16 = 0x1000;
}

/// One flow of datagrams.
#[derive(Default)]
pub(super) struct DatagramAnalyzer {
    begun: bool,
    agreed: bool,
}

/// The acknowledgement and the flags of a datagram that begins a connection, which has to be whole (2.2.2.1 to 2.2.2.9).
pub(super) fn beginning(bytes: &[u8]) -> Result<(u32, u16), Short> {
    const VERSION_3: u16 = 0x0101;
    let mut cursor = Cursor::new(bytes);
    let acknowledged = cursor.u32()?;
    cursor.take(2)?;
    let flags = cursor.u16()?;
    cursor.take(8)?;
    if flags & flag::CORRELATION_ID != 0 {
        cursor.take(32)?;
    }
    if flags & flag::SYNEX != 0 {
        cursor.take(2)?;
        if cursor.u16()? == VERSION_3 {
            cursor.take(32)?;
        }
    }
    Ok((acknowledged, flags))
}

impl Analyzer for DatagramAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        /// Nothing was acknowledged yet.
        const NONE: u32 = u32::MAX;
        if self.agreed {
            return Progress::Done;
        }
        let Ok((acknowledged, flags)) = beginning(bytes) else {
            return Progress::Violation("parse error: datagram is too short to begin a remote desktop");
        };
        if !self.begun {
            self.begun = dir == Direction::Orig && flags & flag::SYN != 0 && acknowledged == NONE;
        } else if dir == Direction::Resp && flags & (flag::SYN | flag::ACK) != 0 {
            self.agreed = true;
            cx.confirm();
        }
        Progress::Consumed(bytes.len())
    }

    fn is_through(&self) -> bool {
        self.agreed
    }

    fn held(&self) -> usize {
        0
    }
}
