//! The layers below IP.

use super::layer::{Layer, Step, Walk};
use crate::base::cursor::be16;

/// Values from 1536 on name a protocol, values up to 1500 are lengths (IEEE 802.3, clause 3.2.6).
const FIRST_TYPE: u16 = 1536;
const LAST_LENGTH: u16 = 1500;

pub(crate) static ETHERNET: Layer = Layer { label: "ETHERNET", enter: ethernet };

pub(crate) static VLAN: Layer = Layer { label: "VLAN", enter: vlan };
pub(crate) static SLL: Layer =
    Layer { label: "LINUXSLL", enter: |walk| linux(walk, 14, 16, "truncated_Linux_SLL_header") };
pub(crate) static SLL2: Layer =
    Layer { label: "LINUXSLL2", enter: |walk| linux(walk, 0, 20, "truncated_Linux_SLL2_header") };
pub(crate) static NULL: Layer = Layer { label: "NULL", enter: null };
pub(crate) static LOOP: Layer = Layer { label: "LOOP", enter: loopback };
pub(crate) static MPLS: Layer = Layer { label: "MPLS", enter: mpls };
static PPPOE: Layer = Layer { label: "PPPOE", enter: pppoe };
static VNTAG: Layer = Layer { label: "VNTAG", enter: vntag };
static PBB: Layer = Layer { label: "PBB", enter: pbb };
static LLC: Layer = Layer { label: "LLC", enter: llc };
static SNAP: Layer = Layer { label: "SNAP", enter: snap };
static NOVELL: Layer = Layer { label: "NOVELL_802_3", enter: |_| Step::Weird("no_suitable_analyzer_found") };
pub(crate) static ARP: Layer = Layer { label: "ARP", enter: arp };
pub(super) static IP: Layer = Layer { label: "IP", enter: |_| Step::Ip };

/// Which layer an EtherType leads to, for a layer that knows the given ones; an unknown type is no error.
pub(super) fn by_type(known: &[(u16, &'static Layer)], ethertype: u16) -> Step {
    match known.iter().find(|(number, _)| *number == ethertype) {
        Some((_, layer)) => Step::Next(layer),
        None => Step::Stop,
    }
}

static IN_ETHERNET: &[(u16, &Layer)] = &[
    (0x0800, &IP),
    (0x86dd, &IP),
    (0x0806, &ARP),
    (0x8035, &ARP),
    (0x8100, &VLAN),
    (0x88a8, &VLAN),
    (0x9100, &VLAN),
    (0x8847, &MPLS),
    (0x8864, &PPPOE),
    (0x8926, &VNTAG),
    (0x88e7, &PBB),
];

static IN_VLAN: &[(u16, &Layer)] = &[
    (0x0800, &IP),
    (0x86dd, &IP),
    (0x0806, &ARP),
    (0x8035, &ARP),
    (0x8100, &VLAN),
    (0x8847, &MPLS),
    (0x8864, &PPPOE),
    (0x8926, &VNTAG),
    (0x88e7, &PBB),
];

pub(super) static IN_LINUX: &[(u16, &Layer)] =
    &[(0x0800, &IP), (0x86dd, &IP), (0x0806, &ARP), (0x8035, &ARP)];

/// Ethernet II and IEEE 802.3.
fn ethernet(walk: &mut Walk<'_>) -> Step {
    const HEADER: usize = 14;
    const FABRIC_PATH: u16 = 0x8903;
    const FABRIC_PATH_HEADER: usize = 16;
    // A frame has three bytes at least behind its header, and one behind two of them.
    let Some([.., high, low, _, _, _]) = walk.rest.first_chunk::<{ HEADER + 3 }>() else {
        return Step::Weird("truncated_ethernet_frame");
    };
    let mut number = u16::from_be_bytes([*high, *low]);
    if number == FABRIC_PATH {
        let inner = walk.rest.first_chunk::<{ FABRIC_PATH_HEADER + HEADER + 1 }>();
        let Some([.., high, low, _]) = inner else {
            return Step::Weird("truncated_link_header_cfp");
        };
        number = u16::from_be_bytes([*high, *low]);
        walk.skip(FABRIC_PATH_HEADER);
    }
    walk.skip(HEADER);
    typed_or_framed(walk, number, IN_ETHERNET, "undefined_ether_type")
}

/// What follows a type-or-length field.
fn typed_or_framed(
    walk: &mut Walk<'_>,
    number: u16,
    known: &'static [(u16, &'static Layer)],
    undefined: &'static str,
) -> Step {
    if number >= FIRST_TYPE {
        return by_type(known, number);
    }
    if number > LAST_LENGTH {
        return Step::Weird(undefined);
    }
    walk.rest = walk.rest.get(..usize::from(number)).unwrap_or(walk.rest);
    match walk.rest {
        [0xaa, 0xaa, ..] => Step::Next(&SNAP),
        [0xff, 0xff, ..] => Step::Next(&NOVELL),
        _ => Step::Next(&LLC),
    }
}

/// An IEEE 802.1Q tag.
fn vlan(walk: &mut Walk<'_>) -> Step {
    const HEADER: usize = 4;
    let &[i0, i1, t0, t1, _, ..] = walk.rest else { return Step::Weird("truncated_VLAN_header") };
    let id = u16::from_be_bytes([i0, i1]) & 0xfff;
    let number = u16::from_be_bytes([t0, t1]);
    if walk.vlan.is_none() {
        walk.vlan = Some(id);
    } else {
        if walk.inner_vlan.is_some() {
            walk.noted = Some(("triple_tagged_vlan_unsupported", VLAN.label, "inner VLAN tag overwritten"));
        }
        walk.inner_vlan = Some(id);
    }
    walk.skip(HEADER);
    typed_or_framed(walk, number, IN_VLAN, "undefined_vlan_protocol")
}

