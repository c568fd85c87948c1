//! From records to rows of bytes.

mod address;
mod column;
mod escape;
mod header;
mod number;
mod row;
#[cfg(test)]
mod tests;

use gannet::events::{Column, ConnTag, LogStream, Meta, Record, Value};
use gannet::flow::community::{self, community_id};
use hashbrown::HashMap;

use crate::by_address;
use crate::options::{Cut, Format, Options, RowLimits};
use column::{Shown, names_connection};
use row::{Budget, JsonRow, TsvRow};
pub(crate) use row::{Unlimited, cell, json_row, tsv_row};

#[cfg(any(feature = "parquet", feature = "sqlite"))]
pub(crate) use address::address;
pub use column::columns;
pub(crate) use column::{COMMUNITY_ID, Choice};
#[cfg(any(feature = "parquet", feature = "sqlite"))]
pub(crate) use escape::utf8;
pub use header::{calendar_text, footer, header, kind_text};
pub(crate) use number::rfc3339;

/// A text as a JSON string.
pub(crate) fn quote(text: &str, out: &mut Vec<u8>) {
    escape::json(text.as_bytes(), out);
}

/// A value as it stands in a TSV row.
pub fn value_text(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::List(_) => tsv_row(&Unlimited::new(std::iter::once("")), |visitor| visitor.value(value), out),
        scalar => cell(scalar, out),
    }
    if out.last() == Some(&b'\n') {
        out.pop();
    }
}

/// Bytes as a JSON string, with its quotes.
pub fn json_quoted(bytes: &[u8], out: &mut Vec<u8>) {
    escape::json(bytes, out);
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
        layout.rows(self.options.format, &mut self.community, (meta, record), out)
    }

    /// The same as a row of another stream, which was chosen of this one's columns; under a name of its own, if that is not empty.
    pub(crate) fn row_as(
        &mut self,
        stream: &'static LogStream,
        (choice, name): (&Choice, &[u8]),
        (meta, record): (&Meta<'_>, &dyn Record),
        out: &mut Vec<u8>,
    ) -> Cut {
        let layout = self
            .layouts
            .entry(std::ptr::from_ref(stream).addr())
            .or_insert_with(|| Layout::chosen(record.stream(), stream.name, choice, &self.options));
        if self.options.path && !name.is_empty() {
            layout.path = path(&String::from_utf8_lossy(name), &self.options);
        }
        layout.rows(self.options.format, &mut self.community, (meta, record), out)
    }
}

/// What the rows of one stream look like.
struct Layout {
    columns: Box<[Shown]>,
    limits: RowLimits,
    /// `,"community_id":`, if rows have one.
    community: Option<Box<[u8]>>,
    /// `,"_path":"conn"`, or nothing.
    path: Box<[u8]>,
    /// Whether the row in JSON comes behind the row of columns.
    copied: bool,
}

impl Layout {
    fn new(stream: &LogStream, options: &Options) -> Self {
        let columns = stream.columns();
        let community =
            (options.extras && names_connection(&columns)).then(|| Shown::new(&COMMUNITY_ID, options).key);
        Self {
            path: path(stream.name, options),
            limits: options.limits(stream.origin()),
            community,
            columns: columns.iter().map(|column| Shown::new(column, options)).collect(),
            copied: options.is_copied(stream.origin()),
        }
    }

    fn chosen(stream: &LogStream, name: &str, choice: &Choice, options: &Options) -> Self {
        let shown = |column: &Column| {
            let name = choice.name_of(column.name);
            Shown::named(column, name.unwrap_or_default(), name.is_some())
        };
        let community =
            choice.name_of(COMMUNITY_ID.name).map(|name| Shown::named(&COMMUNITY_ID, name, true).key);
        Self {
            path: path(name, options),
            limits: options.limits(stream.origin()),
            community,
            columns: stream.columns().iter().map(shown).collect(),
            copied: options.is_copied(stream.origin()),
        }
    }

    /// A row, and behind it the same in JSON if somebody wants it, too.
    fn rows(
        &self,
        format: Format,
        community: &mut CommunityCache,
        what: (&Meta<'_>, &dyn Record),
        out: &mut Vec<u8>,
    ) -> Cut {
        let cut = self.row(format, community, what, out);
        if self.copied {
            // What a row of columns left out, the same in JSON leaves out, too.
            let _same = self.row(Format::Json, community, what, out);
        }
        cut
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
                if self.community.is_some() {
                    row.community(meta.conn.map(|conn| community.get(conn)));
                }
                row.finish()
            }
            Format::Json => {
                let mut row = JsonRow::new(&self.columns, budget, out);
                row.begin(&self.path);
                record.visit(&mut row);
                if let Some(key) = &self.community {
                    row.community(key, meta.conn.map(|conn| community.get(conn)));
                }
                row.finish()
            }
        }
    }
}

/// The member of JSON rows that names their log, with a comma before it, or nothing.
fn path(name: &str, options: &Options) -> Box<[u8]> {
    let mut path = Vec::new();
    if options.path {
        path.extend_from_slice(b",\"_path\":");
        quote(name, &mut path);
    }
    path.into_boxed_slice()
}

/// The last id that was computed: rows of one connection often come one after the other.
#[derive(Default)]
struct CommunityCache {
    conn: Option<ConnTag>,
    text: [u8; community::LEN],
}

impl CommunityCache {
    fn get(&mut self, conn: &ConnTag) -> [u8; community::LEN] {
        // A tunnel keeps its uid whatever kind of IP is in it.
        if self.conn != Some(*conn) {
            self.conn = Some(*conn);
            self.text = community_id(conn);
        }
        self.text
    }
}
