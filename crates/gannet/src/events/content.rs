//! The content of files, as it is shown to whoever listens to it.

use super::id::Fuid;
use super::key::Key;
use super::value::ConnTag;

/// How the content of a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packing {
    /// Brotli, RFC 7932: HTTP's `br`.
    Brotli,
}

/// A file, as far as it is known when a piece of it is seen.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FileMeta<'a> {
    /// Place of the piece in the total order.
    pub key: Key,
    /// Its id.
    pub fuid: Fuid,
    /// Set if other address pairs may have files of this id, such as one URL that two servers have: with it, the file is the
    /// only one. It does not depend on the number of workers.
    pub shard: Option<u16>,
    /// The protocol that carries it.
    pub source: &'static str,
    /// Its type, once it is decided; of content that is unpacked here, the type of what comes out.
    pub mime: Option<&'static str>,
    /// Its name, if its carrier gave one.
    pub name: Option<&'a [u8]>,
    /// The connection that carries it; the first one, if there are several.
    pub conn: Option<&'a ConnTag>,
    /// What is undone for this only, and not for the logs.
    pub unpacked: Option<Packing>,
}

/// A piece of the content of a file.
///
/// Not `#[non_exhaustive]`: whoever follows content has to know of a new kind of piece.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// The next bytes, and their offset.
    Bytes(u64, &'a [u8]),
    /// So many bytes were never seen. Of content that is unpacked here, they are packed bytes, and nothing but the end
    /// follows them.
    Gap(u64),
    /// Nothing more comes; true if that was all, as far as its carrier told its size, and could be unpacked.
    End(bool),
}

/// Whether somebody who listens to content wants more of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interest {
    /// All of it.
    Keep,
    /// Nothing more of it, not even its end.
    Drop,
}
