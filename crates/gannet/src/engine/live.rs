//! Sources that never end: one for each worker, and an edge that is told how things stand.
//!
//! Each worker reads a source of its own; what spreads the packets over the sources is in the kernel. The caller's thread
//! brings the records into order and writes them. A worker that is late holds the others' records up for a second at most:
//! then they are written, and its own come late, which is counted.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::config::Config;
use super::edge::Lanes;
use super::error::{RunError, message};
use super::gate::Gate;
use super::neighbours::Neighbours;
use super::output::{Chunk, Entry, Output, Sink};
use super::run::{Control, WorkerId};
use super::{Engine, stamp};
use crate::balance::{Decap, decap};
use crate::base::limits::Totals;
use crate::base::packet::RING_BITS;
use crate::base::time::{Interval, Timestamp};
use crate::capture::{Batch, Filled, PacketSource, SourceError, SourceEvent, SourceStatus};
use crate::engine::summary::Summary;
use crate::events::Subscriber;
use crate::worker::stats::Stats;

/// Chunks that may wait for the edge, for each worker.
const CHUNKS: usize = 16;
/// Time of the source's clock after which a worker sends what it has.
const SEND_EVERY: Interval = Interval::from_nanos(100_000_000);
/// Time of the source's clock between two reports of a worker.
const REPORT_EVERY: Interval = Interval::from_nanos(500_000_000);
/// A source's clock that goes back so far was set back.
const SET_BACK: Interval = Interval::from_secs(5);
/// Time between two calls of [`Edge::tick`].
const TICK: Duration = Duration::from_millis(100);
const TICK_CLOCK: Interval = Interval::from_nanos(100_000_000);

/// Where the records of a live run go.
pub trait Edge<T> {
    /// What a subscriber left, in order and without repeats.
    fn entry(&mut self, entry: Entry<T>);

    /// Called about ten times a second, records or not: time to flush, to tell, and to say how to go on.
    fn tick(&mut self, report: &Report<'_>) -> Control;
}

/// How a live run stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report<'a> {
    /// How far all workers have come.
    pub now: Timestamp,
    /// The workers, by number.
    pub workers: &'a [WorkerReport],
    /// Records that were handed on behind later ones, because their worker was late.
    pub late: u64,
    /// Records that wait for a worker.
    pub waiting: usize,
}

/// What a worker last told of itself.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WorkerReport {
    /// How far it has come.
    pub now: Timestamp,
    /// What it has counted.
    pub stats: Stats,
    /// What its source tells.
    pub status: SourceStatus,
    /// What happened to its source's interfaces since the report before; the edge sees each of them once.
    pub events: Vec<SourceEvent>,
    /// Connections in its table.
    pub connections: usize,
    /// Timers in its queue.
    pub timers: usize,
    /// Timers that were set so far.
    pub timers_set: u64,
    /// Files that are open.
    pub open_files: usize,
    /// Bytes that open files hold.
    pub file_bytes: usize,
    /// Bytes that wait for holes in TCP streams to be filled.
    pub stream_bytes: usize,
    /// Bytes of incomplete datagrams.
    pub fragment_bytes: usize,
    /// Turns of its loop: a worker that stands still does not count on.
    pub turns: u64,
    /// Whether it has ended.
    pub ended: bool,
    /// A change of its filter that its source refused.
    pub refused: Option<String>,
}

/// What a worker sends to the edge.
pub(super) enum News<T> {
    /// Records, how often the worker's clock was set back, and how far it has come since.
    Chunk(Box<Chunk<T>>, (u32, Timestamp)),
    /// How it stands.
    Report(Box<WorkerReport>),
    /// It is over.
    End,
}

/// What the edge sends to a worker.
enum Order {
    Stop,
    Reconfigure(Arc<Config>),
}

/// A worker's ends of its channels.
struct Ends<T> {
    id: usize,
    orders: Receiver<Order>,
    news: Sender<(usize, News<T>)>,
    recycled: Receiver<Box<Chunk<T>>>,
    neighbours: Neighbours,
}

