//! Numbers, times and shares as people read them.

use std::time::Duration;

use gannet::{Interval, Timestamp};
use gannet_logs::calendar_text;

/// `1,234,567`
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 packet`, `1,234 packets`
pub(crate) fn some(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// `812 bytes`, `1.5 kB`, `23.4 MB`
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if n < 1000 {
        return some(n, "byte", "bytes");
    }
    let mut value = n as f64 / 1000.0;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    while value >= 999.95 {
        let Some(next) = units.next() else { break };
        value /= 1000.0;
        unit = Some(next);
    }
    format!("{value:.1} {}", unit.copied().unwrap_or_default())
}

/// `12.3 %`; a share that is neither nothing nor all is never shown as such.
pub(crate) fn share(part: u64, all: u64) -> String {
    let percent = part as f64 * 100.0 / all.max(1) as f64;
    match percent {
        p if part > 0 && p < 0.1 => "less than 0.1 %".to_owned(),
        p if part < all && p > 99.9 => "more than 99.9 %".to_owned(),
        p if part == all => format!("{p:.0} %"),
        p => format!("{p:.1} %"),
    }
}

/// `2011-03-18 19:06:07`, in UTC.
pub(crate) fn time(at: Timestamp) -> String {
    let text = calendar_text(at);
    // The last three of its six numbers are the time of day.
    let mut parts = text.rsplitn(4, '-');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(second), Some(minute), Some(hour), Some(date)) => format!("{date} {hour}:{minute}:{second}"),
        _ => text,
    }
}

/// A text as a terminal may show it: what is no text, and control characters, as `\x1b`.
pub(crate) fn printable(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() || c == '\\' {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|byte| out += &format!("\\x{byte:02x}"));
            } else {
                out.push(c);
            }
        }
        chunk.invalid().iter().for_each(|byte| out += &format!("\\x{byte:02x}"));
    }
    out
}

/// `0.123 s`, `12.3 s`, `3 min 4 s`, `2 h 5 min`, `3 d 4 h`
pub(crate) fn span(interval: Interval) -> String {
    let seconds = interval.nanos() as f64 / 1e9;
    let whole = interval.nanos().max(0) / 1_000_000_000;
    match whole {
        ..10 => format!("{seconds:.3} s"),
        10..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        _ => format!("{} d {} h", whole / 86_400, whole % 86_400 / 3600),
    }
}

/// Things a second.
pub(crate) fn rate(n: u64, time: Duration) -> u64 {
    (n as f64 / time.as_secs_f64().max(1e-6)) as u64
}

/// The most memory that this process had resident so far, where the system tells: on Linux.
pub(crate) fn peak_memory() -> Option<u64> {
    memory("VmHWM:")
}

/// The memory that this process has resident, where the system tells: on Linux.
pub(crate) fn resident_memory() -> Option<u64> {
    memory("VmRSS:")
}

fn memory(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1000), "1,000");
        assert_eq!(count(12_345_678), "12,345,678");
        assert_eq!(some(1, "packet", "packets"), "1 packet");
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1500), "1.5 kB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(bytes(23_400_000_000), "23.4 GB");
    }

    #[test]
    fn shares() {
        assert_eq!(share(0, 10), "0.0 %");
        assert_eq!(share(1, 8), "12.5 %");
        assert_eq!(share(1, 100_000), "less than 0.1 %");
        assert_eq!(share(99_999, 100_000), "more than 99.9 %");
        assert_eq!(share(7, 7), "100 %");
    }

    #[test]
    fn texts_are_harmless() {
        assert_eq!(printable("münchen.example".as_bytes()), "münchen.example");
        assert_eq!(printable(b"a\x1b[2J\xff\\x"), "a\\x1b[2J\\xff\\x5cx");
        assert_eq!(printable("\u{9b}".as_bytes()), "\\xc2\\x9b");
    }

    #[test]
    fn times() {
        assert_eq!(time(Timestamp::from_parts(1_300_475_167, 0)), "2011-03-18 19:06:07");
        assert_eq!(span(Interval::from_millis(1500)), "1.500 s");
        assert_eq!(span(Interval::from_secs(3661)), "1 h 1 min");
        assert_eq!(span(Interval::from_secs(-5)), "-5.000 s");
    }
}
