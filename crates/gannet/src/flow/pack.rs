//! A connection that nobody answered, packed: what its first packets can have left of it, and in a box what few connections
//! have. It is unpacked, as it was, before anything is done with it.

use super::conn::{Connection, Protocol, Side, Through};
use super::links::{Link, Links};
use super::tunnel::UdpState;
use crate::analyzers::{Estate, Party};
use crate::base::direction::Pair;
use crate::base::key::{Addr, FlowKey};
use crate::base::proto;
use crate::base::time::{Interval, Timestamp};
use crate::events::{ConnTag, Uid};
use crate::stream::Syn;
use crate::worker::core::{Core, Rare};
use crate::worker::history::{Brief, History};
use crate::worker::timer::{Timer, TimerKind};

/// No window scale is so large.
const NO_SCALE: u8 = u8::MAX;
const SECOND: i64 = Interval::from_secs(1).nanos();

/// What is true of a packed connection, one bit each.
mod bit {
    pub(super) const ORIG_IS_LOW: u16 = 1;
    pub(super) const HAD_WEIRD: u16 = 1 << 1;
    pub(super) const IDLE_SET: u16 = 1 << 2;
    pub(super) const LOOKED: u16 = 1 << 3;
    pub(super) const ATTEMPT: u16 = 1 << 4;
    pub(super) const HAS_AGE: u16 = 1 << 5;
    pub(super) const ASLEEP: u16 = 1 << 6;
    /// The side that was seen is the responder's.
    pub(super) const FROM_RESP: u16 = 1 << 7;
    /// The inactivity timer that counts goes by its last packet, and not by its first.
    pub(super) const BY_LAST: u16 = 1 << 8;
    /// Its TCP part is what a first SYN leaves.
    pub(super) const SYN: u16 = 1 << 9;
    pub(super) const AT_REST: u16 = 1 << 10;
}

/// A packed connection. Numbers are as narrow as they are nearly always; who has larger ones is not packed.
#[derive(Default)]
pub(super) struct Packed {
    low: [u64; 2],
    high: [u64; 2],
    uid_low: u64,
    start: Timestamp,
    last: Timestamp,
    rest: Option<Box<Rest>>,
    uid_high: u32,
    /// Nanoseconds from its start to the clock when it was made.
    late: u32,
    marks: u32,
    ip_bytes: u32,
    bytes: i32,
    /// Sequence number of its SYN; the ports of SCTP.
    seq: u32,
    /// Number of its link.
    link: u32,
    low_port: u16,
    high_port: u16,
    shard: u16,
    /// Seconds.
    timeout: u16,
    packets: u16,
    bits: u16,
    proto: u8,
    flips: u8,
    asleep: u8,
    scale: u8,
    attached: u8,
    letters: [u8; Brief::LETTERS],
}

const _: () = assert!(size_of::<Packed>() <= 112);
/// What one takes in tables and timers, those of others that are gone included: most have one timer, and none a box.
const PLACES: usize = 102;
/// What one costs that has nothing that few have.
pub(super) const PLAIN: usize = PLACES + size_of::<Packed>();

/// What few packed connections have.
pub(super) struct Rest {
    party: Party,
    estate: Estate,
    services: Vec<&'static str>,
    rare: Option<Box<Rare>>,
    through: Option<Box<Through>>,
    tunnel: Option<UdpState>,
    /// What its transport adds, if there is more to it than can be told from nothing or from a first SYN.
    protocol: Option<Protocol>,
    /// Bytes that are on the books for the connection.
    charged: u32,
}

impl Rest {
    /// What is not plain of a connection, if anything is.
    fn of(conn: Connection, syn: bool) -> Option<Box<Self>> {
        let Connection { core, protocol, party, estate, through, tunnel, charged, .. } = conn;
        let Core { services, rare, .. } = core;
        let told = syn || protocol.is_new();
        let plain = told
            && charged as usize == PLAIN
            && party.is_plain()
            && estate.is_empty()
            && services.is_empty()
            && rare.is_none()
            && through.is_none()
            && tunnel.is_none();
        let protocol = (!told).then_some(protocol);
        (!plain).then(|| Box::new(Self { party, estate, services, rare, through, tunnel, protocol, charged }))
    }
}

/// The one side that sent something, and whether that is the responder; `None` if both did.
fn only_side(sides: &Pair<Side>) -> Option<(Side, bool)> {
    if sides.resp == Side::UNSET {
        Some((sides.orig, false))
    } else if sides.orig == Side::UNSET {
        Some((sides.resp, true))
    } else {
        None
    }
}

/// What a connection has that fits.
struct Shape {
    uid: Uid,
    history: Brief,
    /// The side that was seen, and whether that is the responder's.
    side: Side,
    from_resp: bool,
    /// The inactivity timer that counts goes by its last packet.
    by_last: bool,
}