/// Runs one worker for each source until the edge ends the run, or all sources end.
///
/// `subscriber` makes a subscriber for each worker, on that worker's thread, with its way out. The edge is called on the
/// caller's thread, which waits here until the run is over.
///
/// # Errors
/// If a source fails, or a worker ends by a defect; the other workers are then stopped, what they saw is handed to
/// the edge, and the error has the summary of it.
pub fn run_live<S: Subscriber, T: Send>(
    config: Config,
    sources: Vec<Box<dyn PacketSource>>,
    subscriber: impl Fn(WorkerId, Output<T>) -> S + Sync,
    edge: &mut dyn Edge<T>,
) -> Result<Summary, RunError> {
    let config = Arc::new(Config { workers: sources.len().max(1), ..config });
    let (news, incoming) = bounded(CHUNKS * config.workers);
    std::thread::scope(|scope| {
        let mut orders = Vec::new();
        let mut backs = Vec::new();
        let mut workers = Vec::new();
        let totals = Totals::default();
        let sides = Neighbours::new(sources.len());
        for (id, (source, neighbours)) in sources.into_iter().zip(sides).enumerate() {
            let (order, given) = bounded(4);
            let (back, recycled) = bounded(CHUNKS);
            orders.push(order);
            backs.push(back);
            let ends = Ends { id, orders: given, news: news.clone(), recycled, neighbours };
            let (config, subscriber) = ((Arc::clone(&config), totals.clone()), &subscriber);
            workers.push(scope.spawn(move || work(config, source, subscriber, ends)));
        }
        drop(news);
        let last = WorkerId(config.workers);
        let gate = Gate::new(&config, |output| subscriber(last, output));
        let lanes = Lanes::new(&config, gate);
        let folds = Hub { lanes, backs, orders, incoming, stopped: false }.run(edge);
        let mut summary = Summary { stats: folds, ..Summary::default() };
        let (mut read, mut lost) = (Ok(()), None);
        for worker in workers {
            match worker.join() {
                Ok((one, own)) => {
                    summary.add(one);
                    read = read.and(own);
                }
                Err(panic) => lost = lost.or(Some(message(&*panic))),
            }
        }
        RunError::check(read, lost, summary)
    })
}

/// The caller's side of a live run.
struct Hub<'a, T> {
    lanes: Lanes<'a, T>,
    backs: Vec<Sender<Box<Chunk<T>>>>,
    orders: Vec<Sender<Order>>,
    incoming: Receiver<(usize, News<T>)>,
    stopped: bool,
}

impl<'a, T: 'a> Hub<'a, T> {
    /// Until all workers are over; what the folds counted.
    fn run(mut self, edge: &mut dyn Edge<T>) -> Stats {
        let mut reports = vec![WorkerReport::default(); self.orders.len()];
        let mut ticked = Timestamp::ZERO;
        loop {
            // Time goes by the sources' clocks; where none of them goes on, by waiting.
            let quiet = match self.incoming.recv_timeout(TICK) {
                Ok((id, news)) => {
                    self.take(id, news, &mut reports);
                    false
                }
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let backs = &self.backs;
            self.lanes.emit(&mut |entry| edge.entry(entry), |id, chunk| {
                let _full = backs.get(id).map(|back| back.try_send(chunk));
            });
            let first = self.lanes.first_clock();
            if quiet || first < ticked || first >= ticked + TICK_CLOCK {
                ticked = first;
                self.tick(edge, &mut reports);
            }
        }
        let folds = self.lanes.emit_all(&mut |entry| edge.entry(entry));
        self.tick(edge, &mut reports);
        folds
    }

    fn take(&mut self, id: usize, news: News<T>, reports: &mut [WorkerReport]) {
        match news {
            News::Chunk(chunk, clock) => self.lanes.push(id, chunk, clock),
            News::Report(report) => {
                let Some(known) = reports.get_mut(id) else { return };
                let mut events = std::mem::take(&mut known.events);
                let refused = known.refused.take();
                *known = *report;
                events.append(&mut known.events);
                known.events = events;
                known.refused = known.refused.take().or(refused);
            }
            News::End => {
                self.lanes.end(id);
                if let Some(known) = reports.get_mut(id) {
                    known.ended = true;
                }
                // One that ends early has failed: without it the others would give half a picture.
                self.order(|| Order::Stop);
            }
        }
    }

    fn tick(&mut self, edge: &mut dyn Edge<T>, reports: &mut [WorkerReport]) {
        let report = Report {
            now: self.lanes.clock(),
            workers: reports,
            late: self.lanes.late(),
            waiting: self.lanes.records(),
        };
        match edge.tick(&report) {
            Control::Continue => {}
            Control::Reconfigure(config) => self.order(|| Order::Reconfigure(Arc::clone(&config))),
            Control::Stop if !self.stopped => {
                self.stopped = true;
                self.order(|| Order::Stop);
            }
            Control::Stop => {}
        }
        for report in reports {
            report.events.clear();
            report.refused = None;
        }
    }

    /// Sends an order to all workers. One that takes no order for so long hangs, and is not waited for.
    fn order(&self, order: impl Fn() -> Order) {
        for worker in &self.orders {
            let _full_or_gone = worker.try_send(order());
        }
    }
}

