//! Capture files as one stream of packets, merged by time.
//!
//! With several files a first pass reads the time of each one's first packet and closes it again; a file is then
//! opened when the stream has come to that time. While one file alone has the next packets, as in a rotated capture,
//! batches point into its blocks; where files overlap packet by packet, packets are copied into a block of their own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::block::Pool;
use super::find::{self, Found};
use super::reader::{Reader, Run};
use super::scan::turn;
use super::{Batch, Block, Filled, PacketSource, SourceError, SourceStatus};
use crate::base::packet::PacketMeta;
use crate::base::time::{Interval, Timestamp};

/// Bytes of a block: large enough to make a system call cheap, small enough to stay in a core's cache.
const BLOCK: usize = 1024 * 1024;
/// Bytes of a block at least: where all files together are small, so are the blocks.
const SMALL_BLOCK: usize = 64 * 1024;
/// Files open at once. Where more overlap, the one whose next packet is latest is closed and opened again later.
const OPEN: usize = 256;
/// Blocks of the first pass: it wants a header and a packet.
const PEEK_BLOCK: usize = 4096;
/// A run of so many packets of one file is not worth copying.
const RUN: usize = 64;
/// Paths of passed-over files that are kept.
const SKIPPED: usize = 1000;

/// Sizes that tests make small.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) block: usize,
    pub(crate) open: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { block: BLOCK, open: OPEN }
    }
}

/// A file whose time has not come.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    first: Timestamp,
    order: usize,
    path: PathBuf,
}

/// A file that is being read, and its place on the command line.
struct Active {
    order: usize,
    reader: Reader,
}

/// Any number of capture files, and directories of them, as one [`PacketSource`].
///
/// Packets come in the order of their times; those of one file stay in its order, and of equal times the file named
/// first comes first. At most 256 files are open at once, whatever their number.
pub struct Files {
    /// The earliest is last.
    waiting: Vec<Waiting>,
    active: Vec<Option<Active>>,
    /// Next packet of each active file: time, order, slot.
    heads: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
    /// The slot of the file whose next packet is not known.
    current: Option<usize>,
    pool: Pool,
    scratch: Vec<PacketMeta>,
    limits: Limits,
    read: Arc<AtomicU64>,
    /// Captures that are in memory, by order; none of files on disk.
    memory: Vec<Bytes>,
    /// An error that had to wait until the packets before it were given.
    failed: Option<SourceError>,
    status: SourceStatus,
}

/// What the next packet can be taken from.
enum Ready {
    /// From the file at the top of `heads`.
    Head,
    /// From this file; there is no other.
    Alone(usize),
    Idle,
    End,
}

