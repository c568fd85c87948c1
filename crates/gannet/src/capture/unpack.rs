//! Streams that may be compressed, as whoever reads them wants them: the bytes themselves.

use std::io::{self, BufRead, BufReader, Read};

/// Bytes that are read at once.
const BUFFER: usize = 128 * 1024;

/// The bytes of a stream, unpacked if it is gzip or zstd by its first bytes.
///
/// # Errors
/// If the first bytes cannot be read.
pub fn unpacked(source: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut source = BufReader::with_capacity(BUFFER, source);
    Ok(match source.fill_buf()? {
        #[cfg(feature = "compression")]
        [0x1f, 0x8b, 8, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
        #[cfg(feature = "compression")]
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            Box::new(super::zstd::Decoder::new(source))
        }
        _ => Box::new(source),
    })
}