/// Tells the edge that a worker is over, however that comes about.
struct Farewell<T>(usize, Sender<(usize, News<T>)>);

impl<T> Drop for Farewell<T> {
    fn drop(&mut self) {
        let _gone = self.1.send((self.0, News::End));
    }
}

/// A worker thread's life.
fn work<S: Subscriber, T>(
    (config, totals): (Arc<Config>, Totals),
    mut source: Box<dyn PacketSource>,
    subscriber: &impl Fn(WorkerId, Output<T>) -> S,
    ends: Ends<T>,
) -> (Summary, Result<(), SourceError>) {
    let id = ends.id;
    let _farewell = Farewell(id, ends.news.clone());
    let clock = std::cell::Cell::new((0, Timestamp::ZERO));
    let send = |chunk: &mut Box<Chunk<T>>| {
        let fresh = ends.recycled.try_recv().unwrap_or_default();
        let chunk = News::Chunk(std::mem::replace(chunk, fresh), clock.get());
        // The edge is gone only if it panicked, and then so does the caller.
        let _gone = ends.news.send((id, chunk));
    };
    let mut sink = Sink::new(|output| subscriber(WorkerId(id), output), send);
    let mut worker = Worker {
        max: config.batch.max(1),
        ring: (id as u64) << RING_BITS,
        decap: config.decap.clone(),
        engine: Engine::one_of(config, totals),
        neighbours: ends.neighbours,
        past: Summary::default(),
        frontier: Timestamp::ZERO,
        setting: 0,
        number: 0,
        turns: 0,
        sent: Timestamp::ZERO,
        reported: Timestamp::ZERO,
        events: Vec::new(),
        refused: None,
    };
    let mut batch = Batch::default();
    let result = loop {
        while let Ok(order) = ends.orders.try_recv() {
            worker.obey(order, source.as_mut());
        }
        worker.turns += 1;
        match source.fill(&mut batch, worker.max) {
            Ok(Filled::Packets) => worker.packets(&mut batch, &mut sink),
            Ok(Filled::Idle) => {}
            Ok(Filled::End) => break Ok(()),
            Err(error) => break Err(error),
        }
        if batch.frontier + SET_BACK < worker.frontier {
            worker.begin_anew(&mut sink);
            sink.flush_always();
        }
        worker.frontier = batch.frontier;
        worker.swap(&mut sink);
        worker.engine.tick(batch.frontier, &mut sink);
        let now = worker.engine.now();
        clock.set((worker.setting, now));
        if now >= worker.sent + SEND_EVERY {
            worker.sent = now;
            sink.flush_always();
        }
        if now >= worker.reported + REPORT_EVERY {
            worker.reported = now;
            worker.events.extend(source.take_events());
            let _gone = ends.news.send((id, News::Report(Box::new(worker.report(source.status())))));
        }
    };
    worker.last_swap(&mut sink);
    let ended = worker.engine.finish_in_place(&mut sink);
    sink.flush_always();
    worker.events.extend(source.take_events());
    let mut last = worker.report(source.status());
    let mut summary = std::mem::take(&mut worker.past);
    summary.add(ended);
    last.stats = summary.stats.clone();
    last.ended = true;
    let _gone = ends.news.send((id, News::Report(Box::new(last))));
    (summary, result)
}

