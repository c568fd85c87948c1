//! Which notices are told again, and what their rows have.

use gannet::events::{ConnTag, Enum, Port};
use gannet::{Interval, Timestamp};

use std::sync::{Arc, Mutex};

use gannet::events::Record;
use gannet_query::Saved;

use super::suppress::{MAX_TOLD, Suppressed};
use super::{Action, Actions, Notice, Raise, RuleSpec, Rules};
use crate::testing::Play;

fn second(at: i64) -> Timestamp {
    Timestamp::from_parts(at, 0)
}

fn tag(proto: u8) -> ConnTag {
    let (orig_h, resp_h) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
    ConnTag { uid: None, orig_h, orig_p: 1000, resp_h, resp_p: 80, ip_proto: proto }
}

#[test]
fn what_is_not_said_comes_of_the_connection() {
    let row = Raise::new("A::B", "text").conn(tag(6)).row(second(5));
    assert_eq!((row.ts, row.note, row.msg.as_slice()), (second(5), Enum("A::B"), &b"text"[..]));
    assert_eq!((row.src, row.dst), (Some(tag(6).orig_h), Some(tag(6).resp_h)));
    assert_eq!((row.p, row.proto), (Some(Port(80)), Some(Enum("tcp"))));
    assert_eq!(row.suppress_for, Interval::from_secs(3600));
    let row =
        Raise::new("A::B", "text").conn(tag(17)).src(tag(6).resp_h).port(7).at(second(2)).n(3).row(second(5));
    assert_eq!((row.ts, row.src, row.p, row.n), (second(2), Some(tag(6).resp_h), Some(Port(7)), Some(3)));
    assert_eq!(row.proto, Some(Enum("udp")));
    let row = Raise::new("A::B", "text").dst(tag(6).orig_h).row(second(5));
    assert_eq!((row.orig_h, row.src, row.dst, row.proto), (None, None, Some(tag(6).orig_h), None));
    assert_eq!((row.uid, row.resp_p), (None, None));
    assert_eq!(Raise::new("A::B", vec![b'x'; 100_000]).row(second(0)).msg.len(), 4096);
}

#[test]
fn each_is_remembered_for_a_time_of_its_own() {
    let mut told = Suppressed::default();
    let (long, short, other) = (told.key("A", b"x"), told.key("A", b"y"), told.key("B", b"x"));
    assert!(!told.insert(long, second(100)) && !told.insert(short, second(10)));
    assert!(told.contains(long) && told.contains(short) && !told.contains(other));
    told.sweep(second(9));
    assert!(told.contains(short));
    told.sweep(second(10));
    assert!(told.contains(long) && !told.contains(short));
    // What is remembered already keeps its time.
    assert!(!told.insert(long, second(1000)));
    told.sweep(second(100));
    assert!(!told.contains(long));
}

#[test]
fn a_flood_of_notices_keeps_to_its_limit() {
    let mut told = Suppressed::default();
    let mut gone = 0;
    for host in 0..MAX_TOLD as u32 + 50_000 {
        let key = told.key("A", &host.to_be_bytes());
        gone += usize::from(told.insert(key, second(i64::from(host))));
    }
    assert_eq!(gone, 50_000);
    assert!(!told.contains(told.key("A", &7_u32.to_be_bytes())));
    assert!(told.contains(told.key("A", &60_000_u32.to_be_bytes())));
    assert!(told.held() < 24 << 20, "{}", told.held());
}

/// A rule: types, predicate, actions, seconds of suppression.
fn rule(types: &[&str], condition: &str, actions: Option<&[Action]>, suppress: Option<i64>) -> RuleSpec {
    RuleSpec {
        types: types.iter().map(|name| (*name).to_owned()).collect(),
        condition: (!condition.is_empty()).then(|| condition.to_owned()),
        actions: actions.map(<[Action]>::to_vec),
        suppress_for: suppress.map(Interval::from_secs),
    }
}

fn rules(specs: &[RuleSpec]) -> Rules {
    let rules = Rules::default();
    rules.replace(specs, &Saved::default()).unwrap();
    rules
}

/// What is done with a notice: its actions, and the seconds for which it is not told again.
fn done(rules: &Rules, note: &'static str, src: &str) -> (String, i64) {
    let mut row = Raise::new(note, "text").src(src.parse().unwrap()).row(second(0));
    let actions = rules.judge(&mut row);
    assert_eq!(row.actions.0.is_empty(), actions.is_empty());
    let shown: Vec<_> =
        row.actions.0.iter().map(|action| action.0.strip_prefix("Notice::ACTION_").unwrap()).collect();
    (shown.join(","), row.suppress_for.nanos() / 1_000_000_000)
}

