//! The files that are open, from their first byte to their row.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use ahash::RandomState;
use hashbrown::HashMap;

use super::budget::Budget;
use super::content::{About, Content, FileKey};
use super::hash::Hashes;
use super::record::FileInfo;
use super::{FileAnalyzer, FileDescriptor, FileOutput, FileStart, mime};
use crate::engine::Limits;
use crate::events::weird::{self, action};
use crate::events::{ConnTag, FileMeta, Piece, Set, Uid, Weird};
use crate::flow::{Core, EndPhase, Out, Timer, TimerKind};
use crate::time::{Interval, Timestamp};

/// Silence after which a file ends.
const SILENCE: Interval = Interval::from_secs(120);
/// Connections that are listed for one file.
const MAX_CONNECTIONS: usize = 128;
/// Bytes ahead of a hole that are kept of one file.
const MAX_AHEAD: usize = 524_288;
/// Pieces ahead of a hole that are kept of one file.
const MAX_PIECES: usize = 256;

/// Place of an open file in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    slot: u32,
    birth: u64,
}

/// An open file.
struct File {
    key: FileKey,
    shard: u16,
    birth: u64,
    fuid: String,
    about: About,
    ts: Timestamp,
    last: Timestamp,
    /// The connections that carried it, and whether their originators sent it.
    conns: Vec<(ConnTag, bool)>,
    name: Option<Vec<u8>>,
    /// Position of the next byte to deliver.
    next: u64,
    seen: u64,
    total: Option<u64>,
    missing: u64,
    overflow: u64,
    /// The first bytes, until the type is decided.
    head: Vec<u8>,
    mime: Option<&'static str>,
    decided: bool,
    /// A carrier has been told the type.
    told: bool,
    ahead: Vec<(u64, Vec<u8>)>,
    /// Bytes came for another place than the next one: from then on places count.
    piecewise: bool,
    analyzers: Vec<(&'static FileDescriptor, Box<dyn FileAnalyzer>)>,
    hashes: Hashes,
    /// Bytes of memory that its shard's budget knows of.
    charged: usize,
}

/// The open files of one engine.
pub(crate) struct Files {
    index: HashMap<(u16, FileKey), u32, RandomState>,
    slots: Vec<Option<Box<File>>>,
    free: Vec<u32>,
    budget: Budget,
}

/// An id as text.
pub(super) fn text(id: Uid) -> String {
    id.with_text(|text| format!("F{}", text.get(1..).unwrap_or_default()))
}

impl Files {
    pub(crate) fn new(hasher: RandomState, limits: &Limits) -> Self {
        let index = HashMap::with_hasher(hasher);
        Self { index, slots: Vec::new(), free: Vec::new(), budget: Budget::new(limits) }
    }

    fn get(&self, id: FileId) -> Option<&File> {
        self.slots.get(id.slot as usize)?.as_deref().filter(|file| file.birth == id.birth)
    }

    fn take(&mut self, id: FileId) -> Option<Box<File>> {
        self.slots.get_mut(id.slot as usize)?.take_if(|file| file.birth == id.birth)
    }

    fn put_back(&mut self, slot: u32, mut file: Box<File>) {
        let held = file.held();
        self.budget.change(file.shard, std::mem::replace(&mut file.charged, held), held);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(file);
        }
    }

    pub(super) fn info(&self, content: &Content) -> Option<(String, Option<&'static str>)> {
        let file = self.get(content.id?)?;
        Some((file.fuid.clone(), file.mime))
    }

    fn insert(&mut self, file: Box<File>) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        self.index.insert((file.shard, file.key), slot);
        self.budget.opened(file.shard, file.birth, slot);
        self.put_back(slot, file);
        slot
    }

    fn forget(&mut self, slot: u32, file: &File) {
        self.index.remove(&(file.shard, file.key));
        self.budget.closed(file.shard, file.birth, slot);
        self.budget.change(file.shard, file.charged, 0);
        self.free.push(slot);
    }

    /// All open files, oldest first.
    pub(crate) fn by_age(&self) -> Vec<(u64, u32)> {
        let open = self.slots.iter().enumerate();
        let mut all: Vec<_> =
            open.filter_map(|(slot, file)| file.as_ref().map(|file| (file.birth, slot as u32))).collect();
        all.sort_unstable();
        all
    }
}

