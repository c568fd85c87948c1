//! `--from` and `--to`.

use std::path::{Path, PathBuf};

use crate::packets::{BEGIN, Capture};
use crate::run::{analyse, fields, log, logs, rows, run, temp};

/// Four connections: one a minute, the first of which goes on to the end.
fn capture_of_minutes(dir: &Path) -> PathBuf {
    let path = dir.join("minutes.pcap");
    let mut capture = Capture::default();
    capture.conn(0, 200, (1, 1000), (2, 80));
    for minute in 1..4 {
        capture.conn(60 * minute, 5, (1, 1000 + minute as u16), (2, 80));
    }
    capture.write(&path);
    path
}

/// Port of the originator, uid and whole row of each connection.
fn conns(capture: &Path, name: &str, more: &[&str]) -> Vec<(String, String, String)> {
    let out = temp(name);
    let args: Vec<&str> = ["-q", "-C"].into_iter().chain(more.iter().copied()).collect();
    analyse(capture, &out, &args);
    if !logs(&out).contains_key("conn.log") {
        return Vec::new();
    }
    let conn = log(&out, "conn");
    let at = |name: &str| fields(&conn).iter().position(|field| *field == name).expect("a column");
    let (uid, port) = (at("uid"), at("id.orig_p"));
    let cell = |row: &str, at: usize| row.split('\t').nth(at).expect("a cell").to_owned();
    let mut all: Vec<_> =
        rows(&conn).iter().map(|row| (cell(row, port), cell(row, uid), (*row).to_owned())).collect();
    all.sort();
    all
}

fn ports(conns: &[(String, String, String)]) -> Vec<&str> {
    conns.iter().map(|(port, _, _)| port.as_str()).collect()
}

#[test]
fn rows_of_what_was_over_before_are_left_out() {
    let dir = temp("window-from");
    let capture = capture_of_minutes(&dir);
    let all = conns(&capture, "window-all", &[]);
    assert_eq!(ports(&all), ["1000", "1001", "1002", "1003"]);
    // The first connection goes on in the window, the second is over.
    for (n, from) in ["+2m", "2026-11-25T19:19:16Z", &(BEGIN + 120).to_string()].iter().enumerate() {
        for workers in ["1", "2"] {
            let name = format!("window-from-{n}-{workers}");
            let some = conns(&capture, &name, &["--from", from, "--workers", workers]);
            assert_eq!(ports(&some), ["1000", "1002", "1003"], "{from}");
            // Same uids, same counts.
            assert!(some.iter().all(|row| all.contains(row)), "{from}");
        }
    }
    assert_eq!(ports(&conns(&capture, "window-from-end", &["--from", "+1h"])), Vec::<&str>::new());
}

#[test]
fn the_capture_ends_at_the_end() {
    let dir = temp("window-to");
    let capture = capture_of_minutes(&dir);
    let all = conns(&capture, "window-to-all", &[]);
    let some = conns(&capture, "window-to-some", &["--to", "+70s"]);
    assert_eq!(ports(&some), ["1000", "1001"]);
    let uid = |conns: &[(String, String, String)], n: usize| conns[n].1.clone();
    assert_eq!((uid(&some, 0), uid(&some, 1)), (uid(&all, 0), uid(&all, 1)));
    // What is open is reported as at the end of a capture; what is over, as it was.
    assert_ne!(some[0].2, all[0].2);
    assert!(some[0].2.contains("\tS1\t"), "{}", some[0].2);
    assert_eq!(some[1].2, all[1].2);
    let both = conns(&capture, "window-both", &["--from", "+2m", "--to", "+2m30s"]);
    assert_eq!(ports(&both), ["1000", "1002"]);
}

#[test]
fn the_summary_says_what_the_part_is() {
    let dir = temp("window-told");
    let capture = capture_of_minutes(&dir);
    let ran = analyse(&capture, &dir.join("logs"), &["-C", "--from", "+2m", "--to", "+3m"]);
    let line = "rows from 2026-11-25 19:19:16 UTC on, up to 2026-11-25 19:20:16 UTC";
    assert!(ran.err.contains(line), "{}", ran.err);
    // Nothing is there, before or behind.
    let ran = analyse(&capture, &dir.join("behind"), &["-C", "-q", "--from", "+1h"]);
    assert!(
        ran.err.contains("nothing is there from 2026-11-25 20:17:16 UTC on: the capture ends at"),
        "{}",
        ran.err
    );
    let ran = analyse(&capture, &dir.join("before"), &["-C", "-q", "--to", "2026-11-24"]);
    assert!(
        ran.err.contains("nothing is there up to 2026-11-24 00:00:00 UTC: the capture begins at"),
        "{}",
        ran.err
    );
    let ran = run(["summary".as_ref(), "-C".as_ref(), "--to".as_ref(), "+70s".as_ref(), capture.as_os_str()]);
    assert!(ran.out.contains("connections  2: tcp 2"), "{}", ran.out);
}
