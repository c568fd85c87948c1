//! What looks into files: its data, its methods, and where its findings go.

use super::carrier::Carrier;
use super::content::About;
use super::hold::Hold;
use super::id::{FileId, FileKey};
use crate::base::time::Timestamp;
use crate::events::{AnalyzerFailure, ConnTag, Fuid, LogStream, Once, Port, Record};

/// What a file analyzer is told of its file.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FileStart<'a> {
    /// The file's id.
    pub fuid: Fuid,
    /// Time of the file's first bytes.
    pub ts: Timestamp,
    /// Its type.
    pub mime: &'static str,
    /// What its carrier said of it.
    pub about: &'a About,
}

/// Looks into the content of one file, in order.
///
/// As with protocol analyzers the bytes are hostile: no panic, no size from the content, no unbounded memory.
pub trait FileAnalyzer: Send {
    /// The next bytes.
    fn data(&mut self, out: &mut FileOutput<'_>, bytes: &[u8]) -> FileProgress;

    /// So many bytes were never seen; what follows is behind them.
    fn gap(&mut self, _out: &mut FileOutput<'_>, _len: u64) -> FileProgress {
        FileProgress::More
    }

    /// The end of the file; `complete` unless bytes were missing. The last chance to emit. Called also for one that was done.
    fn end(&mut self, out: &mut FileOutput<'_>, complete: bool);

    /// Bytes of memory held.
    fn held(&self) -> usize;
}

/// Whether a file analyzer wants more of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileProgress {
    /// It does.
    More,
    /// It has seen what it looks for: nothing but the end is told to it any more.
    Done,
}

/// Where a file analyzer's findings go. It carries files itself: what is fed through it is a file inside this one, and has this
/// one's id as its `parent_fuid`.
pub struct FileOutput<'a> {
    hold: Hold<'a>,
    key: FileKey,
    /// The connection that carries the file; the first one, if there are several.
    pub conn: Option<ConnTag>,
}

impl<'a> FileOutput<'a> {
    pub(super) fn new(hold: Hold<'a>, key: FileKey, conn: Option<ConnTag>) -> Self {
        Self { hold, key, conn }
    }

    /// The capture's clock.
    pub fn now(&self) -> Timestamp {
        self.hold.out.now()
    }

    /// The key of a file inside this one, as told apart by the numbers (place in an archive, part).
    pub fn inner_key(&self, parts: &[u64]) -> FileKey {
        self.key.inside(parts)
    }

    /// Whether anybody listens to records of this kind.
    pub fn wants(&self, stream: &'static LogStream) -> bool {
        self.hold.out.state.wants.has(stream)
    }

    /// Emits a record, within limits on repeats.
    pub fn emit(&mut self, record: &dyn Record, once: &[Once]) {
        let tag = self.conn;
        self.hold.out.emit(tag.as_ref(), record, once);
    }

    /// What the file analyzer of this name looks at is not as it should be.
    pub fn violation(&mut self, analyzer: &'static str, fuid: Fuid, reason: &str) {
        let tag = self.conn;
        let record = AnalyzerFailure {
            ts: self.now(),
            analyzer_kind: "file",
            analyzer_name: analyzer,
            uid: tag.and_then(|tag| tag.uid),
            fuid: Some(fuid),
            orig_h: tag.map(|tag| tag.orig_h),
            orig_p: tag.map(|tag| Port(tag.orig_p)),
            resp_h: tag.map(|tag| tag.resp_h),
            resp_p: tag.map(|tag| Port(tag.resp_p)),
            proto: None,
            failure_reason: reason.to_owned(),
            failure_data: None,
        };
        self.emit(&record, &[]);
    }

    /// Raises a weird of the file.
    pub fn weird(&mut self, name: &'static str, addl: &str) {
        let tag = self.conn;
        self.hold.out.file_weird(tag, name, addl);
    }
}

impl Carrier for FileOutput<'_> {
    fn tag(&self) -> ConnTag {
        self.hold.bearer.tag
    }

    fn id_of(&self, key: FileKey) -> Fuid {
        key.fuid(self.hold.out.state.settings.uid_seed)
    }

    fn look(&self, id: FileId) -> Option<(Fuid, Option<&'static str>)> {
        self.hold.shelf.look(id)
    }

    fn hold(&mut self) -> Hold<'_> {
        self.hold.again()
    }
}

/// A kind of file analyzer, as data: made by [`FileDescriptor::new`], and told more by the methods named like its fields.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FileDescriptor {
    /// Its name in the column `analyzers`, capitals.
    pub name: &'static str,
    /// One sentence for lists.
    pub doc: &'static str,
    /// The types of files that it looks into.
    pub mimes: &'static [&'static str],
    /// The kinds of records it emits.
    pub records: &'static [&'static LogStream],
    /// Whether files that it looks into have no row of their own.
    pub hides: bool,
    /// Makes one for a file.
    pub new: fn(&FileStart<'_>) -> Box<dyn FileAnalyzer>,
}

impl FileDescriptor {
    /// A kind without types of files and without records: its name in the column `analyzers`, and what makes one for a file.
    pub const fn new(name: &'static str, new: fn(&FileStart<'_>) -> Box<dyn FileAnalyzer>) -> Self {
        Self { name, doc: "", mimes: &[], records: &[], hides: false, new }
    }

    /// With another name.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// With a sentence about it.
    #[must_use]
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// With the types of files that it looks into.
    #[must_use]
    pub const fn mimes(mut self, mimes: &'static [&'static str]) -> Self {
        self.mimes = mimes;
        self
    }

    /// With the kinds of records that it emits.
    #[must_use]
    pub const fn records(mut self, records: &'static [&'static LogStream]) -> Self {
        self.records = records;
        self
    }

    /// Whether files that it looks into have no row of their own; if this is not said, they have one.
    #[must_use]
    pub const fn hides(mut self, hides: bool) -> Self {
        self.hides = hides;
        self
    }

    /// With something else that makes one.
    #[must_use]
    pub const fn makes(mut self, new: fn(&FileStart<'_>) -> Box<dyn FileAnalyzer>) -> Self {
        self.new = new;
        self
    }
}
