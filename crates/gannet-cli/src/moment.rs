//! Points in time as `--from` and `--to` take them.

use std::time::Duration;

use gannet::{Interval, Timestamp};

use crate::values;

const EXPECTED: &str = "expected a date and time such as 2026-11-25T19:17:16Z, seconds since 1970 such as 1795634236.5, \
                        or a time after the first packet such as +90s, +10m, +1h30m";
const DAY: i64 = 86_400;
const NANOS: i64 = 1_000_000_000;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// By the calendar.
    At(Timestamp),
    /// So long after the first packet.
    After(Interval),
}

impl Moment {
    /// The time, where the first packet is of this one.
    pub(crate) fn of(self, first: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::After(time) => Timestamp::from_nanos(first.nanos().saturating_add(time.nanos())),
        }
    }
}

/// `2026-11-25T19:17:16.5+01:00`, `2026-11-25 19:17` (UTC), `1795634236.5`, `+10m`
pub(crate) fn parse(text: &str) -> Result<Moment, String> {
    let moment = match text.strip_prefix('+') {
        Some(time) => after(time).map(Moment::After),
        None => seconds(text).or_else(|| calendar(text)).map(Moment::At),
    };
    moment.ok_or_else(|| EXPECTED.to_owned())
}

/// `90s`, `1h30m`, `2d`
fn after(text: &str) -> Option<Interval> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let letters = rest.get(digits..)?;
        let end = letters.find(|c: char| c.is_ascii_digit()).unwrap_or(letters.len());
        let (number, unit) = (rest.get(..digits)?, letters.get(..end)?);
        let time = match unit {
            "d" => Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(DAY as u64)?),
            // Nothing after the first packet is a time, too.
            _ if !number.is_empty() && number.bytes().all(|digit| digit == b'0') => {
                values::duration(&format!("1{unit}")).map(|_| Duration::ZERO).ok()?
            }
            _ => values::duration(rest.get(..digits + end)?).ok()?,
        };
        sum = sum.checked_add(time)?;
        rest = letters.get(end..)?;
    }
    let nanos = i64::try_from(sum.as_nanos()).ok()?;
    (!text.is_empty()).then(|| Interval::from_nanos(nanos))
}

/// Seconds since 1970, with as many digits behind the point as there are.
fn seconds(text: &str) -> Option<Timestamp> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    at(number(whole, 1..=10)?, fraction(part)?)
}

/// A date, perhaps with a time of day and a zone (RFC 3339, also with a space in the middle).
fn calendar(text: &str) -> Option<Timestamp> {
    gannet_query::calendar::parse(text).filter(|nanos| *nanos >= 0).map(Timestamp::from_nanos)
}

fn at(seconds: i64, nanos: i64) -> Option<Timestamp> {
    seconds.checked_mul(NANOS)?.checked_add(nanos).filter(|nanos| *nanos >= 0).map(Timestamp::from_nanos)
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

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_logs::calendar_text;

    fn nanos(text: &str) -> i64 {
        match parse(text) {
            Ok(Moment::At(time)) => time.nanos(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn dates_and_seconds() {
        let second = 1_300_475_167 * NANOS;
        for text in [
            "2011-03-18T19:06:07Z",
            "2011-03-18 19:06:07",
            "2011-03-18t20:36:07+01:30",
            "2011-03-18T14:06:07-05:00",
            "1300475167",
            "1300475167.0",
        ] {
            assert_eq!(nanos(text), second, "{text}");
        }
        assert_eq!(nanos("2011-03-18T19:06:07.25Z"), second + 250_000_000);
        assert_eq!(nanos("1300475167.0000000019"), second + 1);
        assert_eq!(nanos("2011-03-18"), (1_300_475_167 - 19 * 3600 - 6 * 60 - 7) * NANOS);
        assert_eq!(nanos("2011-03-18T19:06"), (1_300_475_167 - 7) * NANOS);
        assert_eq!(nanos("1970-01-01"), 0);
    }

    /// Held against the calendar of the logs, on every 500th day of two centuries and around the odd Februaries.
    #[test]
    fn the_calendar_is_that_of_the_logs() {
        let days = (0..73_000_i64).step_by(500).chain(10_955..11_020).chain(47_480..47_545);
        for day in days {
            let time = Timestamp::from_parts(day * DAY, 0);
            let text = calendar_text(time);
            assert_eq!(nanos(&text[..10]), time.nanos(), "{text}");
        }
    }

    #[test]
    fn times_after_the_first_packet() {
        let first = Timestamp::from_parts(1000, 5);
        for (text, seconds) in [("+90s", 90), ("+10m", 600), ("+1h30m", 5400), ("+2d1s", 172_801), ("+0s", 0)]
        {
            assert_eq!(parse(text).unwrap().of(first), Timestamp::from_parts(1000 + seconds, 5), "{text}");
        }
        assert_eq!(parse("+500ms").unwrap().of(first).nanos(), first.nanos() + 500_000_000);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "",
            "+",
            "-",
            "10m",
            "now",
            "+10",
            "+m",
            "+1x",
            "+10m-5s",
            "+0x",
            "19:17",
            "2026-11-31",
            "2026-13-01",
            "2026-1-1",
            "2025-02-29",
            "2026-11-25T24:00",
            "2026-11-25T19:17:16+25:00",
            "2026-11-25T19",
            "1969-12-31",
            "1e9",
            "1.",
            ".5",
            "12345678901",
            "2026-11-25T19:17:16.Z",
            "2026-11-25T19:17:16ZZ",
            "2026-11-25Z",
        ] {
            assert!(parse(bad).is_err(), "{bad}: {:?}", parse(bad));
        }
    }
}
