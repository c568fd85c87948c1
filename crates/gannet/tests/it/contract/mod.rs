//! The smallest analyzers that use each part of the contract, between two ends that talk through a network with faults.
//!
//! They are where a new protocol can start from: each does one thing, and what is told of it is exact for every capture, with
//! whatever is missing from it.

mod network;

mod decided;
mod derived;
mod expected;
mod files;
mod several;
mod tunnelled;

use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress};
use gannet::events::LogStream;
use gannet::{Config, ConfigBuilder};

use crate::support::packets::{End, v4};
use crate::support::rows::{self, Row};
use network::{ALL, Capture, Faults, HOLE, Wire};

/// Captures of each kind of faults.
const SEEDS: u64 = 50;
const CLIENT: u32 = 0x0a00_0001;
const SERVER: u32 = 0x0a00_0002;

gannet::record! {
    /// What somebody heard, told when it is over.
    pub struct Heard in "heard" {
        /// Who heard it.
        who: &'static str,
        /// What it was.
        text: Vec<u8>,
    }
}

/// An end of each side.
fn ends(port: u16) -> [End; 2] {
    [(v4(CLIENT), 40_000), (v4(SERVER), port)]
}

/// Holds all that both ends say, with holes where something is missing, and tells it at the end. It answers `!` with a
/// violation and confirms with the first bytes, where it is made so.
struct Listener {
    who: [&'static str; 2],
    text: [Vec<u8>; 2],
    confirms: bool,
    violates: bool,
}

impl Listener {
    fn made(who: [&'static str; 2], confirms: bool, violates: bool) -> Box<dyn Analyzer> {
        Box::new(Self { who, text: [Vec::new(), Vec::new()], confirms, violates })
    }
}

impl Analyzer for Listener {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.confirms {
            cx.confirm();
        }
        self.text[side(dir)].extend_from_slice(bytes);
        if self.violates && bytes.contains(&b'!') {
            return Progress::Violation("it shouts");
        }
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, _cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        let text = &mut self.text[side(dir)];
        text.resize(text.len() + len as usize, HOLE);
        Progress::Consumed(0)
    }

    fn end(&mut self, _cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        self.text[side(dir)].push(b'$');
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: gannet::analyzers::Close) {
        for (who, text) in self.who.into_iter().zip(std::mem::take(&mut self.text)) {
            cx.emit(&Heard { who, text });
        }
    }

    fn held(&self) -> usize {
        self.text.iter().map(Vec::capacity).sum()
    }
}

/// 0 for the client, 1 for the server.
fn side(dir: Direction) -> usize {
    usize::from(dir == Direction::Resp)
}

/// What an engine tells of a capture: the same, whatever the number of workers.
struct Told(Vec<Row>);

impl Told {
    fn by(analyzer: &'static Descriptor, capture: &Capture<'_>) -> Self {
        Self::with(capture, |config| {
            config.analyzer(analyzer);
        })
    }

    fn with(capture: &Capture<'_>, change: impl Fn(&mut ConfigBuilder)) -> Self {
        let run = |workers| {
            let mut config = Config::builder();
            change(&mut config);
            let (rows, summary) = rows::run(config.workers(workers).build().unwrap(), &capture.packets);
            assert_eq!(summary.stats.panics, 0);
            rows
        };
        let rows = run(1);
        assert!(rows == run(2), "two workers tell something else than one");
        Self(rows)
    }

    /// A column of all rows of one kind.
    fn column(&self, stream: &LogStream, column: &str) -> Vec<&str> {
        let at = stream.index_of(column).unwrap();
        let own = self.0.iter().filter(|row| row.stream == stream.name);
        own.map(|row| row.text.split('\t').nth(at).unwrap()).collect()
    }

    /// What somebody heard, if he told anything.
    fn heard(&self, who: &str) -> Vec<&str> {
        let names = self.column(Heard::STREAM, "who").into_iter();
        let told = names.zip(self.column(Heard::STREAM, "text"));
        told.filter(|(name, _)| *name == who).map(|(_, text)| text).collect()
    }
}

/// Tries captures of all kinds.
fn each(wire: &Wire, check: impl Fn(Faults, &Capture<'_>)) {
    for faults in ALL {
        for seed in 0..SEEDS {
            check(faults, &wire.carry(faults, seed));
        }
    }
}

/// Text of bytes, as rows have it.
fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
