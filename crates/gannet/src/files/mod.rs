//! Content that protocols carry: what it is, how much of it was seen, and who looks into it.
//!
//! An analyzer describes a file by a [`Content`] and feeds it; the file itself lives here, under a key that says what it
//! is (several connections may carry parts of one file). Its type is told by its first bytes; file analyzers, chosen by
//! type, look at the bytes in order. Its row comes when it ends: by its carrier, by its size, by silence.

#[cfg_attr(not(feature = "brotli"), path = "no_brotli.rs")]
mod brotli;
mod budget;
mod content;
mod der;
mod file;
pub mod hash;
pub mod mime;
pub mod ocsp;
mod oid;
mod oid_table;
mod record;
mod store;
#[cfg(test)]
mod tests;
mod unpack;
mod whole;
pub mod x509;

pub use content::{About, Content, FileKey};
pub use record::FileInfo;
pub use unpack::Packing;

pub(crate) use store::Files;
#[cfg(feature = "compression")]
pub(crate) use unpack::Expansion;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Fuid, LogStream, Record};

/// Every file analyzer of the engine.
pub static REGISTRY: &[&FileDescriptor] = &[&ocsp::RESPONSE, &x509::CERTIFICATE];

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
    fn data(&mut self, bytes: &[u8]);

    /// The end of the file; `complete` unless bytes were missing. The last chance to emit.
    fn end(&mut self, out: &mut FileOutput<'_>, complete: bool);

    /// Bytes of memory held.
    fn held(&self) -> usize;
}

/// Where a file analyzer's findings go.
pub struct FileOutput<'a> {
    pub(crate) out: crate::worker::state::Out<'a>,
    /// The connection that carries the file; the first one, if there are several.
    pub conn: Option<ConnTag>,
}

impl FileOutput<'_> {
    /// The capture's clock.
    pub fn now(&self) -> Timestamp {
        self.out.now()
    }

    /// Whether anybody listens to records of this kind.
    pub fn wants(&self, stream: &'static LogStream) -> bool {
        self.out.state.wants.has(stream)
    }

    /// Emits a record, within limits on repeats.
    pub fn emit(&mut self, record: &dyn Record, once: &[crate::events::Once]) {
        let tag = self.conn;
        self.out.emit(tag.as_ref(), record, once);
    }

    /// Raises a weird of the file.
    pub fn weird(&mut self, name: &'static str, addl: &str) {
        let tag = self.conn;
        self.out.file_weird(tag, name, addl);
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
