//! A mail, line by line: its entities, their header fields, and their content decoded (RFC 2045, RFC 2046, RFC 5322).

use super::content::Transfer;
use super::field::Field;
use super::folding::{Folding, Line};
use super::kind::{Kind, content_type, delimiter};
use crate::parsers::base64::{Base64, Odd};
use crate::parsers::quoted_printable;

/// Entities inside each other; the parts of the innermost one are left out.
const MAX_DEPTH: usize = 100;

/// What is odd about a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// Content in base64 is not.
    Base64(Odd),
    /// A header field of so many bytes goes on; what follows is left out.
    LongField(usize),
    /// An entity inside so many others is left out.
    Depth(usize),
}

/// Hears what is in a mail, in order.
pub trait Listener {
    /// An entity begins: the mail itself, or a part of the entity that began before it and is not over.
    fn begin(&mut self);
    /// A header field of the entity that began last.
    fn field(&mut self, field: &Field<'_>);
    /// Bytes of its content, decoded.
    fn content(&mut self, bytes: &[u8]);
    /// The innermost entity is over.
    fn end(&mut self);
    /// Something is not as it should be.
    fn odd(&mut self, what: Oddity);
}

/// One entity.
#[derive(Clone, Debug)]
struct Entity {
    in_header: bool,
    ended: bool,
    kind: Kind,
    transfer: Transfer,
    base64: Option<Base64>,
    /// A line end came that is content only if more follows.
    line_end_waits: bool,
    /// The parent has parts: the last line end before a boundary is no content.
    in_multipart: bool,
}

impl Entity {
    /// One inside a parent, whose encoding it has unless it says otherwise; or the mail itself.
    fn new(parent: Option<&Self>) -> Self {
        Self {
            in_header: true,
            ended: false,
            kind: Kind::Leaf,
            transfer: parent.map_or(Transfer::Binary, |parent| parent.transfer),
            base64: None,
            line_end_waits: false,
            in_multipart: parent.is_some_and(|parent| matches!(parent.kind, Kind::Multipart(_))),
        }
    }

    fn apply(&mut self, field: &Field<'_>) {
        if field.is("content-type") {
            let boundary =
                if let Kind::Multipart(boundary) = &self.kind { Some(boundary.clone()) } else { None };
            if let Some(kind) = content_type(field.value, boundary) {
                self.kind = kind;
            }
        } else if field.is("content-transfer-encoding") {
            self.transfer = Transfer::of(field).unwrap_or(self.transfer);
        }
    }