impl Files {
    /// Opens files and directories; `-` is standard input.
    ///
    /// Of a directory, the captures in it and below it are read, in the order of their names; other files there are
    /// passed over and listed in the status.
    ///
    /// # Errors
    ///
    /// A path that does not exist or cannot be read, a named file that is no capture, a directory without any.
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Self, SourceError> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        Self::with_limits(&paths, Limits::default())
    }

    /// Captures that are in memory, each with a name, by which errors and damage call it. All is as of files that hold these
    /// bytes: formats, compression, order.
    ///
    /// ```
    /// use gannet::PacketSource;
    /// use gannet::capture::{Batch, Files, Filled};
    ///
    /// let mut capture = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    /// capture.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 60, 0, 0, 0, 0xab, 0xcd]);
    /// let mut files = Files::from_memory([("upload", capture)])?;
    /// let mut batch = Batch::default();
    /// assert_eq!(files.fill(&mut batch, 100)?, Filled::Packets);
    /// assert_eq!((batch.packets.len(), batch.bytes(&batch.packets[0])), (1, &[0xab, 0xcd][..]));
    /// # Ok::<(), gannet::capture::SourceError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Bytes that are no capture, or none at all.
    pub fn from_memory<N, B>(captures: impl IntoIterator<Item = (N, B)>) -> Result<Self, SourceError>
    where
        N: Into<PathBuf>,
        B: Into<Bytes>,
    {
        let (found, memory): (Vec<_>, Vec<_>) = captures
            .into_iter()
            .map(|(name, bytes)| {
                let bytes = bytes.into();
                (Found { path: name.into(), size: Some(bytes.len() as u64), within: None }, bytes)
            })
            .unzip();
        if found.is_empty() {
            return Err(SourceError::NoFiles);
        }
        Self::of(found, memory, &[], Limits::default())
    }

    pub(crate) fn with_limits(paths: &[PathBuf], limits: Limits) -> Result<Self, SourceError> {
        Self::of(find::expand(paths)?, Vec::new(), paths, limits)
    }

    /// Of what was found at these paths.
    fn of(
        found: Vec<Found>,
        memory: Vec<Bytes>,
        paths: &[PathBuf],
        limits: Limits,
    ) -> Result<Self, SourceError> {
        let mut files = Self {
            waiting: Vec::new(),
            active: Vec::new(),
            heads: BinaryHeap::new(),
            current: None,
            pool: Pool::new(block_size(&found, limits)),
            scratch: Vec::new(),
            limits,
            read: Arc::default(),
            memory,
            failed: None,
            status: SourceStatus { bytes_total: Some(0), ..SourceStatus::default() },
        };
        let alone = found.len() == 1;
        let mut captures = vec![0_u64; paths.len()];
        let mut pool = Pool::new(PEEK_BLOCK.min(limits.block));
        for (order, file) in found.into_iter().enumerate() {
            let within = file.within;
            if files.add(order, file, alone, &mut pool)?
                && let Some(count) = within.and_then(|index| captures.get_mut(index))
            {
                *count += 1;
            }
        }
        files.waiting.sort_unstable_by(|a, b| b.cmp(a));
        files.check_directories(paths, &captures)?;
        Ok(files)
    }

    /// A named directory without a capture is a mistake.
    fn check_directories(&self, paths: &[PathBuf], captures: &[u64]) -> Result<(), SourceError> {
        for (path, count) in paths.iter().zip(captures) {
            if *count == 0 && !find::is_stdin(path) && path.is_dir() {
                return Err(SourceError::NoCaptures {
                    path: path.clone(),
                    skipped: self.status.skipped_total,
                });
            }
        }
        Ok(())
    }

    /// Takes a file in; false if it is passed over.
    fn add(&mut self, order: usize, file: Found, alone: bool, pool: &mut Pool) -> Result<bool, SourceError> {
        let Found { path, size, within } = file;
        if size.is_none() || (alone && within.is_none()) {
            let mut reader = self.reader_of(order, path, &self.read);
            if size.is_some() {
                reader.prepare(&mut self.pool)?;
            }
            self.count(size);
            // A pipe cannot be looked at twice: it is active from the start, before the first packet.
            self.heads.push(Reverse((Timestamp::from_nanos(i64::MIN), order, self.active.len())));
            self.active.push(Some(Active { order, reader }));
            return Ok(true);
        }
        let mut reader = self.reader_of(order, path, &Arc::default());
        match reader.peek(&mut self.scratch, pool) {
            Ok(Run::Packets { .. }) => {
                let first = reader.head().map_or(Timestamp::ZERO, |head| turn(head.ts));
                self.waiting.push(Waiting { first, order, path: reader.path().to_owned() });
            }
            Ok(Run::Idle | Run::End) => {
                self.status.files_done += 1;
                self.read.fetch_add(size.unwrap_or_default(), Ordering::Relaxed);
                Arc::make_mut(&mut self.status.damages).extend(reader.take_damage());
            }
            Err(
                SourceError::NotCapture { path, .. }
                | SourceError::Empty { path }
                | SourceError::Unsupported { path, .. },
            ) if within.is_some() => {
                self.status.skipped_total += 1;
                if self.status.skipped.len() < SKIPPED {
                    Arc::make_mut(&mut self.status.skipped).push(path);
                }
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        reader.close(pool);
        self.count(size);
        Ok(true)
    }

    fn reader_of(&self, order: usize, path: PathBuf, read: &Arc<AtomicU64>) -> Reader {
        Reader::new(path, self.memory.get(order).cloned(), read)
    }

    fn count(&mut self, size: Option<u64>) {
        self.status.files_total += 1;
        self.status.bytes_total = self.status.bytes_total.zip(size).map(|(total, size)| total + size);
    }

    /// Finds out whose packet is next, and opens the files whose time has come.
    fn ready(&mut self) -> Result<Ready, SourceError> {
        loop {
            if let Some(slot) = self.current {
                if self.heads.is_empty() && self.waiting.is_empty() {
                    return Ok(Ready::Alone(slot));
                }
                match self.peek(slot)? {
                    Run::Idle => return Ok(Ready::Idle),
                    Run::Packets { .. } => {}
                    Run::End => self.close(slot),
                }
                self.current = None;
            }
            match (self.heads.peek(), self.waiting.last()) {
                (Some(Reverse((ts, order, slot))), next)
                    if next.is_none_or(|next| (*ts, *order) < (next.first, next.order)) =>
                {
                    let (slot, known) =
                        (*slot, self.reader(*slot).is_some_and(|reader| reader.head().is_some()));
                    if known {
                        return Ok(Ready::Head);
                    }
                    // A pipe that has not been read from.
                    self.heads.pop();
                    self.current = Some(slot);
                }
                (_, Some(_)) => self.open_next(),
                (_, None) => return Ok(Ready::End),
            }
        }
    }

    /// Makes the file whose time has come the current one.
    fn open_next(&mut self) {
        let Some(Waiting { order, path, .. }) = self.waiting.pop() else { return };
        let reader = self.reader_of(order, path, &self.read);
        let active = Some(Active { order, reader });
        let slot = self.active.iter().position(Option::is_none).unwrap_or(self.active.len());
        match self.active.get_mut(slot) {
            Some(place) => *place = active,
            None => self.active.push(active),
        }
        self.current = Some(slot);
    }

    fn reader(&self, slot: usize) -> Option<&Reader> {
        self.active.get(slot)?.as_ref().map(|active| &active.reader)
    }

    /// Reads the next packet of a file ahead and puts it among the heads.
    fn peek(&mut self, slot: usize) -> Result<Run, SourceError> {
        self.limit_open(slot)?;
        let Some(Some(active)) = self.active.get_mut(slot) else { return Ok(Run::End) };
        let run = active.reader.peek(&mut self.scratch, &mut self.pool)?;
        if let Some(head) = active.reader.head() {
            self.heads.push(Reverse((turn(head.ts), active.order, slot)));
        }
        Ok(run)
    }

    /// Closes the file whose next packet is latest, if `slot` would be one too many.
    fn limit_open(&mut self, slot: usize) -> Result<(), SourceError> {
        if self.heads.len() < self.limits.open || self.reader(slot).is_some_and(Reader::is_open) {
            return Ok(());
        }
        let holding = |reader: &Reader| reader.is_open() || reader.can_suspend();
        let readers = || self.active.iter().flatten().map(|active| &active.reader);
        if readers().filter(|reader| holding(reader)).count() < self.limits.open {
            return Ok(());
        }
        let victims = self
            .heads
            .iter()
            .filter(|Reverse((_, _, slot))| self.reader(*slot).is_some_and(Reader::can_suspend));
        if let Some(victim) = victims.min().map(|Reverse((_, _, slot))| *slot) {
            if let Some(Some(active)) = self.active.get_mut(victim) {
                active.reader.suspend(&mut self.pool);
            }
            return Ok(());
        }
        let open = readers().filter(|reader| reader.is_open()).count();
        match self.reader(slot) {
            Some(reader) if open >= self.limits.open => {
                Err(SourceError::TooManyOpen { path: reader.path().to_owned(), open })
            }
            _ => Ok(()),
        }
    }

    /// A file has come to its end.
    fn close(&mut self, slot: usize) {
        if let Some(mut active) = self.active.get_mut(slot).and_then(Option::take) {
            Arc::make_mut(&mut self.status.damages).extend(active.reader.take_damage());
            active.reader.close(&mut self.pool);
            self.status.files_done += 1;
        }
    }

    /// The last time that a file of this order may give before another one's turn comes.
    fn limit(&self, order: usize) -> Timestamp {
        let head = self.heads.peek().map(|Reverse((ts, order, _))| (*ts, *order));
        let next = self.waiting.last().map(|next| (next.first, next.order));
        match head.into_iter().chain(next).min() {
            None => Timestamp::MAX,
            Some((ts, other)) if order < other => ts,
            Some((ts, _)) => ts + Interval::from_nanos(-1),
        }
    }

    /// Gives a run of the file at the top of the heads, or begins to merge where the run is short.
    fn take_head(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        let Some(Reverse((_, order, slot))) = self.heads.pop() else { return Ok(Filled::End) };
        let limit = self.limit(order);
        self.current = Some(slot);
        let Some(Some(active)) = self.active.get_mut(slot) else { return Ok(Filled::End) };
        let run = active.reader.run(&mut batch.packets, max, limit, &mut self.pool)?;
        let bytes: usize = batch.packets.iter().map(|packet| packet.captured as usize).sum();
        let short = batch.packets.len() < RUN.min(max) && bytes <= self.pool.size() / 4;
        if short && run == (Run::Packets { later: true }) {
            self.merge(batch, slot, max);
        } else {
            batch.block = active.reader.block().clone();
        }
        Ok(Filled::Packets)
    }

    /// Copies the packets of the batch, which lie in the block of `slot`, into a block of their own, and goes on
    /// packet by packet.
    fn merge(&mut self, batch: &mut Batch, slot: usize, max: usize) {
        let mut merged = self.pool.take(0);
        let Some(mut block) = merged.exclusive() else { return };
        let mut used = 0;
        if let Some(reader) = self.reader(slot) {
            for packet in &mut batch.packets {
                copy(reader.block(), &mut block, &mut used, packet);
            }
        }
        while batch.packets.len() < max {
            match self.ready() {
                Ok(Ready::Head) => {}
                Ok(Ready::Alone(_) | Ready::Idle | Ready::End) => break,
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
            let Some(slot) = self.heads.peek().map(|Reverse((_, _, slot))| *slot) else { break };
            let Some(Some(active)) = self.active.get_mut(slot) else { break };
            let Some(head) = active.reader.head() else { break };
            if block.len() - used < head.captured as usize {
                break;
            }
            let mut packet = *head;
            copy(active.reader.block(), &mut block, &mut used, &mut packet);
            batch.packets.push(packet);
            active.reader.take_head();
            self.heads.pop();
            self.current = Some(slot);
        }
        drop(block);
        batch.block = merged.clone();
        self.pool.give(merged);
    }
}

/// Bytes of a block for these files. What expands when it is decompressed only needs more of them.
fn block_size(found: &[Found], limits: Limits) -> usize {
    let all = found.iter().map(|file| file.size).sum::<Option<u64>>();
    let all = all.and_then(|all| usize::try_from(all).ok()).map_or(limits.block, |all| all.saturating_add(1));
    limits.block.min(all.max(SMALL_BLOCK))
}

/// Copies a packet's bytes behind the used ones; there is room for them.
fn copy(from: &Block, to: &mut [u8], used: &mut usize, packet: &mut PacketMeta) {
    let (start, length) = (packet.at as usize, packet.captured as usize);
    let from = from.bytes().get(start..start.saturating_add(length)).unwrap_or_default();
    if let Some(to) = to.get_mut(*used..*used + from.len()) {
        to.copy_from_slice(from);
    }
    packet.at = *used as u32;
    *used += from.len();
}

impl PacketSource for Files {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        batch.packets.clear();
        batch.block = Block::default();
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if max == 0 {
            return Ok(Filled::Idle);
        }
        loop {
            match self.ready()? {
                Ready::Idle => return Ok(Filled::Idle),
                Ready::End => return Ok(Filled::End),
                Ready::Head => return self.take_head(batch, max),
                Ready::Alone(slot) => {
                    let Some(Some(active)) = self.active.get_mut(slot) else { return Ok(Filled::End) };
                    match active.reader.run(&mut batch.packets, max, Timestamp::MAX, &mut self.pool)? {
                        Run::Idle => return Ok(Filled::Idle),
                        Run::Packets { .. } => {
                            batch.block = active.reader.block().clone();
                            return Ok(Filled::Packets);
                        }
                        Run::End => {
                            self.close(slot);
                            self.current = None;
                        }
                    }
                }
            }
        }
    }

    fn status(&self) -> SourceStatus {
        SourceStatus { bytes_read: self.read.load(Ordering::Relaxed), ..self.status.clone() }
    }
}
