//! Which connections tell of a service, and when.

use super::candidate::observe;
use super::{POLICY, shown};
use crate::testing::{NEXT_DAY, Play};

const A: &str = "8.8.8.8:1000";
const WEB: &str = "10.0.0.2:80";
const ODD: &str = "10.0.0.2:7777";
const NAMES: &str = "10.0.0.2:53";
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// A question for the address of a.b.
const ASK: &[u8] = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x01b\x00\x00\x01\x00\x01";
/// Its answer: there is no such name.
const NONE: &[u8] = b"\x00\x07\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x01b\x00\x00\x01\x00\x01";
/// Moves the clock on.
const LATER: [&str; 2] = ["9.9.9.9:5", "9.9.9.8:5"];

impl Play {
    fn later(&mut self, at: f64) -> &mut Self {
        self.udp(at, LATER[0], LATER[1], b"x")
    }
}

/// The rows of what `make` plays.
fn rows(make: impl FnOnce(&mut Play) -> &mut Play) -> Vec<String> {
    make(&mut Play::default()).rows(&POLICY)
}

#[test]
fn a_protocol_is_told_when_it_is_confirmed() {
    let web = ["0.03 10.0.0.2 80 tcp \"HTTP\""];
    assert_eq!(rows(|play| play.shake(0.0, A, WEB).talk(0.03, A, WEB, &[GET, OK])), web);
    // Once a day, though others connect.
    let twice = rows(|play| {
        play.shake(0.0, A, WEB).talk(0.03, A, WEB, &[GET, OK]).part(1.0, A, WEB).later(400.0);
        play.shake(500.0, "8.8.8.8:2", WEB).talk(500.03, "8.8.8.8:2", WEB, &[GET, OK])
    });
    assert_eq!(twice, web);
    let next_day = rows(|play| {
        play.shake(0.0, A, WEB).talk(0.03, A, WEB, &[GET, OK]).part(1.0, A, WEB).later(400.0);
        play.shake(NEXT_DAY, "8.8.8.8:2", WEB).talk(NEXT_DAY + 0.03, "8.8.8.8:2", WEB, &[GET, OK])
    });
    assert_eq!(next_day, [web[0], "86402.03 10.0.0.2 80 tcp \"HTTP\""]);
}

#[test]
fn a_connection_that_lasts_longer_than_a_day_is_told_once() {
    let rows = rows(|play| {
        play.shake(0.0, A, WEB).talk(0.03, A, WEB, &[GET, OK]);
        for turn in 1..=900 {
            play.talk(f64::from(turn) * 100.0, A, WEB, &[GET, OK]);
        }
        play.part(90_001.0, A, WEB).later(90_100.0)
    });
    assert_eq!(rows.len(), 1);
}

#[test]
fn remote_hosts_have_no_services() {
    assert!(rows(|play| play.shake(0.0, WEB, A).talk(0.03, WEB, A, &[GET, OK]).later(1000.0)).is_empty());
}

/// The client's datagram confirms, and the server has not answered yet.
#[test]
fn what_the_client_confirms_is_told_at_the_end_of_the_flow() {
    let asked = rows(|play| play.udp(0.0, A, NAMES, ASK).later(100.0));
    assert!(asked.is_empty(), "{asked:?}");
    let answered = rows(|play| play.udp(0.0, A, NAMES, ASK).udp(0.1, NAMES, A, NONE).later(100.0));
    assert_eq!(answered, ["100.00 10.0.0.2 53 udp \"DNS\""]);
    let at_end = rows(|play| play.udp(0.0, A, NAMES, ASK).udp(0.1, NAMES, A, NONE).later(5.0));
    assert_eq!(at_end, ["5.00 10.0.0.2 53 udp \"DNS\""]);
    let stream = |turns: &[&[u8]]| {
        rows(|play| play.shake(0.0, A, NAMES).talk(0.03, A, NAMES, turns).part(1.0, A, NAMES).later(60.0))
    };
    let long = |message: &[u8]| [&[0, message.len() as u8], message].concat();
    assert!(stream(&[&long(ASK)]).is_empty());
    assert_eq!(stream(&[&long(ASK), &long(NONE)]), ["60.00 10.0.0.2 53 tcp \"DNS\""]);
}

