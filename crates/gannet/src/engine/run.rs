//! A whole capture: a source, workers, and one ordered sink.
//!
//! The caller's thread reads and distributes; each worker owns an engine; one more thread brings the records into
//! order. With one worker everything happens on the caller's thread. Nothing can block for good: every worker gets
//! every batch, so that by the time the reader waits for a worker, all the others know of everything before.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::batch::share_out;
use super::config::Config;
use super::error::{RunError, message};
use super::exchange::{Exchange, Lots};
use super::gate::Gate;
use super::merge::{LaneEnds, Sent, merge};
use super::output::{Chunk, Entry, Output, Sink};
use super::{Engine, stamp};
use crate::balance::{Decap, decap};
use crate::base::limits::Totals;
use crate::base::time::Timestamp;
use crate::capture::{Batch, Filled, PacketSource, SourceError, SourceStatus};
use crate::engine::summary::Summary;
use crate::events::Subscriber;

/// Number of a worker, from 0. Where analyzers hand items across, the subscriber of what their folds
/// ([`Fold`](crate::events::Fold)) emit has the number behind the last one.
///
/// Not `#[non_exhaustive]`: it is a number and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkerId(pub usize);

/// How a run goes on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Control {
    /// As before.
    Continue,
    /// With another configuration ([`Config::changed_to`] says what of it counts). What is built before the start stays as it
    /// is: workers, analyzers, seeds.
    Reconfigure(Arc<Config>),
    /// It ends as if the capture did: what was read already is analysed, and what is open is reported.
    Stop,
}

/// How far a run has come; shown to the caller between batches.
#[non_exhaustive]
pub struct Headway<'a> {
    /// Packets handed to the workers.
    pub packets: u64,
    /// The capture's clock.
    pub now: Timestamp,
    source: &'a dyn PacketSource,
}

impl Headway<'_> {
    /// What the source tells of itself; worked out when it is asked for.
    pub fn status(&self) -> SourceStatus {
        self.source.status()
    }
}

/// Batches between two calls of the caller's watch.
const WATCH_EVERY: u64 = 16;
/// Chunks of a worker that may wait to be merged.
const CHUNKS: usize = 8;

