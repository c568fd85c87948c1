//! Where logs go, and the summary.

use std::fs;

use serde_json::Value;

use crate::run::{analyse, capture, fields, log, logs, rows, run, temp};

#[test]
fn the_directory_is_made() {
    let out = temp("made").join("a/b");
    analyse(&capture("dns-bind"), &out, &["-q"]);
    let dns = log(&out, "dns");
    assert!(!rows(&dns).is_empty());
    assert!(dns.lines().last().expect("a line").starts_with("#close\t"));
    let left: Vec<_> =
        fs::read_dir(&out).expect("a directory").map(|e| e.expect("an entry").file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().ends_with(".log")), "{left:?}");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let file = temp("unwritable").join("file");
    fs::write(&file, "").expect("a file");
    let ran = run(["-r".as_ref(), capture("gzip").as_os_str(), "-o".as_ref(), file.as_os_str()]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.contains("gannet: error: cannot make the log directory"), "{}", ran.err);
    assert!(ran.err.contains(file.to_str().expect("text")), "{}", ran.err);
}

#[test]
fn logs_of_an_earlier_run_are_replaced_or_named() {
    let out = temp("earlier");
    fs::write(out.join("conn.log"), "old\n").expect("a file");
    fs::write(out.join("dns.log"), "old\n").expect("a file");
    fs::write(out.join("INCOMPLETE"), "old\n").expect("a file");
    let ran = analyse(&capture("tcp-midstream"), &out, &["-q"]);
    assert!(ran.err.contains("dns.log is left from an earlier run"), "{}", ran.err);
    assert!(!ran.err.contains("conn.log"), "{}", ran.err);
    assert!(!log(&out, "conn").contains("old"));
    assert_eq!(log(&out, "dns"), "old\n");
    assert!(!out.join("INCOMPLETE").exists());
}

#[test]
fn json_rows_say_what_the_columns_say() {
    let (tsv, json) = (temp("tsv"), temp("json"));
    analyse(&capture("dns-bind"), &tsv, &["-q"]);
    analyse(&capture("dns-bind"), &json, &["-q", "--json"]);
    assert_eq!(logs(&tsv).into_keys().collect::<Vec<_>>(), logs(&json).into_keys().collect::<Vec<_>>());
    for name in ["conn", "dns"] {
        let (tsv, json) = (log(&tsv, name), log(&json, name));
        let uid = fields(&tsv).iter().position(|field| *field == "uid").expect("uid");
        assert_eq!(rows(&tsv).len(), json.lines().count());
        for (row, line) in rows(&tsv).iter().zip(json.lines()) {
            let object: Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(row.split('\t').nth(uid), object["uid"].as_str());
        }
    }
}

#[test]
fn the_packet_filter_row_is_there_once() {
    let out = temp("packet-filter");
    analyse(&capture("dns-bind"), &out, &["-q"]);
    let text = log(&out, "packet_filter");
    assert_eq!(rows(&text).len(), 1);
    assert!(rows(&text)[0].ends_with("\tzeek\tip or not ip\tT\tT\t-"), "{text}");
}

#[test]
fn statistics_of_a_capture_are_written_on_request() {
    let out = temp("stats");
    let ran = analyse(
        &capture("tcp-faults"),
        &out,
        &["--summary", "json", "--stats-interval", "5min", "--capture-loss-interval", "1h"],
    );
    let summary: Value = serde_json::from_str(&ran.out).expect("JSON");
    let cell = |name: &str, column: &str| {
        let text = log(&out, name);
        let place = fields(&text).iter().position(|field| *field == column).expect("a column");
        assert_eq!(rows(&text).len(), 1, "{text}");
        rows(&text)[0].split('\t').nth(place).expect("a cell").to_owned()
    };
    assert_eq!(cell("stats", "pkts_proc"), summary["packets"].to_string());
    assert_eq!(cell("stats", "tcp_conns"), summary["connections"]["tcp"].to_string());
    assert_eq!(cell("stats", "peer"), "zeek");
    assert_eq!(cell("stats", "pkts_dropped"), "-");
    // The time of the capture's last packet.
    let last: f64 = summary["last"].as_f64().expect("a time");
    assert!((cell("stats", "ts").parse::<f64>().expect("a time") - last).abs() < 1e-5);
    let number = |column: &str| cell("capture_loss", column).parse::<f64>().expect("a number");
    assert!(number("gaps") > 0.0 && number("acks") >= number("gaps"));
    assert!((number("percent_lost") - 100.0 * number("gaps") / number("acks")).abs() < 1e-4);
    let out = temp("no-stats");
    analyse(&capture("tcp-faults"), &out, &["-q"]);
    assert!(!logs(&out).contains_key("stats.log") && !logs(&out).contains_key("capture_loss.log"));
}

#[test]
fn the_summary_counts_what_the_logs_hold() {
    let out = temp("summary");
    let ran = analyse(&capture("dns-bind"), &out, &["--summary", "json"]);
    assert_eq!(ran.err, "");
    let summary: Value = serde_json::from_str(&ran.out).expect("JSON");
    for (file, text) in logs(&out) {
        let text = String::from_utf8_lossy(&text).into_owned();
        let name = file.trim_end_matches(".log");
        assert_eq!(summary["logs"][name], rows(&text).len(), "{name}");
    }
    assert_eq!(summary["complete"], true);
    assert_eq!(summary["connections"]["total"], rows(&log(&out, "conn")).len());
    assert!(summary["services"]["dns"].as_u64().expect("a number") > 0);
    assert!(summary["packets"].as_u64().expect("a number") > 100);
    assert!(summary["span"].as_f64().expect("a number") > 0.0);
    assert!(summary["capture"]["one_sided_share"].as_f64().expect("a number") < 1.0);
}

#[test]
fn the_summary_tells_people_what_is_wrong() {
    let out = temp("people");
    let ran = analyse(&capture("tcp-snaplen"), &out, &[]);
    for part in
        ["packets, ", "connections ", "UTC", "logs ", "conn ", "cut by the snap length", "show one side only"]
    {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert_eq!(ran.out, "");
}
