//! Times in certificates, in the two forms that OpenSSL takes: RFC 5280, section 4.1.2.5.

use gannet::parsers::asn1::{GENERALIZED_TIME, UTC_TIME, Value};
use gannet::parsers::calendar::days;

/// Seconds since 1970; nothing if it is no time.
pub(crate) fn seconds(time: &Value<'_>) -> Option<i64> {
    let [year, month, day, hour, minute, second] = parts(time)?;
    Some(((days(year, month - 1) + day - 1) * 24 + hour) * 3600 + minute * 60 + second)
}

/// A time as notices have it, to the second.
pub(crate) fn shown(time: &Value<'_>) -> Option<String> {
    let [year, month, day, hour, minute, second] = parts(time)?;
    Some(format!("{year:04}-{month:02}-{day:02}-{hour:02}:{minute:02}:{second:02}"))
}

/// Year, month, day, hour, minute and second.
fn parts(time: &Value<'_>) -> Option<[i64; 6]> {
    let digits = time.content.strip_suffix(b"Z")?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (year, rest) = match (time.tag, digits.len()) {
        (UTC_TIME, 12) => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year = number(year);
            (if year < 50 { year + 2000 } else { year + 1900 }, rest)
        }
        (GENERALIZED_TIME, 14) => {
            let (year, rest) = digits.split_at_checked(4)?;
            (number(year), rest)
        }
        _ => return None,
    };
    let (pairs, _) = rest.as_chunks::<2>();
    let [month, day, hour, minute, second] = *pairs else { return None };
    let [month, day, hour, minute, second] = [month, day, hour, minute, second].map(|pair| number(&pair));
    let valid = (1..=12).contains(&month) && (1..=length(year, month)).contains(&day);
    let valid = valid && hour < 24 && minute < 60 && second < 60;
    valid.then_some([year, month, day, hour, minute, second])
}

fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
}

/// Days of a month.
fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
