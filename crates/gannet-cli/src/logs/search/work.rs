//! What one thread of a search does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Result;
use gannet::events::Value;
use gannet_logs::{LogBlock, LogReader, LogRow, LogShape, ReadError};
use gannet_query::Row;

use super::input::{Input, Part};
use super::output::{Output, Rows};
use super::plan::{Plan, Ready};
use super::tally::Tally;
use crate::logs::faults::Faults;
use crate::terminal::warn;

/// What threads have found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) tallies: Vec<Tally>,
    pub(super) faults: Faults,
    /// Blocks of logs that have the columns.
    pub(super) searched: u64,
    /// What a log that was passed over has not.
    pub(super) missing: Option<String>,
}

impl Found {
    /// Adds what another thread has found.
    pub(super) fn add(&mut self, other: Self) {
        self.tallies.extend(other.tallies);
        self.faults.add(&other.faults);
        self.searched += other.searched;
        self.missing = self.missing.take().or(other.missing);
    }
}

/// One thread.
pub(super) struct Worker<'a> {
    plan: &'a Plan,
    input: &'a Input,
    output: &'a Output,
    stop: &'a AtomicBool,
    deadline: Option<Instant>,
    /// What the plan means for the logs that are read.
    ready: Option<Result<Ready, Arc<LogShape>>>,
    tally: Tally,
    found: Found,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        input: &'a Input,
        output: &'a Output,
        stop: &'a AtomicBool,
        deadline: Option<Instant>,
        memory: usize,
    ) -> Self {
        let (tally, found) = (Tally::new(memory), Found::default());
        Self { plan, input, output, stop, deadline, ready: None, tally, found }
    }

    /// Takes parts until there are no more.
    ///
    /// # Errors
    /// Only what ends the whole search.
    pub(super) fn run(mut self) -> Result<Found> {
        while !self.is_over() {
            match self.input.take() {
                Ok(None) => break,
                Ok(Some(Part::Block(part, block))) => {
                    let rows = self.block(&block);
                    self.output.end_part(part, rows.into_iter().collect());
                }
                Ok(Some(Part::File(part, reader))) => self.file(part, reader),
                Err(error) => self.found.faults.note(&error),
            }
        }
        self.found.tallies.push(self.tally);
        Ok(self.found)
    }

    /// Whether it is enough.
    fn is_over(&self) -> bool {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
            && !self.stop.swap(true, Ordering::Relaxed)
        {
            warn("partial: --timeout is over; not all logs were searched");
        }
        self.output.is_over() || self.stop.load(Ordering::Relaxed)
    }

    /// A whole file.
    fn file(&mut self, part: u64, mut reader: LogReader) {
        let mut rows: Vec<Rows> = Vec::new();
        if let Some(shape) = reader.known_shape() {
            match self.plan.ready(&shape) {
                Ok(_) if self.plan.prints_all() => {}
                Ok(ready) => reader.select(ready.wanted.places()),
                Err(missing) => {
                    self.found.missing.get_or_insert(missing);
                    self.output.end_part(part, rows);
                    return;
                }
            }
            // There may be no row in it that can match.
            self.found.searched += 1;
        }
        while !self.is_over() {
            match reader.next_block() {
                Ok(None) => break,
                Ok(Some(block)) => {
                    rows.extend(self.block(&block));
                    if !self.output.more(part, &mut rows) {
                        break;
                    }
                }
                Err(error) => {
                    self.found.faults.note(&error);
                    break;
                }
            }
        }
        self.output.end_part(part, rows);
    }

    /// The rows of a block that match; counted, if that is what is wanted.
    fn block(&mut self, block: &LogBlock) -> Option<Rows> {
        let same = |shape: &Arc<LogShape>| Arc::ptr_eq(shape, &block.shape);
        let known = match &self.ready {
            Some(Ok(ready)) => same(&ready.shape),
            Some(Err(shape)) => same(shape),
            None => false,
        };
        if !known {
            self.ready = Some(self.plan.ready(&block.shape).map_err(|missing| {
                self.found.missing.get_or_insert(missing);
                Arc::clone(&block.shape)
            }));
        }
        let Self { plan, tally, found, ready: Some(Ok(ready)), .. } = self else { return None };
        found.searched += 1;
        let mut out = Vec::new();
        block.each(&ready.wanted, &mut |row, line| {
            if let Err(error) =
                row.and_then(|row| take(plan, ready, tally, &mut out, row, (&block.file, line)))
            {
                found.faults.note(&error);
            }
            true
        });
        Some(Rows { header: ready.header.clone(), bytes: out })
    }
}

/// Prints or counts a row, if it matches.
fn take(
    plan: &Plan,
    ready: &Ready,
    tally: &mut Tally,
    out: &mut Vec<u8>,
    row: &LogRow<'_>,
    (file, line): (&str, u64),
) -> Result<(), ReadError> {
    let mut step = 0;
    if let Some(place) = ready.time {
        let nanos = match row.value(place) {
            Value::Time(time) => time.nanos(),
            Value::Date(seconds) => seconds.saturating_mul(1_000_000_000),
            _ => return row.check(file, line),
        };
        if !plan.in_time(nanos) {
            return Ok(());
        }
        step = plan.every.map_or(0, |every| nanos - nanos.rem_euclid(every));
    }
    let matches = ready.predicate.matches(row);
    row.check(file, line)?;
    if !matches {
        return Ok(());
    }
    if plan.groups() {
        tally.add(ready, row, step);
        return row.check(file, line);
    }
    let before = out.len();
    match &ready.writer {
        Some(writer) => writer.row(row, out),
        None => {
            out.extend_from_slice(row.line());
            out.push(b'\n');
        }
    }
    row.check(file, line).inspect_err(|_| out.truncate(before))
}
