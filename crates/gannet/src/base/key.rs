//! What identifies a connection: two endpoints in a canonical order, the protocol and the shard.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv6Addr};

/// An address as 128 bits; IPv4 is mapped into IPv6 (RFC 4291, section 2.5.5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Addr(pub(crate) u128);

const V4_PREFIX: u128 = 0xffff << 32;

impl Addr {
    pub(crate) const fn v4(bits: u32) -> Self {
        Self(V4_PREFIX | bits as u128)
    }

    /// The IPv4 address, if it is one.
    pub(crate) const fn as_v4(self) -> Option<u32> {
        if self.0 >> 32 == 0xffff { Some(self.0 as u32) } else { None }
    }

    pub(crate) fn is_multicast(self) -> bool {
        match self.as_v4() {
            Some(v4) => v4 >> 28 == 0xe,
            None => self.0 >> 120 == 0xff,
        }
    }

    pub(crate) fn is_broadcast(self) -> bool {
        self.as_v4() == Some(u32::MAX)
    }

    pub(crate) fn ip(self) -> IpAddr {
        Ipv6Addr::from(self.0).to_canonical()
    }
}

impl From<IpAddr> for Addr {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(v4) => Self::v4(v4.into()),
            IpAddr::V6(v6) => Self(v6.into()),
        }
    }
}

/// Key of the connection table. The shard is part of it, so that what meets does not depend on the number of workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FlowKey {
    low: u128,
    high: u128,
    low_port: u16,
    high_port: u16,
    shard: u16,
    proto: u8,
}

impl Hash for FlowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(self.low);
        state.write_u128(self.high);
        state.write_u64(
            u64::from(self.low_port) << 48
                | u64::from(self.high_port) << 32
                | u64::from(self.shard) << 8
                | u64::from(self.proto),
        );
    }
}

impl FlowKey {
    /// The key of both directions between two endpoints.
    pub(crate) fn two_way(shard: u16, proto: u8, a: (Addr, u16), b: (Addr, u16)) -> Self {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        Self::one_way(shard, proto, low, high)
    }

    /// The key of one direction only, for ICMP types that have no answer.
    pub(crate) fn one_way(shard: u16, proto: u8, from: (Addr, u16), to: (Addr, u16)) -> Self {
        Self { low: from.0.0, high: to.0.0, low_port: from.1, high_port: to.1, shard, proto }
    }

    /// The lower address; of a one-way key the sender's.
    pub(crate) fn low(&self) -> Addr {
        Addr(self.low)
    }

    /// The other address.
    pub(crate) fn high(&self) -> Addr {
        Addr(self.high)
    }

    /// Both ends, the lower one first; of a one-way key the sender's.
    pub(crate) fn ends(&self) -> ((Addr, u16), (Addr, u16)) {
        ((Addr(self.low), self.low_port), (Addr(self.high), self.high_port))
    }

    /// IP protocol number.
    pub(crate) fn proto(&self) -> u8 {
        self.proto
    }

    /// The key as bytes, for ids.
    pub(crate) fn bytes(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let ports = [self.low_port.to_be_bytes(), self.high_port.to_be_bytes()];
        let addresses = [self.low.to_be_bytes(), self.high.to_be_bytes()];
        let all =
            addresses.as_flattened().iter().chain(ports.as_flattened()).chain(std::iter::once(&self.proto));
        for (place, byte) in bytes.iter_mut().zip(all) {
            *place = *byte;
        }
        bytes
    }
}
