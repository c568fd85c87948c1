//! From lines to the messages of IRC (RFC 1459, section 2.3).

use std::net::Ipv4Addr;

use crate::parsers::number;

/// Commands that a client may send.
pub(super) const COMMANDS: &[&str] = &[
    "ADMIN", "AWAY", "CNOTICE", "CPRIVMSG", "CONNECT", "DIE", "ENCAP", "ERROR", "INFO", "INVITE", "ISON",
    "JOIN", "KICK", "KILL", "KNOCK", "LINKS", "LIST", "LUSERS", "MODE", "MOTD", "NAMES", "NICK", "NOTICE",
    "OPER", "PART", "PASS", "PING", "PONG", "PRIVMSG", "QUIT", "REHASH", "RULES", "SERVER", "SERVICE",
    "SERVLIST", "SETNAME", "SILENCE", "SQUERY", "SQUIT", "STATS", "SUMMON", "TIME", "TOPIC", "TRACE", "USER",
    "USERHOST", "USERS", "VERSION", "WALLOPS", "WHO", "WHOIS", "WHOWAS", "STARTTLS",
];

/// Shortest command with what belongs to it.
const MIN: usize = 3;
/// Longest command that is taken for one.
const MAX_COMMAND: usize = 20;

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Short,
    /// There is nothing behind the name of the sender.
    NoMessage,
    ShortMessage,
    BadNumber,
    LongCommand,
}

/// A line of IRC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// A reply of a server, by its number.
    Reply(u16),
    /// A command, and what follows it.
    Command { word: &'a [u8], rest: &'a [u8], prefixed: bool },
}

/// Bytes without the blanks before them.
fn unblank(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().take_while(|byte| **byte == b' ').count();
    bytes.get(blanks..).unwrap_or_default()
}

/// The bytes before a blank and behind it; nothing without one.
fn at_blank(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b' ', bytes)?;
    bytes.split_at_checked(at).map(|(word, rest)| (word, rest.get(1..).unwrap_or_default()))
}

/// Words between bytes of this value; empty ones are left out.
pub(super) fn words(bytes: &[u8], between: u8) -> impl Iterator<Item = &[u8]> {
    bytes.split(move |byte| *byte == between).filter(|word| !word.is_empty())
}

/// Bytes without a colon in front.
pub(super) fn uncolon(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b":").unwrap_or(bytes)
}

impl<'a> Message<'a> {
    /// Reads a line.
    pub(super) fn read(line: &'a [u8]) -> Result<Self, Fault> {
        let mut line = unblank(line);
        if line.len() < MIN {
            return Err(Fault::Short);
        }
        let mut prefixed = false;
        for mark in [b'@', b':'] {
            if line.first() == Some(&mark) {
                let (_, rest) = at_blank(line).ok_or(Fault::NoMessage)?;
                line = unblank(rest);
                prefixed = mark == b':';
            }
        }
        match line {
            [] | [_] | [_, _] => Err(Fault::ShortMessage),
            [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', b' ', ..] => {
                let digits = [a, b, c].map(|digit| u16::from(digit - b'0'));
                Ok(Self::Reply(digits.iter().fold(0, |number, digit| number * 10 + digit)))
            }
            [b'0'..=b'9', ..] => Err(Fault::BadNumber),
            _ => {
                let (word, rest) = at_blank(line).unwrap_or((line, &[]));
                if word.len() > MAX_COMMAND {
                    return Err(Fault::LongCommand);
                }
                Ok(Self::Command { word, rest: unblank(rest), prefixed })
            }
        }
    }
}

/// Whether a word is a command that a client may send.
pub(super) fn is_command(word: &[u8]) -> bool {
    COMMANDS.iter().any(|command| command.as_bytes().eq_ignore_ascii_case(word))
}

/// What a user says of itself: its name, and host, server and real name.
pub(super) fn user(rest: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut words = words(rest, b' ');
    let [name, host, server] = [(); 3].map(|()| words.next().unwrap_or_default());
    // The first two words of the real name come without a blank between them, and one stands behind each other.
    let mut real = words.next().unwrap_or_default().to_vec();
    for word in words {
        real.extend_from_slice(word);
        real.push(b' ');
    }
    (name.to_vec(), [host, server, uncolon(&real)].join(&b' '))
}

/// The channels of a JOIN, each with its key.
pub(super) fn channels(rest: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut parts = words(uncolon(rest), b' ');
    let channels = words(parts.next()?, b',');
    let mut keys = words(parts.next().unwrap_or_default(), b',');
    let mut found: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for channel in channels {
        let one = (channel.to_vec(), keys.next().unwrap_or_default().to_vec());
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Some(found)
}

/// The channel of an NJOIN, once for each of those who join; how often.
pub(super) fn njoin(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut parts = words(rest, b' ');
    let (channel, users, None) = (parts.next()?, parts.next()?, parts.next()) else { return None };
    Some((channel.to_vec(), words(uncolon(users), b',').count()))
}

/// A file or a talk that somebody offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer<'a> {
    pub(super) is_file: bool,
    pub(super) name: &'a [u8],
    pub(super) host: Ipv4Addr,
    pub(super) port: u16,
    pub(super) size: u64,
}

/// What is wrong with an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadOffer {
    /// There is no text.
    NoText,
    Format,
    Host,
    Port(u64),
}

/// Reads what is said to somebody; nothing if no file is offered.
pub(super) fn offer(rest: &[u8]) -> Result<Option<Offer<'_>>, BadOffer> {
    let (_, text) = at_blank(rest).ok_or(BadOffer::NoText)?;
    let text = uncolon(unblank(text));
    let text = text.strip_prefix(b"\x01").unwrap_or(text);
    if text.len() <= 3 || !text.starts_with(b"DCC") {
        return Ok(None);
    }
    let text = text.strip_suffix(b"\x01").unwrap_or(text);
    let count = words(text, b' ').count();
    let mut words = words(text, b' ').skip(1);
    let [kind, name, host, port] = [(); 4].map(|()| words.next().unwrap_or_default());
    let (size, turbo) = (words.next(), words.next());
    let is_turbo = count == 7 && turbo == Some(b"T");
    if !((5..=6).contains(&count) || is_turbo) {
        return Err(BadOffer::Format);
    }
    let host = number::decimal(host).and_then(|host| u32::try_from(host).ok()).filter(|host| *host != 0);
    let host = host.map(Ipv4Addr::from).ok_or(BadOffer::Host)?;
    let port = number::decimal(port).unwrap_or(0);
    let small = u16::try_from(port).ok().filter(|port| *port != 0).ok_or(BadOffer::Port(port))?;
    let size = size.and_then(number::decimal).unwrap_or(0);
    Ok(Some(Offer { is_file: kind == b"SEND", name, host, port: small, size }))
}
