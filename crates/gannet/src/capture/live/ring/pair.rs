//! The program by which the kernel spreads packets over the workers: [`crate::balance`]'s hash, in classic BPF.
//!
//! It sees a packet as it will be in the ring, from its link header on, without the outermost VLAN tag. It follows VLAN
//! tags, MPLS labels and PPPoE sessions to IP, and an IPv6 header's extensions to a home address and a final destination. Its
//! limits, for it has no loops: [`TAGS`](super::writer::TAGS), [`LABELS`](super::writer::LABELS), [`EXTENSIONS`] and [`OPTIONS`]. It does not follow IEEE 802.2, VN-Tag,
//! FabricPath and backbone tags, link types other than Ethernet and raw IP, extension headers that end beyond the packet,
//! and headers that a driver leaves outside of a packet's first piece of memory: what is behind those goes to the first
//! worker, whatever the pair. So a pair is still on one worker, unless only some of its packets are such.

use super::asm::{If, Label, Op, Size};
use super::tunnel;
use super::writer::{FROM_LINK, NEXT, Writer};
use crate::balance::{Decap, KEY};
use crate::base::packet::LinkType;
use crate::base::shard::SHARD_BITS;
use crate::capture::bpf::Instruction;
use crate::capture::link;

/// Extension headers of IPv6.
const EXTENSIONS: usize = 6;
/// Options in an IPv6 destination options header, padding included.
const OPTIONS: usize = 8;

// Words of the machine's memory.
const SRC: u32 = 0;
const DST: u32 = 1;
const WORDS: u32 = 2;
const SAVED: u32 = 6;
// `NEXT` is 7.
const ROUTED: u32 = 8;
const HOMED: u32 = 9;
const HERE: u32 = 10;
const END: u32 = 11;
const AT: u32 = 12;
const LENGTH: u32 = 13;

/// The program for packets of this link type and so many workers: it ends with the number of the worker. Packets of these
/// tunnels go by the addresses of what is in them.
pub(super) fn program(link: LinkType, workers: usize, tunnels: &[Decap]) -> Vec<Instruction> {
    Writer::new(FROM_LINK, workers).write(link, true, tunnels)
}

/// The same for a packet of which all bytes are there, VLAN tags too.
#[cfg(test)]
pub(super) fn program_on_bytes(link: LinkType, workers: usize, tunnels: &[Decap]) -> Vec<Instruction> {
    Writer::new(0, workers).write(link, false, tunnels)
}

impl Writer {
    fn write(mut self, link: LinkType, stripped: bool, tunnels: &[Decap]) -> Vec<Instruction> {
        match link.0 {
            _ if link == link::ETHERNET => self.ethernet(stripped),
            12 => self.asm.number_x(0),
            _ => self.asm.go(self.none),
        }
        self.asm.here(self.ip);
        if !tunnels.is_empty() {
            // The header that was found is the outer one; the one to hash comes behind.
            self.ip = self.asm.label();
            tunnel::follow(&mut self, tunnels);
            self.asm.here(self.ip);
        }
        self.ip();
        self.asm.here(self.mix);
        self.mix();
        self.asm.here(self.none);
        self.asm.end(0);
        self.asm.finish()
    }

    fn ip(&mut self) {
        let six = self.asm.label();
        self.load(Size::Byte, 0);
        self.asm.with(Op::ShiftRight, 4);
        self.asm.go_if(If::Equal, 6, six);
        self.asm.go_unless(If::Equal, 4, self.none);
        self.load(Size::Word, 12);
        self.asm.store(SRC);
        self.load(Size::Word, 16);
        self.asm.store(DST);
        self.asm.go(self.mix);
        self.asm.here(six);
        self.fold(8, SRC);
        self.fold(24, DST);
        self.asm.number(0);
        self.asm.store(ROUTED);
        self.asm.store(HOMED);
        self.load(Size::Byte, 6);
        self.asm.store(NEXT);
        self.asm.advance_x(40);
        for _ in 0..EXTENSIONS {
            self.extension();
        }
    }

    /// One extension header at X, whose number is in memory; goes on to the hash behind the last one that counts.
    fn extension(&mut self) {
        let [skip, routing, options, authentication, over] = [(); 5].map(|()| self.asm.label());
        self.asm.store_x(HERE);
        self.asm.recall(NEXT);
        self.asm.go_if(If::Equal, 43, routing);
        self.asm.go_if(If::Equal, 60, options);
        self.asm.go_if(If::Equal, 0, skip);
        self.asm.go_if(If::Equal, 51, authentication);
        self.asm.go(self.mix);
        self.asm.here(routing);
        self.routing(skip);
        self.asm.here(options);
        self.options(skip);
        self.asm.here(authentication);
        self.load(Size::Byte, 0);
        self.asm.store(NEXT);
        self.load(Size::Byte, 1);
        self.asm.with(Op::Add, 2);
        self.asm.with(Op::ShiftLeft, 2);
        self.asm.go(over);
        self.asm.here(skip);
        self.asm.recall_x(HERE);
        self.load(Size::Byte, 0);
        self.asm.store(NEXT);
        self.load(Size::Byte, 1);
        self.asm.with(Op::Add, 1);
        self.asm.with(Op::ShiftLeft, 3);
        self.asm.here(over);
        self.asm.with_x(Op::Add);
        self.asm.a_to_x();
    }

