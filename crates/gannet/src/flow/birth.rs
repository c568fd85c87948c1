//! How a connection begins: its id, its place, its first timers, who listens to it, and the tunnels that it comes through.

use super::arrival::{Arrival, Lookup};
use super::conn::{Connection, Protocol, Side, Through};
use super::pack::is_named_by;
use super::tracker::Tracker;
use super::tunnel::{self, Encap};
use super::uid::{TieBreaker, uid};
use crate::analyzers::{Estate, Party, Start};
use crate::base::direction::{Pair, Transport};
use crate::base::proto;
use crate::base::time::Interval;
use crate::decode::ip::Ip;
use crate::events::ConnTag;
use crate::stream::ATTEMPT_DELAY;
use crate::worker::core::Core;
use crate::worker::history::{History, mark};
use crate::worker::state::Out;
use crate::worker::timer::{Timer, TimerKind};

/// Idle time after which a connection goes, until its protocol knows better.
pub(super) const INACTIVITY: Interval = Interval::from_secs(60);
/// First look at whether a TCP connection is half closed, and whether it is an attempt.
const FIRST_CHECK: Interval = ATTEMPT_DELAY;

/// Sets the timers that every connection begins with: one.
fn set_first(conn: &mut Connection, out: &mut Out<'_>) {
    let Core { birth, slot, start, inactivity_due, .. } = conn.core;
    let (due, kind) = match conn.protocol {
        Protocol::Tcp(_) => (start + FIRST_CHECK, TimerKind::First),
        _ => {
            conn.core.idle_set = true;
            (inactivity_due, TimerKind::Inactivity)
        }
    };
    out.state.timers.set(Timer { due, birth, slot, kind });
    if out.state.settings.long_connections.first().is_some_and(|age| start + *age <= due) {
        set_age(conn, out);
    }
}

/// Sets the timer of the first age that makes a record, unless it is set. Not before the first look at a connection, where
/// that comes first: most have ended by then.
pub(super) fn set_age(conn: &mut Connection, out: &mut Out<'_>) {
    if conn.core.ages.is_some() {
        return;
    }
    let Some(age) = out.state.settings.long_connections.first().copied() else { return };
    conn.core.ages = Some(0);
    let Core { birth, slot, start, .. } = conn.core;
    let due = start + age.max(Interval::from_secs(1));
    out.state.timers.set(Timer { due, birth, slot, kind: TimerKind::Long });
}

/// The ports that a packet of SCTP begins with (RFC 9260, section 3.1): others compute the community ID with them.
fn sctp_ports(payload: &[u8]) -> (u16, u16) {
    match payload {
        [a, b, c, d, ..] => (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])),
        _ => (0, 0),
    }
}