/// Linux cooked capture: a header of fixed length with an EtherType in it.
fn linux(walk: &mut Walk<'_>, type_at: usize, header: usize, truncated: &'static str) -> Step {
    let Some(number) = be16(walk.rest, type_at).filter(|_| walk.rest.len() > header) else {
        return Step::Weird(truncated);
    };
    walk.skip(header);
    by_type(IN_LINUX, number)
}

/// BSD loopback: the address family, in the byte order of the host that captured; little-endian ones are known.
fn null(walk: &mut Walk<'_>) -> Step {
    let family = match walk.rest {
        [a, b, c, d, _, ..] => u32::from_le_bytes([*a, *b, *c, *d]),
        _ => return Step::Weird("null_analyzer_failed"),
    };
    walk.skip(4);
    family_layer(family)
}

/// OpenBSD loopback: the address family in network byte order.
fn loopback(walk: &mut Walk<'_>) -> Step {
    let family = match walk.rest {
        [a, b, c, d, _, ..] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => return Step::Weird("null_analyzer_failed"),
    };
    walk.skip(4);
    family_layer(family)
}

/// Address families of BSD systems: 2 is IPv4; 24, 28 and 30 are IPv6.
fn family_layer(family: u32) -> Step {
    match family {
        2 | 24 | 28 | 30 => Step::Ip,
        _ => Step::Stop,
    }
}

/// MPLS labels (RFC 3032); what is under them is taken for IP.
fn mpls(walk: &mut Walk<'_>) -> Step {
    loop {
        let bottom = match walk.rest {
            [_, _, third, _, _, ..] => third & 1 != 0,
            _ => return Step::Weird("truncated_link_header"),
        };
        walk.skip(4);
        if bottom {
            return Step::Ip;
        }
    }
}

/// A PPPoE session packet (RFC 2516): six bytes and a PPP protocol number.
fn pppoe(walk: &mut Walk<'_>) -> Step {
    const HEADER: usize = 6;
    let &[_, _, _, _, l0, l1, n0, n1, _, ..] = walk.rest else {
        return Step::Weird("truncated_pppoe_header");
    };
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    let number = u16::from_be_bytes([n0, n1]);
    let there = walk.rest.len() - HEADER;
    if length != there {
        let name = if length < there { "pppoe_extra_data_after_payload" } else { "pppoe_truncated_payload" };
        walk.noted = Some((name, PPPOE.label, ""));
    }
    walk.rest = walk.rest.get(..HEADER + length).unwrap_or(walk.rest);
    walk.skip(HEADER + 2);
    by_type(&[(0x0021, &IP), (0x0057, &IP)], number)
}

/// A VN-Tag (IEEE 802.1BR); only VLAN tags follow it.
fn vntag(walk: &mut Walk<'_>) -> Step {
    const HEADER: usize = 6;
    let &[_, _, _, _, t0, t1, _, ..] = walk.rest else { return Step::Weird("truncated_vntag_header") };
    let number = u16::from_be_bytes([t0, t1]);
    walk.skip(HEADER);
    by_type(&[(0x8100, &VLAN), (0x88a8, &VLAN), (0x9100, &VLAN)], number)
}

/// A backbone service tag (IEEE 802.1ah): behind it the customer's Ethernet frame.
fn pbb(walk: &mut Walk<'_>) -> Step {
    const HEADER: usize = 4;
    if walk.rest.len() <= HEADER + 14 {
        return Step::Weird("truncated_PBB_header");
    }
    walk.skip(HEADER);
    Step::Next(&ETHERNET)
}

/// IEEE 802.2: nothing above it is of interest.
fn llc(walk: &mut Walk<'_>) -> Step {
    let unnumbered = walk.rest.get(2).is_some_and(|control| control & 3 == 3);
    let header = if unnumbered { 3 } else { 4 };
    if walk.rest.len() < header { Step::Weird("truncated_llc_header") } else { Step::Stop }
}

/// The Subnetwork Access Protocol behind IEEE 802.2.
fn snap(walk: &mut Walk<'_>) -> Step {
    let &[_, _, control, ..] = walk.rest else { return Step::Weird("truncated_snap_llc_header") };
    let header = if control & 3 == 3 { 3 } else { 4 };
    let Some(&[o0, o1, o2, t0, t1]) = walk.rest.get(header..header + 5) else {
        return Step::Weird("truncated_snap_header");
    };
    let number = u16::from_be_bytes([t0, t1]);
    walk.skip(header + 5);
    if [o0, o1, o2] == [0, 0, 0] { by_type(IN_LINUX, number) } else { Step::Stop }
}

/// ARP (RFC 826): only its length is looked at.
fn arp(walk: &mut Walk<'_>) -> Step {
    const HEADER: usize = 8;
    let &[_, _, _, _, hardware, protocol, _, _, ..] = walk.rest else {
        return Step::Weird("truncated_ARP");
    };
    if walk.rest.len() < HEADER + 2 * (usize::from(hardware) + usize::from(protocol)) {
        return Step::Weird("truncated_ARP");
    }
    Step::Handled
}
