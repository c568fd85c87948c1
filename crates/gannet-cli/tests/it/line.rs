//! The forms of a command line: files with and without `-r`, standard input and output, values that are not understood.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::packets::Capture;
use crate::run::{analyse, capture, ended, gannet, log, logs, rows, run, temp};

/// Logs of a command line that reads `files`, all of them in this directory.
fn logs_of(dir: &Path, name: &str, line: &[&str]) -> Vec<(String, Vec<u8>)> {
    let out = dir.join(name);
    let ran = gannet()
        .current_dir(dir)
        .args(["-q", "-C", "-o"])
        .arg(&out)
        .args(line)
        .output()
        .expect("gannet starts");
    assert!(ran.status.success(), "{line:?}: {}", String::from_utf8_lossy(&ran.stderr));
    logs(&out).into_iter().collect()
}

#[test]
fn files_may_be_named_as_a_shell_names_them() {
    let dir = temp("line-files");
    for (n, name) in ["a.pcap", "b.pcap", "c.pcap"].iter().enumerate() {
        Capture::default().conn(0, 1, (1, 1000 + n as u16), (2, 80)).write(&dir.join(name));
    }
    let expected = logs_of(&dir, "expected", &["-r", "a.pcap", "-r", "b.pcap", "-r", "c.pcap"]);
    let conn = String::from_utf8(expected[0].1.clone()).expect("text");
    assert_eq!(rows(&conn).len(), 3, "{conn}");
    let same: [&[&str]; 5] = [
        &["a.pcap", "b.pcap", "c.pcap"],
        &["-r", "a.pcap", "b.pcap", "c.pcap"],
        &["a.pcap", "-r", "b.pcap", "c.pcap"],
        &["-r", "a.pcap", "--workers", "1", "b.pcap", "-r", "c.pcap"],
        &["--", "a.pcap", "b.pcap", "c.pcap"],
    ];
    for (n, line) in same.iter().enumerate() {
        assert_eq!(logs_of(&dir, &format!("out{n}"), line), expected, "{line:?}");
    }
    // Packets of one time come in the order in which their files are named.
    let other = logs_of(&dir, "other", &["c.pcap", "-r", "b.pcap", "a.pcap"]);
    assert_ne!(other, expected);
}

#[test]
fn a_dash_is_standard_input_even_where_a_directory_has_that_name() {
    let dir = temp("line-dash");
    fs::create_dir(dir.join("-")).expect("a directory");
    for line in [["-r", "-"].as_slice(), &["-"]] {
        let out = dir.join("out");
        let stdin = File::open(capture("dns-bind")).expect("a capture");
        let ran = gannet().current_dir(&dir).args(line).args(["-q", "-o"]).arg(&out).stdin(stdin).output();
        let ran = ended(&ran.expect("gannet starts"));
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        assert!(!rows(&log(&out, "conn")).is_empty());
    }
}

#[test]
fn all_rows_go_to_standard_output_as_json() {
    let out = temp("line-stdout");
    let capture = capture("dns-bind");
    let ran = run(["-r".as_ref(), capture.as_os_str(), "-o".as_ref(), "-".as_ref()]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(ran.err.contains("standard output"), "the summary: {}", ran.err);
    analyse(&capture, &out, &["-q", "--json"]);
    let mut stream = std::collections::BTreeMap::<String, Vec<Value>>::new();
    for line in ran.out.lines() {
        assert!(line.starts_with("{\"_path\":\""), "{line}");
        let Value::Object(mut row) = serde_json::from_str(line).expect("JSON") else { panic!("{line}") };
        let path = row.remove("_path").expect("a name");
        stream.entry(path.as_str().expect("text").to_owned()).or_default().push(Value::Object(row));
    }
    let files = logs(&out);
    assert_eq!(
        stream.keys().map(|name| format!("{name}.log")).collect::<Vec<_>>(),
        files.keys().cloned().collect::<Vec<_>>()
    );
    for (name, rows) in &stream {
        let file = String::from_utf8(files[&format!("{name}.log")].clone()).expect("text");
        let expected: Vec<Value> =
            file.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(rows, &expected, "{name}");
    }
    assert!(!Path::new("-").exists());
}

#[test]
fn who_reads_a_few_rows_of_standard_output_is_no_error() {
    let mut child = gannet()
        .arg(capture("dns-bind"))
        .args(["-o", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("gannet starts");
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().expect("stderr").read_to_string(&mut err).expect("text");
    assert!(child.wait().expect("an end").success(), "{err}");
    assert!(!err.contains("error"), "{err}");
}

#[test]
fn standard_output_takes_one_thing_only() {
    let ran = run(["x.pcap", "-o", "-", "--summary", "json"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("both write to standard output"), "{}", ran.err);
}

#[test]
fn what_is_not_understood_is_an_error_that_says_what_to_do() {
    for (args, parts) in [
        (["-i", "x", "--ring-size", "1K"], ["1K", "at least 256K"]),
        (["-i", "x", "--ring-size", "64MB"], ["64MB", "such as 65536, 512k, 64M or 2G"]),
        (["-i", "x", "--metrics", "9991"], ["9991", "such as 127.0.0.1:9991"]),
        (["-i", "x", "--metrics", "localhost:9991"], ["localhost:9991", "such as 127.0.0.1:9991"]),
        (["-i", "x", "--stats-interval", "5 min"], ["5 min", "such as 30s, 500ms, 5min or 1h"]),
        (["-i", "x", "--balance", "host"], ["host", "expected pair or flow"]),
        (["-r", "x", "--from", "10m"], ["10m", "such as +90s, +10m"]),
        (["-r", "x", "--to", "yesterday"], ["yesterday", "such as 2026-11-25T19:17:16Z"]),
        (["-r", "x", "--summary", "xml"], ["xml", "text, json"]),
        (["-r", "x", "--workers", "0"], ["'0'", "from 1 to 256"]),
        (["-i", "x", "--from", "+1m"], ["--from", "are for captures"]),
        (["-r", "x", "-i", "y"], ["captures", "not both"]),
        (["-r", "x", "--werkers", "2"], ["--werkers", "--workers"]),
    ] {
        let ran = run(args);
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "{args:?}: {part}: {}", ran.err);
        }
        assert!(ran.err.starts_with("gannet: error: "), "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("Usage:"), "{args:?}: {}", ran.err);
        assert!(ran.err.lines().count() <= 3, "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_configuration_error_is_one_line() {
    let dir = temp("line-config");
    let file = dir.join("gannet.toml");
    for (text, parts) in [
        ("[capture]\nring-size = \"1K\"\n", ["line 2", "at least 256K"]),
        ("[process]\nmetrics = \"9991\"\n", ["line 2", "such as 127.0.0.1:9991"]),
        ("[engine]\nwerkers = 2\n", ["line 2", "did you mean `workers`?"]),
    ] {
        fs::write(&file, text).expect("a file");
        let ran = run(["-r".as_ref(), "x".as_ref(), "--config".as_ref(), file.as_os_str()]);
        assert_eq!(ran.status, Some(2), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert!(ran.err.starts_with("gannet: error: "), "{}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "{part}: {}", ran.err);
        }
    }
}
