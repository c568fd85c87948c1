//! The files that are open, from their first byte to their row.

use ahash::RandomState;
use hashbrown::HashMap;

use super::budget::Budget;
use super::content::Content;
use super::desk::{Cabinet, Desk, Interests};
use super::file::File;
use super::hold::{Bearer, Feed, Shelf};
use super::id::{FileId, FileKey};
use super::record::FileInfo;
use crate::base::settings::Settings;
use crate::base::time::Interval;
use crate::events::{Fuid, Set};
use crate::worker::budget::Shed;
use crate::worker::state::{EndPhase, Out};
use crate::worker::timer::{Timer, TimerKind};

/// Files around a file; what is deeper is not looked at.
const MAX_DEPTH: u8 = 4;
/// Silence after which a file ends.
const SILENCE: Interval = Interval::from_secs(120);

/// The open files of one engine.
pub(crate) struct Files {
    index: HashMap<(u16, FileKey), u32, RandomState>,
    slots: Vec<Option<Box<File>>>,
    free: Vec<u32>,
    budget: Budget,
    interests: Interests,
}

impl Files {
    pub(crate) fn new(hasher: RandomState, settings: &Settings, interests: Interests) -> Self {
        let index = HashMap::with_hasher(hasher);
        Self { index, slots: Vec::new(), free: Vec::new(), budget: Budget::new(settings), interests }
    }

    /// Takes over other limits, and what is wanted now.
    pub(crate) fn reconfigure(&mut self, settings: &Settings, interests: Interests) {
        self.budget.reconfigure(settings);
        self.interests = interests;
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

    /// The id of an open file, and its type if that is known.
    pub(crate) fn info(&self, id: FileId) -> Option<(Fuid, Option<&'static str>)> {
        let file = self.get(id)?;
        Some((file.fuid, file.mime))
    }

    /// Finds a place for a new file, which stays taken out.
    fn insert(&mut self, file: &File) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        self.index.insert((file.shard, file.key), slot);
        self.budget.opened(file.shard, file.birth, slot);
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

impl Cabinet for Files {
    fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    fn interests(&self) -> &Interests {
        &self.interests
    }

    fn shelf(&mut self) -> &mut dyn Shelf {
        self
    }
}

impl Shelf for Files {
    fn is_open(&self) -> bool {
        self.interests.any
    }

    fn look(&self, id: FileId) -> Option<(Fuid, Option<&'static str>)> {
        self.info(id)
    }

    fn carry(&mut self, out: &mut Out<'_>, bearer: &mut Bearer<'_>, content: &mut Content, feed: Feed<'_>) {
        let known = |files: &Self| files.find(bearer.shard, content).is_some();
        match feed {
            _ if !self.interests.any || bearer.depth > MAX_DEPTH => {}
            Feed::Data(_, []) | Feed::Gap(_, 0) => {}
            Feed::Data(offset, bytes) => {
                self.with(out, bearer, content, |file, _, desk| {
                    file.take(offset.unwrap_or(file.next), bytes, desk);
                    true
                });
            }
            Feed::Gap(offset, len) => {
                // A hole does not make a file whole: its carrier says when it ends, or bytes that come.
                self.with(out, bearer, content, |file, _, desk| {
                    file.skip(offset.unwrap_or(file.next), len, desk);
                    false
                });
            }
            Feed::Total if known(self) => {
                self.with(out, bearer, content, |file, content, _| {
                    file.total = content.total;
                    true
                });
            }
            Feed::Name if known(self) => {
                self.with(out, bearer, content, |file, content, _| {
                    file.name.clone_from(&content.name);
                    true
                });
            }
            Feed::Total | Feed::Name => {}
            Feed::End => self.end(out, bearer.shard, content),
        }
    }
}

impl Files {
    /// The place of a content's file, if it is open.
    fn find(&self, shard: u16, content: &Content) -> Option<FileId> {
        if let Some(id) = content.id
            && self.get(id).is_some()
        {
            return Some(id);
        }
        let slot = *self.index.get(&(shard, content.key))?;
        let birth = self.slots.get(slot as usize)?.as_ref()?.birth;
        Some(FileId { slot, birth })
    }

    /// The file of a content, made if need be, taken out of the store.
    fn open(
        &mut self,
        out: &mut Out<'_>,
        bearer: &mut Bearer<'_>,
        content: &mut Content,
    ) -> (u32, Box<File>) {
        if let Some(id) = content.id
            && let Some(file) = self.take(id)
        {
            return (id.slot, file);
        }
        if let Some(id) = self.find(bearer.shard, content)
            && let Some(mut file) = self.take(id)
        {
            content.id = Some(id);
            content.begun |= file.note_conn(bearer.tag, content.about.is_orig);
            return (id.slot, file);
        }
        let birth = out.state.next_birth_of(bearer.birth, bearer.bore);
        let now = out.now();
        let seed = out.state.settings.uid_seed;
        let mut file = Box::new(File::new(content, (bearer.shard, birth), (now, seed), &self.interests));
        file.set_parent(bearer);
        file.note_conn(bearer.tag, content.about.is_orig);
        let slot = self.insert(&file);
        out.state.stats.files += 1;
        content.id = Some(FileId { slot, birth });
        content.begun = true;
        out.state.timers.set(Timer { due: now + SILENCE, birth, slot, kind: TimerKind::File });
        (slot, file)
    }

    /// Works on the file of a content, made if need be; then it ends if it is whole, which not all work can make it, or goes back.
    fn with(
        &mut self,
        out: &mut Out<'_>,
        bearer: &mut Bearer<'_>,
        content: &mut Content,
        work: impl FnOnce(&mut File, &Content, &mut Desk<'_, '_>) -> bool,
    ) {
        let (slot, mut file) = self.open(out, bearer, content);
        file.last = out.now();
        let may_end = work(&mut file, content, &mut Desk { out: &mut *out, cabinet: &mut *self });
        content.learned = content.learned.or(file.tell_type());
        if may_end && file.is_whole() {
            self.forget(slot, &file);
            content.learned = content.learned.or(self.finish_file(file, false, out));
            content.ended = true;
        } else {
            let shard = file.shard;
            self.put_back(slot, file);
            self.shed(shard, out);
        }
    }

    /// Ends the oldest files of a shard whose files hold too much.
    fn shed(&mut self, shard: u16, out: &mut Out<'_>) {
        while let Some((birth, slot, brake)) = self.budget.too_much(shard) {
            let Some(file) = self.take(FileId { slot, birth }) else { return };
            let conn = file.conns.first().map(|(tag, _)| *tag);
            out.shed(Shed::File, shard, conn);
            if brake {
                out.shed(Shed::Brake, shard, conn);
            }
            self.forget(slot, &file);
            self.finish_file(file, false, out);
        }
    }

    fn end(&mut self, out: &mut Out<'_>, shard: u16, content: &mut Content) {
        let id = content.id.take().or_else(|| self.find(shard, content));
        if let Some(id) = id
            && let Some(file) = self.take(id)
        {
            self.forget(id.slot, &file);
            content.learned = content.learned.or(self.finish_file(file, false, out));
            content.ended = true;
        }
    }

    /// A file's timer is due: it ends if it was silent for long.
    pub(crate) fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        let id = FileId { slot: timer.slot, birth: timer.birth };
        let Some(file) = self.take(id) else { return };
        let due = file.last + SILENCE;
        if due <= out.now() {
            self.forget(id.slot, &file);
            self.finish_file(file, true, out);
        } else {
            self.put_back(id.slot, file);
            if !out.state.finishing {
                out.state.timers.set(Timer { due, ..timer });
            }
        }
    }

    /// The end of the capture: what is open ends, oldest first.
    pub(crate) fn finish(&mut self, out: &mut Out<'_>) {
        for (birth, slot) in self.by_age() {
            let Some(file) = self.take(FileId { slot, birth }) else { continue };
            out.state.at_end(EndPhase::Files, birth);
            self.forget(slot, &file);
            self.finish_file(file, true, out);
        }
    }

    /// Ends a file: its analyzers say what they found, then its rows come. Its type, if no carrier has been told it yet.
    fn finish_file(
        &mut self,
        mut file: Box<File>,
        timedout: bool,
        out: &mut Out<'_>,
    ) -> Option<&'static str> {
        file.finish(&mut Desk { out: &mut *out, cabinet: self });
        if !file.hidden() && out.state.wants.has(FileInfo::STREAM) {
            rows(&mut file, timedout, out);
        }
        file.tell_type()
    }
}

