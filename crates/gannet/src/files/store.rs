//! The files that are open, from their first byte to their row.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use ahash::RandomState;
use hashbrown::HashMap;

use super::FileOutput;
use super::budget::Budget;
use super::content::{Content, FileKey};
use super::file::File;
use super::record::FileInfo;
use crate::base::time::Interval;
use crate::engine::Config;
use crate::events::weird::{self, action};
use crate::events::{ConnTag, Fuid, Piece, Set, Weird};
use crate::worker::budget::Shed;
use crate::worker::core::Core;
use crate::worker::state::{EndPhase, Out};
use crate::worker::timer::{Timer, TimerKind};

/// Silence after which a file ends.
const SILENCE: Interval = Interval::from_secs(120);

/// Place of an open file in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    slot: u32,
    birth: u64,
}

/// The open files of one engine.
pub(crate) struct Files {
    index: HashMap<(u16, FileKey), u32, RandomState>,
    slots: Vec<Option<Box<File>>>,
    free: Vec<u32>,
    pub(super) budget: Budget,
}

impl Files {
    pub(crate) fn new(hasher: RandomState, config: &Config) -> Self {
        let index = HashMap::with_hasher(hasher);
        Self { index, slots: Vec::new(), free: Vec::new(), budget: Budget::new(config) }
    }

    /// Takes over other limits.
    pub(crate) fn reconfigure(&mut self, config: &Config) {
        self.budget.reconfigure(config);
    }

    /// Open files, and the bytes that they hold.
    pub(crate) fn held(&self) -> (usize, usize) {
        self.budget.held()
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

    pub(super) fn info(&self, content: &Content) -> Option<(Fuid, Option<&'static str>)> {
        let file = self.get(content.id?)?;
        Some((file.fuid, file.mime))
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
        let mut file = Box::new(File::new(content, (core.shard, birth), now, &self.state.config));
        file.note_conn(core.tag, content.about.is_orig);
        let slot = self.state.files.insert(file);
        self.state.stats.files += 1;
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
    pub(super) fn survived(&mut self, result: std::thread::Result<()>) -> bool {
        match result {
            Ok(()) => true,
            Err(panic) if self.state.in_handler => resume_unwind(panic),
            Err(panic) => {
                self.defect("of files", None, &*panic);
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
        while let Some((birth, slot, brake)) = self.state.files.budget.too_much(shard) {
            let Some(file) = self.state.files.take(FileId { slot, birth }) else { return };
            let conn = file.conns.first().map(|(tag, _)| *tag);
            self.shed(Shed::File, shard, conn);
            if brake {
                self.shed(Shed::Brake, shard, conn);
            }
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
        let whole =
            file.stop_unpacking(self) && complete && file.total.is_none_or(|total| file.seen >= total);
        file.tell(Piece::End(whole), self);
        file.drop_unpacker(self);
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
                fuid: file.fuid,
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
        let limits = weird::Suppress::new(action(name), name, about.as_ref());
        self.emit(about.as_ref(), &record, limits.once());
    }
}
