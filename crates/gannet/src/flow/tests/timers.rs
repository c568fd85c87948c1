//! Every timer: when it is set, and what it does.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::base::time::Timestamp;
use crate::events::{Event, Meta};
use crate::testing::{Ip, Lab, RAW, Script, at, icmp, play, tcp as segment, udp, v4};
use crate::worker::timer::{Timer, TimerKind, Timers};

/// Plays a conversation and moves the clock on; the capture time at which the connection was reported.
fn ends_at(script: &Script, text: &str) -> Option<f64> {
    let mut lab = Lab::new();
    script.feed(text, &mut lab);
    ended(&mut lab)
}

/// Half a second at a time, until there is a row.
fn ended(lab: &mut Lab) -> Option<f64> {
    for half in 1..=20_000 {
        lab.advance(f64::from(half) / 2.0);
        if !lab.rows.conns.is_empty() {
            return Some(f64::from(half) / 2.0);
        }
    }
    None
}

#[test]
fn tcp() {
    let handshake = "10 > S; 10.1 < SA; 10.2 > A";
    let rows: &[(&str, u16, String, f64)] = &[
        ("an attempt: five seconds", 1234, "10 > S".into(), 15.0),
        ("not renewed by retries", 1234, "10 > S; 14 > S seq=1000".into(), 15.0),
        ("a lone SYN+ACK is an attempt", 1234, "10 > SA ack=5000".into(), 15.0),
        ("a flipped one is none: idle for five minutes", 1234, "10 > SA ack=5000; 11 < A".into(), 311.0),
        ("a bad packet alone: the check", 1234, "10 > S bad".into(), 21.0),
        ("established: five minutes", 1234, handshake.into(), 310.5),
        ("an hour for patient ports", 22, handshake.into(), 3610.5),
        ("an hour for patient ports", 513, handshake.into(), 3610.5),
        ("data in mid-stream", 1234, "10 > A 10".into(), 310.0),
        ("a RST closes: five seconds", 1234, format!("{handshake}; 20 < R"), 25.0),
        ("a RST to a SYN", 1234, "10 > S; 11 < RA".into(), 16.0),
        (
            "both FINs: five seconds after the second",
            1234,
            format!("{handshake}; 20 > FA; 21 < FA; 22 > A"),
            26.0,
        ),
        ("one FIN: five minutes", 1234, format!("{handshake}; 20 > FA; 21 < A"), 321.0),
        ("a FIN to nobody: five seconds", 1234, "10 > FA".into(), 15.0),
        // The server's stream was first seen at number 0, without a SYN: nothing of it can be pending.
        (
            "a FIN numbered 0 that closes at once",
            1234,
            "10 > A 5 seq=9 ack=0; 11 < FA seq=0 ack=11; 12 > FA 2 seq=12 ack=1".into(),
            17.0,
        ),
        ("closed: later packets do not renew", 1234, format!("{handshake}; 20 < R; 23 > A; 24 > A"), 25.0),
    ];
    for (rule, port, text, expected) in rows {
        let script = Script { ports: (40_000, *port), ..Script::default() };
        let found = ends_at(&script, text);
        assert_eq!(found, Some(*expected), "{rule}");
    }
}

#[test]
fn retries_of_a_syn_are_three_rows() {
    let text = [0, 1, 3, 7, 15].map(|second| format!("{}.5 > S seq=1000;", second + 10)).concat();
    let rows = play(&text);
    assert_eq!(rows.summary(), "S0 S 0/0 3/0 | S0 S -/- 1/0 | S0 S -/- 1/0");
}

#[test]
fn a_close_that_a_hole_holds_up() {
    // One end closed, the other reset behind a hole: a RST settles the connection, so the checks do nothing.
    let text = "10 > S; 10 < SA; 10 > A; 11 > FA; 11.5 < A; 12 < A 10 lost; 13 < A 10; 14 < RA";
    assert_eq!(ends_at(&Script::default(), text), Some(314.0));
    // What the hole lacked comes after all: the close is complete.
    let text = format!("{text}; 15 < A 10 seq=5001");
    assert_eq!(ends_at(&Script::default(), &text), Some(20.0));
}

#[test]
fn pending_data_keeps_a_closed_connection() {
    let handshake = "10 > S; 10.1 < SA; 10.2 > A";
    let text = format!("{handshake}; 11 > A 10 lost; 12 > A 10; 13 > FA; 14 < FA ack=1001; 15 > A");
    let found = ends_at(&Script::default(), &text);
    assert!(found.is_some_and(|time| time > 20.0), "{found:?}");
}

