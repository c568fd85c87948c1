//! Tunnels: what carries a packet, level by level, and what is said of it.

mod active;
mod gre;
mod gtp;
#[cfg(test)]
mod tests;
mod udp;

use super::Addr;
use super::key::FlowKey;
use super::state::Out;
use crate::decode::layer::Layer;
use crate::events::{ConnTag, Enum, Uid};
use crate::record;
use crate::time::Timestamp;

pub(crate) use active::Tunnels;
pub(crate) use gre::{What, gre};
pub(crate) use udp::{Fit, State as UdpState, exact, unwrap};

/// Levels of tunnels in one packet.
pub(crate) const MAX_DEPTH: usize = 4;
/// Changes of a connection's tunnels that are followed.
pub(crate) const MAX_CHANGES: u8 = 5;

record! {
    /// One row when something is first seen inside a tunnel, and one when the tunnel ends.
    pub struct Tunnel in "tunnel" {
        /// The capture's clock.
        ts: Timestamp,
        /// The tunnel's endpoints; for UDP, the connection that carries it.
        conn: ConnTag,
        /// Its kind.
        tunnel_type: Enum,
        /// What happened.
        action: Enum,
    }
}

/// A kind of tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Ip,
    Gre,
    Teredo,
    Ayiya,
    Gtpv1,
    Vxlan,
    Geneve,
    Http,
}

impl Kind {
    /// Its name in `tunnel.log`.
    const fn text(self) -> Enum {
        Enum(match self {
            Self::Ip => "Tunnel::IP",
            Self::Gre => "Tunnel::GRE",
            Self::Teredo => "Tunnel::TEREDO",
            Self::Ayiya => "Tunnel::AYIYA",
            Self::Gtpv1 => "Tunnel::GTPv1",
            Self::Vxlan => "Tunnel::VXLAN",
            Self::Geneve => "Tunnel::GENEVE",
            Self::Http => "Tunnel::HTTP",
        })
    }

    /// Its name in `service`.
    const fn service(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Gre => "gre",
            Self::Teredo => "teredo",
            Self::Ayiya => "ayiya",
            Self::Gtpv1 => "gtpv1",
            Self::Vxlan => "vxlan",
            Self::Geneve => "geneve",
            Self::Http => "http",
        }
    }

    /// The source of its weirds.
    const fn label(self) -> &'static str {
        match self {
            Self::Ip => "IPTUNNEL",
            Self::Gre => "GRE",
            Self::Teredo => "TEREDO",
            Self::Ayiya => "AYIYA",
            Self::Gtpv1 => "GTPV1",
            Self::Vxlan => "VXLAN",
            Self::Geneve => "GENEVE",
            Self::Http => "HTTP",
        }
    }
}

/// One level: the tunnel as a row names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) tag: ConnTag,
    pub(crate) kind: Kind,
}

/// The tunnels that a packet came through, outermost first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Encap {
    levels: [Option<Level>; MAX_DEPTH],
}

impl Encap {
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

/// The level of a tunnel between two addresses that has no ports: IP in IP and GRE. One pair has one level, named after
/// the first packet that was seen.
pub(crate) fn pair_level(
    shard: u16,
    (src, dst): (Addr, Addr),
    kind: Kind,
    ip_proto: u8,
    parent: Option<Uid>,
    out: &mut Out<'_>,
) -> Level {
    let seed = out.state.config.uid_seed;
    let (now, birth) = (out.now(), out.state.next_birth());
    let (level, timer) = out.state.tunnels.pair((shard, src, dst), now, birth, || {
        let key = FlowKey::two_way(shard, 0, (src, 0), (dst, 0));
        let id = super::uid::uid(seed, parent, &key, Timestamp::ZERO, super::uid::TieBreaker::Births(0));
        let (orig_h, resp_h) = (src.ip(), dst.ip());
        Level { tag: ConnTag { uid: Some(id), orig_h, orig_p: 0, resp_h, resp_p: 0, ip_proto }, kind }
    });
    if let Some(timer) = timer {
        out.state.timers.set(timer);
    }
    level
}

impl Out<'_> {
    /// A connection was seen inside these tunnels: those that are new are reported.
    pub(crate) fn discover(&mut self, shard: u16, encap: &Encap) {
        for level in encap.levels() {
            let birth = self.state.next_birth();
            let now = self.now();
            let Some(timer) = self.state.tunnels.look_up(shard, level, now, birth) else { continue };
            self.state.timers.set(timer);
            self.tunnel_row(level, "Tunnel::DISCOVER");
        }
    }

    /// A client opened a tunnel through a proxy, which this connection leads to: one for all of the client's ports.
    pub(crate) fn discover_http(&mut self, shard: u16, conn: ConnTag) {
        let tag = ConnTag { uid: None, orig_p: 0, ..conn };
        if let Some(encap) = Encap::default().and(Level { tag, kind: Kind::Http }) {
            self.discover(shard, &encap);
        }
    }

    /// A connection is over: if it was a tunnel, so is that.
    pub(crate) fn close_tunnel(&mut self, shard: u16, tag: &ConnTag) {
        if let Some(level) = self.state.tunnels.close(shard, tag) {
            self.tunnel_row(&level, "Tunnel::CLOSE");
        }
    }

    /// A tunnel's timer is due.
    pub(crate) fn tunnel_timer(&mut self, timer: super::Timer) {
        if self.state.finishing {
            return;
        }
        match self.state.tunnels.expire(timer, self.now()) {
            active::Expiry::Gone => {}
            active::Expiry::Later(timer) => self.state.timers.set(timer),
            active::Expiry::Expired(level) => self.tunnel_row(&level, "Tunnel::EXPIRE"),
        }
    }

    fn tunnel_row(&mut self, level: &Level, action: &'static str) {
        let record =
            Tunnel { ts: self.now(), conn: level.tag, tunnel_type: level.kind.text(), action: Enum(action) };
        self.emit(Some(&level.tag), &record, &[]);
    }
}
