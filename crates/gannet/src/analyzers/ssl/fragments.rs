//! Handshake messages of DTLS that come in pieces: RFC 6347, section 4.2.3.

use crate::base::cursor::{Cursor, Short};
use std::borrow::Cow;

/// Longest message that is put together.
const MAX_MESSAGE: usize = 100_000;
/// How far apart the records of one message may be.
const MAX_DISTANCE: u64 = 32;
/// One less than the most pieces of a message.
const MAX_STEPS: u64 = 30;

/// The message of one direction that is being put together.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    /// Its number, and its bytes as far as they are known.
    message: Option<(u16, Vec<u8>)>,
    /// Number of its first record, as far as is known, and whether that record was seen.
    first: u64,
    first_seen: bool,
    /// Number of its last record.
    last: Option<u64>,
    /// Records that were seen, counted from the first.
    seen: u32,
}

/// What a piece completes, or why it cannot be used.
type Taken<'a> = Result<Option<Cow<'a, [u8]>>, String>;

impl Fragments {
    /// Takes a piece out of the record with this number; a message with its header, if it is complete now.
    pub(super) fn take<'a>(&mut self, sequence: u64, bytes: &'a [u8]) -> Result<Taken<'a>, Short> {
        let mut cursor = Cursor::new(bytes);
        let header: [u8; 4] = *cursor.array()?;
        let [_, a, b, c] = header;
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let number = cursor.u16()?;
        let (offset, part) = (cursor.u24()? as usize, cursor.u24()? as usize);
        let data = cursor.rest();
        if offset == 0 && length == part {
            return Ok(Ok(Some([&header, data].concat().into())));
        }
        let piece = Piece { number, length, offset, part, data };
        Ok(self.piece(sequence, &piece).map(|whole| whole.map(|message| [&header, message].concat().into())))
    }

    fn piece(&mut self, sequence: u64, piece: &Piece<'_>) -> Result<Option<&[u8]>, String> {
        let Piece { number, length, offset, part, data } = *piece;
        if length > MAX_MESSAGE {
            return Err(format!("DTLS record length {length} larger than allowed maximum."));
        }
        let goes_on = self.message.as_ref().is_some_and(|(n, bytes)| *n == number && bytes.len() == length);
        if !goes_on {
            let message = Some((number, vec![0; length]));
            *self = Self { message, first: sequence, ..Self::default() };
        }
        if self.first.abs_diff(sequence) >= MAX_DISTANCE {
            return Err("DTLS handshake fragment sequence number outside reassembly window.".into());
        }
        if self.first > sequence {
            if self.first_seen {
                return Err("Saw second and different first message fragment for handshake.".into());
            }
            self.seen <<= self.first - sequence;
            self.first = sequence;
        }
        self.first_seen |= offset == 0;
        let bit = 1u32 << (sequence - self.first);
        if self.seen & bit != 0 {
            return Ok(None);
        }
        if data.len() != part {
            return Err("DTLS handshake record length does not match packet length".into());
        }
        let Some((_, message)) = &mut self.message else { return Ok(None) };
        let Some(place) = message.get_mut(offset..offset + part) else {
            return Err("DTLS handshake fragment trying to write past end of buffer".into());
        };
        self.seen |= bit;
        place.copy_from_slice(data);
        if offset + part == length {
            self.last = Some(sequence);
        }
        self.complete()
    }

    /// The message, if every record of it was seen.
    fn complete(&self) -> Result<Option<&[u8]>, String> {
        let Some(last) = self.last.filter(|last| self.first_seen && *last != 0) else { return Ok(None) };
        let steps = last.wrapping_sub(self.first);
        if steps > MAX_STEPS {
            return Err("DTLS Message fragmented over more than 30 pieces. Cannot reassemble.".into());
        }
        let all = (1u32 << (steps + 1)) - 1;
        let message = self.message.as_ref().map(|(_, bytes)| bytes.as_slice());
        Ok(message.filter(|_| !self.seen & all == 0))
    }

    pub(super) fn held(&self) -> usize {
        self.message.as_ref().map_or(0, |(_, bytes)| bytes.capacity())
    }
}

/// A piece of a message.
#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    number: u16,
    length: usize,
    offset: usize,
    part: usize,
    data: &'a [u8],
}
