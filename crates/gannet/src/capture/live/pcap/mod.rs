//! Live capture through libpcap: the portable way, one interface and one worker.
//!
//! libpcap's timeouts do not hold on an idle interface, so the handle never blocks and is waited for by `poll`. What
//! libpcap cannot tell: the state of checksums (on a host that leaves them to its card, its own packets have wrong ones), VLAN
//! tags apart from the bytes (it puts them back into the frame), and the packets that it passes over itself.

mod interface;
#[cfg(test)]
mod tests;

use std::io;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pcap::{Active, Capture, Device};

use self::interface::{State, may_capture, state_of, wait};
use super::frontier::Frontier;
use super::{Interface, LiveOptions};
use crate::base::packet::{LinkType, PacketMeta};
use crate::base::time::{Interval, Timestamp};
use crate::capture::block::{Block, Pool};
use crate::capture::{
    Batch, Filled, Filter, FilterError, PacketSource, Refusal, RingStatus, SourceError, SourceEvent,
    SourceStatus, What, link,
};

/// A call of `fill` waits no longer for packets.
const WAIT: Duration = Duration::from_millis(50);
/// Milliseconds after which the kernel hands over a block that is not full.
const RETIRE: i32 = 10;
/// Time that a packet may take from its timestamp until it can be read.
const LAG: Interval = Interval::from_nanos(RETIRE as i64 * 1_000_000 + 40_000_000);
/// Time between two looks at the interface and at libpcap's counters.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A stopped source ends when nothing has come for so long,
const SETTLE: Duration = Duration::from_millis(100);
/// and after so long in any case.
const GIVE_UP: Duration = Duration::from_secs(2);
/// Bytes of a block that packets are copied to.
const BLOCK: usize = 1024 * 1024;
/// A length that no packet is taken to exceed until one does.
const USUAL: usize = 2048;

/// Opens the interface: one source.
///
/// # Errors
/// More than one interface or worker; an interface that is not there or may not be opened.
pub(super) fn open(options: &LiveOptions) -> Result<Vec<Box<dyn PacketSource>>, SourceError> {
    let [Interface::Pcap(name)] = options.interfaces.as_slice() else {
        let name = |interface: &Interface| match interface {
            Interface::Ring(name) | Interface::Pcap(name) => name.clone(),
        };
        let names: Vec<String> = options.interfaces.iter().map(name).collect();
        let what = "libpcap reads one interface only: leave out \"pcap:\", or read one of them".to_owned();
        return Err(SourceError::Interface { name: names.join(", "), why: Refusal::Request(what) });
    };
    if options.workers > 1 {
        let workers = options.workers;
        let what = format!(
            "libpcap gives all packets to one reader, so that {workers} workers cannot share them: \
             use one worker, or leave out \"pcap:\""
        );
        return Err(SourceError::Interface { name: name.clone(), why: Refusal::Request(what) });
    }
    Ok(vec![Box::new(PcapSource::open(name, options)?)])
}

/// An interface that libpcap reads.
struct PcapSource {
    name: String,
    options: LiveOptions,
    /// None while the interface is gone.
    capture: Option<Capture<Active>>,
    link: LinkType,
    pool: Pool,
    /// Packets that did not fit into their block, in order; given first.
    spilt: Vec<(PacketMeta, Vec<u8>)>,
    /// Length of the longest packet so far.
    longest: usize,
    state: State,
    status: RingStatus,
    /// What libpcap's counters, which are 32 bits wide, last said: received and dropped.
    told: (u32, u32),
    frontier: Frontier,
    events: Vec<SourceEvent>,
    /// Why it could not be opened again, when that was told.
    trouble: Option<String>,
    next_look: Instant,
    stopped: Option<Stopped>,
    ended: bool,
}

/// When a source was told to stop.
#[derive(Clone, Copy)]
struct Stopped {
    at: Timestamp,
    since: Instant,
    /// When the last packet came after that.
    last: Instant,
}

