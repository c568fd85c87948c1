//! Decoder of content: gzip and deflate (RFC 9110, section 8.4.1).

use flate2::{Decompress, FlushDecompress, Status};

use super::coding::Inflated;
use crate::files::Expansion;

/// Bytes that come out at once.
const OUTPUT: usize = 16 * 1024;
/// Memory that a decoder of this kind holds: its window, its tables, its output.
const INFLATE_HELD: usize = 64 * 1024;

/// Decodes gzip, zlib or bare deflate, whichever it is.
pub(super) struct Inflate {
    stream: Option<Decompress>,
    output: Box<[u8]>,
    /// The first byte, while it is the only one.
    first: Option<u8>,
    /// Nothing was decoded, and all bytes are at hand: it may still be without a header.
    fresh: bool,
    over: bool,
    expansion: Expansion,
}

impl Inflate {
    /// A new one.
    pub(super) fn new() -> Option<Self> {
        Some(Self {
            stream: None,
            output: vec![0; OUTPUT].into_boxed_slice(),
            first: None,
            fresh: true,
            over: false,
            expansion: Expansion::default(),
        })
    }

    pub(super) const fn held() -> usize {
        INFLATE_HELD
    }

    /// Decodes the next bytes.
    pub(super) fn decode(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8])) -> Inflated {
        if self.over || bytes.is_empty() {
            return Inflated::Fine;
        }
        if self.stream.is_some() {
            return self.decode_whole(bytes, out);
        }
        let joined = match (self.first.take(), bytes) {
            (Some(first), bytes) => [&[first], bytes].concat(),
            (None, [first]) => {
                self.first = Some(*first);
                return Inflated::Fine;
            }
            (None, bytes) => {
                self.stream = Some(Self::by_header(bytes));
                return self.decode_whole(bytes, out);
            }
        };
        self.stream = Some(Self::by_header(&joined));
        self.decode_whole(&joined, out)
    }

    fn by_header(bytes: &[u8]) -> Decompress {
        if bytes.starts_with(&[0x1f, 0x8b]) { Decompress::new_gzip(15) } else { Decompress::new(true) }
    }

    /// Some servers leave out the header that they should send: what cannot be decoded with it is tried without.
    fn decode_whole(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8])) -> Inflated {
        let mut rest = bytes;
        self.expansion.taken += bytes.len() as u64;
        while let Some(stream) = &mut self.stream {
            let (before_in, before_out) = (stream.total_in(), stream.total_out());
            let status = stream.decompress(rest, &mut self.output, FlushDecompress::Sync);
            let used = (stream.total_in() - before_in) as usize;
            let made = (stream.total_out() - before_out) as usize;
            match status {
                Ok(status @ (Status::Ok | Status::StreamEnd)) => {
                    self.fresh = false;
                    rest = rest.get(used..).unwrap_or_default();
                    self.expansion.given += made as u64;
                    out(self.output.get(..made).unwrap_or_default());
                    if status == Status::StreamEnd {
                        self.stop();
                        return Inflated::Fine;
                    }
                    if self.expansion.is_beyond_measure() {
                        self.stop();
                        return Inflated::Bomb;
                    }
                    if rest.is_empty() {
                        return Inflated::Fine;
                    }
                }
                Err(_) if self.fresh => {
                    self.fresh = false;
                    self.stream = Some(Decompress::new(false));
                    rest = bytes;
                }
                Err(_) | Ok(Status::BufError) => {
                    self.stop();
                    return Inflated::Broken;
                }
            }
        }
        Inflated::Fine
    }

    fn stop(&mut self) {
        self.over = true;
        self.stream = None;
        self.output = Box::default();
    }
}
