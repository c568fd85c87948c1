//! A log in blocks of whole rows.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use gannet::capture::{shown, unpacked};
use gannet_query::Need;

use super::codes::LogCodes;
use super::error::ReadError;
use super::find::log_of;
use super::header::Header;
use super::infer;
#[cfg(feature = "parquet")]
use super::parquet::{Batch, ParquetRows, is_parquet};
use super::row::{LogRow, Wanted};
use super::shape::LogShape;

/// Bytes of a block.
const BLOCK: usize = 256 * 1024;
/// Bytes of a line.
const MAX_LINE: usize = 16 << 20;

/// Whole rows of a log, all of which look the same.
#[non_exhaustive]
pub struct LogBlock {
    /// What they look like.
    pub shape: Arc<LogShape>,
    /// Name of the file.
    pub file: Arc<str>,
    /// Number of the first row's line.
    pub first_line: u64,
    rows: Rows,
}

/// The rows of a block.
enum Rows {
    /// As lines; each has its end.
    Lines(Vec<u8>),
    #[cfg(feature = "parquet")]
    Columns(Batch),
}

impl LogBlock {
    /// The values of a column as places in a dictionary, if it has one. Rows are counted from 0 there.
    pub fn codes(&self, place: usize) -> Option<LogCodes<'_>> {
        match &self.rows {
            #[cfg(feature = "parquet")]
            Rows::Columns(batch) => batch.codes(place),
            Rows::Lines(_) => {
                let _ = place;
                None
            }
        }
    }

    /// Calls `f` with each row and the number of its line, or with what is wrong with it, until it says false.
    pub fn each(&self, wanted: &Wanted, f: &mut dyn FnMut(Result<&LogRow<'_>, ReadError>, u64) -> bool) {
        let rows = match &self.rows {
            Rows::Lines(rows) => rows.as_slice(),
            #[cfg(feature = "parquet")]
            Rows::Columns(batch) => {
                let mut row = LogRow::in_columns(&self.shape, wanted, batch);
                for (index, line) in (0..batch.rows()).zip(self.first_line..) {
                    row.go_to(index);
                    if !f(Ok(&row), line) {
                        return;
                    }
                }
                return;
            }
        };
        let mut row = LogRow::new(&self.shape, wanted);
        let mut from = 0;
        for (line, end) in (self.first_line..).zip(memchr::memchr_iter(b'\n', rows)) {
            let text = rows.get(from..end).unwrap_or_default();
            from = end + 1;
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text.is_empty() {
                continue;
            }
            let goes_on = match row.read(text) {
                Ok(()) => f(Ok(&row), line),
                Err(what) => f(Err(ReadError::new(&self.file, Some(line), what)), line),
            };
            if !goes_on {
                return;
            }
        }
    }
}

/// Reads one log from its beginning to its end.
pub struct LogReader {
    #[cfg(feature = "parquet")]
    parquet: Option<ParquetRows>,
    source: Box<dyn Read + Send>,
    file: Arc<str>,
    /// The log's name, by that of the file.
    name: String,
    shape: Option<Arc<LogShape>>,
    /// What has been read and not given out.
    held: Vec<u8>,
    /// Where that begins.
    from: usize,
    line: u64,
    over: bool,
}

