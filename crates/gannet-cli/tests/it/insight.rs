//! `gannet summary`.

use serde_json::Value;

use crate::packets::{ACK, Capture, SYN};
use crate::run::{capture, run, temp};

/// Something of everything: a beacon, a scan, a long connection, a query.
fn busy() -> Capture {
    let mut capture = Capture::default();
    for n in 0..20 {
        capture.conn(300 * n + n * 7 % 11, 1, (5, 2000 + n as u16), (9, 443));
    }
    for port in 1..40 {
        capture.tcp(10, (6, 3000), (7, port), SYN, [1, 0], b"");
    }
    capture.conn(5, 4000, (1, 1000), (2, 22));
    // A word now and then keeps it open.
    for n in 1..20 {
        capture.tcp(5 + n * 200, (2, 22), (1, 1000), ACK, [501, 107], b"");
    }
    let mut query = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    query.extend(b"\x04evil\x07example\x00\x00\x01\x00\x01");
    capture.udp(20, (1, 5353), (3, 53), &query);
    capture
}

fn summary(name: &str, more: &[&str]) -> Value {
    let path = temp(name).join("busy.pcap");
    busy().write(&path);
    let args = ["summary".as_ref(), "--json".as_ref(), "-C".as_ref(), path.as_os_str()];
    let ran = run(args.into_iter().chain(more.iter().map(std::ffi::OsStr::new)));
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).expect("JSON")
}

#[test]
fn the_first_questions_are_answered() {
    let found = summary("insight-json", &[]);
    let first = |table: &str| found[table]["rows"][0].clone();
    assert_eq!(found["run"]["connections"]["total"], 61);
    // Two dozen packets of the beacon each way outweigh the scan's; by connections the scanner leads.
    assert_eq!(first("hosts_by_connections")["host"], "10.0.0.6");
    assert_eq!(first("hosts_by_connections")["connections"], 39);
    assert_eq!(first("hosts_by_bytes")["host"], "10.0.0.5");
    assert_eq!(first("services")["service"], "443/tcp");
    assert_eq!(
        (first("names")["name"].clone(), first("names")["queries"].clone()),
        ("evil.example".into(), 1.into())
    );
    let failed = first("failed");
    assert_eq!((failed["from"].clone(), failed["to"].clone()), ("10.0.0.6".into(), "10.0.0.7".into()));
    assert_eq!((failed["connections"].clone(), failed["unanswered"].clone()), (39.into(), 39.into()));
    assert_eq!(failed["port"], Value::Null, "several ports");
    let longest = &found["longest"][0];
    assert_eq!((longest["from"].clone(), longest["duration"].clone()), ("10.0.0.1".into(), 4000.0.into()));
    let beacon = first("beacons");
    assert_eq!(
        (beacon["from"].clone(), beacon["to"].clone(), beacon["port"].clone()),
        ("10.0.0.5".into(), "10.0.0.9".into(), 443.into())
    );
    assert!((beacon["interval"].as_f64().expect("a number") - 300.0).abs() < 10.0, "{beacon}");
    assert_eq!(found["beacons"]["all"], 1);
}

#[test]
fn it_is_the_same_for_any_number_of_workers() {
    let mut one = summary("insight-one", &["--workers", "1"]);
    let mut four = summary("insight-four", &["--workers", "4"]);
    for found in [&mut one, &mut four] {
        found.as_object_mut().expect("an object").remove("run");
    }
    assert_eq!(one, four);
    let text = |workers: &str| {
        let path = capture("dns-bind");
        run(["summary".as_ref(), "--workers".as_ref(), workers.as_ref(), path.as_os_str()]).out
    };
    assert_eq!(text("1"), text("3"));
}

#[test]
fn tables_are_for_people() {
    let path = temp("insight-text").join("busy.pcap");
    busy().write(&path);
    let ran = run(["summary".as_ref(), "-C".as_ref(), "--top".as_ref(), "1".as_ref(), path.as_os_str()]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    for part in [
        "connections  61: tcp 60, udp 1\n",
        "Hosts by bytes, 1 of 7\n",
        "Hosts by connections",
        "Services",
        "Names asked for\n",
        "Failed connections (TCP)\n",
        "  10.0.0.6  10.0.0.7  several",
        "Longest connections",
        "Beacons (connections at regular intervals)\n",
        "10.0.0.9 443/tcp",
    ] {
        assert!(ran.out.contains(part), "{part}\n{}", ran.out);
    }
    assert!(!ran.out.contains("Downloads"), "an empty table is left out: {}", ran.out);
    assert!(ran.out.lines().all(|line| line.len() <= 120), "{}", ran.out);
    let web = run(["summary".as_ref(), capture("http-nginx").as_os_str()]);
    assert!(web.out.contains("Downloads by type"), "{}", web.out);
}

#[test]
fn names_cannot_write_on_the_terminal() {
    let path = temp("insight-escape").join("x.pcap");
    let mut query = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    query.extend(b"\x05\x1b[2Jx\x00\x00\x01\x00\x01");
    Capture::default().udp(0, (1, 5353), (3, 53), &query).write(&path);
    let ran = run(["summary".as_ref(), "-C".as_ref(), path.as_os_str()]);
    assert!(ran.out.contains("\\x1b[2"), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
}
