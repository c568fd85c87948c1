//! What was wrong once with analyzers that follow each other, and how answers and timers count.

use std::sync::Arc;

use super::kit::{FOUND, OBEYS, told};
use crate::analyzers::{Analyzer, Context, Descriptor, Progress, Remains};
use crate::base::direction::Direction;
use crate::base::packet::PacketMeta;
use crate::engine::Config;
use crate::testing::{Lab, Rows, SERVER, Script, Seen, heard, udp, v4};
use crate::worker::state::State;

const OPEN: &str = "1 > S; 1.1 < SA; 1.2 > A; ";

fn lab(analyzers: &[&'static Descriptor]) -> Lab {
    Lab::with(|config| config.analyzers = analyzers.to_vec())
}

fn run(analyzers: &[&'static Descriptor], text: &str) -> (String, Rows) {
    let mut lab = lab(analyzers);
    Script::default().feed(&text.replace("H; ", OPEN), &mut lab);
    let rows = lab.finish();
    (told(), rows)
}

#[test]
fn timers_of_all_levels_are_told_apart() {
    let text = r#"H; 2 > A "timer deeper\n"; 3 > A "timer deeper\n"; 4 > A "timer deeper\n"; 5 > A "timer\n"; 30 > A "x\n""#;
    let (told, _) = run(&[&OBEYS], text);
    for name in ["obeys", "after", "third", "fourth"] {
        assert!(told.contains(&format!("{name}:t7")), "{name}: {told}");
    }
    assert_eq!(told.matches("t7").count(), 4, "{told}");
}

#[test]
fn a_reset_reaches_whoever_followed() {
    let (told, _) = run(&[&OBEYS], r#"H; 2 > A "over\n"; 3 > A "x\n"; 4 > R"#);
    assert!(told.starts_with("obeys:>over after:>x#"), "{told}");
}

#[test]
fn what_is_skipped_is_not_detected() {
    let text = r#"H; 2 > A "detect skip5\n"; 3 > A "abc"; 4 > A "deOBEY\n"; 5 > A "x\n""#;
    let (told, _) = run(&[&OBEYS, &FOUND], text);
    assert!(told.starts_with("obeys:>detect skip5 found:>OBEY>x"), "{told}");
}

#[test]
fn a_datagram_may_be_the_last_one() {
    let mut lab = lab(&[&OBEYS]);
    for (second, text) in [(1.0, "a\n"), (2.0, "over\n"), (3.0, "x\n")] {
        lab.packet(second, &v4(17, &udp((1000, SERVER), text.as_bytes())));
    }
    lab.finish();
    let told = told();
    assert!(told.starts_with("obeys:>a>over after:>x"), "{told}");
}

#[test]
fn datagrams_may_go_to_whatever_is_found() {
    let mut lab = lab(&[&OBEYS, &FOUND]);
    for (second, text) in [(1.0, "detect\nOBEY\n"), (2.0, "x\n")] {
        lab.packet(second, &v4(17, &udp((1000, SERVER), text.as_bytes())));
    }
    lab.finish();
    let told = told();
    assert!(told.starts_with("obeys:>detect found:>OBEY>x"), "{told}");
}

#[test]
fn a_timer_is_taken_back_and_moved() {
    let (told, _) = run(&[&OBEYS], r#"H; 2 > A "timer\n"; 3 > A "cancel\n"; 30 > A "x\n""#);
    assert!(!told.contains("t7") && !told.contains("T7"), "{told}");
    let (told, _) = run(&[&OBEYS], r#"H; 2 > A "timer\n"; 11 > A "timer\n"; 15 > A "x\n"; 30 > A "y\n""#);
    assert!(told.contains(">xt7>y") && told.matches("t7").count() == 1, "it moved from 12 to 21: {told}");
}

/// Consumes lines, and answers gaps as it was made to; it writes down how many bytes it is shown each time.
struct Answers(Progress);

impl Analyzer for Answers {
    fn data(&mut self, _cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        heard("answers", Seen::Data(dir, bytes.len().to_string().into_bytes()));
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            return Progress::Until { byte: b'\n', max: 64 };
        };
        heard("answers", Seen::Data(dir, bytes[..=end].to_vec()));
        Progress::Consumed(end + 1)
    }

    fn gap(&mut self, _cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        heard("answers", Seen::Gap(dir, len));
        self.0
    }

    fn held(&self) -> usize {
        0
    }
}

const ANSWERS: Descriptor = Descriptor { name: "answers", label: "ANSWERS", ..OBEYS };
static GOES_ON: Descriptor = ANSWERS.makes(|_| Box::new(Answers(Progress::Consumed(0))));
static DROPS: Descriptor = ANSWERS.makes(|_| Box::new(Answers(Progress::Consumed(2))));
static NEEDS: Descriptor = ANSWERS.makes(|_| Box::new(Answers(Progress::Need(9))));
static WAITS: Descriptor = ANSWERS.makes(|_| Box::new(Answers(Progress::Until { byte: b'd', max: 64 })));
static SKIPS: Descriptor = ANSWERS.makes(|_| Box::new(Answers(Progress::Skip(3))));
static ENDS: Descriptor = ANSWERS.makes(|_| Box::new(Answers(Progress::Done)));
static REFUSES: Descriptor = ANSWERS.makes(|_| Box::new(Answers(Progress::Violation("a hole"))));

#[test]
fn what_a_gap_is_answered_counts() {
    // "1234" waits for its end when five bytes are lost; packets of three and four bytes follow.
    let text = r#"H; 2 > A "1234"; 3 > A 5 lost; 4 < A; 5 > A "a\nb"; 6 > A "c\nd\n""#;
    for (descriptor, expected) in [
        (&GOES_ON, "answers:>4>[5]>7>1234a>1>5>bc>2>d"),
        (&DROPS, "answers:>4>[5]>5>34a>1>5>bc>2>d"),
        // Seven bytes are too few: they come with the next packet.
        (&NEEDS, "answers:>4>[5]>11>1234a>5>bc>2>d"),
        (&WAITS, "answers:>4>[5]>11>1234a>5>bc>2>d"),
        (&SKIPS, "answers:>4>[5]>4>c>2>d"),
        (&ENDS, "answers:>4>[5]"),
        (&REFUSES, "answers:>4>[5]"),
    ] {
        let (told, _) = run(&[descriptor], text);
        assert_eq!(told, expected);
    }
}

/// Leaves something large with its connection.
struct Leaver;

struct Large;

impl Remains for Large {
    fn finish(self: Box<Self>, _cx: &mut Context<'_>) {}

    fn held(&self) -> usize {
        900 << 10
    }
}

impl Analyzer for Leaver {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        cx.leave(Box::new(Large));
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

static LEAVER: Descriptor =
    Descriptor { name: "leaver", label: "LEAVER", ..OBEYS }.makes(|_| Box::new(Leaver));

#[test]
fn what_is_left_behind_is_booked() {
    let mut lab = Lab::with(|config| {
        config.analyzers = vec![&LEAVER];
        config.limits.connection_bytes_per_shard = 1 << 20;
    });
    for port in [1000, 1001] {
        lab.packet(1.0, &v4(17, &udp((port, SERVER), b"x")));
        lab.packet(1.5, &v4(17, &udp((port, SERVER), b"x")));
    }
    let rows = lab.finish();
    let shed = &rows.stats.shed;
    assert!(shed.connections + shed.analyzers > 0, "two of 900 kB in 1 MB: {shed:?}");
}

#[test]
fn births_of_one_packet_do_not_wrap() {
    let config = Config::default();
    let mut state = State::new(Arc::new(config.settings()), config.wanted_records());
    state.at_packet(&PacketMeta { number: 5, ..PacketMeta::default() });
    let births: Vec<u64> = (0..5000).map(|_| state.next_birth()).collect();
    assert!(births.is_sorted_by(|a, b| a < b));
    state.at_packet(&PacketMeta { number: 6, ..PacketMeta::default() });
    assert!(state.next_birth() > births[4999], "those of the next packet come later");
}
