//! What the columns of a log are in Parquet.

use std::io;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::schema::types::{ColumnPath, Type, TypePtr};
use gannet::events::Kind;

use super::cells::MOST_ROWS;
use crate::format::kind_text;

/// Columns that somebody looks one value up in: a filter says which parts of a file cannot have it.
const LOOKED_UP: [&str; 9] =
    ["uid", "fuid", "id.orig_h", "id.resp_h", "query", "host", "server_name", "fingerprint", "community_id"];

/// How often a filter may say that a part could have a value that it has not: each time the part is read for nothing.
const MISTAKEN: f64 = 0.01;

/// Columns of ids, each of which is there once or a few times.
const IDS: [&str; 2] = ["uid", "fuid"];

/// Where a file says of which log it is, and of which types its columns are, with a space between two.
pub(crate) const LOG_KEY: &str = "gannet.log";
pub(crate) const TYPES_KEY: &str = "gannet.types";

/// An error of the Parquet library.
pub(super) fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

/// The type of a log's rows.
pub(super) fn schema(columns: &[(&str, Kind)]) -> io::Result<TypePtr> {
    let fields: Result<Vec<TypePtr>, ParquetError> =
        columns.iter().map(|(name, kind)| field(name, *kind).map(Arc::new)).collect();
    let schema = Type::group_type_builder("row").with_fields(fields.map_err(failed)?).build();
    schema.map(Arc::new).map_err(failed)
}

/// A column: it may be unset, and so may the elements of a list, which no log has.
fn field(name: &str, kind: Kind) -> Result<Type, ParquetError> {
    let (Kind::Set(element) | Kind::Vector(element)) = kind else { return scalar(name, kind) };
    let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
    let list = list.with_fields(vec![Arc::new(scalar("element", *element)?)]).build()?;
    let column = Type::group_type_builder(name).with_repetition(Repetition::OPTIONAL);
    column.with_logical_type(Some(LogicalType::List)).with_fields(vec![Arc::new(list)]).build()
}

/// Times have microseconds, as the logs do, and say that they are UTC. Counts are signed, for some readers know no others; lengths of
/// time are seconds, as in the logs. Addresses are text, which every reader can compare, and many can cast.
fn scalar(name: &str, kind: Kind) -> Result<Type, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Kind::Count | Kind::Int => (Physical::INT64, None),
        Kind::Port => (Physical::INT32, None),
        Kind::Interval | Kind::Double => (Physical::DOUBLE, None),
        Kind::Bool => (Physical::BOOLEAN, None),
        _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let column = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    column.with_logical_type(logical).build()
}

/// How files are written: packed as every reader knows it, with filters for what is looked up.
pub(super) fn properties(log: &str, columns: &[(&str, Kind)]) -> WriterProperties {
    let types: Vec<String> = columns.iter().map(|(_, kind)| kind_text(*kind)).collect();
    let said = [(LOG_KEY, log.to_owned()), (TYPES_KEY, types.join(" "))];
    let said = said.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect();
    let program = concat!("gannet ", env!("CARGO_PKG_VERSION")).to_owned();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(program)
        .set_key_value_metadata(Some(said));
    for (name, kind) in columns {
        let column = ColumnPath::new(vec![(*name).to_owned()]);
        // Where hardly a value is there twice, a dictionary takes time and saves nothing.
        if matches!(kind, Kind::Time | Kind::Interval) || IDS.contains(name) {
            properties = properties.set_column_dictionary_enabled(column.clone(), false);
        }
        if LOOKED_UP.contains(name) {
            // A filter is made as small as the values allow. It says more of a text than the first and the last one.
            properties = properties
                .set_column_bloom_filter_max_ndv(column.clone(), MOST_ROWS as u64)
                .set_column_bloom_filter_fpp(column.clone(), MISTAKEN)
                .set_column_statistics_enabled(column, EnabledStatistics::None);
        }
    }
    properties.build()
}