/// Runs a source to its end.
///
/// `subscriber` makes a subscriber for each worker, on that worker's thread, with its way out: the subscriber sees borrowed
/// events and leaves entries of type `T`, which alone cross threads. `ordered` gets the entries, in an order that does not
/// depend on the number of workers, and without repeats. `watch` is called now and then and says how the run goes on.
///
/// The call returns when the run is over. It reads on the caller's thread (with one worker it does everything there but
/// nothing else), so inside an asynchronous runtime it belongs on a thread that may block. A panic of the subscriber or of
/// `ordered` is the caller's again with one worker, and [`RunError::Worker`] with several.
///
/// ```
/// use gannet::{Config, Control, Output, events::{Event, Meta}, flow::Conn, run};
///
/// let mut source = gannet::capture::Memory::new();
/// let config = Config::builder().only([Conn::STREAM]).workers(2).build()?;
/// let mut bytes = 0;
/// let lengths = |_, mut output: Output<u64>| {
///     move |_: &Meta<'_>, event: Event<'_>| {
///         output.leave(event.get::<Conn>().and_then(|conn| conn.orig_ip_bytes).unwrap_or(0));
///     }
/// };
/// run(config, &mut source, lengths, |entry| bytes += entry.item, |_| Control::Continue)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the source cannot be read, or a thread ends by a defect. What was read before that has been handed to `ordered`, and the
/// error has the summary of it.
pub fn run<S: Subscriber, T: Send>(
    config: Config,
    source: &mut dyn PacketSource,
    subscriber: impl Fn(WorkerId, Output<T>) -> S + Sync,
    mut ordered: impl FnMut(Entry<T>) + Send,
    mut watch: impl FnMut(&Headway<'_>) -> Control,
) -> Result<Summary, RunError> {
    let config = Arc::new(config);
    let mut reader = Reader::new(&config, source, &mut watch);
    if config.workers <= 1 {
        return alone(&config, &mut reader, &subscriber, &mut ordered);
    }
    if config.in_turn {
        return in_turn(&config, &mut reader, &subscriber, &mut ordered);
    }
    threads(&config, &mut reader, &subscriber, &mut ordered)
}

/// One worker, on the caller's thread.
fn alone<S: Subscriber, T>(
    config: &Arc<Config>,
    reader: &mut Reader<'_>,
    subscriber: &impl Fn(WorkerId, Output<T>) -> S,
    ordered: &mut impl FnMut(Entry<T>),
) -> Result<Summary, RunError> {
    let mut gate = Gate::new(config, |output| subscriber(WorkerId(1), output));
    let own = |output| subscriber(WorkerId(0), output);
    let mut sink = Sink::new(own, |chunk: &mut Box<Chunk<T>>| gate.drain(chunk, ordered));
    let mut engine = Engine::shared(Arc::clone(config));
    let mut batch = Batch::default();
    let read = loop {
        match reader.next(&mut batch) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
        if let Some(config) = reader.change.take() {
            engine.reconfigure(&config);
        }
        engine.batch(&batch, None, &mut sink);
        sink.flush();
    };
    let now = engine.now();
    let mut summary = engine.finish_in_place(&mut sink);
    sink.flush();
    drop(sink);
    summary.stats.add(&gate.finish(now, ordered));
    RunError::check(read, None, summary)
}

/// What the reader sends to a worker.
enum Work {
    Batch(Arc<Batch>),
    /// Another configuration, from here on.
    Change(Arc<Config>),
}

/// A worker's ends of its channels.
struct Ends<T> {
    exchange: Exchange,
    work: Receiver<Work>,
    output: Sender<Sent<T>>,
    recycled: Receiver<Box<Chunk<T>>>,
}

/// All workers' ends of their channels, and the others: those to give them work, and those to take what they leave.
struct Channels<T> {
    inputs: Vec<Sender<Work>>,
    workers: Vec<Ends<T>>,
    lanes: Vec<LaneEnds<T>>,
}

impl<T> Channels<T> {
    /// For as many workers as there are to be; without bounds where nobody takes anything out before all of it is in.
    fn new(config: &Config) -> Self {
        let mut channels = Self { inputs: Vec::new(), workers: Vec::new(), lanes: Vec::new() };
        for exchange in Exchange::new(config.workers) {
            let (input, work) = if config.in_turn { unbounded() } else { bounded(config.queue.max(1)) };
            let (output, chunks) = if config.in_turn { unbounded() } else { bounded(CHUNKS) };
            let (back, recycled) = bounded(CHUNKS);
            channels.inputs.push(input);
            channels.workers.push(Ends { exchange, work, output, recycled });
            channels.lanes.push((chunks, back));
        }
        channels
    }
}

/// As [`threads`] does it, without a thread: all is read, then one worker after the other has its share, then what they left is
/// put into order. To make threads takes longer than to work on the few packets of a fuzzer's input. Workers that have to give
/// one another what they found in carriers get their threads.
fn in_turn<S: Subscriber, T: Send>(
    config: &Arc<Config>,
    reader: &mut Reader<'_>,
    subscriber: &(impl Fn(WorkerId, Output<T>) -> S + Sync),
    ordered: &mut impl FnMut(Entry<T>),
) -> Result<Summary, RunError> {
    let Channels { inputs, workers, lanes } = Channels::new(config);
    let mut carriers = false;
    let read = distribute(config, reader, &inputs, &mut carriers);
    drop(inputs);
    let totals = Totals::default();
    let (mut summary, lost) = if carriers {
        std::thread::scope(|scope| join(spawn(scope, (config, &totals), subscriber, workers)))
    } else {
        let mut summary = Summary::default();
        for (id, ends) in workers.into_iter().enumerate() {
            summary.add(work((config, totals.clone()), WorkerId(id), subscriber, ends));
        }
        (summary, None)
    };
    let mut gate = Gate::new(config, |output| subscriber(WorkerId(config.workers), output));
    let now = merge(lanes, &mut gate, ordered);
    summary.stats.add(&gate.finish(now, ordered));
    RunError::check(read, lost, summary)
}

fn threads<S: Subscriber, T: Send>(
    config: &Arc<Config>,
    reader: &mut Reader<'_>,
    subscriber: &(impl Fn(WorkerId, Output<T>) -> S + Sync),
    ordered: &mut (impl FnMut(Entry<T>) + Send),
) -> Result<Summary, RunError> {
    let totals = Totals::default();
    std::thread::scope(|scope| {
        let Channels { inputs, workers, lanes } = Channels::new(config);
        let workers = spawn(scope, (config, &totals), subscriber, workers);
        let merger = scope.spawn(move || {
            let mut gate = Gate::new(config, |output| subscriber(WorkerId(config.workers), output));
            let now = merge(lanes, &mut gate, ordered);
            gate.finish(now, ordered)
        });
        let read = distribute(config, reader, &inputs, &mut false);
        drop(inputs);
        let (mut summary, mut lost) = join(workers);
        match merger.join() {
            Ok(folds) => summary.stats.add(&folds),
            Err(panic) => lost = lost.or(Some(message(&*panic))),
        }
        RunError::check(read, lost, summary)
    })
}

/// A thread for each worker.
fn spawn<'scope, S: Subscriber, T: Send + 'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    (config, totals): (&'scope Arc<Config>, &'scope Totals),
    subscriber: &'scope (impl Fn(WorkerId, Output<T>) -> S + Sync),
    workers: Vec<Ends<T>>,
) -> Vec<ScopedJoinHandle<'scope, Summary>> {
    let workers = workers.into_iter().enumerate();
    workers
        .map(|(id, ends)| scope.spawn(move || work((config, totals.clone()), WorkerId(id), subscriber, ends)))
        .collect()
}

