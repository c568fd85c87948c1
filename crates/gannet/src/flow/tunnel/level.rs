//! What carries a packet, level by level.

use crate::decode::layer::Layer;
use crate::events::tunnel::TunnelKind;
use crate::events::{ConnTag, Uid};

/// Levels of tunnels in one packet.
pub(crate) const MAX_DEPTH: usize = 4;
/// Changes of a connection's tunnels that are followed.
pub(crate) const MAX_CHANGES: u8 = 5;

/// One level: the tunnel as a row names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) tag: ConnTag,
    pub(crate) kind: TunnelKind,
}

/// The tunnels that a packet came through, outermost first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Encap {
    /// Shard of the outermost one.
    shard: u16,
    levels: [Option<Level>; MAX_DEPTH],
}

impl Encap {
    /// No tunnel as yet; the first one will be of this shard.
    pub(crate) fn new(shard: u16) -> Self {
        Self { shard, ..Self::default() }
    }

    /// Shard of the outermost one.
    pub(crate) fn shard(&self) -> u16 {
        self.shard
    }

    /// The same with one level more; nothing if that is too deep.
    pub(crate) fn and(mut self, level: Level) -> Option<Self> {
        *self.levels.iter_mut().find(|place| place.is_none())? = Some(level);
        Some(self)
    }

    pub(crate) fn levels(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().flatten()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.levels.iter().all(Option::is_some)
    }

    /// The innermost level.
    pub(crate) fn last(&self) -> Option<&Level> {
        self.levels.iter().flatten().last()
    }

    pub(crate) fn uid(&self) -> Option<Uid> {
        self.last().and_then(|level| level.tag.uid)
    }

    /// The same tunnels, whichever way the packet goes through them.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let ids = |encap: &Self| encap.levels.map(|level| level.map(|level| (level.tag.uid, level.kind)));
        ids(self) == ids(other)
    }
}

/// A packet inside a tunnel, ready to be looked at like any other.
pub(crate) struct Inner<'p> {
    pub(crate) bytes: &'p [u8],
    /// Its first layer; IP itself if none.
    pub(crate) layer: Option<&'static Layer>,
    /// Bytes that were on the wire and not captured.
    pub(crate) cut: i64,
    pub(crate) level: Level,
}

/// What a connection's tunnels came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UdpState {
    pub(super) confirmed: u16,
    pub(super) violated: u16,
    /// Teredo: a valid packet of the originator, and of the responder.
    pub(super) valid: [bool; 2],
}
