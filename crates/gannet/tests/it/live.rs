//! Sources that go on: the same rows as from a file, in time, whatever a worker does, and with another configuration on the way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use gannet::capture::{Batch, Block, Filled, PacketMeta, SourceError, SourceEvent, SourceStatus, What};
use gannet::events::{Event, Meta, Subscriber};
use gannet::{
    Balance, Config, Control, Edge, Entry, LinkType, Output, PacketSource, Report, RunError, Summary,
    Timestamp, WorkerId, run_live,
};

use crate::support::packets::{ACK, Conversation, Packet, SECOND, START, udp_frame, v4};
use crate::support::rows::{self, Row, ToRows};
use crate::traffic::{Hosts, STEADY, mixture};

/// Packets of one ring, given as its clock goes on: `step` at each call.
struct Ring {
    packets: VecDeque<Packet>,
    clock: i64,
    step: i64,
    /// Goes on when there are no more packets.
    endless: bool,
    /// Sleeps for so long, once, when its clock has come to there.
    pause: Option<(i64, Duration)>,
    stopped: Arc<AtomicBool>,
    events: Vec<SourceEvent>,
    /// It keeps step with others.
    step_with: Option<(Arc<Steps>, usize)>,
}

/// The clocks of several rings, none of which runs far ahead of the others or ends before them.
struct Steps {
    clocks: Vec<AtomicI64>,
    running: AtomicUsize,
}

impl Steps {
    fn new(rings: usize) -> Arc<Self> {
        let clocks = (0..rings).map(|_| AtomicI64::new(START)).collect();
        Arc::new(Self { clocks, running: AtomicUsize::new(rings) })
    }
}

impl Ring {
    fn new(packets: impl IntoIterator<Item = Packet>, step: i64) -> Self {
        Self {
            packets: packets.into_iter().collect(),
            clock: START,
            step,
            endless: false,
            pause: None,
            stopped: Arc::default(),
            events: Vec::new(),
            step_with: None,
        }
    }

    /// Whether it has to wait for the others; they see how far it has come.
    fn is_ahead(&mut self) -> bool {
        let Some((steps, own)) = &self.step_with else { return false };
        steps.clocks[*own].store(self.clock, Relaxed);
        if self.packets.is_empty() && !std::mem::replace(&mut self.endless, true) {
            steps.running.fetch_sub(1, Relaxed);
        }
        if steps.running.load(Relaxed) == 0 {
            self.stopped.store(true, Relaxed);
        }
        !self.stopped.load(Relaxed)
            && steps.clocks.iter().any(|other| other.load(Relaxed) < self.clock - SECOND / 2)
    }
}

impl PacketSource for Ring {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        batch.packets.clear();
        if self.is_ahead() {
            std::thread::yield_now();
            return Ok(Filled::Idle);
        }
        if self.packets.is_empty() && (!self.endless || self.stopped.load(Relaxed)) {
            return Ok(Filled::End);
        }
        if let Some((_, length)) = self.pause.take_if(|(at, _)| self.clock >= *at) {
            std::thread::sleep(length);
        }
        if self.endless && self.packets.is_empty() {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.clock += self.step;
        let mut bytes = Vec::new();
        while batch.packets.len() < max
            && let Some(packet) = self.packets.pop_front_if(|packet| packet.ts <= self.clock)
        {
            let (ts, at) = (Timestamp::from_nanos(packet.ts), bytes.len() as u32);
            let captured = packet.bytes.len() as u32;
            let link = LinkType(packet.link);
            batch.packets.push(PacketMeta::new(link, ts, at, captured, packet.wire));
            bytes.extend(packet.bytes);
        }
        batch.block = Block::new(bytes);
        // A full batch may have left packets of this time behind.
        let next = self.packets.front().map_or(self.clock, |next| self.clock.min(next.ts - 1));
        batch.frontier = Timestamp::from_nanos(next);
        Ok(if batch.packets.is_empty() { Filled::Idle } else { Filled::Packets })
    }

    fn status(&self) -> SourceStatus {
        SourceStatus::default()
    }

    fn take_events(&mut self) -> Vec<SourceEvent> {
        std::mem::take(&mut self.events)
    }

    fn stop(&mut self) {
        self.stopped.store(true, Relaxed);
    }
}

/// Keeps the rows, and does as it is told at each tick.
struct Keep<F> {
    rows: Vec<(Row, Instant)>,
    late: u64,
    tick: F,
}

