//! What the option `epb_flags` of an enhanced packet block says, as far as it bears on the analysis.
//!
//! Its bits are those of draft-ietf-opsawg-pcapng, section "Enhanced Packet Block Flags Word", where bit 0 is the least
//! significant one: 9 for a checksum that is not ready, 10 for one that is valid, 11 for offloaded TCP segmentation. The other
//! bits (direction, kind of address, length of a frame check sequence, errors of the link) are passed over.

use super::fields::{OPTION_END, next_option};
use crate::base::cursor::{ByteOrder, Cursor};
use crate::base::packet::{PacketFlags, PacketMeta};

/// Code of the option; its value is a word of 32 bits in the byte order of its section.
pub(super) const OPTION: u16 = 2;

const BITS: [(u32, PacketFlags); 3] = [
    (1 << 9, PacketFlags::CHECKSUM_NOT_READY),
    (1 << 10, PacketFlags::CHECKSUM_VALID),
    (1 << 11, PacketFlags::SEGMENTATION_OFFLOADED),
];

/// The word of these flags.
pub(super) fn to_word(flags: PacketFlags) -> u32 {
    BITS.iter().filter(|(_, flag)| flags.has(*flag)).fold(0, |word, (bit, _)| word | bit)
}

fn from_word(word: u32) -> PacketFlags {
    let set = BITS.iter().filter(|(bit, _)| word & bit != 0);
    set.fold(PacketFlags::NONE, |flags, (_, flag)| flags.and(*flag))
}

/// Notes the flags among the options of the last packet. Options that are broken are no reason to doubt the packet: it has
/// none then.
#[cold]
#[inline(never)]
pub(super) fn note(options: Cursor<'_>, order: ByteOrder, packets: &mut [PacketMeta]) {
    if let Some(last) = packets.last_mut() {
        last.flags = read(options, order);
    }
}

fn read(mut options: Cursor<'_>, order: ByteOrder) -> PacketFlags {
    while let Ok((code, value)) = next_option(&mut options, order) {
        match (code, value) {
            (OPTION_END, _) => break,
            (OPTION, [a, b, c, d]) => return from_word(order.u32([*a, *b, *c, *d])),
            _ => {}
        }
    }
    PacketFlags::NONE
}
