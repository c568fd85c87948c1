//! Log streams: rows of typed records as TSV or JSON lines, and the files they go to.
//!
//! The work is in two halves. Each worker has a [`Formatter`], which turns records into bytes; the one thread that
//! orders the rows has a [`LogDir`], which writes them to files. Columns come from the records' own declarations: [`header`], [`schema()`] and [`documentation`] read the same list.
//!
//! Nothing here reads a clock: times in headers are handed in.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod archive;
#[cfg(feature = "parquet")]
mod columnar;
mod dir;
mod docs;
mod filter;
mod format;
mod options;
mod pipeline;
mod publish;
mod read;
mod records;
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stream;

#[cfg(feature = "parquet")]
pub use archive::ParquetArchive;
pub use archive::{Archive, ArchiveEvent, ArchiveStatus, Archiving, Compression, Expiry, Rotation};
#[cfg(feature = "parquet")]
pub use columnar::ParquetLog;
pub use dir::{LogDir, LogError, Place, Written};
pub use docs::{documentation, one_line};
pub use filter::{FilterError, FilterRows, FilterSpec, Filters};
pub use format::{Formatter, calendar_text, columns, footer, header, json_quoted, kind_text, value_text};
pub use gannet::events::{CaptureLoss, Reporter, level};
pub use gannet_query::{Query, Saved};
pub use options::{Cut, Format, Options, RowLimits};
pub use pipeline::{LogRows, LogSink};
pub use publish::{
    Destination, Endpoint, EndpointStatus, Facility, Publication, Publishers, Said, SubscriberStatus, Syslog,
    ZmtpDecoder,
};
pub use read::{
    LogBlock, LogCodes, LogColumn, LogDictionary, LogFile, LogReader, LogRow, LogShape, ReadError, RowWriter,
    Wanted, find_logs, json_text, members,
};
pub use records::{LoadedScript, PacketFilter, StatsLog, streams};
pub use schema::{schema, schemas};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteFile, SqliteLog};
pub use stream::RowStream;

/// A table by the address of a log stream: the keys are the program's, so that their hash need not be a secret.
fn by_address<T>() -> hashbrown::HashMap<usize, T, ahash::RandomState> {
    hashbrown::HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4))
}

/// The README's examples are compiled with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
