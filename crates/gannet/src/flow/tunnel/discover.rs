//! What is said of tunnels: when something is first seen in one, and when it ends.

use super::active::{Expiry, Tunnels};
use super::level::{Encap, Level};
use crate::base::key::{Addr, FlowKey};
use crate::base::time::Timestamp;
use crate::events::tunnel::{Tunnel, TunnelKind};
use crate::events::{ConnTag, Enum, Uid};
use crate::flow::uid::{TieBreaker, uid};
use crate::worker::state::Out;
use crate::worker::timer::Timer;

impl Tunnels {
    /// The level of a tunnel between two addresses that has no ports: IP in IP and GRE. One pair has one level, named after
    /// the first packet that was seen.
    pub(crate) fn pair_level(
        &mut self,
        shard: u16,
        (src, dst): (Addr, Addr),
        (kind, ip_proto): (TunnelKind, u8),
        parent: Option<Uid>,
        out: &mut Out<'_>,
    ) -> Level {
        let seed = out.state.settings.uid_seed;
        let (now, birth) = (out.now(), out.state.next_birth());
        let (level, timer) = self.pair((shard, src, dst), now, birth, || {
            let key = FlowKey::two_way(shard, 0, (src, 0), (dst, 0));
            let id = uid(seed, parent, &key, Timestamp::ZERO, TieBreaker::Births(0));
            let (orig_h, resp_h) = (src.ip(), dst.ip());
            Level { tag: ConnTag { uid: Some(id), orig_h, orig_p: 0, resp_h, resp_p: 0, ip_proto }, kind }
        });
        if let Some(timer) = timer {
            out.state.timers.set(timer);
        }
        level
    }

    /// A connection was seen inside these tunnels: those that are new are reported.
    pub(crate) fn discover(&mut self, shard: u16, encap: &Encap, out: &mut Out<'_>) {
        for level in encap.levels() {
            let birth = out.state.next_birth();
            let now = out.now();
            let Some(timer) = self.look_up(shard, level, now, birth) else { continue };
            out.state.timers.set(timer);
            row(level, "Tunnel::DISCOVER", out);
        }
    }

    /// A connection is over: if it was a tunnel, so is that.
    pub(crate) fn close(&mut self, shard: u16, tag: &ConnTag, out: &mut Out<'_>) {
        if let Some(level) = self.end(shard, tag) {
            row(&level, "Tunnel::CLOSE", out);
        }
    }

    /// A tunnel's timer is due.
    pub(crate) fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        if out.state.finishing {
            return;
        }
        match self.expire(timer, out.now()) {
            Expiry::Gone => {}
            Expiry::Later(timer) => out.state.timers.set(timer),
            Expiry::Expired(level) => row(&level, "Tunnel::EXPIRE", out),
        }
    }
}

fn row(level: &Level, action: &'static str, out: &mut Out<'_>) {
    let record =
        Tunnel { ts: out.now(), conn: level.tag, tunnel_type: level.kind.text(), action: Enum(action) };
    out.emit(Some(&level.tag), &record, &[]);
}