impl<F: FnMut(&Report<'_>, usize) -> Control> Edge<&'static str> for Keep<F> {
    fn entry(&mut self, entry: Entry<&'static str>) {
        let text = String::from_utf8(entry.bytes.to_vec()).expect("text");
        self.rows.push((Row { key: entry.key, stream: entry.item, text }, Instant::now()));
    }

    fn tick(&mut self, report: &Report<'_>) -> Control {
        self.late = report.late;
        (self.tick)(report, self.rows.len())
    }
}

fn run_with<F: FnMut(&Report<'_>, usize) -> Control>(
    config: Config,
    rings: Vec<Ring>,
    tick: F,
) -> (Keep<F>, Result<Summary, RunError>) {
    let mut keep = Keep { rows: Vec::new(), late: 0, tick };
    let sources = rings.into_iter().map(|ring| Box::new(ring) as Box<dyn PacketSource>).collect();
    let result = run_live(config, sources, rows::to_rows, &mut keep);
    (keep, result)
}

fn go_on(_: &Report<'_>, _: usize) -> Control {
    Control::Continue
}

/// Spreads packets over rings, each shard to one of them.
fn spread(packets: &[Packet], rings: usize) -> Vec<Vec<Packet>> {
    let mut spread = vec![Vec::new(); rings];
    for packet in packets {
        let shard = Balance::Pair.shard(LinkType(packet.link), &packet.bytes);
        spread[usize::from(shard) % rings].push(packet.clone());
    }
    spread
}

fn texts(rows: impl IntoIterator<Item = Row>) -> Vec<String> {
    // A tunnel is closed by its timer, at the clock's time: that of the next packet, or the tick before. It is discovered by
    // whoever has what is in it, of whom the first to come may have a later packet: see `discoveries`.
    let rows = rows.into_iter().map(|Row { stream, text, .. }| match text.split_once('\t') {
        Some((_, rest)) if stream == "tunnel" => format!("{stream} {rest}"),
        _ => format!("{stream} {text}"),
    });
    let mut texts: Vec<String> = rows.collect();
    texts.sort();
    texts
}

/// When each tunnel was discovered, in nanoseconds.
fn discoveries<'r>(rows: impl Iterator<Item = &'r Row>) -> Vec<(String, i64)> {
    let discovery = |row: &Row| {
        let (ts, rest) = row.text.split_once('\t')?;
        (row.stream == "tunnel" && rest.contains("Tunnel::DISCOVER"))
            .then(|| Some((rest.to_owned(), ts.parse().ok()?)))?
    };
    let mut all: Vec<_> = rows.filter_map(discovery).collect();
    all.sort();
    all
}

#[test]
fn rows_are_those_of_a_file() {
    for seed in 1..=2 {
        let packets = mixture(seed, 4000, Hosts::Many, STEADY);
        let (expected, summary) = rows::run(Config::default(), &packets);
        let found = discoveries(expected.iter());
        assert!(found.len() > 10, "tunnels");
        let expected = texts(expected);
        for workers in [1, 2, 4] {
            let steps = Steps::new(workers);
            let ring =
                |(i, own)| Ring { step_with: Some((Arc::clone(&steps), i)), ..Ring::new(own, SECOND / 10) };
            let rings = spread(&packets, workers).into_iter().enumerate().map(ring).collect();
            let (keep, result) = run_with(Config::default(), rings, go_on);
            let other = result.expect("no source fails");
            assert_eq!(keep.late, 0, "{workers} workers");
            assert!(
                keep.rows.windows(2).all(|pair| pair[0].0.key.now <= pair[1].0.key.now),
                "{workers} workers"
            );
            // What is in tunnels waits for other workers' clocks a second at most.
            for ((tunnel, at), (same, then)) in
                found.iter().zip(discoveries(keep.rows.iter().map(|(row, _)| row)))
            {
                let late = then - at;
                assert!(
                    *tunnel == same && (0..=SECOND).contains(&late),
                    "{workers} workers: {tunnel}: {late} ns late"
                );
                assert!(workers > 1 || late == 0, "{tunnel}: nobody is waited for");
            }
            let got = texts(keep.rows.into_iter().map(|(row, _)| row));
            let differs = expected.iter().zip(&got).find(|(a, b)| a != b);
            assert!(differs.is_none(), "{workers} workers: {differs:#?}");
            assert_eq!(expected.len(), got.len(), "{workers} workers");
            assert_eq!(format!("{:?}", summary.stats), format!("{:?}", other.stats), "{workers} workers");
        }
    }
}

/// A question, and its answer, at a time.
fn talk(port: u16, server: u32, at: i64) -> [Packet; 2] {
    let (client, server) = ((v4(0x0a00_0001), port), (v4(0x0a00_0100 + server), 7777));
    [
        Packet::new(at, udp_frame(client, server, b"how")),
        Packet::new(at + 1000, udp_frame(server, client, b"so")),
    ]
}

