//! A capture from its file to its rows, with everybody, somebody and nobody listening.
//!
//! `GANNET_BENCH=FILE cargo bench -p gannet-benches --bench whole`; the test captures if no file is named. What nobody
//! listens to must not cost anything: the lines say how much each subscription adds.

use std::path::{Path, PathBuf};

use gannet::capture::Files;
use gannet::events::{Event, Meta, Subscriber};
use gannet::{Config, Control, Output, run};
use gannet_benches::count::{Listen, config};
use gannet_benches::measure::Harness;
use gannet_benches::packets::testdata;
use gannet_logs::{Format, LogRows, Options};

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Outcome {
    packets: u64,
    records: u64,
    bytes: u64,
}

fn main() {
    let harness = Harness::from_args();
    let path = std::env::var_os("GANNET_BENCH").map_or_else(testdata, PathBuf::from);
    let lines = [
        ("whole/nothing", Listen::Nothing),
        ("whole/conn", Listen::Conn),
        ("whole/everything, no analyzer", Listen::Bare),
        ("whole/everything", Listen::Everything),
    ];
    let mut first = None;
    for (name, listen) in lines {
        let expected = once(&path, config(listen), Silent);
        assert_eq!(listen == Listen::Nothing, expected.records == 0, "{name}: {expected:?}");
        let time = harness.run(name, "packet", || {
            let outcome = once(&path, config(listen), Silent);
            assert_eq!(outcome, expected, "{name}");
            outcome.packets
        });
        compare(name, &mut first, time);
    }
    for format in [Format::Tsv, Format::Json] {
        let name = format!("whole/everything, rows in {format:?}");
        let rows = |output| LogRows::new(Options::new(format), output);
        let expected = once(&path, config(Listen::Everything), rows);
        let time = harness.run(&name, "packet", || {
            let outcome = once(&path, config(Listen::Everything), rows);
            assert_eq!(outcome, expected, "{name}");
            outcome.packets
        });
        compare(&name, &mut first, time);
    }
}

/// Prints how much more a line takes than the first one, which nobody listens to.
fn compare(name: &str, first: &mut Option<f64>, time: Option<f64>) {
    let Some(time) = time else { return };
    match *first {
        Some(base) => println!("{name:<44} {:>10.2} times what nothing costs", time / base),
        None => *first = Some(time),
    }
}

/// Runs on this thread, so that its clock sees everything.
fn once<S: Subscriber, T: Send>(
    path: &Path,
    config: Config,
    subscriber: impl Fn(Output<T>) -> S + Sync,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut source = Files::open(&[path]).unwrap_or_else(|error| panic!("{error}"));
    let summary = run(
        config,
        &mut source,
        |_, output| subscriber(output),
        |entry| {
            outcome.records += 1;
            outcome.bytes += entry.bytes.len() as u64;
        },
        |_| Control::Continue,
    );
    let stats = summary.unwrap_or_else(|error| panic!("{error}")).stats;
    assert_eq!(stats.panics, 0, "an analyzer panicked");
    outcome.packets = stats.packets;
    outcome
}

/// Leaves an item for every record, and no bytes.
struct Silent(Output<()>);

impl Subscriber for Silent {
    fn event(&mut self, _: &Meta<'_>, _: Event<'_>) {
        self.0.leave(());
    }
}
