//! What an analyzer is: its data, its methods, the context that it is called with, and what it may wish for.

use std::any::Any;
use std::net::IpAddr;

use super::terms::{Close, Doubt, Likeness, Outcome, Progress, Sample, Start};
use crate::base::direction::{Direction, Transport};
use crate::base::time::{Interval, Timestamp};
use crate::events::tunnel::TunnelKind;
use crate::events::{ConnTag, FoldDescriptor, Fuid, LogStream};
use crate::files::{Digests, FileId, Shelf};
use crate::worker::core::{Core, Wisher};
use crate::worker::state::Out;

/// Follows one protocol on one connection.
///
/// Hostile bytes are the normal case: an implementation never panics, never recurses without a constant limit and never
/// sizes anything by a length on the wire.
pub trait Analyzer: Send {
    /// Called once, when it is attached: on TCP before the first bytes or the first gap, so that a connection without any
    /// has no analyzer.
    fn start(&mut self, _cx: &mut Context<'_>) {}

    /// Bytes of a stream in order, or one datagram.
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress;

    /// `len` bytes of a stream were never seen. The unconsumed tail before the gap stays in front of what follows, and the
    /// answer speaks of it: `Consumed(n)` drops `n` bytes of it (0: nothing changes), `Need` and `Until` say what is
    /// waited for from now on, `Skip` drops all of it.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Done
    }

