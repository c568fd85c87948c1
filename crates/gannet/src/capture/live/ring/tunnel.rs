//! The part of the kernel's balancing program that looks into mirror tunnels, as [`crate::balance::decap`] does.
//!
//! What it does not follow goes by the outer addresses: fragments, tunnels behind extension headers of IPv6, tunnel headers
//! that are broken or longer than the IP packet says, and TZSP, whose tags only a loop could pass.

use std::net::IpAddr;

use super::asm::{If, Label, Op, Size};
use super::writer::{FREE, Writer};
use crate::balance::Decap;
use crate::balance::decap::Kind;
use crate::base::proto;

// Words of memory, which the hash behind uses anew, but for the first.
const OUTER: u32 = FREE;
/// Where the outer IP header ends.
const AT: u32 = 2;
/// Bytes behind it.
const LEFT: u32 = 3;
/// Length of the tunnel's headers.
const LENGTH: u32 = 4;
const PROTOCOL: u32 = 5;
const VERSION: u32 = 6;

/// More than any packet has.
const NO_LIMIT: u32 = i32::MAX as u32;

/// Where a tunnel's headers lead.
#[derive(Clone, Copy)]
struct Ways {
    /// To Ethernet, `LENGTH` bytes behind `AT`.
    ethernet: Label,
    /// To IP, there.
    ip: Label,
    /// The packet is not of this tunnel.
    next: Label,
}

/// From an outer IP header at X to the IP header whose addresses count.
pub(super) fn follow(writer: &mut Writer, tunnels: &[Decap]) {
    let [ethernet, ip, outer] = [(); 3].map(|()| writer.asm.label());
    header(writer, outer);
    for tunnel in tunnels.iter().filter(|tunnel| tunnel.kind != Kind::Tzsp) {
        let next = writer.asm.label();
        one(writer, tunnel, Ways { ethernet, ip, next });
        writer.asm.here(next);
    }
    writer.asm.here(outer);
    writer.asm.recall_x(OUTER);
    writer.asm.go(writer.ip);
    writer.asm.here(ip);
    let empty = writer.asm.label();
    inside(writer, empty);
    writer.asm.go(writer.ip);
    writer.asm.here(ethernet);
    inside(writer, empty);
    writer.inner_ethernet();
    writer.asm.go(writer.ip);
    writer.asm.here(empty);
    writer.asm.recall_x(OUTER);
}

/// X = where the inner packet begins, if there is any of it.
fn inside(writer: &mut Writer, empty: Label) {
    writer.asm.recall_x(LENGTH);
    writer.asm.recall(LEFT);
    writer.asm.go_unless_x(If::Above, empty);
    writer.asm.recall(AT);
    writer.asm.with_x(Op::Add);
    writer.asm.a_to_x();
}

/// What the outer IP header says, in memory.
fn header(writer: &mut Writer, outer: Label) {
    let [six, limited, done, some] = [(); 4].map(|()| writer.asm.label());
    writer.asm.store_x(OUTER);
    writer.load(Size::Byte, 0);
    writer.asm.with(Op::ShiftRight, 4);
    writer.asm.store(VERSION);
    writer.asm.go_if(If::Equal, 6, six);
    writer.asm.go_unless(If::Equal, 4, outer);
    writer.load(Size::Half, 6);
    writer.asm.go_if(If::AnyBit, 0x3fff, outer);
    writer.load(Size::Byte, 9);
    writer.asm.store(PROTOCOL);
    writer.load(Size::Byte, 0);
    writer.asm.with(Op::And, 0xf);
    writer.asm.with(Op::ShiftLeft, 2);
    writer.asm.go_unless(If::AtLeast, 20, outer);
    writer.asm.store(LENGTH);
    writer.asm.with_x(Op::Add);
    writer.asm.store(AT);
    writer.load(Size::Half, 2);
    writer.asm.go_unless(If::Equal, 0, limited);
    writer.asm.number(NO_LIMIT);
    writer.asm.here(limited);
    writer.asm.recall_x(LENGTH);
    writer.asm.go_unless_x(If::AtLeast, outer);
    writer.asm.with_x(Op::Sub);
    writer.asm.store(LEFT);
    writer.asm.go(done);
    writer.asm.here(six);
    writer.load(Size::Byte, 6);
    writer.asm.store(PROTOCOL);
    writer.asm.x_to_a();
    writer.asm.with(Op::Add, 40);
    writer.asm.store(AT);
    writer.load(Size::Half, 4);
    writer.asm.go_unless(If::Equal, 0, some);
    // A packet that the card will cut up.
    writer.asm.number(NO_LIMIT);
    writer.asm.here(some);
    writer.asm.store(LEFT);
    writer.asm.here(done);
}

fn one(writer: &mut Writer, tunnel: &Decap, ways: Ways) {
    let over = match tunnel.kind {
        Kind::Vxlan | Kind::Geneve | Kind::Tzsp => proto::UDP,
        Kind::Erspan | Kind::Gre => proto::GRE,
    };
    writer.asm.recall(PROTOCOL);
    writer.asm.go_unless(If::Equal, over.into(), ways.next);
    if let Some(peer) = tunnel.peer {
        ends(writer, peer, ways.next);
    }
    writer.asm.recall_x(AT);
    match tunnel.kind {
        Kind::Vxlan => vxlan(writer, tunnel.port, ways),
        Kind::Geneve => geneve(writer, tunnel.port, ways),
        Kind::Gre => {
            gre_header(writer, ways.next);
            writer.load(Size::Half, 2);
            by_type(writer, ways);
        }
        Kind::Erspan => erspan(writer, ways),
        Kind::Tzsp => {}
    }
}

