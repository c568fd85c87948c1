//! A capture from its file to its rows, with everybody, somebody and nobody listening.
//!
//! `GANNET_BENCH=FILE cargo bench -p gannet-benches --bench whole`; the test captures if no file is named. What nobody
//! listens to must not cost anything: the lines say how much each subscription adds.

use std::path::{Path, PathBuf};

use gannet::capture::Files;
use gannet::{Config, Mapper, Outbox, run};
use gannet_benches::count::{Listen, config};
use gannet_benches::measure::Harness;
use gannet_benches::packets::testdata;
use gannet_logs::{Format, LogMapper, Options};

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
        let mapper = || LogMapper::new(Options::new(format));
        let expected = once(&path, config(Listen::Everything), mapper());
        let time = harness.run(&name, "packet", || {
            let outcome = once(&path, config(Listen::Everything), mapper());
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
fn once<M: Mapper>(path: &Path, config: Config, mapper: M) -> Outcome {
    let mapper = std::sync::Mutex::new(Some(mapper));
    let mut outcome = Outcome::default();
    let mut source = Files::open(&[path]).unwrap_or_else(|error| panic!("{error}"));
    let summary = run(
        config,
        &mut source,
        |_| mapper.lock().ok().and_then(|mut mapper| mapper.take()).expect("one worker"),
        |record| {
            outcome.records += 1;
            outcome.bytes += record.bytes.len() as u64;
        },
        |_, _| true,
    );
    let stats = summary.unwrap_or_else(|error| panic!("{error}")).stats;
    assert_eq!(stats.panics, 0, "an analyzer panicked");
    outcome.packets = stats.packets;
    outcome
}

/// Leaves an item for every record, and no bytes.
struct Silent;

impl Mapper for Silent {
    type Item = ();

    fn event(&mut self, meta: &gannet::events::Meta<'_>, _: gannet::events::Event<'_>, out: &mut Outbox<()>) {
        out.push(meta, (), |_| {});
    }
}
