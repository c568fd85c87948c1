//! `--from` and `--to`: the part of a capture whose rows are wanted.
//!
//! The engine sees a capture from its beginning in any case: a connection's uid depends on its first packet, and its
//! counts on all of them. So `--to` ends the capture, and `--from` leaves out rows of what was over by then.

use std::sync::{Arc, OnceLock};

use gannet::capture::{Batch, Filled, SourceError, SourceStatus};
use gannet::events::{Event, Key, Meta, Record, Subscriber, Value};
use gannet::{Interval, PacketSource, Stats, Timestamp};

use crate::args::InputArgs;
use crate::human;
use crate::moment::Moment;

/// How far behind the end reading ends: so much may packets be out of order.
const SLACK: Interval = Interval::from_secs(60);

/// A part of a capture.
#[derive(Clone, Default)]
pub(crate) struct Window {
    from: Option<Moment>,
    to: Option<Moment>,
    /// Time of the first packet, which the source finds.
    first: Arc<OnceLock<Timestamp>>,
}

impl Window {
    /// What the options say.
    pub(crate) fn new(args: &InputArgs) -> Self {
        Self { from: args.from, to: args.to, first: Arc::default() }
    }

    /// The ends, as far as there are any and the first packet is known.
    pub(crate) fn ends(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let first = self.first.get().copied();
        let time = |moment: Option<Moment>| moment.zip(first).map(|(moment, first)| moment.of(first));
        (time(self.from), time(self.to))
    }

    /// That nothing of the capture is in the part that was asked for, if it is so.
    pub(crate) fn missed(&self, stats: &Stats) -> Option<String> {
        let time = |at: Timestamp| format!("{} UTC", human::time(at));
        let (from, to) = self.ends();
        if let (Some(from), Some(last)) = (from, stats.last)
            && from > last
        {
            return Some(format!(
                "nothing is there from {} on: the capture ends at {}",
                time(from),
                time(last)
            ));
        }
        let first = self.first.get().filter(|first| to.is_some_and(|to| to < **first))?;
        Some(format!("nothing is there up to {}: the capture begins at {}", time(to?), time(*first)))
    }

    /// The source, up to the end.
    pub(crate) fn source<'a>(&self, inner: &'a mut dyn PacketSource) -> Part<'a> {
        Part { inner, window: self.clone(), over: false }
    }

    /// A subscriber that hears only of what is in the window.
    pub(crate) fn rows<S>(&self, inner: S) -> Rows<S> {
        Rows { inner, window: self.clone() }
    }

    /// Whether what a record tells of was not over before the beginning.
    fn shows(&self, key: Key, record: &dyn Record) -> bool {
        if self.from.is_none() {
            return true;
        }
        let (Some(from), _) = self.ends() else { return true };
        let Some(Value::Time(ts)) = record.field("ts") else { return true };
        let length = match record.field("duration") {
            Some(Value::Interval(length)) => length.nanos().max(0),
            _ => 0,
        };
        // What has a row only because the capture ends was not over.
        let open = key.number == u64::MAX && key.now >= from;
        open || ts.nanos().saturating_add(length) >= from.nanos()
    }
}

/// A source that ends with the window.
pub(crate) struct Part<'a> {
    inner: &'a mut dyn PacketSource,
    window: Window,
    over: bool,
}

impl PacketSource for Part<'_> {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        if self.over {
            return Ok(Filled::End);
        }
        let filled = self.inner.fill(batch, max)?;
        if filled != Filled::Packets {
            return Ok(filled);
        }
        if let Some(packet) = batch.packets.iter().find(|packet| packet.ts.is_usable()) {
            let _known = self.window.first.set(packet.ts);
        }
        let (_, Some(to)) = self.window.ends() else { return Ok(filled) };
        self.over = batch.packets.iter().any(|packet| packet.ts.is_usable() && packet.ts - to > SLACK);
        // The engine counts what has a time that cannot be.
        batch.packets.retain(|packet| packet.ts <= to || !packet.ts.is_usable());
        Ok(match (batch.packets.is_empty(), self.over) {
            (false, _) => Filled::Packets,
            (true, false) => Filled::Idle,
            (true, true) => Filled::End,
        })
    }

    fn status(&self) -> SourceStatus {
        self.inner.status()
    }

    fn stop(&mut self) {
        self.inner.stop();
    }
}

/// A subscriber that hears only of what is in the window.
pub(crate) struct Rows<S> {
    inner: S,
    window: Window,
}

impl<S: Subscriber> Subscriber for Rows<S> {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        if self.window.shows(meta.key, event.record) {
            self.inner.event(meta, event);
        }
    }
}
