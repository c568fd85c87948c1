//! An analyzer that records what it is given, as text.

use crate::analyzers::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::flow::Conn;
use crate::testing::{Lab, Rows, SERVER, Script, Seen, heard, take_seen};

/// Records everything on the script's port.
pub(super) static TAPE: Descriptor = Descriptor::new("tape", "TAPE", |_| Box::new(Tape))
    .doc("Records what it is given.")
    .ports(&[(Transport::Tcp, SERVER)])
    .records(&[Conn::STREAM])
    .partial(true)
    .max_tail(1024);

/// As [`TAPE`], but not for connections whose beginning was not seen.
pub(super) static WHOLE: Descriptor = Descriptor { name: "whole", partial: false, ..TAPE };

struct Tape;

impl Analyzer for Tape {
    fn data(&mut self, _cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        heard("tape", Seen::Data(dir, bytes.to_vec()));
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, _cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        heard("tape", Seen::Gap(dir, len));
        Progress::Consumed(0)
    }

    fn end(&mut self, _cx: &mut Context<'_>, dir: Direction, rest: &[u8]) {
        heard("tape", Seen::End(dir, rest.to_vec()));
    }

    fn flipped(&mut self) {
        heard("tape", Seen::Flipped);
    }

    fn close(&mut self, _cx: &mut Context<'_>, why: Close) {
        heard("tape", Seen::Close(why));
    }

    fn held(&self) -> usize {
        0
    }
}

/// Plays a conversation; what the analyzer was given, and the records.
pub(super) fn record(script: &Script, text: &str) -> (String, Rows) {
    let mut lab = Lab::with(|config| config.analyzers = vec![&TAPE]);
    script.feed(text, &mut lab);
    let rows = lab.finish();
    (tell(), rows)
}

/// What was recorded: `>bytes` and `<bytes`, `>[10]` for a gap, `>.` for an end; neighbours of one direction are joined.
pub(super) fn tell() -> String {
    let mut text = String::new();
    let mut before = ' ';
    for (_, seen) in take_seen() {
        let mark = |dir| if dir == Direction::Orig { '>' } else { '<' };
        let (dir, piece) = match seen {
            Seen::Data(dir, bytes) => (mark(dir), String::from_utf8_lossy(&bytes).into_owned()),
            Seen::Gap(dir, len) => (mark(dir), format!("[{len}]")),
            Seen::End(dir, _) => (mark(dir), ".".to_owned()),
            Seen::Flipped => ('^', String::new()),
            Seen::Timer(..) | Seen::Reset | Seen::Close(_) => continue,
        };
        if dir != before || dir == '^' {
            text.push(dir);
        }
        before = dir;
        text += &piece;
    }
    text
}
