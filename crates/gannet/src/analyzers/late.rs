//! Rows that are emitted when their connection is over, though the analyzer that made them failed before.

use super::analyzer::{Context, Remains};
use crate::events::Record;

/// A record that can be left with a connection.
pub(crate) trait Open: Record + Send {
    /// Bytes of memory held beside the struct.
    fn held(&self) -> usize;
}

/// A row that waits for the end of its connection, or for the next analyzer of its protocol.
pub(crate) struct Late<R>(pub(crate) Box<R>);

impl<R: Open> Remains for Late<R> {
    fn finish(self: Box<Self>, cx: &mut Context<'_>) {
        cx.emit(&*self.0);
    }

    fn held(&self) -> usize {
        size_of::<Self>() + size_of::<R>() + self.0.held()
    }
}
