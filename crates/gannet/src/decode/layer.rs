//! A layer, and the walk from one to the next until an IP header is there.

use crate::base::packet::Network;

/// More layers than this in one packet are an attack on the stack.
const MAX_LAYERS: usize = 100;

/// One kind of header.
pub(crate) struct Layer {
    /// Source of its weirds: capitals.
    pub(crate) label: &'static str,
    /// Looks at the bytes and moves the walk on.
    pub(crate) enter: for<'p> fn(&mut Walk<'p>) -> Step,
}

/// What a layer found.
pub(crate) enum Step {
    /// Go on with this layer.
    Next(&'static Layer),
    /// The bytes left are an IP packet.
    Ip,
    /// Looked at, as far as it is of interest.
    Handled,
    /// Nothing that is of interest.
    Stop,
    /// Broken: a weird.
    Weird(&'static str),
}

/// Where the walk is.
pub(crate) struct Walk<'p> {
    /// What is left of the captured bytes.
    pub(crate) rest: &'p [u8],
    /// Bytes before `rest`.
    pub(crate) at: usize,
    /// VLAN id of the outer tag, then of the inner one (IEEE 802.1Q).
    pub(crate) vlan: Option<u16>,
    pub(crate) inner_vlan: Option<u16>,
    /// Whether this is one frame of several in another.
    pub(crate) aggregated: bool,
    /// More frames of the same kind in the same one.
    pub(crate) more: Option<(&'static Layer, &'p [u8], usize)>,
    /// A length that does not fit, and what it would have to fit into: added to the weird that stopped the walk.
    pub(crate) lengths: Option<(usize, usize)>,
    /// A weird that did not stop the walk.
    pub(crate) noted: Option<(&'static str, &'static str, &'static str)>,
}

/// The end of a walk.
pub(crate) enum Found {
    /// An IP packet begins at `at`.
    Ip,
    /// No IP packet, but something else that is known.
    Handled,
    /// Nothing that is known, and nothing wrong.
    Nothing,
    /// Broken: a weird's name and source.
    Weird(&'static str, &'static str),
}

impl<'p> Walk<'p> {
    pub(crate) fn new(bytes: &'p [u8]) -> Self {
        Self {
            rest: bytes,
            at: 0,
            vlan: None,
            inner_vlan: None,
            aggregated: false,
            more: None,
            lengths: None,
            noted: None,
        }
    }

    /// A walk that has come to IP before; `None` if it is not known where that is.
    pub(crate) fn arrived(bytes: &'p [u8], network: Network) -> Option<Self> {
        let at = network.at()?;
        let (vlan, inner_vlan) = (network.vlan(), network.inner_vlan());
        Some(Self { at, vlan, inner_vlan, ..Self::new(bytes.get(at..)?) })
    }

    /// What is worth remembering of a walk through `whole` that came to IP; nothing if there is more to say of it.
    pub(crate) fn network(&self, whole: &[u8]) -> Network {
        let more = self.aggregated || self.more.is_some() || self.lengths.is_some() || self.noted.is_some();
        if more || self.at + self.rest.len() != whole.len() {
            return Network::default();
        }
        Network::new(self.at, self.vlan, self.inner_vlan)
    }

    /// Turns to the next frame inside the same one, if there is one, and walks it.
    pub(crate) fn next_subframe(&mut self) -> Option<Found> {
        let (layer, rest, at) = self.more.take()?;
        *self = Walk { rest, at, ..Walk::new(rest) };
        Some(walk_from(layer, self))
    }

    /// Drops `n` bytes from the front.
    pub(crate) fn skip(&mut self, n: usize) {
        self.rest = self.rest.get(n..).unwrap_or_default();
        self.at += n;
    }
}

/// Walks from a layer to IP.
pub(crate) fn walk_from(mut layer: &'static Layer, walk: &mut Walk<'_>) -> Found {
    for _ in 0..MAX_LAYERS {
        match (layer.enter)(walk) {
            Step::Next(next) => layer = next,
            Step::Ip => return Found::Ip,
            Step::Handled => return Found::Handled,
            Step::Stop => return Found::Nothing,
            Step::Weird(name) => return Found::Weird(name, layer.label),
        }
    }
    Found::Weird("max_packet_analyzer_depth_exceeded", layer.label)
}

/// How often packets were walked, for tests that hold it against the number of packets.
#[cfg(test)]
pub(crate) mod walks {
    use std::cell::Cell;

    thread_local!(static WALKS: Cell<u64> = const { Cell::new(0) });

    pub(crate) fn count() {
        WALKS.set(WALKS.get() + 1);
    }

    /// Walks on this thread since the last call.
    pub(crate) fn take() -> u64 {
        WALKS.take()
    }
}
