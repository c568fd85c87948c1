//! Packets in a block of the ring: their headers, and the VLAN tags that the kernel has taken out.

use std::mem::offset_of;

use libc::{tpacket_hdr_variant1, tpacket3_hdr};

use crate::base::packet::PacketFlags;
use crate::base::time::Timestamp;

const HEADER: usize = size_of::<tpacket3_hdr>();
/// A packet's bytes may begin behind its header and the address that follows.
const ROOM: usize = HEADER + size_of::<libc::sockaddr_ll>();
/// Two MAC addresses: a tag comes behind them.
const ADDRESSES: usize = 12;
const TAG: usize = 4;
/// The tag of IEEE 802.1Q.
const TAG_TYPE: u16 = 0x8100;

/// Status of a packet that stands for several TCP segments (Linux 6.2), which the C library does not name.
const GSO_TCP: u32 = 1 << 8;

const NEXT: usize = offset_of!(tpacket3_hdr, tp_next_offset);
const SECONDS: usize = offset_of!(tpacket3_hdr, tp_sec);
const NANOS: usize = offset_of!(tpacket3_hdr, tp_nsec);
const CAPTURED: usize = offset_of!(tpacket3_hdr, tp_snaplen);
const WIRE: usize = offset_of!(tpacket3_hdr, tp_len);
const STATUS: usize = offset_of!(tpacket3_hdr, tp_status);
const MAC: usize = offset_of!(tpacket3_hdr, tp_mac);
const TCI: usize = offset_of!(tpacket3_hdr, hv1) + offset_of!(tpacket_hdr_variant1, tp_vlan_tci);
const TPID: usize = offset_of!(tpacket3_hdr, hv1) + offset_of!(tpacket_hdr_variant1, tp_vlan_tpid);

/// What the kernel says of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// Bytes from this header to the next.
    pub(super) next: usize,
    pub(super) ts: Timestamp,
    pub(super) captured: u32,
    pub(super) wire: u32,
    status: u32,
    /// Bytes from this header to the packet's first.
    pub(super) offset: usize,
}

impl Header {
    /// The header at this offset of a block's bytes; none if it does not fit.
    #[inline]
    pub(super) fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let header: &[u8; HEADER] = bytes.get(at..)?.first_chunk()?;
        let header = Self {
            next: word(header, NEXT) as usize,
            ts: Timestamp::from_parts(word(header, SECONDS).into(), word(header, NANOS).into()),
            captured: word(header, CAPTURED),
            wire: word(header, WIRE),
            status: word(header, STATUS),
            offset: usize::from(half(header, MAC)),
        };
        let end = at.checked_add(header.offset)?.checked_add(header.captured as usize)?;
        (end <= bytes.len()).then_some(header)
    }

    /// What it says of the packet's checksums, of segmentation and of a VLAN tag.
    #[inline]
    pub(super) fn flags(&self) -> PacketFlags {
        let said = |bit, flag| if self.status & bit != 0 { flag } else { PacketFlags::NONE };
        said(libc::TP_STATUS_CSUMNOTREADY, PacketFlags::CHECKSUM_NOT_READY)
            .and(said(libc::TP_STATUS_CSUM_VALID, PacketFlags::CHECKSUM_VALID))
            .and(said(GSO_TCP, PacketFlags::SEGMENTATION_OFFLOADED))
            .and(said(libc::TP_STATUS_VLAN_VALID, PacketFlags::TAG_RESTORED))
    }
}

fn word(header: &[u8; HEADER], at: usize) -> u32 {
    header.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_ne_bytes(*bytes))
}

fn half(header: &[u8; HEADER], at: usize) -> u16 {
    header.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u16::from_ne_bytes(*bytes))
}

/// Puts the VLAN tags back that the kernel has taken out of the packets of a block of Ethernet frames: into the packets'
/// bytes, and into their lengths. The kernel leaves room for that in front of each packet.
pub(super) fn restore_tags(bytes: &mut [u8], first: usize, packets: u32) {
    let mut at = first;
    for _ in 0..packets {
        let Some(header) = Header::read(bytes, at) else { return };
        if header.status & libc::TP_STATUS_VLAN_VALID != 0 {
            restore_tag(bytes.get_mut(at..).unwrap_or_default(), &header);
        }
        at = at.saturating_add(header.next);
    }
}

/// Puts one packet's tag back; `bytes` begin with the packet's header.
#[cold]
fn restore_tag(bytes: &mut [u8], header: &Header) {
    let Some((head, packet)) = bytes.split_at_mut_checked(HEADER) else { return };
    let Ok(head) = <&mut [u8; HEADER]>::try_from(head) else { return };
    if header.offset < ROOM + TAG || (header.captured as usize) < ADDRESSES {
        return;
    }
    let known = header.status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
    let kind = if known { half(head, TPID) } else { TAG_TYPE };
    let tag = u32::from(kind) << 16 | word(head, TCI) & 0xffff;
    let start = header.offset - TAG;
    let Some(room) = packet.get_mut(start - HEADER..start - HEADER + TAG + ADDRESSES) else { return };
    room.copy_within(TAG.., 0);
    put(room, ADDRESSES, &tag.to_be_bytes());
    put(head, MAC, &(start as u16).to_ne_bytes());
    put(head, CAPTURED, &(header.captured + TAG as u32).to_ne_bytes());
    put(head, WIRE, &(header.wire + TAG as u32).to_ne_bytes());
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    if let Some(room) = bytes.get_mut(at..at + what.len()) {
        room.copy_from_slice(what);
    }
}
