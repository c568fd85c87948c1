//! Headers of TCP (RFC 9293), UDP (RFC 768) and ICMP (RFC 792, RFC 4443).

/// Smallest header of TCP.
pub(crate) const TCP_HEADER: usize = 20;
/// Header of UDP, and of every ICMP message.
pub(crate) const SHORT_HEADER: usize = 8;

/// The control bits of a TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags(pub(crate) u8);

impl Flags {
    pub(crate) const fn fin(self) -> bool {
        self.0 & 1 != 0
    }
    pub(crate) const fn syn(self) -> bool {
        self.0 & 2 != 0
    }
    pub(crate) const fn rst(self) -> bool {
        self.0 & 4 != 0
    }
    pub(crate) const fn ack(self) -> bool {
        self.0 & 0x10 != 0
    }
    pub(crate) const fn urg(self) -> bool {
        self.0 & 0x20 != 0
    }
    /// No flag that opens or closes a connection.
    pub(crate) const fn plain(self) -> bool {
        self.0 & 7 == 0
    }
}

/// The fixed part of a TCP header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TcpHeader {
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    /// Length of the header in bytes, options included; may lie.
    pub(crate) length: usize,
    pub(crate) flags: Flags,
    pub(crate) window: u16,
}

impl TcpHeader {
    /// `None` below 20 bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, length, flags, w0, w1, ..] =
            *bytes.first_chunk::<TCP_HEADER>()?;
        Some(Self {
            src_port: u16::from_be_bytes([s0, s1]),
            dst_port: u16::from_be_bytes([d0, d1]),
            seq: u32::from_be_bytes([q0, q1, q2, q3]),
            ack: u32::from_be_bytes([a0, a1, a2, a3]),
            length: usize::from(length >> 4) * 4,
            flags: Flags(flags),
            window: u16::from_be_bytes([w0, w1]),
        })
    }
}

/// The window scale option of a SYN (RFC 7323, section 2.2), from the option bytes.
pub(crate) fn window_scale(mut options: &[u8]) -> Option<u8> {
    const END: u8 = 0;
    const NOP: u8 = 1;
    const WINDOW_SCALE: u8 = 3;
    let mut scale = None;
    while let Some(&kind) = options.first() {
        if kind == END {
            break;
        }
        let length = if kind == NOP { 1 } else { options.get(1).map_or(0, |length| usize::from(*length)) };
        if length == 0 || length > options.len() {
            break;
        }
        if kind == WINDOW_SCALE && length >= 3 {
            scale = options.get(2).copied();
        }
        options = options.get(length..).unwrap_or_default();
    }
    scale
}
