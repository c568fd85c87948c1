//! An entity: headers and a body, of a message or of one of its parts, and how its body is told and decoded.

use super::inflate::Inflate;
use super::lines::Lines;
use super::parse::Version;
use super::session::Session;
use crate::analyzers::Context;
use crate::analyzers::websocket::Handshake;
use crate::base::direction::Direction;
use crate::files::{About, Content, Packing};
use crate::parsers::base64::{Base64, Odd};
use crate::parsers::mime::{Kind, Transfer};
use crate::parsers::quoted_printable;

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunks {
    /// Not by chunks.
    No,
    /// By chunks, once the headers are over.
    Announced,
    Size,
    Data,
    /// The end of a chunk's line.
    Behind,
    Trailer,
    Over,
}

/// Content-Encodings that are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Deflate,
}

/// A range that the entity is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partial {
    /// Where the next byte belongs.
    pub(super) offset: u64,
    pub(super) length: i64,
    pub(super) whole: Option<i64>,
}

/// One entity.
pub(super) struct Entity {
    pub(super) in_header: bool,
    pub(super) ended: bool,
    pub(super) kind: Kind,
    pub(super) transfer: Transfer,
    pub(super) coding: Coding,
    /// A coding that is undone only for who listens to content.
    pub(super) packing: Option<Packing>,
    pub(super) chunks: Chunks,
    /// Content-Length, or what a range makes of it.
    pub(super) length: Option<i64>,
    /// Content-Length as it was given.
    pub(super) told_length: Option<i64>,
    /// It was given as it must not be: where the body ends cannot be known.
    pub(super) bad_length: bool,
    pub(super) partial: Option<Partial>,
    pub(super) expects_continue: bool,
    /// Bytes that are still due of a body or chunk of known length.
    pub(super) due: i64,
    /// The end of the body is told by frames, whatever the headers say (RFC 9113, section 8.1).
    pub(super) framed: bool,
    /// Bytes of the body so far, decoded.
    pub(super) body: u64,
    pub(super) inflate: Option<Box<Inflate>>,
    base64: Option<Base64>,
    /// A line end came that is content only if more follows.
    line_end_waits: bool,
    /// The parent has parts: the last line end before a boundary is no content.
    in_multipart: bool,
    size_told: bool,
    content: Option<Box<Content>>,
    /// The number of the row that names the file.
    row: Option<u64>,
}

/// What entities need of their surroundings.
pub(super) struct Scene<'a, 'c> {
    pub(super) cx: &'a mut Context<'c>,
    pub(super) session: &'a mut Session,
    pub(super) facts: &'a mut Facts,
    pub(super) lines: &'a mut Lines,
    /// Where what is decoded is put together.
    pub(super) scratch: &'a mut Vec<u8>,
    pub(super) dir: Direction,
}

/// What one message says that others depend on.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) request_version: Version,
    pub(super) reply_version: Version,
    /// A request has begun and is not over.
    pub(super) request_open: bool,
    pub(super) reply_open: bool,
    /// Status code of the reply that is open, 0 if none is.
    pub(super) code: u16,
    /// More than one request is to be expected.
    pub(super) keep_alive: bool,
    /// Bodies may last until the end of the connection.
    pub(super) closes: bool,
    /// The reply speaks of an upgrade, and to what.
    pub(super) upgrades: bool,
    pub(super) upgrade_to: Vec<u8>,
    /// What the request and its reply say about WebSocket.
    pub(super) websocket: Option<Box<Handshake>>,
}

impl Facts {
    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.upgrade_to.capacity() + self.websocket.as_ref().map_or(0, |handshake| handshake.held())
    }
}

impl Entity {
    /// One inside a parent, or at the top.
    pub(super) fn new(parent: Option<&Self>) -> Self {
        Self {
            in_header: true,
            ended: false,
            kind: Kind::Leaf,
            transfer: parent.map_or(Transfer::Binary, |parent| parent.transfer),
            coding: Coding::Identity,
            packing: None,
            chunks: Chunks::No,
            length: None,
            told_length: None,
            bad_length: false,
            partial: None,
            expects_continue: false,
            due: 0,
            framed: false,
            body: 0,
            inflate: None,
            base64: None,
            line_end_waits: false,
            in_multipart: parent.is_some_and(|parent| matches!(parent.kind, Kind::Multipart(_))),
            size_told: false,
            content: None,
            row: None,
        }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let boundary = if let Kind::Multipart(boundary) = &self.kind { boundary.capacity() } else { 0 };
        let inflate = if self.inflate.is_some() { Inflate::held() } else { 0 };
        let content = self.content.as_ref().map_or(0, |content| size_of::<Content>() + content.held());
        boundary + inflate + content
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.kind == Kind::Leaf
    }

    pub(super) fn takes_parts(&self) -> bool {
        matches!(self.kind, Kind::Multipart(_))
    }

    /// The body begins.
    pub(super) fn begin_body(&mut self) {
        if self.transfer == Transfer::Base64 {
            self.base64 = Some(Base64::default());
        }
    }

