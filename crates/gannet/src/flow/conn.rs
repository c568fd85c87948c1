//! One connection: what is common to all protocols, and what each transport adds.

use super::early::Early;
use super::tunnel::{Encap, UdpState};
use crate::analyzers::{Doubt, Estate, Party, Stage};
use crate::base::direction::{Direction, Pair};
use crate::base::key::Addr;
use crate::base::proto;
use crate::base::time::Timestamp;
use crate::events::{Enum, Uid};
use crate::stream::{Delivery, Syn, Tcp};
use crate::worker::core::Core;
use crate::worker::history::Scaled;
use crate::worker::moment::Reply;
use crate::worker::state::Out;

/// Counters of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) packets: u64,
    pub(crate) ip_bytes: u64,
    /// Payload by length fields, negative while nothing was seen; TCP goes by sequence numbers instead.
    pub(crate) bytes: i64,
}

impl Side {
    /// Of a direction that nothing was seen of.
    pub(crate) const UNSET: Self = Self { packets: 0, ip_bytes: 0, bytes: -1 };

    /// What a responder that this is the side of did so far, except over TCP.
    fn reply(&self) -> Reply {
        Reply { answered: self.bytes >= 0, bytes: self.bytes.max(0) as u64 }
    }

    /// Counts a packet of this length.
    pub(super) fn add(&mut self, total: u32) {
        self.packets += 1;
        self.ip_bytes += u64::from(total);
    }
}

/// What a transport adds.
pub(crate) enum Protocol {
    Tcp(Box<Tcp>),
    /// Checksum errors in each direction.
    Udp(Pair<Scaled>),
    Icmp,
    Other,
}

impl Protocol {
    /// What the transport of a new connection adds, or of one that no more is known of than a first SYN.
    pub(super) fn of(ip_proto: u8, syn: Option<&Syn>) -> Self {
        match ip_proto {
            proto::TCP => Self::Tcp(Box::new(syn.map_or_else(Tcp::default, Tcp::of_syn))),
            proto::UDP => Self::Udp(Pair::default()),
            proto::ICMP | proto::ICMPV6 => Self::Icmp,
            _ => Self::Other,
        }
    }

    /// Whether it is what it was in the beginning.
    pub(super) fn is_new(&self) -> bool {
        match self {
            Self::Tcp(tcp) => **tcp == Tcp::default(),
            Self::Udp(errors) => *errors == Pair::default(),
            Self::Icmp | Self::Other => true,
        }
    }

    /// Whether all that is known of it can be told from nothing, or from a first SYN.
    pub(super) fn is_told(&self, last: Timestamp) -> bool {
        self.lone_syn(last).is_some() || self.is_new()
    }

    /// The first SYN, if no more is known of the connection than that, with the time of its last packet.
    pub(super) fn lone_syn(&self, last: Timestamp) -> Option<Syn> {
        let Self::Tcp(tcp) = self else { return None };
        tcp.lone_syn(last)
    }
}

/// The tunnels that a connection came through.
#[derive(Default)]
pub(crate) struct Through {
    /// Those of its last packet.
    pub(crate) encap: Option<Encap>,
    /// Innermost tunnels that its packets came through.
    pub(crate) parents: Vec<Uid>,
    /// How often they were other ones than before.
    pub(crate) changes: u8,
}

/// A connection in the table.
pub(crate) struct Connection {
    pub(crate) core: Core,
    pub(crate) sides: Pair<Side>,
    pub(crate) protocol: Protocol,
    pub(crate) party: Party,
    /// What analyzers left with it.
    pub(crate) estate: Estate,
    /// The tunnels that it came through; few come through any.
    pub(crate) through: Option<Box<Through>>,
    /// Hash of its key.
    pub(crate) hash: u32,
    /// Whether it is in the list of those that no answer has been seen for.
    pub(crate) half_open: bool,
    /// It waits for its turn to be packed.
    pub(crate) young: bool,
    /// Bytes that are on the books for it.
    pub(crate) charged: u32,
    /// Its regular checks have nothing to do; noted in the table too.
    pub(crate) at_rest: bool,
    /// What it is as a tunnel.
    pub(crate) tunnel: Option<UdpState>,
    /// Segments that wait for what they acknowledge; there are none but by request.
    pub(crate) early: Option<Box<Early>>,
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
        if self.core.orig() == src && self.core.tag.shown_ports().0 == port {
            Direction::Orig
        } else {
            Direction::Resp
        }
    }

    /// Reads a word of each part that a packet will need.
    pub(super) fn touch(&self) -> u64 {
        let core =
            self.core.key.low().0 as u64 ^ self.core.last.nanos() as u64 ^ u64::from(self.core.tag.orig_p);
        core ^ self.sides.orig.packets ^ u64::from(self.party.is_empty())
    }

    /// The same of what is behind the connection itself; reads the connection for it.
    pub(super) fn touch_behind(&self) -> u64 {
        match &self.protocol {
            Protocol::Tcp(tcp) => {
                let Pair { orig, resp } = &tcp.ends;
                u64::from(orig.last ^ resp.last) ^ orig.stream.next() ^ resp.stream.next()
            }
            _ => u64::from(self.party.touch()),
        }
    }

    /// What the responder did so far.
    pub(crate) fn reply(&self) -> Reply {
        match &self.protocol {
            Protocol::Tcp(tcp) => tcp.reply(),
            Protocol::Udp(_) => self.sides.resp.reply(),
            Protocol::Icmp | Protocol::Other => Reply::default(),
        }
    }

    /// Whether segments of it wait for what they acknowledge.
    pub(super) fn has_early(&self) -> bool {
        self.early.as_ref().is_some_and(|early| early.is_busy())
    }

    /// The tunnels that its last packet came through.
    pub(crate) fn encap(&self) -> Option<&Encap> {
        self.through.as_ref().and_then(|through| through.encap.as_ref())
    }

    /// Splits a connection into its TCP part and what analyzers need.
    pub(crate) fn parts<'a>(
        &'a mut self,
        stage: &'a mut Stage,
        out: &'a mut Out<'_>,
        ts: Timestamp,
    ) -> (Option<&'a mut Tcp>, Delivery<'a>) {
        let Reply { answered, bytes: replied } = self.sides.resp.reply();
        let payload = self.sides.orig.bytes.max(0) as u64 + replied;
        let tcp = match &mut self.protocol {
            Protocol::Tcp(tcp) => Some(tcp.as_mut()),
            _ => None,
        };
        let delivery = Delivery {
            core: &mut self.core,
            party: &mut self.party,
            estate: &mut self.estate,
            out: out.again(),
            stage,
            doubt: Doubt { incomplete: false, partial: false, payload, replied, answered },
            ts,
            partial: false,
        };
        (tcp, delivery)
    }
}
