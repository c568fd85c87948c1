//! Values as they stand in a predicate.

use std::fmt::{self, Write};
use std::net::IpAddr;

use crate::calendar::{self, Iso};

/// A value that stands in a predicate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    /// A whole number, between the least of 64 bits with a sign and the most without one.
    Whole(i128),
    /// A number with a point.
    Decimal(f64),
    /// A length of time, in nanoseconds.
    Length(i64),
    /// A point in time, in nanoseconds since 1970.
    Time(i64),
    /// An address.
    Addr(IpAddr),
    /// A network: an address with the bits behind the prefix zero, and the prefix's length.
    Net(IpAddr, u8),
    /// A port of a transport protocol.
    Port(u16, &'static str),
    /// Bytes, in quotes.
    Text(Vec<u8>),
    /// `true` or `false`
    Truth(bool),
}

/// Transports that a port can name.
const TRANSPORTS: [&str; 4] = ["tcp", "udp", "icmp", "sctp"];
/// Where numbers with a point end: up to there a double tells whole numbers apart.
const MAX_DECIMAL: f64 = 1e15;
const NANOS: i128 = 1_000_000_000;
/// Units of time, the longest first: name, nanoseconds.
const UNITS: [(&str, i128); 8] = [
    ("d", 86_400 * NANOS),
    ("h", 3_600 * NANOS),
    ("min", 60 * NANOS),
    ("m", 60 * NANOS),
    ("s", NANOS),
    ("ms", NANOS / 1_000),
    ("us", NANOS / 1_000_000),
    ("ns", 1),
];
/// Suffixes of numbers.
const SCALES: [(&str, i128); 6] =
    [("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30)];

impl Literal {
    /// The value of a word that begins with a digit or a sign, or has a colon in it.
    ///
    /// # Errors
    /// What would have been understood.
    pub(crate) fn of_word(word: &str) -> Result<Self, String> {
        if let Some((before, after)) = word.split_once('/') {
            return slashed(before, after);
        }
        let is_date = word.as_bytes().get(4) == Some(&b'-');
        if is_date {
            let time = calendar::parse(word).ok_or("expected a time such as 2026-11-20T14:00:00Z")?;
            return Ok(Self::Time(time));
        }
        if word.contains(':') || word.bytes().filter(|byte| *byte == b'.').count() > 1 {
            let address = word.parse().map_err(|_| "expected an address such as 192.0.2.1 or 2001:db8::1")?;
            return Ok(Self::Addr(address));
        }
        let number = number(word).or_else(|| length(word).map(Self::Length));
        number.ok_or_else(|| {
            "expected a number (443, 10k, 2.5), a length of time (10s, 5min, 1h30min), a time \
             (2026-11-20T14:00:00Z), an address or a network"
                .to_owned()
        })
    }
}

/// `10.0.0.0/8` or `443/tcp`
fn slashed(before: &str, after: &str) -> Result<Literal, String> {
    if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let transport = TRANSPORTS.iter().find(|name| **name == after);
        let port = before.parse().ok().filter(|_| before.bytes().all(|byte| byte.is_ascii_digit()));
        return match (port, transport) {
            (Some(port), Some(transport)) => Ok(Literal::Port(port, transport)),
            (None, _) => Err("expected a port from 0 to 65535 before the slash, as in 443/tcp".to_owned()),
            (_, None) => Err(format!("expected {} behind the slash", TRANSPORTS.join(", "))),
        };
    }
    let address: IpAddr = before.parse().map_err(|_| "expected a network such as 10.0.0.0/8".to_owned())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = after.parse::<u8>().ok().filter(|length| *length <= most);
    let length = length.ok_or_else(|| format!("expected a length from 0 to {most} behind the slash"))?;
    let network = masked(address, length);
    if network != address {
        return Err(format!("bits behind the prefix are set: expected {network}/{length}"));
    }
    Ok(Literal::Net(address, length))
}

/// The address with the bits behind a prefix zero.
fn masked(address: IpAddr, length: u8) -> IpAddr {
    let keep = |bits: u32| u128::MAX.checked_shl(bits - u32::from(length)).unwrap_or(0);
    match address {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & keep(32) as u32).into()),
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & keep(128)).into()),
    }
}

/// `443`, `-1`, `2.5`, `10k`, `1.5M`
fn number(word: &str) -> Option<Literal> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = word.get(digits.len()..)?;
    let scale = match suffix {
        "" => 1,
        _ => SCALES.iter().find(|(name, _)| *name == suffix)?.1,
    };
    if suffix.is_empty() && digits.contains('.') {
        let (whole, part) = digits.split_once('.')?;
        let whole = whole.strip_prefix('-').unwrap_or(whole);
        let sound = [whole, part].iter().all(|text| all_digits(text));
        let number = digits.parse::<f64>().ok().filter(|number| sound && number.abs() < MAX_DECIMAL);
        return number.map(Literal::Decimal);
    }
    let number = scaled(digits, scale)?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number).then_some(Literal::Whole(number))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A decimal number times a scale, where that is whole.
fn scaled(digits: &str, scale: i128) -> Option<i128> {
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, digits),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    if !all_digits(whole) || !all_digits(part) || whole.len() > 20 || part.len() > 9 {
        return None;
    }
    let tens = 10_i128.pow(part.len() as u32);
    let below = part.parse::<i128>().ok()? * scale;
    let number = whole.parse::<i128>().ok()?.checked_mul(scale)? + below / tens;
    (below % tens == 0).then_some(if negative { -number } else { number })
}

/// `10s`, `1h30min`, `-5ms`, `1.5h`
fn length(word: &str) -> Option<i64> {
    let (negative, mut rest) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let mut sum = 0_i128;
    while !rest.is_empty() {
        let letters = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (digits, behind) = rest.split_at_checked(letters)?;
        let end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at_checked(end)?;
        let nanos = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        sum = sum.checked_add(scaled(digits, nanos)?)?;
        rest = next;
    }
    i64::try_from(if negative { -sum } else { sum }).ok()
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            // A whole one keeps its point, by which it is told from a whole number.
            Self::Decimal(number) if number.fract() == 0.0 => write!(f, "{number}.0"),
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Length(nanos) => write_length(*nanos, f),
            Self::Time(nanos) => write!(f, "{}", Iso(*nanos)),
            Self::Addr(address) => write!(f, "{address}"),
            Self::Net(address, length) => write!(f, "{address}/{length}"),
            Self::Port(port, transport) => write!(f, "{port}/{transport}"),
            Self::Text(bytes) => write_text(bytes, f),
            Self::Truth(truth) => write!(f, "{truth}"),
        }
    }
}

fn write_length(nanos: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let nanos = i128::from(nanos);
    if nanos == 0 {
        return f.write_str("0s");
    }
    let fits = UNITS.iter().filter(|(name, _)| *name != "m").find(|(_, unit)| nanos % unit == 0);
    fits.map_or(Ok(()), |(name, unit)| write!(f, "{}{name}", nanos / unit))
}

/// Text in quotes: what a terminal shows as it is, all else as `\xhh`.
fn write_text(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                _ if c.is_control() => {
                    let mut room = [0; 4];
                    c.encode_utf8(&mut room).bytes().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
                }
                _ => f.write_char(c)?,
            }
        }
        chunk.invalid().iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
    }
    f.write_char('"')
}
