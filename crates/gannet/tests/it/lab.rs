//! The analyzer lab: every analyzer of the registry gets real streams of its protocol in every unpleasant way.
//!
//! Cut at each byte, byte by byte, with a byte missing or wrong at every position, from one side only, from the middle,
//! with the sides swapped. It must not panic, must not leak, and must say truly what it holds. Nothing here has to be
//! edited for a new analyzer: it needs a port or a probe, and captures with its protocol.

mod play;
mod streams;

use std::time::{Duration, Instant};

use gannet::analyzers::{Descriptor, Direction, REGISTRY, Transport};

use crate::support::random::Random;
use play::{Manner, Played, play, play_and_weigh, play_twice};
use streams::{Event, Stream};

/// Runs over all analyzers together; each gets its share.
const RUNS: usize = 40_000;
/// Time over all analyzers together, after which positions are skipped.
const TIME: Duration = Duration::from_secs(30);
/// Streams over all analyzers together, and the most that are tried with one.
const STREAMS: usize = 400;
const MOST_STREAMS: usize = 40;
/// Bytes of a stream that are sent one by one.
const SINGLE_BYTES: usize = 1500;

#[test]
fn every_analyzer_survives() {
    let all = streams::all();
    println!("{} streams", all.len());
    for descriptor in REGISTRY {
        let chosen = streams::of(&all, descriptor, (STREAMS / REGISTRY.len()).clamp(24, MOST_STREAMS));
        if chosen.is_empty() {
            println!("SKIPPED: no stream of {} in the captures", descriptor.name);
            continue;
        }
        let started = Instant::now();
        let deadline = started + TIME / REGISTRY.len() as u32;
        let budget = RUNS / REGISTRY.len() / chosen.len();
        let alone = without_probe(descriptor);
        let mut bench = Bench { descriptor, alone, runs: 0, confirmed: 0, skipped: 0 };
        for stream in &chosen {
            bench.whole(stream);
            bench.at_positions(stream, budget, deadline);
        }
        let most = bench.weigh(&chosen);
        println!(
            "{}: {} streams, {} runs ({} confirmed, {} skipped), at most {most} bytes held, {:.1} s",
            descriptor.name,
            chosen.len(),
            bench.runs,
            bench.confirmed,
            bench.skipped,
            started.elapsed().as_secs_f32()
        );
        assert!(bench.confirmed > 0, "{} confirmed none of its own streams", descriptor.name);
    }
}

/// The same analyzer, found by its ports only.
fn without_probe(descriptor: &Descriptor) -> &'static Descriptor {
    Box::leak(Box::new((*descriptor).without_probe()))
}

/// One analyzer under test.
struct Bench {
    descriptor: &'static Descriptor,
    /// The same without detection, which sees chunks and may attach another one to a connection that the first one left.
    alone: &'static Descriptor,
    runs: usize,
    confirmed: usize,
    skipped: usize,
}

impl Bench {
    fn run(&mut self, stream: &Stream, events: &[Event], manner: Manner) -> Played {
        self.runs += 1;
        let played = play(self.descriptor, stream, events, manner);
        let what = || format!("{} on {stream:?}, {manner:?}", self.descriptor.name);
        assert_eq!(played.panics, 0, "{}: panicked", what());
        assert_eq!(played.left, 0, "{}: bytes are left", what());
        played
    }

    /// How a stream is cut makes no difference, unless detection has to make do with the first chunks, or the analyzer says that
    /// it reads each segment for itself.
    fn is_cut_free(&self, stream: &Stream) -> bool {
        stream.transport == Transport::Tcp
            && !self.descriptor.by_segment
            && self.descriptor.ports.contains(&(Transport::Tcp, stream.resp_port))
    }

    /// The ways that treat the whole stream alike.
    fn whole(&mut self, stream: &Stream) {
        let events = &stream.events;
        let plain = Manner::default();
        let played = self.run(stream, events, plain);
        self.confirmed += usize::from(played.confirmed);
        play_twice(self.descriptor, stream);
        let bytes = streams::byte_by_byte(&streams::truncated(events, SINGLE_BYTES));
        for manner in [
            plain,
            Manner { swapped: true, ..plain },
            Manner { only: Some(Direction::Orig), ..plain },
            Manner { only: Some(Direction::Resp), ..plain },
            Manner { opened: false, ..plain },
            Manner { opened: false, swapped: true, ..plain },
            Manner { opened: false, only: Some(Direction::Orig), ..plain },
            Manner { opened: false, only: Some(Direction::Resp), ..plain },
        ] {
            for closed in [false, true] {
                let manner = Manner { closed, ..manner };
                self.run(stream, events, manner);
                self.run(stream, &bytes, manner);
                if manner == plain && self.is_cut_free(stream) && stream.len() <= SINGLE_BYTES {
                    let whole = play(self.alone, stream, events, manner);
                    let in_bytes = play(self.alone, stream, &bytes, manner);
                    assert_eq!(in_bytes.confirmed, whole.confirmed, "{stream:?}: byte by byte");
                    assert_eq!(in_bytes.records, whole.records, "{stream:?}: byte by byte");
                }
            }
        }
    }

