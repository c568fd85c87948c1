//! Who carries files: the way from an analyzer, or from a file that holds others, to the files that are open.

use super::content::{Content, cut_name};
use super::hold::{Feed, Hold};
use super::id::{FileId, FileKey};
use crate::base::direction::Direction;
use crate::events::{ConnTag, Fuid};

/// Something that can carry files: the context of an analyzer's call, or the output of a file analyzer. It is made by the
/// engine alone; its methods are for [`Content`].
pub trait Carrier {
    /// The connection that the bytes come from.
    fn tag(&self) -> ConnTag;

    /// The id of the file with this key that is carried here, or would be.
    fn id_of(&self, key: FileKey) -> Fuid;

    /// The id and the type of a file that is open.
    #[doc(hidden)]
    fn look(&self, id: FileId) -> Option<(Fuid, Option<&'static str>)>;

    /// The way to the files.
    #[doc(hidden)]
    fn hold(&mut self) -> Hold<'_>;
}

impl FileKey {
    /// The file that a connection carries in a direction, as told apart by the numbers (message, part, place in a chain).
    pub fn of_connection(cx: &impl Carrier, dir: Direction, parts: &[u64]) -> Self {
        Self::of(cx.tag(), dir, parts)
    }
}

impl Content {
    /// The size that it should have.
    pub fn set_total(&mut self, cx: &mut impl Carrier, total: u64) {
        self.total = Some(total);
        cx.hold().feed(self, Feed::Total);
    }

    /// Its name.
    pub fn set_name(&mut self, cx: &mut impl Carrier, name: &[u8]) {
        self.name = Some(cut_name(name));
        cx.hold().feed(self, Feed::Name);
    }

    /// The next bytes.
    pub fn data(&mut self, cx: &mut impl Carrier, bytes: &[u8]) {
        cx.hold().feed(self, Feed::Data(None, bytes));
    }

    /// Bytes at a place in the file, for carriers that send it in pieces.
    pub fn data_at(&mut self, cx: &mut impl Carrier, offset: u64, bytes: &[u8]) {
        cx.hold().feed(self, Feed::Data(Some(offset), bytes));
    }

    /// Bytes that were never seen.
    pub fn gap(&mut self, cx: &mut impl Carrier, len: u64) {
        cx.hold().feed(self, Feed::Gap(None, len));
    }

    /// The same, at a place in the file, for carriers that send it in pieces.
    pub fn gap_at(&mut self, cx: &mut impl Carrier, offset: u64, len: u64) {
        cx.hold().feed(self, Feed::Gap(Some(offset), len));
    }

    /// The carrier has no more of it. What may come all the same makes another row, without name and size.
    pub fn end(&mut self, cx: &mut impl Carrier) {
        cx.hold().feed(self, Feed::End);
        self.name = None;
        self.total = None;
    }

    /// Its id and, if known by now, its type; nothing if no byte of it came yet.
    pub fn info(&self, cx: &impl Carrier) -> Option<(Fuid, Option<&'static str>)> {
        cx.look(self.id?)
    }

    /// Its id, whether or not it exists yet.
    pub fn fuid(&self, cx: &impl Carrier) -> Fuid {
        cx.id_of(self.key)
    }
}
