//! What a carrier holds on to while it feeds a file: who it is, and where open files are kept.

use super::content::Content;
use super::id::FileId;
use crate::events::{ConnTag, Fuid};
use crate::worker::state::Out;

/// Who bears a file: a connection, or another file.
pub(crate) struct Bearer<'a> {
    pub(crate) shard: u16,
    pub(crate) tag: ConnTag,
    pub(crate) birth: u64,
    /// What it bore while timers were at work.
    pub(crate) bore: &'a mut u16,
    /// The id of the file that this one is in.
    pub(crate) parent: Option<Fuid>,
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

/// Where open files are kept, as a carrier sees it.
pub(crate) trait Shelf {
    /// Whether anybody cares for files.
    fn is_open(&self) -> bool;
    fn look(&self, id: FileId) -> Option<(Fuid, Option<&'static str>)>;
    fn carry(&mut self, out: &mut Out<'_>, bearer: &mut Bearer<'_>, content: &mut Content, feed: Feed<'_>);
}

/// What a carrier holds on to while it feeds a file.
pub struct Hold<'a> {
    pub(crate) out: Out<'a>,
    pub(crate) shelf: &'a mut dyn Shelf,
    pub(crate) bearer: Bearer<'a>,
}

impl Hold<'_> {
    /// The same for a shorter time.
    pub(super) fn again(&mut self) -> Hold<'_> {
        Hold { out: self.out.again(), shelf: &mut *self.shelf, bearer: self.bearer.again() }
    }

    pub(super) fn feed(&mut self, content: &mut Content, feed: Feed<'_>) {
        self.shelf.carry(&mut self.out, &mut self.bearer, content, feed);
    }
}
