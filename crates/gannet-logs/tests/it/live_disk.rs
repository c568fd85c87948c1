//! A disk that is full, and one that can only be read: small file systems of the kernel's, which need root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use gannet::{Interval, Timestamp};
use gannet_logs::{
    Archive, ArchiveEvent, Archiving, Format, LogDir, Options, PacketFilter, Reporter, Rotation, streams,
};

/// A small disk.
struct Disk(PathBuf);

impl Disk {
    fn new(name: &str, size: &str) -> Option<Self> {
        let path = std::env::temp_dir().join(format!("gannet-disk-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        let disk = Self(path);
        if let Err(why) = disk.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]) {
            assert_ne!(std::env::var("GANNET_LIVE").ok().as_deref(), Some("required"), "no disk: {why}");
            println!("SKIPPED: a small disk needs root: {why}");
            return None;
        }
        Some(disk)
    }

    fn mount(&self, how: &[&str]) -> Result<(), String> {
        let output =
            Command::new("mount").args(how).arg(&self.0).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success().then_some(()).ok_or(said)
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        // It ends with an error, which is what is wanted.
        let _full = fs::write(self.0.join("ballast"), vec![1; 8 << 20]);
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).output();
        let _gone = fs::remove_dir(&self.0);
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_parts(1_795_183_200 + seconds, 0)
}

fn live(dir: &Path, archive: Option<&Path>) -> LogDir {
    let all = streams();
    let (names, options) = (all.iter().map(|stream| stream.name), Options::new(Format::Json));
    let Some(archive) = archive else { return LogDir::open_live(dir, options, names).unwrap() };
    let mut rotation = Rotation::default();
    rotation.every = Some(Interval::from_secs(3600));
    LogDir::open_live_archived(dir, options, names, Archiving::new(rotation, Archive::new(archive))).unwrap()
}

#[test]
fn rows_wait_for_room_and_what_does_not_fit_is_counted() {
    let Some(disk) = Disk::new("full", "2m") else { return };
    let dir = disk.0.join("spool");
    let mut logs = live(&dir, None);
    let row = |number: u64| format!("{{\"number\":{number},\"x\":\"{}\"}}\n", "x".repeat(1000));
    for number in 0..100 {
        logs.write(Reporter::STREAM, at(0), row(number).as_bytes(), 1).unwrap();
    }
    logs.flush().unwrap();
    assert!(logs.trouble().is_none());
    disk.fill();
    // 20 MB of rows, of which 16 MiB wait.
    for number in 100..20_000 {
        logs.write(Reporter::STREAM, at(1), row(number).as_bytes(), 1).unwrap();
        if number % 1000 == 0 {
            logs.flush().unwrap();
            let why = logs.trouble().expect("the disk is full").to_string();
            assert!(why.starts_with("cannot write to ") && why.contains("No space left on device"), "{why}");
        }
    }
    // A log that has no file yet waits, too.
    logs.write(PacketFilter::STREAM, at(1), b"{}\n", 1).unwrap();
    let written = logs.summary();
    assert!(written.shed > 2000 && written.shed < 6000, "{written:?}");
    assert_eq!(
        written.rows() + written.shed,
        20_001 - u64::from(written.logs.len() == 1),
        "each row is one or the other"
    );
    disk.make_room();
    disk.mount(&["-o", "remount,size=64m"]).unwrap();
    logs.flush().unwrap();
    assert!(logs.trouble().is_none(), "{:?}", logs.trouble());
    logs.write(Reporter::STREAM, at(2), row(99_999).as_bytes(), 1).unwrap();
    let written = logs.finish(at(3)).unwrap();
    let text = fs::read_to_string(dir.join("reporter.log")).unwrap();
    let mut expected = 0;
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("no line is torn");
        let number = row["number"].as_u64().unwrap();
        assert!(
            number == expected || number == 99_999,
            "{number} behind {expected}: none is lost in between"
        );
        expected = number + 1;
    }
    let rows = written.logs.iter().find(|(name, _)| *name == "reporter").unwrap().1;
    assert_eq!(text.lines().count() as u64, rows);
}

#[test]
fn a_full_disk_delays_the_closing_of_logs_and_loses_nothing() {
    let Some(disk) = Disk::new("turn", "1m") else { return };
    let (dir, archive) = (disk.0.join("spool"), disk.0.join("logs"));
    let mut logs = live(&dir, Some(&archive));
    logs.turn(at(0)).unwrap();
    logs.write(Reporter::STREAM, at(0), b"{\"a\":1}\n", 1).unwrap();
    logs.flush().unwrap();
    disk.fill();
    logs.write(Reporter::STREAM, at(1), vec![b'x'; 5000].as_slice(), 0).unwrap();
    logs.write(Reporter::STREAM, at(1), b"\n{\"a\":2}\n", 2).unwrap();
    logs.turn(at(3600)).unwrap();
    assert!(logs.trouble().is_some());
    logs.write(Reporter::STREAM, at(3601), b"{\"a\":3}\n", 1).unwrap();
    disk.make_room();
    logs.flush().unwrap();
    logs.turn(at(7200)).unwrap();
    logs.write(Reporter::STREAM, at(7200), b"{\"a\":4}\n", 1).unwrap();
    let written = logs.finish(at(7300)).unwrap();
    assert_eq!((written.shed, written.archive.unwrap().archived), (0, 2));
    let day = archive.join("2026-11-20");
    let mut names: Vec<_> = fs::read_dir(&day).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["reporter.14:00:00-16:00:00.log.gz", "reporter.16:00:00-16:01:40.log.gz"]);
    let text = Command::new("gzip").arg("-dc").arg(day.join(&names[0])).output().unwrap().stdout;
    let rows: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|row| row.starts_with(b"{")).collect();
    assert_eq!(rows, [&b"{\"a\":1}"[..], b"{\"a\":2}", b"{\"a\":3}"]);
}

#[test]
fn an_archive_that_can_only_be_read_is_told_and_costs_nothing() {
    let Some(disk) = Disk::new("readonly", "4m") else { return };
    let spool = std::env::temp_dir().join(format!("gannet-spool-{}", std::process::id()));
    let mut logs = live(&spool, Some(&disk.0));
    disk.mount(&["-o", "remount,ro"]).unwrap();
    logs.turn(at(0)).unwrap();
    logs.write(Reporter::STREAM, at(0), b"{\"a\":1}\n", 1).unwrap();
    logs.turn(at(3600)).unwrap();
    let wait = |logs: &LogDir, what: &str| {
        let begun = Instant::now();
        let mut told = Vec::new();
        while !told.iter().any(|event: &ArchiveEvent| event.to_string().contains(what)) {
            assert!(begun.elapsed() < Duration::from_secs(10), "{what}: {told:?}");
            told.extend(logs.archive_events());
        }
    };
    wait(&logs, "Read-only file system");
    assert!(logs.trouble().is_none());
    disk.mount(&["-o", "remount,rw"]).unwrap();
    // Nothing has to happen for it to be tried again.
    wait(&logs, "logs are archived again");
    logs.write(Reporter::STREAM, at(3601), b"{\"a\":2}\n", 1).unwrap();
    assert_eq!(logs.finish(at(3700)).unwrap().archive.unwrap().archived, 2);
    // To begin with a directory that can only be read is an error.
    disk.mount(&["-o", "remount,ro"]).unwrap();
    let all = streams();
    let error =
        LogDir::open_live(&disk.0, Options::default(), all.iter().map(|stream| stream.name)).err().unwrap();
    assert!(error.to_string().contains("Read-only file system"), "{error}");
    fs::remove_dir_all(&spool).unwrap();
}
