//! A sensor whose logs are archived: under load, beside those who follow or move its logs, killed, and on a full disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::archive::{archived, archived_rows};
use crate::live::{Net, Running, Sensor, adds_up, wait_for};
use crate::run::temp;

const SOON: Duration = Duration::from_secs(10);

/// How often each query of `q0`, `q1` and so on is in some rows.
fn queries<'a>(rows: impl IntoIterator<Item = &'a String>) -> BTreeMap<String, u32> {
    let mut all = BTreeMap::new();
    for row in rows {
        let query = row.split("/page?").nth(1).and_then(|rest| rest.split('\t').next());
        *all.entry(query.expect("a query").to_owned()).or_default() += 1;
    }
    all
}

fn has_once(queries: &BTreeMap<String, u32>, count: u32) {
    for n in 0..count {
        assert_eq!(queries.get(&format!("q{n}")), Some(&1), "q{n} of {count}: {queries:?}");
    }
}

/// Follows a file by its name into another one.
fn follow(dir: &Path, log: &Path) -> (Running, PathBuf) {
    let followed = dir.join("followed");
    let mut tail = Command::new("tail");
    tail.args(["-n", "+1", "-s", "0.05", "-F"]).arg(log).stderr(Stdio::null());
    tail.stdout(fs::File::create(&followed).expect("a file"));
    (Running(tail.spawn().expect("tail")), followed)
}

/// rsyslog, which follows a file by its name, if it is there.
fn rsyslog(dir: &Path, log: &Path) -> Option<(Running, PathBuf)> {
    let (config, heard) = (dir.join("rsyslog.conf"), dir.join("heard"));
    let text = format!(
        "global(workDirectory=\"{0}\")\nmodule(load=\"imfile\")\ninput(type=\"imfile\" File=\"{1}\" Tag=\"x\" reopenOnTruncate=\"on\")\n\
         template(name=\"raw\" type=\"string\" string=\"%msg%\\n\")\naction(type=\"omfile\" file=\"{2}\" template=\"raw\")\n",
        dir.display(),
        log.display(),
        heard.display()
    );
    fs::write(&config, text).expect("a file");
    let mut command = Command::new("rsyslogd");
    command.args(["-n", "-i"]).arg(dir.join("rsyslog.pid")).arg("-f").arg(&config);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    Some((Running(child), heard))
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter(|line| line.contains("/page?")).map(str::to_owned).collect()
}

#[test]
fn who_follows_a_log_that_is_archived_each_second_sees_each_row_once() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-archive");
    let _web = net.web(&dir);
    let archive = dir.join("archive");
    let more = ["--workers", "2", "--rotate", "1s", "--archive", archive.to_str().expect("text")];
    let current = archive.join("current/http.log");
    let (_tail, followed) = follow(&dir, &current);
    let rsyslog = rsyslog(&dir, &dir.join("logs/http.log"));
    let sensor = Sensor::start(&net, &dir, &more);
    for n in 0..60 {
        net.curl(&format!("q{n}"));
        std::thread::sleep(Duration::from_millis(70));
    }
    wait_for("the last row", SOON, || lines(&followed).iter().any(|line| line.contains("q59")));
    let summary = sensor.end().summary();
    adds_up(&summary);
    has_once(&queries(&archived_rows(&archive)["http"]), 60);
    has_once(&queries(&lines(&followed)), 60);
    match &rsyslog {
        Some((_, heard)) => {
            wait_for("rsyslog", SOON, || lines(heard).len() >= 60);
            has_once(&queries(&lines(heard)), 60);
        }
        None => println!("SKIPPED: there is no rsyslogd"),
    }
    let http = archived(&archive).into_keys().filter(|path| path.contains("/http.")).count();
    assert!(http >= 4, "{http} files");
    assert_eq!(summary["archive"]["waiting"], 0, "{summary}");
    assert_eq!(summary["rows_shed"], 0);
    assert!(!archive.join("current/http.log").exists(), "at the end all is in the archive");
}

