//! A message: headers, a body, and the entities in it.
//!
//! Entities are kept by depth: the first is the message itself, each other one is the open part of the one before it.

use super::coding::Inflated;
use super::entity::{Chunks, Coding, Entity, Scene};
use super::headers;
use super::inflate::Inflate;
use crate::base::direction::Direction;
use crate::files::{About, Content};
use crate::parsers::mime::{Field, Folding, Kind, Line, delimiter};

/// Entities inside each other.
const MAX_DEPTH: usize = 100;
/// Decoders of Content-Encodings in one message; more of them are not decoded.
const MAX_DECODERS: usize = 4;
/// Bytes after which a body that lasts until the end of the connection is taken as lines.
const TO_CLOSE: u64 = i32::MAX as u64;

/// Whether a message has a body if no header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// It has none, whatever the headers tell.
    Never,
    /// It has none.
    Told,
    /// It has one.
    Always,
}

/// One message.
pub(super) struct Message {
    entities: Vec<Entity>,
    /// The depth of the entity at work.
    current: usize,
    expect: Expect,
    /// The header at hand, folded lines joined.
    header: Folding,
    decoders: usize,
    pub(super) finished: bool,
}

impl Message {
    pub(super) fn new(scene: &mut Scene<'_, '_>, expect: Expect) -> Self {
        let mut message = Self {
            entities: Vec::with_capacity(1),
            current: 0,
            expect,
            header: Folding::default(),
            decoders: 0,
            finished: false,
        };
        message.entities.push(Entity::new(None));
        scene.session.begin_entity(scene.cx, scene.dir);
        message
    }

    /// One of HTTP/2: its fields and the end of its body are told by frames.
    pub(super) fn framed(scene: &mut Scene<'_, '_>) -> Self {
        let mut message = Self::new(scene, Expect::Always);
        if let Some(top) = message.entities.first_mut() {
            top.framed = true;
        }
        message
    }

    /// A field of a framed message.
    pub(super) fn field(&mut self, scene: &mut Scene<'_, '_>, field: &Field<'_>) {
        if let Some(top) = self.entities.first_mut() {
            headers::apply(top, scene, 0, field);
        }
    }

    /// A framed message has no more fields: its body begins.
    pub(super) fn begin_framed(&mut self, scene: &mut Scene<'_, '_>) {
        let Some(top) = self.entities.first_mut() else { return };
        top.in_header = false;
        top.chunks = Chunks::No;
        top.due = i64::MAX;
        if top.is_leaf() {
            scene.lines.plain = u64::MAX;
        }
        self.begin_body(scene, 0);
    }

