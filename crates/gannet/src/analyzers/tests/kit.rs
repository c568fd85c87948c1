//! Analyzers for tests: small protocols, and ones that do what a word on the wire tells them.

use crate::analyzers::{Analyzer, Close, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::direction::{Direction, Transport};
use crate::base::time::Interval;
use crate::flow::Conn;
use crate::testing::{SERVER, Seen, heard};

/// What the test descriptors have in common.
const BASE: Descriptor = Descriptor::new("base", "BASE", |_| Box::new(Lines))
    .doc("For tests.")
    .ports(&[(Transport::Tcp, SERVER), (Transport::Udp, SERVER)])
    .records(&[Conn::STREAM])
    .partial(true)
    .max_tail(256);

/// Lines that end in a line feed, of at most 64 bytes.
pub(super) static LINES: Descriptor = Descriptor { name: "lines", label: "LINES", ..BASE };
/// Units with a length of two bytes in front.
pub(super) static LENGTHS: Descriptor =
    Descriptor { name: "lengths", label: "LENGTHS", new: |_| Box::new(Lengths), ..BASE };
/// Does what lines tell it.
pub(super) static OBEYS: Descriptor =
    Descriptor { name: "obeys", label: "OBEYS", new: |_| Box::new(Obeys("obeys")), ..BASE };
/// As [`OBEYS`], found by content alone: by `OBEY` at the beginning of either direction.
pub(super) static FOUND: Descriptor = Descriptor {
    name: "found",
    label: "FOUND",
    ports: &[],
    probe: Some(probe),
    new: |_| Box::new(Obeys("found")),
    ..BASE
};
/// As [`FOUND`], but not for connections whose beginning was not seen.
pub(super) static STRICT: Descriptor = Descriptor { name: "strict", partial: false, ..FOUND };
/// What others hand over to: lines.
pub(super) static AFTER: Descriptor =
    Descriptor { name: "after", label: "AFTER", ports: &[], new: |_| Box::new(Obeys("after")), ..BASE };
/// What follows that, and what follows that one.
static THIRD: Descriptor =
    Descriptor { name: "third", label: "THIRD", new: |_| Box::new(Obeys("third")), ..AFTER };
static FOURTH: Descriptor =
    Descriptor { name: "fourth", label: "FOURTH", new: |_| Box::new(Obeys("fourth")), ..AFTER };
/// As [`OBEYS`], and through with its connection once it was told so in both directions.
pub(super) static LEAVES: Descriptor =
    Descriptor { name: "leaves", label: "LEAVES", new: |_| Box::new(Leaves(Obeys("leaves"), 0)), ..BASE };
/// Consumes whatever comes.
pub(super) static EATS: Descriptor =
    Descriptor { name: "eats", label: "EATS", new: |_| Box::new(Eats), ..BASE };
/// Nobody listens to its records.
pub(super) static UNHEARD: Descriptor = Descriptor {
    name: "unheard",
    label: "UNHEARD",
    records: &[],
    new: |_| Box::new(Obeys("unheard")),
    ..BASE
};
/// Panics in the function that makes it.
pub(super) static UNMADE: Descriptor = Descriptor { name: "unmade", new: |_| panic!("new"), ..BASE };
/// Panics in its probe.
pub(super) static UNPROBED: Descriptor =
    Descriptor { name: "unprobed", ports: &[], probe: Some(|_| panic!("probe")), ..BASE };
/// Panics when the sides change places.
pub(super) static DIZZY: Descriptor =
    Descriptor { name: "dizzy", label: "DIZZY", new: |_| Box::new(Dizzy), ..BASE };

fn probe(sample: &Sample<'_>) -> Likeness {
    let verdict = |bytes: &[u8]| match bytes {
        [b'O', b'B', b'E', b'Y', ..] => Likeness::Match,
        _ if b"OBEY".starts_with(bytes) => Likeness::Unsure,
        _ => Likeness::No,
    };
    match (verdict(sample.orig), verdict(sample.resp)) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::No, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}

fn line(bytes: &[u8]) -> Result<&[u8], Progress> {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => Ok(&bytes[..=end]),
        None => Err(Progress::Until { byte: b'\n', max: 64 }),
    }
}

struct Lines;

impl Analyzer for Lines {
    fn data(&mut self, _cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        match line(bytes) {
            Ok(line) => {
                heard("lines", Seen::Data(dir, line.to_vec()));
                Progress::Consumed(line.len())
            }
            Err(wait) => {
                heard("lines asks", Seen::Gap(dir, bytes.len() as u64));
                wait
            }
        }
    }

    fn gap(&mut self, _cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        heard("lines", Seen::Gap(dir, len));
        Progress::Consumed(0)
    }

    fn end(&mut self, _cx: &mut Context<'_>, dir: Direction, rest: &[u8]) {
        heard("lines", Seen::End(dir, rest.to_vec()));
    }

    fn held(&self) -> usize {
        0
    }
}

/// A unit whose length is 65535 asks to skip the rest of it by four bytes at a time instead.
struct Lengths;