/// The wall clock.
fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// A packet's time; on Linux, libpcap has the kernel's nanoseconds where others have microseconds.
#[allow(clippy::unnecessary_cast, reason = "the fields have 32 bits on some systems")]
fn time_of(header: &pcap::PacketHeader) -> Timestamp {
    let fraction = header.ts.tv_usec as i64;
    let nanos = if cfg!(target_os = "linux") { fraction } else { fraction * 1000 };
    Timestamp::from_nanos(header.ts.tv_sec as i64 * 1_000_000_000 + nanos)
}

/// libpcap's words, without what the crate puts around them.
fn message(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(message) => message,
        other => other.to_string(),
    }
}

/// Opens a handle that does not block. What did not work and is not needed is told.
fn activate(name: &str, options: &LiveOptions) -> Result<(Capture<Active>, Option<String>), Refusal> {
    let try_with = |promiscuous: bool| {
        let bytes = i32::try_from(options.ring_bytes).unwrap_or(i32::MAX);
        let mut capture = Capture::from_device(Device::from(name))?
            .promisc(promiscuous)
            .snaplen(link::MAX_CAPTURED as i32)
            .buffer_size(bytes)
            .timeout(RETIRE);
        if cfg!(target_os = "linux") {
            capture = capture.precision(pcap::Precision::Nano);
        }
        if options.hardware_time {
            capture = capture.tstamp_type(pcap::TimestampType::Adapter);
        }
        capture.open()?.setnonblock()
    };
    let (mut capture, trouble) = match try_with(options.promiscuous) {
        Ok(capture) => (capture, None),
        Err(error) => match options.promiscuous.then(|| try_with(false).ok()).flatten() {
            None => return Err(refusal(name, error)),
            Some(other) => {
                let told = message(error);
                let what = "shows only packets for this host, for it cannot be made promiscuous";
                (other, Some(format!("{what}: {told}")))
            }
        },
    };
    if let Some(filter) = &options.filter {
        set_filter(&mut capture, filter.expression())?;
    }
    Ok((capture, trouble))
}

/// Why libpcap does not open an interface. It says most of it in words only, which are others in each version: whose fault it
/// is, the system is asked.
fn refusal(name: &str, error: pcap::Error) -> Refusal {
    const WHAT: &str = "libpcap cannot open it";
    match error {
        pcap::Error::InvalidInputString => {
            Refusal::Request("there can be no interface of that name".to_owned())
        }
        pcap::Error::InsufficientMemory => Refusal::by_kernel(WHAT, io::ErrorKind::OutOfMemory.into()),
        pcap::Error::IoError(kind) => Refusal::by_kernel(WHAT, kind.into()),
        pcap::Error::ErrnoError(code) => Refusal::by_kernel(WHAT, io::Error::from_raw_os_error(code.0)),
        error if !may_capture() => Refusal::Permission { what: message(error) },
        error if !state_of(name).is_there() => Refusal::Request(message(error)),
        error => Refusal::Libpcap(message(error)),
    }
}

/// Sets the filter; an empty expression lets everything pass.
fn set_filter(capture: &mut Capture<Active>, expression: &str) -> Result<(), Refusal> {
    if let Err(error) = capture.compile(expression, true) {
        let link = LinkType(capture.get_datalink().0 as u16);
        let expression = expression.to_owned();
        return Err(FilterError { expression, link, message: message(error) }.into());
    }
    capture.filter(expression, true).map_err(|error| Refusal::Libpcap(message(error)))
}

impl PcapSource {
    fn open(name: &str, options: &LiveOptions) -> Result<Self, SourceError> {
        let (capture, trouble) =
            activate(name, options).map_err(|why| SourceError::Interface { name: name.to_owned(), why })?;
        let state = state_of(name);
        let event = |text| SourceEvent::new(clock(), name, What::Trouble(text));
        Ok(Self {
            name: name.to_owned(),
            options: options.clone(),
            link: LinkType(capture.get_datalink().0 as u16),
            capture: Some(capture),
            pool: Pool::new(BLOCK),
            spilt: Vec::new(),
            longest: USUAL,
            state,
            status: RingStatus {
                interface: name.to_owned(),
                bytes: options.ring_bytes as u64,
                up: state.is_up(),
                ..RingStatus::default()
            },
            told: (0, 0),
            frontier: Frontier::default(),
            events: trouble.map(event).into_iter().collect(),
            trouble: None,
            next_look: Instant::now() + LOOK_EVERY,
            stopped: None,
            ended: false,
        })
    }

