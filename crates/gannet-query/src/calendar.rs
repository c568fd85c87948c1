//! Dates and times of day as texts have them (RFC 3339), and nanoseconds since 1970.

use std::fmt;

const DAY: i64 = 86_400;
const NANOS: i64 = 1_000_000_000;

/// Nanoseconds since 1970 of `2026-11-20T14:00:00.5+01:00`, `2026-11-20 14:00` (UTC) or `2026-11-20`.
pub fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00"));
    let (time, zone) = zone(time)?;
    let (clock, part) = time.split_once('.').unwrap_or((time, "0"));
    let seconds = days(date)?.checked_mul(DAY)? + time_of_day(clock)? - zone;
    seconds.checked_mul(NANOS)?.checked_add(fraction(part)?)
}

/// What is in front of the zone, and the zone's seconds ahead of UTC, which is meant if there is none.
fn zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(place) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let (time, zone) = time.split_at_checked(place)?;
    let digits = zone.get(1..)?;
    // `+0100` is what strftime writes.
    let colon = match digits.as_bytes() {
        [_, _, _, _] => format!("{}:{}", digits.get(..2)?, digits.get(2..)?),
        _ => digits.to_owned(),
    };
    let ahead = time_of_day(&colon)?;
    Some((time, if zone.starts_with('-') { -ahead } else { ahead }))
}

/// `19:17` or `19:17:16`, in seconds; a leap second is the one before.
fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| number(part, 2..=2));
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let sound = hour < 24 && minute < 60 && second <= 60 && parts.next().is_none();
    sound.then(|| hour * 3600 + minute * 60 + second.min(59))
}

/// `2026-11-25`, in days since 1970.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4..=4)?;
    let (month, day) = (number(parts.next()?, 2..=2)?, number(parts.next()?, 2..=2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    if parts.next().is_some() || year < 1 || day < 1 || day > length {
        return None;
    }
    let before: i64 = lengths.iter().take(usize::try_from(month - 1).ok()?).sum();
    let leap_days = |year: i64| year / 4 - year / 100 + year / 400;
    Some((year - 1970) * 365 + leap_days(year - 1) - leap_days(1969) + before + day - 1)
}

/// A number of so many digits and nothing else.
fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let sound = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().ok()).flatten()
}

/// Digits behind a point, in nanoseconds; finer ones are cut.
fn fraction(digits: &str) -> Option<i64> {
    number(digits, 1..=18)?;
    number(&format!("{digits:0<9}").chars().take(9).collect::<String>(), 9..=9)
}

/// Year, month and day of a day counted from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that the leap day is a year's last.
    let shifted = days + 719_468;
    let (cycle, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + cycle * 400 + next, month, of_month)
}

/// Nanoseconds since 1970 as `2026-11-20T14:00:00.5Z`.
///
/// Not `#[non_exhaustive]`: it is made from its number.
pub struct Iso(pub i64);

impl fmt::Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.div_euclid(NANOS), self.0.rem_euclid(NANOS));
        let (year, month, day) = civil(seconds.div_euclid(DAY));
        let clock = seconds.rem_euclid(DAY);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            clock / 3600,
            clock / 60 % 60,
            clock % 60
        )?;
        if nanos > 0 {
            write!(f, ".{}", format!("{nanos:09}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}
