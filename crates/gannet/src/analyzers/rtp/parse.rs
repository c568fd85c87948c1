//! Whether a datagram is one of RTP or RTCP (RFC 3550, sections 5.1 and 6.4; RFC 5761, section 4).

use crate::base::cursor::{Cursor, Short};

/// What a datagram is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    /// Media: RTP.
    Media,
    /// Reports: RTCP.
    Report,
}

/// Types of reports, by their second byte: those that media leave alone where both share a port.
const REPORTS: std::ops::RangeInclusive<u8> = 192..=223;

/// What a datagram is, plain or encrypted; nothing if it is neither.
pub(crate) fn kind(bytes: &[u8]) -> Option<Packet> {
    read(bytes).ok().flatten()
}

fn read(bytes: &[u8]) -> Result<Option<Packet>, Short> {
    let mut cursor = Cursor::new(bytes);
    let first = cursor.u8()?;
    let second = cursor.u8()?;
    if first >> 6 != 2 {
        return Ok(None);
    }
    if REPORTS.contains(&second) {
        // So many words follow the first one; the source is in the next.
        let words = usize::from(cursor.u16()?);
        cursor.u32()?;
        return Ok((words * 4 + 4 <= bytes.len()).then_some(Packet::Report));
    }
    // Number, time, source, those who contributed, and a header more.
    cursor.take(10 + 4 * usize::from(first & 0xf))?;
    if first & 0x10 != 0 {
        cursor.u16()?;
        let words = usize::from(cursor.u16()?);
        cursor.take(words * 4)?;
    }
    Ok(Some(Packet::Media))
}
