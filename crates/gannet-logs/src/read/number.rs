//! Numbers and times, from text.

use gannet::events::Value;
use gannet::{Interval, Timestamp};

/// A whole number that is not negative.
#[inline]
pub(super) fn count(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    let mut number = 0_u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(digit.into())?;
    }
    Some(number)
}

/// A whole number.
pub(super) fn int(text: &[u8]) -> Option<i64> {
    match text.strip_prefix(b"-") {
        Some(digits) => 0_i64.checked_sub_unsigned(count(digits)?),
        None => i64::try_from(count(text)?).ok(),
    }
}

/// A number with a point or without.
pub(super) fn double(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Seconds with a fraction, as nanoseconds; finer digits are cut.
fn nanos(text: &[u8]) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let point = digits.iter().position(|byte| *byte == b'.').unwrap_or(digits.len());
    let (whole, part) = digits.split_at_checked(point)?;
    let part = part.get(1..).unwrap_or_default();
    let Some(seconds) = count(whole) else { return exponent(text) };
    let kept = part.get(..part.len().min(9)).unwrap_or_default();
    let fraction = if kept.is_empty() { 0 } else { count(kept).or_else(|| exponent(text).map(|_| 0))? };
    if part.iter().any(|byte| !byte.is_ascii_digit()) {
        return exponent(text);
    }
    let scale = 10_i128.pow(9 - kept.len() as u32);
    let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(fraction) * scale;
    Some(if negative { -nanos } else { nanos })
}

/// The same in the form `5.0e-06`, which JSON has.
#[cold]
fn exponent(text: &[u8]) -> Option<i128> {
    let number =
        double(text).filter(|number| number.is_finite() && text.iter().any(|byte| byte.is_ascii_digit()))?;
    Some((number * 1e9).round() as i128)
}

/// A point in time; one that is too far from now is whole seconds.
pub(super) fn time(text: &[u8]) -> Option<Value<'static>> {
    let nanos = nanos(text)?;
    match i64::try_from(nanos) {
        Ok(nanos) => Some(Value::Time(Timestamp::from_nanos(nanos))),
        Err(_) => i64::try_from(nanos.div_euclid(1_000_000_000)).ok().map(Value::Date),
    }
}

/// A length of time.
pub(super) fn interval(text: &[u8]) -> Option<Interval> {
    i64::try_from(nanos(text)?).ok().map(Interval::from_nanos)
}
