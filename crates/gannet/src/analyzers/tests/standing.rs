//! Confirmation, violation, panic: what an analyzer gains and loses.

use super::kit::{DIZZY, EATS, LEAVES, LINES, OBEYS, UNHEARD, UNMADE, told};
use crate::analyzers::Descriptor;
use crate::testing::{Lab, Rows, SERVER, Script, udp, v4};

const OPEN: &str = "1 > S; 1.1 < SA; 1.2 > A; ";

fn run(analyzers: &[&'static Descriptor], text: &str) -> (String, Rows) {
    let mut lab = Lab::with(|config| config.analyzers = analyzers.to_vec());
    Script::default().feed(&text.replace("H; ", OPEN), &mut lab);
    let rows = lab.finish();
    (told(), rows)
}

fn obey(text: &str) -> (String, Rows) {
    run(&[&OBEYS], text)
}

fn service(rows: &Rows) -> &str {
    rows.conns[0].service.as_deref().unwrap_or("-")
}

#[test]
fn confirmation() {
    assert_eq!(service(&obey(r#"H; 2 > A "confirm\n""#).1), "obeys");
    assert_eq!(service(&obey(r#"H; 2 > A "confirm\nconfirm\n""#).1), "obeys", "once");
    assert_eq!(service(&obey(r#"H; 2 > A "x\n""#).1), "-");
    static OTHER: Descriptor = Descriptor { name: "other", ..OBEYS };
    let (_, rows) = run(&[&OBEYS, &OTHER], r#"H; 2 > A "confirm\n""#);
    assert_eq!(service(&rows), "obeys,other");
    static SAME: Descriptor = Descriptor { label: "SAME", ..OBEYS };
    let (_, rows) = run(&[&OBEYS, &SAME], r#"H; 2 > A "confirm\n""#);
    assert_eq!(service(&rows), "obeys", "a name is not repeated");
}

#[test]
fn a_violation_before_confirmation_shows_nowhere() {
    let (told, rows) = obey(r#"H; 2 > A "violate\n"; 3 > A "x\n""#);
    assert_eq!(told, "obeys:>violate!Violation");
    assert_eq!((service(&rows), rows.failures.len()), ("-", 0));
}

#[test]
fn a_violation_after_confirmation_is_a_row() {
    let (told, rows) = obey(r#"H; 2 > A "confirm\n"; 3 > A "violate\n"; 4 > A "x\n""#);
    assert_eq!(told, "obeys:>confirm>violate!Violation");
    assert_eq!((service(&rows), rows.failures.len()), ("-", 1));
    let row = &rows.failures[0];
    assert_eq!(
        (row.analyzer_kind, row.analyzer_name, row.failure_reason.as_str()),
        ("protocol", "OBEYS", "it was told to")
    );
    assert_eq!((row.uid, row.resp_p), (rows.conns[0].conn.uid, Some(crate::events::Port(SERVER))));
    assert_eq!((row.ts, row.proto), (crate::testing::at(3.0), Some(crate::events::Enum("tcp"))));
    let (_, rows) = obey(r#"H; 2 > A "confirm complain\n""#);
    assert_eq!(rows.failures[0].failure_reason, "it was told to complain");
}

#[test]
fn a_violation_takes_what_is_confirmed_after_it_in_the_packet() {
    let (_, rows) = obey(r#"H; 2 > A "complain\nconfirm\n"; 3 > A "x\n""#);
    assert_eq!((service(&rows), rows.failures.len()), ("-", 1));
    assert_eq!(
        (rows.failures[0].ts, rows.failures[0].failure_reason.as_str()),
        (crate::testing::at(2.0), "it was told to complain")
    );
    // Two of them make one row.
    let (_, rows) = obey(r#"H; 2 > A "confirm complain\ncomplain\n""#);
    assert_eq!((service(&rows), rows.failures.len()), ("-", 1));
}

#[test]
fn one_that_failed_stays_for_its_timers() {
    let (told, _) = obey(r#"H; 2 > A "timer violate\n"; 13 < A"#);
    assert_eq!(told, "obeys:>timer violatet7!Violation");
    // Until the connection has something for it.
    for next in [r#"3 > A "x\n""#, r#"3 > A 5 lost; 4 < A"#] {
        let (told, _) = obey(&format!(r#"H; 2 > A "timer violate\n"; {next}; 13 < A"#));
        assert_eq!(told, "obeys:>timer violate!Violation", "{next}");
    }
}

#[test]
fn late_violations_do_not_count() {
    let after = |bytes: usize| {
        let lines = format!("2 > A \"{}\\n\";", "y".repeat(59)).repeat(bytes / 60);
        let (_, rows) = obey(&format!(r#"H; 1.5 > A "confirm\n"; {lines} 3 > A "violate\n""#));
        rows.failures.len()
    };
    // 8 bytes to confirm, 8 to violate: the packet at hand counts.
    assert_eq!(after(10_200), 1);
    assert_eq!(after(10_260), 0);
}

#[test]
fn doubtful_connections_have_no_violations() {
    let (told, rows) = obey(r#"H; 2 > A "confirm\n"; 3 > A 5 lost; 4 < A; 5 > A "violate\n""#);
    assert!(told.contains(">[5]>violate") && !told.contains("!Violation"), "{told}");
    assert_eq!((service(&rows), rows.failures.len()), ("obeys", 0), "after a gap");
    let (_, rows) = obey(r#"H; 2 > A "confirm\n"; 3 < A 5 lost; 4 > A; 5 > A "violate\n""#);
    assert_eq!(rows.failures.len(), 0, "of either side");
    let (_, rows) = obey(r#"1 > A "confirm\n"; 2 > A "violate\n""#);
    assert_eq!((service(&rows), rows.failures.len()), ("obeys", 0), "on a partial connection");
}

#[test]
fn a_thousand_violations_are_enough() {
    let complaints = r#"2 > A "complain\n";"#.repeat(1002);
    let filler = r#"1.8 > A "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n";"#.repeat(210);
    let (_, rows) = obey(&format!("H; {filler}{complaints}"));
    assert_eq!(rows.weird_names(), "too_many_analyzer_violations/OBEYS");
}

#[test]
fn a_panic_costs_one_analyzer() {
    let (told, rows) = run(&[&OBEYS, &LINES], r#"H; 2 > A "panic\n"; 3 > A "x\n"; 4 > FA; 5 < FA; 6 > A"#);
    assert!(told.starts_with("obeys:>panic lines:>panic>x"), "{told}");
    assert_eq!(rows.stats.panics, 1);
    assert_eq!(rows.conns[0].conn_state, Some("SF"));
}

#[test]
fn a_panic_keeps_what_was_confirmed() {
    let (_, rows) = obey(r#"H; 2 > A "confirm\n"; 3 > A "panic\n""#);
    assert_eq!((service(&rows), rows.stats.panics, rows.failures.len()), ("obeys", 1, 0));
}

#[test]
fn a_panic_outside_of_the_data() {
    let (_, rows) = run(&[&UNMADE, &OBEYS], r#"H; 2 > A "confirm\n""#);
    assert_eq!((service(&rows), rows.stats.panics), ("obeys", 1), "in the function that makes it");
    let (_, rows) = run(&[&DIZZY, &OBEYS], r#"H; 2 > A "confirm flip\n""#);
    assert_eq!((service(&rows), rows.stats.panics), ("obeys", 1), "when the sides change places");
}

#[test]
fn what_nobody_listens_to_stays_for_what_else_it_shows_in() {
    let (told, rows) = run(&[&UNHEARD], r#"H; 2 > A "x\n"; 3 > A "confirm\n"; 4 > A "violate\n""#);
    assert_eq!(told, "unheard:>x>confirm>violate!Violation");
    assert_eq!((service(&rows), rows.failures.len()), ("-", 1));
}

#[test]
fn done_is_for_one_direction() {
    let (told, _) = obey(r#"H; 2 > A "done\n"; 3 > A "x\n"; 4 < A "y\n""#);
    assert!(told.starts_with("obeys:>done<y"), "{told}");
}

/// What follows when all analyzers are through: in order, twice, in the wrong order, with bytes that were never seen.
const BULK: &str = r#"H; 2 > A "done\n"; 2.1 < A "done\n"; 3 > A 1000; 3.1 > A 1000; 3.2 < A; 3.3 > A 1000 seq=2006;
    4 < A 3000; 4.1 > A; 5 > A 1000 seq=5006; 5.1 > A 1000 seq=4006; 5.2 > A 1000 seq=3006; 5.3 < A ack=6006;
    6 < A 1000 lost; 6.1 < A 1000; 6.2 > A seq=6006; 7 < A 4000 seq=15006; 7.1 < A 4000 seq=11006; 8 > A seq=6006 ack=19006;
    9 > FA seq=6006; 9.1 < FA seq=19006; 9.2 > A seq=6007"#;

#[test]
fn counts_stay_exact_when_nobody_listens_any_more() {
    let count = |analyzers: &[&'static Descriptor]| {
        let mut lab = Lab::with(|config| {
            config.analyzers = analyzers.to_vec();
            // Room for a few lengths, not for the bytes themselves.
            config.limits.reassembly_per_shard = 400;
        });
        Script::default().feed(&BULK.replace("H; ", OPEN), &mut lab);
        let rows = lab.finish();
        let conn = &rows.conns[0];
        let ip_bytes = (conn.orig_ip_bytes, conn.resp_ip_bytes, conn.duration);
        (told(), format!("{} {ip_bytes:?} {}", rows.summary(), rows.names()), rows.stats.shed.directions)
    };
    let (_, bare, stops) = count(&[]);
    assert!(bare.starts_with("SF ShADdaTgtFf 5005/14005 14/9 missed 2000 "), "{bare}");
    assert_eq!(stops, 0);
    let (seen, silent, stops) = count(&[&OBEYS]);
    assert_eq!((silent.as_str(), stops), (bare.as_str(), 0), "it waits for the end");
    assert_eq!(seen, "obeys:>done<done>.<.!Finished");
    let (seen, left, stops) = count(&[&LEAVES]);
    assert_eq!((left.as_str(), stops), (bare.as_str(), 0), "it is gone");
    assert_eq!(seen, "leaves:>done<done!Removed");
    let (_, _, stops) = count(&[&EATS]);
    assert!(stops > 0, "one that listens has the bytes kept");
}

#[test]
fn ends_and_closes() {
    let (told, _) = obey(r#"H; 2 > A "x\n"; 3 > FA; 4 < A "y"; 5 < FA; 6 > A"#);
    assert_eq!(told, "obeys:>x>.<.y!Finished");
    let (told, _) = obey(r#"H; 2 > A "x\n""#);
    assert_eq!(told, "obeys:>x>.<.!Finished");
    let (told, rows) = obey(r#"H; 2 > A "end\n"; 3 > A "x\n""#);
    assert!(told.starts_with("obeys:>end>.<.!Removed"), "{told}");
    assert_eq!(rows.conns.len(), 2, "what follows is another connection");
}

#[test]
fn timers_of_analyzers() {
    let told = |text: &str| obey(text).0;
    assert!(told(r#"H; 2 > A "timer\n"; 13 > A "x\n""#).starts_with("obeys:>timert7>x"));
    assert!(
        told(r#"H; 2 > A "timer\n"; 11 > A "x\n""#).starts_with("obeys:>timer>xT7"),
        "at the end of the capture"
    );
}

#[test]
fn a_longer_patience() {
    let mut lab = Lab::with(|config| config.analyzers = vec![&OBEYS]);
    lab.packet(1.0, &v4(17, &udp((40_000, SERVER), b"hour\n"))).advance(3600.5);
    assert_eq!(lab.rows.conns.len(), 0);
    lab.advance(3601.0);
    assert_eq!(lab.rows.conns.len(), 1);
    told();
}

#[test]
fn limits_show_in_the_history() {
    let (_, rows) = obey(r#"H; 2 > A "limit limit weird\n""#);
    assert_eq!(rows.conns[0].history.as_deref(), Some(b"ShADX".as_slice()));
    assert_eq!(rows.weird_names(), "told/OBEYS");
}

#[test]
fn flips_by_an_analyzer() {
    let mut lab = Lab::with(|config| config.analyzers = vec![&OBEYS]);
    let ask = v4(17, &udp((40_000, SERVER), b"flip\n"));
    let answer = v4(17, &udp((SERVER, 40_000), b"x\n")).back();
    lab.packet(1.0, &ask).packet(2.0, &answer).packet(3.0, &v4(17, &udp((40_000, SERVER), b"y\n")));
    let rows = lab.finish();
    assert!(told().starts_with("obeys:>flip^>x<y"));
    assert_eq!(rows.ends(), format!("udp 10.0.0.2:{SERVER} 10.0.0.1:40000"));
    // The packet that causes it stays counted for the originator.
    assert_eq!(rows.summary(), "SF D^d 7/2 2/1");
}

#[test]
fn a_flip_reaches_the_others() {
    static OTHER: Descriptor = Descriptor { name: "other", ..OBEYS };
    let (told, _) = run(&[&LINES, &OBEYS, &OTHER], r#"H; 2 > A "flip\n"; 3 > A "x\n""#);
    assert!(told.starts_with("lines:>flip obeys:>flip^^<flip^^ lines:>x"), "twice: {told}");
    let (told, _) = run(&[&LINES, &OBEYS], r#"H; 2 > A "half "; 2 > A "flip\n"; 3 > A "x\n""#);
    assert!(told.contains("lines:>half flip") && told.contains("lines:<x"), "{told}");
}
