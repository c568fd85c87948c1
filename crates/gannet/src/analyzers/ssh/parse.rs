//! From bytes to the messages of SSH: version lines, packets before encryption, what is offered in them.

use crate::base::cursor::{Cursor, Short};

/// Longest string that is believed in.
const MAX_STRING: usize = 2_097_152;
/// Longest packet that is believed in.
pub(super) const MAX_PACKET: usize = 8_388_608;
/// Names of a list that are compared.
pub(super) const MAX_NAMES: usize = 100;

/// Version that a line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    One,
    Two,
    /// 1.99: either of them (RFC 4253, section 5.1).
    Both,
}

/// Version that a line names, if it does.
pub(super) fn says(line: &[u8]) -> Option<Says> {
    match line.get(4..)? {
        [b'2', ..] => Some(Says::Two),
        [b'1', _, b'9', b'9', ..] => Some(Says::Both),
        [b'1', ..] => Some(Says::One),
        _ => None,
    }
}

/// The version that two sides speak; nothing if they have none in common.
pub(super) const fn agree(one: Says, other: Says) -> Option<u64> {
    match (one, other) {
        (Says::One, Says::Two) | (Says::Two, Says::One) => None,
        (Says::One, _) | (_, Says::One) => Some(1),
        _ => Some(2),
    }
}

/// Why a message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Short,
    /// A string is said to be so long.
    LongString(u32),
}

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self::Short
    }
}

/// A string of RFC 4251, section 5.
fn string<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Fault> {
    let length = cursor.u32()?;
    if length as usize > MAX_STRING {
        return Err(Fault::LongString(length));
    }
    Ok(cursor.take(length as usize)?)
}

/// The lists of a KEXINIT message, in their order (RFC 4253, section 7.1).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offer<'a> {
    pub(super) lists: [&'a [u8]; 10],
}

/// Places in [`Offer::lists`].
pub(super) mod list {
    pub(in super::super) const KEX: usize = 0;
    pub(in super::super) const HOST_KEY: usize = 1;
    pub(in super::super) const CIPHER: usize = 2;
    pub(in super::super) const MAC: usize = 4;
    pub(in super::super) const COMPRESSION: usize = 6;
}

impl<'a> Offer<'a> {
    /// Reads what follows the number of a KEXINIT message.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(body);
        cursor.take(16)?;
        let mut offer = Self::default();
        for list in &mut offer.lists {
            *list = string(&mut cursor)?;
        }
        cursor.take(5)?;
        Ok(offer)
    }

    pub(super) fn list(&self, at: usize) -> &'a [u8] {
        self.lists.get(at).copied().unwrap_or_default()
    }

    /// A list to the server, and that to the client behind it.
    pub(super) fn pair(&self, at: usize) -> [&'a [u8]; 2] {
        [self.list(at), self.list(at + 1)]
    }

    /// The text that a HASSH is the MD5 of; `server` if the server offers it.
    pub(super) fn hassh_text(&self, server: bool) -> Vec<u8> {
        let at = usize::from(server);
        let lists = [list::KEX, list::CIPHER + at, list::MAC + at, list::COMPRESSION + at];
        lists.map(|at| self.list(at)).join(&b';')
    }
}

/// The names of a list.
fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').filter(|name| !name.is_empty()).take(MAX_NAMES)
}

/// How many names a list has.
pub(super) fn count(list: &[u8]) -> usize {
    list.split(|byte| *byte == b',').filter(|name| !name.is_empty()).count()
}

/// The first name of the client's that the server has too (RFC 4253, section 7.1).
pub(super) fn chosen<'a>(client: &'a [u8], server: &[u8]) -> Option<&'a [u8]> {
    names(client).find(|name| names(server).any(|other| other == *name))
}

const FAILED: &[u8] = b"Algorithm negotiation failed";

/// What both sides agree on, as logs have it.
pub(super) fn agreed(client: &[u8], server: &[u8]) -> Vec<u8> {
    chosen(client, server).unwrap_or(FAILED).to_vec()
}

