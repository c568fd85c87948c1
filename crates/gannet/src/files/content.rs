//! An analyzer's view of a file that it feeds.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use super::store::FileId;
use super::unpack::Packing;
use crate::analyzers::Context;
use crate::base::direction::Direction;
use crate::events::Fuid;

/// What a file is, as a hash: the same key is the same file, and has the same id in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileKey(pub(crate) u128);

impl FileKey {
    /// The file that a connection carries in a direction, as told apart by the numbers (message, part, place in a chain).
    pub fn of_connection(cx: &Context<'_>, dir: Direction, parts: &[u64]) -> Self {
        let tag = cx.conn();
        let uid = tag.uid.unwrap_or_default();
        Self::hashed(|hasher| {
            hasher.write_u32(uid.high);
            hasher.write_u64(uid.low);
            hasher.write_u8(u8::from(dir == Direction::Orig));
            parts.iter().for_each(|part| hasher.write_u64(*part));
        })
    }

    /// A file that several connections of one address pair may carry parts of, such as a URL's for one client.
    pub fn shared(parts: &[&[u8]]) -> Self {
        Self::hashed(|hasher| {
            hasher.write_u8(2);
            for part in parts {
                hasher.write_u64(part.len() as u64);
                hasher.write(part);
            }
        })
    }

    fn hashed(write: impl FnOnce(&mut SipHasher24)) -> Self {
        let mut hasher = SipHasher24::new_with_keys(0x6669_6c65, 1);
        write(&mut hasher);
        Self(hasher.finish128().as_u128())
    }

    /// The file's id.
    pub(crate) fn fuid(self, seed: u128) -> Fuid {
        let mut hasher = SipHasher24::new_with_key(&seed.to_le_bytes());
        hasher.write_u128(self.0);
        let hash = hasher.finish128();
        Fuid { high: (hash.h2 >> 32) as u32, low: hash.h1 }
    }
}

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
}

impl Content {
    /// A file with this key.
    pub fn new(key: FileKey, about: About) -> Self {
        Self { key, about, id: None, total: None, name: None, learned: None, begun: false }
    }

    /// The size that it should have.
    pub fn set_total(&mut self, cx: &mut Context<'_>, total: u64) {
        self.total = Some(total);
        cx.out.file_total(cx.core, self);
    }

    /// Its name.
    pub fn set_name(&mut self, cx: &mut Context<'_>, name: &[u8]) {
        /// Longest name that is kept.
        const MAX_NAME: usize = 4096;
        self.name = Some(name.get(..MAX_NAME).unwrap_or(name).to_vec());
        cx.out.file_name(cx.core, self);
    }

    /// The next bytes.
    pub fn data(&mut self, cx: &mut Context<'_>, bytes: &[u8]) {
        cx.out.file_data(cx.core, self, None, bytes);
    }

    /// Bytes at a place in the file, for carriers that send it in pieces.
    pub fn data_at(&mut self, cx: &mut Context<'_>, offset: u64, bytes: &[u8]) {
        cx.out.file_data(cx.core, self, Some(offset), bytes);
    }

    /// Bytes that were never seen.
    pub fn gap(&mut self, cx: &mut Context<'_>, len: u64) {
        cx.out.file_gap(cx.core, self, None, len);
    }

    /// The same, at a place in the file, for carriers that send it in pieces.
    pub fn gap_at(&mut self, cx: &mut Context<'_>, offset: u64, len: u64) {
        cx.out.file_gap(cx.core, self, Some(offset), len);
    }

    /// The carrier has no more of it. What may come all the same makes another row, without name and size.
    pub fn end(&mut self, cx: &mut Context<'_>) {
        cx.out.file_end(cx.core, self);
        self.name = None;
        self.total = None;
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

    /// Its id and, if known by now, its type; nothing if no byte of it came yet.
    pub fn info(&self, cx: &Context<'_>) -> Option<(Fuid, Option<&'static str>)> {
        cx.out.state.files.info(self)
    }

    /// Its id, whether or not it exists yet.
    pub fn fuid(&self, cx: &Context<'_>) -> Fuid {
        self.key.fuid(cx.out.state.config.uid_seed)
    }
}