#[test]
fn other_transports_wait_a_minute() {
    let packets = [v4(17, &udp((7, 9), b"x")), icmp(8, 0, b"x"), v4(132, &[0; 20])];
    for packet in &packets {
        let mut lab = Lab::new();
        lab.packet(10.0, packet).packet(20.0, packet);
        assert_eq!(ended(&mut lab), Some(80.0), "{}", packet.proto);
    }
}

#[test]
fn dns_over_udp_waits_ten_seconds() {
    let message = [0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1];
    let ask = v4(17, &udp((40_000, 53), &message));
    let ends = |times: &[f64]| {
        let mut lab = Lab::with(|config| config.analyzers = vec![&crate::analyzers::dns::DNS]);
        times.iter().for_each(|time| {
            lab.packet(*time, &ask);
        });
        ended(&mut lab)
    };
    assert_eq!(ends(&[10.0]), Some(20.0));
    assert_eq!(ends(&[10.0, 11.0]), Some(20.0), "idle for nine seconds");
    assert_eq!(ends(&[10.0, 11.5]), Some(30.0), "not yet: looked at again ten seconds later");
}

#[test]
fn a_packet_fires_what_is_due_before_it_counts() {
    let packet = v4(17, &udp((7, 9), b"x"));
    let gap = |seconds: f64| {
        let mut lab = Lab::new();
        lab.packet(10.0, &packet).packet(10.0 + seconds, &packet);
        lab.finish().conns.len()
    };
    assert_eq!((gap(59.9), gap(60.0)), (1, 2));
}

#[test]
fn time_that_goes_back_fires_nothing() {
    let packet = v4(17, &udp((7, 9), b"x"));
    let mut lab = Lab::new();
    lab.packet(1000.0, &packet).packet(500.0, &packet).packet(1050.0, &packet);
    let rows = lab.finish();
    assert_eq!(rows.conns.len(), 1);
    assert_eq!(rows.conns[0].duration, Some(at(1050.0) - at(1000.0)));
}

#[test]
fn thirty_years_cost_nothing() {
    let mut lab = Lab::new();
    for port in 0..2000 {
        lab.packet(10.0, &v4(17, &udp((port, 9), b"x")));
    }
    let far = v4(17, &udp((1, 9), b"x"));
    lab.packet(1e9, &far);
    assert_eq!(lab.rows.conns.len(), 2000);
    assert_eq!(lab.engine.connections(), 1);
}

/// Times at the ends of the range are no times of packets, and the clock does not come near its end: there, what is due
/// later would be due at once, for ever.
#[test]
fn times_at_the_ends_of_the_range() {
    let first = 7_258_118_400_000_000_000;
    for nanos in [i64::MAX, i64::MAX - 1, i64::MAX - 3_000_000_000, first, -1, i64::MIN] {
        let mut lab = Lab::new();
        let mut drop = |_: &Meta<'_>, _: Event<'_>| {};
        for (port, flags) in [(1, 2), (2, 16), (3, 24)] {
            let syn = v4(6, &segment((port, 80), 1, 1, flags, b""));
            lab.packet(100.0, &syn);
            lab.engine.feed(RAW, Timestamp::from_nanos(nanos), 40, &syn.bytes(), &mut drop);
        }
        assert_eq!(lab.engine.now(), at(100.0), "{nanos}");
        lab.engine.advance(Timestamp::from_nanos(nanos), &mut drop);
        assert!(lab.engine.now() <= Timestamp::LATEST, "{nanos}");
        lab.engine.feed(RAW, Timestamp::LATEST, 29, &v4(17, &udp((7, 9), b"x")).bytes(), &mut drop);
        lab.engine.tick(Timestamp::MAX, &mut drop);
        let stats = lab.finish().stats;
        assert_eq!((stats.packets, stats.unusable, stats.bad_times), (4, 3, 3), "{nanos}");
    }
}

#[test]
fn a_time_that_cannot_be_is_a_weird() {
    let mut lab = Lab::new();
    let packet = v4(17, &udp((7, 9), b"x"));
    lab.packet(-1.0, &packet).packet(9e9, &packet).packet(7_258_118_399.0, &packet);
    let rows = lab.finish();
    assert_eq!(rows.weird_names(), "negative_packet_timestamp packet_timestamp_out_of_range");
    assert_eq!((rows.stats.packets, rows.conns.len()), (1, 1));
}

#[test]
fn the_end_of_a_capture_reports_attempts_first() {
    let mut lab = Lab::new();
    Script { ports: (1, 2), ..Script::default() }.feed("10 > S; 10.1 < SA; 10.2 > A", &mut lab);
    Script { ports: (3, 2), ..Script::default() }.feed("10.5 > S", &mut lab);
    lab.packet(11.0, &v4(17, &udp((7, 9), b"x")));
    assert_eq!(lab.finish().summary(), "S0 S -/- 1/0 | S1 ShA 0/0 2/1 | S0 D -/- 1/0");
}

