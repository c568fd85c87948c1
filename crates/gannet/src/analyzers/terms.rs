//! The words between analyzers and the framework: what an analyzer is told, and what it answers.

use crate::base::direction::Transport;
use crate::events::{ConnTag, Fuid, Uid};

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
    /// The connection is over: closed, timed out, or its key was taken by a new one. Or its carrier has closed it.
    Removed,
    /// The capture is over.
    Finished,
    /// The analyzer reported a violation.
    Violation,
}

/// What a new analyzer is told about its connection.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Start {
    /// What it is fed with: bytes of a stream, or datagrams. A child is fed as its carrier says.
    pub transport: Transport,
    /// The responder's port.
    pub resp_port: u16,
    /// The originator's port.
    pub orig_port: u16,
    /// Name of the analyzer that feeds it; none for one that the connection itself feeds.
    pub carrier: Option<&'static str>,
    /// Who expected the connection, if somebody did.
    pub expected: Option<Expected>,
}

impl Start {
    /// Of a connection that nobody expected.
    pub const fn new(transport: Transport, orig_port: u16, resp_port: u16) -> Self {
        Self { transport, resp_port, orig_port, carrier: None, expected: None }
    }
}

/// Who expected a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expected {
    /// What the one who expected it gave along.
    pub token: u64,
    /// The connection that it was expected on.
    pub by: Option<Uid>,
}

impl Expected {
    /// With the token that was given along, and the connection it was expected on.
    pub const fn new(token: u64, by: Option<Uid>) -> Self {
        Self { token, by }
    }
}

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The connection came, and its analyzer is attached.
    Came(ConnTag),
    /// It did not come in time.
    Expired,
    /// It is not looked for: its ends belong to another shard, or too many connections are expected in this one.
    Refused,
    /// It carries a file. Told when that begins, and once more when its type is known.
    File {
        /// The file's id.
        fuid: Fuid,
        /// Its type.
        mime: Option<&'static str>,
    },
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

/// The first bytes of both directions, for a [`Descriptor::probe`](super::Descriptor::probe).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Sample<'a> {
    /// The transport.
    pub transport: Transport,
    /// What the originator sent first; on UDP, the datagram at hand if it sent that.
    pub orig: &'a [u8],
    /// What the responder sent first; on UDP, the datagram at hand if it sent that.
    pub resp: &'a [u8],
    /// On UDP, what the side that did not send the datagram at hand has sent first, if anything.
    pub answers: &'a [u8],
}

impl<'a> Sample<'a> {
    /// What both sides sent first.
    pub const fn new(transport: Transport, orig: &'a [u8], resp: &'a [u8]) -> Self {
        Self { transport, orig, resp, answers: &[] }
    }
}

/// Facts of the connection that decide what a violation means.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Doubt {
    /// The beginning was not seen, or bytes are missing.
    pub(crate) incomplete: bool,
    /// The beginning was not seen.
    pub(crate) partial: bool,
    /// Payload bytes of both directions so far.
    pub(crate) payload: u64,
    /// Payload bytes of the responder so far.
    pub(crate) replied: u64,
    /// Whether the responder is past the beginning of its part, and did not reset the connection.
    pub(crate) answered: bool,
}
