//! Typed events: what the engine tells its caller, and the order it tells it in.
//!
//! A record's columns are declared once, by [`record!`](crate::record!); the log header, the JSON keys, the schema and
//! the documentation all come from that declaration.

mod content;
mod failure;
mod field;
pub(crate) mod fold;
mod id;
mod key;
mod label;
mod loss;
mod mac;
mod moment;
pub(crate) mod record;
mod reporter;
mod row;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(test)]
mod tests;
pub(crate) mod tunnel;
mod value;
pub(crate) mod weird;

pub use content::{FileMeta, Interest, Packing, Piece};
pub use failure::AnalyzerFailure;
pub use field::{Column, Field, Scalar};
pub use fold::{
    Crossing, Fold, FoldDescriptor, FoldOutput, FoldWith, Given, MAX_HELD as MAX_FOLD_HELD, Observation,
    Watch, WatchWith,
};
pub use id::{Fuid, OrDash, Uid};
pub use key::{Key, Once};
pub use label::{Label, Labels};
pub use loss::CaptureLoss;
pub use mac::Mac;
pub use moment::{Acknowledged, Answered, Banner, Established, Linked, Milestone, Presented, Secured};
pub use record::{LogStream, Logged, Record};
pub(crate) use record::{record, same_columns};
pub use reporter::{Reporter, level};
pub use row::{OwnedValue, Row};
pub use value::{ConnTag, Date, Enum, Kind, List, Port, Set, Value, Vector, Visitor};
pub use weird::{Suppress, Weird};

use crate::base::time::Timestamp;

/// One thing that happened, borrowed for the length of the call.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The record; [`Event::get`] gives its type back.
    pub record: &'a dyn Record,
}

impl<'a> Event<'a> {
    /// That this record was made.
    pub fn new(record: &'a dyn Record) -> Self {
        Self { record }
    }

    /// The record as a `T`, if it is one.
    pub fn get<T: Record>(&self) -> Option<&'a T> {
        let any: &'a dyn std::any::Any = self.record;
        any.downcast_ref()
    }
}

/// Where and when an event happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Meta<'a> {
    /// Place in the total order of the capture's records.
    pub key: Key,
    /// The capture's clock when the event was raised.
    pub now: Timestamp,
    /// The connection it belongs to, as it is named now.
    pub conn: Option<&'a ConnTag>,
    /// Limits on how often a record like this one may appear.
    pub(crate) once: &'a [Once],
}

impl<'a> Meta<'a> {
    /// At a place in the order; for whoever formats rows that no engine made.
    pub fn new(key: Key, conn: Option<&'a ConnTag>) -> Self {
        Self { key, now: key.now, conn, once: &[] }
    }

    /// Of an entry that a subscriber adds of its own accord at the place of this one, about no connection, and no more
    /// often than `suppress` says.
    #[must_use]
    pub fn own<'b>(&self, suppress: &'b Suppress) -> Meta<'b> {
        Meta { key: self.key, now: self.now, conn: None, once: suppress.once() }
    }
}

/// Sees the events of one engine, on the engine's thread, in order. A closure is one.
///
/// Some records may appear once within some time: a weird within ten minutes, a certificate within a day. Repeats do not come
/// to the subscriber of an [`Engine`](crate::Engine). Those of a [`run`](crate::run) see them, each on its worker, for a repeat
/// is only known where all workers come together: there what was left for one is dropped.
pub trait Subscriber {
    /// Called for each event of a kind that is listened to.
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>);

    /// Called for each piece of the content of a file, in order, where the configuration asks for contents.
    ///
    /// Logs tell of a file as it travelled: size, type and hashes of an HTTP body with `Content-Encoding: br` are those of the
    /// packed bytes. Here such a body comes unpacked, and [`FileMeta::unpacked`] says so. (gzip and deflate are undone
    /// before, for the logs as well.)
    fn content(&mut self, _file: &FileMeta<'_>, _piece: Piece<'_>) {}

    /// Called once for each file, where the configuration asks for contents, when its type is decided or will not be: with the
    /// first bytes, whose pieces have been told by then, as far as no hole is before them. What it answers holds for the
    /// rest of the file.
    fn decide(&mut self, _file: &FileMeta<'_>, _first: &[u8]) -> Interest {
        Interest::Keep
    }

    /// An item for a fold passes; the engine sees to it.
    #[doc(hidden)]
    fn cross(&mut self, _key: Key, _crossing: Crossing) {}
}

impl<F: FnMut(&Meta<'_>, Event<'_>)> Subscriber for F {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self(meta, event);
    }
}
