//! From records to rows of bytes.

mod address;
mod escape;
mod header;
mod number;
mod row;
#[cfg(test)]
mod tests;

use gannet::events::{Column, ConnTag, Kind, LogStream, Meta, Record, Uid};
use gannet::flow::community::{self, community_id};
use hashbrown::HashMap;

use crate::by_address;
use crate::options::{Cut, Format, Options, RowLimits};
use row::{Budget, JsonRow, TsvRow};

pub(crate) use header::kind_text;
pub use header::{calendar_text, footer, header};

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

/// A text as a JSON string.
pub(crate) fn quote(text: &str, out: &mut Vec<u8>) {
    escape::json(text.as_bytes(), out);
}

fn names_connection(columns: &[Column]) -> bool {
    ["uid", "id.orig_h"].iter().all(|name| columns.iter().any(|column| column.name == *name))
}

/// Turns records into rows. Each worker has its own.
pub struct Formatter {
    options: Options,
    /// By address of the stream: a stream that the compiler keeps twice is resolved twice.
    layouts: HashMap<usize, Layout, ahash::RandomState>,
    community: CommunityCache,
}

impl Formatter {
    /// For rows as the options say.
    pub fn new(options: Options) -> Self {
        Self { options, layouts: by_address(), community: CommunityCache::default() }
    }

    /// Appends the record as one line.
    ///
    /// Allocates when it sees a stream for the first time and when `out` has to grow, never else.
    pub fn row(&mut self, meta: &Meta<'_>, record: &dyn Record, out: &mut Vec<u8>) -> Cut {
        let stream = record.stream();
        let layout = self
            .layouts
            .entry(std::ptr::from_ref(stream).addr())
            .or_insert_with(|| Layout::new(stream, &self.options));
        let budget = Budget::new(layout.limits);
        match self.options.format {
            Format::Tsv => {
                let mut row = TsvRow::new(&layout.columns, budget, out);
                record.visit(&mut row);
                if layout.community {
                    row.community(meta.conn.map(|conn| self.community.get(conn)));
                }
                row.finish()
            }
            Format::Json => {
                let mut row = JsonRow::new(&layout.columns, budget, out);
                record.visit(&mut row);
                if layout.community {
                    row.community(meta.conn.map(|conn| self.community.get(conn)));
                }
                row.finish()
            }
        }
    }
}

/// What the rows of one stream look like.
struct Layout {
    columns: Box<[Shown]>,
    limits: RowLimits,
    community: bool,
}

/// A declared column, as rows need it.
struct Shown {
    /// `,"name":`
    key: Box<[u8]>,
    /// Whether rows have it.
    kept: bool,
    /// Whether it holds the id of the row's connection.
    uid: bool,
}

impl Layout {
    fn new(stream: &LogStream, options: &Options) -> Self {
        let columns = stream.columns();
        Self {
            limits: options.limits(stream.name),
            community: options.extras && names_connection(&columns),
            columns: columns.iter().map(|column| Shown::new(column, options)).collect(),
        }
    }
}

impl Shown {
    fn new(column: &Column, options: &Options) -> Self {
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

/// The last id that was computed: rows of one connection often come one after the other.
#[derive(Default)]
struct CommunityCache {
    uid: Option<Uid>,
    text: [u8; community::LEN],
}

impl CommunityCache {
    fn get(&mut self, conn: &ConnTag) -> [u8; community::LEN] {
        if conn.uid.is_none() || conn.uid != self.uid {
            self.uid = conn.uid;
            self.text = community_id(conn);
        }
        self.text
    }
}