impl Tracker {
    /// Makes a connection, in the table but taken out.
    pub(super) fn create(
        &mut self,
        (lookup, ip): (&Lookup, &Ip<'_>),
        earlier: u32,
        flip: bool,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) -> Box<Connection> {
        self.make_room(arrival.shard, out);
        let Lookup { key, hash, src_port, dst_port, .. } = *lookup;
        let ip_proto = ip.proto;
        let tie = self.tie_breaker(earlier, arrival, out);
        let birth = out.state.next_birth();
        let id = uid(out.state.settings.uid_seed, arrival.encap.and_then(Encap::uid), &key, arrival.ts, tie);
        let (orig_p, resp_p) = match ip_proto {
            proto::SCTP => sctp_ports(ip.payload),
            _ => (src_port, dst_port),
        };
        let (orig_h, resp_h) = (ip.src.ip(), ip.dst.ip());
        let tag = ConnTag { uid: Some(id), orig_h, orig_p, resp_h, resp_p, ip_proto };
        let orig_is_low = key.low() == ip.src;
        let core = Core {
            tag,
            key,
            orig_is_low,
            named_by_key: is_named_by(&key, orig_is_low, &tag),
            shard: arrival.shard,
            slot: self.table.next_slot(),
            birth,
            bore: 0,
            flips: 0,
            attached: 0,
            born: out.now(),
            earlier,
            start: arrival.ts,
            last: arrival.ts,
            history: History::default(),
            services: Vec::new(),
            had_weird: false,
            timeout: INACTIVITY,
            inactivity_due: arrival.ts + INACTIVITY,
            idle_set: false,
            looked: false,
            attempt: false,
            ages: None,
            turning: false,
            flipped: false,
            ended: false,
            missed: 0,
            vlan: arrival.vlan,
            inner_vlan: arrival.inner_vlan,
            macs: arrival.macs,
            rare: None,
        };
        let mut conn = Box::new(Connection {
            core,
            sides: Pair { orig: Side::UNSET, resp: Side::UNSET },
            protocol: Protocol::of(ip_proto, None),
            party: Party::default(),
            estate: Estate::default(),
            through: arrival.encap.map(|encap| {
                let parents = encap.uid().into_iter().collect();
                Box::new(Through { encap: Some(*encap), parents, changes: 0 })
            }),
            hash,
            half_open: true,
            young: false,
            charged: 0,
            at_rest: false,
            tunnel: None,
            early: None,
        });
        self.table.insert(&mut conn);
        if flip && !conn.core.resp().is_broadcast() {
            conn.core.flip();
            conn.core.flipped = false;
        }
        if let Some(encap) = arrival.encap {
            tunnel::seen(encap, out);
        }
        self.attach(&mut conn, out);
        set_first(&mut conn, out);
        out.state.stats.count_connection(ip_proto);
        conn
    }

    /// What tells a new connection from others with the same key and time.
    fn tie_breaker(&self, earlier: u32, arrival: Arrival<'_>, out: &Out<'_>) -> TieBreaker {
        // Unless time went back, only a connection that was born at this time of the clock can have the same key and time; it is
        // in the same shard, unless one of them came in a frame with others, or in fragments.
        let clock = out.now();
        let unsure = arrival.ts < clock || !self.table.remembers(arrival.shard, clock);
        let before = self.table.births(arrival.shard);
        if arrival.aggregated || arrival.apart {
            TieBreaker::Elsewhere(arrival.shard, before)
        } else if unsure {
            TieBreaker::Nth(before)
        } else {
            TieBreaker::Births(earlier)
        }
    }

    /// Has the analyzers of the port attached, and detection, when the first bytes come; or who expected it.
    fn attach(&mut self, conn: &mut Connection, out: &mut Out<'_>) {
        let transport = match conn.protocol {
            Protocol::Tcp(_) => Transport::Tcp,
            Protocol::Udp(_) => Transport::Udp,
            Protocol::Icmp | Protocol::Other => return,
        };
        let start = Start::new(transport, conn.core.tag.orig_p, conn.core.tag.resp_p);
        if self.stage.active.concerns(start) {
            conn.party.sleep(conn.core.flips);
        }
        self.fulfil(conn, out);
        if transport == Transport::Udp && !conn.party.is_empty() {
            let ts = conn.core.start;
            conn.parts(&mut self.stage, out, ts).1.wake(Transport::Udp);
        }
    }
}

/// Notes if a connection's packets come through other tunnels than before.
#[inline]
pub(super) fn follow_tunnels(conn: &mut Connection, arrival: Arrival<'_>, out: &mut Out<'_>) {
    if conn.encap().is_some() || arrival.encap.is_some() {
        follow_changes(conn, arrival, out);
    }
}

#[cold]
fn follow_changes(conn: &mut Connection, arrival: Arrival<'_>, out: &mut Out<'_>) {
    let same = match (conn.encap(), arrival.encap) {
        (None, None) => true,
        (Some(before), Some(now)) => before.same(now),
        _ => false,
    };
    if same {
        return;
    }
    let core = &mut conn.core;
    let through = conn.through.get_or_insert_default();
    through.encap = arrival.encap.copied();
    if through.changes >= tunnel::MAX_CHANGES {
        let limit = tunnel::MAX_CHANGES.to_string();
        core.history.once(true, mark::LIMIT, b'X');
        return out.weird(core, "tunnel_max_changes_per_connection_exceeded", &limit, None);
    }
    through.changes += 1;
    if let Some(encap) = arrival.encap {
        let parents = &mut through.parents;
        parents.extend(encap.uid().filter(|uid| !parents.contains(uid)));
        tunnel::seen(encap, out);
    }
}
