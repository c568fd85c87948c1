//! Blocks of a pcapng file, little-endian, as the recorder writes them (draft-ietf-opsawg-pcapng).

use super::fields::{BYTE_ORDER, ENHANCED_PACKET, INTERFACE, OPTION_END, OPTION_TSRESOL, SECTION_HEADER};
use super::flags;
use crate::base::packet::{LinkType, PacketFlags};
use crate::base::time::Timestamp;
use crate::capture::link;

/// First byte of an enhanced packet block.
pub(crate) const ENHANCED: u8 = ENHANCED_PACKET as u8;

const OPTION_IF_NAME: u16 = 2;
const OPTION_USER_APPLICATION: u16 = 4;
/// A unit of time is 10^-9 seconds.
const NANOSECONDS: u8 = 9;
/// Bytes of a name of an interface at most (Linux has 15).
const MOST_NAME: usize = 256;

/// A packet to be written.
pub(crate) struct Packet<'a> {
    /// The interface block, from 0.
    pub(crate) interface: u32,
    pub(crate) ts: Timestamp,
    pub(crate) wire: u32,
    pub(crate) flags: PacketFlags,
    pub(crate) bytes: &'a [u8],
}

/// A section whose length is not known.
pub(crate) fn section_header(out: &mut Vec<u8>) {
    block(out, SECTION_HEADER, |out| {
        words(out, &[BYTE_ORDER, 1, u32::MAX, u32::MAX]);
        option(out, OPTION_USER_APPLICATION, b"gannet");
        option(out, OPTION_END, &[]);
    });
}

/// An interface whose packets are not cut to a length and have their times in nanoseconds.
pub(crate) fn interface_block(out: &mut Vec<u8>, link: LinkType, name: Option<&str>) {
    block(out, INTERFACE, |out| {
        words(out, &[u32::from(link::to_file(link)), 0]);
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            let name = name.as_bytes();
            option(out, OPTION_IF_NAME, name.get(..MOST_NAME).unwrap_or(name));
        }
        option(out, OPTION_TSRESOL, &[NANOSECONDS]);
        option(out, OPTION_END, &[]);
    });
}

/// A packet, with its flags if there are any.
pub(crate) fn enhanced_packet(out: &mut Vec<u8>, packet: &Packet<'_>) {
    let units = packet.ts.nanos().max(0) as u64;
    let captured = packet.bytes.len() as u32;
    block(out, ENHANCED_PACKET, |out| {
        words(out, &[packet.interface, (units >> 32) as u32, units as u32, captured, packet.wire]);
        out.extend_from_slice(packet.bytes);
        pad(out, packet.bytes.len());
        let word = flags::to_word(packet.flags);
        if word != 0 {
            option(out, flags::OPTION, &word.to_le_bytes());
            option(out, OPTION_END, &[]);
        }
    });
}

/// A block around what `body` writes, which is whole words.
fn block(out: &mut Vec<u8>, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    words(out, &[kind, 0]);
    body(out);
    let length = ((out.len() - start + 4) as u32).to_le_bytes();
    out.extend_from_slice(&length);
    if let Some(place) = out.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&length);
    }
}

fn words(out: &mut Vec<u8>, words: &[u32]) {
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    out.extend_from_slice(value);
    pad(out, value.len());
}

fn pad(out: &mut Vec<u8>, length: usize) {
    out.resize(out.len() + length.next_multiple_of(4) - length, 0);
}
