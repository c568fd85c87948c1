//! An analyzer with others inside it, each under a key: what reaches them, what they cost, and whose fault is whose.

use super::kit::told;
use crate::analyzers::{Analyzer, Close, Context, Descriptor, Expectation, Outcome, Progress};
use crate::base::direction::{Direction, Transport};
use crate::testing::{Lab, Rows, SERVER, Script, Seen, heard};

const OPEN: &str = "1 > S; 1.1 < SA; 1.2 > A; ";

/// Lines of an order, a key and what to give: `o1` opens, `d1text` gives, `r1` resets, `c1` closes; `many` opens and closes
/// 255 of them, `wish` expects what no shard can have.
struct Carries;

impl Analyzer for Carries {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            return Progress::Need(1 + bytes.len());
        };
        match &bytes[..end] {
            b"many" => (0..255).for_each(|_| {
                assert!(cx.open_child(99, &CHILD, Transport::Tcp));
                cx.close_child(99);
            }),
            b"wish" => cx.expect_connection(elsewhere()),
            [b'o', key] => assert!(cx.open_child(u64::from(*key), &CHILD, Transport::Tcp)),
            [b'd', key, text @ ..] => cx.child_data(u64::from(*key), dir, text),
            [b'r', key] => cx.child_reset(u64::from(*key)),
            [b'c', key] => cx.close_child(u64::from(*key)),
            other => panic!("{other:?}"),
        }
        Progress::Consumed(end + 1)
    }

    fn expected(&mut self, _cx: &mut Context<'_>, token: u64, outcome: Outcome) {
        assert_eq!(outcome, Outcome::Refused);
        heard("carries", Seen::Gap(Direction::Orig, token));
    }

    fn held(&self) -> usize {
        0
    }
}

/// Waits for a full stop.
struct Child;

impl Analyzer for Child {
    fn data(&mut self, _cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(end) = bytes.iter().position(|byte| *byte == b'.') else {
            return Progress::Need(1 + bytes.len());
        };
        heard("child", Seen::Data(dir, bytes[..end].to_vec()));
        assert_ne!(&bytes[..end], b"panic", "it was told to");
        Progress::Consumed(end + 1)
    }

    fn reset(&mut self, _cx: &mut Context<'_>) {
        heard("child", Seen::Reset);
    }

    fn expected(&mut self, _cx: &mut Context<'_>, token: u64, _outcome: Outcome) {
        heard("child", Seen::Gap(Direction::Orig, token));
    }

    fn close(&mut self, _cx: &mut Context<'_>, why: Close) {
        if why == Close::Violation {
            heard("child", Seen::Close(why));
        }
    }

    fn held(&self) -> usize {
        0
    }
}

static CHILD: Descriptor = Descriptor::new("child", "CHILD", |_| Box::new(Child)).max_tail(4096);
static CARRIES: Descriptor = Descriptor::new("carries", "CARRIES", |_| Box::new(Carries))
    .ports(&[(Transport::Tcp, SERVER)])
    .carries(true)
    .max_tail(4096);

/// Between ends that belong to other shards.
fn elsewhere() -> Expectation {
    let address = |last| std::net::Ipv4Addr::new(203, 0, 113, last).into();
    Expectation::new(Transport::Tcp, &CHILD, 42).opened_by(address(1)).calls(address(2), 20)
}

fn fed(text: &str) -> Lab {
    let mut lab = Lab::with(|config| config.analyzers = vec![&CARRIES]);
    Script::default().feed(&text.replace("H; ", OPEN), &mut lab);
    lab
}

fn run(text: &str) -> (String, Rows) {
    let rows = fed(text).finish();
    (told(), rows)
}

#[test]
fn each_has_its_own_bytes() {
    let (told, _) = run(r#"H; 2 > A "o1\no2\nd1ab\nd2xy.\nd1c.\n""#);
    assert_eq!(told, "child:>xy>abc");
}

#[test]
fn a_panic_costs_the_child_alone() {
    let (told, rows) = run(r#"H; 2 > A "o1\no2\nd1panic.\nd2x.\nd1y.\n"; 3 > A "d2z.\n""#);
    assert_eq!(told, "child:>panic>x>z");
    assert_eq!(rows.stats.panics, 1);
}

#[test]
fn a_reset_is_told_by_the_carrier() {
    let (told, _) = run(r#"H; 2 > A "o1\no2\nr1\nd2x.\n""#);
    assert_eq!(told, "child:#>x", "the other one is not reset");
}

#[test]
fn what_a_child_holds_is_booked_until_it_goes() {
    let held = |text: &str| fed(text).engine.held();
    let kept = "y".repeat(900);
    let empty = held(r#"H; 2 > A "o1\n""#);
    let full = held(&format!(r#"H; 2 > A "o1\n"; 3 > A "d1{kept}\n""#));
    assert!((900..2000).contains(&(full - empty)), "{empty} and then {full}");
    let closed = held(&format!(r#"H; 2 > A "o1\n"; 3 > A "d1{kept}\n"; 4 > A "c1\n""#));
    assert!(closed <= empty, "{closed} of {empty}");
}

#[test]
fn numbers_of_analyzers_do_not_come_again() {
    // The one that is open at the end is the 257th; the carrier is the first.
    let (told, _) = run(r#"H; 2 > A "many\no1\nwish\n"; 3 > A "d1x.\n""#);
    assert_eq!(told, "carries:>[42] child:>x");
}

#[test]
fn carriers_run_whatever_is_listened_to() {
    let mut lab = Lab::with(|config| {
        config.analyzers = vec![&CARRIES];
        config.wanted = Some(vec!["dns"]);
    });
    Script::default().feed(&format!(r#"{OPEN}2 > A "o1\nd1x.\n""#), &mut lab);
    lab.finish();
    assert_eq!(told(), "child:>x");
}