impl Shape {
    /// `None` of one that cannot be packed. It is asked with each packet of a connection without an answer.
    #[inline]
    fn of(conn: &Connection) -> Option<Self> {
        let Connection { core, sides, half_open, early, .. } = conn;
        let Core { tag, bore, attached, born, earlier, start, last, named_by_key, .. } = core;
        let Core { history, timeout, inactivity_due, ages, flipped, ended, missed, .. } = core;
        let usual = *half_open
            && early.is_none()
            && !*flipped
            && !*ended
            && *bore == 0
            && *earlier == 0
            && *missed == 0;
        if !usual || !*named_by_key || ages.is_some_and(|age| age != 0) {
            return None;
        }
        let (side, from_resp) = only_side(sides)?;
        let by_last = *inactivity_due == *last + *timeout;
        let seconds = timeout.nanos() / SECOND;
        if seconds * SECOND != timeout.nanos() || !(by_last || *inactivity_due == *start + *timeout) {
            return None;
        }
        let narrow = u16::try_from(seconds).is_ok()
            && u32::try_from((*born - *start).nanos()).is_ok()
            && u32::try_from(side.ip_bytes).is_ok()
            && i32::try_from(side.bytes).is_ok()
            && u16::try_from(side.packets).is_ok()
            && u8::try_from(*attached).is_ok();
        let (uid, history) = (tag.uid?, history.brief()?);
        narrow.then_some(Self { uid, history, side, from_resp, by_last })
    }
}

impl Packed {
    /// Packs a connection, or gives it back if it does not fit.
    pub(super) fn new(conn: Box<Connection>, links: &mut Links) -> Result<Self, Box<Connection>> {
        let Some(packed) = Self::figures(&conn) else { return Err(conn) };
        let Core { macs, vlan, inner_vlan, .. } = conn.core;
        let Some(link) = links.add(Link { macs, vlan, inner_vlan }) else { return Err(conn) };
        let rest = Rest::of(*conn, packed.has(bit::SYN));
        Ok(Self { rest, link, ..packed })
    }

    /// Whether a connection can be packed.
    pub(super) fn fits(conn: &Connection) -> bool {
        Shape::of(conn).is_some()
    }

    /// All of a connection but the rest; `None` if it does not fit. What is named and not used is in the rest, or known to
    /// the table.
    fn figures(conn: &Connection) -> Option<Self> {
        let Shape { uid, history, side, from_resp, by_last } = Shape::of(conn)?;
        let Connection { core, protocol, party, at_rest, .. } = conn;
        let Core { tag, key, orig_is_low, shard, flips, attached, born, start, last, .. } = core;
        let Core { had_weird, timeout, idle_set, looked, attempt, ages, .. } = core;
        let syn = protocol.lone_syn(*last);
        let asleep = party.asleep();
        let bits = [
            (*orig_is_low, bit::ORIG_IS_LOW),
            (*had_weird, bit::HAD_WEIRD),
            (*idle_set, bit::IDLE_SET),
            (*looked, bit::LOOKED),
            (*attempt, bit::ATTEMPT),
            (ages.is_some(), bit::HAS_AGE),
            (asleep.is_some(), bit::ASLEEP),
            (from_resp, bit::FROM_RESP),
            (by_last, bit::BY_LAST),
            (syn.is_some(), bit::SYN),
            (*at_rest, bit::AT_REST),
        ];
        let ((low, low_port), (high, high_port)) = key.ends();
        Some(Self {
            low: halves(low),
            high: halves(high),
            uid_low: uid.low,
            start: *start,
            last: *last,
            rest: None,
            uid_high: uid.high,
            late: u32::try_from((*born - *start).nanos()).ok()?,
            marks: history.marks,
            ip_bytes: u32::try_from(side.ip_bytes).ok()?,
            bytes: i32::try_from(side.bytes).ok()?,
            seq: syn.map_or(u32::from(tag.orig_p) << 16 | u32::from(tag.resp_p), |syn| syn.seq),
            low_port,
            high_port,
            shard: *shard,
            timeout: u16::try_from(timeout.nanos() / SECOND).ok()?,
            link: 0,
            packets: u16::try_from(side.packets).ok()?,
            bits: bits.into_iter().filter(|(is, _)| *is).map(|(_, bit)| bit).sum(),
            proto: tag.ip_proto,
            flips: *flips,
            asleep: asleep.unwrap_or_default(),
            scale: syn.and_then(|syn| syn.scale).unwrap_or(NO_SCALE),
            attached: u8::try_from(*attached).ok()?,
            letters: history.letters,
        })
    }