#[test]
fn a_late_worker_does_not_hold_the_others_up() {
    let pair = |server| (0..40).flat_map(move |n| talk(1000 + n, server, START + i64::from(n) * SECOND));
    let mut slow = Ring::new(pair(1), SECOND);
    slow.pause = Some((START + 60 * SECOND, Duration::from_millis(2500)));
    let mut quick = Ring::new(pair(2), SECOND);
    // The quick one goes on while the slow one sleeps.
    quick.pause = Some((START + 80 * SECOND, Duration::from_millis(200)));
    slow.endless = true;
    quick.endless = true;
    let stop = |report: &Report<'_>, rows| {
        assert_eq!(report.workers.len(), 2);
        if rows == 80 { Control::Stop } else { Control::Continue }
    };
    let started = Instant::now();
    let (keep, result) = run_with(Config::default(), vec![slow, quick], stop);
    result.expect("no source fails");
    assert!(started.elapsed() > Duration::from_millis(2500));
    let of_quick = keep.rows.iter().filter(|(row, _)| row.text.contains("10.0.1.2"));
    let last = of_quick.map(|(_, at)| *at).max().expect("rows");
    assert!(last - started < Duration::from_millis(2300), "{:?}", last - started);
    assert!(keep.late > 0, "nothing came late");
    assert_eq!(keep.rows.len(), 80);
}

#[test]
fn a_stop_reports_what_is_open() {
    let mut tcp = Conversation::new((v4(1), 1111), (v4(2), 4444), [1, 1]);
    let mut frames = tcp.open().to_vec();
    frames.push(tcp.segment(0, ACK, b"hello"));
    let packets = frames.into_iter().map(|frame| Packet::new(START + SECOND, frame));
    let mut ring = Ring::new(packets, SECOND / 100);
    ring.endless = true;
    ring.events.push(SourceEvent::new(Timestamp::from_nanos(START), "eth0", What::Down));
    let (mut seen, mut events, mut asked) = (0, Vec::new(), false);
    let (keep, result) = run_with(Config::default(), vec![ring], |report, rows| {
        let worker = &report.workers[0];
        seen = worker.connections.max(seen);
        events.extend(worker.events.iter().map(ToString::to_string));
        if worker.stats.packets == 4 && seen == 1 && !asked {
            assert_eq!(rows, 0, "the connection is open");
            asked = true;
            return Control::Stop;
        }
        Control::Continue
    });
    let stats = result.expect("no source fails").stats;
    let rows = keep.rows;
    assert_eq!((rows.len(), seen), (1, 1));
    assert_eq!(events, ["interface eth0 is down: waiting for it to come up"]);
    assert!(rows[0].0.text.contains("ShAD"), "{}", rows[0].0.text);
    assert_eq!((stats.packets, stats.analysed, stats.undecodable, stats.refused), (4, 4, 0, 0));
}

#[test]
fn another_configuration_loses_no_connection() {
    let mut tcp = Conversation::new((v4(1), 1111), (v4(2), 4444), [1, 1]);
    let mut packets: Vec<Packet> =
        tcp.open().into_iter().map(|frame| Packet::new(START + SECOND, frame)).collect();
    let at = START + 200 * SECOND;
    packets.push(Packet::new(at, tcp.segment(0, ACK, b"hello")));
    packets.extend(tcp.close().into_iter().map(|frame| Packet::new(at, frame)));
    packets.extend(talk(5, 9, at));
    // Its clock goes on by a hundredth of a second each two milliseconds, and it never gets to the second part by itself.
    let mut ring = Ring::new(packets, SECOND / 100);
    let step = Arc::new(AtomicBool::new(false));
    struct Gate(Ring, Arc<AtomicBool>);
    impl PacketSource for Gate {
        fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
            if self.1.load(Relaxed) {
                self.0.step = 300 * SECOND;
            } else {
                std::thread::sleep(Duration::from_millis(2));
            }
            self.0.fill(batch, max)
        }

        fn status(&self) -> SourceStatus {
            SourceStatus::default()
        }

        fn set_filter(&mut self, filter: Option<&gannet::capture::Filter>) -> Result<(), SourceError> {
            assert_eq!(filter.map(gannet::capture::Filter::expression), Some("tcp"));
            self.1.store(true, Relaxed);
            Ok(())
        }
    }
    ring.endless = false;
    let config = Config::default();
    let filter = gannet::capture::Filter::compile("tcp").expect("a filter");
    let other = config.rebuild().filter(filter).workers(7).build().unwrap();
    let other = Arc::new(other);
    let gate = step.clone();
    let mut asked = false;
    let mut keep = Keep {
        rows: Vec::new(),
        late: 0,
        tick: |report: &Report<'_>, _| {
            if !asked && report.workers[0].stats.packets == 3 {
                asked = true;
                return Control::Reconfigure(Arc::clone(&other));
            }
            Control::Continue
        },
    };
    let summary =
        run_live(config, vec![Box::new(Gate(ring, gate))], rows::to_rows, &mut keep).expect("it ends");
    let rows = keep.rows;
    assert!(step.load(Relaxed) && asked);
    // One connection, from before to behind the change, and nothing of what the new filter keeps out.
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert!(rows[0].0.text.contains("ShADF"), "{}", rows[0].0.text);
    assert_eq!((summary.stats.filtered, summary.stats.packets), (2, 7));
}

