//! One connection: what is common to all protocols, and what each transport adds.

use super::history::History;
use super::key::{Addr, FlowKey};
use super::tunnel::{Encap, UdpState};
use crate::analyzers::{Attached, Detection, Direction, Left, Start};
use crate::decode::ip::proto;
use crate::events::weird::Samplers;
use crate::events::{ConnTag, Enum, Uid};
use crate::stream::Tcp;
use crate::time::{Interval, Timestamp};

/// One of each for the two directions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pair<T> {
    pub(crate) orig: T,
    pub(crate) resp: T,
}

impl<T> Pair<T> {
    pub(crate) fn of(&self, dir: Direction) -> &T {
        match dir {
            Direction::Orig => &self.orig,
            Direction::Resp => &self.resp,
        }
    }

    pub(crate) fn of_mut(&mut self, dir: Direction) -> &mut T {
        match dir {
            Direction::Orig => &mut self.orig,
            Direction::Resp => &mut self.resp,
        }
    }

    pub(crate) fn swap(&mut self) {
        std::mem::swap(&mut self.orig, &mut self.resp);
    }
}

/// What analyzers and stages act on while they work for a connection.
pub(crate) struct Core {
    pub(crate) tag: ConnTag,
    pub(crate) key: FlowKey,
    /// The originator is the key's lower end.
    pub(crate) orig_is_low: bool,
    pub(crate) shard: u16,
    pub(crate) slot: u32,
    pub(crate) birth: u64,
    /// Objects that it bore while its timers were at work.
    pub(crate) bore: u8,
    /// The clock when it was made.
    pub(crate) born: Timestamp,
    /// Earlier connections with the same key since the clock came to that time.
    pub(crate) earlier: u32,
    /// Time of the packet that made it.
    pub(crate) start: Timestamp,
    /// Time of the last packet that counted.
    pub(crate) last: Timestamp,
    pub(crate) history: History,
    /// Confirmed protocols, in order.
    pub(crate) services: Vec<&'static str>,
    pub(crate) had_weird: bool,
    /// Idle time after which it goes.
    pub(crate) timeout: Interval,
    /// Due time of the inactivity timer that counts; others are stale.
    pub(crate) inactivity_due: Timestamp,
    /// An inactivity timer is set; a TCP connection's first one is not before [`TimerKind::First`](super::TimerKind).
    pub(crate) idle_set: bool,
    /// It has been looked at for the first time.
    pub(crate) looked: bool,
    /// It began with a SYN.
    pub(crate) attempt: bool,
    /// Place in the list of ages that make a record of the one that a timer is set for.
    pub(crate) ages: Option<u16>,
    /// The roles changed while the packet at hand was worked on.
    pub(crate) flipped: bool,
    /// An analyzer ended it.
    pub(crate) ended: bool,
    pub(crate) missed: u64,
    pub(crate) vlan: Option<u16>,
    pub(crate) inner_vlan: Option<u16>,
    /// What few connections have.
    pub(crate) rare: Option<Box<Rare>>,
    pub(crate) tunnel_changes: u8,
}

/// What few connections have, apart so that the others need no room for it.
#[derive(Default)]
pub(crate) struct Rare {
    pub(crate) weirds: Samplers,
    /// Names that failed after having been confirmed.
    pub(crate) failed: Vec<&'static str>,
    /// What an analyzer left for the next one.
    pub(crate) left: Vec<Left>,
    /// The tunnels that its last packet came through.
    pub(crate) encap: Option<Box<Encap>>,
    /// Innermost tunnels that its packets came through.
    pub(crate) parents: Vec<Uid>,
}

impl Core {
    /// Address of the originator.
    pub(crate) fn orig(&self) -> Addr {
        if self.orig_is_low { self.key.low() } else { self.key.high() }
    }

    /// Address of the responder.
    pub(crate) fn resp(&self) -> Addr {
        if self.orig_is_low { self.key.high() } else { self.key.low() }
    }

    /// What few connections have, made if need be.
    pub(crate) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The tunnels that its last packet came through.
    pub(crate) fn encap(&self) -> Option<&Encap> {
        self.rare.as_ref().and_then(|rare| rare.encap.as_deref())
    }

    /// Originator and responder change places.
    pub(crate) fn flip(&mut self) {
        self.orig_is_low = !self.orig_is_low;
        std::mem::swap(&mut self.tag.orig_h, &mut self.tag.resp_h);
        std::mem::swap(&mut self.tag.orig_p, &mut self.tag.resp_p);
        self.flipped = !self.flipped;
        self.history.push(b'^');
    }
}

/// Counters of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Side {
    pub(crate) packets: u64,
    pub(crate) ip_bytes: u64,
    /// Payload by length fields, negative while nothing was seen; TCP goes by sequence numbers instead.
    pub(crate) bytes: i64,
}

/// What a transport adds.
pub(crate) enum Protocol {
    Tcp(Box<Tcp>),
    /// Checksum errors in each direction.
    Udp(Pair<super::history::Scaled>),
    Icmp,
    Other,
}

/// What there is of the analyzers of a stream before its first byte: what they will be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asleep {
    pub(crate) start: Start,
    /// The two sides changed places meanwhile.
    pub(crate) turned: bool,
}

/// A connection in the table.
pub(crate) struct Connection {
    pub(crate) core: Core,
    pub(crate) sides: Pair<Side>,
    pub(crate) protocol: Protocol,
    pub(crate) analyzers: Vec<Attached>,
    pub(crate) detection: Option<Box<Detection>>,
    /// Its analyzers are not attached yet.
    pub(crate) asleep: Option<Asleep>,
    /// Neighbours in the shard's list, by age.
    pub(crate) older: u32,
    pub(crate) younger: u32,
    /// Whether it is in the list of those that no answer has been seen for.
    pub(crate) half_open: bool,
    /// Bytes that are on the books for it.
    pub(crate) charged: u32,
    /// Its regular checks have nothing to do; noted in the table too.
    pub(crate) at_rest: bool,
    /// What it is as a tunnel.
    pub(crate) tunnel: Option<UdpState>,
}

impl Connection {
    /// Name of the transport as the logs have it.
    pub(crate) fn transport(&self) -> Enum {
        Enum(match self.protocol {
            Protocol::Tcp(_) => "tcp",
            Protocol::Udp(_) => "udp",
            Protocol::Icmp => "icmp",
            Protocol::Other => "unknown_transport",
        })
    }

    /// Which direction a packet from this endpoint goes.
    pub(crate) fn direction(&self, src: Addr, port: u16) -> Direction {
        if self.core.orig() == src && self.core.tag.orig_p == port {
            Direction::Orig
        } else {
            Direction::Resp
        }
    }
}

/// Name of a transport by IP protocol number.
pub(crate) fn transport_name(ip_proto: u8) -> Enum {
    Enum(match ip_proto {
        proto::TCP => "tcp",
        proto::UDP => "udp",
        proto::ICMP | proto::ICMPV6 => "icmp",
        _ => "unknown_transport",
    })
}
