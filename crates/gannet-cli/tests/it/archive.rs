//! Logs of captures that go to an archive.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{analyse, capture, gannet, logs, rows, run, temp};

/// All that is in an archive, by its path there, unpacked by the system's own program.
pub fn archived(archive: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for day in entries(archive).into_iter().filter(|path| path.is_dir() && !path.is_symlink()) {
        for file in entries(&day) {
            let name = file.strip_prefix(archive).expect("inside").display().to_string();
            if name.contains("/.") {
                continue;
            }
            let unpacked = Command::new("gzip").args(["-dc"]).arg(&file).output().expect("gzip");
            assert!(unpacked.status.success(), "{name}: {}", String::from_utf8_lossy(&unpacked.stderr));
            all.insert(name, String::from_utf8(unpacked.stdout).expect("text"));
        }
    }
    all
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// The rows of each log in an archive, in order.
pub fn archived_rows(archive: &Path) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in archived(archive) {
        let name = path.split_once('/').expect("a day").1;
        let log = name.split('.').next().expect("a log").to_owned();
        all.entry(log).or_default().extend(rows(&text).into_iter().map(str::to_owned));
    }
    all
}

/// What RITA takes an hour from, and zeek-archiver a name.
fn is_known_to_readers(path: &str) -> bool {
    let (day, name) = path.split_once('/').expect("a day");
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let mut date = day.split('-');
    let is_day = digits(date.next().unwrap_or_default(), 4)
        && date.clone().count() == 2
        && date.all(|part| digits(part, 2));
    // [A-Za-z]+\.(\d{2})[:/_]\d{2}, and then .log or .gz at the end.
    let (log, times) = name.split_once('.').expect("a log");
    let hour: Vec<&str> = times.splitn(3, ':').collect();
    let is_hour =
        log.ends_with(|c: char| c.is_ascii_alphabetic()) && digits(hour[0], 2) && digits(hour[1], 2);
    is_day && is_hour && name.ends_with(".log.gz")
}

#[test]
fn the_archive_has_the_rows_of_a_run_without_one() {
    let dir = temp("archive-rows");
    let read = capture("rfb-tigervnc");
    let (plain, spool, archive) = (dir.join("plain"), dir.join("spool"), dir.join("logs"));
    let seed = ["--uid-seed", "x"];
    analyse(&read, &plain, &seed);
    let to = archive.to_str().expect("text");
    for how in [["--rotate", "10s"], ["--rotate-size", "1k"], ["--rotate", "1d"]] {
        let _none = fs::remove_dir_all(&archive);
        let ran = analyse(&read, &spool, &[&seed[..], &how, &["--archive", to]].concat());
        assert!(ran.err.contains("\narchive "), "{}", ran.err);
        let found = archived_rows(&archive);
        for (name, text) in logs(&plain) {
            let text = String::from_utf8(text).expect("text");
            let wanted = rows(&text);
            assert_eq!(found[name.trim_end_matches(".log")].len(), wanted.len(), "{name}, {how:?}");
            let mut found = found[name.trim_end_matches(".log")].clone();
            found.sort();
            let mut wanted = wanted.clone();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{name}, {how:?}");
        }
        assert!(logs(&spool).is_empty(), "nothing is left behind");
        for (path, text) in archived(&archive) {
            assert!(is_known_to_readers(&path), "{path}");
            assert!(
                text.starts_with("#separator")
                    && text.lines().last().expect("a line").starts_with("#close\t")
            );
        }
    }
    // A day of logs has the names that zeekctl gives; the link leads to where they were written.
    let conn = archived(&archive).into_keys().find(|path| path.contains("/conn.")).expect("a log");
    assert!(conn.starts_with("2026-11-30/conn."), "{conn}");
    assert_eq!(
        fs::canonicalize(archive.join("current")).expect("a link"),
        fs::canonicalize(&spool).expect("a folder")
    );
}

