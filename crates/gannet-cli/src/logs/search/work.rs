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
            let Some(ready) = self.ready_for(&shape) else {
                self.output.end_part(part, rows);
                return;
            };
            reader.select(ready.wanted.places());
            reader.require(&ready.needs);
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

    /// What the plan means for logs of a shape; nothing if they have not what it needs.
    fn ready_for(&mut self, shape: &Arc<LogShape>) -> Option<&Ready> {
        let known = self.ready.as_ref().is_some_and(|ready| match ready {
            Ok(ready) => Arc::ptr_eq(&ready.shape, shape),
            Err(other) => Arc::ptr_eq(other, shape),
        });
        if !known {
            self.ready = Some(self.plan.ready(shape).map_err(|missing| {
                self.found.missing.get_or_insert(missing);
                Arc::clone(shape)
            }));
        }
        self.ready.as_ref()?.as_ref().ok()
    }

    /// The rows of a block that match; counted, if that is what is wanted.
    fn block(&mut self, block: &LogBlock) -> Option<Rows> {
        self.ready_for(&block.shape)?;
        let Self { plan, tally, found, ready: Some(Ok(ready)), .. } = self else { return None };
        found.searched += 1;
        let mut out = Vec::new();
        let rows = plan.groups().then(|| tally.begin(ready, block));
        block.each(&ready.wanted, &mut |row, line| {
            let taken = row.and_then(|row| {
                let at = (&*block.file, line);
                let Some(step) = wanted(plan, ready, row, at)? else { return Ok(()) };
                let Some(rows) = &rows else { return print(ready, row, at, &mut out) };
                tally.add(ready, rows, row, ((line - block.first_line) as usize, step));
                row.check(&block.file, line)
            });
            if let Err(error) = taken {
                found.faults.note(&error);
            }
            true
        });
        Some(Rows { header: ready.header.clone(), bytes: out })
    }
}

/// The step in time of a row that matches.
fn wanted(
    plan: &Plan,
    ready: &Ready,
    row: &LogRow<'_>,
    (file, line): (&str, u64),
) -> Result<Option<i64>, ReadError> {
    let mut step = 0;
    if let Some(place) = ready.time {
        let nanos = match row.value(place) {
            Value::Time(time) => time.nanos(),
            Value::Date(seconds) => seconds.saturating_mul(1_000_000_000),
            _ => return row.check(file, line).map(|()| None),
        };
        if !plan.in_time(nanos) {
            return Ok(None);
        }
        step = plan.every.map_or(0, |every| nanos - nanos.rem_euclid(every));
    }
    let matches = ready.predicate.matches(row);
    row.check(file, line)?;
    Ok(matches.then_some(step))
}

/// Prints a row.
fn print(
    ready: &Ready,
    row: &LogRow<'_>,
    (file, line): (&str, u64),
    out: &mut Vec<u8>,
) -> Result<(), ReadError> {
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
