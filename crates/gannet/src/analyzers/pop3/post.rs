//! A mail that the server sends: what is in it are files.

use crate::analyzers::Context;
use crate::base::direction::Direction;
use crate::files::{About, Content, FileKey};
use crate::parsers::mime::{Field, Listener, Mail, Oddity};

/// One mail.
pub(super) struct Post {
    mail: Mail,
    letter: Letter,
}

/// What is open of it.
struct Letter {
    dir: Direction,
    /// Its place among the connection's mails, and the entity at hand.
    place: [u64; 2],
    file: Option<Box<Content>>,
}

struct Desk<'a, 'c> {
    cx: &'a mut Context<'c>,
    letter: &'a mut Letter,
}

impl Post {
    /// Begins one, with its place among the connection's mails.
    pub(super) fn begin(cx: &mut Context<'_>, dir: Direction, place: u64) -> Self {
        let mut letter = Letter { dir, place: [place, 0], file: None };
        let mail = Mail::begin(&mut Desk { cx, letter: &mut letter });
        Self { mail, letter }
    }

    /// The next line.
    pub(super) fn line(&mut self, cx: &mut Context<'_>, line: &[u8]) {
        self.mail.line(&mut Desk { cx, letter: &mut self.letter }, line, true);
    }

    /// The mail is over.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>) {
        self.mail.finish(&mut Desk { cx, letter: &mut self.letter });
    }

    /// Bytes of memory held, this struct included.
    pub(super) fn held(&self) -> usize {
        let file = self.letter.file.as_ref().map_or(0, |file| size_of::<Content>() + file.held());
        size_of::<Self>() + self.mail.held() + file
    }
}

impl Listener for Desk<'_, '_> {
    fn begin(&mut self) {
        let [_, entity] = &mut self.letter.place;
        *entity += 1;
        self.letter.file = None;
    }

    fn field(&mut self, _field: &Field<'_>) {}

    fn content(&mut self, bytes: &[u8]) {
        let Letter { dir, place, file } = self.letter;
        let file = file.get_or_insert_with(|| {
            let about = About { source: "POP3", is_orig: *dir == Direction::Orig, ..About::default() };
            Box::new(Content::new(FileKey::of_connection(self.cx, *dir, place), about))
        });
        file.data(self.cx, bytes);
    }

    fn end(&mut self) {
        if let Some(mut file) = self.letter.file.take() {
            file.end(self.cx);
        }
    }

    fn odd(&mut self, what: Oddity) {
        match what {
            Oddity::Base64(odd) => self.cx.weird_from(None, "base64_illegal_encoding", odd.to_string()),
            Oddity::LongField(length) => {
                self.cx.limit_reached();
                self.cx.weird("exceeded_mime_max_header_bytes", length.to_string());
            }
            Oddity::Depth(depth) => self.cx.weird("exceeded_mime_max_depth", depth.to_string()),
        }
    }
}
