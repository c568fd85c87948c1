//! The columns that rows have.

use gannet::events::{Column, Kind, LogStream};

use super::escape;
use crate::options::Options;

/// The column that is added to every log whose rows name a connection.
const COMMUNITY_ID: Column =
    Column::new("community_id", Kind::Text, true, "Community ID (version 1, seed 0) of the connection.")
        .beyond();

/// The columns that a stream's rows have under these options, in order.
pub fn columns(stream: &LogStream, options: &Options) -> Vec<Column> {
    let mut columns = stream.columns();
    if names_connection(&columns) {
        columns.push(COMMUNITY_ID);
    }
    columns.retain(|column| options.extras || !column.extra);
    columns
}

/// Whether rows with these columns name a connection.
pub(super) fn names_connection(columns: &[Column]) -> bool {
    ["uid", "id.orig_h"].iter().all(|name| columns.iter().any(|column| column.name == *name))
}

/// A declared column, as rows need it.
pub(super) struct Shown {
    /// `,"name":`
    pub(super) key: Box<[u8]>,
    /// Whether rows have it.
    pub(super) kept: bool,
    /// Whether it holds the id of the row's connection.
    pub(super) uid: bool,
}

impl Shown {
    pub(super) fn new(column: &Column, options: &Options) -> Self {
        let mut key = vec![b','];
        escape::json(column.name.as_bytes(), &mut key);
        key.push(b':');
        Self {
            key: key.into_boxed_slice(),
            kept: options.extras || !column.extra,
            uid: column.name == "uid" && column.kind == Kind::Text,
        }
    }
}
