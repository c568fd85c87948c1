//! The first handshake message of one side, put together from CRYPTO frames that come in any order over several packets and
//! datagrams (RFC 9000, section 19.6).

use super::parse::Fault;
use crate::base::cursor::Cursor;

/// Longest message, its header included (RFC 8446, section 5.1, for what a record may hold).
const MAX_MESSAGE: usize = (1 << 14) + 256;
/// Most bytes before the message's length is known.
const MAX_UNKNOWN: usize = 2000;
/// Pieces that wait for what is in front of them.
const MAX_PIECES: usize = 256;
/// Bytes of a message's header.
const HEADER: usize = 4;

/// A message that is put together.
#[derive(Debug, Default)]
pub(super) struct Hello {
    /// From its beginning on.
    bytes: Vec<u8>,
    /// What comes later, and its place.
    ahead: Vec<(u64, Vec<u8>)>,
    /// Bytes in there.
    waiting: usize,
    /// Nothing more is put together: it was complete, or is too long.
    over: bool,
}

impl Hello {
    /// Whether nothing more is waited for.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Some more of it; the whole message, once it is there.
    pub(super) fn add(&mut self, place: u64, bytes: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        if self.over {
            return Ok(None);
        }
        if !self.append(place, bytes) {
            self.keep(place, bytes)?;
        }
        self.append_kept();
        match self.length() {
            None if self.bytes.len() + self.waiting > MAX_UNKNOWN => Err(Fault::Crypto),
            None => Ok(None),
            Some(length) if length > MAX_MESSAGE => {
                *self = Self { over: true, ..Self::default() };
                Ok(None)
            }
            Some(length) if self.bytes.len() > length => Err(Fault::Crypto),
            Some(length) if self.bytes.len() < length => Ok(None),
            Some(_) => {
                let whole = std::mem::take(self);
                self.over = true;
                Ok(Some(whole.bytes))
            }
        }
    }

    /// Bytes of the whole message, by its header.
    fn length(&self) -> Option<usize> {
        let mut header = Cursor::new(self.bytes.get(..HEADER)?);
        header.u8().ok()?;
        Some(header.u24().ok()? as usize + HEADER)
    }

    /// Adds what is new of a piece, if it begins no later than what there is ends.
    fn append(&mut self, place: u64, piece: &[u8]) -> bool {
        let Some(known) = (self.bytes.len() as u64).checked_sub(place) else { return false };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        self.bytes.extend_from_slice(piece.get(known..).unwrap_or_default());
        true
    }

    fn keep(&mut self, place: u64, piece: &[u8]) -> Result<(), Fault> {
        if self.ahead.len() >= MAX_PIECES || self.waiting + piece.len() > MAX_MESSAGE {
            return Err(Fault::Crypto);
        }
        self.waiting += piece.len();
        self.ahead.push((place, piece.to_vec()));
        Ok(())
    }

    fn append_kept(&mut self) {
        while let Some(next) = self.ahead.iter().position(|(place, _)| *place <= self.bytes.len() as u64) {
            let (place, piece) = self.ahead.swap_remove(next);
            self.waiting -= piece.len();
            self.append(place, &piece);
        }
    }

    pub(super) fn held(&self) -> usize {
        let pieces: usize = self.ahead.iter().map(|(_, piece)| piece.capacity()).sum();
        self.bytes.capacity() + self.ahead.capacity() * size_of::<(u64, Vec<u8>)>() + pieces
    }
}
