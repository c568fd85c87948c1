//! Protocol analyzers: what one is, which there are, and what it may do.
//!
//! An analyzer is a [`Descriptor`] (data and function pointers) and one boxed [`Analyzer`] for each connection that it
//! is tried on. It sees bytes, datagrams, gaps and ends, never packets; it answers with [`Progress`] and acts through
//! its [`Context`]. To add a protocol: one folder here, one `pub mod` line and one line in [`REGISTRY`].

pub mod dns;
pub mod http;
pub mod ssl;

mod active;
mod attach;
mod context;
mod detect;
mod nested;
#[cfg(test)]
mod tests;

pub use context::{Context, Remains};

pub(crate) use active::{Active, Mask};
pub(crate) use attach::{Attached, Call};
pub(crate) use context::{Doubt, Left};
pub(crate) use detect::Detection;

use crate::analyzers::record::AnalyzerFailure;
use crate::events::tunnel::Tunnel;
use crate::events::{LogStream, Reporter, Weird};
use crate::files::{self, FileInfo};
use crate::flow::{Conn, ConnLong};

/// Every analyzer of the engine. Detection, `--list-analyzers`, schemas, fuzzing and the golden tests walk this list.
pub static REGISTRY: &[&Descriptor] = &[&dns::DNS, &http::HTTP, &ssl::SSL, &ssl::DTLS];

/// Every kind of record that the engine emits: those of connections, tunnels and files, then those of the analyzers of both.
pub fn streams() -> Vec<&'static LogStream> {
    let mut streams = vec![
        Conn::STREAM,
        ConnLong::STREAM,
        Tunnel::STREAM,
        Weird::STREAM,
        AnalyzerFailure::STREAM,
        FileInfo::STREAM,
        Reporter::STREAM,
    ];
    let of_files = files::REGISTRY.iter().flat_map(|descriptor| descriptor.records);
    for stream in REGISTRY.iter().flat_map(|descriptor| descriptor.records).chain(of_files) {
        if !streams.iter().any(|known| known.name == stream.name) {
            streams.push(stream);
        }
    }
    streams
}

/// One of the two directions of a connection.
///
/// Not `#[non_exhaustive]`: there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the originator to the responder.
    Orig,
    /// From the responder to the originator.
    Resp,
}

impl Direction {
    /// The opposite direction.
    pub const fn other(self) -> Self {
        match self {
            Self::Orig => Self::Resp,
            Self::Resp => Self::Orig,
        }
    }
}

/// The transports that carry analyzers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// A byte stream in each direction.
    Tcp,
    /// Datagrams; one call of [`Analyzer::data`] for each.
    Udp,
}

/// What an analyzer made of the bytes it was shown.
///
/// On TCP the framework keeps what was not consumed and shows it again with more behind it; an analyzer never stores
/// partial input. On UDP every call shows one datagram and what it leaves is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// So many bytes are dealt with. Less than all of them: call again at once with the rest.
    Consumed(usize),
    /// Call again when at least so many bytes, counted from the first one shown, are there.
    Need(usize),
    /// Call again when this byte is there; more than `max` bytes without it are a violation.
    Until {
        /// The byte that ends the unit.
        byte: u8,
        /// The longest unit.
        max: usize,
    },
    /// All shown bytes are dealt with, and so many more are of no interest; they are not shown.
    Skip(u64),
    /// This direction is of no more interest.
    Done,
    /// This is not the protocol, for the reason given.
    Violation(&'static str),
}

/// Why an analyzer is removed without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Close {
    /// The connection is over: closed, timed out, or its key was taken by a new one.
    Removed,
    /// The capture is over.
    Finished,
    /// The analyzer reported a violation.
    Violation,
}

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

    /// `len` bytes of a stream were never seen. The unconsumed tail before the gap stays in front of what follows.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Done
    }

    /// The stream of this direction ended; `rest` is the tail that was never consumed. Called once for a direction; an end
    /// that does not keep to its own FIN or RST may send more, which is shown as before.
    fn end(&mut self, _cx: &mut Context<'_>, _dir: Direction, _rest: &[u8]) {}

    /// One of the ends reset the connection: both directions are over, though more may come.
    fn reset(&mut self, _cx: &mut Context<'_>) {}

    /// Originator and responder changed places: what was said of one direction is now true of the other.
    fn flipped(&mut self) {}

    /// A timer set through the context is due. `expired` is true at the end of the capture.
    fn timer(&mut self, _cx: &mut Context<'_>, _token: u16, _expired: bool) {}

    /// Called once, before the analyzer is dropped; the last chance to emit what is pending.
    fn close(&mut self, _cx: &mut Context<'_>, _why: Close) {}

    /// Whether it has said all that it ever will, whatever follows. Once nothing is looked for on the connection any more
    /// such an analyzer is closed and dropped: the rest of the connection is only counted.
    fn is_through(&self) -> bool {
        false
    }

    /// Bytes of memory that this analyzer holds outside its own struct, for the budget; true to 10 %.
    fn held(&self) -> usize;
}

/// What a new analyzer is told about its connection.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Start {
    /// The transport it is attached to.
    pub transport: Transport,
    /// The responder's port.
    pub resp_port: u16,
    /// The originator's port.
    pub orig_port: u16,
}

/// Whether bytes look like a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Likeness {
    /// They do: attach the analyzer.
    Match,
    /// Too early to tell.
    Unsure,
    /// They do not and never will.
    No,
}

/// The first bytes of both directions, for a [`Descriptor::probe`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Sample<'a> {
    /// The transport.
    pub transport: Transport,
    /// What the originator sent first; on UDP, the datagram at hand if it sent that.
    pub orig: &'a [u8],
    /// What the responder sent first; on UDP, the datagram at hand if it sent that.
    pub resp: &'a [u8],
}

impl<'a> Sample<'a> {
    /// What both sides sent first.
    pub const fn new(transport: Transport, orig: &'a [u8], resp: &'a [u8]) -> Self {
        Self { transport, orig, resp }
    }
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
    /// The kinds of records it emits.
    pub records: &'static [&'static LogStream],
    /// Whether it parses a TCP connection whose beginning was not seen.
    pub partial: bool,
    /// Whether it shapes connections (their end or their direction), so that it has to run for `conn` alone.
    pub shapes: bool,
    /// The most unconsumed bytes that the framework keeps for it in each direction; more are a violation.
    pub max_tail: usize,
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
            records: &[],
            partial: false,
            shapes: false,
            max_tail: 0,
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

    /// With something else that makes an analyzer.
    #[must_use]
    pub const fn makes(mut self, new: fn(&Start) -> Box<dyn Analyzer>) -> Self {
        self.new = new;
        self
    }
}