    fn tell(&mut self, what: What) {
        self.events.push(SourceEvent::new(clock(), self.name.as_str(), what));
    }

    /// Gives what is there, without waiting: whether that is all.
    fn turn(&mut self, batch: &mut Batch, max: usize) -> bool {
        let need = self.spilt.first().map_or(0, |(_, bytes)| bytes.len());
        let mut block = self.pool.take(need);
        let mut drained = true;
        if let Some(mut block) = block.exclusive() {
            let mut copy = Copy { block: &mut block, used: 0, packets: &mut batch.packets };
            let fits =
                self.spilt.iter().take(max).take_while(|(meta, bytes)| copy.packet(*meta, bytes)).count();
            self.spilt.drain(..fits);
            drained = self.spilt.is_empty() && self.dispatch(&mut copy, max);
        }
        batch.block = block.clone();
        self.pool.give(block);
        self.status.read += batch.packets.len() as u64;
        drained
    }

    /// Copies packets into a block while there is room for longest ones: whether libpcap has no more.
    fn dispatch(&mut self, copy: &mut Copy<'_>, max: usize) -> bool {
        let Some(capture) = &mut self.capture else { return true };
        loop {
            let room = (copy.block.len() - copy.used) / self.longest;
            let wanted = room.min(max.saturating_sub(copy.packets.len()));
            if wanted == 0 || !self.spilt.is_empty() {
                return false;
            }
            let (link, spilt, longest) = (self.link, &mut self.spilt, &mut self.longest);
            let result = capture.dispatch(Some(wanted), |packet| {
                let meta = PacketMeta {
                    ts: time_of(packet.header),
                    captured: packet.data.len() as u32,
                    wire: packet.header.len,
                    link,
                    ..PacketMeta::default()
                };
                *longest = packet.data.len().max(*longest);
                if !spilt.is_empty() || !copy.packet(meta, packet.data) {
                    spilt.push((meta, packet.data.to_vec()));
                }
            });
            match result {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => {
                    self.failed(message(error));
                    return true;
                }
            }
        }
    }

    /// libpcap cannot read on: the interface is gone, or something worse.
    fn failed(&mut self, error: String) {
        self.lose();
        self.next_look = Instant::now();
        // Another one of the name may be there by now.
        let state = state_of(&self.name);
        if state.is_there() && state.is_same(self.state) && self.trouble.as_ref() != Some(&error) {
            self.tell(What::Trouble(format!("cannot be read any more: {error}")));
            self.trouble = Some(error);
        }
    }

    /// Gives the handle up.
    fn lose(&mut self) {
        self.count();
        self.capture = None;
        self.told = (0, 0);
    }

    /// Adds up what libpcap counts.
    fn count(&mut self) {
        let Some(stats) = self.capture.as_mut().and_then(|capture| capture.stats().ok()) else { return };
        self.status.seen += u64::from(stats.received.wrapping_sub(self.told.0));
        self.status.dropped += u64::from(stats.dropped.wrapping_sub(self.told.1));
        self.told = (stats.received, stats.dropped);
    }

    /// Looks at the counters and the interface now and then, and tells what has changed.
    fn look(&mut self) {
        if Instant::now() < self.next_look {
            return;
        }
        self.next_look = Instant::now() + LOOK_EVERY;
        self.count();
        let state = state_of(&self.name);
        let before = std::mem::replace(&mut self.state, state);
        self.status.up = state.is_up();
        let was_there = before.is_there();
        if was_there && !before.is_same(state) {
            self.tell(What::Gone);
            self.lose();
        } else if was_there && before.is_up() != state.is_up() {
            self.tell(if state.is_up() { What::Up } else { What::Down });
        }
        if self.capture.is_none() && state.is_there() && self.stopped.is_none() {
            self.reopen();
        }
    }

