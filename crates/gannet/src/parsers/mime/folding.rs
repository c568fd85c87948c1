//! Header fields that go on in further lines (RFC 5322, section 2.2.3).

use super::field::{is_blank, skip_blanks};

/// Bytes of one field; lines that continue a longer one are left out.
pub const MAX_FIELD: usize = 65_536;

/// What a line is to the fields before it.
///
/// Not `#[non_exhaustive]`: there is no more that a line can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The fields are over. Some senders end them with a zero byte instead of an empty line.
    End,
    /// It goes on with the field at hand.
    Continues,
    /// A field begins; the one at hand is whole.
    Begins,
}

/// The field at hand, whose lines are joined.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Folding {
    text: Vec<u8>,
    lines: usize,
}

impl Folding {
    /// What the next line is; nothing is done with it.
    #[must_use]
    pub fn line(&self, line: &[u8]) -> Line {
        match line.first() {
            None | Some(0) => Line::End,
            Some(first) if is_blank(*first) && self.lines > 0 => Line::Continues,
            Some(_) => Line::Begins,
        }
    }

    /// Begins a field. The one at hand is gone: [`Self::take`] it before.
    pub fn begin(&mut self, line: &[u8]) {
        self.text.clear();
        self.text.extend_from_slice(skip_blanks(line));
        self.lines = usize::from(!self.text.is_empty());
    }

    /// Goes on with the field at hand; false if the line is left out because there are [`MAX_FIELD`] bytes already.
    #[must_use]
    pub fn go_on(&mut self, line: &[u8]) -> bool {
        let fits = self.text.len() < MAX_FIELD;
        if fits {
            self.text.extend_from_slice(line);
            self.lines += 1;
        }
        fits
    }

    /// Bytes of the field at hand so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether no field is at hand.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// The field at hand and the number of its lines, if there is one; give the buffer back with [`Self::give_back`].
    pub fn take(&mut self) -> Option<(Vec<u8>, usize)> {
        let lines = std::mem::take(&mut self.lines);
        (lines > 0).then(|| (std::mem::take(&mut self.text), lines))
    }

    /// Takes the buffer back, for the next field.
    pub fn give_back(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.text = buffer;
    }

    /// Bytes of memory held beside this struct.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.text.capacity()
    }
}