#[test]
fn a_worker_that_ends_by_a_defect_ends_the_run_and_keeps_the_rest() {
    struct Breaks(ToRows, WorkerId);
    impl Subscriber for Breaks {
        fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
            assert!(self.1 != WorkerId(0), "on purpose");
            self.0.event(meta, event);
        }
    }
    let rings = [1, 2].map(|server| {
        let mut ring = Ring::new(talk(1000, server, START + SECOND), SECOND);
        ring.endless = true;
        Box::new(ring) as Box<dyn PacketSource>
    });
    let mut keep = Keep { rows: Vec::new(), late: 0, tick: go_on };
    let breaks = |id, output: Output<_>| Breaks(rows::to_rows(id, output), id);
    let error = run_live(Config::default(), rings.into(), breaks, &mut keep).unwrap_err();
    assert!(matches!(&error, RunError::Worker { message, .. } if message == "on purpose"), "{error:?}");
    assert!(error.to_string().ends_with(": on purpose"), "{error}");
    // The other worker ended in good order, and its part is counted.
    assert_eq!(error.summary().stats.connections(), 1);
    assert_eq!(keep.rows.len(), 1);
}

/// Two rings whose host sets its clock back by an hour: what is open is reported at once, and what comes is followed at the
/// new time.
#[test]
fn a_clock_that_is_set_back_begins_anew() {
    const HOUR: i64 = 3600 * SECOND;
    /// A ring whose clock goes back by an hour when its packets of before have been given.
    struct SetBack(Ring, Vec<Packet>);
    impl PacketSource for SetBack {
        fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
            if self.0.packets.is_empty() && !self.1.is_empty() {
                self.0.clock -= HOUR;
                self.0.packets.extend(std::mem::take(&mut self.1));
            }
            self.0.fill(batch, max)
        }

        fn status(&self) -> SourceStatus {
            SourceStatus::default()
        }

        fn stop(&mut self) {
            self.0.stop();
        }
    }
    let ring = |host: u32| {
        let mut tcp = Conversation::new((v4(host), 1111), (v4(host + 100), 4444), [1, 1]);
        let before: Vec<Packet> =
            tcp.open().into_iter().map(|frame| Packet::new(START + 10 * SECOND, frame)).collect();
        let after: Vec<Packet> = (0..20)
            .flat_map(|n| talk(2000 + n as u16, host, START + 20 * SECOND - HOUR + n * SECOND))
            .chain([Packet::new(START + 200 * SECOND - HOUR, tcp.segment(0, ACK, b"on"))])
            .collect();
        let mut ring = Ring::new(before, SECOND / 10);
        ring.endless = true;
        Box::new(SetBack(ring, after)) as Box<dyn PacketSource>
    };
    let mut keep = Keep {
        rows: Vec::new(),
        late: 0,
        tick: |report: &Report<'_>, rows| {
            let packets: u64 = report.workers.iter().map(|worker| worker.stats.packets).sum();
            // Two that were open, forty that came and went in the new time, and two that go on are open.
            if packets == 2 * (3 + 40 + 1) && rows == 42 { Control::Stop } else { Control::Continue }
        },
    };
    let summary =
        run_live(Config::default(), vec![ring(1), ring(2)], rows::to_rows, &mut keep).expect("it ends");
    let rows = keep.rows;
    let with = |part: &str| rows.iter().filter(|(row, _)| row.text.contains(part)).count();
    assert_eq!((rows.len(), with("\tDd\t"), with("\tShA\t")), (44, 40, 2), "{rows:#?}");
    assert_eq!((summary.stats.packets, summary.stats.tcp_connections), (88, 4));
}