impl File {
    /// Notes a connection that carries it; whether it is new.
    fn note_conn(&mut self, tag: ConnTag, is_orig: bool) -> bool {
        let new =
            !self.conns.iter().any(|(known, _)| known.uid == tag.uid) && self.conns.len() < MAX_CONNECTIONS;
        if new {
            self.conns.push((tag, is_orig));
        }
        new
    }

    /// Bytes of memory that it takes.
    fn held(&self) -> usize {
        let ahead: usize = self.ahead.iter().map(|(_, bytes)| bytes.capacity()).sum();
        let analyzers: usize = self.analyzers.iter().map(|(_, analyzer)| analyzer.held()).sum();
        let lists = self.conns.capacity() * size_of::<(ConnTag, bool)>()
            + self.ahead.capacity() * size_of::<(u64, Vec<u8>)>();
        let texts = self.fuid.capacity() + self.name.as_ref().map_or(0, Vec::capacity);
        size_of::<Self>() + self.head.capacity() + ahead + analyzers + lists + texts
    }

    /// The type, the first time that it is known.
    fn tell_type(&mut self) -> Option<&'static str> {
        self.mime.filter(|_| self.decided && !std::mem::replace(&mut self.told, true))
    }

    /// Shows a piece to whoever listens to content.
    fn tell(&self, piece: Piece<'_>, out: &mut Out<'_>) {
        if !out.state.config.contents {
            return;
        }
        let meta = FileMeta {
            fuid: &self.fuid,
            source: self.about.source,
            mime: self.mime,
            name: self.name.as_deref(),
            conn: self.conns.first().map(|(tag, _)| tag),
        };
        out.state.in_handler = true;
        out.handler.content(&meta, piece);
        out.state.in_handler = false;
    }

    /// Delivers bytes that are next.
    fn deliver(&mut self, bytes: &[u8], out: &mut Out<'_>) {
        self.tell(Piece::Bytes(self.next, bytes), out);
        self.seen += bytes.len() as u64;
        self.next = self.next.saturating_add(bytes.len() as u64);
        self.hashes.data(bytes);
        if self.decided {
            return self.analyze(bytes, out);
        }
        let room = mime::LOOKED_AT.saturating_sub(self.head.len());
        let (first, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.head.extend_from_slice(first);
        if self.head.len() >= mime::LOOKED_AT {
            self.decide(out);
            self.analyze(rest, out);
        }
    }

    /// Shows bytes to the analyzers; one that panics is removed.
    fn analyze(&mut self, bytes: &[u8], out: &mut Out<'_>) {
        self.analyzers.retain_mut(|(_, analyzer)| {
            let result = catch_unwind(AssertUnwindSafe(|| analyzer.data(bytes)));
            out.survived(result)
        });
    }

    /// Decides the type, attaches analyzers and shows them the first bytes.
    fn decide(&mut self, out: &mut Out<'_>) {
        if std::mem::replace(&mut self.decided, true) {
            return;
        }
        self.mime = self.about.mime.or_else(|| mime::sniff(&self.head));
        let head = std::mem::take(&mut self.head);
        let Some(mime) = self.mime else { return };
        let config = Arc::clone(&out.state.config);
        for descriptor in config.file_analyzers.iter().filter(|d| d.mimes.contains(&mime)) {
            let start = FileStart { fuid: &self.fuid, ts: self.ts, mime, about: &self.about };
            let mut made = None;
            let result = catch_unwind(AssertUnwindSafe(|| made = Some((descriptor.new)(&start))));
            if out.survived(result) {
                self.analyzers.extend(made.map(|analyzer| (*descriptor, analyzer)));
            }
        }
        self.analyze(&head, out);
    }

    /// Takes bytes at a position: delivers them, or keeps them until what is before them came. What came before stays.
    fn take(&mut self, offset: u64, bytes: &[u8], out: &mut Out<'_>) {
        let end = offset.saturating_add(bytes.len() as u64);
        if offset == self.next && self.ahead.is_empty() {
            return self.deliver(bytes, out);
        }
        self.piecewise = true;
        if end <= self.next {
            return;
        }
        if offset > self.next {
            let held: usize = self.ahead.iter().map(|(_, piece)| piece.len()).sum();
            if held + bytes.len() > MAX_AHEAD || self.ahead.len() >= MAX_PIECES {
                let missing = self.missing;
                self.flush(out);
                self.overflow += self.missing - missing;
            }
        }
        if offset > self.next {
            return self.keep(offset, bytes);
        }
        let twice = usize::try_from(self.next - offset).unwrap_or(usize::MAX);
        self.deliver(bytes.get(twice..).unwrap_or_default(), out);
        self.drain(out);
    }

    /// Keeps bytes until what is before them came, behind those of the same place that came before.
    fn keep(&mut self, offset: u64, bytes: &[u8]) {
        let at = self.ahead.partition_point(|(start, _)| *start <= offset);
        let before = at.checked_sub(1).and_then(|before| self.ahead.get_mut(before));
        match before {
            Some((start, kept)) if start.checked_add(kept.len() as u64) == Some(offset) => {
                kept.extend_from_slice(bytes);
            }
            _ => self.ahead.insert(at, (offset, bytes.to_vec())),
        }
    }

    /// Delivers what waits and is next by now.
    fn drain(&mut self, out: &mut Out<'_>) {
        while self.ahead.first().is_some_and(|(start, _)| *start <= self.next) {
            let (start, bytes) = self.ahead.remove(0);
            let twice = usize::try_from(self.next - start).unwrap_or(usize::MAX);
            if let Some(bytes) = bytes.get(twice..).filter(|bytes| !bytes.is_empty()) {
                self.deliver(bytes, out);
            }
        }
    }

    /// Delivers all that waits; the holes are missing.
    fn flush(&mut self, out: &mut Out<'_>) {
        while let Some((start, _)) = self.ahead.first() {
            self.miss(start.saturating_sub(self.next), out);
            self.drain(out);
        }
    }

    /// Bytes that were never seen, at a place by the carrier's count. Where pieces came in any order, that place counts.
    fn skip(&mut self, offset: u64, len: u64, out: &mut Out<'_>) {
        if !self.piecewise {
            return self.miss(len, out);
        }
        let end = offset.saturating_add(len);
        while let Some((start, _)) = self.ahead.first().filter(|(start, _)| *start < end) {
            self.miss(start.saturating_sub(self.next), out);
            self.drain(out);
        }
        self.miss(end.saturating_sub(self.next), out);
        self.drain(out);
    }

    /// Bytes that are missing where the next ones should be.
    fn miss(&mut self, len: u64, out: &mut Out<'_>) {
        if len == 0 {
            return;
        }
        if self.seen > 0 {
            self.decide(out);
        }
        self.decided = true;
        self.tell(Piece::Gap(len), out);
        self.missing = self.missing.saturating_add(len);
        self.next = self.next.saturating_add(len);
    }

    fn is_whole(&self) -> bool {
        self.total.is_some_and(|total| self.seen.saturating_add(self.missing) >= total)
    }
}

