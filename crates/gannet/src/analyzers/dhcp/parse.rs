//! Messages of DHCP (RFC 2131, section 2) and their options (RFC 2132).

use std::net::Ipv4Addr;

use crate::base::cursor::{Cursor, Short};
use crate::base::time::Interval;

/// What stands before the options of DHCP (RFC 2131, section 3).
pub(super) const COOKIE: u32 = 0x6382_5363;
/// Bytes in front of that.
pub(super) const HEAD: usize = 236;
/// Hardware addresses of this type are those of Ethernet.
const ETHERNET: u8 = 1;

/// Numbers of the options that are looked into (RFC 2132; 81 is RFC 4702, 82 RFC 3046, 116 RFC 2563).
mod code {
    pub(super) const PAD: u8 = 0;
    pub(super) const HOST_NAME: u8 = 12;
    pub(super) const DOMAIN_NAME: u8 = 15;
    pub(super) const REQUESTED_ADDRESS: u8 = 50;
    pub(super) const LEASE_TIME: u8 = 51;
    pub(super) const KIND: u8 = 53;
    pub(super) const MESSAGE: u8 = 56;
    pub(super) const CLIENT_ID: u8 = 61;
    pub(super) const CLIENT_FQDN: u8 = 81;
    pub(super) const RELAY_AGENT: u8 = 82;
    pub(super) const END: u8 = 255;
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// Number of the transaction, which the client chose.
    pub(super) transaction: u32,
    /// The client's address, if a server says so.
    pub(super) your_address: Option<Ipv4Addr>,
    /// The client's hardware address.
    pub(super) hardware: Vec<u8>,
    pub(super) cookie: u32,
    pub(super) options: Options,
}

/// What the options say. The last one of a kind counts, but of the message's kind it is the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Kind of the message; 0 if there is none, as in BOOTP.
    pub(super) kind: u8,
    pub(super) host_name: Option<Vec<u8>>,
    pub(super) domain_name: Option<Vec<u8>>,
    pub(super) requested: Option<Ipv4Addr>,
    pub(super) lease: Option<Interval>,
    pub(super) message: Option<Vec<u8>>,
    /// The hardware address that the client is known by.
    pub(super) client_id: Option<Vec<u8>>,
    pub(super) client_fqdn: Option<Vec<u8>>,
}

/// Reads a datagram.
pub(super) fn message(bytes: &[u8]) -> Result<Message, Short> {
    let mut at = Cursor::new(bytes);
    let _kind_and_hops = at.u32()?;
    let transaction = at.u32()?;
    let _up_to_client_address = at.take(8)?;
    let your_address = address(&mut at)?;
    let _server_and_relay = at.take(8)?;
    let hardware = hardware(at.take(16)?);
    let _server_and_file = at.take(64 + 128)?;
    let cookie = at.u32()?;
    let options = options(&mut at)?;
    let your_address = (!your_address.is_unspecified()).then_some(your_address);
    Ok(Message { transaction, your_address, hardware, cookie, options })
}

fn options(at: &mut Cursor<'_>) -> Result<Options, Short> {
    let mut options = Options::default();
    while let Ok(code) = at.u8() {
        match code {
            code::PAD => {}
            code::END => break,
            _ => option(code, at, &mut options)?,
        }
    }
    Ok(options)
}

/// Reads an option. Zeek goes by what an option of its number has, and not by its length; so whoever is to see the same in what
/// follows does too.
fn option(code: u8, at: &mut Cursor<'_>, options: &mut Options) -> Result<(), Short> {
    let length = at.u8()?;
    let count = usize::from(length);
    match code {
        code::KIND => {
            let kind = at.u8()?;
            if options.kind == 0 {
                options.kind = kind;
            }
        }
        code::REQUESTED_ADDRESS => options.requested = Some(address(at)?),
        code::LEASE_TIME => options.lease = Some(Interval::from_secs(i64::from(at.u32()?))),
        code::HOST_NAME => options.host_name = Some(at.take(count)?.to_vec()),
        code::DOMAIN_NAME => options.domain_name = Some(domain(at.take(count)?)),
        code::MESSAGE => options.message = Some(at.take(count)?.to_vec()),
        code::CLIENT_ID => {
            let kind = at.u8()?;
            let id = at.take(count.checked_sub(1).ok_or(Short)?)?;
            options.client_id = (kind == ETHERNET).then(|| hardware(id));
        }
        code::CLIENT_FQDN => {
            let _flags_and_codes = at.take(3)?;
            options.client_fqdn = Some(at.take(count.checked_sub(3).ok_or(Short)?)?.to_vec());
        }
        code::RELAY_AGENT => relay_agent(count, at)?,
        _ => {
            at.take(size(code, count))?;
        }
    }
    Ok(())
}

/// Bytes of an option that nothing is taken from.
fn size(code: u8, length: usize) -> usize {
    match code {
        // One number each.
        19 | 116 => 1,
        57 => 2,
        1 | 2 | 28 | 54 | 58 | 59 => 4,
        // Addresses.
        3..=6 | 42 | 44 => length / 4 * 4,
        _ => length,
    }
}

/// What a relay adds: as many options inside as fill the length exactly (RFC 3046, section 2).
fn relay_agent(count: usize, at: &mut Cursor<'_>) -> Result<(), Short> {
    let end = at.at() + count;
    loop {
        let _code = at.u8()?;
        at.bytes8()?;
        if at.at() == end {
            return Ok(());
        }
    }
}

fn address(at: &mut Cursor<'_>) -> Result<Ipv4Addr, Short> {
    Ok(Ipv4Addr::from(*at.array::<4>()?))
}

/// A domain's name without the zeros behind it. One of a single byte is shown as none, as Zeek does.
fn domain(name: &[u8]) -> Vec<u8> {
    match name.iter().rposition(|byte| *byte != 0) {
        None | Some(0) => Vec::new(),
        Some(last) => name.get(..=last).unwrap_or_default().to_vec(),
    }
}

/// The text of a hardware address of six bytes, or of eight; empty if there are not as many.
fn hardware(bytes: &[u8]) -> Vec<u8> {
    let shown = match bytes {
        [_, _, _, _, _, _] => bytes,
        [_, _, _, _, _, _, 0, 0, ..] => bytes.get(..6).unwrap_or_default(),
        [_, _, _, _, _, _, _, _, ..] => bytes.get(..8).unwrap_or_default(),
        _ => &[],
    };
    let text: Vec<String> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    text.join(":").into_bytes()
}
