//! The pcapng format (draft-ietf-opsawg-pcapng): reading and writing.

mod fields;
mod flags;
mod read;
pub(super) mod write;

pub(crate) use read::{Pcapng, has_byte_order, is_magic};
