//! Lines of a network virtual terminal (RFC 854), which FTP's control connection is (RFC 959, section 3.1): Telnet's
//! commands are taken out. LF ends a line, and a CR before it belongs to the end.

use memchr::memchr3;

/// Bytes of a line that are kept; a longer one is delivered in pieces.
const MAX_LINE: usize = 1024 * 1024;
/// Interpret as command (RFC 854).
const IAC: u8 = 255;
/// Begin and end of a subnegotiation.
const SB: u8 = 250;
const SE: u8 = 240;

/// What is odd about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    /// A zero byte was left out; those behind it are not.
    Nul,
    /// A CR that is no part of an end.
    BareCr,
    /// It goes on behind so many bytes.
    Long(usize),
}

/// Where a command of Telnet stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    /// Behind an IAC.
    Command,
    /// Behind a verb that has an option.
    Option,
    /// In a subnegotiation; whether the last byte was an IAC.
    Sub(bool),
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Nvt {
    line: Vec<u8>,
    place: Place,
    last: u8,
    had_nul: bool,
}

impl Nvt {
    /// Takes bytes up to the end of a line; whether there was one, which [`Self::take`] gives.
    pub(super) fn next(&mut self, rest: &mut &[u8], odd: &mut dyn FnMut(Odd)) -> bool {
        while let Some(first) = rest.first().copied() {
            if self.place == Place::Text {
                if self.text(rest, odd) {
                    return true;
                }
            } else {
                self.command(first);
                *rest = rest.get(1..).unwrap_or_default();
            }
        }
        false
    }

    /// The line at hand; give the buffer back with [`Self::give_back`].
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.line)
    }

    /// Takes the buffer back, for the next line.
    pub(super) fn give_back(&mut self, mut buffer: Vec<u8>) {
        /// Larger buffers are not kept for small lines.
        const MAX_SPARE: usize = 16 * 1024;
        if self.line.is_empty() && buffer.capacity() <= MAX_SPARE {
            buffer.clear();
            self.line = buffer;
        }
    }

    /// Whether a line has begun.
    pub(super) fn is_partial(&self) -> bool {
        !self.line.is_empty()
    }

    /// Bytes of memory held beside this struct.
    pub(super) fn held(&self) -> usize {
        self.line.capacity()
    }

    /// Takes text up to something special, and that; whether it was the end of a line.
    fn text(&mut self, rest: &mut &[u8], odd: &mut dyn FnMut(Odd)) -> bool {
        let room = MAX_LINE.saturating_sub(self.line.len());
        let part = rest.get(..room).unwrap_or(rest);
        let plain = memchr3(b'\n', 0, IAC, part).unwrap_or(part.len());
        let (plain, behind) = rest.split_at_checked(plain).unwrap_or((rest, &[]));
        if let Some(last) = plain.last() {
            let inner = plain.get(..plain.len() - 1).unwrap_or_default();
            if self.last == b'\r' || memchr::memchr(b'\r', inner).is_some() {
                odd(Odd::BareCr);
            }
            self.line.extend_from_slice(plain);
            self.last = *last;
        }
        *rest = behind;
        if self.line.len() >= MAX_LINE {
            odd(Odd::Long(MAX_LINE));
            self.last = 0;
            return true;
        }
        let Some((special, behind)) = behind.split_first() else { return false };
        *rest = behind;
        self.special(*special, odd)
    }

    fn special(&mut self, byte: u8, odd: &mut dyn FnMut(Odd)) -> bool {
        let before = std::mem::replace(&mut self.last, byte);
        match byte {
            b'\n' => {
                if before == b'\r' {
                    self.line.pop();
                }
                return true;
            }
            IAC => {
                // One that is escaped is text; so it is taken out when it turns out to be none.
                self.last = before;
                self.line.push(IAC);
                self.place = Place::Command;
            }
            _ if before == b'\r' => {}
            _ if self.had_nul => self.line.push(byte),
            _ => {
                self.had_nul = true;
                odd(Odd::Nul);
            }
        }
        false
    }

    /// A byte of a command.
    fn command(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            (Place::Command, IAC) => {
                self.last = IAC;
                return self.place = Place::Text;
            }
            (Place::Command, SB) => Place::Sub(false),
            (Place::Command, 251..=254) => Place::Option,
            (Place::Sub(false), IAC) => Place::Sub(true),
            (Place::Sub(false), _) | (Place::Sub(true), IAC) => Place::Sub(false),
            (Place::Sub(true), other) if other != SE => Place::Command,
            _ => Place::Text,
        };
        if self.place == Place::Text {
            self.line.pop();
        }
    }
}
