//! What analyzers are given of a conversation: bytes in order, gaps where an acknowledgement passes them, ends.

use super::OPEN;
use super::tape::{TAPE, WHOLE, record, tell};
use crate::testing::{Lab, SERVER, Script};

fn check(rows: &[(&str, &str, &str)]) {
    for (rule, text, expected) in rows {
        let text = match text.strip_prefix("H; ") {
            Some(rest) => format!("{OPEN}{rest}"),
            None => (*text).to_owned(),
        };
        let (told, _) = record(&Script::default(), &text);
        // The ends that come when the connection is removed are not what these are about.
        let told = told.trim_end_matches(['.', '<', '>']);
        assert_eq!(told, *expected, "{rule}: {text}");
    }
}

#[test]
fn in_order() {
    check(&[
        ("at once, before any ACK", r#"H; 2 > A "ab"; 3 > A "cd""#, ">abcd"),
        ("both ways", r#"H; 2 > A "ab"; 3 < A "xy"; 4 > A "cd""#, ">ab<xy>cd"),
        ("a SYN's payload at its place", r#"1 > S "ab"; 2 < SA; 3 > A "cd""#, ">abcd"),
        ("a FIN's too", r#"H; 2 > FA "ab""#, ">ab"),
        ("a RST's not", r#"H; 2 > R "ab""#, ""),
        ("behind a hole it waits", r#"H; 2 > A "ab" lost; 3 > A "cd""#, ""),
        ("the hole is filled", r#"H; 2 > A "cd" seq=1003; 3 > A "ab" seq=1001"#, ">abcd"),
        ("several wait", r#"H; 2 > A "ef" seq=1005; 3 > A "cd" seq=1003; 4 > A "ab" seq=1001"#, ">abcdef"),
    ]);
}

#[test]
fn overlaps() {
    check(&[
        ("again", r#"H; 2 > A "abc"; 3 > A "abc" seq-3"#, ">abc"),
        ("again, other bytes", r#"H; 2 > A "abc"; 3 > A "xyz" seq-3"#, ">abc"),
        ("old and new", r#"H; 2 > A "abc"; 3 > A "xyzd" seq-3"#, ">abcd"),
        ("first copy wins while waiting", r#"H; 2 > A "cd" seq=1003; 3 > A "xxxx" seq=1001"#, ">xxcd"),
        (
            "in the middle of what waits",
            r#"H; 2 > A "de" seq=1004; 3 > A "bcDEf" seq=1002; 4 > A "a" seq=1001"#,
            ">abcdef",
        ),
        ("keep-alive", r#"H; 2 > A "ab"; 3 < A; 4 > A "x" seq-1"#, ">ab"),
        ("no weird and no row", r#"H; 2 > A "abc"; 3 > A "xyz" seq-3"#, ">abc"),
    ]);
}

#[test]
fn gaps() {
    check(&[
        ("when an ACK passes", r#"H; 2 > A "ab" lost; 3 > A "cd"; 4 < A"#, ">[2]cd"),
        ("and nothing waits", r#"H; 2 > A "ab" lost; 3 < A"#, ">[2]"),
        ("several holes", r#"H; 2 > A "ab" seq=1003; 2 > A "cd" seq=1007; 3 < A ack=1011"#, ">[2]ab[2]cd[2]"),
        ("only up to the ACK", r#"H; 2 > A "cd" seq=1003; 2 > A "gh" seq=1007; 3 < A ack=1005"#, ">[2]cd"),
        ("inside what waits", r#"H; 2 > A "cdef" seq=1003; 3 < A ack=1004"#, ">[2]cdef"),
        ("data that comes after its ACK are dropped", r#"H; 2 < A ack=1005; 3 > A "abcdef""#, ">[4]ef"),
        ("both ways", r#"H; 2 > A "ab" lost; 3 < A "xy" lost; 4 > A "c"; 5 < A "z"; 6 > A"#, "<[2]>[2]c<z"),
        ("a FIN is no byte of it", r#"H; 2 > A "ab" lost; 3 > FA; 4 < A"#, ">[2]"),
    ]);
}

#[test]
fn truncated_segments() {
    let (told, rows) = record(&Script::default(), &format!(r#"{OPEN}2 > A "abcd" cut=1; 3 < A; 4 > A "ef""#));
    assert_eq!(told.trim_end_matches(['.', '<', '>']), ">[4]ef");
    assert_eq!(rows.summary(), "S1 ShADaG 6/0 4/2 missed 4");
    assert_eq!(rows.weird_names(), "truncated_tcp_payload/TCP");
}

#[test]
fn which_gaps_are_counted() {
    let cases = [
        ("established", "H; 2 > A 10 lost; 3 < A", 10),
        ("closed from there", "H; 2 > A 10 lost; 3 < FA", 10),
        ("partial", "1 > A 10; 2 < A 5; 3 > A 10 lost; 4 < A", 0),
        ("the ACK in a RST", "H; 2 > A 10 lost; 3 < RA", 0),
        ("not established yet", "1 > S; 2 > A 10 lost; 3 < A", 0),
    ];
    for (rule, text, missed) in cases {
        let text = text.replace("H; ", OPEN);
        let (told, rows) = record(&Script::default(), &text);
        assert_eq!(rows.conns[0].missed_bytes, missed, "{rule}");
        assert!(told.contains("[10]"), "{rule}: analyzers are always told, {told}");
    }
}

#[test]
fn partial_connections() {
    check(&[
        ("from the first byte seen", r#"1 > A "cd"; 2 > A "ef""#, ">cdef"),
        ("an ACK of the first byte is no gap yet", r#"1 > A; 2 < A ack=1001; 3 > A "ab""#, ""),
        ("nor does the position move", r#"1 > A; 2 < A ack=1001; 3 > A "ab"; 4 < A"#, ">[1]b"),
        ("an ACK of two bytes is one", r#"1 > A; 2 < A ack=1002; 3 > A "abc""#, ">[2]c"),
        ("further on it is", r#"1 > A "ab"; 2 < A ack+5; 3 > A "cdefghi""#, ">ab[5]hi"),
    ]);
}

#[test]
fn ends() {
    let told = |text: &str| record(&Script::default(), &text.replace("H; ", OPEN)).0;
    assert_eq!(told(r#"H; 2 > A "ab"; 3 > FA; 4 < A "xy""#), ">ab.<xy.", "a FIN ends its side");
    assert_eq!(told(r#"H; 2 > FA seq+2; 3 > A "ab" seq=1001; 4 < A "x""#), ">ab.<x.", "once all is there");
    assert_eq!(told(r#"H; 2 > A "ab"; 3 > R; 4 < A "x""#), ">ab.<x.", "a RST as well");
    assert_eq!(told(r#"H; 2 > A "cd" seq=1003; 3 > FA"#), ">.<.", "what waits is not delivered at the end");
    assert_eq!(told(r#"H; 2 > A "ab" lost; 3 > FA; 4 < A; 5 < A "x""#), ">[2].<x.", "a gap may end it");
}

#[test]
fn flips() {
    let (told, rows) =
        record(&Script { ports: (SERVER, 40_000), ..Script::default() }, r#"1 > SA; 2 < A "ab""#);
    assert!(told.is_empty(), "attached by the port of the responder as it was first: {told}");
    assert_eq!(rows.ends(), format!("tcp 10.0.0.2:40000 10.0.0.1:{SERVER}"));
    let (told, _) = record(&Script::default(), r#"1 > SA ack=5000; 2 < A "ab"; 3 > A "cd""#);
    assert_eq!(told, "^>ab<cd>.<.");
}

#[test]
fn a_whole_conversation_is_wanted() {
    let run = |text: &str| {
        let mut lab = Lab::with(|config| config.analyzers = vec![&WHOLE]);
        Script::default().feed(&text.replace("H; ", OPEN), &mut lab);
        lab.finish();
        tell().trim_end_matches(['.', '<', '>']).to_owned()
    };
    assert_eq!(run(r#"1 > A "ab"; 2 < A "cd""#), "");
    assert_eq!(run(r#"H; 2 > A "ab"; 3 < A "cd""#), ">ab<cd");
    assert_eq!(run(r#"1 > S; 2 < A "cd""#), "", "the responder's SYN is missing");
    assert_eq!(
        run(r#"1 > S bad; 2 < SA seq=0; 3 > A "ab""#),
        ">ab",
        "the missing SYN is made up for by its answer"
    );
}

#[test]
fn what_nobody_hears_is_not_copied() {
    let run = |analyzers: Vec<&'static crate::analyzers::Descriptor>| {
        let mut lab = Lab::with(|config| config.analyzers = analyzers);
        Script::default()
            .feed(&format!("{OPEN}2 > A 1000 seq+10; 3 < A ack=1001; 4 > A 10 seq=1001; 5 < A"), &mut lab);
        let rows = lab.finish();
        tell();
        rows.summary()
    };
    assert_eq!(run(vec![]), run(vec![&TAPE]), "what is said of the connection is the same");
}