/// What they agree on to the server and to the client.
pub(super) fn agreed_both(client: [&[u8]; 2], server: [&[u8]; 2]) -> Vec<u8> {
    let [up, down] = client;
    let [server_up, server_down] = server;
    match (chosen(up, server_up), chosen(down, server_down)) {
        (Some(up), Some(down)) if up == down => up.to_vec(),
        (None, None) => FAILED.to_vec(),
        (up, down) => {
            [b"To server: ", up.unwrap_or(FAILED), b", to client: ", down.unwrap_or(FAILED)].concat()
        }
    }
}

/// How keys are exchanged: which messages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    /// RFC 4253, section 8.
    DiffieHellman,
    /// RFC 4419.
    Group,
    /// RFC 5656 and what has the same messages.
    Curve,
    /// RFC 4432.
    Rsa,
    /// RFC 4462.
    Gss,
}

impl Exchange {
    /// The kind of a method, if it is known.
    pub(super) fn of(method: &[u8]) -> Option<Self> {
        const CURVES: [&[u8]; 4] = [b"ecdh-sha2-", b"curve25519-sha256", b"sntrup761x25519-sha512", b"mlkem"];
        match method {
            b"rsa1024-sha1" | b"rsa2048-sha256" => Some(Self::Rsa),
            b"diffie-hellman-group1-sha1"
            | b"diffie-hellman-group14-sha1"
            | b"diffie-hellman-group14-sha256"
            | b"diffie-hellman-group16-sha512" => Some(Self::DiffieHellman),
            b"diffie-hellman-group-exchange-sha1" | b"diffie-hellman-group-exchange-sha256" => {
                Some(Self::Group)
            }
            b"ecmqv-sha2" => Some(Self::Curve),
            _ if method.starts_with(b"gss-") => Some(Self::Gss),
            _ if CURVES.iter().any(|curve| method.starts_with(curve)) => Some(Self::Curve),
            _ => None,
        }
    }
}

/// What a message of a key exchange is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// The server's key.
    HostKey(&'a [u8]),
    /// Anything else that may come.
    Other,
    /// No message of this exchange.
    Unknown,
}

/// Reads a message of a key exchange.
pub(super) fn step(exchange: Exchange, message: u8, body: &[u8]) -> Result<Step<'_>, Fault> {
    let mut cursor = Cursor::new(body);
    let reply = |cursor: &mut Cursor<'_>| -> Result<(), Fault> {
        string(cursor)?;
        string(cursor)?;
        Ok(())
    };
    match (exchange, message) {
        (Exchange::DiffieHellman | Exchange::Curve, 31) | (Exchange::Group, 33) => {
            let key = string(&mut cursor)?;
            reply(&mut cursor)?;
            Ok(Step::HostKey(key))
        }
        (Exchange::Gss, 33) => Ok(Step::HostKey(string(&mut cursor)?)),
        (Exchange::Curve, 30) | (Exchange::Rsa, 30..=32) | (Exchange::Gss, 30..=35 | 40 | 41) => {
            Ok(Step::Other)
        }
        (Exchange::Curve | Exchange::Rsa | Exchange::Gss, _) => Ok(Step::Unknown),
        (Exchange::DiffieHellman | Exchange::Group, _) => Ok(Step::Other),
    }
}

/// A packet of SSH-2 before encryption (RFC 4253, section 6).
pub(super) struct Packet<'a> {
    pub(super) message: u8,
    pub(super) body: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads what follows the length.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        let padding = usize::from(cursor.u8()?);
        let message = cursor.u8()?;
        let length = cursor.left().checked_sub(padding).ok_or(Fault::Short)?;
        Ok(Self { message, body: cursor.take(length)? })
    }
}

/// The number of a message of SSH-1: what follows the length and the padding.
pub(super) fn old_message(bytes: &[u8], length: usize) -> Option<u8> {
    bytes.get(old_padding(length)).copied()
}

/// Padding of a packet of SSH-1.
pub(super) const fn old_padding(length: usize) -> usize {
    8 - length % 8
}
