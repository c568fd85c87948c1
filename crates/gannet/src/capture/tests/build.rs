//! Builders of capture files, in both byte orders.

/// Writes numbers in one byte order.
#[derive(Clone, Debug)]
pub(super) struct Bytes {
    pub(super) big_endian: bool,
    pub(super) bytes: Vec<u8>,
}

impl Bytes {
    pub(super) fn new(big_endian: bool) -> Self {
        Self { big_endian, bytes: Vec::new() }
    }

    pub(super) fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() })
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() })
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() })
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }
}

pub(super) const MICROS: u32 = 0xa1b2_c3d4;
pub(super) const NANOS: u32 = 0xa1b2_3c4d;
pub(super) const MODIFIED: u32 = 0xa1b2_cd34;

/// A classic pcap file under construction.
#[derive(Clone, Debug)]
pub(super) struct Pcap {
    out: Bytes,
    magic: u32,
}

impl Pcap {
    pub(super) fn new(big_endian: bool, magic: u32) -> Self {
        Self::with(big_endian, magic, (2, 4), 65_535, 1)
    }

    pub(super) fn with(big_endian: bool, magic: u32, version: (u16, u16), snap: u32, link: u32) -> Self {
        let mut out = Bytes::new(big_endian);
        out.u32(magic).u16(version.0).u16(version.1).u32(0).u32(0).u32(snap).u32(link);
        Self { out, magic }
    }

    pub(super) fn record(mut self, seconds: u32, fraction: u32, lengths: (u32, u32), bytes: &[u8]) -> Self {
        self.out.u32(seconds).u32(fraction).u32(lengths.0).u32(lengths.1);
        if self.magic == MODIFIED {
            self.out.u32(2).u16(8).raw(&[0, 0]);
        }
        self.out.raw(bytes);
        self
    }

    pub(super) fn packet(self, seconds: u32, fraction: u32, bytes: &[u8]) -> Self {
        let length = bytes.len() as u32;
        self.record(seconds, fraction, (length, length), bytes)
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.out.bytes
    }
}

/// A pcapng file under construction.
#[derive(Clone, Debug)]
pub(super) struct Pcapng(Bytes);

impl Pcapng {
    pub(super) fn new(big_endian: bool) -> Self {
        Self(Bytes::new(big_endian)).section(big_endian)
    }

    pub(super) fn section(mut self, big_endian: bool) -> Self {
        self.0.big_endian = big_endian;
        let mut body = Bytes::new(big_endian);
        body.u32(0x1a2b_3c4d).u16(1).u16(0).u64(u64::MAX);
        self.block(0x0a0d_0d0a, &body.bytes)
    }

    pub(super) fn block(mut self, kind: u32, body: &[u8]) -> Self {
        let length = 12 + body.len().next_multiple_of(4) as u32;
        self.0.u32(kind).u32(length).raw(body);
        self.0.raw(&vec![0; body.len().next_multiple_of(4) - body.len()]).u32(length);
        self
    }

    /// An interface, with options of code and value.
    pub(super) fn interface(self, link: u16, snap: u32, options: &[(u16, &[u8])]) -> Self {
        let mut body = Bytes::new(self.0.big_endian);
        body.u16(link).u16(0).u32(snap);
        for (code, value) in options {
            body.u16(*code).u16(value.len() as u16).raw(value);
            body.raw(&vec![0; value.len().next_multiple_of(4) - value.len()]);
        }
        if !options.is_empty() {
            body.u16(0).u16(0);
        }
        self.block(1, &body.bytes)
    }

    pub(super) fn enhanced(self, interface: u32, units: u64, lengths: (u32, u32), bytes: &[u8]) -> Self {
        let mut body = Bytes::new(self.0.big_endian);
        body.u32(interface)
            .u32((units >> 32) as u32)
            .u32(units as u32)
            .u32(lengths.0)
            .u32(lengths.1)
            .raw(bytes);
        self.block(6, &body.bytes)
    }

    pub(super) fn packet(self, interface: u32, units: u64, bytes: &[u8]) -> Self {
        let length = bytes.len() as u32;
        self.enhanced(interface, units, (length, length), bytes)
    }

    /// A packet with options of code and value behind its bytes.
    pub(super) fn flagged(self, bytes: &[u8], options: &[(u16, Vec<u8>)]) -> Self {
        let length = bytes.len() as u32;
        let mut body = Bytes::new(self.0.big_endian);
        body.u32(0).u32(0).u32(1).u32(length).u32(length).raw(bytes);
        body.raw(&vec![0; bytes.len().next_multiple_of(4) - bytes.len()]);
        for (code, value) in options {
            body.u16(*code).u16(value.len() as u16).raw(value);
            body.raw(&vec![0; value.len().next_multiple_of(4) - value.len()]);
        }
        self.block(6, &body.bytes)
    }

    pub(super) fn simple(self, wire: u32, bytes: &[u8]) -> Self {
        let mut body = Bytes::new(self.0.big_endian);
        body.u32(wire).raw(bytes);
        self.block(3, &body.bytes)
    }

    pub(super) fn obsolete(self, interface: u16, units: u64, bytes: &[u8]) -> Self {
        let mut body = Bytes::new(self.0.big_endian);
        body.u16(interface).u16(0).u32((units >> 32) as u32).u32(units as u32);
        body.u32(bytes.len() as u32).u32(bytes.len() as u32).raw(bytes);
        self.block(2, &body.bytes)
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0.bytes
    }
}

/// A 64-bit option value in a byte order.
pub(super) fn option64(big_endian: bool, value: i64) -> Vec<u8> {
    Bytes::new(big_endian).u64(value as u64).bytes.clone()
}

/// `n` distinguishable bytes.
pub(super) fn payload(n: usize, seed: u8) -> Vec<u8> {
    (0..n).map(|i| (i as u8).wrapping_mul(31).wrapping_add(seed)).collect()
}
