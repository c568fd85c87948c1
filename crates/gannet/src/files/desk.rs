//! What a file works with while it is taken out of the store: the way out, the budget, what is wanted of files.

use std::panic::resume_unwind;

use super::analyzer::FileDescriptor;
use super::budget::Budget;
use super::hash;
use super::hold::{Bearer, Hold, Shelf};
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

/// Where open files are kept, as a file that is taken out sees it.
pub(super) trait Cabinet: Shelf {
    fn budget(&mut self) -> &mut Budget;
    fn interests(&self) -> &Interests;
    fn shelf(&mut self) -> &mut dyn Shelf;
}

/// A file's surroundings.
pub(super) struct Desk<'a, 'o> {
    pub(super) out: &'a mut Out<'o>,
    pub(super) cabinet: &'a mut dyn Cabinet,
}

impl Desk<'_, '_> {
    /// What a file that is inside this one is fed with.
    pub(super) fn hold<'b>(&'b mut self, bearer: Bearer<'b>) -> Hold<'b> {
        Hold { out: self.out.again(), shelf: self.cabinet.shelf(), bearer }
    }

    /// Whether a file analyzer came back from a call; its panic is counted, one of the subscriber goes on.
    pub(super) fn survived(&mut self, result: std::thread::Result<()>) -> bool {
        match result {
            Ok(()) => true,
            Err(panic) if self.out.state.in_subscriber => resume_unwind(panic),
            Err(panic) => {
                self.out.defect("of files", None, &*panic);
                false
            }
        }
    }
}
