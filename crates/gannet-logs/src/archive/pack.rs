//! Packing a log for the archive, and telling whether what is there holds the same.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress};

/// Bytes that are read or written at once.
const BLOCK: usize = 128 * 1024;
/// Level of gzip. By the fourth a log takes a fifth less room, and twice the time, which would be half of what its analysis takes.
const GZIP_LEVEL: u32 = 1;

/// How archived logs are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// `.log.gz`, which every tool around Zeek reads.
    #[default]
    Gzip,
    /// `.log.zst`, faster to read and to write.
    Zstd,
    /// Plain text.
    None,
}

impl Compression {
    /// All that there are.
    pub(super) const ALL: [Self; 3] = [Self::Gzip, Self::Zstd, Self::None];

    /// What names end in.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
            Self::None => "",
        }
    }

    /// Packs a file into another one. Bytes that were read.
    ///
    /// # Errors
    /// If one cannot be read, or the other not be written.
    pub(super) fn pack(self, from: &File, to: &File) -> io::Result<u64> {
        let mut from = BufReader::with_capacity(BLOCK, from);
        let mut to = BufWriter::with_capacity(BLOCK, to);
        let bytes = match self {
            Self::Gzip => {
                let mut packer = GzEncoder::new(&mut to, flate2::Compression::new(GZIP_LEVEL));
                let bytes = io::copy(&mut from, &mut packer)?;
                packer.finish()?;
                bytes
            }
            Self::Zstd => zstd(&mut from, &mut to)?,
            Self::None => io::copy(&mut from, &mut to)?,
        };
        to.flush()?;
        Ok(bytes)
    }

    /// Whether a file that was packed holds what another one does. One that cannot be unpacked holds something else.
    ///
    /// # Errors
    /// If the plain one cannot be read.
    pub(super) fn same(self, packed: &File, plain: &File) -> io::Result<bool> {
        let packed = BufReader::with_capacity(BLOCK, packed);
        let plain = BufReader::with_capacity(BLOCK, plain);
        match self {
            Self::Gzip => alike(MultiGzDecoder::new(packed), plain),
            Self::Zstd => match StreamingDecoder::new(packed) {
                Ok(packed) => alike(packed, plain),
                Err(_) => Ok(false),
            },
            Self::None => alike(packed, plain),
        }
    }
}

/// Whether two readers give the same, the first of which may fail.
fn alike(mut one: impl Read, mut other: impl Read) -> io::Result<bool> {
    let (mut left, mut right) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let wanted = fill(&mut other, &mut right)?;
        let Ok(got) = fill(&mut one, &mut left) else { return Ok(false) };
        if left.get(..got) != right.get(..wanted) {
            return Ok(false);
        }
        if got == 0 {
            return Ok(true);
        }
    }
}

/// Reads until the buffer is full, or there is no more.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The packer of zstd takes for granted that nothing fails: errors are kept from it, and told when it is done.
fn zstd(from: &mut impl Read, to: &mut impl Write) -> io::Result<u64> {
    let mut source = Calm { inner: from, bytes: 0, failed: None };
    let mut drain = Calm { inner: to, bytes: 0, failed: None };
    compress(&mut source, &mut drain, CompressionLevel::Fastest);
    match source.failed.or(drain.failed) {
        Some(error) => Err(error),
        None => Ok(source.bytes),
    }
}

/// A reader or writer whose first error ends it without a word.
struct Calm<T> {
    inner: T,
    bytes: u64,
    failed: Option<io::Error>,
}

impl<T: Read> Read for Calm<&mut T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Ok(0);
        }
        match fill(self.inner, buffer) {
            Ok(bytes) => {
                self.bytes += bytes as u64;
                Ok(bytes)
            }
            Err(error) => {
                self.failed = Some(error);
                Ok(0)
            }
        }
    }
}

impl<T: Write> Write for Calm<&mut T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed.is_none() {
            self.failed = self.inner.write_all(bytes).err();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
