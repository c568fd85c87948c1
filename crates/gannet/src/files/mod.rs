//! Content that protocols carry: what it is, how much of it was seen, and who looks into it.
//!
//! An analyzer describes a file by a [`Content`] and feeds it; the file itself lives here, under a key that says what it
//! is (several connections may carry parts of one file). Its type is told by its first bytes; file analyzers, chosen by
//! type, look at the bytes in order. Its row comes when it ends: by its carrier, by its size, by silence.

mod analyzer;
#[cfg_attr(not(feature = "brotli"), path = "no_brotli.rs")]
mod brotli;
mod budget;
mod carrier;
mod coding;
mod content;
mod desk;
mod digests;
mod file;
pub mod hash;
mod hold;
mod id;
pub mod mime;
pub mod ocsp;
mod oid;
mod oid_table;
pub mod pe;
mod record;
mod store;
#[cfg(test)]
mod tests;
mod unpack;
mod unpacking;
mod whole;
pub mod x509;

pub use crate::events::Packing;
pub use analyzer::{FileAnalyzer, FileDescriptor, FileOutput, FileProgress, FileStart};
pub use carrier::Carrier;
pub use content::{About, Content};
pub use hold::Hold;
pub use id::{FileId, FileKey};
pub use record::FileInfo;

pub(crate) use desk::Interests;
pub(crate) use digests::Digests;
pub(crate) use hold::{Bearer, Shelf};
pub(crate) use store::Files;
pub(crate) use unpack::Expansion;

/// Every file analyzer of the engine.
pub static REGISTRY: &[&FileDescriptor] = &[&ocsp::RESPONSE, &pe::PROGRAM, &x509::CERTIFICATE];
