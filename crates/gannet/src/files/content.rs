//! An analyzer's view of a file that it feeds.

use super::id::{FileId, FileKey};
use crate::events::Packing;

/// What a file's carrier says of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct About {
    /// The carrier: `HTTP`, `SSL`, ….
    pub source: &'static str,
    /// Nesting of the carrier, where it has such a thing.
    pub depth: u64,
    /// Whether the originator sends it.
    pub is_orig: bool,
    /// Its type, where its place tells it and not its content.
    pub mime: Option<&'static str>,
    /// How its content is packed, where its carrier hands it over like that.
    pub packing: Option<Packing>,
    /// A certificate: it is the first of its chain.
    pub first: bool,
    /// A certificate: the TLS client sent it.
    pub client: bool,
    /// A certificate: the SHA-256 of its encoding, if its carrier has worked that out.
    pub fingerprint: Option<String>,
}

impl About {
    /// A file that this carrier carries; what else there is to say of it are fields to set.
    pub fn new(source: &'static str) -> Self {
        Self { source, ..Self::default() }
    }
}

/// A file as its carrier feeds it. Nothing exists before the first byte or gap.
#[derive(Clone, Debug)]
pub struct Content {
    pub(crate) key: FileKey,
    pub(crate) about: About,
    pub(crate) id: Option<FileId>,
    pub(crate) total: Option<u64>,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) learned: Option<&'static str>,
    pub(crate) begun: bool,
    pub(crate) ended: bool,
}

impl Content {
    /// A file with this key.
    pub fn new(key: FileKey, about: About) -> Self {
        Self { key, about, id: None, total: None, name: None, learned: None, begun: false, ended: false }
    }

    /// Of this size, if that is known before it begins.
    #[must_use]
    pub const fn of_size(mut self, total: Option<u64>) -> Self {
        self.total = total;
        self
    }

    /// With this name, if that is known before it begins.
    #[must_use]
    pub fn named(mut self, name: Option<&[u8]>) -> Self {
        self.name = name.map(cut_name);
        self
    }

    /// What tells it from others.
    pub const fn key(&self) -> FileKey {
        self.key
    }

    /// The name that its carrier gave it.
    pub fn name(&self) -> Option<&[u8]> {
        self.name.as_deref()
    }

    /// Bytes of memory held for it here, beside the file itself.
    pub fn held(&self) -> usize {
        self.name.as_ref().map_or(0, Vec::capacity)
    }

    /// Its type, if that became known by what this carrier brought since the last time this was asked. Nobody else who
    /// carries the file is told.
    pub fn learned(&mut self) -> Option<&'static str> {
        self.learned.take()
    }

    /// Whether, since the last time this was asked, the file began or this connection began to carry it.
    pub fn has_begun(&mut self) -> bool {
        std::mem::take(&mut self.begun)
    }

    /// Whether, since the last time this was asked, the file ended by what this carrier said or brought.
    pub fn has_ended(&mut self) -> bool {
        std::mem::take(&mut self.ended)
    }
}

/// A name, as far as it is kept.
pub(crate) fn cut_name(name: &[u8]) -> Vec<u8> {
    /// Longest name that is kept: one byte more than rows have by default, so that who writes them says that it was cut.
    const MAX_NAME: usize = 4097;
    name.get(..MAX_NAME).unwrap_or(name).to_vec()
}
