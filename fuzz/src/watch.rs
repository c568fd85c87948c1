//! The subscriber of the targets that run an engine: it formats every record, and checks what holds for all of them.

use std::cell::RefCell;
use std::collections::HashMap;

use gannet::events::{Event, FileMeta, Fuid, Key, Meta, Piece, Record, Subscriber, Uid};
use gannet::{Engine, Summary};
use gannet_logs::{Format, Formatter, Options};
use serde::de::IgnoredAny;

/// What formats rows; kept from one input to the next, for it is slow to make.
struct Tools {
    tsv: Formatter,
    json: Formatter,
    row: Vec<u8>,
    /// Columns of each stream.
    columns: HashMap<&'static str, usize>,
}

thread_local! {
    static TOOLS: RefCell<Tools> = RefCell::new(Tools {
        tsv: Formatter::new(Options::new(Format::Tsv)),
        json: Formatter::new(Options::new(Format::Json)),
        row: Vec::new(),
        columns: HashMap::new(),
    });
}

impl Tools {
    fn check(&mut self, meta: &Meta<'_>, record: &dyn Record, json: bool) {
        let stream = record.stream();
        self.row.clear();
        if json {
            let _cut = self.json.row(meta, record, &mut self.row);
            return check_json(&self.row);
        }
        let _cut = self.tsv.row(meta, record, &mut self.row);
        let options = || Options::new(Format::Tsv);
        let columns = *self
            .columns
            .entry(stream.name)
            .or_insert_with(|| gannet_logs::columns(stream, &options()).len());
        check_tsv(&self.row, columns);
    }

    /// Appends a row with its stream's name before it.
    fn named(&mut self, meta: &Meta<'_>, record: &dyn Record, out: &mut Vec<u8>) {
        out.extend_from_slice(record.stream().name.as_bytes());
        out.push(b'\t');
        let _cut = self.tsv.row(meta, record, out);
    }
}

/// Appends a record as a row of TSV, with its stream's name before it.
pub fn named_row(meta: &Meta<'_>, record: &dyn Record, out: &mut Vec<u8>) {
    TOOLS.with_borrow_mut(|tools| tools.named(meta, record, out));
}

/// Formats records, and checks their order and the shape of their rows.
#[derive(Default)]
pub struct Watch {
    last: Key,
    /// Rows are not looked at.
    unformatted: bool,
    /// Records so far.
    pub records: u64,
    /// The ids of the connections that were reported, to be counted.
    conns: Vec<Uid>,
    /// Where the next bytes of each file belong whose content was seen.
    files: HashMap<Fuid, u64>,
}

impl Subscriber for Watch {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self.records += 1;
        assert!(meta.key >= self.last, "{:?} after {:?}", meta.key, self.last);
        self.last = meta.key;
        if !self.unformatted {
            // The formats by turns: an input that has something odd in it comes with many others like it.
            let json = self.records % 2 == 0;
            TOOLS.with_borrow_mut(|tools| tools.check(meta, event.record, json));
        }
        if event.record.stream().name == "conn" {
            self.conns.extend(meta.conn.and_then(|conn| conn.uid));
        }
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        if let Piece::End(_) = piece {
            self.files.remove(&file.fuid);
            return;
        }
        let next = self.files.entry(file.fuid).or_default();
        match piece {
            Piece::Bytes(at, bytes) => {
                assert_eq!((at, bytes.is_empty()), (*next, false), "{file:?}");
                *next += bytes.len() as u64;
            }
            Piece::Gap(len) => *next = next.saturating_add(len),
            Piece::End(_) => {}
        }
    }
}

impl Watch {
    /// One that leaves out the rows: for targets whose records are always the same few.
    pub fn without_rows() -> Self {
        Self { unformatted: true, ..Self::default() }
    }

    /// Ends the engine, and checks what holds at the end.
    pub fn finish(mut self, engine: Engine) -> Summary {
        let summary = engine.finish(&mut self);
        assert_eq!(summary.stats.panics, 0, "an analyzer panicked");
        let reported = self.conns.len();
        assert!(reported as u64 <= summary.stats.connections(), "{reported} of {:?}", summary.stats);
        self.conns.sort_unstable();
        self.conns.dedup();
        assert_eq!(self.conns.len(), reported, "two connections have one id");
        summary
    }
}

/// A TSV row is one line of so many columns, and no comment.
pub fn check_tsv(row: &[u8], columns: usize) {
    let show = || String::from_utf8_lossy(row);
    // By memchr, not byte by byte: the fuzzer is told of every comparison, and there are more bytes here than anywhere.
    let is_line = memchr::memchr(b'\n', row) == row.len().checked_sub(1);
    assert!(is_line && !row.is_empty(), "{:?}", show());
    assert_eq!(memchr::memchr_iter(b'\t', row).count() + 1, columns, "{:?}", show());
    assert!(!row.starts_with(b"#") && memchr::memchr(0, row).is_none(), "{:?}", show());
}

/// A JSON row is one line that parses, and an object.
pub fn check_json(row: &[u8]) {
    let show = || String::from_utf8_lossy(row);
    let is_line = memchr::memchr(b'\n', row) == row.len().checked_sub(1);
    assert!(is_line && row.starts_with(b"{"), "{:?}", show());
    let text = std::str::from_utf8(row).unwrap_or_else(|error| panic!("{error}: {:?}", show()));
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        panic!("{error}: {:?}", show());
    }
}