impl LogReader {
    /// Opens a file, plain, packed by gzip or zstd, or in Parquet.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        Self::open_as(path, &log_of(path))
    }

    /// Opens a file in which rows stand in columns, in Parquet; nothing if it is another one.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open_columns(path: &Path) -> Result<Option<Self>, ReadError> {
        // What is no plain file is there once only.
        if cfg!(not(feature = "parquet")) || !path.is_file() {
            return Ok(None);
        }
        Self::open(path).map(|reader| reader.known_shape().map(|_| reader))
    }

    /// Opens a file, of the log of this name if the file does not say another one itself.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn open_as(path: &Path, log: &str) -> Result<Self, ReadError> {
        let name = shown(path).to_string();
        let file = File::open(path).map_err(|error| ReadError::io(&name, &error))?;
        #[cfg(feature = "parquet")]
        let file = {
            let mut file = file;
            if is_parquet(&mut file) {
                let rows = ParquetRows::open(file, log).map_err(|error| ReadError::whole(&name, error))?;
                let reader = Self::from_reader(io::empty(), &name, log)?;
                return Ok(Self { parquet: Some(rows), ..reader });
            }
            file
        };
        Self::from_reader(file, &name, log)
    }

    /// What the rows look like, if that is known before the first of them is read: in Parquet.
    pub fn known_shape(&self) -> Option<Arc<LogShape>> {
        #[cfg(feature = "parquet")]
        if let Some(parquet) = &self.parquet {
            return Some(Arc::clone(&parquet.shape));
        }
        None
    }

    /// Reads these columns alone, by their places in the [known shape](Self::known_shape): nobody has to unpack the others, which are
    /// unset. Where rows are lines it changes nothing.
    pub fn select(&mut self, places: &[usize]) {
        #[cfg(feature = "parquet")]
        if let Some(parquet) = &mut self.parquet {
            parquet.select(places);
        }
        #[cfg(not(feature = "parquet"))]
        let _ = places;
    }

    /// Passes over rows that are known not to have what these columns need, by their places in the known shape. Rows without it may be
    /// left all the same.
    pub fn require(&mut self, needs: &[(usize, Need)]) {
        #[cfg(feature = "parquet")]
        if let Some(parquet) = &mut self.parquet {
            parquet.require(needs);
        }
        #[cfg(not(feature = "parquet"))]
        let _ = needs;
    }

    /// The same log in parts that can be read side by side, in their order.
    pub fn split(self) -> Vec<Self> {
        #[cfg(feature = "parquet")]
        if let Self { parquet: Some(parquet), file, name, .. } = self {
            let part =
                |parquet| Self { parquet: Some(parquet), ..Self::over(Box::new(io::empty()), &file, &name) };
            return parquet.split().into_iter().map(part).collect();
        }
        vec![self]
    }

    /// Reads a stream, plain or packed; `file` is its name in messages, and `log` that of the log if nothing else says it.
    ///
    /// # Errors
    /// A stream whose first bytes cannot be read.
    pub fn from_reader(source: impl Read + Send + 'static, file: &str, log: &str) -> Result<Self, ReadError> {
        let source = unpacked(source).map_err(|error| ReadError::io(file, &error))?;
        Ok(Self::over(source, file, log))
    }

    fn over(source: Box<dyn Read + Send>, file: &str, log: &str) -> Self {
        Self {
            #[cfg(feature = "parquet")]
            parquet: None,
            source,
            file: file.into(),
            name: log.to_owned(),
            shape: None,
            held: Vec::new(),
            from: 0,
            line: 1,
            over: false,
        }
    }

    /// The name of the file, as messages have it.
    pub fn file(&self) -> &str {
        &self.file
    }

    fn wrong(&self, what: impl Into<String>) -> ReadError {
        ReadError::new(&self.file, Some(self.line), what)
    }

    /// What has been read and not given out.
    fn rest(&self) -> &[u8] {
        self.held.get(self.from..).unwrap_or_default()
    }

    /// The next rows; nothing at the end.
    ///
    /// # Errors
    /// A file that cannot be read on, a header that is none, rows without a header.
    pub fn next_block(&mut self) -> Result<Option<LogBlock>, ReadError> {
        #[cfg(feature = "parquet")]
        if let Some(parquet) = &mut self.parquet {
            let next = parquet.next().map_err(|error| ReadError::whole(&self.file, error))?;
            let (shape, file) = (&parquet.shape, &self.file);
            return Ok(next.map(|(first_line, rows)| LogBlock {
                shape: Arc::clone(shape),
                file: Arc::clone(file),
                first_line,
                rows: Rows::Columns(rows),
            }));
        }
        let mut header: Option<Header> = None;
        loop {
            self.fill()?;
            let Some(end) = memchr::memchr(b'\n', self.rest()) else {
                // A header alone is a log without rows.
                return Ok(None);
            };
            if self.rest().first() == Some(&b'#') {
                // Blanks may be a name's own, and a separator at the end has an empty one behind it.
                let line = self.rest().get(..end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.from += end + 1;
                self.header_line(&mut header, &line)?;
                continue;
            }
            if let Some(header) = header.take() {
                self.shape = Some(Arc::new(header.finish().map_err(|what| self.wrong(what))?));
            }
            return self.rows().map(Some);
        }
    }

    fn header_line(&mut self, header: &mut Option<Header>, line: &[u8]) -> Result<(), ReadError> {
        // The last line of a log, and comments, begin nothing.
        let begins = [b"#separator".as_slice(), b"#fields", b"#path", b"#types"]
            .iter()
            .any(|word| line.starts_with(word));
        if header.is_some() || begins {
            let header = header.get_or_insert_with(|| Header::new(&self.name));
            if !line.starts_with(b"#close") {
                header.line(line).map_err(|what| ReadError::new(&self.file, Some(self.line), what))?;
            }
        }
        self.line += 1;
        Ok(())
    }

    /// All whole rows that are there, up to the next header.
    fn rows(&mut self) -> Result<LogBlock, ReadError> {
        let rest = self.rest();
        let last = memchr::memrchr(b'\n', rest).map_or(0, |end| end + 1);
        let whole = rest.get(..last).unwrap_or_default();
        let end = memchr::memmem::find(whole, b"\n#").map_or(last, |at| at + 1);
        let rows = whole.get(..end).unwrap_or_default().to_vec();
        self.from += end;
        let shape = match &self.shape {
            Some(shape) => Arc::clone(shape),
            None if rows.trim_ascii_start().first() == Some(&b'{') => {
                Arc::clone(self.shape.insert(Arc::new(infer::shape(&self.name, &rows))))
            }
            None => return Err(self.wrong("expected a header (#separator, #fields, #types) or rows of JSON")),
        };
        let first_line = self.line;
        self.line += memchr::memchr_iter(b'\n', &rows).count() as u64;
        Ok(LogBlock { shape, file: Arc::clone(&self.file), first_line, rows: Rows::Lines(rows) })
    }

    /// Reads on until there is a whole line. One that is there is not waited for: who writes may be slow.
    fn fill(&mut self) -> Result<(), ReadError> {
        let mut seen = 0;
        while memchr::memchr(b'\n', self.rest().get(seen..).unwrap_or_default()).is_none() && !self.over {
            seen = self.rest().len();
            if seen > MAX_LINE {
                return Err(self.wrong(format!("expected a line of {MAX_LINE} bytes at most")));
            }
            self.held.drain(..self.from);
            self.from = 0;
            self.held.resize(seen + BLOCK, 0);
            let taken = self.source.read(self.held.get_mut(seen..).unwrap_or_default());
            self.held.truncate(seen + taken.as_ref().map_or(0, |taken| *taken));
            match taken {
                Ok(0) => {
                    self.over = true;
                    // The last line may have no end.
                    if self.held.last().is_some_and(|byte| *byte != b'\n') {
                        self.held.push(b'\n');
                    }
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.wrong(format!("cannot be read on: {error}"))),
            }
        }
        Ok(())
    }
}
