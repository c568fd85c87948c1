//! As extraction does it: who listens to content decides about each file by its first bytes.

use gannet::capture::Memory;
use gannet::events::{Event, FileMeta, Interest, Meta, Piece, Subscriber};
use gannet::{Config, Control, Entry, Output};

use super::each;
use super::files::{BOX, download};
use super::network::{Capture, HOLE, Wire};
use crate::support::rows;

const PORT: u16 = 7070;
/// What a file begins with that nobody wants.
const BORING: &[u8] = b"DROP";
/// More than what a type is decided by, in each half.
const SIZE: usize = 12_000;

/// What is told of a file: the port it came from, and what happened.
type Step = (u16, &'static str, Vec<u8>);

struct Extracts(Output<(u16, &'static str)>);

impl Extracts {
    fn tell(&mut self, file: &FileMeta<'_>, what: &'static str, bytes: &[u8]) {
        let port = file.conn.unwrap().resp_p;
        let meta = Meta::new(file.key, file.conn);
        self.0.push(&meta, (port, what), |to| to.extend_from_slice(bytes));
    }
}

impl Subscriber for Extracts {
    fn event(&mut self, _meta: &Meta<'_>, _event: Event<'_>) {}

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        match piece {
            Piece::Bytes(_, bytes) => self.tell(file, "bytes", bytes),
            Piece::Gap(len) => self.tell(file, "gap", &vec![HOLE; len as usize]),
            Piece::End(whole) => self.tell(file, if whole { "whole" } else { "end" }, b""),
        }
    }

    fn decide(&mut self, file: &FileMeta<'_>, first: &[u8]) -> Interest {
        self.tell(file, "first", first);
        if first.starts_with(BORING) { Interest::Drop } else { Interest::Keep }
    }
}

/// What is told, with a number of workers.
fn steps(capture: &Capture<'_>, workers: usize) -> Vec<Step> {
    let mut config = Config::builder();
    config.analyzer(&BOX).contents(true).workers(workers);
    let (mut steps, mut source): (_, Memory) = (Vec::new(), rows::source(&capture.packets));
    let keep = |entry: Entry<(u16, &'static str)>| {
        let (port, what) = entry.item;
        steps.push((port, what, entry.bytes.to_vec()));
    };
    let config = config.build().unwrap();
    gannet::run(config, &mut source, |_, output| Extracts(output), keep, |_| Control::Continue).unwrap();
    steps
}

#[test]
fn a_decision_for_each_file() {
    let mut wire = Wire::default();
    let file = |begins: &[u8]| [begins, &b"whatever else there is to say ".repeat(SIZE / 30)].concat();
    let talks = [download(&mut wire, PORT, &file(b"KEEP")), download(&mut wire, PORT + 1, &file(BORING))];
    each(&wire, |faults, capture| {
        let steps = steps(capture, 1);
        assert_eq!(steps, self::steps(capture, 2));
        if faults.side.is_some() {
            return assert!(steps.iter().all(|(_, what, _)| *what != "bytes"));
        }
        for (talk, port) in talks.into_iter().zip([PORT, PORT + 1]) {
            let own: Vec<_> = steps.iter().filter(|step| step.0 == port).collect();
            let stream = capture.stream(talk, 1);
            check(&own, &stream);
        }
    });
}

/// The steps of one file, of which so much was captured.
fn check(steps: &[&Step], stream: &[u8]) {
    let decisions: Vec<_> = steps.iter().filter(|step| step.1 == "first").collect();
    assert_eq!(decisions.len(), 1, "a decision for each file");
    let first = &decisions[0].2;
    let told: Vec<u8> =
        steps.iter().filter(|step| step.1 != "first").flat_map(|step| step.2.clone()).collect();
    let last = steps.last().unwrap().1;
    if first.starts_with(BORING) {
        assert_eq!(last, "first", "nothing follows, not even the end");
        assert!(stream.starts_with(&told) && told.len() < stream.len(), "{} of {}", told.len(), stream.len());
    } else {
        assert_eq!(told, stream);
        assert_eq!(last, if stream.contains(&HOLE) { "end" } else { "whole" });
    }
    if stream.starts_with(BORING) {
        assert!(first.starts_with(BORING));
    }
}
