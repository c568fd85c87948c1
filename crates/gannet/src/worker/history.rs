//! The history of a connection: one letter for each kind of thing that happened, originator's in capitals.

/// Longest history kept; a connection that repeats control packets for hours must not grow without end.
const MAX_HISTORY: usize = 4096;

/// The letters, inline while they are few.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    inline: [u8; 22],
    len: u8,
    /// Bits of the letters that appear once in each direction, responder's shifted by 16.
    seen: u32,
    spill: Option<Box<Spill>>,
}

/// The letters of a long history; boxed, for few have it.
#[derive(Clone, Debug)]
struct Spill(Vec<u8>);

/// A history of few letters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brief {
    /// The letters; behind them zeros.
    pub(crate) letters: [u8; Self::LETTERS],
    /// What [`History::once`] noted.
    pub(crate) marks: u32,
}

impl Brief {
    /// Letters that there is room for.
    pub(crate) const LETTERS: usize = 3;
}

impl From<Brief> for History {
    fn from(brief: Brief) -> Self {
        let mut history = Self { seen: brief.marks, ..Self::default() };
        brief.letters.into_iter().filter(|letter| *letter != 0).for_each(|letter| history.push(letter));
        history
    }
}

/// Letters that are recorded once, as bits of [`History::once`].
pub(crate) mod mark {
    pub(crate) const SYN: u32 = 0x1;
    pub(crate) const FIN: u32 = 0x2;
    pub(crate) const RST: u32 = 0x4;
    pub(crate) const FIN_RST: u32 = 0x8;
    pub(crate) const DATA: u32 = 0x10;
    pub(crate) const ACK: u32 = 0x20;
    pub(crate) const MULTI: u32 = 0x40;
    pub(crate) const LIMIT: u32 = 0x400;
}

impl History {
    /// Adds a letter.
    pub(crate) fn push(&mut self, letter: u8) {
        if let Some(spill) = &mut self.spill {
            if spill.0.len() < MAX_HISTORY {
                spill.0.push(letter);
            }
        } else if let Some(place) = self.inline.get_mut(usize::from(self.len)) {
            *place = letter;
            self.len += 1;
        } else {
            let mut spill = self.inline.to_vec();
            spill.push(letter);
            self.spill = Some(Box::new(Spill(spill)));
        }
    }

    /// Adds a letter if its mark is new in this direction; true if the mark was there already.
    pub(crate) fn once(&mut self, is_orig: bool, mark: u32, letter: u8) -> bool {
        let mark = if is_orig { mark } else { mark << 16 };
        if self.seen & mark != 0 {
            return true;
        }
        self.seen |= mark;
        self.push(case(is_orig, letter));
        false
    }

    /// Puts another text in place of the letters; the marks stay.
    pub(crate) fn replace(&mut self, text: &[u8]) {
        self.len = 0;
        self.spill = None;
        text.iter().for_each(|letter| self.push(*letter));
    }

    /// The same in short, if it is short.
    pub(crate) fn brief(&self) -> Option<Brief> {
        let text = self.text();
        let mut letters = [0; Brief::LETTERS];
        letters.get_mut(..text.len())?.copy_from_slice(text);
        Some(Brief { letters, marks: self.seen })
    }

    /// Bytes of memory held.
    pub(crate) fn spilled(&self) -> usize {
        self.spill.as_ref().map_or(0, |spill| size_of::<Spill>() + spill.0.capacity())
    }

    /// The letters so far.
    pub(crate) fn text(&self) -> &[u8] {
        match &self.spill {
            Some(spill) => &spill.0,
            None => self.inline.get(..usize::from(self.len)).unwrap_or_default(),
        }
    }
}

/// A letter as a direction writes it.
pub(crate) const fn case(is_orig: bool, letter: u8) -> u8 {
    if is_orig { letter } else { letter.to_ascii_lowercase() }
}

/// Counts something whose letter appears at 1, 10, 100 … times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scaled(u32);

impl Scaled {
    /// Counts one more; true if it is a power of ten.
    pub(crate) fn hit(&mut self) -> bool {
        self.0 = self.0.saturating_add(1);
        let mut power = 1u32;
        while power < self.0 {
            match power.checked_mul(10) {
                Some(next) => power = next,
                None => return false,
            }
        }
        power == self.0
    }
}
