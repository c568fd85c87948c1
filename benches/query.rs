//! Predicates over records of connections: what one row takes.
//!
//! `cargo bench -p gannet-benches --bench query [NAME ...]`, where a name is a part of a benchmark's.

use gannet::events::{Event, Logged, Meta, Record};
use gannet::flow::Conn;
use gannet_benches::count::{Listen, config, feed};
use gannet_benches::measure::Harness;
use gannet_benches::packets::{load, testdata};
use gannet_query::{Query, Saved, Scheme};

/// Name of the measurement, and the predicate.
const PREDICATES: [(&str, &str); 5] = [
    ("query/one test", "id.resp_p == 443"),
    (
        "query/four tests, all of them run",
        r#"id.resp_p in {0..65535} && proto in {"tcp", "udp", "icmp"} && orig_pkts >= 0 && !(id.orig_h in 203.0.113.0/24)"#,
    ),
    (
        "query/four tests, the first says no",
        r#"id.resp_p in {9443, 8443} && service has "ssl" && duration > 10s && !(id.orig_h in 10.0.0.0/8)"#,
    ),
    ("query/a pattern", r"service ~ /^(dns|http)/"),
    ("query/a hundred ports", "PORTS"),
];

fn main() {
    let harness = Harness::from_args();
    let mut conns: Vec<Conn> = Vec::new();
    let mut keep = |_: &Meta<'_>, event: Event<'_>| conns.extend(event.get::<Conn>().cloned());
    feed(config(Listen::Everything), &load(&testdata()), &mut keep);
    let scheme = Scheme::of(Conn::LOG);
    for (name, text) in PREDICATES {
        let ports: Vec<String> = (0..100).map(|port| (port * 7).to_string()).collect();
        let text = text.replace("PORTS", &format!("id.resp_p in {{{}}}", ports.join(",")));
        let query = Query::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let predicate = query.check(&scheme, &Saved::default()).unwrap_or_else(|error| panic!("{error}"));
        let wanted = |conn: &Conn| {
            let record: &dyn Record = conn;
            predicate.matches(record)
        };
        let found = conns.iter().filter(|conn| wanted(conn)).count();
        assert_eq!(name.contains("all of them"), found == conns.len(), "{name}: {found} of {}", conns.len());
        harness.run(name, "row", || {
            assert_eq!(conns.iter().filter(|conn| wanted(conn)).count(), found);
            conns.len() as u64
        });
    }
}
