//! A file that is open: what came of it, who looks into it, and what it waits for.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::analyzer::{FileAnalyzer, FileDescriptor, FileOutput, FileProgress, FileStart};
use super::content::{About, Content};
use super::desk::{Desk, Interests};
use super::hash::Hashes;
use super::hold::Bearer;
use super::id::FileKey;
use super::mime;
use super::unpack::Unpacker;
use crate::base::time::Timestamp;
use crate::events::{ConnTag, FileMeta, Fuid, Interest, Piece};

/// Connections that are listed for one file.
const MAX_CONNECTIONS: usize = 128;
/// Bytes ahead of a hole that are kept of one file.
const MAX_AHEAD: usize = 524_288;
/// Pieces ahead of a hole that are kept of one file.
const MAX_PIECES: usize = 256;

/// A file analyzer at work.
pub(super) struct Looking {
    pub(super) descriptor: &'static FileDescriptor,
    analyzer: Box<dyn FileAnalyzer>,
    /// It wants no more.
    done: bool,
}

/// An open file.
pub(super) struct File {
    pub(super) key: FileKey,
    pub(super) shard: u16,
    pub(super) birth: u64,
    /// Objects that it bore while timers were at work.
    bore: u16,
    pub(super) fuid: Fuid,
    /// The id of the file that it is in, and how many files are around it.
    pub(super) parent: Option<Fuid>,
    depth: u8,
    pub(super) about: About,
    pub(super) ts: Timestamp,
    pub(super) last: Timestamp,
    /// The connections that carried it, and whether their originators sent it.
    pub(super) conns: Vec<(ConnTag, bool)>,
    pub(super) name: Option<Vec<u8>>,
    /// Position of the next byte to deliver.
    pub(super) next: u64,
    pub(super) seen: u64,
    pub(super) total: Option<u64>,
    pub(super) missing: u64,
    pub(super) overflow: u64,
    /// The first bytes, until the type is decided.
    head: Vec<u8>,
    pub(super) mime: Option<&'static str>,
    decided: bool,
    /// Whoever listens to content wants no more of it.
    unwanted: bool,
    /// A carrier has been told the type.
    told: bool,
    ahead: Vec<(u64, Vec<u8>)>,
    /// Bytes came for another place than the next one: from then on places count.
    piecewise: bool,
    pub(super) analyzers: Vec<Looking>,
    pub(super) hashes: Hashes,
    /// Unpacks content for who listens to it. Not counted in what the file holds: it has an account of its own, so that no row
    /// depends on it.
    pub(super) unpacker: Option<Box<Unpacker>>,
    /// Bytes of memory that its shard's budget knows of.
    pub(super) charged: usize,
}

impl File {
    /// A file that begins now: the first of its content is at hand.
    pub(super) fn new(
        content: &mut Content,
        (shard, birth): (u16, u64),
        (now, seed): (Timestamp, u128),
        interests: &Interests,
    ) -> Self {
        Self {
            key: content.key,
            shard,
            birth,
            bore: 0,
            fuid: content.key.fuid(seed),
            parent: None,
            depth: 0,
            about: content.about.clone(),
            ts: now,
            last: now,
            conns: Vec::new(),
            name: content.name.clone(),
            next: 0,
            seen: 0,
            total: content.total.take(),
            missing: 0,
            overflow: 0,
            head: Vec::new(),
            mime: content.about.mime,
            decided: false,
            unwanted: false,
            told: false,
            ahead: Vec::new(),
            piecewise: false,
            analyzers: Vec::new(),
            hashes: Hashes::new(interests.hashes),
            unpacker: content.about.packing.filter(|_| interests.contents).and_then(Unpacker::new),
            charged: 0,
        }
    }

    /// Notes what it is in.
    pub(super) fn set_parent(&mut self, bearer: &Bearer<'_>) {
        self.parent = bearer.parent;
        self.depth = bearer.depth;
    }

    /// Notes a connection that carries it; whether it is new.
    pub(super) fn note_conn(&mut self, tag: ConnTag, is_orig: bool) -> bool {
        let new =
            !self.conns.iter().any(|(known, _)| known.uid == tag.uid) && self.conns.len() < MAX_CONNECTIONS;
        if new {
            self.conns.push((tag, is_orig));
        }
        new
    }

    /// Bytes of memory that it takes.
    pub(super) fn held(&self) -> usize {
        let ahead: usize = self.ahead.iter().map(|(_, bytes)| bytes.capacity()).sum();
        let analyzers: usize = self.analyzers.iter().map(|one| one.analyzer.held()).sum();
        let lists = self.conns.capacity() * size_of::<(ConnTag, bool)>()
            + self.ahead.capacity() * size_of::<(u64, Vec<u8>)>()
            + self.analyzers.capacity() * size_of::<Looking>();
        let texts = self.name.as_ref().map_or(0, Vec::capacity);
        size_of::<Self>() + self.head.capacity() + ahead + analyzers + lists + texts
    }

