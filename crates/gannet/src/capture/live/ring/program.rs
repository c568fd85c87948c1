//! The program of a ring's filter: what the user wants, behind what the ring needs.

use super::asm::{Assembler, If, Size};
use super::writer::TAG_PRESENT;
use crate::base::packet::LinkType;
use crate::capture::bpf::Instruction;
use crate::capture::link;

/// A filter that nothing passes.
pub(super) fn nothing() -> [Instruction; 1] {
    let mut asm = Assembler::default();
    asm.end(0);
    let [end] = *asm.finish() else { return [Instruction::default()] };
    [end]
}

/// What the user wants to see of an interface.
pub(super) struct Wanted {
    /// The filter's instructions for its link type.
    pub(super) program: Vec<Instruction>,
    /// Whether they read VLAN tags.
    pub(super) names_tags: bool,
}

/// The program of a ring's filter, if it needs one: the filter's own instructions, behind what the ring needs.
///
/// On the loopback interface each packet goes out and comes in: the first of the two is left out. The kernel has taken
/// VLAN tags out, so that a program that reads tags would find none: packets that had one pass, and the engine filters them.
pub(super) fn around(link: LinkType, loopback: bool, wanted: Option<&Wanted>) -> Option<Vec<Instruction>> {
    const PACKET_TYPE: u32 = (libc::SKF_AD_OFF + libc::SKF_AD_PKTTYPE) as u32;
    if !loopback && wanted.is_none() {
        return None;
    }
    let mut asm = Assembler::default();
    let [own, drop] = [(); 2].map(|()| asm.label());
    if loopback {
        asm.load(Size::Byte, PACKET_TYPE);
        asm.go_if(If::Equal, libc::PACKET_OUTGOING.into(), drop);
    }
    if wanted.is_some_and(|wanted| wanted.names_tags) && link == link::ETHERNET {
        asm.load(Size::Word, TAG_PRESENT);
        asm.go_if(If::Equal, 0, own);
        asm.end(u32::MAX);
    }
    asm.here(own);
    match wanted {
        Some(wanted) => asm.append(&wanted.program),
        None => asm.end(u32::MAX),
    }
    asm.here(drop);
    asm.end(0);
    Some(asm.finish())
}
