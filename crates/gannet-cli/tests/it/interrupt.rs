//! A run that is stopped keeps what it has.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{capture, gannet, log, rows, temp};

/// A run that reads a pipe which does not end, when it has written its first rows.
fn begin(out: &Path, more: &[&str]) -> (Child, std::process::ChildStdin) {
    let mut child = gannet()
        .args(["-r", "-", "-o"])
        .arg(out)
        .args(more)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("gannet starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(&fs::read(capture("dns-bind")).expect("a capture")).expect("room in the pipe");
    pipe.flush().expect("room in the pipe");
    let rows = out.join(".dns.log.partial");
    let started = Instant::now();
    while !rows.exists() {
        assert!(started.elapsed() < Duration::from_secs(30), "no rows came");
        std::thread::sleep(Duration::from_millis(5));
    }
    (child, pipe)
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn end(mut child: Child) -> (Option<i32>, String) {
    let mut err = String::new();
    child.stderr.take().expect("stderr").read_to_string(&mut err).expect("text");
    (child.wait().expect("an end").code(), err)
}

#[test]
fn rows_are_kept_and_marked_as_incomplete() {
    for (name, workers) in [("-INT", "1"), ("-INT", "3"), ("-TERM", "2")] {
        let out = temp(&format!("interrupt{name}{workers}"));
        let (child, pipe) = begin(&out, &["--workers", workers]);
        signal(&child, name);
        let (status, err) = end(child);
        drop(pipe);
        assert_eq!(status, Some(130), "{err}");
        assert!(err.contains("interrupted: the logs are incomplete"), "{err}");
        let dns = log(&out, "dns");
        assert!(!rows(&dns).is_empty());
        assert!(!dns.contains("#close"), "{dns}");
        assert!(!rows(&log(&out, "conn")).is_empty(), "open connections are reported");
        let marker = fs::read_to_string(out.join("INCOMPLETE")).expect("a marker");
        assert!(marker.contains("dns.log"), "{marker}");
    }
}

#[test]
fn before_the_first_packet_there_is_nothing_to_keep() {
    let out = temp("interrupt-early");
    let mut child = gannet()
        .args(["-v", "-r", "-", "-o"])
        .arg(&out)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("gannet starts");
    // It says what it reads when it has taken the signals over.
    let mut said = [0; 7];
    child.stderr.as_mut().expect("stderr").read_exact(&mut said).expect("a line");
    signal(&child, "-INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_eq!(fs::read_dir(&out).expect("a directory").count(), 0);
}