/// UTC has no hour twice, and none that is missing.
#[test]
fn names_do_not_depend_on_the_time_zone() {
    let dir = temp("archive-zone");
    let mut all = Vec::new();
    for zone in ["UTC", "Europe/Berlin", "America/St_Johns"] {
        let archive = dir.join(zone.replace('/', "-"));
        let mut command = gannet();
        command.env("TZ", zone).arg("-q").arg("-o").arg(dir.join("spool")).arg("--archive").arg(&archive);
        assert!(
            command
                .args(["--rotate", "1h"])
                .arg(capture("dns-bind"))
                .status()
                .expect("gannet starts")
                .success()
        );
        all.push(archived(&archive).into_keys().collect::<Vec<_>>());
    }
    assert!(!all[0].is_empty() && all.iter().all(|names| *names == all[0]), "{all:?}");
}

#[test]
fn a_second_run_on_the_same_capture_doubles_nothing() {
    let dir = temp("archive-twice");
    let archive = dir.join("logs");
    let more = ["--uid-seed", "x", "--rotate", "1h", "--archive", archive.to_str().expect("text")];
    analyse(&capture("dns-bind"), &dir.join("spool"), &more);
    let first = archived(&archive);
    analyse(&capture("dns-bind"), &dir.join("spool"), &more);
    assert_eq!(archived(&archive), first);
}

#[test]
fn the_summary_says_what_was_archived() {
    let dir = temp("archive-summary");
    let out = dir.join("logs");
    let ran = analyse(&capture("dns-bind"), &out, &["--rotate", "1h", "--summary", "json"]);
    let summary: serde_json::Value = serde_json::from_str(&ran.out).expect("an object");
    let archive = &summary["archive"];
    let logs = summary["logs"].as_object().expect("logs").len();
    assert_eq!(archive["archived"], logs);
    assert_eq!(
        (&archive["waiting"], &archive["failures"], &summary["rows_shed"]),
        (&0.into(), &0.into(), &0.into())
    );
    assert!(archive["bytes_out"].as_u64() < archive["bytes_in"].as_u64(), "{archive}");
    assert_eq!(archived(&out).len(), logs, "the archive is the directory of the logs");
}

#[test]
fn options_that_do_not_go_together_are_named() {
    for (args, wanted) in [
        (&["-o", "-", "--rotate", "1h", "x"][..], "standard output cannot be archived"),
        (&["--keep", "30d", "x"], "there is no archive to remove logs from"),
        (&["--rotate", "2d", "x"], "from a second to a day"),
        (&["--rotate", "500ms", "x"], "from a second to a day"),
        (&["--rotate", "1h", "--compress", "bzip2", "x"], "expected gzip, zstd or none"),
    ] {
        let ran = run(args);
        assert_eq!(ran.status, Some(2), "{args:?}");
        assert!(ran.err.contains(wanted), "{args:?}: {}", ran.err);
    }
}

/// A log that is closed at the end has the times of its rows, also of those that tell of the beginning.
#[test]
fn the_last_interval_ends_with_the_capture() {
    let out = temp("archive-last");
    let ran = analyse(&capture("tls-openssl"), &out, &["-q", "--rotate", "10s"]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let all = archived(&out);
    assert!(all.len() > 4, "{:?}", all.keys());
    for (path, text) in &all {
        let at =
            |mark: &str| text.lines().find_map(|line| line.strip_prefix(mark)).expect("a line").to_owned();
        let (open, close) = (at("#open\t"), at("#close\t"));
        assert!(open <= close, "{path}: {open} to {close}");
        let name = path.rsplit('.').nth(2).expect("times");
        let (from, to) = name.split_once('-').expect("two times");
        assert!(from < to || from == to && open == close, "{path}");
    }
    let last = all.iter().filter(|(path, _)| path.contains("/conn.")).map(|(_, text)| rows(text)).next_back();
    let last = last.expect("conn.log");
    assert!(!last.is_empty());
}