    /// Bytes of memory held, this struct included.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>()
            + self.header.held()
            + self.entities.capacity() * size_of::<Entity>()
            + self.entities.iter().map(Entity::held).sum::<usize>()
    }

    /// A line, or bytes of a body.
    pub(super) fn deliver(&mut self, scene: &mut Scene<'_, '_>, bytes: &[u8], line: bool) {
        self.deliver_at(scene, 0, bytes, line);
    }

    fn deliver_at(&mut self, scene: &mut Scene<'_, '_>, depth: usize, bytes: &[u8], line: bool) {
        let Some(entity) = self.entities.get_mut(depth).filter(|entity| !entity.ended) else { return };
        if entity.in_header {
            if !line {
                scene.cx.weird("http_no_crlf_in_header_list", "");
            }
            return self.header_line(scene, depth, bytes);
        }
        if entity.is_leaf() && entity.chunks != Chunks::No {
            return self.chunk(scene, depth, bytes);
        }
        let bounded = if entity.is_leaf() {
            entity.length.is_some() && !entity.framed
        } else {
            depth == 0 && entity.length > Some(0) && !entity.framed
        };
        self.body(scene, depth, bytes, line);
        if bounded {
            let length = bytes.len() as i64 + if line { 2 } else { 0 };
            let Some(entity) = self.entities.get_mut(depth) else { return };
            entity.due -= length;
            if entity.due <= 0 {
                scene.lines.plain = 0;
                scene.lines.delivery = None;
                self.end(scene, depth);
            }
        }
    }

    fn chunk(&mut self, scene: &mut Scene<'_, '_>, depth: usize, bytes: &[u8]) {
        let Some(entity) = self.entities.get_mut(depth) else { return };
        match entity.chunks {
            Chunks::Size => {
                let size = super::fields::number(bytes, 16);
                if size.is_none() {
                    scene.cx.weird("HTTP_bad_chunk_size", bytes);
                }
                entity.due = size.unwrap_or(0).max(0);
                if entity.due > 0 {
                    entity.chunks = Chunks::Data;
                    scene.lines.plain = entity.due as u64;
                } else {
                    entity.chunks = Chunks::Trailer;
                    entity.in_header = true;
                }
            }
            Chunks::Data => {
                entity.due -= bytes.len() as i64;
                if entity.due <= 0 {
                    scene.lines.plain = 0;
                    entity.chunks = Chunks::Behind;
                }
                self.body(scene, depth, bytes, false);
            }
            Chunks::Behind => entity.chunks = Chunks::Size,
            Chunks::No | Chunks::Announced | Chunks::Trailer | Chunks::Over => {}
        }
    }

    /// Bytes of a body as they came.
    fn body(&mut self, scene: &mut Scene<'_, '_>, depth: usize, bytes: &[u8], line: bool) {
        let Some(entity) = self.entities.get_mut(depth) else { return };
        if entity.coding == Coding::Identity {
            return self.plain(scene, depth, bytes, line);
        }
        let made = || (self.decoders < MAX_DECODERS).then(Inflate::new).flatten().map(Box::new);
        let (begun, inflate) = match entity.inflate.take() {
            Some(inflate) => (0, Some(inflate)),
            None => (1, made()),
        };
        let Some(mut inflate) = inflate else {
            entity.coding = Coding::Identity;
            return self.plain(scene, depth, bytes, line);
        };
        self.decoders += begun;
        let outcome = inflate.decode(bytes, &mut |bytes| {
            if !bytes.is_empty() {
                self.plain(scene, depth, bytes, false);
            }
        });
        if let Some(entity) = self.entities.get_mut(depth).filter(|entity| !entity.ended) {
            entity.inflate = Some(inflate);
        }
        match outcome {
            Inflated::Fine => {}
            Inflated::Broken => scene.cx.weird_from(Some("ZIP"), "inflate_failed", ""),
            Inflated::Bomb => scene.cx.weird("HTTP_body_expands_too_much", ""),
        }
    }

    /// Bytes of a body, decoded.
    fn plain(&mut self, scene: &mut Scene<'_, '_>, depth: usize, bytes: &[u8], line: bool) {
        let open = self.entities.len() > depth + 1;
        let Some(entity) = self.entities.get_mut(depth) else { return };
        entity.body += bytes.len() as u64 + if line { 2 } else { 0 };
        match &entity.kind {
            Kind::Leaf => entity.leaf(scene, bytes, line),
            Kind::Multipart(boundary) => match delimiter(bytes, boundary) {
                Some(closing) => {
                    if open {
                        self.end_child(scene, depth);
                    }
                    if closing {
                        self.end(scene, depth);
                    } else if self.entities.get(depth).is_some_and(|entity| !entity.ended) {
                        self.begin_child(scene, depth);
                    }
                }
                None if open => self.deliver_at(scene, depth + 1, bytes, line),
                None => {}
            },
            Kind::Message if open => self.deliver_at(scene, depth + 1, bytes, line),
            Kind::Message => {}
        }
    }

    fn begin_child(&mut self, scene: &mut Scene<'_, '_>, depth: usize) {
        if depth >= MAX_DEPTH {
            scene.cx.weird("exceeded_mime_max_depth", depth.to_string());
            return;
        }
        self.entities.truncate(depth + 1);
        let child = Entity::new(self.entities.get(depth));
        self.entities.push(child);
        self.current = depth + 1;
        scene.session.begin_entity(scene.cx, scene.dir);
    }

    fn end_child(&mut self, scene: &mut Scene<'_, '_>, depth: usize) {
        self.end(scene, depth + 1);
        self.entities.truncate(depth + 1);
    }

    fn header_line(&mut self, scene: &mut Scene<'_, '_>, depth: usize, line: &[u8]) {
        match self.header.line(line) {
            Line::End => {
                self.finish_header(scene, depth);
                self.end_headers(scene, depth);
                self.begin_body(scene, depth);
            }
            Line::Continues => {
                if !self.header.go_on(line) {
                    scene.cx.limit_reached();
                    scene.cx.weird("exceeded_mime_max_header_bytes", self.header.len().to_string());
                }
            }
            Line::Begins => {
                self.finish_header(scene, depth);
                self.header.begin(line);
            }
        }
    }

    fn begin_body(&mut self, scene: &mut Scene<'_, '_>, depth: usize) {
        let Some(entity) = self.entities.get_mut(depth).filter(|entity| !entity.ended) else { return };
        entity.begin_body();
        if entity.kind == Kind::Message {
            self.begin_child(scene, depth);
        }
    }

    /// The header at hand is whole.
    fn finish_header(&mut self, scene: &mut Scene<'_, '_>, depth: usize) {
        let Some((header, lines)) = self.header.take() else { return };
        if let Some(field) = Field::parse(&header)
            && let Some(entity) = self.entities.get_mut(depth)
        {
            if depth == 0 && lines > 1 {
                scene.cx.weird("HTTP_obsolete_line_folding", field.name);
            }
            headers::apply(entity, scene, depth, &field);
        }
        self.header.give_back(header);
    }

    /// The headers are over: what kind of body comes, and how long it is.
    fn end_headers(&mut self, scene: &mut Scene<'_, '_>, depth: usize) {
        let expect = if depth == 0 { self.expect } else { Expect::Always };
        let strict = depth.checked_sub(1).and_then(|above| self.entities.get(above));
        if strict.is_some_and(Entity::takes_parts) {
            scene.lines.text.set_strict(true);
        }
        let Some(entity) = self.entities.get_mut(depth) else { return };
        entity.in_header = false;
        if entity.chunks == Chunks::Trailer {
            entity.chunks = Chunks::Over;
            return self.end(scene, depth);
        }
        if expect == Expect::Never {
            return self.end(scene, depth);
        }
        scene.lines.lost |= depth == 0 && entity.bad_length && entity.chunks == Chunks::No;
        if !entity.is_leaf() {
            if entity.chunks != Chunks::No {
                scene.cx.weird("HTTP_chunked_transfer_for_multipart_message", "");
            }
            match entity.length.filter(|_| depth == 0) {
                None => {}
                Some(0) => self.end(scene, depth),
                Some(length) => {
                    entity.due = length;
                    scene.lines.end_after(length as u64);
                }
            }
        } else if entity.chunks != Chunks::No {
            entity.chunks = Chunks::Size;
        } else if let Some(length) = entity.length {
            if length == 0 {
                return self.end(scene, depth);
            }
            entity.due = length;
            scene.lines.plain = length as u64;
        } else if scene.facts.closes || entity.coding == Coding::Deflate {
            scene.lines.plain = TO_CLOSE;
        } else if expect != Expect::Always {
            self.end(scene, depth);
        }
    }

    /// An entity is over, and with it those inside.
    fn end(&mut self, scene: &mut Scene<'_, '_>, depth: usize) {
        let open = self.entities.len() > depth + 1;
        let Some(entity) = self.entities.get_mut(depth) else { return };
        entity.drop_decoder();
        if std::mem::replace(&mut entity.ended, true) {
            return;
        }
        if entity.in_header {
            self.finish_header(scene, depth);
            self.end_headers(scene, depth);
        } else {
            if open {
                self.end_child(scene, depth);
            }
            if let Some(entity) = self.entities.get_mut(depth) {
                entity.flush(scene);
            }
        }
        self.ended(scene, depth);
    }

    fn ended(&mut self, scene: &mut Scene<'_, '_>, depth: usize) {
        scene.session.end_entity();
        self.current = depth.saturating_sub(1);
        let Some(above) = depth.checked_sub(1) else { return self.done(scene) };
        if self.entities.get(above).is_some_and(Entity::takes_parts) {
            scene.lines.text.set_strict(false);
        }
        self.end_file(scene, depth);
    }

    /// The file of an entity ends with it, unless other connections may carry more of it.
    fn end_file(&mut self, scene: &mut Scene<'_, '_>, depth: usize) {
        if scene.dir == Direction::Resp && scene.facts.code == 206 {
            return;
        }
        if let Some(entity) = self.entities.get_mut(depth) {
            entity.end_file(scene);
        }
    }

    /// What came of a request's file after its message makes a file anew, which ends with the connection. (One of a reply
    /// is left to silence: other connections might carry more of it.)
    pub(super) fn end_late_file(&self, scene: &mut Scene<'_, '_>) {
        if self.entities.iter().any(Entity::has_file)
            && let Some((key, _)) = scene.session.file(scene.cx, scene.dir)
        {
            Content::new(key, About::new("HTTP")).end(scene.cx);
        }
    }

    /// The message is over, whatever is still open.
    pub(super) fn done(&mut self, scene: &mut Scene<'_, '_>) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        self.end(scene, 0);
        self.end_file(scene, 0);
        let length = self.entities.first().map_or(0, |top| top.body);
        scene.session.message_done(scene.cx, scene.dir, length);
    }

    /// Bytes that were never seen; whether all of them were of a body and the message goes on.
    pub(super) fn gap(&mut self, scene: &mut Scene<'_, '_>, len: u64) -> bool {
        let depth = self.current;
        let Some(entity) = self.entities.get_mut(depth) else { return false };
        if !entity.gap(scene, len) {
            return false;
        }
        scene.lines.plain = entity.due.max(0) as u64;
        if entity.chunks == Chunks::No && entity.due <= 0 {
            self.end(scene, depth);
        }
        true
    }
}
