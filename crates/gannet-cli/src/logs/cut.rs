//! `gannet cut`: columns of logs, as zeek-cut prints them.
//!
//! What zeek-cut does: a column that a log has not is empty; rows with too few columns are left out, and told; each header
//! block names the columns anew; times are cut to seconds when they are printed by the calendar.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use gannet::capture::{shown, unpacked};
use gannet_logs::{Format, LogReader, RowWriter};

use super::row_cut::RowCut;
use super::stdout;
use super::when::Calendar;
use crate::analyse::Outcome;
use crate::args::CutArgs;
use crate::terminal::warn;

/// Bytes that are read at once.
const BLOCK: usize = 256 * 1024;
/// Bytes of a line.
const MAX_LINE: usize = 64 << 20;
/// Rows that are told to be too short.
const TOLD: u64 = 3;

/// Prints the columns.
///
/// # Errors
/// A file that cannot be read, a header that is none.
pub(crate) fn cut(args: &CutArgs) -> Result<Outcome> {
    let mut cutter = Cutter::new(args)?;
    if args.read.is_empty() {
        if let Some(file) = args.columns.iter().find(|name| is_log(name)) {
            bail!("{file} is a file and no column: name it behind -r, as in gannet cut -r {file} ts uid");
        }
        cutter.input(io::stdin(), "standard input")?;
    }
    for path in &args.read {
        let name = shown(path).to_string();
        if path == Path::new("-") {
            cutter.input(io::stdin(), "standard input")?;
        } else if let Some(reader) = LogReader::open_columns(path)? {
            cutter.columns(reader)?;
        } else {
            let file = File::open(path).map_err(|error| anyhow!("{name}: cannot be opened: {error}"))?;
            cutter.input(file, &name)?;
        }
        if cutter.closed {
            break;
        }
    }
    for name in cutter.missing.iter().flatten() {
        warn(&format!("there is no column {name}"));
    }
    if cutter.short > TOLD {
        warn(&format!("{} rows had not enough columns, and were left out", cutter.short));
    }
    Ok(Outcome::Complete)
}

/// Whether the name of a column is that of a log that is there.
fn is_log(name: &str) -> bool {
    name.contains(".log") && Path::new(name).is_file()
}

/// How much of headers is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Headers {
    None,
    First,
    All,
}

struct Cutter<'a> {
    args: &'a CutArgs,
    headers: Headers,
    /// Headers are the names of the columns and nothing else.
    names_only: bool,
    calendar: Option<Calendar>,
    /// Header blocks so far; two stand for more.
    blocks: u8,
    in_header: bool,
    separator: u8,
    between: Vec<u8>,
    unset: Vec<u8>,
    fields: Vec<Vec<u8>>,
    /// For each column that is printed its place in the log.
    places: Vec<Option<usize>>,
    /// Columns that were asked for and that no log has had so far; nothing before the first log.
    missing: Option<Vec<&'a str>>,
    /// Whether a column of the log is a time.
    times: Vec<bool>,
    /// Whether these are the first ones, as they stand there: then a row is copied in one piece.
    in_one: bool,
    /// Columns that a row has to have.
    least: usize,
    short: u64,
    ends: Vec<usize>,
    out: Vec<u8>,
    closed: bool,
}

impl<'a> Cutter<'a> {
    fn new(args: &'a CutArgs) -> Result<Self> {
        let calendar = match (&args.utc_format, args.utc, &args.local_format, args.local) {
            (Some(format), ..) => Some(Calendar::new(true, Some(format))?),
            (None, true, ..) => Some(Calendar::new(true, None)?),
            (None, false, Some(format), _) => Some(Calendar::new(false, Some(format))?),
            (None, false, None, true) => Some(Calendar::new(false, None)?),
            (None, false, None, false) => None,
        };
        let headers = match (args.all_headers || args.all_names, args.first_header || args.names) {
            (true, _) => Headers::All,
            (false, true) => Headers::First,
            (false, false) => Headers::None,
        };
        let mut cutter = Self {
            args,
            headers,
            names_only: args.names || args.all_names,
            calendar,
            blocks: 0,
            in_header: false,
            separator: b'\t',
            between: Vec::new(),
            unset: b"-".to_vec(),
            fields: Vec::new(),
            places: Vec::new(),
            missing: None,
            in_one: false,
            times: Vec::new(),
            least: 0,
            short: 0,
            ends: Vec::new(),
            out: Vec::new(),
            closed: false,
        };
        cutter.set_separator(b'\t');
        Ok(cutter)
    }