#[test]
fn logrotate_gets_its_logs_by_a_signal() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-logrotate");
    let _web = net.web(&dir);
    let sensor = Sensor::start(&net, &dir, &["--workers", "1"]);
    let log = dir.join("logs/http.log");
    let (_tail, followed) = follow(&dir, &log);
    let config = dir.join("logrotate.conf");
    let text = format!(
        "{}/http.log {{\n  su root root\n  rotate 9\n  nocreate\n  missingok\n  postrotate\n    kill -USR2 {}\n  endscript\n}}\n",
        dir.join("logs").display(),
        sensor.pid()
    );
    fs::write(&config, text).expect("a file");
    for round in 0..4 {
        for n in 0..5 {
            net.curl(&format!("q{}", round * 5 + n));
        }
        sensor.wait_row("http", &format!("q{}", round * 5 + 4), SOON);
        let state = dir.join("state");
        let rotated = Command::new("logrotate").args(["-f", "-s"]).arg(&state).arg(&config).status();
        match rotated {
            Ok(status) => assert!(status.success()),
            Err(_) => {
                println!("there is no logrotate: the test does what it does");
                let to = dir.join(format!("logs/http.log.{}", 9 - round));
                fs::rename(&log, to).expect("a name");
                sensor.signal("-USR2");
            }
        }
        // Rows that come before the signal go to the old file.
        let is_closed = |row: &&String| row.contains("the logs so far are closed");
        wait_for("a new log", SOON, || sensor.rows("reporter").iter().filter(is_closed).count() > round);
    }
    net.curl("q20");
    sensor.wait_row("http", "q20", SOON);
    wait_for("the last row", SOON, || lines(&followed).iter().any(|line| line.contains("q20")));
    adds_up(&sensor.end().summary());
    has_once(&queries(&lines(&followed)), 21);
    let files = fs::read_dir(dir.join("logs")).expect("logs").map(|entry| entry.expect("an entry").path());
    let files: Vec<PathBuf> = files.filter(|path| path.to_string_lossy().contains("/http.log")).collect();
    assert_eq!(files.len(), 5, "{files:?}");
    let mut all = Vec::new();
    for file in &files {
        all.extend(lines(file));
        let text = fs::read_to_string(file).expect("a log");
        assert!(
            text.starts_with("#separator") && text.lines().last().expect("a line").starts_with("#close\t"),
            "{text}"
        );
    }
    has_once(&queries(&all), 21);
}

#[test]
fn a_sensor_that_is_killed_loses_no_row_that_was_readable() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-killed");
    let _web = net.web(&dir);
    let archive = dir.join("archive");
    let more = [
        "--workers",
        "2",
        "--rotate",
        "1s",
        "--rotate-size",
        "2k",
        "--archive",
        archive.to_str().expect("text"),
    ];
    let mut number = 0;
    for life in 0..6_u64 {
        let sensor = Sensor::start(&net, &dir, &more);
        for _ in 0..10 {
            net.curl(&format!("q{number}"));
            number += 1;
        }
        let last = format!("q{}", number - 1);
        wait_for("the last row", SOON, || {
            let archived = archived_rows(&archive);
            let gone = archived.get("http").is_some_and(|rows| {
                rows.iter().any(|row| row.ends_with(&last) || row.contains(&format!("{last}\t")))
            });
            gone || sensor.rows("http").iter().any(|row| row.contains(&format!("{last}\t")))
        });
        std::thread::sleep(Duration::from_millis(life * 171 % 1000));
        sensor.signal("-KILL");
        sensor.wait();
    }
    let sensor = Sensor::start(&net, &dir, &more);
    adds_up(&sensor.end().summary());
    has_once(&queries(&archived_rows(&archive)["http"]), number);
    assert!(crate::run::logs(&dir.join("logs")).is_empty());
}

#[test]
fn a_full_disk_is_told_and_outlasted() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-full");
    let _web = net.web(&dir);
    fs::create_dir_all(dir.join("logs")).expect("a folder");
    let mount = ["-t", "tmpfs", "-o", "size=1m", "tmpfs"];
    assert!(Command::new("mount").args(mount).arg(dir.join("logs")).status().expect("mount").success());
    let _mounted = Mounted(dir.join("logs"));
    let sensor = Sensor::start(&net, &dir, &["--workers", "1", "--metrics", "127.0.0.1:9991"]);
    let metrics = || {
        let output =
            net.at_server("curl").args(["-sS", "http://127.0.0.1:9991/metrics"]).output().expect("curl");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    net.curl("q0");
    sensor.wait_row("http", "q0", SOON);
    let _full = fs::write(dir.join("logs/ballast"), vec![1; 4 << 20]);
    for n in 1..40 {
        net.curl(&format!("q{n}"));
    }
    sensor.wait_said("No space left on device");
    sensor.wait_said("rows wait, 16 MiB of them at most, and what comes then is dropped");
    wait_for("the metric", SOON, || metrics().contains("\ngannet_logging_paused 1\n"));
    fs::remove_file(dir.join("logs/ballast")).expect("a file");
    sensor.wait_said("logs are written again after ");
    sensor.wait_row("http", "q39", SOON);
    wait_for("the metric", SOON, || metrics().contains("\ngannet_logging_paused 0\n"));
    assert!(metrics().contains("\ngannet_rows_shed_total 0\n"));
    has_once(&queries(&sensor.rows("http")), 40);
    let ended = sensor.end();
    assert!(ended.err.contains("no row was dropped"), "{}", ended.err);
    adds_up(&ended.summary());
}

/// Somebody has to take it down.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
