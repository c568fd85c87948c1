//! Messages of Modbus/TCP: the header, and whether what follows it is what its function takes.

use crate::base::cursor::{Cursor, Short};
use crate::base::direction::Direction;

/// Bytes of the header with the function code behind it.
pub(super) const HEADER: usize = 8;
/// Bytes of the header that its length counts: unit and function code.
const COUNTED: u16 = 2;
/// Set in the function code of a reply that is an exception.
const EXCEPTION: u8 = 0x80;
/// Bytes of a request for a record of a file: type, file, record, length (6.14).
const FILE_REQUEST: usize = 7;

/// The header of a message (3.1.3 of the guide), and its function code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Number that the client chose; the reply has it too.
    pub(super) transaction: u16,
    /// Bytes behind the length field.
    length: u16,
    /// The device behind a gateway.
    pub(super) unit: u8,
    /// What is asked for, with its high bit set in exceptions.
    pub(super) function: u8,
}

impl Header {
    /// Reads a header; none if another protocol is named in it, or a length that leaves no room for a function.
    pub(super) fn read(bytes: &[u8; HEADER]) -> Option<Self> {
        let [t0, t1, 0, 0, l0, l1, unit, function] = *bytes else { return None };
        let length = u16::from_be_bytes([l0, l1]);
        let transaction = u16::from_be_bytes([t0, t1]);
        (length >= COUNTED).then_some(Self { transaction, length, unit, function })
    }

    /// Bytes of the message behind the function code.
    pub(super) fn body_len(&self) -> usize {
        usize::from(self.length.saturating_sub(COUNTED))
    }

    pub(super) fn is_exception(&self) -> bool {
        self.function & EXCEPTION != 0
    }
}

/// What is wrong with the body of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It ends before it should.
    Short,
    /// Registers have two bytes each, and the count of bytes in this message is odd.
    Odd(&'static str, u16),
}

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

/// Whether a body is what a function takes; bytes behind that are of no interest, and neither is what is in the registers.
pub(super) fn check(function: u8, dir: Direction, body: &[u8]) -> Result<(), Fault> {
    let mut at = Cursor::new(body);
    match dir {
        Direction::Orig => request(function, &mut at),
        Direction::Resp => reply(function, &mut at),
    }
}

fn request(function: u8, at: &mut Cursor<'_>) -> Result<(), Fault> {
    match function {
        // An address and a count or a value.
        1..=6 => fixed(at, 4),
        8 | 24 => fixed(at, 2),
        15 => {
            at.take(4)?;
            at.bytes8()?;
            Ok(())
        }
        16 => counted_registers(at, "write multiple registers request"),
        20 => {
            let records = at.bytes8()?.len();
            if records.is_multiple_of(FILE_REQUEST) { Ok(()) } else { Err(Fault::Short) }
        }
        21 => written_records(at),
        22 => fixed(at, 6),
        23 => {
            at.take(4)?;
            counted_registers(at, "read write multiple registers request write")
        }
        43 => fixed(at, 1),
        _ => Ok(()),
    }
}

fn reply(function: u8, at: &mut Cursor<'_>) -> Result<(), Fault> {
    match function {
        1 | 2 => {
            at.bytes8()?;
            Ok(())
        }
        3 => registers(at, "read holding register response"),
        4 => registers(at, "read input register response"),
        5 | 6 | 15 | 16 => fixed(at, 4),
        8 => fixed(at, 2),
        20 => read_records(at),
        21 => written_records(at),
        22 => fixed(at, 6),
        23 => registers(at, "read write multiple registers response"),
        24 => queue(at),
        43 | EXCEPTION.. => fixed(at, 1),
        _ => Ok(()),
    }
}

fn fixed(at: &mut Cursor<'_>, len: usize) -> Result<(), Fault> {
    at.take(len)?;
    Ok(())
}

fn even(what: &'static str, count: u16) -> Result<(), Fault> {
    if count.is_multiple_of(2) { Ok(()) } else { Err(Fault::Odd(what, count)) }
}

/// A byte count and that many bytes of registers.
fn registers(at: &mut Cursor<'_>, what: &'static str) -> Result<(), Fault> {
    even(what, at.bytes8()?.len() as u16)
}

/// An address, a count of registers, and a byte count with that many bytes.
fn counted_registers(at: &mut Cursor<'_>, what: &'static str) -> Result<(), Fault> {
    at.take(2)?;
    let count = usize::from(at.u16()?);
    let bytes = at.bytes8()?.len();
    if count > bytes / 2 {
        return Err(Fault::Short);
    }
    even(what, bytes as u16)
}

/// Records of files that were read (6.14): the length of each, its type, its bytes.
fn read_records(at: &mut Cursor<'_>) -> Result<(), Fault> {
    let mut records = Cursor::new(at.bytes8()?);
    while !records.is_empty() {
        let len = usize::from(records.u8()?);
        records.take(1 + len)?;
    }
    Ok(())
}

/// Records of files that are written (6.15): type, file, record, length in registers, and that many.
fn written_records(at: &mut Cursor<'_>) -> Result<(), Fault> {
    let mut records = Cursor::new(at.bytes8()?);
    while !records.is_empty() {
        records.take(5)?;
        let len = usize::from(records.u16()?);
        records.take(2 * len)?;
    }
    Ok(())
}

/// A queue of registers (6.18): its bytes, its registers, and these.
fn queue(at: &mut Cursor<'_>) -> Result<(), Fault> {
    let bytes = at.u16()?;
    let count = usize::from(at.u16()?);
    at.take(2 * count)?;
    even("read FIFO queue response", bytes)
}
