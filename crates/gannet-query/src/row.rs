//! What predicates are asked of.

use gannet::events::{OwnedValue, Record, Value};

/// A row: values that are read by their places in its [`Scheme`](crate::Scheme), without allocating.
pub trait Row {
    /// The value of a column; unset if there are fewer.
    fn value(&self, index: usize) -> Value<'_>;
}

impl Row for dyn Record + '_ {
    fn value(&self, index: usize) -> Value<'_> {
        self.get(index).unwrap_or(Value::Unset)
    }
}

impl Row for [OwnedValue] {
    fn value(&self, index: usize) -> Value<'_> {
        self.get(index).map_or(Value::Unset, OwnedValue::as_value)
    }
}

impl Row for [Value<'_>] {
    fn value(&self, index: usize) -> Value<'_> {
        self.get(index).copied().unwrap_or(Value::Unset)
    }
}