/// What the workers did, and the defect that one of them ended by.
fn join(workers: Vec<ScopedJoinHandle<'_, Summary>>) -> (Summary, Option<String>) {
    let mut summary = Summary::default();
    let mut lost = None;
    for worker in workers {
        match worker.join() {
            Ok(one) => summary.add(one),
            Err(panic) => lost = lost.or(Some(message(&*panic))),
        }
    }
    (summary, lost)
}

/// Reads to the end, and gives every batch to every worker; tells if there were carriers.
fn distribute(
    config: &Config,
    reader: &mut Reader<'_>,
    inputs: &[Sender<Work>],
    carriers: &mut bool,
) -> Result<(), SourceError> {
    let mut pool = Pool::default();
    let mut yields = Yields::new(config, usize::MAX);
    loop {
        let mut batch = pool.get();
        if let Some(inner) = Arc::get_mut(&mut batch) {
            if !reader.next(inner)? {
                return Ok(());
            }
            share_out(inner, config.balance, config.workers);
            *carriers |= inner.carriers.iter().any(|own| !own.is_empty());
        }
        yields.maybe();
        let change = reader.change.take();
        let sent = inputs.iter().all(|input| {
            let changed = change.iter().all(|change| input.send(Work::Change(Arc::clone(change))).is_ok());
            changed && input.send(Work::Batch(Arc::clone(&batch))).is_ok()
        });
        // A worker that is gone has ended by a defect, which its join reports.
        if !sent {
            return Ok(());
        }
        pool.put(batch);
    }
}

