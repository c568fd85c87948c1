//! Packets of QUIC (RFC 9000, section 17) and the frames of Initial packets (section 19).

use crate::base::cursor::{Cursor, Short};

/// Set in the first byte of a packet with a long header (section 17.2).
pub(super) const LONG: u8 = 0x80;
/// Set in the first byte of each packet of QUIC (section 17.2).
pub(super) const FIXED: u8 = 0x40;
/// Least bytes behind the length of an Initial packet: a packet number of four bytes and a sample (RFC 9001, section 5.4.2).
const LEAST: u64 = 20;
/// Bytes of the integrity tag at the end of a Retry packet (section 17.2.5).
const RETRY_TAG: usize = 16;

/// What is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Bytes end before what they begin does.
    Short,
    /// An Initial packet has no room for a sample of its ciphertext.
    Sample,
    /// A version that is not known.
    Version(u32),
    /// A packet that cannot be decrypted.
    Sealed,
    /// A frame that Initial packets do not have.
    Frame(u8),
    /// More bytes of the handshake than it says it has, or than are kept.
    Crypto,
}

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

impl Fault {
    /// What it is told by.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Short => "parse error: packet or frame is shorter than what is in it".to_owned(),
            Self::Sample => "parse error: Initial packet without a sample".to_owned(),
            Self::Version(number) => format!("unhandled QUIC version 0x{number:x}"),
            Self::Sealed => "decryption failed".to_owned(),
            Self::Frame(kind) => format!("unhandled frame type {kind}"),
            Self::Crypto => "too much crypto data received".to_owned(),
        }
    }
}

/// What all long headers begin with (RFC 8999, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Long<'a> {
    pub(super) first: u8,
    pub(super) version: u32,
    /// Connection id of the receiver.
    pub(super) destination: &'a [u8],
    /// Connection id of the sender.
    pub(super) source: &'a [u8],
}

impl<'a> Long<'a> {
    pub(super) fn read(at: &mut Cursor<'a>) -> Result<Self, Short> {
        Ok(Self { first: at.u8()?, version: at.u32()?, destination: at.bytes8()?, source: at.bytes8()? })
    }
}

/// Reads an Initial packet behind its long header; where its packet number begins (section 17.2.2).
pub(super) fn initial(at: &mut Cursor<'_>) -> Result<usize, Fault> {
    run(at)?;
    let length = varint(at)?;
    if length < LEAST {
        return Err(Fault::Sample);
    }
    let number = at.at();
    take(at, length)?;
    Ok(number)
}

/// Reads a 0-RTT or Handshake packet behind its long header (sections 17.2.3 and 17.2.4).
pub(super) fn protected(at: &mut Cursor<'_>) -> Result<(), Short> {
    run(at).map(|_| ())
}

/// Reads a Retry packet behind its long header: all that is left (section 17.2.5).
pub(super) fn retry(at: &mut Cursor<'_>) -> Result<(), Short> {
    at.take(RETRY_TAG)?;
    at.take_rest();
    Ok(())
}

/// A frame, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// Bytes of the handshake, and their place in it.
    Crypto(u64, &'a [u8]),
    /// The connection is over.
    Close,
    /// Padding, pings, acknowledgements.
    Other,
}

/// Reads the next frame.
pub(super) fn frame<'a>(at: &mut Cursor<'a>) -> Result<Frame<'a>, Fault> {
    match at.u8()? {
        0 => {
            while at.peek() == Ok(0) {
                at.u8()?;
            }
        }
        1 => {}
        kind @ (2 | 3) => acknowledgement(at, kind == 3)?,
        6 => return Ok(Frame::Crypto(varint(at)?, run(at)?)),
        0x1c => {
            let (_code, _frame) = (varint(at)?, varint(at)?);
            let _reason = run(at)?;
            return Ok(Frame::Close);
        }
        kind => return Err(Fault::Frame(kind)),
    }
    Ok(Frame::Other)
}

/// An ACK frame (section 19.3), with counts of congestion or not.
fn acknowledgement(at: &mut Cursor<'_>, with_counts: bool) -> Result<(), Short> {
    let (_largest, _delay) = (varint(at)?, varint(at)?);
    let ranges = varint(at)?;
    let _first = varint(at)?;
    for _ in 0..ranges {
        let (_gap, _length) = (varint(at)?, varint(at)?);
    }
    if with_counts {
        let (_ect0, _ect1, _ce) = (varint(at)?, varint(at)?, varint(at)?);
    }
    Ok(())
}

/// A number of one, two, four or eight bytes (section 16).
pub(super) fn varint(at: &mut Cursor<'_>) -> Result<u64, Short> {
    let first = at.u8()?;
    let more = at.take((1 << (first >> 6)) - 1)?;
    Ok(more.iter().fold(u64::from(first & 0x3f), |number, byte| number << 8 | u64::from(*byte)))
}

/// Bytes behind their length.
fn run<'a>(at: &mut Cursor<'a>) -> Result<&'a [u8], Short> {
    let length = varint(at)?;
    take(at, length)
}

fn take<'a>(at: &mut Cursor<'a>, length: u64) -> Result<&'a [u8], Short> {
    at.take(usize::try_from(length).map_err(|_| Short)?)
}
