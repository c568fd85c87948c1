//! Records of connections that live long.

use crate::base::time::Interval;
use crate::engine::Config;
use crate::testing::{Lab, Rows, Script, icmp, udp, v4};

fn with_ages(ages: &'static [i64]) -> impl FnOnce(&mut Config) {
    move |config| config.long_connections = ages.iter().map(|age| Interval::from_secs(*age)).collect()
}

/// A connection from 10 s on with ten bytes each way every hundred seconds, and the time at which it is over.
fn talk(lab: &mut Lab, until: u32) {
    let mut text = "10 > S; 10.1 < SA; 10.2 > A; ".to_owned();
    for second in (100..until).step_by(100) {
        text += &format!("{second} > A 10; {second}.1 < A 10; {second}.2 > A; ");
    }
    text += &format!("{until} > FA; {until}.1 < FA; {until}.2 > A");
    Script::default().feed(&text, lab);
}

/// For each row its age in seconds, its payload bytes and its history.
fn ages(rows: &Rows) -> String {
    let one = |(at, conn): &(crate::base::time::Timestamp, crate::flow::Conn)| {
        let age = (*at - conn.ts).nanos() / 1_000_000_000;
        let history = String::from_utf8_lossy(conn.history.as_deref().unwrap_or_default()).into_owned();
        format!("{age}: {} {} {history}", conn.orig_bytes.unwrap_or(0), conn.conn_state.unwrap_or("-"))
    };
    rows.longs.iter().map(one).collect::<Vec<_>>().join(" | ")
}

#[test]
fn ages_in_a_list_and_then_the_last_one_again() {
    let mut lab = Lab::with(with_ages(&[200, 500]));
    talk(&mut lab, 2000);
    let rows = lab.finish();
    // Rows are due at their age, and come with the next packet.
    let expected = "290: 20 S1 ShADd | 590: 50 S1 ShADd | 1090: 100 S1 ShADd | 1590: 150 S1 ShADd";
    assert_eq!(ages(&rows), expected);
    assert_eq!(rows.conns.len(), 1);
    assert_eq!(rows.conns[0].conn_state, Some("SF"));
    assert!(rows.longs.iter().all(|(_, row)| row.conn.uid == rows.conns[0].conn.uid));
    let durations =
        rows.longs.iter().map(|(_, row)| row.duration.map(|lasted| lasted.nanos() / 1_000_000_000));
    assert_eq!(durations.collect::<Vec<_>>(), [Some(190), Some(490), Some(990), Some(1490)]);
}

#[test]
fn none_unless_it_is_asked_for() {
    let mut lab = Lab::new();
    talk(&mut lab, 2000);
    assert_eq!(lab.finish().longs.len(), 0);
    let mut lab = Lab::with(|config| {
        with_ages(&[200])(config);
        config.wanted = Some(vec!["conn"]);
    });
    talk(&mut lab, 2000);
    assert_eq!(lab.finish().longs.len(), 0);
}

#[test]
fn short_ages_and_short_lives() {
    let ages_of = |list: &'static [i64], until| {
        let mut lab = Lab::with(with_ages(list));
        Script::default().feed("10 > S; 10.1 < SA; 10.2 > A", &mut lab);
        for second in 11..until {
            lab.advance(f64::from(second));
        }
        ages(&lab.finish())
    };
    assert_eq!(ages_of(&[1, 3], 16), "1: 0 S1 ShA | 3: 0 S1 ShA");
    assert_eq!(ages_of(&[5], 21), "5: 0 S1 ShA | 10: 0 S1 ShA");
    assert_eq!(ages_of(&[0], 14), "1: 0 S1 ShA | 2: 0 S1 ShA | 3: 0 S1 ShA", "an age below a second is one");
    assert_eq!(ages_of(&[10], 20), "");
}

/// An attempt, a datagram and a ping without an answer end before they are long.
#[test]
fn what_ends_early_makes_none() {
    let mut lab = Lab::with(with_ages(&[60]));
    Script::default().feed("1 > S", &mut lab);
    lab.packet(1.0, &v4(17, &udp((7, 9), b"1"))).packet(1.0, &icmp(8, 0, b"")).advance(200.0);
    let rows = lab.finish();
    assert_eq!((rows.conns.len(), rows.longs.len()), (3, 0));
}

/// Other transports have no early look at them: the first is when they have been idle.
#[test]
fn datagrams() {
    let mut lab = Lab::with(with_ages(&[100, 150]));
    for second in (1..300).step_by(20) {
        lab.packet(f64::from(second), &v4(17, &udp((7, 9), b"1")));
    }
    assert_eq!(ages(&lab.finish()), "100: 5 S0 D | 160: 8 S0 D");
}

#[test]
fn one_jump_in_time_makes_no_more_rows_than_a_life_has() {
    let mut lab = Lab::with(with_ages(&[1]));
    Script::default().feed("10 > S; 10.1 < SA; 10.2 > A", &mut lab);
    lab.advance(1e9);
    let rows = lab.finish();
    // It was idle for five minutes, and then it was over.
    assert_eq!((rows.conns.len(), rows.longs.len()), (1, 300));
}