/// A worker thread's life.
fn work<S: Subscriber, T>(
    (config, totals): (&Arc<Config>, Totals),
    id: WorkerId,
    subscriber: &impl Fn(WorkerId, Output<T>) -> S,
    ends: Ends<T>,
) -> Summary {
    let Ends { mut exchange, work, output, recycled } = ends;
    let frontier = Cell::new((0, Timestamp::ZERO));
    let send = |chunk: &mut Box<Chunk<T>>| {
        let fresh = recycled.try_recv().unwrap_or_default();
        let sent = Sent { chunk: std::mem::replace(chunk, fresh), frontier: frontier.get() };
        // The merger is gone only if it panicked, which its join reports.
        let _gone = output.send(sent);
    };
    let mut sink = Sink::new(|output| subscriber(id, output), send);
    let mut engine = Engine::sharing(Arc::clone(config), totals);
    let mut carriers = None;
    let mut yields = Yields::new(config, id.0);
    for work in work {
        let batch = match work {
            Work::Batch(batch) => batch,
            Work::Change(config) => {
                engine.reconfigure(&config);
                carriers.iter_mut().for_each(|carriers: &mut Engine| carriers.reconfigure(&config));
                continue;
            }
        };
        yields.maybe();
        sink.ahead(true);
        let own = batch.carriers.get(id.0).map(Vec::as_slice).unwrap_or_default();
        if carriers.is_some() || !own.is_empty() {
            let carriers = carriers.get_or_insert_with(|| engine.for_carriers(config.workers));
            carriers.batch(&batch, Some(own), &mut sink);
        }
        sink.ahead(false);
        let mut found = match batch.carriers.iter().all(Vec::is_empty) {
            true => Lots::default(),
            false => exchange.swap(carriers.as_mut().and_then(Engine::outlet)),
        };
        yields.maybe();
        let own = batch.lists.get(id.0).map(Vec::as_slice);
        engine.batch_with(&batch, own, &mut found, &mut sink);
        sink.catch_up();
        frontier.set(batch.packets.last().map_or(frontier.get(), |last| (last.number, last.now)));
        sink.flush_always();
        yields.maybe();
    }
    sink.ahead(true);
    let mut summary = carriers.map_or_else(Summary::default, |mut one| one.finish_in_place(&mut sink));
    sink.ahead(false);
    summary.add(engine.finish_in_place(&mut sink));
    sink.catch_up();
    frontier.set((u64::MAX, engine.now()));
    sink.flush_always();
    summary
}

/// Reads batches, stamps their packets and keeps the caller informed.
pub(super) struct Reader<'a> {
    source: &'a mut dyn PacketSource,
    watch: &'a mut dyn FnMut(&Headway<'_>) -> Control,
    max: usize,
    decap: Vec<Decap>,
    packets: u64,
    now: Timestamp,
    batches: u64,
    /// Another configuration, for what follows.
    change: Option<Arc<Config>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        config: &Config,
        source: &'a mut dyn PacketSource,
        watch: &'a mut dyn FnMut(&Headway<'_>) -> Control,
    ) -> Self {
        Self {
            source,
            watch,
            max: config.batch.max(1),
            decap: config.decap.clone(),
            packets: 0,
            now: Timestamp::ZERO,
            batches: 0,
            change: None,
        }
    }

    /// Asks the caller how to go on; whether it goes on.
    fn ask(&mut self) -> bool {
        let headway = Headway { packets: self.packets, now: self.now, source: &*self.source };
        match (self.watch)(&headway) {
            Control::Continue => {}
            Control::Reconfigure(config) => self.change = Some(config),
            Control::Stop => return false,
        }
        true
    }

    /// The next batch; false at the end.
    pub(super) fn next(&mut self, batch: &mut Batch) -> Result<bool, SourceError> {
        let mut idle = false;
        loop {
            if (idle || self.batches.is_multiple_of(WATCH_EVERY)) && !self.ask() {
                return Ok(false);
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
            self.packets += 1;
            packet.number = self.packets;
            stamp(packet, self.now);
            self.now = packet.now;
        }
        Ok(true)
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
