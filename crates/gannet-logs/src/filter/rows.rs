//! Rows as filters want them.

use std::sync::Arc;

use gannet::events::{LogStream, Meta, Record};
use hashbrown::HashMap;

use super::family::begin;
use super::path::Template;
use super::resolve::{Filter, Resolved};
use super::set::Filters;
use crate::by_address;
use crate::format::Formatter;
use crate::options::{Cut, Options};

/// Receives one row: the log that it goes to, and what appends it.
pub type RowTaker<'a> = dyn FnMut(&'static LogStream, &mut dyn FnMut(&mut Vec<u8>) -> Cut) + 'a;

/// Makes rows of records, as many as the filters of their log want. Each worker has its own.
pub struct FilterRows {
    filters: Filters,
    version: u64,
    now: Arc<Resolved>,
    /// By address of the stream; nothing for a log without filters.
    of: HashMap<usize, Option<Vec<Arc<Filter>>>, ahash::RandomState>,
    formatter: Formatter,
    /// The name of the log of the row at hand.
    name: Vec<u8>,
}

impl FilterRows {
    /// With these filters, for rows as the options say.
    pub fn new(filters: Filters, options: Options) -> Self {
        let (version, now) = (filters.version(), filters.current());
        Self { filters, version, now, of: by_address(), formatter: Formatter::new(options), name: Vec::new() }
    }

    /// Calls `row` for each row that the record makes.
    pub fn rows(&mut self, meta: &Meta<'_>, record: &dyn Record, row: &mut RowTaker<'_>) {
        if self.filters.version() != self.version {
            self.follow();
        }
        let stream = record.stream();
        let Self { now, of, formatter, name, .. } = self;
        let found = || now.by_log.get(stream.name).cloned();
        let Some(filters) = of.entry(std::ptr::from_ref(stream).addr()).or_insert_with(found) else {
            return row(stream, &mut |out| formatter.row(meta, record, out));
        };
        for filter in filters.iter() {
            if !filter.predicate.as_ref().is_none_or(|predicate| predicate.matches(record)) {
                continue;
            }
            name.clear();
            if let Some(template) = &filter.template {
                name_of(record, template, now, name);
            }
            row(filter.stream, &mut |out| {
                if filter.template.is_some() {
                    begin(name, out);
                }
                formatter.row_as(filter.stream, (&filter.choice, name), (meta, record), out)
            });
        }
    }

    /// Takes over what has been replaced.
    #[cold]
    fn follow(&mut self) {
        self.version = self.filters.version();
        self.now = self.filters.current();
        self.of = by_address();
    }
}

/// Puts the name of the log that a record's row goes to into `name`, which is empty.
fn name_of(record: &dyn Record, template: &Template, now: &Resolved, name: &mut Vec<u8>) {
    template.name(record, name);
    if std::str::from_utf8(name).is_ok_and(|name| now.taken.contains(name)) {
        name.extend_from_slice(b"-2");
    }
}
