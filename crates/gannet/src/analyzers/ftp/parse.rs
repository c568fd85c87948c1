//! Commands and replies (RFC 959, section 4), and the addresses in them (RFC 959, section 4.1.2; RFC 2428).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::parsers::mime::skip_blanks;
use crate::parsers::number::decimal;

/// Longest name of a command.
const MAX_COMMAND: usize = 100;

/// Whether C's `isspace` is true.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoCommand {
    /// It does not begin with three printable characters.
    Invalid,
    /// Its first word has so many characters.
    Long(usize),
}

/// The first word of a line and what follows it.
pub(super) fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let line = skip_blanks(line);
    let length = line.iter().position(|byte| *byte == 0 || is_space(*byte)).unwrap_or(line.len());
    line.split_at_checked(length).unwrap_or_default()
}

/// Reads a command and its argument.
pub(super) fn command(line: &[u8]) -> Result<(Vec<u8>, &[u8]), NoCommand> {
    let (word, rest) = word(line);
    if word.len() < 3 || !word.iter().all(u8::is_ascii_graphic) {
        return Err(NoCommand::Invalid);
    }
    if word.len() > MAX_COMMAND {
        return Err(NoCommand::Long(word.len()));
    }
    Ok((word.to_ascii_uppercase(), skip_blanks(rest)))
}

/// The code that a line begins with, or 0.
pub(super) fn code(line: &[u8]) -> u16 {
    let digits = line.get(..3).and_then(decimal);
    digits.and_then(|code| u16::try_from(code).ok()).unwrap_or(0)
}

/// One line of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reply<'a> {
    /// 0 in lines that a reply goes on with.
    pub(super) code: u16,
    pub(super) text: &'a [u8],
    /// Further lines follow.
    pub(super) continues: bool,
}

/// Reads a line of a reply; `open` is the code of one that goes on.
pub(super) fn reply(line: &[u8], open: Option<u16>) -> Result<Reply<'_>, &'static str> {
    let code = code(line);
    let behind = |count: usize| skip_blanks(line.get(count..).unwrap_or_default());
    let next = line.get(3);
    match open {
        Some(open) if open == code && next == Some(&b' ') => {
            Ok(Reply { code, text: behind(3), continues: false })
        }
        Some(_) => Ok(Reply { code: 0, text: line, continues: true }),
        None if code == 0 => Err("non-numeric reply code"),
        None if code < 100 => Err("invalid reply code"),
        None => match next {
            Some(b'-') => Ok(Reply { code, text: behind(4), continues: true }),
            None | Some(b' ') => Ok(Reply { code, text: behind(3), continues: false }),
            Some(_) => Err("invalid reply line"),
        },
    }
}

/// The end of a data connection that is announced.
pub(super) type End = (IpAddr, u16);

/// A decimal number with blanks and a sign before it, as C reads one; and what follows it.
fn integer(text: &[u8]) -> Option<(i64, &[u8])> {
    let blanks = text.iter().take_while(|byte| is_space(**byte)).count();
    let text = text.get(blanks..)?;
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
    let value = decimal(digits).and_then(|value| i64::try_from(value).ok()).unwrap_or(i64::MAX);
    Some((if negative { -value } else { value }, rest))
}

/// The argument of PORT: six numbers (RFC 959, section 4.1.2).
pub(super) fn port(text: &[u8]) -> Option<End> {
    /// The shortest one.
    const MIN: usize = 11;
    let mut rest = Some(text).filter(|text| text.len() >= MIN)?;
    let mut numbers = [0u8; 6];
    for (at, number) in numbers.iter_mut().enumerate() {
        if at > 0 {
            rest = rest.strip_prefix(b",")?;
        }
        let (value, behind) = integer(rest)?;
        *number = u8::try_from(value).ok()?;
        rest = behind;
    }
    let [a, b, c, d, high, low] = numbers;
    Some((IpAddr::V4(Ipv4Addr::new(a, b, c, d)), u16::from_be_bytes([high, low])))
}

/// The argument of EPRT (RFC 2428, section 2). Without an address it is `::`.
pub(super) fn extended_port(text: &[u8]) -> Option<End> {
    let text = text.get(text.iter().take_while(|byte| is_space(**byte)).count()..)?;
    let (delimiter, rest) = text.split_first()?;
    let (_, rest) = integer(rest).unwrap_or((0, rest));
    let mut good = rest.first() == Some(delimiter);
    let rest = rest.get(1..).unwrap_or_default();
    let end = memchr::memchr(*delimiter, rest).unwrap_or(rest.len());
    let (host, rest) = rest.split_at_checked(end)?;
    let mut address = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    if !host.is_empty() {
        address = std::str::from_utf8(host).ok()?.parse().ok()?;
        good = true;
    }
    let Some(rest) = rest.strip_prefix(&[*delimiter]) else { return good.then_some((address, 0)) };
    let (port, behind) = integer(rest).unwrap_or((0, rest));
    let port = u16::try_from(port).ok()?;
    (good && behind.first() == Some(delimiter)).then_some((address, port))
}

/// The text of a reply to PASV (RFC 959, section 4.1.2; RFC 1123, section 4.1.2.6: the numbers may stand anywhere).
pub(super) fn passive(text: &[u8]) -> Option<End> {
    if let Some(at) = memchr::memchr(b'(', text) {
        return port(text.get(at + 1..)?);
    }
    if let Some(at) = memchr::memmem::find(text, b"PORT") {
        return port(text.get(at + 5..)?);
    }
    let comma = memchr::memchr(b',', text)?;
    let before = text.get(..comma)?;
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    port(text.get(comma - digits..)?)
}

/// The text of a reply to EPSV (RFC 2428, section 3).
pub(super) fn extended_passive(text: &[u8]) -> Option<End> {
    extended_port(text.get(memchr::memchr(b'(', text)? + 1..)?)
}

/// The last number in a text, or 0.
pub(super) fn last_number(text: &[u8]) -> u64 {
    let Some(last) = text.iter().rposition(u8::is_ascii_digit) else { return 0 };
    let text = text.get(..=last).unwrap_or_default();
    let first = text.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    text.get(first..).and_then(decimal).unwrap_or(0)
}
