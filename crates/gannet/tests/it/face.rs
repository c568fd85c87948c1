//! What an embedder meets: entries that are his own, no repeats, control of a run, errors that say who can act.

use std::sync::Arc;

use gannet::capture::{Batch, Files, Filled, PacketSource, SourceError, SourceStatus};
use gannet::events::{Event, FileMeta, Key, Meta, Piece, Subscriber, Weird};
use gannet::flow::Conn;
use gannet::{Config, ConfigBuilder, Control, Engine, Entry, Limits, Output, RunError, WorkerId, run};

use crate::support::captures::{packets, testdata};
use crate::support::packets::{Packet, SECOND, START, ethernet, ip, v4};
use crate::support::rows::{self, Nobody};
use crate::traffic::{Hosts, STEADY, mixture};

/// Packets whose transport header is cut: each raises the same weird about the same two hosts, after so many seconds.
fn cut(seconds: &[i64]) -> Vec<Packet> {
    let frame = ethernet(&ip(v4(1), v4(2), 6, 1, &[0; 7]));
    seconds.iter().map(|at| Packet::new(START + at * SECOND, frame.clone())).collect()
}

/// A weird is told once in ten minutes, to whoever listens in whatever way.
#[test]
fn repeats_do_not_come() {
    let packets = cut(&[0, 1, 599, 600, 700, 1199, 1200]);
    let mut seen = Vec::new();
    let mut engine = Engine::new(Config::default());
    let mut see = |meta: &Meta<'_>, event: Event<'_>| {
        if event.get::<Weird>().is_some() {
            seen.push((meta.now.nanos() - START) / SECOND);
        }
    };
    for packet in &packets {
        rows::feed(&mut engine, packet, &mut see);
    }
    engine.finish(&mut see);
    assert_eq!(seen, [0, 600, 1200]);
    for workers in [1, 3] {
        let config = Config::builder().only([Weird::STREAM]).workers(workers).batch(1).build().unwrap();
        let (rows, summary) = rows::run(config, &packets);
        let times: Vec<_> = rows.iter().map(|row| (row.key.now.nanos() - START) / SECOND).collect();
        assert_eq!((times, summary.stats.weirds), (seen.clone(), 7), "{workers} workers");
    }
}

/// Entries are the receiver's own: they are what they were when the run, its chunks and its threads are long gone.
#[test]
fn entries_outlive_the_run() {
    let packets = mixture(301, 4000, Hosts::Many, STEADY);
    let (expected, _) = rows::run(Config::default(), &packets);
    for workers in [1, 3] {
        let config = Config::builder().workers(workers).batch(64).build().unwrap();
        let mut kept: Vec<Entry<&'static str>> = Vec::new();
        let keep = |entry| kept.push(entry);
        run(config, &mut rows::source(&packets), rows::to_rows, keep, |_| Control::Continue).unwrap();
        assert_eq!(kept.len(), expected.len());
        for (entry, row) in kept.iter().zip(&expected) {
            assert_eq!((entry.key, entry.item, &*entry.bytes), (row.key, row.stream, row.text.as_bytes()));
        }
    }
}

/// What is left of the content of files is in the order too.
#[test]
fn content_leaves_entries() {
    /// Leaves the offset or the end of each piece, and the name of each record.
    struct Pieces(Output<String>);
    impl Subscriber for Pieces {
        fn event(&mut self, _: &Meta<'_>, event: Event<'_>) {
            self.0.leave(event.record.stream().name.to_owned());
        }

        fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
            let text = match piece {
                Piece::Bytes(at, bytes) => format!("{} {at}+{}", file.fuid, bytes.len()),
                Piece::Gap(len) => format!("{} gap {len}", file.fuid),
                Piece::End(whole) => format!("{} {whole}", file.fuid),
            };
            self.0.leave(text);
        }
    }
    let packets = packets(&testdata("http-nginx"), usize::MAX);
    let entries = |workers| {
        let config = Config::builder().contents(true).workers(workers).batch(16).build().unwrap();
        let mut entries: Vec<(Key, String)> = Vec::new();
        let pieces = |_: WorkerId, output| Pieces(output);
        let keep = |entry: Entry<String>| entries.push((entry.key, entry.item));
        run(config, &mut rows::source(&packets), pieces, keep, |_| Control::Continue).unwrap();
        assert!(entries.is_sorted_by_key(|(key, _)| *key));
        entries
    };
    let one = entries(1);
    assert!(one.iter().filter(|(_, text)| text.ends_with(" true")).count() > 4, "{one:#?}");
    assert!(one == entries(3));
}