/// A row of no protocol has the time of the end of its connection, and is held back for five minutes.
#[test]
fn no_protocol() {
    let row = ["10.00 10.0.0.2 7777 tcp \"\""];
    let odd = |play: &mut Play| {
        play.shake(0.0, A, ODD).talk(0.03, A, ODD, &[b"\x01\x02\x03", b"\x04\x05"]).part(1.0, A, ODD);
    };
    let cases: [(&str, &[f64], bool); 4] = [
        ("still open at the end", &[], false),
        ("over, and the capture ends soon", &[10.0], true),
        ("over, and held back long enough", &[10.0, 310.0], true),
        ("over twice", &[10.0, 311.0, 2000.0], true),
    ];
    for (name, times, told) in cases {
        let rows = rows(|play| {
            odd(play);
            times.iter().for_each(|at| drop(play.later(*at).clone()));
            play
        });
        assert_eq!(rows, row[..usize::from(told)], "{name}");
    }
    // A port has its row of no protocol beside the one of a protocol.
    let both = rows(|play| {
        odd(play);
        play.later(10.0).shake(20.0, "8.8.8.8:2", ODD).talk(20.03, "8.8.8.8:2", ODD, &[GET, OK]).later(400.0)
    });
    assert_eq!(both, ["20.03 10.0.0.2 7777 tcp \"HTTP\"", row[0]]);
}

/// Who took part, by what came of him.
#[test]
fn the_responder_has_to_take_part() {
    let told = |what: &[&str]| {
        let rows = rows(|play| {
            for (at, what) in what.iter().enumerate() {
                let (from, to) = if what.starts_with('>') { (A, ODD) } else { (ODD, A) };
                let payload: &[u8] = if what.ends_with('D') { b"\x01\x02\x03" } else { b"" };
                play.tcp(at as f64 / 10.0, from, to, what[1..].trim_end_matches('D'), payload);
            }
            play.later(7200.0).later(7600.0)
        });
        rows.len() == 1
    };
    let cases: [(&[&str], bool); 9] = [
        (&[">S"], false),
        (&[">S", "<RA"], false),
        (&[">S", "<SA"], true),
        (&[">S", "<SA", ">A", "<RA"], true),
        (&[">AD"], false),
        (&["<AD"], false),
        (&[">AD", "<AD"], true),
        (&[">AD", "<AD", "<RA"], false),
        (&[">AD", "<AD", "<FA"], true),
    ];
    for (what, is_told) in cases {
        assert_eq!(told(what), is_told, "{what:?}");
    }
    assert!(rows(|play| play.udp(0.0, A, ODD, b"x").later(100.0).later(500.0)).is_empty());
    assert_eq!(rows(|play| play.udp(0.0, A, ODD, b"x").udp(0.1, ODD, A, b"y").later(100.0)).len(), 1);
}

#[test]
fn names_are_in_capitals_unless_another_connection_promised_them() {
    let cases = [
        ("http", "HTTP"),
        ("dnp3_tcp", "DNP3_TCP"),
        ("ftp-data", "ftp-data"),
        ("irc-dcc-data", "irc-dcc-data"),
    ];
    for (name, expected) in cases {
        assert_eq!(shown(name), expected);
    }
}

#[test]
fn an_observation_is_small() {
    use gannet::events::Milestone;
    let _function = observe;
    assert!(size_of::<super::Candidate>() <= 96);
    assert_eq!(POLICY.fold.watched.map(|(streams, _)| streams[0].name), Some(Milestone::STREAM.name));
}