#[test]
fn the_first_rule_that_says_something_of_a_notice_decides_that() {
    let all = rules(&[
        rule(&["A::Quiet"], "", Some(&[]), None),
        rule(&["A::One", "B::*"], "", None, Some(60)),
        rule(&["B::*"], "src in 10.0.0.0/8", Some(&[Action::Webhook, Action::Log]), Some(0)),
        rule(&["A::*"], "src == 192.0.2.1", Some(&[Action::Alarm]), Some(7)),
        rule(&[], "note == \"B::Two\"", Some(&[Action::Mail, Action::Log, Action::Log]), None),
    ]);
    let cases = [
        ("A::Quiet", "10.0.0.1", "", 3600),
        ("A::Quiet", "192.0.2.1", "", 7),
        ("A::One", "10.0.0.1", "LOG", 60),
        ("A::One", "192.0.2.1", "ALARM", 60),
        ("A::Other", "192.0.2.1", "ALARM", 7),
        ("B::Two", "10.0.0.1", "LOG,WEBHOOK", 60),
        ("B::Two", "192.0.2.1", "LOG,EMAIL", 60),
        ("B::Three", "192.0.2.1", "LOG", 60),
        ("C::Four", "10.0.0.1", "LOG", 3600),
        ("A::One::More", "10.0.0.1", "LOG", 3600),
    ];
    for (note, src, actions, suppress) in cases {
        assert_eq!(done(&all, note, src), (actions.to_owned(), suppress), "{note} {src}");
    }
    assert_eq!(done(&Rules::default(), "A::Quiet", "10.0.0.1"), ("LOG".to_owned(), 3600));
}

#[test]
fn rules_that_cannot_be_used_are_named_and_change_nothing() {
    let all = rules(&[rule(&[], "", Some(&[]), None)]);
    let wrong = [rule(&[], "", None, None), rule(&[], "sorce == 10.0.0.1", None, None)];
    let error = all.replace(&wrong, &Saved::default()).unwrap_err().to_string();
    assert!(
        error.starts_with("notice rule 2: where: notice has no column sorce; did you mean src?"),
        "{error}"
    );
    let many = vec![rule(&[], "", None, None); 1001];
    assert!(all.replace(&many, &Saved::default()).unwrap_err().to_string().contains("expected 1000 at most"));
    assert_eq!(done(&all, "A::B", "10.0.0.1").0, "");
    let mut saved = Saved::default();
    saved.insert("inside", "src in 10.0.0.0/8").unwrap();
    all.replace(&[rule(&[], "@inside", Some(&[Action::Alarm]), None)], &saved).unwrap();
    assert_eq!(
        (done(&all, "A::B", "10.0.0.1").0, done(&all, "A::B", "1.0.0.1").0),
        ("ALARM".into(), "LOG".into())
    );
}

/// Two hosts of elsewhere that try 25 addresses each, and the first one again later.
fn scans() -> Play {
    let mut play = Play::default();
    // Attempts are told of when their connections are over: the clock has to go on.
    for (from, at) in [("93.184.216.1", 0.0), ("93.184.216.2", 1.0), ("93.184.216.1", 7300.0)] {
        if at > 600.0 {
            play.udp(600.0, "10.0.0.1:1", "10.0.0.2:2", b"x");
        }
        for host in 0..25 {
            let (orig, resp) = (format!("{from}:{}", 2000 + host), format!("8.8.8.{host}:22"));
            play.tcp(at + f64::from(host) / 100.0, &orig, &resp, "S", b"");
            play.tcp(at + f64::from(host) / 100.0 + 0.005, &resp, &orig, "RA", b"");
        }
    }
    play
}

/// The log, who did it, and what was done.
fn acted(record: &dyn Record) -> String {
    let text = |name| match record.field(name) {
        Some(gannet::events::Value::Addr(addr)) => addr.to_string(),
        Some(gannet::events::Value::List(list)) => {
            let mut all = Vec::new();
            list.each(&mut |value| match value {
                gannet::events::Value::Enum(name) => {
                    all.push(name.trim_start_matches("Notice::ACTION_").to_owned())
                }
                gannet::events::Value::Text(text) => all.push(String::from_utf8_lossy(text).into_owned()),
                _ => {}
            });
            all.join(",")
        }
        _ => "-".to_owned(),
    };
    format!("{} {} {} {}", record.stream().name, text("src"), text("actions"), text("email_dest"))
}

#[test]
fn what_is_done_with_notices_does_not_depend_on_the_number_of_workers() {
    let specs = [
        rule(&[], "src == 93.184.216.2", Some(&[Action::Log, Action::Alarm, Action::Mail]), None),
        rule(&["Scan::*"], "", Some(&[Action::Alarm]), Some(10_000)),
    ];
    let by = rules(&specs);
    by.mail_to(vec!["soc@example.org".to_owned()]);
    let sent = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&sent);
    by.send_by(Arc::new(move |notice: &Notice, actions: Actions| {
        noted.lock().unwrap().push((notice.src.unwrap().to_string(), actions.contains(Action::Mail)));
    }));
    let rows = scans().notices_by(&crate::scan::POLICY, Some(&by), acted);
    // The first host is not told of again, for the rule says so.
    assert_eq!(
        rows,
        [
            "notice_alarm 93.184.216.1 ALARM ",
            "notice 93.184.216.2 LOG,ALARM,EMAIL soc@example.org",
            "notice_alarm 93.184.216.2 LOG,ALARM,EMAIL soc@example.org",
        ]
    );
    // Once for each number of workers.
    assert_eq!(*sent.lock().unwrap(), vec![("93.184.216.2".to_owned(), true); 4]);
    // What is dropped suppresses nothing: the hour of the host begins with what was told.
    let dropped = rules(&[rule(&[], "ts < 1600003600.0", Some(&[]), Some(100_000))]);
    let rows = scans().notices_by(&crate::scan::POLICY, Some(&dropped), acted);
    assert_eq!(rows, ["notice 93.184.216.1 LOG "]);
    assert_eq!(scans().notices_by(&crate::scan::POLICY, Some(&Rules::default()), acted).len(), 3);
}
