//! An analyzer that does everything that its context lets it do, as the bytes say: the number of workers must not show.

use std::time::{Duration, Instant};

use gannet::analyzers::{
    Analyzer, Close, Context, Descriptor, Direction, Likeness, Progress, Sample, Transport,
};
use gannet::events::ConnTag;
use gannet::files::{About, Content, FileAnalyzer, FileDescriptor, FileKey, FileOutput, FileProgress};
use gannet::{Config, ConfigBuilder, Interval, Timestamp};

use crate::identity::{all, assert_unique_uids, compare};
use crate::support::random::Random;
use crate::support::rows;
use crate::traffic::{Hosts, STEADY, WILD, mixture};

gannet::record! {
    /// One row for whatever happened.
    pub struct Busy in "busy" {
        /// The capture's clock.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// What happened.
        what: &'static str,
        /// A number with it.
        number: u64,
    }
}

const PORTS: &[(Transport, u16)] = &[
    (Transport::Tcp, 80),
    (Transport::Tcp, 443),
    (Transport::Tcp, 5000),
    (Transport::Udp, 9999),
    (Transport::Udp, 123),
    (Transport::Tcp, 53),
    (Transport::Udp, 53),
];

const DESCRIPTOR: Descriptor =
    Descriptor::new("busy", "BUSY", |_| Box::new(Does { sum: 1, files: Vec::new() }))
        .doc("Does everything")
        .ports(PORTS)
        .records(&[Busy::STREAM])
        .partial(true)
        .shapes(true)
        .max_tail(2048);

static FIRST: Descriptor = DESCRIPTOR;

/// What the first one hands over to; it is found by content as well.
static SECOND: Descriptor =
    DESCRIPTOR.name("busier").label("BUSIER").ports(&[]).probe(probe).partial(false).max_tail(512);

fn probe(sample: &Sample<'_>) -> Likeness {
    match sample.orig.first().or(sample.resp.first()) {
        Some(byte) if byte % 3 == 0 => Likeness::Match,
        Some(byte) if byte % 3 == 1 => Likeness::No,
        _ => Likeness::Unsure,
    }
}

/// Its only state is a hash of what it has seen, and files that it carries.
struct Does {
    sum: u64,
    files: Vec<Content>,
}

/// Looks into files; says how many bytes there were.
struct Looks(u64);

static LOOKS: FileDescriptor = FileDescriptor::new("LOOKS", |_| Box::new(Looks(0)))
    .doc("Counts bytes")
    .mimes(&["application/busy"])
    .records(&[Busy::STREAM]);

impl FileAnalyzer for Looks {
    fn data(&mut self, _out: &mut FileOutput<'_>, bytes: &[u8]) -> FileProgress {
        self.0 += bytes.len() as u64;
        FileProgress::More
    }

    fn end(&mut self, out: &mut FileOutput<'_>, complete: bool) {
        let Some(conn) = out.conn else { return };
        let what = if complete { "whole file" } else { "part of a file" };
        out.emit(&Busy { ts: out.now(), conn, what, number: self.0 }, &[]);
        out.weird("busy_file", "");
    }

    fn held(&self) -> usize {
        0
    }
}

impl Does {
    fn mix(&mut self, number: u64) -> u64 {
        self.sum = (self.sum ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
        self.sum
    }

    fn tell(&mut self, cx: &mut Context<'_>, what: &'static str, number: u64) {
        let sum = self.mix(number);
        cx.emit(&Busy { ts: cx.now(), conn: cx.conn(), what, number: sum });
    }

    /// Feeds a file of this connection, or one that several connections of the pair of hosts carry.
    fn carry(&mut self, cx: &mut Context<'_>, bytes: &[u8]) {
        let sum = self.mix(4);
        if self.files.len() < 3 && sum.is_multiple_of(4) {
            let key = match sum >> 60 {
                0..6 => FileKey::of_connection(cx, Direction::Orig, &[sum >> 50 & 1]),
                _ => FileKey::shared(&[b"busy", &[(sum >> 50 & 3) as u8]]),
            };
            let mime = (sum >> 57 & 1 == 1).then_some("application/busy");
            let mut about = About::new("BUSY");
            about.mime = mime;
            self.files.push(Content::new(key, about));
        }
        let Some(file) = self.files.get_mut((sum >> 30) as usize % 4) else { return };
        match sum >> 20 & 15 {
            0 => file.gap(cx, sum >> 55),
            1 => file.end(cx),
            2 => file.set_total(cx, sum >> 52),
            3 => file.set_name(cx, b"a name"),
            4..7 => file.data_at(cx, sum >> 54, bytes),
            7 => {
                let known = file.info(cx).map_or(0, |(fuid, _)| fuid.to_string().len() as u64);
                self.tell(cx, "file", known);
            }
            _ => file.data(cx, bytes),
        }
    }

    fn act(&mut self, cx: &mut Context<'_>) {
        let sum = self.mix(1);
        let soon = Interval::from_millis((sum >> 40) as i64 % 90_000 - 10_000);
        match sum % 64 {
            0..8 => _ = cx.set_timer(cx.now() + soon, (sum >> 20) as u16),
            8..11 => _ = cx.set_timer(cx.start() + soon, 7),
            11 => _ = cx.set_timer(Timestamp::MAX, 8),
            12 => _ = cx.set_timer(Timestamp::ZERO, 9),
            13 => cx.end_connection(),
            14 => cx.flip(),
            15..18 => cx.set_timeout(Interval::from_millis((sum >> 32) as i64 % 200_000)),
            18..22 => cx.weird("busy_weird", (sum % 5).to_string()),
            22 => cx.violation("it looks busy"),
            23 => cx.hand_over(&SECOND),
            24..28 => cx.confirm(),
            28 => cx.limit_reached(),
            29..36 => self.tell(cx, "act", sum),
            _ => {}
        }
    }
}

impl Analyzer for Does {
    fn start(&mut self, cx: &mut Context<'_>) {
        self.tell(cx, "start", 0);
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        for byte in bytes {
            self.mix(u64::from(*byte) ^ u64::from(dir == Direction::Orig));
        }
        self.act(cx);
        self.carry(cx, bytes);
        let sum = self.mix(2);
        match sum % 40 {
            0 => Progress::Need(bytes.len() + (sum >> 40) as usize % 300),
            1 => Progress::Until { byte: b'\n', max: 600 },
            2 => Progress::Skip(sum >> 54),
            3 if sum >> 62 == 0 => Progress::Done,
            4 if sum >> 62 == 0 => Progress::Violation("it is too busy"),
            5..20 => Progress::Consumed(1 + bytes.len() / 2),
            _ => Progress::Consumed(bytes.len()),
        }
    }

