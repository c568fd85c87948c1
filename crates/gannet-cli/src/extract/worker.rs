//! What a worker does for extraction: it keeps first bytes until a type is known, and hands on what is wanted.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;

use bytes::Bytes;
use gannet::events::{Event, FileMeta, Interest, Meta, Piece, Subscriber};
use gannet::files::FileInfo;

use super::name::{self, Which};
use super::way::{PIECE, Task, Way};

/// First bytes of files whose types are not known that a worker keeps; with more, files are given up.
const MAX_KEPT: usize = 16 << 20;
/// Files that are over and whose ids are known, so that another one of the same id gets a name of its own.
const MAX_NAMED: usize = 1024;

/// A file that goes by.
enum Passing {
    /// Its type is not known: its first bytes.
    Unknown(Vec<u8>),
    Wanted(Wanted),
}

/// A file that is wanted.
struct Wanted {
    id: u64,
    name: String,
    /// Bytes that were handed on.
    size: u64,
    cut: bool,
    /// It was given up.
    lost: bool,
}

/// What the row of a file says of its extraction.
struct Told {
    which: Which,
    name: String,
    cut: bool,
    size: u64,
}

/// A subscriber that extracts files, and tells the one inside it in which rows they are.
pub(crate) struct Extracting<S> {
    inner: S,
    desk: Option<Desk>,
}

impl<S> Extracting<S> {
    /// Extracts by this way, if there is one.
    pub(crate) fn new(inner: S, way: Option<Way>) -> Self {
        Self { inner, desk: way.map(Desk::new) }
    }
}

impl<S: Subscriber> Subscriber for Extracting<S> {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        let told = self.desk.as_ref().and_then(|desk| desk.last.as_ref());
        match (event.get::<FileInfo>(), told) {
            (Some(row), Some(told)) if row.fuid == told.which.fuid => {
                let mut row = row.clone();
                row.extracted = Some(told.name.clone());
                row.extracted_cutoff = Some(told.cut);
                row.extracted_size = Some(told.size);
                self.inner.event(meta, Event::new(&row));
            }
            _ => self.inner.event(meta, event),
        }
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        match &mut self.desk {
            Some(desk) => desk.content(file, piece),
            None => self.inner.content(file, piece),
        }
    }

    fn decide(&mut self, file: &FileMeta<'_>, first: &[u8]) -> Interest {
        match &mut self.desk {
            Some(desk) => desk.decide(file),
            None => self.inner.decide(file, first),
        }
    }
}

/// The files that go by on one worker.
struct Desk {
    way: Way,
    passing: HashMap<Which, Passing>,
    /// First bytes that are kept.
    kept: usize,
    /// Files that were given up, and the thread that writes does not know it.
    aborts: Vec<u64>,
    named: VecDeque<Which>,
    /// The file that ended last: its rows come next.
    last: Option<Told>,
}

impl Desk {
    fn new(way: Way) -> Self {
        Self { way, passing: HashMap::new(), kept: 0, aborts: Vec::new(), named: VecDeque::new(), last: None }
    }

    /// Hands a task over, when the thread that writes knows what was given up.
    fn send(&mut self, task: Task) -> bool {
        while let Some(id) = self.aborts.last() {
            if !self.way.send(Task::Abort(*id)) {
                return false;
            }
            self.aborts.pop();
        }
        self.way.send(task)
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        match (self.passing.remove(&Which::of(file)), piece) {
            (None, Piece::Bytes(_, bytes)) => self.keep(Which::of(file), Vec::new(), bytes),
            (Some(Passing::Unknown(first)), Piece::Bytes(_, bytes)) => {
                self.keep(Which::of(file), first, bytes)
            }
            (Some(Passing::Wanted(mut wanted)), Piece::Bytes(_, bytes)) => {
                self.write(&mut wanted, bytes);
                self.passing.insert(Which::of(file), Passing::Wanted(wanted));
            }
            (Some(Passing::Wanted(mut wanted)), Piece::Gap(length)) => {
                // Of packed content nobody knows how much is missing.
                if file.unpacked.is_none() {
                    self.hole(&mut wanted, length);
                }
                self.passing.insert(Which::of(file), Passing::Wanted(wanted));
            }
            (Some(Passing::Wanted(wanted)), Piece::End(_)) => self.end(Which::of(file), wanted),
            (Some(Passing::Unknown(first)), _) => self.kept = self.kept.saturating_sub(first.len()),
            (None, _) => {}
        }
    }

