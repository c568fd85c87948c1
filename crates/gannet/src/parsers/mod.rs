//! Parsers that several protocols share, for analyzers of this crate and of others.
//!
//! They know no protocol, no connection and no record: bytes go in, in pieces of any size, and values come out. A parser
//! that keeps something between pieces says how much memory that is (`held`), and has a named limit for it.

pub mod asn1;
pub mod base64;
pub mod bencode;
pub mod body;
pub mod calendar;
pub mod lines;
pub mod mailbox;
pub mod mime;
pub mod number;
pub mod quoted_printable;
#[cfg(test)]
mod tests;
pub mod uri;
pub mod utf16;

pub use crate::base::cursor::{ByteOrder, Cursor, Short};
