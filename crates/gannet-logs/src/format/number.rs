//! Numbers, times and lengths of time as text, without `core::fmt`.

use std::io::Write;

use gannet::{Interval, Timestamp};

const ZEROS: u64 = 0x3030_3030_3030_3030;
const EIGHT_DIGITS: u64 = 100_000_000;

/// The eight decimal digits of `n` < 10^8 as the bytes of a word, the most significant in the lowest byte.
fn digits(n: u32) -> u64 {
    let n = u64::from(n);
    // Halves of four digits, then of two, then of one: each step divides all the halves at once.
    let fours = (n / 10_000) | (n % 10_000) << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours - hundreds * 100) << 16;
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (twos - tens * 10) << 8
}

/// A number of at most eight digits, not padded.
#[inline]
fn short(n: u32, out: &mut Vec<u8>) {
    let word = digits(n);
    let unused = (word.trailing_zeros() / 8).min(7);
    out.extend_from_slice(&((word | ZEROS) >> (8 * unused)).to_le_bytes());
    out.truncate(out.len() - unused as usize);
}

/// Below 10^8, with leading zeros.
fn padded(n: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&(digits(n) | ZEROS).to_le_bytes());
}

#[inline]
pub(super) fn count(n: u64, out: &mut Vec<u8>) {
    if n < EIGHT_DIGITS {
        short(n as u32, out);
    } else {
        long(n, out);
    }
}

#[inline(never)]
fn long(n: u64, out: &mut Vec<u8>) {
    count(n / EIGHT_DIGITS, out);
    padded((n % EIGHT_DIGITS) as u32, out);
}

pub(super) fn int(n: i64, out: &mut Vec<u8>) {
    if n < 0 {
        out.push(b'-');
    }
    count(n.unsigned_abs(), out);
}

/// A dot and six digits, for `micros` < 10^6.
fn fraction(micros: u32, out: &mut Vec<u8>) {
    // The word holds two zeros and six digits; the dot takes the place of the second zero.
    let word = (digits(micros) | ZEROS) >> 8;
    out.extend_from_slice(&((word & !0xff) | u64::from(b'.')).to_le_bytes());
    out.truncate(out.len() - 1);
}

fn micros(negative: bool, micros: u64, out: &mut Vec<u8>) {
    if negative && micros > 0 {
        out.push(b'-');
    }
    count(micros / 1_000_000, out);
    fraction((micros % 1_000_000) as u32, out);
}

/// Seconds with six decimals, rounded down to the microsecond.
pub(super) fn time(at: Timestamp, out: &mut Vec<u8>) {
    let whole = at.nanos().div_euclid(1_000);
    micros(whole < 0, whole.unsigned_abs(), out);
}

/// Whole seconds, shown like a [`time`].
pub(super) fn date(seconds: i64, out: &mut Vec<u8>) {
    int(seconds, out);
    out.extend_from_slice(b".000000");
}

/// Whole seconds, shown like a [`json_time`].
pub(super) fn json_date(seconds: i64, out: &mut Vec<u8>) {
    int(seconds, out);
    out.extend_from_slice(b".0");
}

/// Seconds with six decimals, rounded to the nearest microsecond.
pub(super) fn interval(length: Interval, out: &mut Vec<u8>) {
    let nanos = length.nanos();
    micros(nanos < 0, (nanos.unsigned_abs() + 500) / 1_000, out);
}

/// Like [`time`], without trailing zeros but with one decimal at least.
pub(super) fn json_time(at: Timestamp, out: &mut Vec<u8>) {
    time(at, out);
    trim(out);
}

/// Seconds with all the decimals that are not zero, but one at least.
pub(super) fn json_interval(length: Interval, out: &mut Vec<u8>) {
    let nanos = length.nanos().unsigned_abs();
    if length.nanos() < 0 {
        out.push(b'-');
    }
    count(nanos / 1_000_000_000, out);
    let below = (nanos % 1_000_000_000) as u32;
    fraction(below / 1_000, out);
    for unit in [100, 10, 1] {
        out.push(b'0' + (below / unit % 10) as u8);
    }
    trim(out);
}

fn trim(out: &mut Vec<u8>) {
    while out.last() == Some(&b'0') {
        out.pop();
    }
    if out.last() == Some(&b'.') {
        out.push(b'0');
    }
}

/// Six decimals without trailing zeros and without an exponent; `.0` marks what is as good as integral.
pub(super) fn double(d: f64, out: &mut Vec<u8>) {
    if d.is_nan() || d.is_infinite() {
        let name: &[u8] = match d {
            _ if d.is_nan() => b"nan",
            _ if d > 0.0 => b"inf",
            _ => b"-inf",
        };
        return out.extend_from_slice(name);
    }
    let start = out.len();
    // Writing to a vector does not fail.
    let _ = write!(out, "{d:.6}");
    trim(out);
    if out.ends_with(b".0") {
        out.truncate(out.len() - 2);
    }
    if out.get(start..) == Some(b"-0") {
        out.truncate(start);
        out.push(b'0');
    }
    if (d - d.round()).abs() < 1e-9 {
        out.extend_from_slice(b".0");
    }
}

/// The shortest digits that give the same double back; `null` for what JSON has no number for.
pub(super) fn json_double(d: f64, out: &mut Vec<u8>) {
    if d.is_finite() {
        let _ = write!(out, "{d:?}");
    } else {
        out.extend_from_slice(b"null");
    }
}

/// `YYYY-MM-DD-HH-MM-SS` in UTC.
pub(super) fn calendar(at: Timestamp, out: &mut Vec<u8>) {
    let (days, seconds) = (at.seconds().div_euclid(86_400), at.seconds().rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let _ = write!(
        out,
        "{year:04}-{month:02}-{day:02}-{:02}-{:02}-{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    );
}

/// `YYYY-MM-DDThh:mm:ss.ffffffZ`, as RFC 3339 and RFC 5424 have it.
pub(crate) fn rfc3339(at: Timestamp, out: &mut Vec<u8>) {
    let (days, seconds) = (at.seconds().div_euclid(86_400), at.seconds().rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let micros = at.nanos().rem_euclid(1_000_000_000) / 1_000;
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z");
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    // Years begin in March here, so that the leap day is a year's last.
    let shifted = days + 719_468;
    let (cycle, day) = (shifted.div_euclid(DAYS_IN_400_YEARS), shifted.rem_euclid(DAYS_IN_400_YEARS));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + cycle * 400 + next, month, of_month)
}
