//! The parts of a multipart body, from bytes in pieces (RFC 2046, section 5.1).

use memchr::memchr;

/// Longest boundary that is looked for, in bytes. RFC 2046 allows 70.
pub const MAX_BOUNDARY: usize = 256;

/// What happens to a part.
///
/// Not `#[non_exhaustive]`: whoever reads parts has to know of a new kind of piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// One begins.
    Begin,
    /// Some of its bytes: its header fields, an empty line, its body.
    Data(&'a [u8]),
    /// It is over; the line end before the boundary was not part of it.
    End,
}

/// Hears of parts.
type Sink<'a> = &'a mut dyn FnMut(Part<'_>);

/// Where the splitter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At a line's beginning, so many bytes of the delimiter behind it.
    Start(usize),
    /// In a line that is no delimiter.
    Line,
    /// Behind a delimiter, in what is left of its line; whether a single `-` was all of that so far.
    Behind(Behind),
    /// Behind the last part.
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    Nothing,
    Dash,
    Else,
}

/// Splits a body into its parts. LF and CR LF end a line. What is before the first part and behind the last one is nobody's.
///
/// Of the body nothing is kept but the place: what waits for its meaning is a line end and the beginning of the delimiter,
/// which are known.
#[derive(Clone, Debug)]
#[must_use]
pub struct Multipart {
    /// Two dashes and the boundary.
    delimiter: Vec<u8>,
    place: Place,
    /// The line end that waits: it is content only if no delimiter follows. A CR that is the last byte so far waits too.
    ending: &'static [u8],
    open: bool,
}

impl Multipart {
    /// Looks for this boundary; nothing if it is empty or longer than [`MAX_BOUNDARY`].
    #[must_use]
    pub fn new(boundary: &[u8]) -> Option<Self> {
        let fits = (1..=MAX_BOUNDARY).contains(&boundary.len());
        let new = || Self {
            delimiter: [b"--", boundary].concat(),
            place: Place::Start(0),
            ending: b"",
            open: false,
        };
        fits.then(new)
    }

    /// Whether the last part is over: what follows is nobody's.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.place == Place::Over
    }

    /// Bytes of memory held beside this struct.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.delimiter.capacity()
    }

    /// Splits the next bytes.
    pub fn split(&mut self, bytes: &[u8], sink: &mut dyn FnMut(Part<'_>)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.place {
                Place::Start(matched) => self.start(matched, &mut rest, sink),
                Place::Line => self.line(&mut rest, sink),
                Place::Behind(behind) => self.behind(behind, &mut rest, sink),
                Place::Over => return,
            }
        }
    }

    /// The end of the body: what waits is content, and an open part is over.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Part<'_>)) {
        match std::mem::replace(&mut self.place, Place::Over) {
            Place::Start(matched) => self.give_back(matched, sink),
            Place::Line => self.give_back(0, sink),
            Place::Behind(_) => self.begin(sink),
            Place::Over => {}
        }
        self.end(sink);
    }

    fn start(&mut self, matched: usize, rest: &mut &[u8], sink: Sink<'_>) {
        let due = self.delimiter.get(matched..).unwrap_or_default();
        let same = due.iter().zip(rest.iter()).take_while(|(due, byte)| due == byte).count();
        let (due, left) = (due.len(), rest.len());
        skip(rest, same);
        if same == due {
            self.ending = b"";
            self.end(sink);
            self.place = Place::Behind(Behind::Nothing);
        } else if same == left {
            self.place = Place::Start(matched + same);
        } else {
            self.give_back(matched + same, sink);
            self.place = Place::Line;
        }
    }

    fn line(&mut self, rest: &mut &[u8], sink: Sink<'_>) {
        let Some(at) = memchr(b'\n', rest) else {
            let line = rest.strip_suffix(b"\r").unwrap_or(rest);
            self.give_back(0, sink);
            self.content(line, sink);
            self.ending = if line.len() < rest.len() { b"\r" } else { b"" };
            return *rest = &[];
        };
        let line = rest.get(..at).unwrap_or_default();
        skip(rest, at + 1);
        if at > 0 {
            self.give_back(0, sink);
        }
        let bare = line.strip_suffix(b"\r").unwrap_or(line);
        self.content(bare, sink);
        let pair = bare.len() < line.len() || self.ending == b"\r";
        self.ending = if pair { b"\r\n" } else { b"\n" };
        self.place = Place::Start(0);
    }

    fn behind(&mut self, behind: Behind, rest: &mut &[u8], sink: Sink<'_>) {
        match (behind, rest.first()) {
            (Behind::Nothing, Some(b'-')) => {
                self.place = Place::Behind(Behind::Dash);
                skip(rest, 1);
            }
            (Behind::Dash, Some(b'-')) => self.place = Place::Over,
            (Behind::Nothing | Behind::Dash, _) => self.place = Place::Behind(Behind::Else),
            (Behind::Else, _) => match memchr(b'\n', rest) {
                None => *rest = &[],
                Some(at) => {
                    skip(rest, at + 1);
                    self.begin(sink);
                    self.place = Place::Start(0);
                }
            },
        }
    }

    /// What waited is content: a line end and so much of the delimiter.
    fn give_back(&mut self, matched: usize, sink: Sink<'_>) {
        let ending = std::mem::take(&mut self.ending);
        self.content(ending, sink);
        self.content(self.delimiter.get(..matched).unwrap_or_default(), sink);
    }

    fn content(&self, bytes: &[u8], sink: Sink<'_>) {
        if self.open && !bytes.is_empty() {
            sink(Part::Data(bytes));
        }
    }

    fn begin(&mut self, sink: Sink<'_>) {
        self.open = true;
        sink(Part::Begin);
    }

    fn end(&mut self, sink: Sink<'_>) {
        if std::mem::take(&mut self.open) {
            sink(Part::End);
        }
    }
}

fn skip(rest: &mut &[u8], n: usize) {
    *rest = rest.get(n..).unwrap_or_default();
}