    /// Content of a leaf, transfer encoding and all.
    pub(super) fn leaf(&mut self, scene: &mut Scene<'_, '_>, bytes: &[u8], line: bool) {
        match self.transfer {
            Transfer::QuotedPrintable => self.decoded(scene, |_, out, _| quoted_printable::line(bytes, out)),
            Transfer::Base64 => self.decoded(scene, |entity, out, odd| {
                if let Some(decoder) = &mut entity.base64 {
                    decoder.decode(bytes, out, odd);
                }
            }),
            _ => self.binary(scene, bytes, line),
        }
    }

    fn decoded(
        &mut self,
        scene: &mut Scene<'_, '_>,
        decode: impl FnOnce(&mut Self, &mut Vec<u8>, &mut dyn FnMut(Odd)),
    ) {
        let mut out = std::mem::take(scene.scratch);
        out.clear();
        let cx = &mut *scene.cx;
        decode(self, &mut out, &mut |what| cx.weird_from(None, "base64_illegal_encoding", what.to_string()));
        self.submit(scene, &out);
        *scene.scratch = out;
    }

    fn binary(&mut self, scene: &mut Scene<'_, '_>, bytes: &[u8], line: bool) {
        if std::mem::take(&mut self.line_end_waits) {
            self.submit(scene, b"\r\n");
        }
        self.submit(scene, bytes);
        if line && self.in_multipart {
            self.line_end_waits = true;
        } else if line {
            self.submit(scene, b"\r\n");
        }
    }

    /// Bytes of the file that the entity carries.
    fn submit(&mut self, scene: &mut Scene<'_, '_>, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let Some(mut content) = self.content(scene) else { return };
        let plain = self.coding == Coding::Identity;
        let first = !std::mem::replace(&mut self.size_told, true);
        let size = if let Some(partial) = &self.partial { partial.whole } else { self.length };
        if let Some(size) = size.filter(|size| first && plain && *size > 0) {
            content.set_total(scene.cx, size as u64);
        }
        match &mut self.partial {
            Some(partial) => {
                content.data_at(scene.cx, partial.offset, bytes);
                partial.offset = partial.offset.saturating_add(bytes.len() as u64);
            }
            None => content.data(scene.cx, bytes),
        }
        self.keep(scene, content);
    }

    /// Takes the file, or begins it with the name and the key that the row at hand gives it.
    fn content(&mut self, scene: &mut Scene<'_, '_>) -> Option<Box<Content>> {
        if let Some(content) = self.content.take() {
            return Some(content);
        }
        let (key, name) = scene.session.file(scene.cx, scene.dir)?;
        let about = About {
            source: "HTTP",
            is_orig: scene.dir == Direction::Orig,
            packing: self.packing,
            ..About::default()
        };
        let mut content = Box::new(Content::new(key, about));
        if let Some(name) = name {
            content.set_name(scene.cx, &name);
        }
        Some(content)
    }

    /// Puts the file back, and passes on what became known of it.
    fn keep(&mut self, scene: &mut Scene<'_, '_>, mut content: Box<Content>) {
        if content.has_begun() {
            let (fuid, name) = (content.fuid(scene.cx), content.name().map(<[u8]>::to_vec));
            self.row = scene.session.note_file(scene.dir, fuid, name);
        }
        if let Some(mime) = content.learned()
            && let Some(row) = self.row.take()
        {
            scene.session.note_type(scene.dir, row, mime);
        }
        self.content = Some(content);
    }

    /// Bytes of the body that were never seen; whether they all belong to it.
    pub(super) fn gap(&mut self, scene: &mut Scene<'_, '_>, len: u64) -> bool {
        if self.body == 0 && !self.framed {
            return false;
        }
        if let Some(mut content) = self.content(scene) {
            content.gap_at(scene.cx, self.body, len);
            self.keep(scene, content);
        }
        if let Some(partial) = &mut self.partial {
            partial.offset = partial.offset.saturating_add(len);
        }
        let fits = i64::try_from(len).is_ok_and(|len| self.due >= len);
        let known = match self.chunks {
            Chunks::No => self.framed || self.length.is_some(),
            chunks => chunks == Chunks::Data,
        };
        if !fits || !known {
            return false;
        }
        self.body += len;
        self.due -= len as i64;
        if self.chunks == Chunks::Data && self.due == 0 {
            self.chunks = Chunks::Behind;
        }
        true
    }

    /// Whether something of its body came, and may be part of a file.
    pub(super) fn has_file(&self) -> bool {
        self.content.is_some()
    }

    /// Nothing more comes: what a decoder still has is content too.
    pub(super) fn flush(&mut self, scene: &mut Scene<'_, '_>) {
        if let Some(mut decoder) = self.base64.take() {
            self.decoded(scene, |_, out, odd| decoder.finish(out, odd));
        }
    }

    /// Lets go of a decoder; what may still come is taken as it is.
    pub(super) fn drop_decoder(&mut self) {
        if self.inflate.take().is_some() {
            self.coding = Coding::Identity;
        }
    }

    /// The file is over. Without one of its own, the entity ends the one that other connections carry parts of.
    pub(super) fn end_file(&mut self, scene: &mut Scene<'_, '_>) {
        if let Some(mut content) = self.content.take() {
            content.end(scene.cx);
            self.keep(scene, content);
        } else if scene.session.is_shared(scene.dir)
            && let Some(mut content) = self.content(scene)
        {
            content.end(scene.cx);
        }
    }
}