/// A handle that is used outside a call of its subscriber has no place in the order, and leaves nothing.
#[test]
fn an_output_is_used_within_calls() {
    struct Early(Output<u8>);
    impl Subscriber for Early {
        fn event(&mut self, _: &Meta<'_>, _: Event<'_>) {
            self.0.leave(1);
            self.0.leave(2);
        }
    }
    let packets = cut(&[0]);
    for workers in [1, 2] {
        let config = Config::builder().only([Weird::STREAM]).workers(workers).build().unwrap();
        let early = |_, mut output: Output<u8>| {
            output.leave(0);
            Early(output)
        };
        let mut items = Vec::new();
        let keep = |entry: Entry<u8>| items.push(entry.item);
        run(config, &mut rows::source(&packets), early, keep, |_| Control::Continue).unwrap();
        assert_eq!(items, [1, 2]);
    }
}

/// Another configuration on the way holds from the same packet on, however many workers there are.
#[test]
fn a_run_takes_another_configuration() {
    let packets = mixture(302, 4000, Hosts::Many, STEADY);
    let rows = |workers: usize| {
        let config = Config::builder().workers(workers).batch(16).build().unwrap();
        let other = Arc::new(config.rebuild().only([Conn::STREAM]).build().unwrap());
        let mut rows = Vec::new();
        let keep = |entry: Entry<&'static str>| rows.push((entry.key, entry.item));
        let mut asked = None;
        let watch = |headway: &gannet::Headway<'_>| {
            if headway.packets < 2000 || asked.is_some() {
                return Control::Continue;
            }
            asked = Some(headway.packets);
            Control::Reconfigure(Arc::clone(&other))
        };
        run(config, &mut rows::source(&packets), rows::to_rows, keep, watch).unwrap();
        let asked = asked.expect("so many packets");
        let (before, behind): (Vec<_>, Vec<_>) = rows.iter().partition(|(key, _)| key.number <= asked);
        assert!(before.iter().any(|(_, stream)| *stream == "dns") && behind.len() > 100, "{}", rows.len());
        assert!(behind.iter().all(|(_, stream)| *stream == "conn"));
        rows
    };
    let one = rows(1);
    assert!(one == rows(3) && one == rows(8));
}

/// A source that breaks behind its packets.
struct Broken(gannet::capture::Memory);

impl PacketSource for Broken {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        match self.0.fill(batch, max)? {
            // As if the next file of several were gone.
            Filled::End => Err(Files::open(&["nowhere.pcap"]).err().expect("there is none")),
            filled => Ok(filled),
        }
    }

    fn status(&self) -> SourceStatus {
        self.0.status()
    }
}

/// A run that fails says by whose doing, and what it had analysed by then.
#[test]
fn a_run_that_fails_still_has_a_summary() {
    let packets = mixture(303, 500, Hosts::Many, STEADY);
    for workers in [1, 3] {
        let config = || Config::builder().workers(workers).batch(16).build().unwrap();
        let mut source = Broken(rows::source(&packets));
        let result = run(config(), &mut source, rows::to_rows, |_| (), |_| Control::Continue);
        let error = result.unwrap_err();
        assert!(
            matches!(error, RunError::Source { .. }) && error.to_string().contains("nowhere.pcap"),
            "{error}"
        );
        assert_eq!(error.summary().stats.packets, 500, "{workers} workers");
    }
    let breaks = |id: WorkerId, mut output: Output<()>| {
        move |_: &Meta<'_>, _: Event<'_>| {
            assert!(id.0 != 1, "worker {} is at fault", id.0);
            output.leave(());
        }
    };
    let config = Config::builder().workers(3).batch(16).build().unwrap();
    let result = run(config, &mut rows::source(&packets), breaks, |_| (), |_| Control::Continue);
    let error = result.unwrap_err();
    assert!(error.to_string().ends_with("worker 1 is at fault"), "{error}");
    let packets_of_the_rest = error.summary().stats.packets;
    assert!((1..500).contains(&packets_of_the_rest), "{packets_of_the_rest}");
    let clumsy = |_: Entry<&'static str>| panic!("the edge is at fault");
    let config = Config::builder().workers(2).build().unwrap();
    let result = run(config, &mut rows::source(&packets), rows::to_rows, clumsy, |_| Control::Continue);
    assert!(result.unwrap_err().to_string().ends_with("the edge is at fault"));
}