    /// The stream of this direction ended; `rest` is the tail that was never consumed. Called once for a direction; an end
    /// that does not keep to its own FIN or RST may send more, which is shown as before.
    fn end(&mut self, _cx: &mut Context<'_>, _dir: Direction, _rest: &[u8]) {}

    /// One of the ends sent a FIN or a RST, though bytes may still be on their way; `orig` and `resp` are the tails that
    /// were not consumed so far, which stay. True if what comes next is to be shown at once, whatever it waits for.
    fn closing(&mut self, _cx: &mut Context<'_>, _orig: &[u8], _resp: &[u8]) -> bool {
        false
    }

    /// One of the ends reset the connection: both directions are over, though more may come.
    fn reset(&mut self, _cx: &mut Context<'_>) {}

    /// Originator and responder changed places: what was said of one direction is now true of the other.
    fn flipped(&mut self) {}

    /// A timer set through the context is due. `expired` is true at the end of the capture.
    fn timer(&mut self, _cx: &mut Context<'_>, _token: u16, _expired: bool) {}

    /// What became of a connection that it expected, with the token that it gave along.
    fn expected(&mut self, _cx: &mut Context<'_>, _token: u64, _outcome: Outcome) {}

    /// Called once, before the analyzer is dropped; the last chance to emit what is pending.
    fn close(&mut self, _cx: &mut Context<'_>, _why: Close) {}

    /// Whether it has said all that it ever will, whatever follows. Once nothing is looked for on the connection any more
    /// such an analyzer is closed and dropped: the rest of the connection is only counted.
    fn is_through(&self) -> bool {
        false
    }

    /// The connection has no answer, and others come in numbers: what can be kept in less room until the next call should be.
    fn shrink(&mut self) {}

    /// Bytes that it would hold beside [`Self::held`] if it had not been told to shrink. The books have them, so that what is given
    /// up for room does not depend on when that was, which is another time with other workers.
    fn spared(&self) -> usize {
        0
    }

    /// Bytes of memory that this analyzer holds outside its own struct, for the budget; true to 10 %.
    fn held(&self) -> usize;
}

/// A protocol, as data: made by [`Descriptor::new`], and told more by the methods named like its fields.
///
/// ```
/// use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, Transport};
///
/// struct Discard;
///
/// impl Analyzer for Discard {
///     fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
///         cx.confirm();
///         Progress::Consumed(bytes.len())
///     }
///
///     fn held(&self) -> usize {
///         0
///     }
/// }
///
/// static DISCARD: Descriptor = Descriptor::new("discard", "DISCARD", |_| Box::new(Discard))
///     .doc("What is sent is thrown away (RFC 863)")
///     .ports(&[(Transport::Tcp, 9), (Transport::Udp, 9)]);
/// assert!(DISCARD.probe.is_none());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Descriptor {
    /// Its name in `service`, lower case.
    pub name: &'static str,
    /// Its name in `analyzer.log` and as the source of weirds, capitals.
    pub label: &'static str,
    /// One sentence for `--list-analyzers`.
    pub doc: &'static str,
    /// Responder ports on which it is tried at once.
    pub ports: &'static [(Transport, u16)],
    /// Decides by content, on any port.
    pub probe: Option<fn(&Sample<'_>) -> Likeness>,
    /// First bytes of the originator and of the responder without which the probe finds nothing, if it knows any: it is not
    /// asked before one of the two has begun so.
    pub first: Option<(&'static [u8], &'static [u8])>,
    /// The kinds of records it emits.
    pub records: &'static [&'static LogStream],
    /// Whether it parses a TCP connection whose beginning was not seen.
    pub partial: bool,
    /// Whether it shapes connections (their end or their direction), so that it runs whatever is listened to.
    pub shapes: bool,
    /// The most unconsumed bytes that the framework keeps for it in each direction; more are a violation.
    pub max_tail: usize,
    /// Whether the same bytes of a stream may mean something else to it if they come in other segments.
    pub by_segment: bool,
    /// Whether datagrams of the two directions look different, so that each may give it away.
    pub both_ways: bool,
    /// Whether it gives packets or bytes of others back, so that it runs whatever is listened to.
    pub carries: bool,
    /// Whether it runs only where more services than Zeek's are asked for ([`ConfigBuilder::more_services`](crate::ConfigBuilder::more_services)).
    pub beyond: bool,
    /// What puts together the items that it hands across.
    pub fold: Option<&'static FoldDescriptor>,
    /// Makes one for a connection.
    pub new: fn(&Start) -> Box<dyn Analyzer>,
}

impl Descriptor {
    /// A protocol without ports, probe and records: its name in `service`, its name in capitals, and what makes an analyzer
    /// for a connection.
    pub const fn new(name: &'static str, label: &'static str, new: fn(&Start) -> Box<dyn Analyzer>) -> Self {
        Self {
            name,
            label,
            doc: "",
            ports: &[],
            probe: None,
            first: None,
            records: &[],
            partial: false,
            shapes: false,
            max_tail: 0,
            by_segment: false,
            both_ways: false,
            carries: false,
            beyond: false,
            fold: None,
            new,
        }
    }

    /// With another name in `service`.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// With another name in `analyzer.log` and as the source of weirds.
    #[must_use]
    pub const fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// With a sentence about it.
    #[must_use]
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Tried at once on these responder ports.
    #[must_use]
    pub const fn ports(mut self, ports: &'static [(Transport, u16)]) -> Self {
        self.ports = ports;
        self
    }

    /// Found by content, on any port.
    #[must_use]
    pub const fn probe(mut self, probe: fn(&Sample<'_>) -> Likeness) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Not found by content unless the originator begins with one of these bytes, or the responder with one of those; a
    /// single look at them spares all probes that cannot find anything.
    #[must_use]
    pub const fn first(mut self, orig: &'static [u8], resp: &'static [u8]) -> Self {
        self.first = Some((orig, resp));
        self
    }

    /// Not found by content.
    #[must_use]
    pub const fn without_probe(mut self) -> Self {
        self.probe = None;
        self
    }

    /// With the kinds of records that it emits.
    #[must_use]
    pub const fn records(mut self, records: &'static [&'static LogStream]) -> Self {
        self.records = records;
        self
    }

    /// Whether it parses a TCP connection whose beginning was not seen; if this is not said, it does not.
    #[must_use]
    pub const fn partial(mut self, partial: bool) -> Self {
        self.partial = partial;
        self
    }

    /// Whether it shapes connections; if this is not said, it does not.
    #[must_use]
    pub const fn shapes(mut self, shapes: bool) -> Self {
        self.shapes = shapes;
        self
    }

    /// With the most unconsumed bytes that are kept for it in each direction; if this is not said, none.
    #[must_use]
    pub const fn max_tail(mut self, bytes: usize) -> Self {
        self.max_tail = bytes;
        self
    }

    /// Whether the same bytes of a stream may mean something else to it if they come in other segments, as where a segment is
    /// taken for a message; if this is not said, they do not.
    #[must_use]
    pub const fn by_segment(mut self, by_segment: bool) -> Self {
        self.by_segment = by_segment;
        self
    }

    /// Whether datagrams of the two directions look different, so that each may give it away: one that is gone is found again by
    /// the other direction, as on TCP. If this is not said, they do not.
    #[must_use]
    pub const fn both_ways(mut self, both_ways: bool) -> Self {
        self.both_ways = both_ways;
        self
    }

    /// Whether it gives packets or bytes of others back ([`Context::inner_packet`], [`Context::open_child`]), so that it has to
    /// run whatever is listened to; if this is not said, it runs for its own records, and for those that any analyzer may show
    /// in (`conn`, `weird`, `analyzer`).
    #[must_use]
    pub const fn carries(mut self, carries: bool) -> Self {
        self.carries = carries;
        self
    }

    /// Whether it runs only where more services than Zeek's are asked for; if this is not said, it runs everywhere.
    #[must_use]
    pub const fn beyond(mut self, beyond: bool) -> Self {
        self.beyond = beyond;
        self
    }

    /// With what puts together the items that it hands across ([`Context::hand_across`]); whose records are among
    /// [`Self::records`].
    #[must_use]
    pub const fn fold(mut self, fold: &'static FoldDescriptor) -> Self {
        self.fold = Some(fold);
        self
    }

    /// With something else that makes an analyzer.
    #[must_use]
    pub const fn makes(mut self, new: fn(&Start) -> Box<dyn Analyzer>) -> Self {
        self.new = new;
        self
    }
}

/// State that outlives its analyzer.
pub trait Remains: Any + Send {
    /// The connection is over and nobody took it: the last chance to emit what is pending.
    fn finish(self: Box<Self>, cx: &mut Context<'_>);

    /// Bytes of memory that it takes, its own struct included; true to 10 %.
    fn held(&self) -> usize;
}

/// What an analyzer left with its connection.
pub(crate) struct Left {
    pub(super) descriptor: &'static Descriptor,
    pub(super) state: Box<dyn Remains>,
}

/// All that was left with a connection; few have any.
#[derive(Default)]
#[expect(clippy::box_collection, reason = "every connection has the place, few have any")]
pub(crate) struct Estate(pub(super) Option<Box<Vec<Left>>>);

impl Estate {
    /// Whether nothing was left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Bytes of memory held.
    pub(crate) fn held(&self) -> usize {
        self.0.as_ref().map_or(0, |all| {
            let own: usize = all.iter().map(|left| left.state.held()).sum();
            size_of::<Vec<Left>>() + all.capacity() * size_of::<Left>() + own
        })
    }
}

/// Whom an analyzer hands bytes over to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heir {
    /// This analyzer.
    Analyzer(&'static Descriptor),
    /// Whatever the bytes turn out to be.
    Detection,
}

/// What an analyzer's framework entry remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(super) confirmed: bool,
    pub(super) violations: u32,
    /// To be removed when the packet at hand is done with.
    pub(super) failed: bool,
    /// Why, and the bytes that are wrong, until that is told: what is confirmed up to the end of the packet is lost with it.
    pub(super) failure: Option<Box<(String, Option<Vec<u8>>)>>,
    /// To be given all bytes from here on.
    pub(super) successor: Option<Heir>,
    /// Timers that it set and that have not fired: the token of each, and when it is due.
    pub(super) timers: Vec<(u16, Timestamp)>,
}

/// What a call works on beside the analyzer.
pub(crate) struct Scene<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) out: Out<'a>,
    pub(crate) estate: &'a mut Estate,
    pub(crate) doubt: Doubt,
    /// Time of the packet, or of the clock in a timer.
    pub(crate) ts: Timestamp,
}

impl Scene<'_> {
    /// The same for a shorter time.
    pub(super) fn again(&mut self) -> Scene<'_> {
        Scene {
            core: &mut *self.core,
            out: self.out.again(),
            estate: &mut *self.estate,
            doubt: self.doubt,
            ts: self.ts,
        }
    }
}

/// What a carrier gives to a child.
#[derive(Clone, Copy)]
pub(crate) enum Gift<'b> {
    Bytes(&'b [u8]),
    Gap(u64),
    End,
    Reset,
}

/// What is around an analyzer while it is called: its children, the files, the registry, the stage to the left.
pub(crate) trait Around {
    /// The analyzer with this name, if it may run.
    fn find(&self, name: &str) -> Option<&'static Descriptor>;
    /// The open files.
    fn shelf(&mut self) -> &mut dyn Shelf;
    /// Digests of what comes again and again.
    fn digests(&mut self) -> &mut Digests;
    /// The id and the type of an open file.
    fn look(&self, id: FileId) -> Option<(Fuid, Option<&'static str>)>;
    fn wish(&mut self, wish: Wish);
    /// Begins a child; false if there is one with that key, or no room.
    fn open(&mut self, scene: Scene<'_>, key: u64, child: (Heir, Transport)) -> bool;
    fn give(&mut self, scene: Scene<'_>, key: u64, dir: Direction, gift: Gift<'_>);
    fn close_child(&mut self, scene: Scene<'_>, key: u64);
    fn has_child(&self, key: u64) -> bool;
}

/// Handed to an analyzer with each call: its connection, the clock, and the ways to act.
pub struct Context<'a> {
    pub(super) descriptor: &'static Descriptor,
    pub(super) id: u32,
    pub(super) start: &'a Start,
    pub(super) scene: Scene<'a>,
    pub(super) standing: &'a mut Standing,
    pub(super) around: &'a mut dyn Around,
}

/// A connection that is expected: which ends it will have, whose analyzer gets it, and for how long it is waited for.
///
/// Its ends must belong to the shard of the connection that it is expected on, which is so for any two ports of the same two
/// addresses; what the description leaves open matches anything.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Expectation {
    /// The transport.
    pub transport: Transport,
    /// Who opens it, as far as that is known.
    pub orig: (Option<IpAddr>, Option<u16>),
    /// Who is called.
    pub resp: (Option<IpAddr>, Option<u16>),
    /// The analyzer that gets it.
    pub to: &'static Descriptor,
    /// Given to that analyzer ([`Start::expected`]), and to [`Analyzer::expected`].
    pub token: u64,
    /// How long it is waited for, on the capture's clock.
    pub life: Interval,
    /// Whether the analyzer's name is in `service` from the first packet on.
    pub named: bool,
}

impl Expectation {
    /// Of any connection of a transport, within five minutes.
    pub const fn new(transport: Transport, to: &'static Descriptor, token: u64) -> Self {
        let life = Interval::from_secs(300);
        Self { transport, orig: (None, None), resp: (None, None), to, token, life, named: false }
    }