    /// The ways that treat one position specially, as many positions as the budget allows.
    fn at_positions(&mut self, stream: &Stream, budget: usize, deadline: Instant) {
        let len = stream.len();
        let positions = (budget / 5).max(8);
        let stride = (len / positions).max(1);
        let mut random = Random::new(len as u64);
        let plain = Manner::default();
        let whole = play(self.alone, stream, &stream.events, plain);
        for at in (0..len).filter(|at| *at < 32 || at % stride == 0) {
            if Instant::now() > deadline {
                self.skipped += 5;
                continue;
            }
            let manner = Manner { closed: at % 2 == 0, opened: at % 5 != 4, ..plain };
            let events = streams::cut(&stream.events, at);
            self.run(stream, &events, plain);
            if self.is_cut_free(stream) {
                let cut = play(self.alone, stream, &events, plain);
                assert_eq!(cut.records, whole.records, "{stream:?}: cut at {at}");
            }
            self.run(stream, &streams::truncated(&stream.events, at), manner);
            self.run(stream, &streams::gap(&stream.events, at, 1), manner);
            let length = 1 + random.below(64) as usize;
            self.run(stream, &streams::gap(&stream.events, at, length), manner);
            self.run(stream, &streams::changed(&stream.events, at, random.next() as u8), manner);
            if at % 4 == 0 {
                let middle = Manner { opened: false, ..manner };
                self.run(stream, &streams::behind(&stream.events, at), middle);
            }
        }
    }

    /// What it says it holds, against what is allocated: each stream, and all of one side behind each other.
    fn weigh(&mut self, chosen: &[&Stream]) -> usize {
        let mut most = 0;
        for stream in chosen {
            for only in [None, Some(Direction::Orig), Some(Direction::Resp)] {
                for _ in 0..2 {
                    let manner = Manner { only, ..Manner::default() };
                    most = most.max(play_and_weigh(self.descriptor, stream, &stream.events, manner));
                    self.runs += 1;
                }
            }
        }
        for transport in [Transport::Tcp, Transport::Udp] {
            let same: Vec<&Stream> = chosen.iter().copied().filter(|s| s.transport == transport).collect();
            let Some(first) = same.first() else { continue };
            let events: Vec<Event> = same.iter().flat_map(|stream| stream.events.iter().cloned()).collect();
            for only in [None, Some(Direction::Orig), Some(Direction::Resp)] {
                let manner = Manner { only, ..Manner::default() };
                most = most.max(play_and_weigh(self.descriptor, first, &events, manner));
                self.runs += 1;
            }
        }
        most
    }
}

/// Analyzers that the lab has to find out.
mod bad {
    use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, Transport};
    use gannet::flow::Conn;

    use super::{Bench, Event, Stream};

    struct Bad {
        kept: Vec<u8>,
        held: fn(&Vec<u8>) -> usize,
        leaks: bool,
        panics: bool,
    }

    impl Analyzer for Bad {
        fn data(&mut self, _cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
            assert!(!self.panics, "it panics on purpose");
            self.kept.extend_from_slice(bytes);
            Progress::Consumed(bytes.len())
        }

        fn held(&self) -> usize {
            (self.held)(&self.kept)
        }
    }

    impl Drop for Bad {
        fn drop(&mut self) {
            if self.leaks {
                std::mem::take(&mut self.kept).leak();
            }
        }
    }

    const HONEST: Descriptor = Descriptor::new("bad", "BAD", |_| {
        Box::new(Bad { kept: Vec::new(), held: Vec::capacity, leaks: false, panics: false })
    })
    .doc("An analyzer that keeps what it sees")
    .ports(&[(Transport::Tcp, 999)])
    .records(&[Conn::STREAM])
    .partial(true)
    .shapes(true);
    static KEEPER: Descriptor = HONEST;
    static LIAR: Descriptor =
        HONEST.makes(|_| Box::new(Bad { kept: Vec::new(), held: Vec::len, leaks: false, panics: false }));
    static LEAK: Descriptor =
        HONEST.makes(|_| Box::new(Bad { kept: Vec::new(), held: Vec::capacity, leaks: true, panics: false }));
    static PANIC: Descriptor =
        HONEST.makes(|_| Box::new(Bad { kept: Vec::new(), held: Vec::capacity, leaks: false, panics: true }));

    fn try_out(descriptor: &'static Descriptor) {
        let events = (0..40).map(|n| Event::Data(Direction::Orig, vec![n; 999])).collect();
        let stream = Stream {
            from: String::new(),
            transport: Transport::Tcp,
            orig_port: 5000,
            resp_port: 999,
            events,
        };
        let alone = super::without_probe(descriptor);
        let mut bench = Bench { descriptor, alone, runs: 0, confirmed: 0, skipped: 0 };
        bench.whole(&stream);
        assert!(bench.weigh(&[&stream]) >= 40 * 999);
    }

    #[test]
    fn an_honest_one_passes() {
        try_out(&KEEPER);
    }

    #[test]
    #[should_panic(expected = "says it holds")]
    fn a_liar_is_found_out() {
        try_out(&LIAR);
    }

    #[test]
    #[should_panic(expected = "bytes are left")]
    fn a_leak_is_found_out() {
        try_out(&LEAK);
    }

    #[test]
    #[should_panic(expected = "panicked")]
    fn a_panic_is_found_out() {
        try_out(&PANIC);
    }
}
