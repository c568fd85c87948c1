//! SOCKS on conversations made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Socks;
use crate::analyzers::http::Http;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::tunnel::Tunnel;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, changed, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `version user status request port bound port`.
    rows: Vec<String>,
    /// Hosts that were asked for by HTTP.
    hosts: Vec<String>,
    tunnels: usize,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Socks>() {
            let end = |host: &Option<std::net::IpAddr>, name: &Option<Vec<u8>>, port: &Option<_>| {
                let host = host.map(|host| host.to_string()).or(name.as_deref().map(text));
                let port = port.as_ref().map(|port: &crate::events::Port| port.0.to_string());
                [host, port].map(|part| part.unwrap_or("-".to_owned())).join(" ")
            };
            let user = row.user.as_deref().map_or("-".to_owned(), text);
            let status = row.status.as_deref().unwrap_or("-");
            let asked = end(&row.request_host, &row.request_name, &row.request_p);
            let bound = end(&row.bound_host, &row.bound_name, &row.bound_p);
            assert!(row.password.is_none());
            self.rows.push(format!("{} {user} [{status}] {asked} {bound}", row.version));
        } else if let Some(row) = event.get::<Http>() {
            self.hosts.push(row.host.as_deref().map_or(String::new(), text));
        } else if event.get::<Tunnel>().is_some() {
            self.tunnels += 1;
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step<'a> = (Side, &'a [u8]);

