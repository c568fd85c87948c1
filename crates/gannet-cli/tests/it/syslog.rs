//! Rows of a run that go to receivers of syslog; what rsyslog makes of them is tested with the library.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::thread::{JoinHandle, spawn};

use serde_json::Value;

use crate::run::{analyse, capture, log, logs, run, temp};

/// Takes one connection in, and gives all that came, by the length in front of each message.
fn receiver() -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    let receive = move || {
        let mut bytes = Vec::new();
        listener.accept().expect("somebody").0.read_to_end(&mut bytes).expect("bytes");
        let (mut messages, mut text) = (Vec::new(), std::str::from_utf8(&bytes).expect("text"));
        while let Some((length, rest)) = text.split_once(' ') {
            let (message, rest) = rest.split_at(length.parse().expect("a length"));
            messages.push(message.to_owned());
            text = rest;
        }
        assert_eq!(text, "");
        messages
    };
    (port, spawn(receive))
}

/// The rows that came with this name of a log.
fn rows<'a>(messages: &'a [String], host: &str, name: &str) -> Vec<&'a str> {
    let row = |message: &'a String| {
        let (head, row) = message.split_once(" - {").expect("a row");
        let words: Vec<&str> = head.split(' ').collect();
        assert_eq!((words[0], words[2], words[3]), ("<30>1", host, "gannet"), "{head}");
        (words[5] == name).then_some(&message[message.len() - row.len() - 1..])
    };
    messages.iter().filter_map(row).collect()
}

#[test]
fn each_receiver_gets_its_logs_as_they_are_in_json_under_the_names_that_filters_give() {
    let (dir, read) = (temp("syslog"), capture("http-nginx"));
    let json = dir.join("json");
    analyse(&read, &json, &["--json", "--uid-seed", "x"]);
    let ((one, first), (other, second)) = (receiver(), receiver());
    let config = dir.join("gannet.toml");
    let text = format!(
        "[[syslog]]\nendpoint = \"tcp://127.0.0.1:{one}\"\nfacility = \"daemon\"\nhostname = \"sensor a\"\n\
         send-logs = [\"conn\", \"http\"]\nwait = \"10s\"\n\
         [[syslog]]\nendpoint = \"tcp://127.0.0.1:{other}\"\nfacility = \"daemon\"\nhostname = \"b\"\n\
         excluded-logs = [\"http\"]\n\
         [[filter]]\nlog = \"http\"\npath = \"web-{{id.resp_p}}\"\n\
         [[filter]]\nlog = \"http\"\npath = \"errors\"\nwhere = \"status_code >= 400\"\n"
    );
    fs::write(&config, text).expect("a file");
    let (out, read) = (dir.join("logs"), read.to_str().expect("text").to_owned());
    let args =
        ["-q", "--summary", "json", "--uid-seed", "x", "--config", config.to_str().expect("text"), "-o"];
    let ran = run(args.into_iter().chain([out.to_str().expect("text"), &read]));
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let summary: Value = serde_json::from_str(&ran.out).expect("an object");
    let (first, second) = (first.join().expect("messages"), second.join().expect("messages"));
    let wanted = |name: &str| -> Vec<String> { log(&json, name).lines().map(str::to_owned).collect() };
    assert_eq!(rows(&first, "sensor_a", "conn"), wanted("conn"));
    // Each log that a filter makes of http goes where http goes, and nowhere else.
    let made: Vec<String> = logs(&out).into_keys().filter(|name| name.starts_with("web-")).collect();
    assert!(!made.is_empty());
    let web = |messages: &[String]| -> usize {
        let names = made.iter().map(|name| name.strip_suffix(".log").unwrap_or(name));
        names.map(|name| rows(messages, "sensor_a", name).len()).sum()
    };
    assert_eq!(web(&first), wanted("http").len());
    let is_error = |row: &&String| ["4", "5"].iter().any(|n| row.contains(&format!("\"status_code\":{n}")));
    let errors = wanted("http").iter().filter(is_error).count();
    assert_eq!(rows(&first, "sensor_a", "errors").len(), errors);
    assert!(errors > 0);
    assert_eq!(first.len(), wanted("conn").len() + wanted("http").len() + errors);
    assert_eq!(rows(&second, "b", "conn"), wanted("conn"));
    assert_eq!(rows(&second, "b", "files"), wanted("files"));
    assert!(second.iter().all(|message| !message.contains(" web-") && !message.contains(" errors ")));
    let published = &summary["published"];
    assert_eq!(published[0]["sent"], first.len(), "{summary}");
    assert_eq!(published[1]["sent"], second.len(), "{summary}");
    assert_eq!((&published[0]["dropped"], &published[0]["unsent"]), (&0.into(), &0.into()));
}

#[test]
fn receivers_and_facilities_that_are_none_are_named() {
    let read = capture("dns-bind");
    let ran = run(["--syslog", "localhost:1", read.to_str().expect("text")]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("expected a receiver of syslog such as tcp://127.0.0.1:514"), "{}", ran.err);
    let config = temp("syslog-wrong").join("gannet.toml");
    fs::write(&config, "[[syslog]]\nendpoint = \"tcp://127.0.0.1:1\"\nfacility = \"local8\"\n")
        .expect("a file");
    let ran = run(["--config", config.to_str().expect("text"), read.to_str().expect("text")]);
    assert!(ran.err.contains("expected a facility of syslog, one of kern, user"), "{}", ran.err);
}

#[test]
fn rows_that_nobody_takes_are_told_of() {
    let (read, dir) = (capture("dns-bind"), temp("syslog-nobody"));
    let config = dir.join("gannet.toml");
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port").port();
    let text = format!("[[syslog]]\nendpoint = \"tcp://127.0.0.1:{port}\"\nlinger = \"100ms\"\n");
    fs::write(&config, text).expect("a file");
    let (config, out) = (config.to_str().expect("text"), dir.join("logs"));
    let out = out.to_str().expect("text");
    let ran = run(["--summary", "json", "-q", "--config", config, "-o", out, read.to_str().expect("text")]);
    let lost = |text: &str| text.contains("warning: ") && text.contains("rows were not sent, 0 were");
    assert!(lost(&ran.err), "also with -q: {}", ran.err);
    let summary: Value = serde_json::from_str(&ran.out).expect("an object");
    assert!(summary["published"][0]["unsent"].as_u64().expect("a number") > 10, "{summary}");
    let out = dir.join("again");
    let out = out.to_str().expect("text");
    let ran = run(["--config", config, "-o", out, read.to_str().expect("text")]);
    assert!(ran.err.contains("rows were not sent"), "{}", ran.err);
}