    /// Keeps bytes until the type is known.
    fn keep(&mut self, which: Which, mut first: Vec<u8>, bytes: &[u8]) {
        self.last.take_if(|told| told.which == which);
        if self.kept + bytes.len() > MAX_KEPT {
            self.kept = self.kept.saturating_sub(first.len());
            self.way.counts.lost.fetch_add(1, Ordering::Relaxed);
            let lost = Wanted { id: 0, name: String::new(), size: 0, cut: false, lost: true };
            self.passing.insert(which, Passing::Wanted(lost));
            return;
        }
        self.kept += bytes.len();
        first.extend_from_slice(bytes);
        self.passing.insert(which, Passing::Unknown(first));
    }

    /// The type is known, or never will be.
    fn decide(&mut self, file: &FileMeta<'_>) -> Interest {
        let first = match self.passing.remove(&Which::of(file)) {
            Some(Passing::Unknown(first)) => first,
            Some(Passing::Wanted(_)) => return Interest::Drop,
            None => Vec::new(),
        };
        self.kept = self.kept.saturating_sub(first.len());
        if !self.way.wants(file.mime) {
            return Interest::Drop;
        }
        if self.way.is_full() {
            self.way.counts.cut.fetch_add(1, Ordering::Relaxed);
            return Interest::Drop;
        }
        let mut wanted = Wanted { id: 0, name: String::new(), size: 0, cut: false, lost: false };
        let granted = self.granted(&mut wanted, first.len() as u64) as usize;
        // Another worker was quicker to take the last bytes that there is room for.
        if granted == 0 && !first.is_empty() {
            return Interest::Drop;
        }
        let again = self.named.iter().filter(|which| **which == Which::of(file)).count() as u32;
        wanted.name = name::of(file.source, Which::of(file), file.mime, again);
        wanted.id = self.way.counts.begun.fetch_add(1, Ordering::Relaxed);
        if self.send(Task::Begin(wanted.id, wanted.name.clone())) {
            self.pass_on(&mut wanted, first.get(..granted).unwrap_or(&first));
        } else {
            self.lose(&mut wanted);
        }
        self.passing.insert(Which::of(file), Passing::Wanted(wanted));
        Interest::Keep
    }

    /// How many of the next bytes of a file the limits let through.
    fn granted(&self, wanted: &mut Wanted, length: u64) -> u64 {
        let room = self.way.limits.file.saturating_sub(wanted.size);
        let granted = self.way.reserve(length.min(room));
        if granted < length && !std::mem::replace(&mut wanted.cut, true) {
            self.way.counts.cut.fetch_add(1, Ordering::Relaxed);
        }
        wanted.size += granted;
        granted
    }

    fn write(&mut self, wanted: &mut Wanted, bytes: &[u8]) {
        if wanted.lost || wanted.cut {
            return;
        }
        let granted = self.granted(wanted, bytes.len() as u64) as usize;
        self.pass_on(wanted, bytes.get(..granted).unwrap_or(bytes));
    }

    /// Bytes that are let through go to the thread that writes.
    fn pass_on(&mut self, wanted: &mut Wanted, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            if !self.send(Task::Data(wanted.id, Bytes::copy_from_slice(piece))) {
                return self.lose(wanted);
            }
        }
    }

    /// A hole counts for the size of its file, and takes no room on the disk: it is nothing of what all files may have.
    fn hole(&mut self, wanted: &mut Wanted, length: u64) {
        if wanted.lost || wanted.cut {
            return;
        }
        let granted = length.min(self.way.limits.file.saturating_sub(wanted.size));
        if granted < length {
            wanted.cut = true;
            self.way.counts.cut.fetch_add(1, Ordering::Relaxed);
        }
        wanted.size += granted;
        if !self.send(Task::Hole(wanted.id, granted)) {
            self.lose(wanted);
        }
    }

    fn end(&mut self, which: Which, mut wanted: Wanted) {
        self.last = None;
        if wanted.lost {
            return;
        }
        if !self.send(Task::End(wanted.id)) {
            return self.lose(&mut wanted);
        }
        if self.named.len() >= MAX_NAMED {
            self.named.pop_front();
        }
        self.named.push_back(which);
        self.last = Some(Told { which, name: wanted.name, cut: wanted.cut, size: wanted.size });
    }

    /// The file is given up: the thread that writes is late.
    fn lose(&mut self, wanted: &mut Wanted) {
        wanted.lost = true;
        self.aborts.push(wanted.id);
        self.way.counts.lost.fetch_add(1, Ordering::Relaxed);
    }
}
