//! What is common to all connections, and what analyzers and stages act on.

use super::history::History;
use crate::base::key::{Addr, FlowKey};
use crate::base::mac::Macs;
use crate::base::proto;
use crate::base::time::{Interval, Timestamp};
use crate::events::weird::Samplers;
use crate::events::{ConnTag, Enum};

/// What analyzers and stages act on while they work for a connection.
pub(crate) struct Core {
    pub(crate) tag: ConnTag,
    pub(crate) key: FlowKey,
    /// The originator is the key's lower end.
    pub(crate) orig_is_low: bool,
    /// Its tag has the ends of its key, so that it can be told from that.
    pub(crate) named_by_key: bool,
    pub(crate) shard: u16,
    pub(crate) slot: u32,
    pub(crate) birth: u64,
    /// Objects that it bore while its timers were at work.
    pub(crate) bore: u16,
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
    /// An inactivity timer is set; a TCP connection's first one is not before [`TimerKind::First`](super::timer::TimerKind).
    pub(crate) idle_set: bool,
    /// It has been looked at for the first time.
    pub(crate) looked: bool,
    /// It began with a SYN.
    pub(crate) attempt: bool,
    /// Place in the list of ages that make a record of the one that a timer is set for.
    pub(crate) ages: Option<u16>,
    /// The packet at hand is about to make the sides change places: a weird about it names them as they will be.
    pub(crate) turning: bool,
    /// The roles changed while the packet at hand was worked on.
    pub(crate) flipped: bool,
    /// How often the roles changed.
    pub(crate) flips: u8,
    /// Analyzers that were ever attached to it.
    pub(crate) attached: u32,
    /// An analyzer ended it.
    pub(crate) ended: bool,
    pub(crate) missed: u64,
    pub(crate) vlan: Option<u16>,
    pub(crate) inner_vlan: Option<u16>,
    /// Hardware addresses of its ends, by its first packet.
    pub(crate) macs: Option<Macs>,
    /// What few connections have.
    pub(crate) rare: Option<Box<Rare>>,
}

/// What few connections have, apart so that the others need no room for it.
#[derive(Default)]
pub(crate) struct Rare {
    pub(crate) weirds: Samplers,
    /// Names that failed after having been confirmed.
    pub(crate) failed: Vec<&'static str>,
    /// Who expected the connection, with the token that came along.
    pub(crate) expecter: Option<(Wisher, u64)>,
}

/// Who wishes: a connection, and the analyzer on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wisher {
    pub(crate) shard: u16,
    pub(crate) slot: u32,
    pub(crate) birth: u64,
    pub(crate) id: u32,
    pub(crate) tag: ConnTag,
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

    /// Who a weird is about.
    pub(crate) fn about(&self) -> ConnTag {
        if self.turning { self.tag.turned() } else { self.tag }
    }

    /// Originator and responder change places.
    pub(crate) fn flip(&mut self) {
        self.orig_is_low = !self.orig_is_low;
        self.tag = self.tag.turned();
        self.turning = false;
        if let Some(macs) = &mut self.macs {
            macs.flip();
        }
        self.flipped = !self.flipped;
        self.flips = self.flips.wrapping_add(1);
        self.history.push(b'^');
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
