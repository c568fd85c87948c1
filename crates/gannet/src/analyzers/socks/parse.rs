//! From segments to the messages of SOCKS 4, 4a and 5.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::base::cursor::{Cursor, Short};

/// Whom a request asks for, or what a proxy uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Host(IpAddr),
    Name(&'a [u8]),
    /// An address of a kind that there is not.
    Odd(u8),
}

/// A request or a reply of SOCKS 5: they have the same form (RFC 1928, sections 4 and 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// The command of a request, the status of a reply.
    pub(super) code: u8,
    pub(super) reserved: u8,
    pub(super) place: Place<'a>,
    pub(super) port: u16,
}

impl<'a> Message<'a> {
    /// Reads what follows the version.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(bytes);
        let code = cursor.u8()?;
        let reserved = cursor.u8()?;
        let place = match cursor.u8()? {
            1 => Place::Host(Ipv4Addr::from(*cursor.array::<4>()?).into()),
            3 => {
                let length = cursor.u8()?;
                Place::Name(cursor.take(usize::from(length))?)
            }
            4 => Place::Host(Ipv6Addr::from(*cursor.array::<16>()?).into()),
            // What follows cannot be read, nor is it missed.
            kind => return Ok(Self { code, reserved, place: Place::Odd(kind), port: 0 }),
        };
        Ok(Self { code, reserved, place, port: cursor.u16()? })
    }
}

/// Whether what follows the version is a whole request of SOCKS 4 or 4a: a command, a port, an address, the user's name up to a
/// zero byte, and for an address of the form 0.0.0.x the name of the host up to another.
pub(super) fn old_request(bytes: &[u8]) -> Result<(), Short> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(3)?;
    let address = cursor.array::<4>()?;
    cursor.before(0)?;
    if matches!(address, [0, 0, 0, last] if *last != 0) {
        cursor.before(0)?;
    }
    Ok(())
}

/// The user's name of a log-in (RFC 1929, section 2): what follows its version.
pub(super) fn login(bytes: &[u8]) -> Result<&[u8], Short> {
    let mut cursor = Cursor::new(bytes);
    let length = cursor.u8()?;
    let user = cursor.take(usize::from(length))?;
    let length = cursor.u8()?;
    cursor.take(usize::from(length))?;
    Ok(user)
}

/// What a proxy's answer means (RFC 1928, section 6).
pub(super) fn status(code: u8) -> String {
    const NAMES: [&str; 9] = [
        "succeeded",
        "general SOCKS server failure",
        "connection not allowed by ruleset",
        "Network unreachable",
        "Host unreachable",
        "Connection refused",
        "TTL expired",
        "Command not supported",
        "Address type not supported",
    ];
    NAMES.get(usize::from(code)).map_or_else(|| format!("unknown-{code}"), |name| (*name).to_owned())
}
