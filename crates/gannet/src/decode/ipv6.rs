//! The chain of IPv6 extension headers (RFC 8200, section 4).

use crate::base::cursor::Cursor;
use crate::base::key::Addr;

/// Length of the fixed header.
pub(crate) const HEADER: usize = 40;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const ESP: u8 = 50;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;

/// What the chain held.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Chain {
    /// Bytes of all headers.
    pub(crate) length: u32,
    /// Protocol behind the last header.
    pub(crate) next: u8,
    /// Offset of a fragment header, which then is the last one.
    pub(crate) fragment_at: Option<usize>,
    /// The chain ended in an encrypted payload.
    pub(crate) esp: bool,
    /// Offset of a mobility header, which then is the last one.
    pub(crate) mobility_at: Option<usize>,
    /// Length of a jumbogram's payload, extension headers included (RFC 2675, section 2).
    pub(crate) jumbo: Option<u32>,
}

/// A weird of a packet with known addresses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowWeird {
    pub(crate) name: &'static str,
    pub(crate) addl: Option<u8>,
    /// The addresses as they were known when it was noticed.
    pub(crate) src: Addr,
    pub(crate) dst: Addr,
}

/// Most weirds that one header chain raises.
const MAX_NOTED: usize = 6;

/// Weirds that do not stop a packet. Nearly all packets have none, and for them this costs nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    /// Raised before the addresses count.
    pub(crate) net: Option<&'static str>,
    flow: Vec<FlowWeird>,
}

impl Noted {
    fn add(&mut self, name: &'static str, addl: Option<u8>, (src, dst): (Addr, Addr)) {
        if self.flow.len() < MAX_NOTED {
            self.flow.push(FlowWeird { name, addl, src, dst });
        }
    }

    /// Those raised with the packet's addresses, in order.
    pub(crate) fn flow(&self) -> impl Iterator<Item = FlowWeird> + '_ {
        self.flow.iter().copied()
    }
}

pub(super) fn is_extension(number: u8) -> bool {
    matches!(number, HOP_BY_HOP | ROUTING | DESTINATION | FRAGMENT | AUTHENTICATION | ESP | MOBILITY)
}

/// Walks the chain behind a fixed header that says `next`. A routing header's last address replaces `dst`, a home address
/// replaces `src`.
pub(crate) fn walk(next: u8, bytes: &[u8], src: &mut Addr, dst: &mut Addr, noted: &mut Noted) -> Chain {
    let start = Chain { length: HEADER as u32, next, ..Chain::default() };
    extend(start, bytes, src, dst, noted)
}

/// Walks on from what is known of a chain; its length is the offset in `bytes` of the next header.
pub(crate) fn extend(
    mut chain: Chain,
    bytes: &[u8],
    src: &mut Addr,
    dst: &mut Addr,
    noted: &mut Noted,
) -> Chain {
    let (mut routed, mut homed) = (false, false);
    while is_extension(chain.next) {
        let at = chain.length as usize;
        let Some(&[next, units, ..]) = bytes.get(at..) else { break };
        let length = match chain.next {
            FRAGMENT | ESP => 8,
            AUTHENTICATION => (usize::from(units) + 2) * 4,
            _ => (usize::from(units) + 1) * 8,
        };
        let Some(header) = bytes.get(at..at + length) else { break };
        let current = chain.next;
        chain.length += length as u32;
        chain.next = next;
        match current {
            HOP_BY_HOP => chain.jumbo = chain.jumbo.or_else(|| jumbo(header)),
            ROUTING => routing(header, *src, dst, &mut routed, noted),
            DESTINATION => destination_options(header, src, *dst, &mut homed, noted),
            FRAGMENT => chain.fragment_at = Some(at),
            ESP => chain.esp = true,
            MOBILITY => chain.mobility_at = Some(at),
            _ => {}
        }
        if matches!(current, FRAGMENT | ESP | MOBILITY) {
            break;
        }
    }
    chain
}

/// The length in a jumbo payload option, if there is one. A length that fits into the header does not belong there.
fn jumbo(header: &[u8]) -> Option<u32> {
    const PAD1: u8 = 0;
    const JUMBO: u8 = 0xc2;
    let mut options = Cursor::new(header.get(2..)?);
    loop {
        match options.u8().ok()? {
            PAD1 => {}
            JUMBO => {
                let value = options.u8().ok().filter(|length| *length == 4).and_then(|_| options.u32().ok());
                return value.filter(|length| *length > u32::from(u16::MAX));
            }
            _ => {
                let length = options.u8().ok()?;
                options.take(usize::from(length)).ok()?;
            }
        }
    }
}

/// A routing header: the last address of types 0 (RFC 5095 deprecates it) and 2 (RFC 6275, section 6.4).
fn routing(header: &[u8], src: Addr, dst: &mut Addr, routed: &mut bool, noted: &mut Noted) {
    if *routed {
        noted.add("multiple_routing_headers", None, (src, *dst));
        return;
    }
    let &[_, units, kind, left, ..] = header else { return };
    let last = header.last_chunk().map(|last| Addr(u128::from_be_bytes(*last)));
    match kind {
        0 => {
            if left > 0 && units >= 2 {
                match last.filter(|_| units % 2 == 0) {
                    Some(last) => (*dst, *routed) = (last, true),
                    None => noted.add("odd_routing0_len", None, (src, *dst)),
                }
            }
            noted.add("routing0_hdr", None, (src, *dst));
        }
        2 => {
            if left > 0 {
                match last.filter(|_| units == 2) {
                    Some(last) => (*dst, *routed) = (last, true),
                    None => noted.add("bad_routing2_len", None, (src, *dst)),
                }
            }
        }
        _ => noted.add("unknown_routing_type", Some(kind), (src, *dst)),
    }
}

/// Destination options: the home address (RFC 6275, section 6.3) is the packet's real source.
fn destination_options(header: &[u8], src: &mut Addr, dst: Addr, homed: &mut bool, noted: &mut Noted) {
    const PAD1: u8 = 0;
    const HOME_ADDRESS: u8 = 201;
    let mut options = Cursor::new(header.get(2..).unwrap_or_default());
    while let Ok(kind) = options.u8() {
        if kind == PAD1 {
            continue;
        }
        let Ok(length) = options.u8() else { return };
        let Ok(value) = options.take(usize::from(length)) else {
            noted.add("bad_ipv6_dest_opt_len", None, (*src, dst));
            return;
        };
        if kind != HOME_ADDRESS {
            continue;
        }
        match <[u8; 16]>::try_from(value) {
            Err(_) => noted.add("bad_home_addr_len", None, (*src, dst)),
            Ok(_) if *homed => noted.add("multiple_home_addr_opts", None, (*src, dst)),
            Ok(address) => {
                *src = Addr(u128::from_be_bytes(address));
                *homed = true;
            }
        }
    }
}

/// Whether the checksum of a mobility header is right (RFC 6275, section 6.1.1).
pub(crate) fn mobility_intact(header: &[u8], src: Addr, dst: Addr) -> bool {
    super::checksum::Sum::default()
        .add(header)
        .pseudo(false, src.0, dst.0, MOBILITY, header.len() as u32)
        .intact()
}

/// What follows a mobility header: 59 when it stands alone, as it should.
pub(crate) fn after_mobility(header: &[u8]) -> Option<u8> {
    header.first().copied()
}
