//! A worker's source: its rings, one of each interface, read as one in the order of time.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::group::Group;
use super::map::RETIRE;
use super::reader::Reader;
use super::sys::{self, State};
use crate::base::time::{Interval, Timestamp};
use crate::capture::live::frontier::Frontier;
use crate::capture::{
    Batch, Block, Filled, PacketSource, RingStatus, SourceError, SourceEvent, SourceStatus, What,
};

/// A call of `fill` waits no longer.
const WAIT: Duration = Duration::from_millis(50);
/// Time that a packet may take from its timestamp until its block is given out: the age of a block, and a margin.
const LAG: Interval = Interval::from_millis(RETIRE as i64 + 40);
/// Time between two looks at the interfaces.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// When a source is stopped, packets that the kernel is at work on get so much time to come in.
const SETTLE: Duration = Duration::from_millis(RETIRE as u64);
/// And so long it waits for blocks that somebody else still holds.
const GIVE_UP: Duration = Duration::from_secs(1);

/// Where a worker meets an interface.
#[derive(Debug)]
pub(super) struct Port {
    group: Arc<Group>,
    reader: Reader,
    generation: u64,
    /// Seen, dropped and read in rings before this one.
    past: (u64, u64, u64),
    link: Counted,
    /// What was last told of the interface.
    told: State,
    /// It has been down since the last look.
    flapped: bool,
    /// Why it cannot be opened anew, as last told.
    refused: Option<String>,
}

/// Packets of the interface by its own count.
#[derive(Debug, Default)]
struct Counted {
    /// Of the interface that is there, when its ring was opened; and as last heard.
    base: Option<u64>,
    last: Cell<u64>,
    /// Of those before it.
    past: u64,
}

impl Counted {
    /// Starts to count with the interface that is there now.
    fn begin(&mut self, name: &str) {
        if let Some(base) = self.base {
            self.past += self.last.get().saturating_sub(base);
        }
        self.base = link_packets(name);
        self.last.set(self.base.unwrap_or(0));
    }

    fn count(&self, name: &str) -> Option<u64> {
        let base = self.base?;
        if let Some(count) = link_packets(name) {
            self.last.set(count.max(self.last.get()));
        }
        Some(self.past + self.last.get().saturating_sub(base))
    }
}

/// Packets received and sent, as the system lists them for the network that this thread is in.
fn link_packets(name: &str) -> Option<u64> {
    let table = std::fs::read_to_string("/proc/thread-self/net/dev").ok()?;
    let counts = table.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(':'))?;
    let mut counts = counts.split_whitespace().map(str::parse::<u64>);
    // Eight columns for what was received and eight for what was sent, packets second of each.
    let received = counts.nth(1)?.ok()?;
    Some(received + counts.nth(7)?.ok()?)
}

impl Port {
    pub(super) fn new(group: Arc<Group>, reader: Reader) -> Self {
        Self {
            group,
            reader,
            generation: 0,
            past: (0, 0, 0),
            link: Counted::default(),
            told: State::Up,
            flapped: false,
            refused: None,
        }
    }

    /// Turns to a ring that was opened anew, once the old one has given all that it had.
    fn renew(&mut self, worker: usize) {
        if self.generation == self.group.generation()
            || self.reader.peek().is_some()
            || !self.reader.is_settled()
        {
            return;
        }
        if let Some(fresh) = self.group.take_fresh(worker) {
            let old = std::mem::replace(&mut self.reader, fresh);
            let (seen, dropped) = old.told();
            self.past = (self.past.0 + seen, self.past.1 + dropped, self.past.2 + old.count());
            if worker == 0 {
                self.link.begin(&self.group.name);
            }
            self.told = State::Up;
        }
        self.generation = self.group.generation();
    }