/// Goes on if the packet comes from this address or goes to it.
fn ends(writer: &mut Writer, peer: IpAddr, next: Label) {
    let [six, found] = [(); 2].map(|()| writer.asm.label());
    writer.asm.recall_x(OUTER);
    writer.asm.recall(VERSION);
    writer.asm.go_if(If::Equal, 6, six);
    if let IpAddr::V4(peer) = peer.to_canonical() {
        for at in [12, 16] {
            writer.load(Size::Word, at);
            writer.asm.go_if(If::Equal, peer.into(), found);
        }
    }
    writer.asm.go(next);
    writer.asm.here(six);
    let whole = match peer {
        IpAddr::V4(peer) => peer.to_ipv6_mapped(),
        IpAddr::V6(peer) => peer,
    };
    for at in [8, 24] {
        let other = writer.asm.label();
        for word in 0..4 {
            writer.load(Size::Word, at + 4 * word);
            writer.asm.go_unless(If::Equal, (whole.to_bits() >> (96 - 32 * word)) as u32, other);
        }
        writer.asm.go(found);
        writer.asm.here(other);
    }
    writer.asm.go(next);
    writer.asm.here(found);
}

/// A UDP header at X, to this port, with eight bytes behind it.
fn udp(writer: &mut Writer, port: u16, next: Label) {
    writer.asm.recall(LEFT);
    writer.asm.go_unless(If::AtLeast, 16, next);
    writer.load(Size::Half, 2);
    writer.asm.go_unless(If::Equal, port.into(), next);
}

fn vxlan(writer: &mut Writer, port: u16, ways: Ways) {
    udp(writer, port, ways.next);
    writer.load(Size::Byte, 8);
    writer.asm.go_unless(If::AnyBit, 8, ways.next);
    writer.asm.number(16);
    writer.asm.store(LENGTH);
    writer.asm.go(ways.ethernet);
}

fn geneve(writer: &mut Writer, port: u16, ways: Ways) {
    udp(writer, port, ways.next);
    writer.load(Size::Byte, 9);
    writer.asm.go_if(If::AnyBit, 0x80, ways.next);
    writer.load(Size::Byte, 8);
    writer.asm.go_if(If::AtLeast, 0x40, ways.next);
    writer.asm.with(Op::ShiftLeft, 2);
    writer.asm.with(Op::Add, 16);
    writer.asm.store(LENGTH);
    writer.load(Size::Half, 10);
    by_type(writer, ways);
}

/// Where the type of the inner packet, in A, leads.
fn by_type(writer: &mut Writer, ways: Ways) {
    writer.asm.go_if(If::Equal, 0x6558, ways.ethernet);
    writer.asm.go_if(If::Equal, 0x0800, ways.ip);
    writer.asm.go_if(If::Equal, 0x86dd, ways.ip);
    writer.asm.go(ways.next);
}

/// A GRE header at X: its length.
fn gre_header(writer: &mut Writer, next: Label) {
    writer.asm.recall(LEFT);
    writer.asm.go_unless(If::AtLeast, 4, next);
    writer.load(Size::Half, 0);
    writer.asm.go_if(If::AnyBit, 0x4fff, next);
    writer.asm.number(4);
    writer.asm.store(LENGTH);
    for flag in [0x8000, 0x2000, 0x1000] {
        let without = writer.asm.label();
        writer.load(Size::Half, 0);
        writer.asm.go_unless(If::AnyBit, flag, without);
        longer(writer, 4);
        writer.asm.here(without);
    }
}

fn longer(writer: &mut Writer, by: u32) {
    writer.asm.recall(LENGTH);
    writer.asm.with(Op::Add, by);
    writer.asm.store(LENGTH);
}

fn erspan(writer: &mut Writer, ways: Ways) {
    let [third, raw] = [(); 2].map(|()| writer.asm.label());
    gre_header(writer, ways.next);
    writer.load(Size::Half, 2);
    writer.asm.go_if(If::Equal, 0x22eb, third);
    writer.asm.go_unless(If::Equal, 0x88be, ways.next);
    writer.load(Size::Half, 0);
    writer.asm.go_unless(If::AnyBit, 0x1000, ways.ethernet);
    longer(writer, 8);
    writer.asm.go(ways.ethernet);
    writer.asm.here(third);
    longer(writer, 12);
    writer.asm.recall_x(LENGTH);
    writer.asm.recall(LEFT);
    writer.asm.go_unless_x(If::AtLeast, ways.next);
    writer.asm.recall(AT);
    writer.asm.with_x(Op::Add);
    writer.asm.with(Op::Sub, 2);
    writer.asm.a_to_x();
    writer.load(Size::Byte, 0);
    writer.asm.with(Op::ShiftRight, 2);
    writer.asm.with(Op::And, 0x1f);
    writer.asm.go_if(If::Equal, 2, raw);
    writer.asm.go_unless(If::Equal, 0, ways.next);
    optional(writer);
    writer.asm.go(ways.ethernet);
    writer.asm.here(raw);
    optional(writer);
    writer.asm.go(ways.ip);
}

/// The part of a header of ERSPAN type III that its last bit, one byte behind X, tells of.
fn optional(writer: &mut Writer) {
    let without = writer.asm.label();
    writer.load(Size::Byte, 1);
    writer.asm.go_unless(If::AnyBit, 1, without);
    longer(writer, 8);
    writer.asm.here(without);
}