    /// The type, the first time that it is known.
    pub(super) fn tell_type(&mut self) -> Option<&'static str> {
        self.mime.filter(|_| self.decided && !std::mem::replace(&mut self.told, true))
    }

    /// The file, for who listens to content.
    fn meta<'m>(&'m self, desk: &Desk<'_, '_>) -> FileMeta<'m> {
        FileMeta {
            key: desk.out.state.key,
            fuid: self.fuid,
            shard: self.key.is_shared().then_some(self.shard),
            source: self.about.source,
            mime: self.unpacker.as_ref().map_or(self.mime, |unpacker| unpacker.mime()),
            name: self.name.as_deref(),
            conn: self.conns.first().map(|(tag, _)| tag),
            unpacked: self.unpacker.as_ref().and(self.about.packing),
        }
    }

    /// Shows a piece to whoever listens to content, and wants it.
    pub(super) fn tell(&self, piece: Piece<'_>, desk: &mut Desk<'_, '_>) {
        if desk.cabinet.interests().contents && !self.unwanted {
            let meta = self.meta(desk);
            desk.out.content(&meta, piece);
        }
    }

    /// Asks whoever listens to content whether the rest of it is wanted.
    fn ask(&mut self, first: &[u8], desk: &mut Desk<'_, '_>) {
        if desk.cabinet.interests().contents {
            let meta = self.meta(desk);
            self.unwanted = desk.out.decide(&meta, first) == Interest::Drop;
        }
    }

    /// Delivers bytes that are next.
    fn deliver(&mut self, bytes: &[u8], desk: &mut Desk<'_, '_>) {
        if self.unpacker.is_some() {
            self.unpack(bytes, desk);
        } else {
            self.tell(Piece::Bytes(self.next, bytes), desk);
        }
        self.seen += bytes.len() as u64;
        self.next = self.next.saturating_add(bytes.len() as u64);
        self.hashes.data(bytes);
        if self.decided {
            return self.analyze(bytes, desk);
        }
        let room = mime::LOOKED_AT.saturating_sub(self.head.len());
        let (first, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.head.extend_from_slice(first);
        if self.head.len() >= mime::LOOKED_AT {
            self.decide(desk);
            self.analyze(rest, desk);
        }
    }

    /// Calls those that look into it and want more; one that panics is removed.
    fn each(
        &mut self,
        desk: &mut Desk<'_, '_>,
        mut call: impl FnMut(&mut dyn FileAnalyzer, &mut FileOutput<'_>) -> FileProgress,
    ) {
        let mut analyzers = std::mem::take(&mut self.analyzers);
        analyzers.retain_mut(|looking| {
            if looking.done {
                return true;
            }
            let tag = self.conns.first().map(|(tag, _)| *tag);
            let bearer = Bearer {
                shard: self.shard,
                tag: tag.unwrap_or(ConnTag::NOBODY),
                birth: self.birth,
                bore: &mut self.bore,
                parent: Some(self.fuid),
                depth: self.depth + 1,
            };
            let mut output = FileOutput::new(desk.hold(bearer), self.key, tag);
            let result = catch_unwind(AssertUnwindSafe(|| {
                looking.done = call(looking.analyzer.as_mut(), &mut output) == FileProgress::Done;
            }));
            desk.survived(result)
        });
        self.analyzers = analyzers;
    }

    /// Shows bytes to the analyzers.
    fn analyze(&mut self, bytes: &[u8], desk: &mut Desk<'_, '_>) {
        self.each(desk, |analyzer, output| analyzer.data(output, bytes));
    }

    /// Decides the type, attaches analyzers and shows them the first bytes.
    pub(super) fn decide(&mut self, desk: &mut Desk<'_, '_>) {
        if std::mem::replace(&mut self.decided, true) {
            return;
        }
        self.mime = self.about.mime.or_else(|| mime::sniff(&self.head));
        let head = std::mem::take(&mut self.head);
        self.ask(&head, desk);
        let Some(mime) = self.mime else { return };
        let looks = |d: &&'static FileDescriptor| d.mimes.contains(&mime);
        let chosen: Vec<_> = desk.cabinet.interests().analyzers.iter().copied().filter(looks).collect();
        for descriptor in chosen {
            let start = FileStart { fuid: self.fuid, ts: self.ts, mime, about: &self.about };
            let mut made = None;
            let result = catch_unwind(AssertUnwindSafe(|| made = Some((descriptor.new)(&start))));
            if desk.survived(result) {
                let looking = |analyzer| Looking { descriptor, analyzer, done: false };
                self.analyzers.extend(made.map(looking));
            }
        }
        self.analyze(&head, desk);
    }

    /// The end: what waits is delivered, the type decided, and everybody told.
    pub(super) fn finish(&mut self, desk: &mut Desk<'_, '_>) {
        self.flush(desk);
        if self.seen > 0 {
            self.decide(desk);
        }
        let complete = self.missing == 0;
        let whole =
            self.stop_unpacking(desk) && complete && self.total.is_none_or(|total| self.seen >= total);
        self.tell(Piece::End(whole), desk);
        self.drop_unpacker(desk);
        self.analyzers.iter_mut().for_each(|looking| looking.done = false);
        self.each(desk, |analyzer, output| {
            analyzer.end(output, complete);
            FileProgress::Done
        });
    }

    /// Whether it has no row of its own, because somebody who looks into it makes a better one.
    pub(super) fn hidden(&self) -> bool {
        self.analyzers.iter().any(|looking| looking.descriptor.hides)
    }

    /// Takes bytes at a position: delivers them, or keeps them until what is before them came. What came before stays.
    pub(super) fn take(&mut self, offset: u64, bytes: &[u8], desk: &mut Desk<'_, '_>) {
        let end = offset.saturating_add(bytes.len() as u64);
        if offset == self.next && self.ahead.is_empty() {
            return self.deliver(bytes, desk);
        }
        self.piecewise = true;
        if end <= self.next {
            return;
        }
        if offset > self.next {
            let held: usize = self.ahead.iter().map(|(_, piece)| piece.len()).sum();
            if held + bytes.len() > MAX_AHEAD || self.ahead.len() >= MAX_PIECES {
                let missing = self.missing;
                self.flush(desk);
                self.overflow += self.missing - missing;
            }
        }
        if offset > self.next {
            return self.keep(offset, bytes);
        }
        let twice = usize::try_from(self.next - offset).unwrap_or(usize::MAX);
        self.deliver(bytes.get(twice..).unwrap_or_default(), desk);
        self.drain(desk);
    }

    /// Keeps bytes until what is before them came; only those that are not kept already, so that what is sent again and
    /// again takes no more memory.
    fn keep(&mut self, mut offset: u64, mut bytes: &[u8]) {
        loop {
            let at = self.ahead.partition_point(|(start, _)| *start <= offset);
            let next = self.ahead.get(at).map(|(start, _)| *start);
            let before = at.checked_sub(1).and_then(|before| self.ahead.get_mut(before));
            let until = before.as_ref().map_or(0, |(start, kept)| start.saturating_add(kept.len() as u64));
            let twice = usize::try_from(until.saturating_sub(offset)).unwrap_or(usize::MAX);
            let Some(rest) = bytes.get(twice..).filter(|rest| !rest.is_empty()) else { return };
            offset = offset.max(until);
            let room = next.map_or(u64::MAX, |next| next.saturating_sub(offset));
            let (new, rest) =
                usize::try_from(room).map_or((rest, &[][..]), |room| rest.split_at(room.min(rest.len())));
            match before {
                Some((_, kept)) if until == offset => kept.extend_from_slice(new),
                _ => self.ahead.insert(at, (offset, new.to_vec())),
            }
            let Some(next) = next.filter(|_| !rest.is_empty()) else { return };
            (offset, bytes) = (next, rest);
        }
    }

    /// Delivers what waits and is next by now.
    fn drain(&mut self, desk: &mut Desk<'_, '_>) {
        while self.ahead.first().is_some_and(|(start, _)| *start <= self.next) {
            let (start, bytes) = self.ahead.remove(0);
            let twice = usize::try_from(self.next - start).unwrap_or(usize::MAX);
            if let Some(bytes) = bytes.get(twice..).filter(|bytes| !bytes.is_empty()) {
                self.deliver(bytes, desk);
            }
        }
    }

    /// Delivers all that waits; the holes are missing.
    pub(super) fn flush(&mut self, desk: &mut Desk<'_, '_>) {
        while let Some((start, _)) = self.ahead.first() {
            self.miss(start.saturating_sub(self.next), desk);
            self.drain(desk);
        }
    }

    /// Bytes that were never seen, at a place by the carrier's count. Where pieces came in any order, that place counts.
    pub(super) fn skip(&mut self, offset: u64, len: u64, desk: &mut Desk<'_, '_>) {
        if !self.piecewise {
            return self.miss(len, desk);
        }
        let end = offset.saturating_add(len);
        while let Some((start, _)) = self.ahead.first().filter(|(start, _)| *start < end) {
            self.miss(start.saturating_sub(self.next), desk);
            self.drain(desk);
        }
        self.miss(end.saturating_sub(self.next), desk);
        self.drain(desk);
    }

    /// Bytes that are missing where the next ones should be.
    fn miss(&mut self, len: u64, desk: &mut Desk<'_, '_>) {
        if len == 0 {
            return;
        }
        if self.seen > 0 {
            self.decide(desk);
        } else if !self.decided {
            // Its type will not be decided.
            self.ask(&[], desk);
        }
        self.decided = true;
        self.tell(Piece::Gap(len), desk);
        self.each(desk, |analyzer, output| analyzer.gap(output, len));
        self.stop_unpacking(desk);
        self.missing = self.missing.saturating_add(len);
        self.next = self.next.saturating_add(len);
    }

    pub(super) fn is_whole(&self) -> bool {
        self.total.is_some_and(|total| self.seen.saturating_add(self.missing) >= total)
    }
}