    fn set_separator(&mut self, separator: u8) {
        self.separator = separator;
        self.between = match &self.args.separator {
            Some(sign) => sign.as_bytes().to_vec(),
            None => vec![separator],
        };
    }

    fn input(&mut self, source: impl Read + Send + 'static, name: &str) -> Result<()> {
        let mut source = unpacked(source).map_err(|error| anyhow!("{name}: cannot be read: {error}"))?;
        let mut held: Vec<u8> = Vec::new();
        let (mut length, mut number) = (0, 0);
        loop {
            if held.len() < length + BLOCK {
                held.resize(length + BLOCK, 0);
            }
            // What is there is not waited for more: who writes may be slow.
            let taken = match source.read(held.get_mut(length..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                taken => taken.map_err(|error| anyhow!("{name}: cannot be read on: {error}"))?,
            };
            length += taken;
            if taken == 0 && length > 0 && held.get(length - 1) != Some(&b'\n') {
                // The last line has no end.
                held.insert(length, b'\n');
                length += 1;
            }
            let text = held.get(..length).unwrap_or_default();
            if number == 0 && text.trim_ascii_start().first() == Some(&b'{') {
                let rest = io::Cursor::new(text.to_vec()).chain(source);
                return self.json(rest, name);
            }
            let end = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
            self.lines(text.get(..end).unwrap_or_default(), &mut number)
                .map_err(|error| anyhow!("{name}, line {number}: {error}"))?;
            held.copy_within(end..length, 0);
            length -= end;
            if length > MAX_LINE {
                bail!("{name}, line {}: expected a line of {MAX_LINE} bytes at most", number + 1);
            }
            if !self.out.is_empty() && !stdout::write(&self.out)? {
                self.closed = true;
            }
            self.out.clear();
            if taken == 0 || self.closed {
                return Ok(());
            }
        }
    }

    /// Whole lines.
    fn lines(&mut self, text: &[u8], number: &mut u64) -> Result<()> {
        let mut start = 0;
        self.ends.clear();
        let separator = self.separator;
        // Rows without a header between them are cut in one go.
        for at in memchr::memchr2_iter(separator, b'\n', text) {
            if text.get(at) != Some(&b'\n') {
                self.ends.push(at);
                continue;
            }
            *number += 1;
            let line = text.get(start..at).unwrap_or_default();
            if line.first() == Some(&b'#') {
                self.header(line)?;
                self.ends.clear();
                start = at + 1;
                if self.separator != separator {
                    return self.lines(text.get(start..).unwrap_or_default(), number);
                }
                continue;
            }
            if self.fields.is_empty() {
                bail!("expected a header (#fields, #types) before the first row, or rows of JSON");
            }
            self.in_header = false;
            self.ends.push(at);
            self.row(text, start, *number);
            self.ends.clear();
            start = at + 1;
        }
        Ok(())
    }

    /// A row that begins at `start`, and whose columns end at `ends`.
    fn row(&mut self, text: &[u8], start: usize, number: u64) {
        if self.ends.len() < self.least {
            self.short += 1;
            if self.short <= TOLD {
                warn(&format!(
                    "line {number}: expected {} columns at least, found {}; left out",
                    self.least,
                    self.ends.len()
                ));
            }
            return;
        }
        if self.in_one {
            let end = self.least.checked_sub(1).and_then(|last| self.ends.get(last));
            self.out.extend_from_slice(end.and_then(|end| text.get(start..*end)).unwrap_or_default());
            self.out.push(b'\n');
            return;
        }
        for (index, place) in self.places.iter().enumerate() {
            if index > 0 {
                match self.between.as_slice() {
                    [sign] => self.out.push(*sign),
                    signs => self.out.extend_from_slice(signs),
                }
            }
            let Some(place) = *place else { continue };
            let from = match place.checked_sub(1).and_then(|before| self.ends.get(before)) {
                Some(end) => end + 1,
                None => start,
            };
            let value = self.ends.get(place).and_then(|end| text.get(from..*end)).unwrap_or_default();
            match &mut self.calendar {
                Some(calendar) if self.times.get(place) == Some(&true) => {
                    self.out.extend_from_slice(calendar.of_value(value).unwrap_or(value));
                }
                _ => self.out.extend_from_slice(value),
            }
        }
        self.out.push(b'\n');
    }

    fn header(&mut self, line: &[u8]) -> Result<()> {
        if !self.in_header {
            self.in_header = true;
            self.blocks = (self.blocks + 1).min(2);
        }
        let separator = self.separator;
        let words = |from: usize| line.get(from..).unwrap_or_default().split(move |byte| *byte == separator);
        if let Some(sign) = line.strip_prefix(b"#separator ") {
            let code = sign.strip_prefix(b"\\x").and_then(|hex| std::str::from_utf8(hex).ok());
            let sign = match code {
                Some(hex) => u8::from_str_radix(hex, 16).ok(),
                None => sign.first().copied(),
            };
            let Some(sign) = sign.filter(|sign| !matches!(sign, 0 | b'\n')) else {
                bail!("expected a character behind #separator");
            };
            self.set_separator(sign);
        } else if line.starts_with(b"#unset_field") {
            self.unset = line.get(13..).unwrap_or_default().to_vec();
        } else if line.starts_with(b"#fields") {
            self.fields = words(8).map(<[u8]>::to_vec).collect();
            self.choose();
        } else if line.starts_with(b"#types") {
            if self.fields.is_empty() {
                bail!("expected #fields before #types");
            }
            self.times = words(7).map(|word| word == b"time").collect();
        }
        let wanted = match self.headers {
            Headers::None => false,
            Headers::First => self.blocks == 1,
            Headers::All => true,
        };
        if wanted {
            self.print_header(line);
        }
        Ok(())
    }

    /// Which columns are printed.
    fn choose(&mut self) {
        let named = |field: &[u8]| self.args.columns.iter().any(|name| name.as_bytes() == field);
        self.places = if self.args.columns.is_empty() {
            (0..self.fields.len()).map(Some).collect()
        } else if self.args.without {
            let kept = self.fields.iter().enumerate().filter(|(_, field)| !named(field));
            kept.map(|(place, _)| Some(place)).collect()
        } else {
            let place = |name: &String| self.fields.iter().position(|field| field == name.as_bytes());
            self.args.columns.iter().map(place).collect()
        };
        let fields = &self.fields;
        let asked = || self.args.columns.iter().map(String::as_str).collect();
        let is_here = |name: &str| fields.iter().any(|field| field == name.as_bytes());
        self.missing.get_or_insert_with(asked).retain(|name| !is_here(name));
        self.least = self.places.iter().flatten().max().map_or(0, |place| place + 1);
        let first = self.places.iter().enumerate().all(|(index, place)| *place == Some(index));
        self.in_one = first && self.calendar.is_none() && self.between == [self.separator];
    }

    fn print_header(&mut self, line: &[u8]) {
        let is_fields = line.starts_with(b"#fields");
        if self.names_only && !is_fields {
            return;
        }
        if !is_fields && !line.starts_with(b"#types") {
            self.out.extend_from_slice(line);
            self.out.push(b'\n');
            return;
        }
        let words: Vec<&[u8]> = line.split(|byte| *byte == self.separator).collect();
        let mut first = true;
        if !self.names_only {
            self.out.extend_from_slice(words.first().copied().unwrap_or_default());
            first = false;
        }
        for place in &self.places {
            if !std::mem::take(&mut first) {
                self.out.extend_from_slice(&self.between);
            }
            let word = place.and_then(|place| words.get(place + 1)).copied().unwrap_or_default();
            let as_text = !is_fields && self.calendar.is_some() && word == b"time";
            self.out.extend_from_slice(if as_text { b"string" } else { word });
        }
        self.out.push(b'\n');
    }

    /// JSON rows have no header: names are looked up in each.
    fn json(&mut self, source: impl Read + Send + 'static, name: &str) -> Result<()> {
        let mut rows = RowCut::new(self.args, &self.between);
        if self.headers != Headers::None {
            self.blocks = (self.blocks + 1).min(2);
            rows.with_names(self.headers == Headers::All || self.blocks == 1, self.names_only);
        }
        self.closed = !rows.run(LogReader::from_reader(source, name, "")?, self.calendar.as_mut())?;
        Ok(())
    }

    /// A log in Parquet, under the header that it has as TSV.
    fn columns(&mut self, reader: LogReader) -> Result<()> {
        let Some(shape) = reader.known_shape() else { return Ok(()) };
        let mut header = Vec::new();
        let all: Vec<usize> = (0..shape.columns.len()).collect();
        RowWriter::new(Format::Tsv, &shape, &all).header(&shape.path, b"", &mut header);
        for line in header.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.header(line)?;
        }
        self.in_header = false;
        self.closed = !stdout::write(&self.out)?;
        self.out.clear();
        if !self.closed {
            self.closed = !RowCut::new(self.args, &self.between).run(reader, self.calendar.as_mut())?;
        }
        Ok(())
    }
}