/// No log-in.
const FREE: [Step<'_>; 2] = [(Client, &[5, 1, 0]), (Server, &[5, 0])];
/// Port 80 of 10.1.2.3.
const ASK: Step<'_> = (Client, &[5, 1, 0, 1, 10, 1, 2, 3, 0, 80]);
const GRANT: Step<'_> = (Server, &[5, 0, 0, 1, 10, 9, 9, 9, 4, 210]);
const ROW: &str = "5 - [succeeded] 10.1.2.3 80 10.9.9.9 1234";

fn play(steps: &[Step<'_>]) -> Seen {
    Tap::open(9050).play(steps, &[9999])
}

#[test]
fn what_is_proxied_goes_back_to_detection() {
    let [choose, chosen] = FREE;
    let get = b"GET / HTTP/1.1\r\nHost: inside\r\n\r\n";
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let seen = play(&[choose, chosen, ASK, GRANT, (Client, get), (Server, ok)]);
    assert_eq!(seen.rows, [ROW]);
    assert_eq!(seen.hosts, ["inside"]);
    assert_eq!((seen.services[0].as_str(), seen.tunnels), ("socks,http", 1));
    // What stands behind a reply in its segment is nobody's.
    let both = [GRANT.1, ok].concat();
    let seen = play(&[choose, chosen, ASK, (Server, &both), (Client, get)]);
    assert_eq!(seen.hosts, ["inside"]);
}

#[test]
fn names_and_long_addresses_may_be_asked_for() {
    let [choose, chosen] = FREE;
    let name = [&[5, 1, 0, 3, 4][..], b"host", &[1, 187]].concat();
    let seen = play(&[choose, chosen, (Client, &name), GRANT]);
    assert_eq!(seen.rows, ["5 - [succeeded] host 443 10.9.9.9 1234"]);
    let long =
        [&[5, 1, 0, 4][..], &[0x20, 1, 13, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &[0, 80]].concat();
    let seen = play(&[choose, chosen, (Client, &long), GRANT]);
    assert_eq!(seen.rows, ["5 - [succeeded] 2001:db8::1 80 10.9.9.9 1234"]);
}

#[test]
fn users_are_named_and_passwords_are_not() {
    let login = [&[1, 3][..], b"bob", &[6], b"secret"].concat();
    let steps = |answer: &'static [u8]| {
        [(Client, &[5, 1, 2][..]), (Server, &[5, 2]), (Client, &login), (Server, answer)].to_vec()
    };
    let mut good = steps(&[1, 0]);
    good.extend([ASK, GRANT]);
    assert_eq!(play(&good).rows, ["5 bob [succeeded] 10.1.2.3 80 10.9.9.9 1234"]);
    // Who was not let in has no row, nor has who was not answered.
    for steps in [steps(&[1, 1]), good[..5].to_vec(), steps(&[])] {
        let seen = play(&steps);
        assert!(seen.rows.is_empty());
        assert_eq!(seen.services, ["-"]);
    }
    // Whoever speaks another version of the log-in is told of.
    let seen = play(&[good[0], good[1], (Client, &[2, 0, 0]), (Server, &[1, 0]), ASK, GRANT]);
    assert_eq!(seen.weirds, ["socks5_unsupported_authentication/SOCKS(method 2, version 2)"]);
    assert_eq!(seen.rows, [ROW]);
}

#[test]
fn other_ways_to_log_in_are_left_out() {
    let seen =
        play(&[(Client, &[5, 1, 3]), (Server, &[5, 3]), (Client, &[9; 5]), (Server, &[9; 5]), ASK, GRANT]);
    assert_eq!(seen.weirds, ["socks5_unsupported_authentication_method/SOCKS(3)"]);
    assert_eq!(seen.rows, [ROW]);
    assert!(play(&[(Client, &[5, 1, 0]), (Server, &[5, 255])]).rows.is_empty());
}

#[test]
fn refusals_have_their_status() {
    let [choose, chosen] = FREE;
    for (code, status) in
        [(1, "general SOCKS server failure"), (8, "Address type not supported"), (77, "unknown-77")]
    {
        let reply = [5, code, 0, 1, 0, 0, 0, 0, 0, 0];
        let seen = play(&[choose, chosen, ASK, (Server, &reply)]);
        assert_eq!(seen.rows, [format!("5 - [{status}] 10.1.2.3 80 0.0.0.0 0")]);
    }
}

#[test]
fn faults_after_the_reply_cost_the_row() {
    let [choose, chosen] = FREE;
    for (bytes, reason) in [
        (&[4][..], "parse error: a segment is shorter than its message"),
        (&[7, 7], "unsupported/unknown SOCKS version 7"),
        (&[5, 1, 9, 1, 1, 1, 1, 1, 0, 1], "invalid value in reserved field: 9"),
        (&[5, 4, 0, 1, 1, 1, 1, 1, 0, 1], "undefined value in command field: 4"),
        (&[5, 1, 0, 2, 1, 1, 1, 1, 0, 1], "invalid SOCKSv5 addr type: 2"),
    ] {
        let seen = play(&[choose, chosen, GRANT, (Client, bytes)]);
        assert_eq!(seen.failures, [reason]);
        assert!(seen.rows.is_empty());
        // Before it nobody hears of them.
        assert!(play(&[choose, chosen, (Client, bytes), GRANT]).failures.is_empty());
    }
}

#[test]
fn socks_4_is_a_tunnel_without_a_row() {
    let ask: &[u8] = &[4, 1, 0, 80, 10, 1, 2, 3, b'b', 0];
    let seen =
        play(&[(Client, ask), (Server, &[0, 0x5a, 0, 0, 0, 0, 0, 0]), (Client, b"GET / HTTP/1.0\r\n\r\n")]);
    assert_eq!((seen.rows.len(), seen.tunnels, seen.services[0].as_str()), (0, 1, "-"));
    let named: &[u8] = &[4, 1, 0, 80, 0, 0, 0, 1, 0, b'h', 0];
    assert_eq!(play(&[(Client, named), (Server, &[0, 0x5a, 0, 0, 0, 0, 0, 0])]).tunnels, 1);
    assert_eq!(play(&[(Client, &named[..10]), (Server, &[0, 0x5a, 0, 0, 0, 0, 0, 0])]).tunnels, 0);
}

#[test]
fn a_segment_is_a_message() {
    let steps: Vec<Step<'_>> = FREE.into_iter().chain([ASK, GRANT]).collect();
    assert!(Tap::open(9050).play(&steps, &[1]).rows.is_empty());
    assert_eq!(Tap::open(1080).play(&steps, &[99]).rows, [ROW]);
    // A gap goes unnoticed.
    let mut tap = Tap::open(9050);
    for (side, bytes) in steps {
        tap.lose(side, 1).send(side, bytes);
    }
    assert_eq!(tap.finish().rows, [ROW]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        let steps: Vec<(Side, Vec<u8>)> =
            FREE.into_iter().chain([ASK, GRANT]).map(|(side, bytes)| (side, bytes.to_vec())).collect();
        Tap::open(1080).play(&changed(&steps, at, byte), &[size]);
    }
}
