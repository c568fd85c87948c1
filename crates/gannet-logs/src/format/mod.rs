//! From records to rows of bytes.

mod address;
mod column;
mod escape;
mod header;
mod number;
mod row;
#[cfg(test)]
mod tests;

use gannet::events::{ConnTag, LogStream, Meta, Record, Uid};
use gannet::flow::community::{self, community_id};
use hashbrown::HashMap;

use crate::by_address;
use crate::options::{Cut, Format, Options, RowLimits};
use column::{Shown, names_connection};
use row::{Budget, JsonRow, TsvRow};

#[cfg(feature = "parquet")]
pub(crate) use address::address;
pub use column::columns;
#[cfg(feature = "parquet")]
pub(crate) use escape::utf8;
pub use header::{calendar_text, footer, header, kind_text};

/// A text as a JSON string.
pub(crate) fn quote(text: &str, out: &mut Vec<u8>) {
    escape::json(text.as_bytes(), out);
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
        let what = (meta, record);
        let cut = layout.row(self.options.format, &mut self.community, what, out);
        if layout.copied {
            // What a row of columns left out, the same in JSON leaves out, too.
            let _same = layout.row(Format::Json, &mut self.community, what, out);
        }
        cut
    }
}

/// What the rows of one stream look like.
struct Layout {
    columns: Box<[Shown]>,
    limits: RowLimits,
    community: bool,
    /// `,"_path":"conn"`, or nothing.
    path: Box<[u8]>,
    /// Whether the row in JSON comes behind the row of columns.
    copied: bool,
}

impl Layout {
    fn new(stream: &LogStream, options: &Options) -> Self {
        let columns = stream.columns();
        let mut path = Vec::new();
        if options.path {
            path.extend_from_slice(b",\"_path\":");
            quote(stream.name, &mut path);
        }
        Self {
            path: path.into_boxed_slice(),
            limits: options.limits(stream.name),
            community: options.extras && names_connection(&columns),
            columns: columns.iter().map(|column| Shown::new(column, options)).collect(),
            copied: options.is_copied(stream.name),
        }
    }

    fn row(
        &self,
        format: Format,
        community: &mut CommunityCache,
        (meta, record): (&Meta<'_>, &dyn Record),
        out: &mut Vec<u8>,
    ) -> Cut {
        let budget = Budget::new(self.limits);
        match format {
            Format::Tsv => {
                let mut row = TsvRow::new(&self.columns, budget, out);
                record.visit(&mut row);
                if self.community {
                    row.community(meta.conn.map(|conn| community.get(conn)));
                }
                row.finish()
            }
            Format::Json => {
                let mut row = JsonRow::new(&self.columns, budget, out);
                row.begin(&self.path);
                record.visit(&mut row);
                if self.community {
                    row.community(meta.conn.map(|conn| community.get(conn)));
                }
                row.finish()
            }
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
