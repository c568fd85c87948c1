//! A whole capture: a source, workers, and one ordered sink.
//!
//! The caller's thread reads and distributes; each worker owns an engine; one more thread brings the records into
//! order. With one worker everything happens on the caller's thread. Nothing can block for good: every worker gets
//! every batch, so that by the time the reader waits for a worker, all the others know of everything before.

use std::collections::VecDeque;
use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender, bounded};
use thiserror::Error;

use super::config::Config;
use super::merge::{Chunk, Ordered, Outbox, merge};
use super::{Engine, stamp};
use crate::balance::{Balance, Decap, decap};
use crate::base::packet::PacketMeta;
use crate::base::time::Timestamp;
use crate::capture::{Batch, Filled, PacketSource, SourceError, SourceStatus};
use crate::engine::summary::Summary;
use crate::events::{Event, FileMeta, Handler, Meta, Piece};

/// Number of a worker, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkerId(pub usize);

/// Sees events on a worker and leaves owned items for the ordered side.
pub trait Mapper: Send {
    /// What it leaves for an event, beside bytes.
    type Item: Send;

    /// Called for each event of a subscribed kind.
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>, out: &mut Outbox<Self::Item>);

    /// Called for each piece of the content of a file, in order.
    fn content(&mut self, _file: &FileMeta<'_>, _piece: Piece<'_>) {}
}

/// Why a run failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A thread ended by a defect of the program.
    #[error("a worker thread ended by a defect of the program; its records are lost")]
    Worker,
}

/// How far a run has come; shown to the caller between batches.
#[derive(Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Packets handed to the workers.
    pub packets: u64,
    /// The capture's clock.
    pub now: Timestamp,
}

/// Batches between two calls of the caller's watch.
const WATCH_EVERY: u64 = 16;
/// Chunks of a worker that may wait to be merged.
const CHUNKS: usize = 8;