/// What a worker thread has beside its channels.
struct Worker {
    engine: Engine,
    neighbours: Neighbours,
    /// What engines before it have said.
    past: Summary,
    frontier: Timestamp,
    /// How often the source's clock was set back.
    setting: u32,
    decap: Vec<Decap>,
    max: usize,
    /// High bits of all its numbers.
    ring: u64,
    number: u64,
    turns: u64,
    sent: Timestamp,
    reported: Timestamp,
    events: Vec<SourceEvent>,
    refused: Option<String>,
}

/// The number of a ring's next packet.
fn next(number: &mut u64, ring: u64) -> u64 {
    *number += 1;
    ring | (*number & ((1 << RING_BITS) - 1))
}

impl Worker {
    fn packets(&mut self, batch: &mut Batch, sink: &mut dyn Subscriber) {
        let mut now = self.engine.now();
        decap::open_all(&self.decap, batch.block.bytes(), &mut batch.packets);
        for packet in &mut batch.packets {
            packet.number = next(&mut self.number, self.ring);
            stamp(packet, now);
            now = packet.now;
        }
        self.engine.batch(batch, None, sink);
        if let Some(last) = batch.packets.last() {
            self.engine.set_number(last.number);
        }
    }

    /// Hands out what was found in carriers, and works on what was found for this worker.
    fn swap(&mut self, sink: &mut dyn Subscriber) {
        let Self { engine, neighbours, number, ring, frontier, .. } = self;
        neighbours.swap(engine, *frontier, &mut || next(number, *ring), sink);
    }

    /// The last of that.
    fn last_swap(&mut self, sink: &mut dyn Subscriber) {
        let Self { engine, neighbours, number, ring, .. } = self;
        neighbours.last(engine, &mut || next(number, *ring), sink);
    }

    /// The source's clock was set back: what is open is reported, and everything begins anew at the new time. To go on would
    /// mean to wait until the clock is there again, or to take every packet for one that is long overdue.
    fn begin_anew(&mut self, sink: &mut dyn Subscriber) {
        self.past.add(self.engine.finish_in_place(sink));
        self.engine = self.engine.again();
        self.neighbours.forget(&mut self.engine);
        self.setting += 1;
        (self.sent, self.reported) = (Timestamp::ZERO, Timestamp::ZERO);
    }

    fn obey(&mut self, order: Order, source: &mut dyn PacketSource) {
        match order {
            Order::Stop => source.stop(),
            Order::Reconfigure(config) => {
                // The filter speaks of what is in a tunnel that is opened here, and the source sees the tunnel.
                #[cfg(feature = "libpcap")]
                if self.decap.is_empty()
                    && let Err(error) = source.set_filter(config.filter.as_ref())
                {
                    self.refused = Some(error.to_string());
                }
                self.engine.reconfigure(&config);
            }
        }
    }

    fn report(&mut self, status: SourceStatus) -> WorkerReport {
        let mut stats = self.past.stats.clone();
        stats.add(self.engine.stats());
        let (open_files, file_bytes) = self.engine.files_held();
        WorkerReport {
            now: self.engine.now(),
            stats,
            status,
            events: std::mem::take(&mut self.events),
            connections: self.engine.connections(),
            timers: self.engine.timers(),
            timers_set: self.engine.timers_set(),
            open_files,
            file_bytes,
            stream_bytes: self.engine.stream_bytes(),
            fragment_bytes: self.engine.fragment_bytes(),
            turns: self.turns,
            ended: false,
            refused: self.refused.take(),
        }
    }
}
