//! What is looked up, and the keys under which it may be found.

use std::hash::Hasher as _;
use std::net::IpAddr;

use siphasher::sip128::{Hasher128, SipHasher13};

use super::kind::Kind;

/// Bytes of an indicator: nothing longer is read, or looked up.
pub(super) const MAX_INDICATOR: usize = 8192;
/// Names above a host's that are looked up, from the shortest on.
const MAX_ABOVE: usize = 16;

/// Something that was seen, and may be on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sought<T> {
    /// An address: itself, and the networks that it is in.
    Addr(IpAddr),
    /// A text of a kind.
    Text(Kind, T),
}

impl<T> Sought<T> {
    /// The kind as which it is looked up.
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Addr(_) => Kind::Addr,
            Self::Text(kind, _) => *kind,
        }
    }
}

/// A hash of a kind and an indicator.
pub(super) type Key = u128;

/// Makes keys. Whoever chooses what is seen does not know its secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys(SipHasher13);

impl Keys {
    pub(super) fn new(secret: [u64; 2]) -> Self {
        let [one, other] = secret;
        Self(SipHasher13::new_with_keys(one, other))
    }

    /// Of a text, whatever the case of its letters.
    pub(super) fn text(self, kind: Kind, text: &[u8]) -> Key {
        let mut hasher = self.0;
        hasher.write_u8(kind as u8);
        for part in text.chunks(64) {
            let mut lower = [0; 64];
            for (lower, byte) in lower.iter_mut().zip(part) {
                *lower = byte.to_ascii_lowercase();
            }
            hasher.write(lower.get(..part.len()).unwrap_or_default());
        }
        hasher.finish128().as_u128()
    }

    /// Of an address.
    pub(super) fn addr(self, addr: IpAddr) -> Key {
        let (bits, width) = bits(addr);
        self.number(&[Kind::Addr as u8, width], bits)
    }

    /// Of the network of so many bits that an address is in.
    pub(super) fn subnet(self, addr: IpAddr, length: u8) -> Key {
        let (bits, width) = bits(addr);
        let own = u32::from(width.saturating_sub(length));
        self.number(&[Kind::Subnet as u8, width, length], bits.checked_shr(own).unwrap_or_default())
    }

    fn number(self, what: &[u8], bits: u128) -> Key {
        let mut hasher = self.0;
        hasher.write(what);
        hasher.write(&bits.to_be_bytes());
        hasher.finish128().as_u128()
    }

    /// Each key under which something may be found, until `found` says that it is enough; whether it does. Networks have one of
    /// these lengths. With `above` a host is looked up by the names above its own too.
    pub(super) fn each<T: AsRef<[u8]>>(
        self,
        sought: &Sought<T>,
        lengths: &Lengths,
        above: bool,
        mut found: impl FnMut(Key) -> bool,
    ) -> bool {
        match sought {
            Sought::Addr(addr) => {
                let lengths = lengths.of(*addr).iter();
                found(self.addr(*addr)) || lengths.map(|length| self.subnet(*addr, *length)).any(found)
            }
            Sought::Text(Kind::Domain, name) if above => {
                let name = name.as_ref();
                let is_dot = |(at, byte): (usize, &u8)| (*byte == b'.').then_some(at + 1);
                let dots = name.iter().enumerate().rev().filter_map(is_dot);
                let above = dots.filter_map(|at| name.get(at..)).filter(|above| !above.is_empty());
                found(self.text(Kind::Domain, name))
                    || above.take(MAX_ABOVE).map(|above| self.text(Kind::Domain, above)).any(found)
            }
            Sought::Text(kind, text) => found(self.text(*kind, text.as_ref())),
        }
    }
}

/// The bits of an address, and how many there are.
fn bits(addr: IpAddr) -> (u128, u8) {
    match addr.to_canonical() {
        IpAddr::V4(addr) => (u128::from(addr.to_bits()), 32),
        IpAddr::V6(addr) => (addr.to_bits(), 128),
    }
}

/// The lengths of networks that there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Lengths {
    v4: Vec<u8>,
    v6: Vec<u8>,
}

impl Lengths {
    /// One more; it is no longer than addresses are.
    pub(super) fn add(&mut self, addr: IpAddr, length: u8) {
        let all = if addr.to_canonical().is_ipv4() { &mut self.v4 } else { &mut self.v6 };
        if let Err(at) = all.binary_search(&length) {
            all.insert(at, length);
        }
    }

    fn of(&self, addr: IpAddr) -> &[u8] {
        if addr.to_canonical().is_ipv4() { &self.v4 } else { &self.v6 }
    }
}
