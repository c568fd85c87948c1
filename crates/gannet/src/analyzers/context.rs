//! What an analyzer can do while it is called.

use std::any::Any;
use std::net::IpAddr;

use super::Descriptor;
use super::nested::Heir;
use crate::analyzers::record::AnalyzerFailure;
use crate::base::direction::Direction;
use crate::base::time::{Interval, Timestamp};
use crate::events::{ConnTag, Enum, LogStream, Record};
use crate::worker::core::Core;
use crate::worker::state::Out;
use crate::worker::timer::{Timer, TimerKind};

/// Violations after which an analyzer is not listened to any more.
const MAX_VIOLATIONS: u32 = 1000;
/// Payload of both directions up to which a violation removes an analyzer: later ones are more likely our fault.
const VIOLATION_LIMIT: u64 = 10_240;

/// What an analyzer's framework entry remembers of it between calls.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(crate) confirmed: bool,
    pub(crate) violations: u32,
    /// To be removed when the call returns.
    pub(crate) failed: bool,
    /// To be given all bytes from here on.
    pub(crate) successor: Option<Heir>,
}

/// Facts of the connection that decide what a violation means.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Doubt {
    /// The beginning was not seen, or bytes are missing.
    pub(crate) incomplete: bool,
    /// Payload bytes of both directions so far.
    pub(crate) payload: u64,
}

/// State that outlives its analyzer.
pub trait Remains: Any + Send {
    /// The connection is over and nobody took it: the last chance to emit what is pending.
    fn finish(self: Box<Self>, cx: &mut Context<'_>);
}

/// What an analyzer left.
pub(crate) struct Left {
    descriptor: &'static Descriptor,
    state: Box<dyn Remains>,
}

impl Left {
    /// The connection is over.
    pub(crate) fn finish(self, call: &mut super::Call<'_>) {
        let mut cx = Context {
            descriptor: self.descriptor,
            id: u8::MAX,
            core: &mut *call.core,
            out: call.out.again(),
            standing: &mut Standing::default(),
            doubt: call.doubt,
            ts: call.ts,
        };
        self.state.finish(&mut cx);
    }
}

/// Handed to an analyzer with each call: its connection, the clock, and the ways to act.
pub struct Context<'a> {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) id: u8,
    pub(crate) core: &'a mut Core,
    pub(crate) out: Out<'a>,
    pub(crate) standing: &'a mut Standing,
    pub(crate) doubt: Doubt,
    pub(crate) ts: Timestamp,
}

