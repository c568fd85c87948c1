//! What the rows of a log look like.

use gannet::events::Kind;
use gannet_query::Scheme;

use crate::options::Format;

/// A column of a log that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Its type as the header names it.
    pub kind_name: String,
}

impl LogColumn {
    /// A column of a type.
    pub fn new(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind, kind_name: crate::format::kind_text(kind) }
    }
}

/// What the rows of a log look like: the format, the columns, and the signs that a TSV header sets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogShape {
    /// How rows are written, or shown if they are no lines.
    pub format: Format,
    /// Whether rows are lines; in Parquet they are not.
    pub lines: bool,
    /// The log's name, as `#path` or `_path` says it; else that of the file.
    pub path: String,
    /// The columns in their order.
    pub columns: Vec<LogColumn>,
    /// What is between columns.
    pub separator: u8,
    /// What is between elements of sets and vectors.
    pub set_separator: u8,
    /// What stands for an empty text, set or vector.
    pub empty: Vec<u8>,
    /// What stands for no value.
    pub unset: Vec<u8>,
    /// The lines before the first row, with their ends; none for JSON.
    pub header: Vec<u8>,
}

impl LogShape {
    pub(super) fn new(format: Format, path: &str) -> Self {
        Self {
            format,
            lines: true,
            path: if path.is_empty() { "log" } else { path }.to_owned(),
            columns: Vec::new(),
            separator: b'\t',
            set_separator: b',',
            empty: b"(empty)".to_vec(),
            unset: b"-".to_vec(),
            header: Vec::new(),
        }
    }

    /// The place of a column.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns, as predicates name them.
    pub fn scheme(&self) -> Scheme {
        Scheme::new(&self.path, self.columns.iter().map(|column| (column.name.as_str(), column.kind)))
    }
}
