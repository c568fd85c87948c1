//! A log in blocks of whole rows.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use gannet::capture::{shown, unpacked};

use super::error::ReadError;
use super::find::log_of;
use super::header::Header;
use super::infer;
#[cfg(feature = "parquet")]
use super::parquet::{ParquetRows, is_parquet};
use super::row::{LogRow, Wanted};
use super::shape::LogShape;

/// Bytes of a block.
const BLOCK: usize = 256 * 1024;
/// Bytes of a line.
const MAX_LINE: usize = 16 << 20;

/// Whole rows of a log, all of which look the same.
#[derive(Debug)]
#[non_exhaustive]
pub struct LogBlock {
    /// What they look like.
    pub shape: Arc<LogShape>,
    /// Name of the file.
    pub file: Arc<str>,
    /// Number of the first row's line.
    pub first_line: u64,
    /// The rows; each ends with a line end.
    pub rows: Vec<u8>,
}

impl LogBlock {
    /// Calls `f` with each row and the number of its line, or with what is wrong with it, until it says false.
    pub fn each(&self, wanted: &Wanted, f: &mut dyn FnMut(Result<&LogRow<'_>, ReadError>, u64) -> bool) {
        let mut row = LogRow::new(&self.shape, wanted);
        let mut from = 0;
        for (line, end) in (self.first_line..).zip(memchr::memchr_iter(b'\n', &self.rows)) {
            let text = self.rows.get(from..end).unwrap_or_default();
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

    /// The same, of the log of this name if the file does not say another one itself.
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

    /// Leaves out all columns but these, by their places in the [known shape](Self::known_shape): nobody has to unpack the others.
    /// Where rows are lines it changes nothing.
    pub fn select(&mut self, places: &[usize]) {
        #[cfg(feature = "parquet")]
        if let Some(parquet) = &mut self.parquet {
            parquet.select(places);
        }
        #[cfg(not(feature = "parquet"))]
        let _ = places;
    }

    /// The same log in parts that can be read side by side, in their order: those in which each of these columns can have its text.
    pub fn split(self, texts: &[(String, String)]) -> Vec<Self> {
        #[cfg(feature = "parquet")]
        {
            let Self { parquet: Some(parquet), file, name, .. } = self else { return vec![self] };
            let nothing = parquet.part(0..0);
            let mut parts = parquet.split();
            for (column, text) in texts {
                parts = parts.into_iter().flat_map(|part| part.with_text(column, text)).collect();
            }
            if parts.is_empty() {
                // Somebody is to see that there is no such row.
                parts.push(nothing);
            }
            let part =
                |parquet| Self { parquet: Some(parquet), ..Self::over(Box::new(io::empty()), &file, &name) };
            parts.into_iter().map(part).collect()
        }
        #[cfg(not(feature = "parquet"))]
        {
            let _ = texts;
            vec![self]
        }
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
                rows,
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
                let line = self.rest().get(..end).unwrap_or_default().trim_ascii_end().to_vec();
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
        Ok(LogBlock { shape, file: Arc::clone(&self.file), first_line, rows })
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
