//! Reading logs: those of this program and those that Zeek wrote, as TSV or JSON lines, plain or packed.
//!
//! A [`LogReader`] gives blocks of whole rows, which may go to other threads; a [`LogRow`] gives the values of one row by the
//! places of its columns, so that a predicate can be asked of it, whether it was a line or stood in columns.

mod blocks;
mod cell;
mod codes;
mod error;
mod find;
mod header;
mod infer;
mod json;
mod kind;
mod number;
#[cfg(feature = "parquet")]
mod parquet;
mod row;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use blocks::{LogBlock, LogReader};
pub use codes::{LogCodes, LogDictionary};
pub use error::ReadError;
pub use find::{LogFile, find_logs};
pub use json::members;
pub use row::{LogRow, Wanted};
pub use shape::{LogColumn, LogShape};
pub use text::json_text;
pub use write::RowWriter;