    fn gap(&mut self, cx: &mut Context<'_>, _dir: Direction, len: u64) -> Progress {
        self.tell(cx, "gap", len);
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, _dir: Direction, rest: &[u8]) {
        self.tell(cx, "end", rest.len() as u64);
    }

    fn flipped(&mut self) {
        self.mix(3);
    }

    fn timer(&mut self, cx: &mut Context<'_>, token: u16, expired: bool) {
        self.tell(cx, "timer", u64::from(token) << 1 | u64::from(expired));
        self.act(cx);
        self.carry(cx, b"from a timer");
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        self.carry(cx, b"the last bytes");
        self.tell(cx, "close", u64::from(why == Close::Finished));
    }

    fn held(&self) -> usize {
        0
    }
}

fn busy(config: &mut ConfigBuilder) {
    config.analyzer(&FIRST).analyzer(&SECOND);
    config.file_analyzer(&LOOKS);
    config.checksums(false);
}

#[test]
fn a_busy_analyzer_says_the_same_on_any_worker() {
    for (seed, clock, hosts) in [
        (81, STEADY, Hosts::Many),
        (82, WILD, Hosts::Many),
        (83, WILD, Hosts::Few),
        (84, STEADY, Hosts::Pair),
    ] {
        let packets = mixture(seed, 2500, hosts, clock);
        let rows = compare("busy", &packets, &all(), busy);
        assert!(rows > 1500, "{rows}");
        let mut config = Config::builder();
        busy(&mut config);
        assert_unique_uids("busy", config.build().unwrap(), &packets);
    }
}

#[test]
fn files_of_full_shards_go_in_the_same_order_on_any_worker() {
    let shape = |config: &mut ConfigBuilder| {
        busy(config);
        config.limits(|limits| limits.files_per_shard = 2);
        config.limits(|limits| limits.file_bytes_per_shard = 3000);
    };
    for hosts in [Hosts::Few, Hosts::Pair] {
        let packets = mixture(85, 2500, hosts, STEADY);
        assert!(compare("few files", &packets, &all(), shape) > 1500);
        let mut config = Config::builder();
        shape(&mut config);
        let (_, summary) = rows::run(config.build().unwrap(), &packets);
        assert!(summary.stats.shed.files > 20, "{}", summary.stats.shed.files);
    }
}

/// As long as one likes, with seeds of the day: `GANNET_SOAK=600 cargo test --test it soak -- --ignored --nocapture`.
#[test]
#[ignore = "runs for as many seconds as GANNET_SOAK says"]
fn soak() {
    let seconds = std::env::var("GANNET_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let (started, all) = (Instant::now(), all());
    let mut random = Random::new(u64::from(std::process::id()));
    while started.elapsed() < Duration::from_secs(seconds) {
        let seed = random.next();
        let hosts = [Hosts::Many, Hosts::Few, Hosts::Pair][random.below(3) as usize];
        let clock = if random.one_in(2) { STEADY } else { WILD };
        let packets = mixture(seed, 500 + random.below(4000) as usize, hosts, clock);
        let ways: Vec<_> = (0..3).map(|_| all[random.below(all.len() as u64) as usize]).collect();
        let (small, shaped) = (random.one_in(3), random.one_in(2));
        let shape = |config: &mut ConfigBuilder| {
            if small {
                config.limits(|limits| limits.flows_per_shard = 3);
                config.limits(|limits| limits.reassembly_per_shard = 4096);
                config.limits(|limits| limits.files_per_shard = 2);
            }
            if shaped {
                busy(config);
            }
        };
        compare(&format!("seed {seed}, small {small}, busy {shaped}"), &packets, &ways, shape);
        let mut config = Config::builder();
        shape(&mut config);
        assert_unique_uids(&format!("seed {seed}"), config.build().unwrap(), &packets);
    }
}