/// Runs a source to its end.
///
/// `mapper` makes one mapper for each worker; `ordered` gets what they leave, in an order that does not depend on the
/// number of workers. `watch` is called now and then; when it returns false the run ends early, as if the capture did.
///
/// # Errors
/// If the source cannot be read. What was read before that has been handed to `ordered`.
pub fn run<M: Mapper>(
    config: Config,
    source: &mut dyn PacketSource,
    mapper: impl Fn(WorkerId) -> M + Sync,
    mut ordered: impl FnMut(Ordered<'_, M::Item>) + Send,
    mut watch: impl FnMut(&Progress, &dyn Fn() -> SourceStatus) -> bool,
) -> Result<Summary, RunError> {
    let config = Arc::new(config);
    let mut reader = Reader::new(&config, source, &mut watch);
    if config.workers <= 1 {
        let mut sink = Sink {
            mapper: mapper(WorkerId(0)),
            outbox: Outbox::default(),
            flush: |outbox: &mut Outbox<_>| {
                outbox.drain(&mut ordered);
            },
        };
        let mut engine = Engine::shared(Arc::clone(&config));
        let read = reader.read(|batch| {
            engine.batch(batch, None, &mut sink);
            sink.flush();
            true
        });
        let summary = engine.finish_in_place(&mut sink);
        sink.flush();
        return read.map(|()| summary);
    }
    threads(&config, &mut reader, &mapper, &mut ordered)
}

fn threads<M: Mapper>(
    config: &Arc<Config>,
    reader: &mut Reader<'_>,
    mapper: &(impl Fn(WorkerId) -> M + Sync),
    ordered: &mut (impl FnMut(Ordered<'_, M::Item>) + Send),
) -> Result<Summary, RunError> {
    std::thread::scope(|scope| {
        let mut inputs = Vec::new();
        let mut lanes = Vec::new();
        let mut workers = Vec::new();
        for id in 0..config.workers {
            let (input, batches) = bounded::<Arc<Batch>>(config.queue.max(1));
            let (output, chunks) = bounded(CHUNKS);
            let (back, recycled) = bounded(CHUNKS);
            inputs.push(input);
            lanes.push((chunks, back));
            let config = Arc::clone(config);
            workers
                .push(scope.spawn(move || work(&config, WorkerId(id), mapper, &batches, output, recycled)));
        }
        let merger = scope.spawn(move || merge(lanes, ordered));
        let (balance, workers_wanted) = (config.balance, config.workers);
        let mut pool = Pool::default();
        let mut yields = Yields::new(config, usize::MAX);
        let read = reader.read_owned(
            &mut pool,
            |batch| {
                distribute(batch, balance, workers_wanted);
            },
            |batch| {
                yields.maybe();
                inputs.iter().all(|input| input.send(Arc::clone(batch)).is_ok())
            },
        );
        drop(inputs);
        let mut summary = Summary::default();
        let mut lost = false;
        for worker in workers {
            match worker.join() {
                Ok(one) => summary.add(one),
                Err(_) => lost = true,
            }
        }
        lost |= merger.join().is_err();
        read?;
        if lost { Err(RunError::Worker) } else { Ok(summary) }
    })
}

/// A worker thread's life.
fn work<M: Mapper>(
    config: &Arc<Config>,
    id: WorkerId,
    mapper: &(impl Fn(WorkerId) -> M + Sync),
    batches: &Receiver<Arc<Batch>>,
    output: Sender<Chunk<M::Item>>,
    recycled: Receiver<Outbox<M::Item>>,
) -> Summary {
    let frontier = std::cell::Cell::new(0);
    let send = |outbox: &mut Outbox<M::Item>| {
        let fresh = recycled.try_recv().unwrap_or_default();
        let chunk = Chunk { outbox: std::mem::replace(outbox, fresh), frontier: frontier.get() };
        // The merger is gone only if it panicked, which its join reports.
        let _gone = output.send(chunk);
    };
    let mut sink = Sink { mapper: mapper(id), outbox: Outbox::default(), flush: send };
    let mut engine = Engine::shared(Arc::clone(config));
    let mut yields = Yields::new(config, id.0);
    for batch in batches {
        yields.maybe();
        engine.batch(&batch, batch.lists.get(id.0).map(Vec::as_slice), &mut sink);
        frontier.set(batch.packets.last().map_or(frontier.get(), |last| last.number));
        sink.flush_always();
        yields.maybe();
    }
    let summary = engine.finish_in_place(&mut sink);
    frontier.set(u64::MAX);
    sink.flush_always();
    summary
}

/// A mapper with its outbox, as a handler; sends the outbox off when it is full.
pub(super) struct Sink<M: Mapper, F: FnMut(&mut Outbox<M::Item>)> {
    pub(super) mapper: M,
    pub(super) outbox: Outbox<M::Item>,
    pub(super) flush: F,
}

impl<M: Mapper, F: FnMut(&mut Outbox<M::Item>)> Sink<M, F> {
    fn flush(&mut self) {
        if !self.outbox.is_empty() {
            (self.flush)(&mut self.outbox);
        }
    }

    pub(super) fn flush_always(&mut self) {
        (self.flush)(&mut self.outbox);
    }
}

impl<M: Mapper, F: FnMut(&mut Outbox<M::Item>)> Handler for Sink<M, F> {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self.mapper.event(meta, event, &mut self.outbox);
        if self.outbox.is_full() {
            self.flush();
        }
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        self.mapper.content(file, piece);
    }
}

/// Reads batches, stamps their packets and keeps the caller informed.
struct Reader<'a> {
    source: &'a mut dyn PacketSource,
    watch: &'a mut dyn FnMut(&Progress, &dyn Fn() -> SourceStatus) -> bool,
    max: usize,
    decap: Vec<Decap>,
    progress: Progress,
    batches: u64,
}

impl<'a> Reader<'a> {
    fn new(
        config: &Config,
        source: &'a mut dyn PacketSource,
        watch: &'a mut dyn FnMut(&Progress, &dyn Fn() -> SourceStatus) -> bool,
    ) -> Self {
        let progress = Progress { packets: 0, now: Timestamp::ZERO };
        Self { source, watch, max: config.batch.max(1), decap: config.decap.clone(), progress, batches: 0 }
    }

    /// The next batch; false at the end.
    fn next(&mut self, batch: &mut Batch) -> Result<bool, SourceError> {
        let mut idle = false;
        loop {
            if idle || self.batches.is_multiple_of(WATCH_EVERY) {
                let source = &*self.source;
                if !(self.watch)(&self.progress, &|| source.status()) {
                    return Ok(false);
                }
            }
            self.batches += 1;
            match self.source.fill(batch, self.max)? {
                Filled::Packets => break,
                Filled::Idle => idle = true,
                Filled::End => return Ok(false),
            }
        }
        decap::open_all(&self.decap, batch.block.bytes(), &mut batch.packets);
        for packet in &mut batch.packets {
            self.progress.packets += 1;
            packet.number = self.progress.packets;
            stamp(packet, self.progress.now);
            self.progress.now = packet.now;
        }
        Ok(true)
    }

    /// Reads to the end into one batch over and over.
    fn read(&mut self, mut each: impl FnMut(&Batch) -> bool) -> Result<(), RunError> {
        let mut batch = Batch::default();
        while self.next(&mut batch)? && each(&batch) {}
        Ok(())
    }

    /// Reads to the end into batches that are shared and come back.
    fn read_owned(
        &mut self,
        pool: &mut Pool,
        prepare: impl Fn(&mut Batch),
        mut each: impl FnMut(&Arc<Batch>) -> bool,
    ) -> Result<(), RunError> {
        loop {
            let mut batch = pool.get();
            if let Some(inner) = Arc::get_mut(&mut batch) {
                if !self.next(inner)? {
                    return Ok(());
                }
                prepare(inner);
            }
            if !each(&batch) {
                return Ok(());
            }
            pool.put(batch);
        }
    }
}

/// Batches that are used again when the last worker is done with them.
#[derive(Default)]
struct Pool(VecDeque<Arc<Batch>>);

impl Pool {
    fn get(&mut self) -> Arc<Batch> {
        match self.0.front_mut().map(Arc::get_mut) {
            Some(Some(_)) => self.0.pop_front().unwrap_or_default(),
            _ => Arc::default(),
        }
    }

    fn put(&mut self, batch: Arc<Batch>) {
        self.0.push_back(batch);
    }
}

/// Gives the processor away at random, so that tests meet other orders of events.
struct Yields(Option<u64>);

impl Yields {
    fn new(config: &Config, salt: usize) -> Self {
        Self(config.yield_seed.map(|seed| (seed ^ (salt as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1))
    }

    fn maybe(&mut self) {
        let Some(state) = &mut self.0 else { return };
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        for _ in 0..(*state >> 61) {
            std::thread::yield_now();
        }
    }
}

/// Packets that are looked at ahead of their turn: enough for the processor to fetch what they need side by side, and few
/// enough to keep it in its nearest cache.
const GROUP: usize = 16;

impl Engine {
    /// A batch of packets, of which `list` names this worker's own (all of them if there is none).
    pub(super) fn batch(&mut self, batch: &Batch, list: Option<&[u32]>, h: &mut dyn Handler) {
        let packets = &batch.packets;
        let own = list.map_or(packets.len(), <[u32]>::len);
        // The first packet that may fire a timer.
        let mut from = 0;
        let mut group = Vec::with_capacity(GROUP);
        for start in (0..own).step_by(GROUP) {
            group.clear();
            for turn in start..own.min(start + GROUP) {
                let index = list.map_or(Some(turn), |list| list.get(turn).map(|index| *index as usize));
                let Some((index, meta)) = index.and_then(|index| Some((index, packets.get(index)?))) else {
                    return;
                };
                group.push((index, self.look_ahead(meta, batch.bytes(meta))));
            }
            self.tracker.touch(&mut group);
            for (index, ahead) in &group {
                let Some(meta) = packets.get(*index) else { return };
                if !self.is_quiet(meta.now) {
                    self.fire_by(packets, &mut from, meta.now, h);
                }
                self.packet(meta, batch.bytes(meta), ahead, h);
                from = index + 1;
            }
        }
        if let Some(last) = packets.last() {
            self.fire_by(packets, &mut from, last.now, h);
            self.set_now(last.now);
        }
    }

    /// Fires what is due until `now`, each by the first of these packets, counted `from` one of them, that is not before it.
    fn fire_by(&mut self, packets: &[PacketMeta], from: &mut usize, now: Timestamp, h: &mut dyn Handler) {
        let at = |due| {
            let later = packets.get(*from..).unwrap_or_default();
            *from += later.partition_point(|packet| packet.now < due);
            packets.get(*from).map(|packet| (packet.now, packet.number))
        };
        self.fire_until(now, at, h);
    }
}

/// Fills a batch's lists: for each worker, which packets are its own.
pub(super) fn distribute(batch: &mut Batch, balance: Balance, workers: usize) {
    let Batch { block, packets, lists, .. } = batch;
    lists.resize_with(workers, Vec::new);
    lists.iter_mut().for_each(Vec::clear);
    for (index, packet) in packets.iter_mut().enumerate() {
        let start = packet.at as usize;
        let bytes = block.bytes().get(start..start + packet.captured as usize).unwrap_or_default();
        balance.place(packet, bytes);
        if let Some(list) = lists.get_mut(Balance::worker(packet.shard, workers)) {
            list.push(index as u32);
        }
    }
}
