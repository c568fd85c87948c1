//! From datagrams to the messages of STUN (RFC 8489, section 5).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::base::cursor::{Cursor, Short};

/// Bytes of a header.
const HEADER: usize = 20;
/// Stands in every message.
const COOKIE: u32 = 0x2112_a442;
/// Attributes (RFC 8489, section 18.3).
const MAPPED: u16 = 1;
const XOR_MAPPED: u16 = 0x20;
const SOFTWARE: u16 = 0x8022;

/// Kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Request,
    Indication,
    Success,
    Error,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) class: Class,
    pub(super) method: u16,
    pub(super) mapped: Option<(IpAddr, u16)>,
    pub(super) software: Option<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// Reads a datagram; nothing if it is no message.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        Self::parse(bytes).ok().flatten()
    }

    fn parse(bytes: &'a [u8]) -> Result<Option<Self>, Short> {
        let mut cursor = Cursor::new(bytes);
        let kind = cursor.u16()?;
        let length = usize::from(cursor.u16()?);
        let cookie = cursor.u32()?;
        let transaction = cursor.array::<12>()?;
        if kind & 0xc000 != 0 || cookie != COOKIE || length + HEADER != bytes.len() || length % 4 != 0 {
            return Ok(None);
        }
        let class = match (kind & 0x100 != 0, kind & 0x10 != 0) {
            (false, false) => Class::Request,
            (false, true) => Class::Indication,
            (true, false) => Class::Success,
            (true, true) => Class::Error,
        };
        let method = kind & 0xf | (kind & 0xe0) >> 1 | (kind & 0x3e00) >> 2;
        let mut message = Self { class, method, mapped: None, software: None };
        while !cursor.is_empty() {
            let (kind, length) = (cursor.u16()?, usize::from(cursor.u16()?));
            let value = cursor.take(length)?;
            cursor.up_to(length.next_multiple_of(4) - length);
            match kind {
                SOFTWARE => message.software = Some(value),
                XOR_MAPPED => message.mapped = address(value, Some(transaction))?,
                MAPPED => message.mapped = message.mapped.or(address(value, None)?),
                _ => {}
            }
        }
        Ok(Some(message))
    }
}

/// An address and a port, hidden by the cookie and the transaction or not (RFC 8489, sections 14.1 and 14.2).
fn address(value: &[u8], hidden: Option<&[u8; 12]>) -> Result<Option<(IpAddr, u16)>, Short> {
    let mut cursor = Cursor::new(value);
    let family = cursor.u16()? & 0xff;
    let port = cursor.u16()?;
    let port = if hidden.is_some() { port ^ (COOKIE >> 16) as u16 } else { port };
    let ip = match family {
        1 => {
            let number = cursor.u32()?;
            IpAddr::from(Ipv4Addr::from(if hidden.is_some() { number ^ COOKIE } else { number }))
        }
        2 => {
            let mut number = cursor.u128()?;
            if let Some(transaction) = hidden {
                let rest = transaction.iter().fold(0, |rest, byte| rest << 8 | u128::from(*byte));
                number ^= u128::from(COOKIE) << 96 | rest;
            }
            IpAddr::from(Ipv6Addr::from(number))
        }
        _ => return Ok(None),
    };
    Ok(Some((ip, port)))
}

/// Name of a method.
pub(super) fn method_name(method: u16) -> String {
    let name = match method {
        1 => "Binding",
        3 => "Allocate",
        4 => "Refresh",
        6 => "Send",
        7 => "Data",
        8 => "CreatePermission",
        9 => "ChannelBind",
        _ => return format!("unknown-{method}"),
    };
    name.to_owned()
}