    /// A routing header at X: the last address of types 0 and 2 is the destination.
    fn routing(&mut self, skip: Label) {
        let [two, last] = [(); 2].map(|()| self.asm.label());
        self.asm.recall(ROUTED);
        self.asm.go_unless(If::Equal, 0, skip);
        self.load(Size::Byte, 3);
        self.asm.go_if(If::Equal, 0, skip);
        self.load(Size::Byte, 2);
        self.asm.go_if(If::Equal, 2, two);
        self.asm.go_unless(If::Equal, 0, skip);
        self.load(Size::Byte, 1);
        self.asm.go_if(If::AnyBit, 1, skip);
        self.asm.go_if(If::Equal, 0, skip);
        self.asm.go(last);
        self.asm.here(two);
        self.load(Size::Byte, 1);
        self.asm.go_unless(If::Equal, 2, skip);
        self.asm.here(last);
        self.load(Size::Byte, 1);
        self.asm.with(Op::ShiftLeft, 3);
        self.asm.with_x(Op::Add);
        // So many bytes less eight behind the header's beginning.
        self.asm.with(Op::Sub, 8);
        self.asm.a_to_x();
        self.fold(0, DST);
        self.asm.number(1);
        self.asm.store(ROUTED);
        self.asm.go(skip);
    }

    /// A destination options header at X: a home address is the source.
    fn options(&mut self, skip: Label) {
        let home = self.asm.label();
        self.asm.recall(HOMED);
        self.asm.go_unless(If::Equal, 0, skip);
        self.load(Size::Byte, 1);
        self.asm.with(Op::Add, 1);
        self.asm.with(Op::ShiftLeft, 3);
        self.asm.with_x(Op::Add);
        self.asm.store(END);
        self.asm.advance_x(2);
        for _ in 0..OPTIONS {
            self.option(home, skip);
        }
        self.asm.go(skip);
        self.asm.here(home);
        self.fold(2, SRC);
        self.asm.number(1);
        self.asm.store(HOMED);
        self.asm.go(skip);
    }

    /// One option at X, which moves on to the next.
    fn option(&mut self, home: Label, skip: Label) {
        let [padding, other, next] = [(); 3].map(|()| self.asm.label());
        self.asm.store_x(AT);
        self.asm.recall(END);
        self.asm.with_x(Op::Sub);
        self.asm.go_if(If::Equal, 0, skip);
        self.load(Size::Byte, 0);
        self.asm.go_if(If::Equal, 0, padding);
        self.asm.recall(END);
        self.asm.with_x(Op::Sub);
        self.asm.go_unless(If::AtLeast, 2, skip);
        self.load(Size::Byte, 1);
        self.asm.with(Op::Add, 2);
        self.asm.store(LENGTH);
        self.asm.recall(END);
        self.asm.with_x(Op::Sub);
        self.asm.recall_x(LENGTH);
        self.asm.go_unless_x(If::AtLeast, skip);
        self.asm.x_to_a();
        self.asm.recall_x(AT);
        self.asm.go_unless(If::Equal, 18, other);
        self.load(Size::Byte, 0);
        self.asm.go_if(If::Equal, 201, home);
        self.asm.here(other);
        self.asm.recall(LENGTH);
        self.asm.with_x(Op::Add);
        self.asm.a_to_x();
        self.asm.go(next);
        self.asm.here(padding);
        self.asm.advance_x(1);
        self.asm.here(next);
    }

    /// A word of memory = the 16-byte address at X + `at`, folded to 32 bits; X stays.
    fn fold(&mut self, at: u32, to: u32) {
        let [six, done] = [(); 2].map(|()| self.asm.label());
        self.asm.store_x(SAVED);
        for word in 0..4 {
            self.load(Size::Word, at + 4 * word);
            self.asm.store(WORDS + word);
        }
        // An IPv4 address in disguise counts as what it is: its last word is in A already.
        self.asm.store(to);
        self.asm.recall(WORDS);
        self.asm.recall_x(WORDS + 1);
        self.asm.with_x(Op::Or);
        self.asm.go_unless(If::Equal, 0, six);
        self.asm.recall(WORDS + 2);
        self.asm.go_if(If::Equal, 0xffff, done);
        self.asm.here(six);
        self.asm.recall(to);
        for word in 0..3 {
            self.asm.recall_x(WORDS + word);
            self.asm.with_x(Op::Xor);
        }
        self.asm.store(to);
        self.asm.here(done);
        self.asm.recall_x(SAVED);
    }

    /// The hash of the two folded addresses, and the worker.
    fn mix(&mut self) {
        self.asm.recall(SRC);
        self.asm.recall_x(DST);
        self.asm.with_x(Op::Add);
        self.asm.with(Op::Mul, KEY);
        self.asm.a_to_x();
        self.asm.with(Op::ShiftRight, 15);
        self.asm.with_x(Op::Xor);
        self.asm.with(Op::Mul, KEY);
        self.asm.with(Op::ShiftRight, 32 - SHARD_BITS);
        self.asm.with(Op::Mul, self.workers);
        self.asm.with(Op::ShiftRight, SHARD_BITS);
        self.asm.end_with_a();
    }
}
