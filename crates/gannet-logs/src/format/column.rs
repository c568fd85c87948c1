//! The columns that rows have.

use gannet::events::{Column, Kind, LogStream};

use super::escape;
use crate::options::Options;

/// The column that is added to every log whose rows name a connection.
pub(crate) const COMMUNITY_ID: Column =
    Column::new("community_id", Kind::Text, true, "Community ID (version 1, seed 0) of the connection.")
        .beyond();

/// The columns that a stream's rows have under these options, in order.
pub fn columns(stream: &LogStream, options: &Options) -> Vec<Column> {
    if let Some(chosen) = stream.chosen_columns() {
        return chosen.to_vec();
    }
    let mut columns = stream.columns();
    if names_connection(&columns) {
        columns.push(COMMUNITY_ID);
    }
    columns.retain(|column| options.extras || !column.extra);
    columns
}

/// Whether rows with these columns name a connection.
pub(crate) fn names_connection(columns: &[Column]) -> bool {
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
        Self::named(column, column.name, options.extras || !column.extra)
    }

    /// A column that is kept, whatever it is.
    pub(super) fn of_name(name: &str) -> Self {
        Self::named(&COMMUNITY_ID, name, true)
    }

    /// Under this name, or left out.
    pub(super) fn named(column: &Column, name: &str, kept: bool) -> Self {
        let mut key = vec![b','];
        escape::json(name.as_bytes(), &mut key);
        key.push(b':');
        Self { key: key.into_boxed_slice(), kept, uid: column.name == "uid" && column.kind == Kind::Text }
    }
}

/// Columns that were chosen: their names, and the names that they are shown under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice(pub(crate) Vec<(&'static str, String)>);

impl Choice {
    /// The name that a column is shown under; nothing if it is left out.
    pub(crate) fn name_of(&self, column: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == column).map(|(_, shown)| shown.as_str())
    }
}
