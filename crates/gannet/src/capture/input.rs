//! The bytes of a capture file: from disk or a pipe, decompressed on the way.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::SourceError;
use super::find;
use super::pipe::Pipe;

/// Compressed bytes that are read at once; fewer of a file that has fewer.
#[cfg(feature = "compression")]
const AHEAD: usize = 128 * 1024;

/// A stream of capture bytes.
pub(crate) struct Input {
    reader: Box<dyn Read + Send>,
    /// The first bytes, read ahead to see what the file is.
    head: Head,
    /// The bytes are decompressed: no seeking.
    pub(crate) compressed: bool,
    /// Standard input: cannot be opened again.
    pub(crate) stdin: bool,
    /// Length on disk of a regular file.
    size: Option<u64>,
    /// Why not even the first bytes could be decompressed.
    broken: Option<io::Error>,
}

/// Up to four bytes that go before the rest.
#[derive(Clone, Copy, Default)]
struct Head {
    bytes: [u8; 4],
    at: usize,
    len: usize,
}

impl Read for Head {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.get(self.at..self.len).unwrap_or_default().read(buffer)?;
        self.at += n;
        Ok(n)
    }
}

/// Counts what passes, as it is on disk.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl Input {
    fn new(reader: Box<dyn Read + Send>, head: Head, size: Option<u64>) -> Self {
        Self { reader, head, compressed: false, stdin: false, size, broken: None }
    }

    /// Opens a file, or standard input for `-`, and finds out whether it is compressed. `read` counts bytes on disk.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or read, is empty, or is compressed and this build cannot decompress.
    pub(crate) fn open(path: &Path, read: &Arc<AtomicU64>) -> Result<Self, SourceError> {
        if find::is_stdin(path) {
            // The descriptor itself: `io::stdin()` would put a buffer and a lock in between.
            let stdin =
                io::stdin().as_fd().try_clone_to_owned().map_err(|source| open_error(path, source))?;
            let stdin = File::from(stdin);
            let size = stdin.metadata().ok().filter(|meta| meta.is_file()).map(|meta| meta.len());
            let input = Self::detect(path, stdin, size, read)?.on_a_thread(path)?;
            return Ok(Self { stdin: true, ..input });
        }
        let file = File::open(path).map_err(|source| open_error(path, source))?;
        let meta = file.metadata().map_err(|source| open_error(path, source))?;
        Self::detect(path, file, meta.is_file().then_some(meta.len()), read)?.on_a_thread(path)
    }

    /// What may keep its reader waiting is read by a thread.
    fn on_a_thread(self, path: &Path) -> Result<Self, SourceError> {
        if self.is_regular() {
            return Ok(self);
        }
        let pipe = Pipe::new(self.reader).map_err(|source| open_error(path, source))?;
        Ok(Self { reader: Box::new(pipe), ..self })
    }

    /// Opens an uncompressed regular file again, `offset` bytes into it.
    ///
    /// # Errors
    ///
    /// The file cannot be opened again.
    pub(crate) fn reopen(path: &Path, offset: u64, read: &Arc<AtomicU64>) -> Result<Self, SourceError> {
        let open = || {
            let mut file = File::open(path)?;
            io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
            let size = file.metadata()?.len();
            Ok((file, size))
        };
        let (inner, size) = open().map_err(|source| open_error(path, source))?;
        let reader = Box::new(Counted { inner, read: Arc::clone(read) });
        Ok(Self::new(reader, Head::default(), Some(size)))
    }

    /// As [`Self::open`], of a file that is in memory.
    ///
    /// # Errors
    ///
    /// It is empty, or compressed and this build cannot decompress.
    pub(crate) fn open_memory(
        path: &Path,
        bytes: &Bytes,
        read: &Arc<AtomicU64>,
    ) -> Result<Self, SourceError> {
        Self::detect(path, io::Cursor::new(bytes.clone()), Some(bytes.len() as u64), read)
    }

    /// As [`Self::reopen`], of a file that is in memory.
    pub(crate) fn reopen_memory(bytes: &Bytes, offset: u64, read: &Arc<AtomicU64>) -> Self {
        let mut inner = io::Cursor::new(bytes.clone());
        inner.set_position(offset);
        let reader = Box::new(Counted { inner, read: Arc::clone(read) });
        Self::new(reader, Head::default(), Some(bytes.len() as u64))
    }

    fn detect<R>(path: &Path, file: R, size: Option<u64>, read: &Arc<AtomicU64>) -> Result<Self, SourceError>
    where
        R: Read + Send + 'static,
    {
        let fail = |source| SourceError::Read { path: path.to_owned(), offset: 0, source };
        let mut file = Counted { inner: file, read: Arc::clone(read) };
        let head = read_head(&mut file).map_err(fail)?;
        match head.bytes {
            _ if head.len == 0 => Err(SourceError::Empty { path: path.to_owned() }),
            [0x1f, 0x8b, 8, _] => Self::decompress(path, Compression::Gzip, head, file, size),
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
                Self::decompress(path, Compression::Zstd, head, file, size)
            }
            _ => Ok(Self::new(Box::new(file), head, size)),
        }
    }

    #[cfg(feature = "compression")]
    fn decompress<R>(
        path: &Path,
        compression: Compression,
        head: Head,
        file: R,
        size: Option<u64>,
    ) -> Result<Self, SourceError>
    where
        R: Read + Send + 'static,
    {
        let room = size.and_then(|size| usize::try_from(size).ok()).map_or(AHEAD, |size| size.min(AHEAD));
        let source = io::BufReader::with_capacity(room, head.chain(file));
        let mut reader: Box<dyn Read + Send> = match compression {
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
            Compression::Zstd => Box::new(super::zstd::Decoder::new(source)),
        };
        let (head, broken) = match read_head(&mut reader) {
            Ok(head) if head.len == 0 => return Err(SourceError::Empty { path: path.to_owned() }),
            Ok(head) => (head, None),
            // Cut or damaged from the start, perhaps still being written: no reason to refuse the other files.
            Err(error) if is_damage(&error) => (Head::default(), Some(error)),
            Err(source) => return Err(SourceError::Read { path: path.to_owned(), offset: 0, source }),
        };
        Ok(Self { broken, compressed: true, ..Self::new(reader, head, size) })
    }

    #[cfg(not(feature = "compression"))]
    fn decompress<R>(
        path: &Path,
        compression: Compression,
        _: Head,
        _: R,
        _: Option<u64>,
    ) -> Result<Self, SourceError> {
        let what = format!("it is compressed ({compression:?}), and this build has no `compression` feature");
        Err(SourceError::Unsupported { path: path.to_owned(), what })
    }

    /// Reading gives bytes at once, or the end: a block is worth filling.
    pub(crate) fn is_regular(&self) -> bool {
        self.size.is_some()
    }

    /// Not even the first bytes could be decompressed; reading tells why.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// The first bytes of the (decompressed) capture, at most four.
    pub(crate) fn magic(&self) -> &[u8] {
        self.head.bytes.get(..self.head.len).unwrap_or_default()
    }

    /// Room for all of a file of fewer than `limit` bytes, and one to see its end.
    pub(crate) fn small(&self, limit: usize) -> Option<usize> {
        let size = usize::try_from(self.size?).ok().filter(|size| *size < limit && !self.compressed)?;
        Some(size + 1)
    }

    /// Reads on. 0 is the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        match self.head.read(buffer)? {
            0 => self.reader.read(buffer),
            n => Ok(n),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Compression {
    Gzip,
    Zstd,
}

fn open_error(path: &Path, source: io::Error) -> SourceError {
    SourceError::Open { path: path.to_owned(), source }
}

/// Reads four bytes, fewer at the end.
fn read_head(reader: &mut impl Read) -> io::Result<Head> {
    let mut head = Head::default();
    while let Some(rest) = head.bytes.get_mut(head.len..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(n) => head.len += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(head)
}

/// Whether an error of a decoder speaks of the bytes rather than of the disk they came from.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | Other | UnexpectedEof)
}