    /// To this address and port.
    #[must_use]
    pub const fn calls(mut self, address: IpAddr, port: u16) -> Self {
        self.resp = (Some(address), Some(port));
        self
    }

    /// From this address, whatever the port.
    #[must_use]
    pub const fn opened_by(mut self, address: IpAddr) -> Self {
        self.orig = (Some(address), self.orig.1);
        self
    }

    /// Known for what it is before it carries anything.
    #[must_use]
    pub const fn named(mut self) -> Self {
        self.named = true;
        self
    }

    /// Within this time.
    #[must_use]
    pub const fn within(mut self, life: Interval) -> Self {
        self.life = life;
        self
    }
}

/// The first header of an inner packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InnerLayer {
    /// IP of either version.
    Ip,
    /// Ethernet.
    Ethernet,
}

/// What an analyzer wishes of the stage that follows connections; granted when its call has returned and the connection is
/// back in its place.
#[derive(Debug)]
pub(crate) enum Wish {
    /// The connection is a tunnel of this kind, between these ends.
    Tunnel { shard: u16, kind: TunnelKind, ends: ConnTag },
    /// A packet that came in the connection.
    Packet { from: Wisher, kind: TunnelKind, layer: InnerLayer, bytes: Vec<u8> },
    /// A connection that is expected.
    Expect { from: Wisher, what: Box<Expectation> },
    /// Who expected this connection is told of it.
    Tell { to: Wisher, token: u64, what: Outcome },
}