impl Context<'_> {
    /// The capture's clock.
    pub fn now(&self) -> Timestamp {
        self.out.now()
    }

    /// The time of the packet at hand; in a timer, the capture's clock.
    pub fn packet_time(&self) -> Timestamp {
        self.ts
    }

    /// Time of the connection's first packet.
    pub fn start(&self) -> Timestamp {
        self.core.start
    }

    /// Time of the connection's last packet.
    pub fn last(&self) -> Timestamp {
        self.core.last
    }

    /// The connection, as it is named now.
    pub fn conn(&self) -> ConnTag {
        self.core.tag
    }

    /// The address that sends in a direction.
    pub fn sender(&self, dir: Direction) -> IpAddr {
        match dir {
            Direction::Orig => self.core.tag.orig_h,
            Direction::Resp => self.core.tag.resp_h,
        }
    }

    /// Name of the transport as logs have it.
    pub fn transport(&self) -> Enum {
        crate::worker::core::transport_name(self.core.tag.ip_proto)
    }

    /// Whether the responder's address is a multicast group.
    pub fn responder_is_multicast(&self) -> bool {
        self.core.resp().is_multicast()
    }

    /// Whether anybody listens to records of this kind.
    pub fn wants(&self, stream: &'static LogStream) -> bool {
        self.out.state.wants.has(stream)
    }

    /// Emits a record of the connection.
    pub fn emit(&mut self, record: &dyn Record) {
        let tag = self.core.tag;
        self.out.emit(Some(&tag), record, &[]);
    }

    /// Raises a weird of the connection, with this analyzer as its source.
    pub fn weird(&mut self, name: &'static str, addl: impl AsRef<[u8]>) {
        self.weird_from(Some(self.descriptor.label), name, addl);
    }

    /// Raises a weird of the connection, with another source or none.
    pub fn weird_from(&mut self, source: Option<&'static str>, name: &'static str, addl: impl AsRef<[u8]>) {
        // What is told ends at a zero byte.
        let addl = addl.as_ref().split(|byte| *byte == 0).next().unwrap_or_default();
        self.out.weird(self.core, name, addl, source);
    }

    /// A tunnel to this connection's responder was opened on behalf of its originator.
    pub(crate) fn discover_http_tunnel(&mut self) {
        self.out.discover_http(self.core.shard, self.core.tag);
    }

    /// This analyzer's name in capitals.
    pub fn label(&self) -> &'static str {
        self.descriptor.label
    }

    /// This is the protocol: its name goes into `service`.
    pub fn confirm(&mut self) {
        if self.standing.confirmed {
            return;
        }
        self.standing.confirmed = true;
        if !self.core.services.contains(&self.descriptor.name) {
            self.core.services.push(self.descriptor.name);
        }
    }

    /// Whether this analyzer has confirmed.
    pub fn confirmed(&self) -> bool {
        self.standing.confirmed
    }

    /// Something is not as the protocol says. Early in a complete connection it costs the analyzer its place.
    pub fn violation(&mut self, reason: &str) {
        if self.doubt.incomplete {
            return;
        }
        self.standing.violations = self.standing.violations.saturating_add(1);
        if self.standing.violations > MAX_VIOLATIONS {
            if self.standing.violations == MAX_VIOLATIONS + 1 {
                self.weird("too_many_analyzer_violations", "");
            }
            return;
        }
        if self.doubt.payload > VIOLATION_LIMIT || self.standing.failed {
            return;
        }
        self.standing.failed = true;
        let name = self.descriptor.name;
        if !self.core.services.contains(&name) {
            return;
        }
        self.core.services.retain(|service| *service != name);
        let failed = &mut self.core.rare().failed;
        if !failed.contains(&name) {
            failed.push(name);
            self.failure_row(reason);
        }
    }

    fn failure_row(&mut self, reason: &str) {
        let tag = self.core.tag;
        let record = AnalyzerFailure {
            ts: self.out.now(),
            analyzer_kind: "protocol",
            analyzer_name: self.descriptor.label,
            uid: tag.uid,
            fuid: None,
            orig_h: Some(tag.orig_h),
            orig_p: Some(crate::events::Port(tag.orig_p)),
            resp_h: Some(tag.resp_h),
            resp_p: Some(crate::events::Port(tag.resp_p)),
            proto: Some(self.transport()),
            failure_reason: reason.to_owned(),
            failure_data: None,
        };
        self.out.emit(Some(&tag), &record, &[]);
    }

    /// The responder spoke first: the two sides change places.
    pub fn flip(&mut self) {
        self.core.flip();
    }

    /// A limit of this analyzer was reached: the history shows it.
    pub fn limit_reached(&mut self) {
        self.core.history.once(true, crate::worker::history::mark::LIMIT, b'X');
    }

    /// Asks for [`Analyzer::timer`](super::Analyzer::timer) at a time on the capture's clock.
    pub fn set_timer(&mut self, due: Timestamp, token: u16) {
        let kind = TimerKind::Analyzer(self.id, token);
        self.out.state.timers.set(Timer { due, birth: self.core.birth, slot: self.core.slot, kind });
    }

    /// Whether the connection is being taken out; until then, its streams end because its ends closed them.
    pub fn is_removed(&self) -> bool {
        self.core.ended
    }

    /// How long the connection has been idle.
    pub fn idle(&self) -> Interval {
        self.now() - self.core.last
    }

    /// Ends the connection when the call returns.
    pub fn end_connection(&mut self) {
        self.core.ended = true;
    }

    /// How long the connection may be idle from now on.
    pub fn set_timeout(&mut self, timeout: Interval) {
        if self.core.timeout != timeout {
            self.core.timeout = timeout;
            self.core.inactivity_due = self.core.last + timeout;
            self.core.idle_set = true;
            let (birth, slot) = (self.core.birth, self.core.slot);
            let due = self.core.inactivity_due;
            self.out.state.timers.set(Timer { due, birth, slot, kind: TimerKind::Inactivity });
        }
    }

    /// Everything that this analyzer does not consume now, in both directions, goes to another one from here on.
    pub fn hand_over(&mut self, to: &'static Descriptor) {
        self.standing.successor = Some(Heir::Analyzer(to));
    }

    /// The same, to whatever detection by content finds in those bytes.
    pub fn hand_over_to_detection(&mut self) {
        self.standing.successor = Some(Heir::Detection);
    }

    /// The analyzer with this name, if it may run.
    pub fn analyzer(&self, name: &str) -> Option<&'static Descriptor> {
        self.out.state.config.analyzers.iter().copied().find(|descriptor| descriptor.name == name)
    }

    /// Leaves state with the connection, for the next analyzer of the same protocol on it, or for this one later.
    pub fn leave(&mut self, state: Box<dyn Remains>) {
        /// Analyzers that may leave something on one connection.
        const MAX_LEFT: usize = 8;
        let left = &mut self.core.rare().left;
        left.retain(|left| !std::ptr::eq(left.descriptor, self.descriptor));
        if left.len() < MAX_LEFT {
            left.push(Left { descriptor: self.descriptor, state });
        }
    }

    /// Takes what an analyzer left, if it is of this type.
    pub fn take_left<T: Remains>(&mut self) -> Option<Box<T>> {
        let is_one = |left: &Left| (left.state.as_ref() as &dyn Any).is::<T>();
        let left = &mut self.core.rare.as_mut()?.left;
        let at = left.iter().position(is_one)?;
        (left.remove(at).state as Box<dyn Any>).downcast().ok()
    }
}
