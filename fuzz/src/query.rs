//! Text as a predicate: it is refused or taken without a panic, its canonical text says the same, and it runs over any row.

use std::cell::OnceCell;
use std::net::Ipv4Addr;

use gannet::events::{Kind, OwnedValue};
use gannet::{Interval, Timestamp};
use gannet_query::{Error, MAX_LENGTH, Query, Saved, Scheme};

/// Predicates to begin with.
pub const SEEDS: [&str; 10] = [
    r#"id.resp_p in {443, 8443/tcp, 1..9} && service has "ssl" && duration > 10s && !(id.orig_h in 10.0.0.0/8)"#,
    r"service ~ /(?i)\.top$/ && @saved || !local?",
    "ts >= 2026-11-20T14:00:00.5+01:00 && ts < 1300475167.096535 && duration in {1h30min..2d, -5ms}",
    r#"names has {"a", "b"} && names ~ /x\/y/imsx && "z" in names && service !in {"\x41\"\\\n", "é"}"#,
    "id.orig_h in {2001:db8::/32, ::ffff:1.2.3.4, fe80::1..fe80::9} && id.orig_h != id.resp_h",
    "count == 10k || count <= 2.5M || int > -3 || double in {1.5..2} || 1Gi in names",
    "`odd name` == 1 && (true || false) && !!local && ((local))",
    "id.resp_p != 53/udp && id.resp_p !in {53/udp, 80} && proto == \"tcp\"",
    "addrs has 192.0.2.0/24 && count > int && id.rep_p == 443",
    "@both && @none",
];

/// The columns, and rows with and without values.
struct Ground {
    scheme: Scheme,
    saved: Saved,
    rows: [Vec<OwnedValue>; 2],
}

thread_local! {
    static GROUND: OnceCell<Ground> = const { OnceCell::new() };
}

fn ground() -> Ground {
    let text = |text: &str| OwnedValue::Text(text.as_bytes().into());
    let address = |last| OwnedValue::Addr(Ipv4Addr::new(10, 0, 0, last).into());
    let columns: Vec<(&str, Kind, OwnedValue)> = vec![
        ("ts", Kind::Time, OwnedValue::Time(Timestamp::from_parts(1_300_475_167, 0))),
        ("id.orig_h", Kind::Addr, address(1)),
        ("id.resp_h", Kind::Addr, address(2)),
        ("id.resp_p", Kind::Port, OwnedValue::Port(443)),
        ("proto", Kind::Enum, OwnedValue::Enum("tcp".into())),
        ("service", Kind::Text, text("ssl,http")),
        ("duration", Kind::Interval, OwnedValue::Interval(Interval::from_secs(3))),
        ("local", Kind::Bool, OwnedValue::Bool(true)),
        ("count", Kind::Count, OwnedValue::Count(7)),
        ("int", Kind::Int, OwnedValue::Int(-7)),
        ("double", Kind::Double, OwnedValue::Double(0.5)),
        ("names", Kind::Vector(&Kind::Text), OwnedValue::List(vec![text("a"), OwnedValue::Unset])),
        ("addrs", Kind::Set(&Kind::Addr), OwnedValue::List(vec![address(3)])),
        ("odd name", Kind::Count, OwnedValue::Count(1)),
    ];
    let scheme = Scheme::new("log", columns.iter().map(|(name, kind, _)| (*name, *kind)));
    let full: Vec<OwnedValue> = columns.into_iter().map(|(_, _, value)| value).collect();
    let empty = vec![OwnedValue::Unset; full.len()];
    let mut saved = Saved::default();
    for (name, text) in [("saved", "local && count > 1"), ("both", "@saved || @saved")] {
        assert!(saved.insert(name, text).is_ok());
    }
    Ground { scheme, saved, rows: [full, empty] }
}

/// A message is bounded, and its mark is within its line.
fn check_error(error: &Error) {
    let shown = error.to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.len() >= 3, "{shown}");
    assert!(lines[lines.len() - 1].chars().count() <= 130, "{shown}");
}

/// Reads, shows, checks and runs it.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let query = match Query::parse(&text) {
        Ok(query) => query,
        Err(error) => return check_error(&error),
    };
    let canonical = query.to_string();
    // A number with a suffix takes more room without it.
    if canonical.len() <= MAX_LENGTH {
        let again = Query::parse(&canonical).unwrap_or_else(|error| panic!("{text}\n{error}"));
        assert_eq!(query, again, "{canonical}");
        assert_eq!(canonical, again.to_string());
    }
    GROUND.with(|cell| {
        let ground = cell.get_or_init(ground);
        let negated = Query::parse(&format!("!({text})"));
        match query.check(&ground.scheme, &ground.saved) {
            Ok(predicate) => {
                let results = ground.rows.each_ref().map(|row| predicate.matches(row.as_slice()));
                if let Ok(Ok(negated)) = negated.map(|query| query.check(&ground.scheme, &ground.saved)) {
                    let contrary = ground.rows.each_ref().map(|row| !negated.matches(row.as_slice()));
                    assert_eq!(results, contrary, "{text}");
                }
                assert!(predicate.columns().iter().all(|column| *column < ground.rows[0].len()));
            }
            Err(error) => check_error(&error),
        }
    });
}