/// The rows of a file that is over: one for each connection that carried it.
fn rows(file: &mut File, timedout: bool, out: &mut Out<'_>) {
    let complete = file.missing == 0;
    let digests = std::mem::take(&mut file.hashes).finish();
    let nets_known = !out.state.settings.local_nets.is_empty();
    for (tag, is_orig) in &file.conns {
        let sender = if *is_orig { tag.orig_h } else { tag.resp_h };
        let record = FileInfo {
            ts: file.ts,
            fuid: file.fuid,
            conn: Some(*tag),
            source: Some(file.about.source),
            depth: file.about.depth,
            analyzers: Set(file.analyzers.iter().map(|looking| looking.descriptor.name).collect()),
            mime_type: file.mime,
            filename: file.name.clone(),
            duration: file.last - file.ts,
            local_orig: nets_known.then(|| out.state.settings.local_nets.contains(sender)),
            is_orig: Some(*is_orig),
            seen_bytes: file.seen,
            total_bytes: file.total,
            missing_bytes: file.missing,
            overflow_bytes: file.overflow,
            timedout,
            parent_fuid: file.parent,
            md5: digests.md5.clone().filter(|_| complete),
            sha1: digests.sha1.clone().filter(|_| complete),
            sha256: digests.sha256.clone().filter(|_| complete),
            extracted: None,
            extracted_cutoff: None,
            extracted_size: None,
        };
        out.emit(Some(tag), &record, &[]);
    }
}