impl Analyzer for Lengths {
    fn data(&mut self, _cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let &[high, low, ..] = bytes else { return Progress::Need(2) };
        let length = usize::from(high) << 8 | usize::from(low);
        if length >= 0x8000 {
            heard("lengths", Seen::Data(dir, vec![high, low]));
            return skip(bytes, length - 0x8000);
        }
        match bytes.get(..2 + length) {
            Some(unit) => {
                heard("lengths", Seen::Data(dir, unit.to_vec()));
                Progress::Consumed(unit.len())
            }
            None => Progress::Need(2 + length),
        }
    }

    fn held(&self) -> usize {
        0
    }
}

/// Skips a body of which some is shown already.
fn skip(bytes: &[u8], body: usize) -> Progress {
    let shown = bytes.len() - 2;
    if shown >= body { Progress::Consumed(2 + body) } else { Progress::Skip((body - shown) as u64) }
}

/// Does what lines tell it, whatever the direction.
struct Obeys(&'static str);

impl Analyzer for Obeys {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let line = match line(bytes) {
            Ok(line) => line,
            Err(wait) => return wait,
        };
        heard(self.0, Seen::Data(dir, line.to_vec()));
        let text = std::str::from_utf8(line).unwrap_or_default();
        let mut progress = Progress::Consumed(line.len());
        for word in text.split_whitespace() {
            match word {
                "confirm" => cx.confirm(),
                "violate" => progress = Progress::Violation("it was told to"),
                "complain" => cx.violation("it was told to complain"),
                "panic" => panic!("it was told to"),
                "flip" => cx.flip(),
                "limit" => cx.limit_reached(),
                "weird" => cx.weird("told", ""),
                "done" => progress = Progress::Done,
                "over" => cx.hand_over(&AFTER),
                "deeper" => cx.hand_over(match self.0 {
                    "obeys" => &AFTER,
                    "after" => &THIRD,
                    _ => &FOURTH,
                }),
                "detect" => cx.hand_over_to_detection(),
                "skip5" => progress = Progress::Skip(5),
                "cancel" => cx.cancel_timer(7),
                "greedy" => progress = Progress::Consumed(bytes.len()),
                "end" => cx.end_connection(),
                "hour" => cx.set_timeout(Interval::from_secs(3600)),
                "timer" => {
                    let due = cx.now() + Interval::from_secs(10);
                    cx.set_timer(due, 7);
                }
                _ => {}
            }
        }
        progress
    }

    fn gap(&mut self, _cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        heard(self.0, Seen::Gap(dir, len));
        Progress::Consumed(0)
    }

    fn end(&mut self, _cx: &mut Context<'_>, dir: Direction, rest: &[u8]) {
        heard(self.0, Seen::End(dir, rest.to_vec()));
    }

    fn reset(&mut self, _cx: &mut Context<'_>) {
        heard(self.0, Seen::Reset);
    }

    fn flipped(&mut self) {
        heard(self.0, Seen::Flipped);
    }

    fn timer(&mut self, _cx: &mut Context<'_>, token: u16, expired: bool) {
        heard(self.0, Seen::Timer(token, expired));
    }

    fn close(&mut self, _cx: &mut Context<'_>, why: Close) {
        heard(self.0, Seen::Close(why));
    }

    fn held(&self) -> usize {
        0
    }
}

struct Eats;

impl Analyzer for Eats {
    fn data(&mut self, _cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

struct Leaves(Obeys, u8);

impl Analyzer for Leaves {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let progress = self.0.data(cx, dir, bytes);
        self.1 += u8::from(progress == Progress::Done);
        progress
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        self.0.close(cx, why);
    }

    fn is_through(&self) -> bool {
        self.1 == 2
    }

    fn held(&self) -> usize {
        0
    }
}

struct Dizzy;

impl Analyzer for Dizzy {
    fn data(&mut self, _cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        panic!("dizzy");
    }

    fn held(&self) -> usize {
        0
    }
}

/// What was written down, as text: for each analyzer its name, and then `>line`, `<line`, `>[gap]`, `>.` for ends,
/// `^` for a flip, `#` for a reset, `t7` for a timer (`T7` at the end of the capture), `!` and why for a close.
pub(super) fn told() -> String {
    let mut text = String::new();
    let mut before = "";
    for (name, seen) in crate::testing::take_seen() {
        if name != before {
            text += &format!(" {name}:");
            before = name;
        }
        let mark = |dir| if dir == Direction::Orig { '>' } else { '<' };
        let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\n', "");
        text += &match seen {
            Seen::Data(dir, bytes) => format!("{}{}", mark(dir), show(&bytes)),
            Seen::Gap(dir, len) => format!("{}[{len}]", mark(dir)),
            Seen::End(dir, rest) => format!("{}.{}", mark(dir), show(&rest)),
            Seen::Flipped => "^".to_owned(),
            Seen::Reset => "#".to_owned(),
            Seen::Timer(token, expired) => format!("{}{token}", if expired { 'T' } else { 't' }),
            Seen::Close(why) => format!("!{why:?}"),
        };
    }
    text.trim_start().to_owned()
}