    /// Looks at the interface, and tells what has changed.
    fn look(&mut self, mut tell: impl FnMut(What)) {
        let newest = self.generation == self.group.generation();
        let state = if newest { self.reader.state(&self.group.name) } else { self.told };
        let flapped = std::mem::take(&mut self.flapped);
        match (self.told, state) {
            (State::Up, State::Up) if flapped => {
                tell(What::Down);
                tell(What::Up);
            }
            (State::Up, State::Down) => tell(What::Down),
            (State::Down, State::Up) => tell(What::Up),
            (State::Up | State::Down, State::Gone) => tell(What::Gone),
            _ => {}
        }
        self.told = state;
        self.group.up.store(state == State::Up, Ordering::Relaxed);
        if state != State::Gone || !newest {
            return;
        }
        match self.group.reopen(&self.reader.map().socket) {
            None => {}
            Some(Ok(troubles)) => {
                self.refused = None;
                tell(What::Back);
                troubles.into_iter().map(What::Trouble).for_each(tell);
            }
            Some(Err(error)) => {
                let text = format!("cannot be read again: {error}");
                if self.refused.as_ref() != Some(&text) {
                    tell(What::Trouble(text.clone()));
                    self.refused = Some(text);
                }
            }
        }
    }

    fn status(&self) -> RingStatus {
        let (seen, dropped) = self.reader.told();
        RingStatus {
            interface: self.group.name.clone(),
            seen: self.past.0 + seen,
            dropped: self.past.1 + dropped,
            read: self.past.2 + self.reader.count(),
            bytes: self.reader.map().bytes() as u64,
            up: self.group.up.load(Ordering::Relaxed),
            link: self.link.count(&self.group.name),
        }
    }
}

/// One worker's rings.
#[derive(Debug)]
pub(super) struct RingSource {
    worker: usize,
    ports: Vec<Port>,
    frontier: Frontier,
    events: Vec<SourceEvent>,
    next_look: Instant,
    stopped: Option<Instant>,
    ended: bool,
}

/// The wall clock.
fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

fn before(time: Timestamp, interval: Interval) -> Timestamp {
    time + Interval::from_nanos(-interval.nanos())
}

impl RingSource {
    /// A source of these rings. The first worker's tells what happens to the interfaces, the troubles first.
    pub(super) fn new(worker: usize, mut ports: Vec<Port>, troubles: Vec<(String, String)>) -> Self {
        let now = clock();
        let trouble = |(name, text)| SourceEvent::new(now, name, What::Trouble(text));
        if worker == 0 {
            ports.iter_mut().for_each(|port| port.link.begin(&port.group.name));
        }
        Self {
            worker,
            ports,
            frontier: Frontier::default(),
            events: troubles.into_iter().map(trouble).collect(),
            next_look: Instant::now(),
            stopped: None,
            ended: false,
        }
    }

    /// Gives what is there, without waiting.
    fn turn(&mut self, batch: &mut Batch, max: usize) -> Filled {
        // Read before the rings are looked at: what comes in between is later than this.
        let wall = clock();
        self.look(wall);
        let mut filled = Filled::Idle;
        if let Some((index, limit)) = self.choose(wall)
            && let Some(port) = self.ports.get_mut(index)
            && let Some(block) = port.reader.read(&mut batch.packets, max, limit)
        {
            batch.block = block;
            filled = Filled::Packets;
        } else if self.is_over() {
            self.ended = true;
            filled = Filled::End;
        }
        let horizon = |port: &mut Port| port.reader.peek().unwrap_or(before(wall, LAG));
        let horizons = self.ports.iter_mut().map(horizon);
        let (first, last) = horizons.fold((Timestamp::MAX, Timestamp::ZERO), |(first, last), horizon| {
            (first.min(horizon), last.max(horizon))
        });
        if self.frontier.update(wall, (first, last)) && self.worker == 0 {
            let what = What::Trouble(
                "the system's clock was set back: what is open ends, and begins anew".to_owned(),
            );
            let name = self.ports.first().map_or("", |port| port.group.name.as_str());
            self.events.push(SourceEvent::new(wall, name, what));
        }
        filled
    }