#[test]
fn a_configuration_that_cannot_be_says_why() {
    type Change = fn(&mut ConfigBuilder) -> &mut ConfigBuilder;
    let seconds = |all: [i64; 3]| all.map(gannet::Interval::from_secs);
    let cases: [(Change, &str); 6] = [
        (|c| c.workers(0), "workers is 0: expected 1 to 1024"),
        (|c| c.workers(1025), "workers is 1025: expected 1 to 1024"),
        (|c| c.batch(0), "batch is 0: expected at least 1"),
        (|c| c.queue(0), "queue is 0: expected at least 1"),
        (|c| c.limits(|limits| limits.file_bytes = 0), "file_bytes is 0: expected at least 1"),
        (
            |c| c.limits(|limits: &mut Limits| limits.flows_per_shard = 0),
            "flows_per_shard is 0: expected at least 1",
        ),
    ];
    for (change, expected) in cases {
        let mut config = Config::builder();
        change(&mut config);
        assert_eq!(config.build().unwrap_err().to_string(), expected);
    }
    assert!(Config::builder().long_connections(seconds([1, 2, 3])).build().is_ok());
    let error = Config::builder().long_connections(seconds([1, 3, 2])).build().unwrap_err();
    assert_eq!((error.field, error.found.as_str()), ("long_connections", "2 s behind 3 s"));
    assert!(Config::builder().long_connections(seconds([1, 2, 2])).build().is_err());
}

#[test]
fn a_subscription_is_stated() {
    let all = Config::default();
    assert!(gannet::streams().iter().all(|stream| all.wants(stream)));
    let build = |change: fn(&mut ConfigBuilder) -> &mut ConfigBuilder| {
        let mut config = Config::builder();
        change(&mut config);
        config.build().unwrap()
    };
    let one = build(|c| c.only([Conn::STREAM]));
    assert!(one.wants(Conn::STREAM) && !one.wants(Weird::STREAM));
    // Asking twice does not add: it says anew.
    let other = build(|c| c.only([Conn::STREAM]).only([Weird::STREAM]));
    assert!(!other.wants(Conn::STREAM) && other.wants(Weird::STREAM));
    let rest = build(|c| c.leave_out([Weird::STREAM]));
    let streams = gannet::streams();
    assert!(streams.iter().all(|stream| rest.wants(stream) == (stream.name != "weird")));
    let none = build(|c| c.only([Conn::STREAM]).leave_out([Conn::STREAM]));
    assert_eq!(none.wanted(), Some([].as_slice()));
    let again = build(|c| c.leave_out([Conn::STREAM]).everything());
    assert!(again.wanted().is_none());
    let (rows, summary) = rows::run(rest, &cut(&[0]));
    assert_eq!((rows.len(), summary.stats.weirds), (0, 1));
    Engine::new(none).finish(&mut Nobody);
}

#[test]
fn one_kind_of_record_takes_one_line() {
    let mut names = Vec::new();
    let captures = [testdata("dns-bind"), testdata("tcp-basics")];
    let summary = gannet::each(&captures, |conn: &Conn| names.push(conn.conn.uid)).unwrap();
    assert!(names.len() as u64 == summary.stats.connections() && names.len() > 100, "{}", names.len());
    let (all, _) = rows::run_source(Config::default(), &mut Files::open(&captures).unwrap());
    assert_eq!(names.len(), all.iter().filter(|row| row.stream == "conn").count());
    let mut weirds = 0;
    gannet::each(&[testdata("tcp-basics")], |_: &Weird| weirds += 1).unwrap();
    let (all, _) = rows::run(Config::default(), &packets(&testdata("tcp-basics"), usize::MAX));
    assert_eq!(weirds, all.iter().filter(|row| row.stream == "weird").count());
    let error = gannet::each(&["nowhere.pcap"], |_: &Conn| ()).unwrap_err();
    assert!(matches!(error, RunError::Source { .. }), "{error}");
}
