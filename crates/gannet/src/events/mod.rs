//! Typed events: what the engine tells its caller, and the order it tells it in.
//!
//! A record's columns are declared once, by [`record!`](crate::record!); the log header, the JSON keys, the schema and
//! the documentation all come from that declaration.

mod content;
mod key;
pub(crate) mod record;
mod reporter;
#[cfg(test)]
mod tests;
pub(crate) mod tunnel;
mod value;
pub(crate) mod weird;

pub use content::{FileMeta, Packing, Piece};
pub use key::{Key, Once};
pub use record::{Column, Field, Record, Scalar, Stream};
pub use reporter::{Reporter, level};
pub use value::{ConnTag, Date, Enum, Kind, List, Port, Set, Uid, Value, Vector, Visitor};
pub use weird::{Limits, Weird};

use crate::base::time::Timestamp;

/// One thing that happened, borrowed for the length of the call.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// The record; [`Event::get`] gives its type back.
    pub record: &'a dyn Record,
}

impl<'a> Event<'a> {
    /// The record as a `T`, if it is one.
    pub fn get<T: Record>(&self) -> Option<&'a T> {
        let any: &'a dyn std::any::Any = self.record;
        any.downcast_ref()
    }
}

/// Where and when an event happened.
#[derive(Clone, Copy, Debug)]
pub struct Meta<'a> {
    /// Place in the total order of the capture's records.
    pub key: Key,
    /// The capture's clock when the event was raised.
    pub now: Timestamp,
    /// The connection it belongs to, as it is named now.
    pub conn: Option<&'a ConnTag>,
    /// Limits on how often a record like this one may appear; whoever orders the records applies them.
    pub once: &'a [Once],
}

/// Sees the events of one engine, on the engine's thread, in order.
pub trait Handler {
    /// Called for each event of a subscribed kind.
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>);

    /// Called for each piece of the content of a file, in order.
    ///
    /// Logs tell of a file as it travelled: size, type and hashes of an HTTP body with `Content-Encoding: br` are those of the
    /// packed bytes. Here such a body comes unpacked, and [`FileMeta::unpacked`] says so. (gzip and deflate are undone
    /// before, for the logs as well.)
    fn content(&mut self, _file: &FileMeta<'_>, _piece: Piece<'_>) {}
}

impl<F: FnMut(&Meta<'_>, Event<'_>)> Handler for F {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self(meta, event);
    }
}
