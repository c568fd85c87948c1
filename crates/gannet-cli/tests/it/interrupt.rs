//! A run that is stopped keeps what it has.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{capture, gannet, log, rows, run, temp};

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

#[test]
fn signals_of_one_moment_are_one() {
    let out = temp("interrupt-twice");
    let (child, pipe) = begin(&out, &["--workers", "2"]);
    // As `timeout` signals its child, and then its group with the child in it.
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &pid, &pid, &pid]).status().expect("kill");
    assert!(sent.success());
    let (status, err) = end(child);
    drop(pipe);
    assert_eq!(status, Some(130), "{err}");
    assert!(err.contains("interrupted: the logs are incomplete"), "{err}");
    assert!(!rows(&log(&out, "conn")).is_empty(), "open connections are reported");
    assert!(out.join("INCOMPLETE").exists());
}

/// A run that is stuck at its end: nobody reads its summary, and the pipe is full.
#[test]
fn a_second_signal_counts_after_a_second() {
    for pause in [300, 1300] {
        let (_reader, mut writer) = std::io::pipe().expect("a pipe");
        writer.write_all(&[b'.'; 65_536]).expect("room in the pipe");
        let out = temp("interrupt-stuck");
        let mut child = gannet()
            .arg("-r")
            .arg(capture("dns-bind"))
            .args(["--summary", "json", "-o"])
            .arg(&out)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .expect("gannet starts");
        let started = Instant::now();
        while !out.join("conn.log").exists() {
            assert!(started.elapsed() < Duration::from_secs(30), "no rows came");
            std::thread::sleep(Duration::from_millis(5));
        }
        let first = Instant::now();
        signal(&child, "-INT");
        std::thread::sleep(Duration::from_millis(pause));
        assert!(child.try_wait().expect("a status").is_none(), "one signal ends no run that is stuck");
        signal(&child, "-INT");
        let (status, err) = end(child);
        assert_eq!(status, Some(130), "{err}");
        let took = first.elapsed();
        assert!((Duration::from_millis(950)..Duration::from_secs(3)).contains(&took), "{took:?}");
    }
}

#[test]
fn a_directory_has_one_run_at_a_time() {
    let out = temp("interrupt-two-runs");
    let (child, pipe) = begin(&out, &["-q"]);
    let second = run(["-r".as_ref(), capture("gzip").as_os_str(), "-o".as_ref(), out.as_os_str()]);
    assert_eq!(second.status, Some(1), "{}", second.err);
    let named =
        format!("cannot use the log directory {}: process {} (gannet) writes", out.display(), child.id());
    assert!(second.err.contains(&named), "{}", second.err);
    drop(pipe);
    let (status, err) = end(child);
    assert_eq!(status, Some(0), "{err}");
    assert!(!rows(&log(&out, "dns")).is_empty(), "what the first wrote is there");
}
