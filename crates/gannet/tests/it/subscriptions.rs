//! Who listens to what: nobody is told what was not asked for, and a selection only leaves out.

use std::cell::Cell;
use std::collections::BTreeSet;

use gannet::analyzers::dns::Dns;
use gannet::analyzers::{
    Analyzer, Context, Descriptor, Direction, Likeness, Progress, REGISTRY, Start, Transport,
};
use gannet::events::{ConnTag, Weird};
use gannet::flow::Conn;
use gannet::{Config, Engine};

use crate::support::captures::{self, testdata};
use crate::support::packets::{ACK, Conversation, Packet, START, v4};
use crate::support::rows::{self, Nobody, Row};

gannet::record! {
    /// One row for each chunk.
    pub struct Chunk in "chunk" {
        /// The connection.
        conn: ConnTag,
        /// Its length.
        length: u64,
    }
}

thread_local! {
    /// Analyzers made, and chunks shown to them, on this thread.
    static CALLS: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// Counts its calls and confirms at its second chunk.
struct Counter {
    chunks: u32,
    records: bool,
}

impl Counter {
    fn made(records: bool) -> Box<dyn Analyzer> {
        let (made, chunks) = CALLS.get();
        CALLS.set((made + 1, chunks));
        Box::new(Self { chunks: 0, records })
    }
}

impl Analyzer for Counter {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        let (made, chunks) = CALLS.get();
        CALLS.set((made, chunks + 1));
        self.chunks += 1;
        if self.chunks == 2 {
            cx.confirm();
        }
        if self.records {
            cx.emit(&Chunk { conn: cx.conn(), length: bytes.len() as u64 });
        }
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

fn make(_: &Start) -> Box<dyn Analyzer> {
    Counter::made(true)
}

const BY_PORT: Descriptor = Descriptor::new("counter", "COUNTER", make)
    .doc("Counts")
    .ports(&[(Transport::Tcp, 4444)])
    .records(&[Chunk::STREAM]);
static ON_PORT: Descriptor = BY_PORT;
static BY_CONTENT: Descriptor = BY_PORT.ports(&[]).probe(|_| Likeness::Match);
static SHAPING: Descriptor = BY_PORT.shapes(true);

/// Ten chunks on one connection to port 4444.
fn packets() -> Vec<Packet> {
    let mut tcp = Conversation::new((v4(1), 1111), (v4(2), 4444), [1, 1]);
    let mut frames = tcp.open().to_vec();
    for n in 0..10 {
        frames.push(tcp.segment(n % 2, ACK, b"chunk"));
    }
    frames.extend(tcp.close());
    frames.into_iter().map(|frame| Packet::new(START, frame)).collect()
}

/// Analyzers made, chunks shown, and rows by stream.
fn run(
    descriptor: &'static Descriptor,
    wanted: &[&'static gannet::events::LogStream],
) -> ((u32, u32), Vec<Row>) {
    CALLS.set((0, 0));
    let mut config = Config::builder();
    config.analyzers([descriptor]);
    if !wanted.is_empty() {
        config.only(wanted.iter().copied());
    }
    let rows = rows::run(config.build().unwrap(), &packets()).0;
    (CALLS.get(), rows)
}

fn count(rows: &[Row], stream: &str) -> usize {
    rows.iter().filter(|row| row.stream == stream).count()
}

#[test]
fn an_analyzer_runs_for_its_records() {
    for descriptor in [&ON_PORT, &BY_CONTENT, &SHAPING] {
        let (calls, rows) = run(descriptor, &[Chunk::STREAM]);
        assert_eq!((calls, count(&rows, "chunk"), rows.len()), ((1, 10), 10, 10));
        let (calls, rows) = run(descriptor, &[]);
        assert_eq!((calls, count(&rows, "chunk"), count(&rows, "conn")), ((1, 10), 10, 1));
    }
}

#[test]
fn an_analyzer_does_not_run_for_nobody() {
    for descriptor in [&ON_PORT, &BY_CONTENT] {
        let (calls, rows) = run(descriptor, &[Dns::STREAM]);
        assert_eq!((calls, rows.len()), ((0, 0), 0));
    }
    // What others are told may depend on one that decides about the connection itself.
    let (calls, rows) = run(&SHAPING, &[Dns::STREAM]);
    assert_eq!((calls, rows.len()), ((1, 10), 0));
}

#[test]
fn an_analyzer_runs_for_what_it_may_show_in() {
    for descriptor in [&ON_PORT, &BY_CONTENT, &SHAPING] {
        let (calls, rows) = run(descriptor, &[Conn::STREAM]);
        assert_eq!((calls, count(&rows, "conn"), rows.len()), ((1, 10), 1, 1));
        assert!(rows[0].text.contains("\tcounter\t"), "{}", rows[0].text);
        let (calls, rows) = run(descriptor, &[Weird::STREAM]);
        assert_eq!((calls, rows.len()), ((1, 10), 0));
    }
}

#[test]
fn an_engine_tells_what_is_asked_for_only() {
    let packets = captures::packets(&testdata("dns-bind"), usize::MAX);
    let streams = |wanted: &[&'static gannet::events::LogStream], workers| {
        let mut config = Config::builder();
        config.workers(workers);
        if !wanted.is_empty() {
            config.only(wanted.iter().copied());
        }
        let (rows, _) = rows::run(config.build().unwrap(), &packets);
        (rows.iter().map(|row| row.stream).collect::<BTreeSet<_>>(), rows)
    };
    let (all, rows) = streams(&[], 1);
    assert!(all.contains("conn") && all.contains("dns"), "{all:?}");
    for workers in [1, 3] {
        assert_eq!(streams(&[Conn::STREAM], workers).0, BTreeSet::from(["conn"]));
        assert_eq!(streams(&[Dns::STREAM], workers).0, BTreeSet::from(["dns"]));
        assert_eq!(streams(&[Dns::STREAM, Conn::STREAM], workers).0, BTreeSet::from(["conn", "dns"]));
    }
    // What is told does not depend on what else is.
    let told = |stream: &'static gannet::events::LogStream| -> Vec<String> {
        streams(&[stream], 1).1.into_iter().map(|row| row.text).collect()
    };
    for stream in [Conn::STREAM, Dns::STREAM] {
        let expected: Vec<_> =
            rows.iter().filter(|row| row.stream == stream.name).map(|row| row.text.clone()).collect();
        assert_eq!(told(stream), expected, "{}", stream.name);
    }
    let mut config = Config::builder();
    config.only([]);
    let (rows, summary) = rows::run(config.build().unwrap(), &packets);
    assert!(rows.is_empty() && summary.stats.connections() > 0);
}

/// Every record that a capture gives is a kind that is known, and comes just so to one who wants nothing else.
#[test]
fn what_is_told_alone_is_what_is_told_with_the_rest() {
    for name in ["http-apache", "tls-openssl", "dns-bind", "ip-in-ip", "geneve"] {
        let packets = captures::packets(&testdata(name), usize::MAX);
        let (all, _) = rows::run(Config::default(), &packets);
        let known = gannet::streams();
        for stream in all.iter().map(|row| row.stream).collect::<BTreeSet<_>>() {
            let stream = known.iter().find(|known| known.name == stream);
            let stream = stream.unwrap_or_else(|| panic!("{name}: a kind of record is not in the list"));
            let mut config = Config::builder();
            config.only([*stream]);
            let (alone, _) = rows::run(config.build().unwrap(), &packets);
            let texts = |rows: &[Row]| -> Vec<String> {
                rows.iter().filter(|row| row.stream == stream.name).map(|row| row.text.clone()).collect()
            };
            let (alone, all) = (texts(&alone), texts(&all));
            let differ = alone.iter().zip(&all).find(|(alone, all)| alone != all);
            assert_eq!((differ, alone.len()), (None, all.len()), "{name}: {}", stream.name);
        }
    }
}

/// Engines do not know of each other: fed in turns on one thread, and on several threads at once.
#[test]
fn several_engines_in_one_process() {
    let captures: Vec<_> = ["dns-bind", "tcp-basics", "udp-icmp"]
        .iter()
        .map(|name| captures::packets(&testdata(name), usize::MAX))
        .collect();
    let expected: Vec<_> = captures.iter().map(|packets| rows::run(Config::default(), packets).0).collect();
    let mut engines: Vec<_> =
        captures.iter().map(|_| (Engine::new(Config::default()), rows::Rows::default())).collect();
    let longest = captures.iter().map(Vec::len).max().unwrap();
    for at in 0..longest {
        for ((engine, rows), packets) in engines.iter_mut().zip(&captures) {
            if let Some(packet) = packets.get(at) {
                rows::feed(engine, packet, rows);
            }
        }
    }
    for ((engine, mut rows), expected) in engines.into_iter().zip(&expected) {
        engine.finish(&mut rows);
        assert!(rows.0 == *expected);
    }
    std::thread::scope(|scope| {
        for (packets, expected) in captures.iter().zip(&expected).cycle().take(6) {
            scope.spawn(move || {
                let mut config = Config::builder();
                config.workers(2);
                assert!(rows::run(config.build().unwrap(), packets).0 == *expected);
            });
        }
    });
}

/// Another key gives other ids, and changes nothing else.
#[test]
fn the_key_of_ids() {
    let packets = captures::packets(&testdata("udp-icmp"), usize::MAX);
    let mut config = Config::builder();
    config.only([Conn::STREAM]);
    let (first, _) = rows::run(config.build().unwrap(), &packets);
    let (again, _) = rows::run(config.build().unwrap(), &packets);
    config.uid_seed(1);
    let (other, _) = rows::run(config.build().unwrap(), &packets);
    let without_id = |rows: &[Row]| -> Vec<Vec<String>> {
        let column = |row: &Row| {
            row.text.split('\t').enumerate().filter(|(at, _)| *at != 1).map(|(_, t)| t.to_owned()).collect()
        };
        rows.iter().map(column).collect()
    };
    assert!(first == again && first != other);
    assert_eq!(without_id(&first), without_id(&other));
}

#[test]
fn every_record_has_as_many_values_as_columns() {
    for name in ["dns-bind", "udp-icmp", "tcp-basics", "offload"] {
        let packets = captures::packets(&testdata(name), usize::MAX);
        let mut columns = std::collections::BTreeMap::new();
        let mut engine = Engine::new(Config::default());
        let mut check = |_: &gannet::events::Meta<'_>, event: gannet::events::Event<'_>| {
            let stream = event.record.stream();
            let expected = *columns.entry(stream.name).or_insert_with(|| stream.columns().len());
            assert_eq!(rows::text(event.record).matches('\t').count(), expected, "{}", stream.name);
        };
        for packet in &packets {
            rows::feed(&mut engine, packet, &mut check);
        }
        engine.finish(&mut check);
    }
}

#[test]
fn the_registry_is_in_order() {
    /// Others open these, for what they carry: here they have their logs and their lines in lists.
    const OPENED: [&str; 6] = ["gssapi", "ntlm", "rtcp", "rtp", "srtp", "websocket"];
    let mut names = BTreeSet::new();
    for descriptor in REGISTRY {
        // One beyond Zeek's may take the place of another one of its name.
        assert!(names.insert((descriptor.name, descriptor.beyond)), "{} is there twice", descriptor.name);
        assert_eq!(descriptor.name, descriptor.name.to_lowercase());
        assert!(!descriptor.doc.is_empty() && !descriptor.label.is_empty());
        let is_tried = descriptor.probe.is_some() || !descriptor.ports.is_empty();
        assert_eq!(is_tried, !OPENED.contains(&descriptor.name), "{}", descriptor.name);
        assert!(descriptor.max_tail <= 1 << 20, "{} keeps too much", descriptor.name);
    }
    let mut engine = Engine::new(Config::default());
    assert_eq!((engine.held(), engine.stats().packets), (0, 0));
    engine.advance(gannet::Timestamp::from_nanos(START), &mut Nobody);
}

/// A panic of an analyzer costs the analyzer; one of the caller's subscriber is the caller's.
#[test]
#[should_panic(expected = "the subscriber's own")]
fn a_panic_of_the_subscriber_goes_through() {
    let mut config = Config::builder();
    config.analyzers([&ON_PORT]);
    let mut engine = Engine::new(config.build().unwrap());
    let mut h = |_: &gannet::events::Meta<'_>, event: gannet::events::Event<'_>| {
        assert!(event.get::<Chunk>().is_none(), "the subscriber's own");
    };
    for packet in packets() {
        rows::feed(&mut engine, &packet, &mut h);
    }
}

#[test]
fn a_panic_of_an_analyzer_costs_that_analyzer_on_that_connection() {
    struct Panics;
    impl Analyzer for Panics {
        fn data(&mut self, _cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
            assert!(dir == Direction::Orig, "an analyzer's own");
            Progress::Consumed(bytes.len())
        }

        fn held(&self) -> usize {
            0
        }
    }
    static PANICS: Descriptor = BY_PORT.makes(|_| Box::new(Panics));
    for workers in [1, 2] {
        CALLS.set((0, 0));
        let mut config = Config::builder();
        config.workers(workers);
        config.analyzers([&PANICS, &ON_PORT]);
        let (rows, summary) = rows::run(config.build().unwrap(), &packets());
        assert_eq!((summary.stats.panics, summary.stats.tcp_connections), (1, 1));
        assert_eq!((count(&rows, "chunk"), count(&rows, "conn")), (10, 1));
        let told: Vec<_> = rows.iter().filter(|row| row.stream == "reporter").collect();
        let uid = rows.iter().find(|row| row.stream == "conn").and_then(|row| row.text.split('\t').nth(1));
        let expected = format!(
            "analyzer counter ended on connection {} by a defect of the program: an analyzer's own",
            uid.expect("an id")
        );
        assert!(told.len() == 1 && told[0].text.contains("Reporter::ERROR"), "{told:#?}");
        assert!(told[0].text.replace('\\', "").contains(&expected), "{told:#?}\n{expected}");
    }
}

/// A defect that many connections meet is told once in a while, and counted each time.
#[test]
fn a_defect_is_told_once() {
    use gannet::events::{Event, Meta, Reporter};

    struct Panics;
    impl Analyzer for Panics {
        fn data(&mut self, _cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
            assert!(bytes.is_empty(), "{} bytes are too many", bytes.len());
            Progress::Done
        }

        fn held(&self) -> usize {
            0
        }
    }
    static PANICS: Descriptor = BY_PORT.makes(|_| Box::new(Panics));
    let mut config = Config::builder();
    config.analyzers([&PANICS]);
    let mut engine = Engine::new(config.build().unwrap());
    let mut told = 0;
    let mut h = |_: &Meta<'_>, event: Event<'_>| told += u64::from(event.get::<Reporter>().is_some());
    for n in 1..=5 {
        let mut tcp = Conversation::new((v4(n), 1111), (v4(99), 4444), [1, 1]);
        let mut frames = tcp.open().to_vec();
        frames.push(tcp.segment(0, ACK, &vec![7; n as usize]));
        for frame in frames {
            rows::feed(&mut engine, &Packet::new(START, frame), &mut h);
        }
    }
    assert_eq!(engine.finish(&mut h).stats.panics, 5);
    assert_eq!(told, 1, "one row for all of them");
}

/// The same holds for those that look into files: while bytes come, and when a file ends.
#[test]
fn a_panic_of_a_file_analyzer_costs_that_analyzer_on_that_file() {
    use gannet::files::{
        About, Content, FileAnalyzer, FileDescriptor, FileInfo, FileKey, FileOutput, FileProgress,
    };

    /// Panics at the first bytes, or at the end.
    struct Breaks(bool);
    impl FileAnalyzer for Breaks {
        fn data(&mut self, _out: &mut FileOutput<'_>, _bytes: &[u8]) -> FileProgress {
            assert!(self.0, "a file analyzer's own");
            FileProgress::More
        }

        fn end(&mut self, _out: &mut FileOutput<'_>, _complete: bool) {
            panic!("a file analyzer's own");
        }

        fn held(&self) -> usize {
            0
        }
    }
    const FILE: FileDescriptor = FileDescriptor::new("BREAKS", |_| Box::new(Breaks(true)))
        .doc("Breaks")
        .mimes(&["application/test"])
        .records(&[FileInfo::STREAM]);
    static AT_END: FileDescriptor = FILE;
    static AT_DATA: FileDescriptor = FILE.makes(|_| Box::new(Breaks(false)));
    static AT_START: FileDescriptor = FILE.makes(|_| panic!("a file analyzer's own"));

    /// Each chunk is a file that is ended, or left to its timer.
    struct Carries(u64);
    impl Analyzer for Carries {
        fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
            self.0 += 1;
            let mut about = About::new("TEST");
            about.mime = Some("application/test");
            let mut file = Content::new(FileKey::of_connection(cx, dir, &[self.0]), about);
            file.data(cx, bytes);
            if self.0.is_multiple_of(2) {
                file.end(cx);
            }
            Progress::Consumed(bytes.len())
        }

        fn held(&self) -> usize {
            0
        }
    }
    static CARRIES: Descriptor = BY_PORT.makes(|_| Box::new(Carries(0)));
    for (workers, file) in
        [(1, &AT_END), (1, &AT_DATA), (2, &AT_END), (2, &AT_DATA), (1, &AT_START), (2, &AT_START)]
    {
        let mut config = Config::builder();
        config.workers(workers);
        config.analyzers([&CARRIES]);
        config.file_analyzers([file]);
        let (rows, summary) = rows::run(config.build().unwrap(), &packets());
        assert_eq!(summary.stats.panics, 10);
        assert_eq!((count(&rows, "files"), count(&rows, "conn")), (10, 1));
    }
}