impl Out<'_> {
    /// The file of a content, made if need be, taken out of the store.
    fn open_file(&mut self, core: &mut Core, content: &mut Content) -> (u32, Box<File>) {
        if let Some(id) = content.id
            && let Some(file) = self.state.files.take(id)
        {
            return (id.slot, file);
        }
        let known = self.state.files.index.get(&(core.shard, content.key)).copied();
        if let Some(slot) = known
            && let Some(mut file) = self.state.files.slots.get_mut(slot as usize).and_then(Option::take)
        {
            content.id = Some(FileId { slot, birth: file.birth });
            content.begun |= file.note_conn(core.tag, content.about.is_orig);
            return (slot, file);
        }
        let birth = self.state.next_birth_of(core);
        let now = self.now();
        let mut file = Box::new(File {
            key: content.key,
            shard: core.shard,
            birth,
            fuid: text(content.key.fuid(self.state.config.uid_seed)),
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
            told: false,
            ahead: Vec::new(),
            piecewise: false,
            analyzers: Vec::new(),
            hashes: Hashes::new(self.state.config.hashes),
            charged: 0,
        });
        file.note_conn(core.tag, content.about.is_orig);
        let slot = self.state.files.insert(file);
        content.id = Some(FileId { slot, birth });
        content.begun = true;
        self.state.timers.set(Timer { due: now + SILENCE, birth, slot, kind: TimerKind::File });
        match self.state.files.take(FileId { slot, birth }) {
            Some(file) => (slot, file),
            // Just put there.
            None => self.open_file(core, content),
        }
    }

    /// Whether a file analyzer came back from a call; its panic is counted, one of the handler goes on.
    fn survived(&mut self, result: std::thread::Result<()>) -> bool {
        match result {
            Ok(()) => true,
            Err(panic) if self.state.in_handler => resume_unwind(panic),
            Err(_) => {
                self.state.stats.panics += 1;
                false
            }
        }
    }

    /// Whether anybody cares for files at all.
    fn wants_files(&self) -> bool {
        self.state.wants_files
    }

    fn close_or_put_back(&mut self, slot: u32, mut file: Box<File>, content: &mut Content) {
        content.learned = content.learned.or(file.tell_type());
        if file.is_whole() {
            self.state.files.forget(slot, &file);
            content.learned = content.learned.or(self.finish_file(file, false));
        } else {
            let shard = file.shard;
            self.state.files.put_back(slot, file);
            self.shed_files(shard);
        }
    }

    /// Ends the oldest files of a shard whose files hold too much.
    fn shed_files(&mut self, shard: u16) {
        while let Some((birth, slot)) = self.state.files.budget.too_much(shard) {
            let Some(file) = self.state.files.take(FileId { slot, birth }) else { return };
            self.state.stats.files_shed += 1;
            self.state.files.forget(slot, &file);
            self.finish_file(file, false);
        }
    }

    pub(super) fn file_data(
        &mut self,
        core: &mut Core,
        content: &mut Content,
        offset: Option<u64>,
        bytes: &[u8],
    ) {
        if bytes.is_empty() || !self.wants_files() {
            return;
        }
        let (slot, mut file) = self.open_file(core, content);
        file.last = self.now();
        let offset = offset.unwrap_or(file.next);
        file.take(offset, bytes, self);
        self.close_or_put_back(slot, file, content);
    }

    pub(super) fn file_gap(&mut self, core: &mut Core, content: &mut Content, offset: Option<u64>, len: u64) {
        if len == 0 || !self.wants_files() {
            return;
        }
        let (slot, mut file) = self.open_file(core, content);
        file.last = self.now();
        let offset = offset.unwrap_or(file.next);
        file.skip(offset, len, self);
        self.close_or_put_back(slot, file, content);
    }

    pub(super) fn file_total(&mut self, core: &mut Core, content: &mut Content) {
        self.with_open(core, content, |file, content| file.total = content.total);
    }

    pub(super) fn file_name(&mut self, core: &mut Core, content: &mut Content) {
        self.with_open(core, content, |file, content| file.name.clone_from(&content.name));
    }

    /// Changes a file that exists already.
    fn with_open(
        &mut self,
        core: &mut Core,
        content: &mut Content,
        change: impl FnOnce(&mut File, &Content),
    ) {
        let open = content.id.is_some_and(|id| self.state.files.get(id).is_some())
            || self.state.files.index.contains_key(&(core.shard, content.key));
        if !open {
            return;
        }
        let (slot, mut file) = self.open_file(core, content);
        file.last = self.now();
        change(&mut file, content);
        self.close_or_put_back(slot, file, content);
    }

    pub(super) fn file_end(&mut self, core: &Core, content: &mut Content) {
        let known = || {
            let slot = *self.state.files.index.get(&(core.shard, content.key))?;
            let birth = self.state.files.slots.get(slot as usize)?.as_ref()?.birth;
            Some(FileId { slot, birth })
        };
        let Some(id) = content.id.or_else(known) else { return };
        content.id = None;
        if let Some(file) = self.state.files.take(id) {
            self.state.files.forget(id.slot, &file);
            content.learned = content.learned.or(self.finish_file(file, false));
        }
    }

    /// A file's timer is due: it ends if it was silent for long.
    pub(crate) fn file_timer(&mut self, timer: Timer) {
        let id = FileId { slot: timer.slot, birth: timer.birth };
        let Some(file) = self.state.files.take(id) else { return };
        let due = file.last + SILENCE;
        if due <= self.now() {
            self.state.files.forget(id.slot, &file);
            self.finish_file(file, true);
        } else {
            self.state.files.put_back(id.slot, file);
            if !self.state.finishing {
                self.state.timers.set(Timer { due, ..timer });
            }
        }
    }

    /// The end of the capture: what is open ends, oldest first.
    pub(crate) fn finish_files(&mut self) {
        for (birth, slot) in self.state.files.by_age() {
            let Some(file) = self.state.files.take(FileId { slot, birth }) else { continue };
            self.state.at_end(EndPhase::Files, birth);
            self.state.files.forget(slot, &file);
            self.finish_file(file, true);
        }
    }

    /// Ends a file: its analyzers say what they found, then its rows come. Its type, if no carrier has been told it yet.
    fn finish_file(&mut self, mut file: Box<File>, timedout: bool) -> Option<&'static str> {
        file.flush(self);
        if file.seen > 0 {
            file.decide(self);
        }
        let complete = file.missing == 0;
        let conn = file.conns.first().map(|(tag, _)| *tag);
        file.tell(Piece::End(complete && file.total.is_none_or(|total| file.seen >= total)), self);
        file.analyzers.retain_mut(|(_, analyzer)| {
            let mut output = FileOutput { out: self.again(), conn };
            let result = catch_unwind(AssertUnwindSafe(|| analyzer.end(&mut output, complete)));
            self.survived(result)
        });
        if file.analyzers.iter().any(|(descriptor, _)| descriptor.hides)
            || !self.state.wants.has(FileInfo::STREAM)
        {
            return file.tell_type();
        }
        let digests = std::mem::take(&mut file.hashes).finish();
        let nets_known = !self.state.config.local_nets.is_empty();
        for (tag, is_orig) in &file.conns {
            let sender = if *is_orig { tag.orig_h } else { tag.resp_h };
            let record = FileInfo {
                ts: file.ts,
                fuid: file.fuid.clone(),
                conn: Some(*tag),
                source: Some(file.about.source),
                depth: file.about.depth,
                analyzers: Set(file.analyzers.iter().map(|(descriptor, _)| descriptor.name).collect()),
                mime_type: file.mime,
                filename: file.name.clone(),
                duration: file.last - file.ts,
                local_orig: nets_known.then(|| self.state.config.local_nets.contains(sender)),
                is_orig: Some(*is_orig),
                seen_bytes: file.seen,
                total_bytes: file.total,
                missing_bytes: file.missing,
                overflow_bytes: file.overflow,
                timedout,
                parent_fuid: None,
                md5: digests.md5.clone().filter(|_| complete),
                sha1: digests.sha1.clone().filter(|_| complete),
                sha256: digests.sha256.clone().filter(|_| complete),
                extracted: None,
                extracted_cutoff: None,
                extracted_size: None,
            };
            self.emit(Some(tag), &record, &[]);
        }
        file.tell_type()
    }

    /// A weird that a file analyzer noticed.
    pub(super) fn file_weird(&mut self, about: Option<ConnTag>, name: &'static str, addl: &str) {
        let mut record = Weird::net(self.now(), name, addl);
        record.conn = about;
        let limits = weird::Limits::new(action(name), name, about.as_ref());
        self.emit(about.as_ref(), &record, limits.once());
    }
}