    /// Appends the content of a line.
    fn decode(&mut self, line: &[u8], is_line: bool, out: &mut Vec<u8>, odd: &mut dyn FnMut(Odd)) {
        match self.transfer {
            Transfer::QuotedPrintable => quoted_printable::line(line, out),
            Transfer::Base64 => {
                if let Some(decoder) = &mut self.base64 {
                    decoder.decode(line, out, odd);
                }
            }
            Transfer::Binary => {
                if std::mem::take(&mut self.line_end_waits) {
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(line);
                self.line_end_waits = is_line && self.in_multipart;
                if is_line && !self.in_multipart {
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
    }

    fn held(&self) -> usize {
        if let Kind::Multipart(boundary) = &self.kind { boundary.capacity() } else { 0 }
    }
}

/// One mail, from its first line to its end.
#[derive(Clone, Debug)]
#[must_use]
pub struct Mail {
    /// The mail itself, and the open part of each entity before it.
    entities: Vec<Entity>,
    /// The header field at hand; only the innermost entity can have one.
    field: Folding,
    scratch: Vec<u8>,
}

impl Mail {
    /// Begins one.
    pub fn begin(to: &mut dyn Listener) -> Self {
        to.begin();
        Self { entities: vec![Entity::new(None)], field: Folding::default(), scratch: Vec::new() }
    }

    /// The next line, without its end; `is_line` is false if it has none and goes on.
    pub fn line(&mut self, to: &mut dyn Listener, line: &[u8], is_line: bool) {
        let mut depth = 0;
        while let Some(entity) = self.entities.get_mut(depth) {
            if entity.in_header {
                return self.header_line(to, depth, line);
            }
            match &entity.kind {
                Kind::Leaf => {
                    return self.leaf(to, depth, |entity, out, odd| entity.decode(line, is_line, out, odd));
                }
                Kind::Multipart(boundary) => {
                    if let Some(closing) = delimiter(line, boundary) {
                        return self.boundary(to, depth, closing);
                    }
                }
                Kind::Message => {}
            }
            depth += 1;
        }
    }

    /// The mail is over, whatever is still open.
    pub fn finish(&mut self, to: &mut dyn Listener) {
        self.end_from(to, 0);
    }

    /// Bytes of memory held beside this struct.
    #[must_use]
    pub fn held(&self) -> usize {
        let own: usize = self.entities.iter().map(Entity::held).sum();
        own + self.entities.capacity() * size_of::<Entity>() + self.field.held() + self.scratch.capacity()
    }

    fn boundary(&mut self, to: &mut dyn Listener, depth: usize, closing: bool) {
        self.end_from(to, depth + 1);
        if closing {
            self.end_one(to, depth);
        } else if self.entities.last().is_some_and(|entity| !entity.ended) {
            self.begin_part(to);
        }
    }

    /// A part of the innermost entity begins.
    fn begin_part(&mut self, to: &mut dyn Listener) {
        let depth = self.entities.len().saturating_sub(1);
        if depth >= MAX_DEPTH {
            return to.odd(Oddity::Depth(depth));
        }
        let part = Entity::new(self.entities.last());
        self.entities.push(part);
        to.begin();
    }

    fn header_line(&mut self, to: &mut dyn Listener, depth: usize, line: &[u8]) {
        match self.field.line(line) {
            Line::End => {
                self.finish_field(to, depth);
                self.begin_body(to, depth);
            }
            Line::Continues => {
                if !self.field.go_on(line) {
                    to.odd(Oddity::LongField(self.field.len()));
                }
            }
            Line::Begins => {
                self.finish_field(to, depth);
                self.field.begin(line);
            }
        }
    }

    fn begin_body(&mut self, to: &mut dyn Listener, depth: usize) {
        let Some(entity) = self.entities.get_mut(depth) else { return };
        entity.in_header = false;
        if entity.transfer == Transfer::Base64 {
            entity.base64 = Some(Base64::default());
        }
        if entity.kind == Kind::Message {
            self.begin_part(to);
        }
    }

    /// The header field at hand is whole.
    fn finish_field(&mut self, to: &mut dyn Listener, depth: usize) {
        let Some((text, _)) = self.field.take() else { return };
        if let Some(field) = Field::parse(&text)
            && let Some(entity) = self.entities.get_mut(depth)
        {
            entity.apply(&field);
            to.field(&field);
        }
        self.field.give_back(text);
    }

    /// Passes on what an entity makes of bytes.
    fn leaf(
        &mut self,
        to: &mut dyn Listener,
        depth: usize,
        decode: impl FnOnce(&mut Entity, &mut Vec<u8>, &mut dyn FnMut(Odd)),
    ) {
        let Some(entity) = self.entities.get_mut(depth) else { return };
        self.scratch.clear();
        decode(entity, &mut self.scratch, &mut |what| to.odd(Oddity::Base64(what)));
        if !self.scratch.is_empty() {
            to.content(&self.scratch);
        }
    }

    /// The entities from a depth on are over, the innermost first, and forgotten.
    fn end_from(&mut self, to: &mut dyn Listener, depth: usize) {
        for depth in (depth..self.entities.len()).rev() {
            self.end_one(to, depth);
        }
        self.entities.truncate(depth);
    }

    fn end_one(&mut self, to: &mut dyn Listener, depth: usize) {
        let Some(entity) = self.entities.get_mut(depth).filter(|entity| !entity.ended) else { return };
        entity.ended = true;
        if entity.in_header {
            self.finish_field(to, depth);
        } else if let Some(mut decoder) = entity.base64.take() {
            self.leaf(to, depth, |_, out, odd| decoder.finish(out, odd));
        }
        to.end();
    }
}