    /// The connection as it was; what the table knows of it comes from there: slot, birth, hash of its key.
    pub(super) fn unpack(
        mut self,
        (slot, birth, hash): (u32, u64, u32),
        links: &mut Links,
    ) -> Box<Connection> {
        let charged = self.rest.as_ref().map_or(PLAIN as u32, |rest| rest.charged);
        let seen =
            Side { packets: self.packets.into(), ip_bytes: self.ip_bytes.into(), bytes: self.bytes.into() };
        let sides = if self.has(bit::FROM_RESP) {
            Pair { orig: Side::UNSET, resp: seen }
        } else {
            Pair { orig: seen, resp: Side::UNSET }
        };
        let link = links.remove(self.link);
        let mut sleeping = Party::default();
        if self.has(bit::ASLEEP) {
            sleeping.sleep(self.asleep);
        }
        let mut conn = Box::new(Connection {
            core: self.core(slot, birth),
            sides,
            protocol: Protocol::of(self.proto, self.syn().as_ref()),
            party: sleeping,
            estate: Estate::default(),
            through: None,
            hash,
            half_open: true,
            young: false,
            charged,
            at_rest: self.has(bit::AT_REST),
            tunnel: None,
            early: None,
        });
        if let Some(rest) = self.rest.take() {
            let Rest { party, estate, services, rare, through, tunnel, protocol, charged: _ } = *rest;
            (conn.party, conn.estate, conn.through, conn.tunnel) = (party, estate, through, tunnel);
            (conn.core.services, conn.core.rare) = (services, rare);
            if let Some(protocol) = protocol {
                conn.protocol = protocol;
            }
        }
        (conn.core.macs, conn.core.vlan, conn.core.inner_vlan) = (link.macs, link.vlan, link.inner_vlan);
        conn
    }

    fn core(&self, slot: u32, birth: u64) -> Core {
        let (key, has) = (self.key(), |bit| self.has(bit));
        let timeout = Interval::from_secs(self.timeout.into());
        let from = if has(bit::BY_LAST) { self.last } else { self.start };
        let uid = Uid { high: self.uid_high, low: self.uid_low };
        Core {
            tag: self.tag(&key, uid),
            key,
            orig_is_low: has(bit::ORIG_IS_LOW),
            named_by_key: true,
            shard: self.shard,
            slot,
            birth,
            bore: 0,
            flips: self.flips,
            attached: self.attached.into(),
            born: self.start + Interval::from_nanos(self.late.into()),
            earlier: 0,
            start: self.start,
            last: self.last,
            history: History::from(Brief { letters: self.letters, marks: self.marks }),
            services: Vec::new(),
            had_weird: has(bit::HAD_WEIRD),
            timeout,
            inactivity_due: from + timeout,
            idle_set: has(bit::IDLE_SET),
            looked: has(bit::LOOKED),
            attempt: has(bit::ATTEMPT),
            ages: has(bit::HAS_AGE).then_some(0),
            turning: false,
            flipped: false,
            ended: false,
            missed: 0,
            macs: None,
            vlan: None,
            inner_vlan: None,
            rare: None,
        }
    }

    /// What names a connection whose packets are between the ends of a key.
    fn tag(&self, key: &FlowKey, uid: Uid) -> ConnTag {
        let (low, high) = key.ends();
        let ((orig, orig_p), (resp, resp_p)) =
            if self.has(bit::ORIG_IS_LOW) { (low, high) } else { (high, low) };
        let (orig_p, resp_p) = match key.proto() {
            proto::SCTP => ((self.seq >> 16) as u16, self.seq as u16),
            _ => (orig_p, resp_p),
        };
        let (orig_h, resp_h) = (orig.ip(), resp.ip());
        ConnTag { uid: Some(uid), orig_h, orig_p, resp_h, resp_p, ip_proto: key.proto() }
    }

    fn has(&self, bit: u16) -> bool {
        self.bits & bit != 0
    }

    /// What a first SYN left of its TCP part, if no more than that is known.
    fn syn(&self) -> Option<Syn> {
        let scale = (self.scale != NO_SCALE).then_some(self.scale);
        self.has(bit::SYN).then_some(Syn { seq: self.seq, scale, time: self.last })
    }

    /// Its key.
    pub(super) fn key(&self) -> FlowKey {
        let (low, high) = (whole(self.low), whole(self.high));
        FlowKey::one_way(self.shard, self.proto, (low, self.low_port), (high, self.high_port))
    }

    /// Bytes that its analyzers say they hold.
    pub(super) fn held(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| rest.party.held())
    }

    /// Whether one of its timers may still do something. `long` says whether connections make interim records.
    pub(super) fn needs(&self, timer: &Timer, long: bool) -> bool {
        match timer.kind {
            TimerKind::Inactivity => {
                let from = if self.has(bit::BY_LAST) { self.last } else { self.start };
                timer.due == from + Interval::from_secs(self.timeout.into())
                    || (long && !self.has(bit::HAS_AGE))
            }
            TimerKind::Analyzer(id, token) => {
                self.rest.as_ref().is_some_and(|rest| rest.party.has_timer(id, token, timer.due))
            }
            _ => true,
        }
    }
}

/// Whether a tag is what its key gives, but for the ports of SCTP. Its addresses are in any case.
pub(super) fn is_named_by(key: &FlowKey, orig_is_low: bool, tag: &ConnTag) -> bool {
    let ((_, low), (_, high)) = key.ends();
    let ports = if orig_is_low { (low, high) } else { (high, low) };
    tag.shown_ports() == ports && tag.ip_proto == key.proto()
}

fn halves(addr: Addr) -> [u64; 2] {
    [(addr.0 >> 64) as u64, addr.0 as u64]
}

fn whole([high, low]: [u64; 2]) -> Addr {
    Addr(u128::from(high) << 64 | u128::from(low))
}