    fn reopen(&mut self) {
        match activate(&self.name, &self.options) {
            Ok((capture, trouble)) => {
                self.link = LinkType(capture.get_datalink().0 as u16);
                self.capture = Some(capture);
                self.trouble = None;
                self.tell(What::Back);
                if let Some(trouble) = trouble {
                    self.tell(What::Trouble(trouble));
                }
            }
            Err(why) => {
                let why = why.to_string();
                if self.trouble.as_ref() != Some(&why) {
                    self.tell(What::Trouble(format!("cannot be read again: {why}")));
                    self.trouble = Some(why);
                }
            }
        }
    }

    /// Whether a stopped source has given what came before it was stopped.
    fn is_over(&mut self, batch: &Batch) -> bool {
        let Some(stopped) = &mut self.stopped else { return false };
        let late = batch.packets.last().is_some_and(|packet| packet.ts > stopped.at);
        if !batch.packets.is_empty() {
            stopped.last = Instant::now();
        }
        late || stopped.last.elapsed() >= SETTLE || stopped.since.elapsed() >= GIVE_UP
    }

    /// The numbers at the end: libpcap does not tell which of the packets it counts came after the end, and which it has
    /// passed over itself. Those are left out.
    fn settle(&mut self) {
        self.lose();
        self.status.seen = self.status.read + self.status.dropped;
        self.ended = true;
    }
}

/// Where packets are copied to.
struct Copy<'a> {
    block: &'a mut [u8],
    used: usize,
    packets: &'a mut Vec<PacketMeta>,
}

impl Copy<'_> {
    /// Takes a packet, if it fits.
    fn packet(&mut self, meta: PacketMeta, bytes: &[u8]) -> bool {
        let Some(to) = self.block.get_mut(self.used..self.used + bytes.len()) else { return false };
        to.copy_from_slice(bytes);
        self.packets.push(PacketMeta { at: self.used as u32, ..meta });
        self.used += bytes.len();
        true
    }
}

impl PacketSource for PcapSource {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        batch.packets.clear();
        batch.block = Block::default();
        batch.frontier = self.frontier.told();
        if self.ended || max == 0 {
            return Ok(if self.ended { Filled::End } else { Filled::Idle });
        }
        self.look();
        // Read before libpcap is asked: what comes in between is later than this.
        let mut wall = clock();
        let mut drained = self.turn(batch, max);
        if batch.packets.is_empty() && self.spilt.is_empty() {
            let most = if self.stopped.is_some() { SETTLE / 4 } else { WAIT };
            wait(self.capture.as_ref(), most);
            wall = clock();
            drained = self.turn(batch, max);
        }
        if drained {
            let horizon = wall + Interval::from_nanos(-LAG.nanos());
            if self.frontier.update(wall, (horizon, horizon)) {
                let what = "the system's clock was set back: what is open ends, and begins anew";
                self.events.push(SourceEvent::new(wall, self.name.as_str(), What::Trouble(what.to_owned())));
            }
            batch.frontier = self.frontier.told();
        }
        let over = self.is_over(batch);
        match batch.packets.is_empty() {
            true if over && self.spilt.is_empty() => {
                self.settle();
                Ok(Filled::End)
            }
            true => Ok(Filled::Idle),
            false => {
                if over && self.spilt.is_empty() {
                    self.settle();
                }
                Ok(Filled::Packets)
            }
        }
    }

    fn status(&self) -> SourceStatus {
        SourceStatus { rings: vec![self.status.clone()], ..SourceStatus::default() }
    }

    fn take_events(&mut self) -> Vec<SourceEvent> {
        std::mem::take(&mut self.events)
    }

    fn set_filter(&mut self, filter: Option<&Filter>) -> Result<(), SourceError> {
        if let Some(capture) = &mut self.capture {
            let expression = filter.map_or("", Filter::expression);
            set_filter(capture, expression)
                .map_err(|why| SourceError::Interface { name: self.name.clone(), why })?;
        }
        self.options.filter = filter.cloned();
        Ok(())
    }

    fn stop(&mut self) {
        let now = Instant::now();
        self.stopped.get_or_insert(Stopped { at: clock(), since: now, last: now });
    }
}
