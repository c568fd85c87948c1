//! Messages of RADIUS: a code, and attributes (RFC 2865, section 3).

use std::net::{IpAddr, Ipv4Addr};

use crate::base::cursor::{Cursor, Short};

pub(super) const ACCESS_REQUEST: u8 = 1;
pub(super) const ACCESS_ACCEPT: u8 = 2;
pub(super) const ACCESS_REJECT: u8 = 3;
pub(super) const ACCESS_CHALLENGE: u8 = 11;

/// The attributes that are told, each with its first value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes<'a> {
    pub(super) user_name: Option<&'a [u8]>,
    pub(super) framed_address: Option<&'a [u8]>,
    pub(super) reply_message: Option<&'a [u8]>,
    pub(super) calling_station: Option<&'a [u8]>,
    pub(super) tunnel_client: Option<&'a [u8]>,
    pub(super) connect_info: Option<&'a [u8]>,
}

/// The code of a message and its attributes. The length that it tells is not looked at.
pub(super) fn message(bytes: &[u8]) -> Result<(u8, Attributes<'_>), Short> {
    let mut at = Cursor::new(bytes);
    let code = at.u8()?;
    at.take(1 + 2 + 16)?;
    let mut attributes = Attributes::default();
    while !at.is_empty() {
        let kind = at.u8()?;
        let length = usize::from(at.u8()?).checked_sub(2).ok_or(Short)?;
        let value = at.take(length)?;
        let place = match kind {
            1 => &mut attributes.user_name,
            8 => &mut attributes.framed_address,
            18 => &mut attributes.reply_message,
            31 => &mut attributes.calling_station,
            66 => &mut attributes.tunnel_client,
            77 => &mut attributes.connect_info,
            _ => continue,
        };
        place.get_or_insert(value);
    }
    Ok((code, attributes))
}

/// A hardware address of six or eight bytes in any spelling; empty if there is none.
pub(super) fn hardware_address(text: &[u8]) -> String {
    let digits = || text.iter().filter(|byte| byte.is_ascii_hexdigit());
    if !matches!(digits().count(), 12 | 16) {
        return String::new();
    }
    let mut address = String::with_capacity(23);
    for (at, digit) in digits().enumerate() {
        if at > 0 && at % 2 == 0 {
            address.push(':');
        }
        address.push(char::from(digit.to_ascii_lowercase()));
    }
    address
}

/// An IPv4 address; that of nobody if the value is too short.
pub(super) fn address(value: &[u8]) -> IpAddr {
    IpAddr::V4(value.first_chunk::<4>().map_or(Ipv4Addr::UNSPECIFIED, |bytes| Ipv4Addr::from(*bytes)))
}