#[test]
fn keys_never_go_back() {
    let mut lab = Lab::new();
    for i in 0..400u16 {
        let time = 10.0 + f64::from(i) * if i % 3 == 0 { 1.7 } else { 0.9 };
        let ports = (1000 + i % 37, 1234);
        Script { ports, start: (u32::from(i), 9), v6: false }.feed(&format!("{time} > S"), &mut lab);
        lab.packet(time, &Ip { fragment: 0x2000, id: u32::from(i), ..v4(17, &[0; 48]) });
    }
    let rows = lab.finish();
    assert!(rows.keys.len() >= 400);
    assert!(rows.keys.is_sorted(), "records come in the order of their keys");
    let mut unique = rows.keys.clone();
    unique.dedup();
    assert_eq!(unique.len(), rows.keys.len(), "and no two have the same");
}

proptest! {
    #![proptest_config(crate::testing::cases(64))]

    #[test]
    fn timers_fire_in_order(
        times in prop::collection::vec((0i64..50, 0u64..4, 0u32..4), 0..600),
        // Within a bucket of the wheel, over its buckets, beyond it.
        unit in prop::sample::select(vec![1, 1_000_000_000, 60_000_000_000]),
    ) {
        let mut timers = Timers::default();
        for (due, birth, slot) in &times {
            let due = Timestamp::from_nanos(*due * unit);
            timers.set(Timer { due, birth: *birth, slot: *slot, kind: TimerKind::Check });
        }
        prop_assert_eq!(timers.len(), times.len());
        let fired: Vec<_> = std::iter::from_fn(|| timers.pop()).collect();
        prop_assert!(fired.is_sorted());
        prop_assert_eq!(fired.len(), times.len());
        prop_assert_eq!(timers.next_due(), Timestamp::MAX);
    }

    #[test]
    fn a_sweep_keeps_what_is_alive(times in prop::collection::vec(0i64..50, 0..600)) {
        let mut timers = Timers::default();
        for (i, due) in times.iter().enumerate() {
            let due = Timestamp::from_parts(*due * 10, 0);
            timers.set(Timer { due, birth: i as u64, slot: 0, kind: TimerKind::Delete });
        }
        let asked = RefCell::new(0);
        timers.sweep(|timer| {
            *asked.borrow_mut() += 1;
            timer.birth % 2 == 0
        });
        prop_assert_eq!(*asked.borrow(), times.len());
        prop_assert_eq!(timers.len(), times.len().div_ceil(2));
        let fired: Vec<_> = std::iter::from_fn(|| timers.pop()).collect();
        prop_assert!(fired.is_sorted() && fired.iter().all(|timer| timer.birth % 2 == 0));
    }

    /// Timers that are set while others fire, few at times and many at others: each time the earliest fires.
    #[test]
    fn the_earliest_fires(steps in prop::collection::vec((0i64..400, 0usize..40, 0usize..40), 0..60)) {
        let (mut timers, mut model) = (Timers::default(), BTreeSet::new());
        let mut now = 0;
        for (step, (ahead, set, fire)) in steps.into_iter().enumerate() {
            for i in 0..set {
                let due = Timestamp::from_parts(now + ahead * (i as i64 % 7), 0);
                let timer = Timer { due, birth: step as u64, slot: i as u32, kind: TimerKind::Check };
                timers.set(timer);
                model.insert(timer);
            }
            for _ in 0..fire {
                let first = model.pop_first();
                prop_assert_eq!(timers.pop(), first);
                now = first.map_or(now, |timer| timer.due.nanos() / 1_000_000_000);
            }
            prop_assert_eq!(timers.next_due(), model.first().map_or(Timestamp::MAX, |timer| timer.due));
        }
    }

    /// Small steps of the clock or one large one: the same connections are reported, with the same contents.
    #[test]
    fn steps_of_the_clock_do_not_matter(steps in prop::collection::vec(0.1f64..40.0, 1..20)) {
        let conversation = "1 > S; 1.1 < SA; 1.2 > A; 1.3 > A 10; 2 < FA; 3 > FA ack=5002";
        let run = |steps: &[f64]| {
            let mut lab = Lab::new();
            Script::default().feed(conversation, &mut lab);
            Script { ports: (5, 6), ..Script::default() }.feed("3 > S", &mut lab);
            lab.packet(3.0, &v4(17, &udp((7, 9), b"x")));
            let mut now = 3.0;
            for step in steps {
                now += step;
                lab.advance(now);
            }
            lab.advance(10_000.0);
            let mut lines: Vec<_> = lab.rows.summary().split(" | ").map(str::to_owned).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(run(&steps), run(&[]));
    }
}
