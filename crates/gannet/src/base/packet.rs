//! A packet as its source tells of it: its link type, its times and lengths, and where its bytes are.

use super::time::Timestamp;

/// Bits of a packet's number that count within its ring; the bits above are the ring's.
pub(crate) const RING_BITS: u32 = 44;

/// The link type of a packet: a DLT number as libpcap defines it.
///
/// Not `#[non_exhaustive]`: it is a number and no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: the address family in the host's byte order, then IP.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without its HDLC framing.
    pub const PPP: Self = Self(9);
    /// FDDI.
    pub const FDDI: Self = Self(10);
    /// IP without a link header, of either version.
    pub const RAW: Self = Self(12);
    /// PPP over a serial line, with HDLC framing.
    pub const PPP_SERIAL: Self = Self(50);
    /// IEEE 802.11.
    pub const IEEE802_11: Self = Self(105);
    /// OpenBSD loopback: as [`Self::NULL`], in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux "cooked" capture.
    pub const LINUX_SLL: Self = Self(113);
    /// IEEE 802.11 behind a radiotap header.
    pub const RADIOTAP: Self = Self(127);
    /// IPv4 without a link header.
    pub const IPV4: Self = Self(228);
    /// IPv6 without a link header.
    pub const IPV6: Self = Self(229);
    /// Linux netfilter log.
    pub const NFLOG: Self = Self(239);
    /// Linux "cooked" capture, second version.
    pub const LINUX_SLL2: Self = Self(276);
}

/// What a source knows of one packet, and where its bytes are in the batch's block.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct PacketMeta {
    /// The packet's own time.
    pub ts: Timestamp,
    /// The capture's clock: the running maximum of all `ts` so far, never below one second, or zero while no packet has counted.
    pub now: Timestamp,
    /// Number of the packet in the capture, from 1.
    pub number: u64,
    /// Offset of the packet's first byte in the block.
    pub at: u32,
    /// Bytes captured.
    pub captured: u32,
    /// Bytes that were on the wire; at least `captured` in a sane file.
    pub wire: u32,
    /// Link type of the interface that saw it.
    pub link: LinkType,
    /// Shard of the packet's address pair or flow; set when packets are handed to several workers.
    pub shard: u16,
    /// Number of the interface that saw it, among those of its source.
    pub interface: u16,
    /// What the recording host said of it.
    pub flags: PacketFlags,
    /// Where IP begins in it, once its layers below were walked; sources leave it as it is by default, not known.
    pub network: Network,
}

/// What a walk through a packet's layers below IP found, for all who come after: where IP begins, and the VLAN tags before
/// it. Only of packets that hold one IP packet, have nothing odd about them, and end where what was captured ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// One more than the offset of IP; zero while that is not known.
    place: u16,
    /// VLAN id of the outer tag and of the inner one (IEEE 802.1Q), with [`TAGGED`] set; or zero.
    vlan: u16,
    inner_vlan: u16,
}

/// Set beside the twelve bits of a VLAN id where there is a tag.
const TAGGED: u16 = 0x8000;

impl Network {
    /// IP begins at an offset, behind up to two VLAN tags.
    pub(crate) fn new(at: usize, vlan: Option<u16>, inner_vlan: Option<u16>) -> Self {
        let tag = |id: Option<u16>| id.map_or(0, |id| id | TAGGED);
        match u16::try_from(at + 1) {
            Ok(place) => Self { place, vlan: tag(vlan), inner_vlan: tag(inner_vlan) },
            Err(_) => Self::default(),
        }
    }

    /// Offset of IP, if that is known.
    pub(crate) fn at(self) -> Option<usize> {
        usize::from(self.place).checked_sub(1)
    }

    /// VLAN id of the outer tag.
    pub(crate) fn vlan(self) -> Option<u16> {
        (self.vlan != 0).then_some(self.vlan & !TAGGED)
    }

    /// VLAN id of the inner tag.
    pub(crate) fn inner_vlan(self) -> Option<u16> {
        (self.inner_vlan != 0).then_some(self.inner_vlan & !TAGGED)
    }
}

impl PacketMeta {
    /// A packet of `captured` bytes at an offset of the block, of `wire` bytes on the wire. What a reader does not know is as
    /// the default has it; the engine numbers packets and sets its clock.
    pub fn new(link: LinkType, ts: Timestamp, at: u32, captured: u32, wire: u32) -> Self {
        Self { ts, at, captured, wire, link, ..Self::default() }
    }
}

/// What the recording host said of a packet, beside its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketFlags(u8);

impl PacketFlags {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The sender left the transport checksum to its network card, and the packet was seen before that: it is not wrong.
    pub const CHECKSUM_NOT_READY: Self = Self(1);
    /// The network card has verified the transport checksum.
    pub const CHECKSUM_VALID: Self = Self(2);
    /// It stands for several packets on the wire: the network card cuts it up, or has put it together.
    pub const SEGMENTATION_OFFLOADED: Self = Self(4);
    /// It came in a tunnel that was opened.
    pub(crate) const DECAPSULATED: Self = Self(8);
    /// It is a fragment of what may be a tunnel to be opened.
    pub(crate) const TUNNEL_FRAGMENT: Self = Self(16);
    /// Its shard is set, and is that of the addresses behind its [`Network`].
    pub(crate) const PLACED: Self = Self(32);
    /// The kernel had taken its outer VLAN tag out, and the source has put it back.
    #[cfg(any(feature = "libpcap", feature = "afpacket"))]
    pub(crate) const TAG_RESTORED: Self = Self(64);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all that `other` says is said.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether a checksum in the packet says nothing, for it was not computed yet or has been verified already.
    pub const fn excuse_checksums(self) -> bool {
        self.0 & (Self::CHECKSUM_NOT_READY.0 | Self::CHECKSUM_VALID.0) != 0
    }
}
