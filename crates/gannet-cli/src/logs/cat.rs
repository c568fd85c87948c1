//! `gannet cat`: logs merged in the order of time, in bounded memory.
//!
//! Each file is read from its beginning to its end, and the file whose rows are furthest behind is read on. Rows wait in a heap
//! until all files are past them, or until there is no more memory for waiting ones: rows of a connection's end carry the time
//! of its beginning, so that a log is in order only nearly.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use anyhow::{Result, bail};
use gannet::Timestamp;
use gannet::events::Value;
use gannet_logs::{Format, LogBlock, LogFile, LogReader, LogShape, RowWriter, Wanted, find_logs};
use gannet_query::Row;

use super::faults::Faults;
use super::stdout;
use crate::analyse::Outcome;
use crate::args::CatArgs;
use crate::human::some;
use crate::terminal::warn;

/// Bytes that are collected before they are printed.
const BUFFER: usize = 256 * 1024;
/// Bytes that a row takes in the heap beside itself.
const ROW: usize = 64;
/// Files that are open at once; others are opened when it is their turn.
const MAX_OPEN: usize = 256;

/// Merges the logs.
///
/// # Errors
/// Logs of several kinds, a log that cannot be read, one without times.
pub(crate) fn cat(args: &CatArgs) -> Result<Outcome> {
    let files = super::find(&args.place, find_logs)?;
    if let (Some(one), Some(other)) =
        (files.first(), files.iter().find(|file| files.first().is_some_and(|first| first.log != file.log)))
    {
        bail!("logs of several kinds ({}, {}) are not merged: name one with --log", one.log, other.log);
    }
    let mut merge = Merge::new(args, &files)?;
    merge.run()?;
    if merge.late > 0 {
        let late = some(merge.late, "row is", "rows are");
        warn(&format!("{late} not in order: more would have to wait than --memory allows"));
    }
    Ok(if merge.faults.end() { Outcome::Amiss } else { Outcome::Complete })
}

/// A row that waits: its time, its number, which file it is of, itself.
type Waiting = Reverse<(i64, u64, Vec<u8>)>;

/// A file, and how far it has come.
struct Source {
    reader: LogReader,
    /// Time of the first row that has not been read, as far as is known.
    at: i64,
    next: Option<LogBlock>,
}

struct Merge<'a> {
    args: &'a CatArgs,
    sources: Vec<Source>,
    /// The columns of all files together.
    shape: LogShape,
    waiting: BinaryHeap<Waiting>,
    held: usize,
    number: u64,
    last: i64,
    late: u64,
    faults: Faults,
    out: Vec<u8>,
    open: bool,
}

impl<'a> Merge<'a> {
    fn new(args: &'a CatArgs, files: &[LogFile]) -> Result<Self> {
        if files.len() > MAX_OPEN {
            bail!(
                "{} files are too many to be merged at once: expected {MAX_OPEN} at most; name a folder of fewer, or use --log",
                files.len()
            );
        }
        let mut faults = Faults::default();
        let mut sources = Vec::new();
        let mut shape: Option<LogShape> = None;
        for file in files {
            let mut reader = LogReader::open(&file.path)?;
            let next = reader.next_block().unwrap_or_else(|error| {
                faults.note(&error);
                None
            });
            let Some(block) = next else { continue };
            let all = shape.get_or_insert_with(|| LogShape::clone(&block.shape));
            let new = block.shape.columns.iter().filter(|column| all.find(&column.name).is_none());
            let new: Vec<_> = new.cloned().collect();
            all.columns.extend(new);
            let at = first_time(&block);
            sources.push(Source { reader, at, next: Some(block) });
        }
        let Some(shape) = shape else { bail!("there are no rows to merge") };
        if shape.find("ts").is_none() {
            bail!("{} has no column ts: there is no order of time", shape.path);
        }
        let waiting = BinaryHeap::new();
        let (held, number, last, late) = (0, 0, i64::MIN, 0);
        Ok(Self {
            args,
            sources,
            shape,
            waiting,
            held,
            number,
            last,
            late,
            faults,
            out: Vec::new(),
            open: true,
        })
    }

    fn run(&mut self) -> Result<()> {
        self.header();
        while self.open {
            // The file that is furthest behind.
            let behind =
                self.sources.iter().enumerate().min_by_key(|(_, source)| source.at).map(|(index, _)| index);
            let Some(index) = behind else { break };
            self.read(index);
            while self.held > self.args.memory {
                self.print_one()?;
            }
        }
        while self.open && !self.waiting.is_empty() {
            self.print_one()?;
        }
        stdout::write(&self.out)?;
        Ok(())
    }

    fn format(&self) -> Format {
        if self.args.json { Format::Json } else { self.shape.format }
    }

    fn header(&mut self) {
        let places: Vec<usize> = (0..self.shape.columns.len()).collect();
        RowWriter::new(self.format(), &self.shape, &places).header(&self.shape.path, b"", &mut self.out);
    }

    /// Takes over a block of a file, and reads the next one.
    fn read(&mut self, index: usize) {
        let Some(source) = self.sources.get_mut(index) else { return };
        let block = source.next.take();
        source.next = source.reader.next_block().unwrap_or_else(|error| {
            self.faults.note(&error);
            None
        });
        match &source.next {
            Some(next) => source.at = first_time(next),
            None => drop(self.sources.remove(index)),
        }
        if let Some(block) = block {
            self.take(&block);
        }
    }

    fn take(&mut self, block: &LogBlock) {
        let shape = &block.shape;
        let Some(time) = shape.find("ts") else { return };
        // The columns of all files, in their order; those that this one has not are unset.
        let places: Vec<usize> =
            self.shape.columns.iter().map(|column| shape.find(&column.name).unwrap_or(usize::MAX)).collect();
        let writer = RowWriter::like(self.format(), &self.shape, &places);
        let (from, to) = (self.args.place.from, self.args.place.to);
        let within = |time: Timestamp| from.is_none_or(|from| time >= from) && to.is_none_or(|to| time < to);
        let wanted = Wanted::all(shape);
        let Self { waiting, held, number, faults, .. } = self;
        block.each(&wanted, &mut |row, line| {
            let taken = row.and_then(|row| {
                let Value::Time(ts) = row.value(time) else { return row.check(&block.file, line) };
                if within(ts) {
                    let mut bytes = Vec::new();
                    writer.row(row, &mut bytes);
                    row.check(&block.file, line)?;
                    *held += bytes.len() + ROW;
                    *number += 1;
                    waiting.push(Reverse((ts.nanos(), *number, bytes)));
                }
                Ok(())
            });
            if let Err(error) = taken {
                faults.note(&error);
            }
            true
        });
    }

    fn print_one(&mut self) -> Result<()> {
        let Some(Reverse((time, _, bytes))) = self.waiting.pop() else { return Ok(()) };
        self.held -= bytes.len() + ROW;
        self.late += u64::from(time < self.last);
        self.last = self.last.max(time);
        self.out.extend_from_slice(&bytes);
        if self.out.len() >= BUFFER {
            self.open = stdout::write(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }
}

/// Time of a block's first row; the earliest of all if it has none.
fn first_time(block: &LogBlock) -> i64 {
    let Some(place) = block.shape.find("ts") else { return i64::MIN };
    let mut first = None;
    block.each(&Wanted::new(&block.shape, [place]), &mut |row, _| {
        if let Ok(row) = row
            && let Value::Time(time) = row.value(place)
        {
            first = Some(time.nanos());
        }
        first.is_none()
    });
    first.unwrap_or(i64::MIN)
}