    /// The ring whose packet comes next, and the time up to which its packets may be given: as far as all the others are
    /// known to have come.
    fn choose(&mut self, wall: Timestamp) -> Option<(usize, Timestamp)> {
        let mut best: Option<(usize, Timestamp)> = None;
        let mut limit = Timestamp::MAX;
        for (index, port) in self.ports.iter_mut().enumerate() {
            match (port.reader.peek(), best) {
                (None, _) => limit = limit.min(before(wall, LAG)),
                (Some(ts), Some((_, first))) if ts >= first => limit = limit.min(ts),
                (Some(ts), later) => {
                    limit = later.map_or(limit, |(_, ts)| limit.min(ts));
                    best = Some((index, ts));
                }
            }
        }
        best.filter(|(_, ts)| *ts <= limit).map(|(index, _)| (index, limit))
    }

    /// Whether a stopped source has given all that there was.
    fn is_over(&self) -> bool {
        self.stopped.is_some_and(|since| {
            let settled = || self.ports.iter().all(|port| port.reader.is_settled());
            since.elapsed() >= GIVE_UP || (since.elapsed() >= SETTLE && settled())
        })
    }

    /// Takes over rings that were opened anew; now and then, the first worker looks at the interfaces.
    fn look(&mut self, wall: Timestamp) {
        self.ports.iter_mut().for_each(|port| port.renew(self.worker));
        if self.worker != 0 || self.stopped.is_some() || Instant::now() < self.next_look {
            return;
        }
        self.next_look = Instant::now() + LOOK_EVERY;
        for port in &mut self.ports {
            let name = port.group.name.clone();
            port.look(|what| self.events.push(SourceEvent::new(wall, name.as_str(), what)));
        }
    }

    /// Waits for packets in rings that have none, and no longer than until it is known that none are to come.
    fn wait(&mut self) {
        let wall = clock();
        let due = |port: &mut Port| port.reader.peek().map(|ts| ts + LAG - wall);
        let due = self.ports.iter_mut().filter_map(due).min();
        let time = due.map_or(WAIT, |due| Duration::from_nanos(due.nanos().max(0) as u64));
        let most = if self.stopped.is_some() { SETTLE / 4 } else { WAIT };
        let empty: Vec<_> = self
            .ports
            .iter_mut()
            .filter_map(|port| port.reader.peek().is_none().then_some(&port.reader.map().socket))
            .collect();
        let start = Instant::now();
        if sys::wait(empty.into_iter(), time.clamp(Duration::from_millis(1), most)) {
            for port in &mut self.ports {
                let error = port.reader.map().socket.take_error().and_then(|error| error.raw_os_error());
                if error == Some(libc::ENETDOWN as c_int) {
                    port.flapped = true;
                    self.next_look = start;
                }
            }
        }
    }
}

impl PacketSource for RingSource {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        batch.packets.clear();
        // The last block goes back to its ring before more is waited for.
        batch.block = Block::default();
        let mut filled = Filled::Idle;
        if self.ended {
            filled = Filled::End;
        } else if max > 0 {
            filled = self.turn(batch, max);
            if filled == Filled::Idle {
                let start = Instant::now();
                self.wait();
                filled = self.turn(batch, max);
                // While somebody holds on to a block of the ring, the kernel says that there is something to be read.
                if filled == Filled::Idle && start.elapsed() < Duration::from_millis(1) {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        }
        batch.frontier = self.frontier.told();
        Ok(filled)
    }

    fn status(&self) -> SourceStatus {
        SourceStatus { rings: self.ports.iter().map(Port::status).collect(), ..SourceStatus::default() }
    }

    fn take_events(&mut self) -> Vec<SourceEvent> {
        std::mem::take(&mut self.events)
    }

    #[cfg(feature = "libpcap")]
    fn set_filter(&mut self, filter: Option<&crate::capture::Filter>) -> Result<(), SourceError> {
        for port in &self.ports {
            if let Some(trouble) = port.group.set_filter(filter, &port.reader)?
                && self.worker == 0
            {
                let what = What::Trouble(trouble);
                self.events.push(SourceEvent::new(clock(), port.group.name.as_str(), what));
            }
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.ports.iter().for_each(|port| port.group.stop());
        self.stopped.get_or_insert_with(Instant::now);
    }
}
