//! One analyzer gives way to another: everything that it does not consume goes there.

use super::kit::{AFTER, OBEYS, told};
use crate::analyzers::Descriptor;
use crate::testing::{Lab, Rows, Script};

const OPEN: &str = "1 > S; 1.1 < SA; 1.2 > A; ";

fn run(analyzers: &[&'static Descriptor], text: &str) -> (String, Rows) {
    let mut lab = Lab::with(|config| config.analyzers = analyzers.to_vec());
    Script::default().feed(&text.replace("H; ", OPEN), &mut lab);
    let rows = lab.finish();
    (told(), rows)
}

fn obey(text: &str) -> String {
    run(&[&OBEYS], text).0
}

#[test]
fn what_follows_goes_to_the_successor() {
    let told = obey(r#"H; 2 > A "over\n"; 3 > A "x\n"; 4 < A "y\n""#);
    assert!(told.starts_with("obeys:>over after:>x<y"), "{told}");
}

#[test]
fn the_rest_of_the_chunk_as_well() {
    let told = obey(r#"H; 2 > A "a\nover\nx\ny\n""#);
    assert!(told.starts_with("obeys:>a>over after:>x>y"), "{told}");
    let told = obey(r#"H; 2 > A "over greedy\nx\n"; 3 > A "y\n""#);
    assert!(told.starts_with("obeys:>over greedy after:>y"), "{told}");
}

#[test]
fn an_unconsumed_tail_goes_along() {
    let told = obey(r#"H; 2 < A "half"; 3 > A "over\n"; 4 < A " more\n""#);
    assert!(told.starts_with("obeys:>over after:<half more"), "the other direction's: {told}");
    let told = obey(r#"H; 2 > A "over\nhalf"; 4 > A " more\n""#);
    assert!(told.starts_with("obeys:>over after:>half more"), "its own: {told}");
}

#[test]
fn gaps_ends_and_flips_go_there_too() {
    let told = obey(r#"H; 2 > A "over\n"; 3 > A 5 lost; 4 < A; 5 > A "x\n"; 6 > FA"#);
    assert!(told.starts_with("obeys:>over after:>[5]>x>."), "{told}");
}

#[test]
fn both_confirm() {
    let (_, rows) = run(&[&OBEYS], r#"H; 2 > A "confirm over\n"; 3 > A "confirm\n""#);
    assert_eq!(rows.conns[0].service.as_deref(), Some("obeys,after"));
}

#[test]
fn a_successor_may_fail_alone() {
    let (told, rows) = run(&[&OBEYS], r#"H; 2 > A "confirm over\n"; 3 > A "violate\n"; 4 > A "x\n""#);
    assert!(told.contains("after:>violate!Violation"), "{told}");
    assert!(!told.contains(">x"), "{told}");
    assert_eq!((rows.conns[0].service.as_deref(), rows.failures.len()), (Some("obeys"), 0));
    let (told, rows) = run(&[&OBEYS], r#"H; 2 > A "over\n"; 3 > A "panic\n"; 4 > A "x\n""#);
    assert!(told.contains("after:>panic") && !told.contains(">x"), "{told}");
    assert_eq!(rows.stats.panics, 1);
}

#[test]
fn a_chain_has_an_end() {
    let text = format!(r#"H; {}5 > A "x\n""#, r#"2 > A "over\n";"#.repeat(10));
    let (told, _) = run(&[&OBEYS], &text);
    // The first one, and eight that follow each other: the last one is told to hand over in vain.
    assert_eq!(told.matches("!Finished").count(), 9, "{told}");
    assert!(told.contains(">x"), "the last one goes on: {told}");
}

#[test]
fn timers_find_their_own() {
    let told = obey(r#"H; 2 > A "timer over\n"; 3 > A "timer\n"; 20 > A "x\n""#);
    let (first, second) = told.split_once("obeys:t7").expect(&told);
    assert!(first.contains("after:>timer"), "{told}");
    assert!(second.starts_with(" after:t7>x"), "{told}");
}

#[test]
fn a_successor_is_no_one_of_the_registry() {
    let (told, _) = run(&[&AFTER], r#"H; 2 > A "x\n""#);
    assert_eq!(told, "", "it has neither port nor probe");
}
