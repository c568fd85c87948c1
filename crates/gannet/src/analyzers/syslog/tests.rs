//! Syslog on datagrams made here.

use super::Syslog;
use super::parse::names;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `transport facility severity message`.
    rows: Vec<String>,
    failures: usize,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Syslog>() {
            self.rows.push(format!(
                "{} {} {} {}",
                row.proto.0,
                row.facility,
                row.severity,
                text(&row.message)
            ));
        } else if event.get::<AnalyzerFailure>().is_some() {
            self.failures += 1;
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

fn play(datagrams: &[&str]) -> Seen {
    let mut tap = crate::testing::Tap::<Seen>::new(514, |_| ());
    for datagram in datagrams {
        tap.datagram(Client, datagram.as_bytes());
    }
    tap.finish()
}

#[test]
fn a_datagram_is_a_row() {
    for (datagram, row) in [
        ("<0>x", "udp KERN EMERG x"),
        ("<34>Oct 11 22:14:15 host su: no\n", "udp AUTH CRIT Oct 11 22:14:15 host su: no\n"),
        ("<191>", "udp LOCAL7 DEBUG "),
        ("<192>a", "udp ?-24 EMERG a"),
        ("<1023>a", "udp ?-127 DEBUG a"),
        ("<1024>a", "udp KERN EMERG a"),
        ("<007>a>b", "udp KERN DEBUG a>b"),
        ("no priority <1>", "udp UNSPECIFIED UNSPECIFIED no priority <1>"),
    ] {
        let seen = play(&[datagram]);
        assert_eq!(seen.rows, [row]);
        assert_eq!(seen.services, ["syslog"]);
    }
    let mut tap = crate::testing::Tap::<Seen>::new(514, |_| ());
    tap.datagram(Client, b"a").datagram(Server, b"b");
    assert_eq!(tap.finish().rows.len(), 2);
}

#[test]
fn what_begins_a_priority_and_is_none_ends_it() {
    for datagram in ["<", "<>a", "<x>a", "<1", "<1 >a", "<99999999999999999999>a"] {
        let seen = play(&["<1>a", datagram, "<1>b"]);
        assert_eq!((seen.rows.len(), seen.failures, seen.services[0].as_str()), (1, 1, "-"), "{datagram}");
        assert_eq!(play(&[datagram]).failures, 0);
    }
}

#[test]
fn facilities_and_severities_have_names() {
    let facilities: Vec<_> = (0..24).map(|number| names(Some(number << 3)).0).collect();
    assert_eq!((facilities[9].as_ref(), facilities[16].as_ref()), ("CRON", "LOCAL0"));
    let severities: Vec<_> = (0..8).map(|number| names(Some(number)).1).collect();
    assert_eq!(severities, ["EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"]);
}
