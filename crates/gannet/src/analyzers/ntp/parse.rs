//! Messages of NTP: those that tell the time (RFC 5905), and those that ask about and manage a server (RFC 9327; mode 7 is
//! what ntpd's `ntp_request.h` says).

use std::net::Ipv4Addr;

use crate::base::cursor::{Cursor, Short};
use crate::base::time::{Interval, Timestamp};

/// Bytes that may stand behind a message without being an extension field: the longest authentication code.
const MAX_MAC: usize = 24;
/// Bytes of mode 7's authentication code.
const PRIVATE_MAC: usize = 20;
/// Seconds from 1900, where NTP begins, to 1970.
const ERA: f64 = 2_208_988_800.0;
/// Seconds of the smallest unit of a time: a 2^32nd.
const UNIT: f64 = 1.0 / 4_294_967_296.0;
/// Most seconds that an [`Interval`] holds, as a power of two.
const MAX_POWER: i8 = 33;

/// What the sender of a message is to the other side (RFC 5905, section 7.3).
pub(super) mod mode {
    pub(crate) const CLIENT: u8 = 3;
    pub(crate) const SERVER: u8 = 4;
    pub(crate) const BROADCAST: u8 = 5;
    pub(super) const CONTROL: u8 = 6;
    pub(super) const PRIVATE: u8 = 7;
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) version: u8,
    pub(super) mode: u8,
    /// What a message of mode 1 to 5 says.
    pub(super) times: Option<Times>,
}

/// What a message says about the time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Times {
    pub(super) stratum: u8,
    pub(super) poll: Interval,
    pub(super) precision: Interval,
    pub(super) root_delay: Interval,
    pub(super) root_dispersion: Interval,
    pub(super) reference_id: Vec<u8>,
    pub(super) reference: Timestamp,
    pub(super) origin: Timestamp,
    pub(super) receive: Timestamp,
    pub(super) transmit: Timestamp,
    pub(super) extensions: u64,
}

/// Why a datagram is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It ends before the message does.
    Short,
    /// An extension field is not as long as what is in it.
    Extension,
}

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

/// Reads a datagram.
pub(super) fn message(bytes: &[u8]) -> Result<Message, Fault> {
    let mut at = Cursor::new(bytes);
    let first = at.u8()?;
    let (version, mode) = ((first >> 3) & 7, first & 7);
    let times = match mode {
        0 => None,
        mode::CONTROL => {
            control(&mut at)?;
            None
        }
        mode::PRIVATE => {
            private(&mut at)?;
            None
        }
        _ => Some(times(&mut at)?),
    };
    Ok(Message { version, mode, times })
}

fn times(at: &mut Cursor<'_>) -> Result<Times, Fault> {
    let stratum = at.u8()?;
    let (poll, precision) = (power(at.u8()?.cast_signed()), power(at.u8()?.cast_signed()));
    let (root_delay, root_dispersion) = (short_time(at)?, short_time(at)?);
    let reference = at.array::<4>()?;
    let reference_id = match stratum {
        0 | 1 => reference.to_vec(),
        _ => Ipv4Addr::from(*reference).to_string().into_bytes(),
    };
    Ok(Times {
        stratum,
        poll,
        precision,
        root_delay,
        root_dispersion,
        reference_id,
        reference: time(at)?,
        origin: time(at)?,
        receive: time(at)?,
        transmit: time(at)?,
        extensions: extensions(at)?,
    })
}

/// A power of two, in seconds.
fn power(exponent: i8) -> Interval {
    let second = 1_000_000_000_i64;
    let nanos = match exponent {
        MAX_POWER.. => i64::MAX,
        0.. => second << exponent,
        _ => second.checked_shr(u32::from(exponent.unsigned_abs())).unwrap_or(0),
    };
    Interval::from_nanos(nanos)
}

/// Seconds and their 65536ths. Zeek takes both for numbers with a sign, and so do its logs.
fn short_time(at: &mut Cursor<'_>) -> Result<Interval, Short> {
    let (seconds, fraction) = (i64::from(at.u16()?.cast_signed()), i64::from(at.u16()?.cast_signed()));
    Ok(Interval::from_nanos(((seconds << 16) + fraction) * 1_000_000_000 / (1 << 16)))
}

/// Seconds since 1900 and their 2^32nds, to the microsecond that is nearest in floating point; zero stands for "never".
fn time(at: &mut Cursor<'_>) -> Result<Timestamp, Short> {
    let (seconds, fraction) = (at.u32()?, at.u32()?);
    if (seconds, fraction) == (0, 0) {
        return Ok(Timestamp::ZERO);
    }
    let since_1970 = f64::from(seconds) - ERA + f64::from(fraction) * UNIT;
    let micros = (since_1970.fract() * 1e6).round() as i64;
    Ok(Timestamp::from_parts(since_1970.trunc() as i64, micros * 1000))
}

/// Counts extension fields. They are read as those of Autokey (RFC 5906, section 10), whose length counts a value and a
/// signature; what is no longer than an authentication code is none.
fn extensions(at: &mut Cursor<'_>) -> Result<u64, Fault> {
    /// Bytes of a field in front of its value.
    const HEAD: u32 = 18;
    /// Bytes of a field whose value and signature are empty.
    const BARE: u32 = 22;
    let mut count = 0;
    while at.left() > MAX_MAC {
        let begin = at.at();
        let _kind = at.u16()?;
        let length = at.u16()?;
        let _association_and_times = at.take(10)?;
        let value = at.u32()?;
        if u32::from(length).checked_sub(HEAD).is_none_or(|room| value > room) {
            return Err(Fault::Extension);
        }
        at.take(value as usize)?;
        let signature = at.u32()?;
        if u32::from(length).checked_sub(BARE).is_none_or(|room| value > room) {
            return Err(Fault::Extension);
        }
        at.take(signature as usize)?;
        let end = begin + usize::from(length);
        if end > at.at() {
            at.seek(end)?;
        }
        count += 1;
    }
    Ok(count)
}

/// A control message (RFC 9327, section 2) carries as many bytes as it says.
fn control(at: &mut Cursor<'_>) -> Result<(), Short> {
    let _up_to_offset = at.take(9)?;
    at.bytes16()?;
    Ok(())
}

/// A message of a server's own kind. It is the number of its items that Zeek takes for its length.
fn private(at: &mut Cursor<'_>) -> Result<(), Short> {
    let is_authenticated = at.u8()? & 0x80 != 0;
    let _implementation_and_code = at.take(2)?;
    let items = at.u16()? & 0x0fff;
    at.take(usize::from(items))?;
    if is_authenticated {
        at.take(PRIVATE_MAC)?;
    }
    Ok(())
}
