//! Decoders of content: base64 and quoted-printable (RFC 2045, section 6), gzip and deflate (RFC 9110, section 8.4.1).

use flate2::{Decompress, FlushDecompress, Status};

use crate::files::Expansion;

/// Decodes base64, whatever else is between its characters.
#[derive(Debug, Default)]
pub(super) struct Base64 {
    group: [u8; 4],
    filled: usize,
    padding: usize,
    over: bool,
    /// Something else was in it.
    pub(super) bad: bool,
}

impl Base64 {
    /// Decodes the next characters; `odd` hears of the first thing that is wrong.
    pub(super) fn decode(&mut self, text: &[u8], out: &mut Vec<u8>, odd: &mut dyn FnMut(String)) {
        for byte in text {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    self.padding += 1;
                    0
                }
                _ => {
                    self.complain(odd, || format!("character {byte} ignored by Base64 decoding"));
                    continue;
                }
            };
            if let Some(place) = self.group.get_mut(self.filled) {
                *place = digit;
            }
            self.filled += 1;
            if self.filled == self.group.len() {
                self.flush(out, odd);
            }
        }
    }

    fn complain(&mut self, odd: &mut dyn FnMut(String), what: impl FnOnce() -> String) {
        if !std::mem::replace(&mut self.bad, true) {
            odd(what());
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>, odd: &mut dyn FnMut(String)) {
        self.filled = 0;
        if self.over {
            self.complain(odd, || "extra base64 groups after '=' padding are ignored".into());
            return;
        }
        let bits = self.group.iter().fold(0u32, |bits, digit| bits << 6 | u32::from(*digit));
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend_from_slice(bytes.get(..3usize.saturating_sub(self.padding)).unwrap_or_default());
        self.over |= self.padding > 0;
        self.padding = 0;
    }

    /// The end: a group that is not full is filled up.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>, odd: &mut dyn FnMut(String)) {
        if self.filled > 0 {
            let missing = 4 - self.filled;
            odd(format!("incomplete base64 group, padding with {} bits of 0", missing * 6));
            self.decode(b"===".get(..missing).unwrap_or_default(), out, odd);
        }
    }
}

/// Decodes one line of quoted-printable, its end included.
pub(super) fn quoted_printable(line: &[u8], out: &mut Vec<u8>) {
    let blanks = line.iter().rev().take_while(|byte| super::parse::is_blank(**byte)).count();
    let end = line.len() - blanks;
    let digit = |at: usize| line.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut at = 0;
    while at < end {
        let byte = line.get(at).copied().unwrap_or_default();
        if byte == b'=' && at + 1 == end {
            return;
        }
        if byte == b'='
            && let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2))
        {
            out.push((high << 4 | low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    out.extend_from_slice(b"\r\n");
}

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

/// What became of bytes given to a decoder.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inflated {
    /// All is well.
    Fine,
    /// They cannot be decoded, nor can what follows.
    Broken,
    /// They expand beyond measure; what follows is not decoded.
    Bomb,
}

impl Inflate {
    pub(super) fn new() -> Self {
        Self {
            stream: None,
            output: vec![0; OUTPUT].into_boxed_slice(),
            first: None,
            fresh: true,
            over: false,
            expansion: Expansion::default(),
        }
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
