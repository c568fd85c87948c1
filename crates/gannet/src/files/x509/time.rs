//! Times in certificates, read as Zeek reads them: RFC 5280, section 4.1.2.5.

use crate::parsers::asn1::{GENERALIZED_TIME, Tag, UTC_TIME, Value};
use crate::parsers::calendar::days;

/// Whether an identifier is that of a time.
pub(in crate::files) fn is_time(tag: Tag) -> bool {
    matches!(tag, UTC_TIME | GENERALIZED_TIME)
}

/// Seconds since 1970, or the name of the weird why it is none.
pub(in crate::files) fn seconds(value: &Value<'_>) -> Result<i64, &'static str> {
    let text = value.content;
    let (century, digits, rest) = match value.tag {
        UTC_TIME => {
            if !(11..=17).contains(&text.len()) {
                return Err("x509_utc_length");
            }
            if text.last() != Some(&b'Z') {
                return Err("x509_utc_format");
            }
            let century: &[u8] = if text.first().is_some_and(|first| *first < b'5') { b"20" } else { b"19" };
            let (digits, rest) = text.split_at_checked(10).ok_or("x509_utc_length")?;
            (century, digits, rest)
        }
        GENERALIZED_TIME => {
            if !(12..=23).contains(&text.len()) {
                return Err("x509_gen_time_length");
            }
            let (digits, rest) = text.split_at_checked(12).ok_or("x509_gen_time_length")?;
            (&b""[..], digits, rest)
        }
        _ => return Err("x509_invalid_time_type"),
    };
    let (second, rest) = seconds_of_minute(rest)?;
    let offset = offset(rest)?;
    let mut all = century.iter().chain(digits).map(|digit| i64::from(*digit) - i64::from(b'0'));
    let mut two = || all.next().unwrap_or(0) * 10 + all.next().unwrap_or(0);
    let year = two() * 100 + two();
    // A year that is not after 1900 is taken as counted from 1900.
    let year = if year > 1900 { year } else { year + 1900 };
    let (month, day, hour, minute) = (two(), two(), two(), two());
    let days = days(year, month - 1) + day - 1;
    let total = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Ok(if total == 0 { 0 } else { total + offset })
}

/// The seconds, which may be missing or have a fraction, and what follows them.
fn seconds_of_minute(rest: &[u8]) -> Result<(i64, &[u8]), &'static str> {
    if matches!(rest.first(), None | Some(b'Z' | b'-' | b'+')) {
        return Ok((0, rest));
    }
    let Some((&[tens, ones], rest)) = rest.split_first_chunk() else { return Err("x509_time_add_char") };
    let second = (i64::from(tens) - 48) * 10 + i64::from(ones) - 48;
    let rest = match rest.split_first() {
        Some((b'.', fraction)) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            fraction.get(digits..).unwrap_or_default()
        }
        _ => rest,
    };
    Ok((second, rest))
}

/// The offset from universal time. Hours and minutes are weighted as Zeek does it, which is not what they mean.
fn offset(rest: &[u8]) -> Result<i64, &'static str> {
    let sign = match rest.first() {
        None | Some(b'Z') => return Ok(0),
        Some(sign) => *sign,
    };
    let Some([_, digits @ ..]) = rest.get(..5) else { return Err("x509_time_offset_underflow") };
    if sign != b'+' && sign != b'-' {
        return Err("x509_time_offset_type");
    }
    let weights = [10, 60, 10, 1];
    let sum: i64 = digits.iter().zip(weights).map(|(digit, weight)| (i64::from(*digit) - 48) * weight).sum();
    Ok(if sign == b'-' { -sum } else { sum })
}
