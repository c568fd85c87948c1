//! Tags that rows get by what they say.

use super::record::{LogStream, Record};
use super::value::Enum;

/// A tag for rows of a kind that has a column for tags, such as those of HTTP.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Label {
    /// The kind of records.
    pub stream: &'static LogStream,
    /// Makes what tells the tag of a record; one for each engine.
    pub new: fn() -> Box<Labels>,
}

/// The tag of a record, if it gets one; by what the record says alone.
pub type Labels = dyn Fn(&dyn Record) -> Option<Enum> + Send;

impl Label {
    /// A tag.
    pub const fn new(stream: &'static LogStream, new: fn() -> Box<Labels>) -> Self {
        Self { stream, new }
    }
}
