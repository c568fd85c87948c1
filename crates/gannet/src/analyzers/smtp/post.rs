//! A mail on its way: its entities go to the row, their content to files.

use super::chunks::Reader;
use super::record::Smtp;
use super::session::Session;
use crate::analyzers::Context;
use crate::base::direction::Direction;
use crate::events::Weird;
use crate::files::{About, Content, FileKey};
use crate::parsers::mime::{Field, Listener, Mail, Oddity};

/// One mail.
pub(super) struct Post {
    mail: Mail,
    letter: Letter,
    /// Somebody listens to what is in it.
    heard: bool,
}

/// What is open of it.
struct Letter {
    dir: Direction,
    /// The file that the innermost entity is.
    file: Option<Box<Content>>,
}

/// Where what is in a mail goes.
struct Desk<'a, 'c> {
    cx: &'a mut Context<'c>,
    session: &'a mut Session,
    letter: &'a mut Letter,
}

impl Post {
    /// Begins one that is sent in a direction.
    pub(super) fn begin(cx: &mut Context<'_>, session: &mut Session, dir: Direction) -> Self {
        let mut letter = Letter { dir, file: None };
        let mail = Mail::begin(&mut Desk { cx: &mut *cx, session, letter: &mut letter });
        let heard = cx.wants(Smtp::STREAM) || cx.wants(Weird::STREAM) || cx.wants_files();
        Self { mail, letter, heard }
    }

    /// The next line.
    pub(super) fn line(&mut self, cx: &mut Context<'_>, session: &mut Session, line: &[u8], is_line: bool) {
        if self.heard {
            self.mail.line(&mut Desk { cx, session, letter: &mut self.letter }, line, is_line);
        }
    }

    /// Bytes that were never seen.
    pub(super) fn gap(&mut self, cx: &mut Context<'_>, session: &mut Session, len: u64) {
        Desk { cx, session, letter: &mut self.letter }.with_file(|content, cx| content.gap(cx, len));
    }

    /// The mail is over.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>, session: &mut Session) {
        self.mail.finish(&mut Desk { cx, session, letter: &mut self.letter });
    }

    /// Bytes of memory held, this struct included.
    pub(super) fn held(&self) -> usize {
        let file = self.letter.file.as_ref().map_or(0, |file| size_of::<Content>() + file.held());
        size_of::<Self>() + self.mail.held() + file
    }
}

impl Desk<'_, '_> {
    /// Calls `f` with the file, which begins if there is none.
    fn with_file(&mut self, f: impl FnOnce(&mut Content, &mut Context<'_>)) {
        let mut file = match self.letter.file.take() {
            Some(file) => file,
            None => self.begin_file(),
        };
        f(&mut file, self.cx);
        if file.has_begun() {
            self.session.note_file(file.fuid(self.cx));
        }
        self.letter.file = Some(file);
    }

    fn begin_file(&mut self) -> Box<Content> {
        let depth = self.session.entities();
        let key = FileKey::of_connection(self.cx, self.letter.dir, &[self.session.trans_depth(), depth]);
        let is_orig = self.letter.dir == Direction::Orig;
        let about = About { source: "SMTP", depth, is_orig, ..About::default() };
        let mut file = Box::new(Content::new(key, about));
        if let Some(name) = self.session.file_name() {
            file.set_name(self.cx, name);
        }
        file
    }
}

impl Listener for Desk<'_, '_> {
    fn begin(&mut self) {
        self.letter.file = None;
        self.session.begin_entity();
    }

    fn field(&mut self, field: &Field<'_>) {
        self.session.field(self.cx, field);
    }

    fn content(&mut self, bytes: &[u8]) {
        self.with_file(|file, cx| file.data(cx, bytes));
    }

    fn end(&mut self) {
        if let Some(mut file) = self.letter.file.take() {
            file.end(self.cx);
        }
        self.session.end_entity();
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

/// Lines of chunks go to the mail.
pub(super) struct ChunkReader<'a, 'c> {
    pub(super) cx: &'a mut Context<'c>,
    pub(super) session: &'a mut Session,
    pub(super) post: Option<&'a mut Post>,
}

impl Reader for ChunkReader<'_, '_> {
    fn line(&mut self, line: &[u8], is_line: bool) {
        if let Some(post) = &mut self.post {
            post.line(self.cx, self.session, line, is_line);
        }
    }

    fn odd(&mut self, name: &'static str, addl: &str) {
        self.cx.weird(name, addl);
    }
}
