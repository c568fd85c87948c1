//! What the parts of the kernel's balancing program share: where the writer stands, and the way from Ethernet to IP.

use super::asm::{Assembler, If, Label, Size};

/// VLAN tags behind the one that the kernel takes out.
pub(super) const TAGS: usize = 3;
/// MPLS labels.
pub(super) const LABELS: usize = 8;
/// Length of an Ethernet header.
const HEADER: u32 = 14;

/// Added to an offset so that it counts from the link header, wherever the packet's data begins: the kernel has moved on to
/// the network header of a packet that comes in, and not of one that goes out.
pub(super) const FROM_LINK: u32 = libc::SKF_LL_OFF as u32;
/// Where a packet's tag that was taken out is told of.
pub(super) const TAG_PRESENT: u32 = (libc::SKF_AD_OFF + libc::SKF_AD_VLAN_TAG_PRESENT) as u32;

/// A word of the machine's memory: the type of the header that comes next.
pub(super) const NEXT: u32 = 7;
/// The first of the two words that are left; what follows tunnels has them, and those before until the hash begins.
pub(super) const FREE: u32 = 14;

/// Writes the program. While it looks for IP, X is the offset of the header that comes next.
pub(super) struct Writer {
    pub(super) asm: Assembler,
    /// Added to each offset.
    base: u32,
    pub(super) workers: u32,
    /// An IP header is at X.
    pub(super) ip: Label,
    /// The hashes of both addresses are in memory.
    pub(super) mix: Label,
    /// The packet has no addresses.
    pub(super) none: Label,
}

impl Writer {
    pub(super) fn new(base: u32, workers: usize) -> Self {
        let mut asm = Assembler::default();
        let [ip, mix, none] = [(); 3].map(|()| asm.label());
        Self { asm, base, workers: workers as u32, ip, mix, none }
    }

    /// A = what is at X + `at`.
    pub(super) fn load(&mut self, size: Size, at: u32) {
        self.asm.load_at_x(size, self.base.wrapping_add(at));
    }

    /// From an Ethernet header to IP.
    pub(super) fn ethernet(&mut self, stripped: bool) {
        let [tag, first_tag, mpls, pppoe] = [(); 4].map(|()| self.asm.label());
        self.asm.number_x(HEADER);
        if stripped {
            self.asm.load(Size::Word, TAG_PRESENT);
            self.asm.go_unless(If::Equal, 0, first_tag);
        }
        self.asm.load(Size::Half, self.base.wrapping_add(12));
        self.by_type(&[0x8100, 0x88a8, 0x9100], tag, mpls, pppoe);
        if stripped {
            let next = self.asm.label();
            self.asm.here(first_tag);
            self.asm.load(Size::Half, self.base.wrapping_add(12));
            self.by_type(&[0x8100], next, mpls, pppoe);
            self.asm.here(next);
        }
        self.behind([tag, mpls, pppoe]);
    }

    /// From an Ethernet header at X, all of whose tags are there, to IP.
    pub(super) fn inner_ethernet(&mut self) {
        let [tag, mpls, pppoe] = [(); 3].map(|()| self.asm.label());
        self.load(Size::Half, 12);
        self.asm.store(NEXT);
        self.asm.advance_x(HEADER);
        self.asm.recall(NEXT);
        self.by_type(&[0x8100, 0x88a8, 0x9100], tag, mpls, pppoe);
        self.behind([tag, mpls, pppoe]);
    }

    /// What is behind an EtherType: tags, MPLS labels, PPPoE.
    fn behind(&mut self, [tag, mpls, pppoe]: [Label; 3]) {
        self.asm.here(tag);
        for _ in 0..TAGS {
            let next = self.asm.label();
            self.load(Size::Half, 2);
            self.asm.store(NEXT);
            self.asm.advance_x(4);
            self.asm.recall(NEXT);
            self.by_type(&[0x8100], next, mpls, pppoe);
            self.asm.here(next);
        }
        self.asm.go(self.none);
        self.asm.here(mpls);
        for _ in 0..LABELS {
            self.load(Size::Byte, 2);
            self.asm.store(NEXT);
            self.asm.advance_x(4);
            self.asm.recall(NEXT);
            self.asm.go_if(If::AnyBit, 1, self.ip);
        }
        self.asm.go(self.none);
        self.asm.here(pppoe);
        let inside = self.asm.label();
        self.load(Size::Half, 6);
        self.asm.go_if(If::Equal, 0x0021, inside);
        self.asm.go_unless(If::Equal, 0x0057, self.none);
        self.asm.here(inside);
        self.asm.advance_x(8);
    }

    /// Where an EtherType in A leads; one of a tag to `tag`.
    fn by_type(&mut self, tags: &[u32], tag: Label, mpls: Label, pppoe: Label) {
        self.asm.go_if(If::Equal, 0x0800, self.ip);
        self.asm.go_if(If::Equal, 0x86dd, self.ip);
        for number in tags {
            self.asm.go_if(If::Equal, *number, tag);
        }
        self.asm.go_if(If::Equal, 0x8847, mpls);
        self.asm.go_if(If::Equal, 0x8864, pppoe);
        self.asm.go(self.none);
    }
}
