//! What a file works with while it is taken out of the store: the way out, the budget, what listeners want.

use std::panic::resume_unwind;

use super::FileDescriptor;
use super::budget::Budget;
use super::content::Content;
use super::hash;
use super::id::FileId;
use crate::events::ConnTag;
use crate::worker::state::Out;

/// What is wanted of files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interests {
    /// Somebody cares for files, or for a record that names them.
    pub(crate) any: bool,
    /// Somebody listens to content.
    pub(crate) contents: bool,
    pub(crate) hashes: hash::Wanted,
    /// The file analyzers that may run.
    pub(crate) analyzers: Vec<&'static FileDescriptor>,
}

/// Who bears a file: a connection, or another file.
pub(crate) struct Bearer<'a> {
    pub(crate) shard: u16,
    pub(crate) tag: ConnTag,
    pub(crate) birth: u64,
    /// What it bore while timers were at work.
    pub(crate) bore: &'a mut u16,
    /// The id of the file that this one is in.
    pub(crate) parent: Option<&'a str>,
    /// How many files are around it.
    pub(crate) depth: u8,
}

impl Bearer<'_> {
    /// The same for a shorter time.
    pub(super) fn again(&mut self) -> Bearer<'_> {
        Bearer { bore: &mut *self.bore, ..*self }
    }
}

/// What a carrier does with its content.
#[derive(Clone, Copy)]
pub(crate) enum Feed<'b> {
    /// Bytes, at a place or the next ones.
    Data(Option<u64>, &'b [u8]),
    /// So many bytes were never seen, at a place or next.
    Gap(Option<u64>, u64),
    /// The size is known.
    Total,
    /// The name is known.
    Name,
    /// The carrier has no more of it.
    End,
}

/// Where open files are kept, as a file that is taken out sees it.
pub(crate) trait Shelf {
    fn budget(&mut self) -> &mut Budget;
    fn interests(&self) -> &Interests;
    fn look(&self, id: FileId) -> Option<(String, Option<&'static str>)>;
    fn carry(&mut self, out: &mut Out<'_>, bearer: &mut Bearer<'_>, content: &mut Content, feed: Feed<'_>);
}

/// A file's surroundings.
pub(super) struct Desk<'a, 'o> {
    pub(super) out: &'a mut Out<'o>,
    pub(super) shelf: &'a mut dyn Shelf,
}

impl Desk<'_, '_> {
    /// Whether a file analyzer came back from a call; its panic is counted, one of the subscriber goes on.
    pub(super) fn survived(&mut self, result: std::thread::Result<()>) -> bool {
        match result {
            Ok(()) => true,
            Err(panic) if self.out.state.in_handler => resume_unwind(panic),
            Err(panic) => {
                self.out.defect("of files", None, &*panic);
                false
            }
        }
    }
}
