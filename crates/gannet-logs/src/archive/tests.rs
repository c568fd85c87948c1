//! Logs on their way from the spool to the archive.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use gannet::events::{LogStream, Weird};
use gannet::{Interval, Timestamp};

use super::*;
use crate::{Format, LogDir, Options, PacketFilter, Reporter};

const STREAMS: [&str; 2] = ["reporter", "weird"];
const HOUR: i64 = 3600;
/// 2026-11-20 14:00:00
const TWO: i64 = 1_795_183_200;

/// A spool and an archive, removed at the end of the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gannet-archive-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn spool(&self) -> PathBuf {
        self.0.join("spool")
    }

    fn archive(&self) -> PathBuf {
        self.0.join("logs")
    }

    fn archiving(&self, every: Option<i64>, bytes: Option<u64>) -> Archiving {
        let rotation = Rotation { every: every.map(Interval::from_secs), bytes };
        Archiving::new(rotation, Archive::new(self.archive()))
    }

    /// A run on captures.
    fn files(&self, every: Option<i64>, bytes: Option<u64>, format: Format) -> LogDir {
        let logs = LogDir::open(self.spool(), Options::new(format)).unwrap();
        logs.archived(self.archiving(every, bytes)).unwrap()
    }

    fn live(&self, archiving: Archiving) -> LogDir {
        LogDir::open_live_archived(self.spool(), Options::new(Format::Tsv), STREAMS, archiving).unwrap()
    }

    /// All that is archived, by name, unpacked.
    fn archived(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let days = fs::read_dir(self.archive()).unwrap().map(|entry| entry.unwrap());
        for day in days.filter(|day| day.file_type().unwrap().is_dir()) {
            for file in fs::read_dir(day.path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.strip_prefix(self.archive()).unwrap().to_str().unwrap().to_owned();
                all.insert(name, unpacked(&path));
            }
        }
        all
    }

    fn names(&self) -> Vec<String> {
        self.archived().into_keys().collect()
    }

    /// What waits, and what is being written.
    fn spooled(&self) -> Vec<String> {
        let list = |path: PathBuf| {
            let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
            entries
                .filter(|entry| entry.file_type().unwrap().is_file())
                .map(|entry| entry.file_name().into_string().unwrap())
                .collect::<Vec<_>>()
        };
        let mut names = list(self.spool());
        names.extend(list(self.spool().join("rotated")));
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn unpacked(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().and_then(|end| end.to_str()) {
        Some("gz") => flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
        Some("zst") => {
            ruzstd::decoding::StreamingDecoder::new(&bytes[..]).unwrap().read_to_string(&mut text).unwrap()
        }
        _ => {
            text = String::from_utf8(bytes).unwrap();
            0
        }
    };
    text
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_parts(seconds, 0)
}

fn rows(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn logs_of_captures_are_closed_by_the_captures_time() {
    let scratch = Scratch::new();
    let mut logs = scratch.files(Some(HOUR), None, Format::Tsv);
    for (time, row) in
        [(TWO + 60, "a\n"), (TWO + HOUR - 1, "b\n"), (TWO + HOUR, "c\n"), (TWO + 12 * HOUR, "d\n")]
    {
        logs.write(Reporter::STREAM, at(time), row.as_bytes(), 1).unwrap();
    }
    logs.write(Weird::STREAM, at(TWO + 12 * HOUR + 600), b"w\n", 1).unwrap();
    let written = logs.finish(at(TWO + 12 * HOUR + 900)).unwrap();
    assert_eq!(written.logs, [("reporter", 4), ("weird", 1)]);
    assert_eq!(
        scratch.names(),
        [
            "2026-11-20/reporter.14:01:00-15:00:00.log.gz",
            "2026-11-20/reporter.15:00:00-16:00:00.log.gz",
            "2026-11-21/reporter.02:00:00-02:15:00.log.gz",
            "2026-11-21/weird.02:00:00-02:15:00.log.gz",
        ]
    );
    let first = &scratch.archived()["2026-11-20/reporter.14:01:00-15:00:00.log.gz"];
    assert!(
        first.starts_with("#separator \\x09\n") && first.contains("#open\t2026-11-20-14-01-00\n"),
        "{first}"
    );
    assert!(first.ends_with("\na\nb\n#close\t2026-11-20-15-00-00\n"), "{first}");
    assert!(scratch.spooled().is_empty(), "{:?}", scratch.spooled());
}

#[test]
fn logs_are_closed_by_their_size_and_never_share_a_name() {
    for compression in [Compression::Gzip, Compression::Zstd, Compression::None] {
        let scratch = Scratch::new();
        let mut archiving = scratch.archiving(None, Some(50));
        archiving.archive.compression = compression;
        let logs = LogDir::open(scratch.spool(), Options::new(Format::Json)).unwrap();
        let mut logs = logs.archived(archiving).unwrap();
        for n in 0..10 {
            logs.write(Reporter::STREAM, at(TWO), format!("{{\"number\":{n}}}        \n").as_bytes(), 1)
                .unwrap();
        }
        // A row that is larger than a log may be is a log of its own.
        logs.write(
            Reporter::STREAM,
            at(TWO + 1),
            format!("{{\"x\":\"{}\"}}\n", "y".repeat(300)).as_bytes(),
            1,
        )
        .unwrap();
        logs.finish(at(TWO + 2)).unwrap();
        let archived = scratch.archived();
        assert_eq!(archived.len(), 6, "{:?}", scratch.names());
        let ending = compression.ending();
        assert!(archived.contains_key(&format!("2026-11-20/reporter.14:00:00-14:00:00-3.log{ending}")));
        let all: Vec<String> = archived.values().flat_map(|text| rows(text)).map(str::to_owned).collect();
        for n in 0..10 {
            let wanted = format!("\"number\":{n}}}");
            assert_eq!(all.iter().filter(|row| row.contains(&wanted)).count(), 1, "{n}");
        }
    }
}

#[test]
fn a_live_run_is_told_the_time_and_links_to_its_logs() {
    let scratch = Scratch::new();
    let mut logs = scratch.live(scratch.archiving(Some(900), None));
    logs.turn(at(TWO + 100)).unwrap();
    logs.write(Reporter::STREAM, at(TWO + 101), b"a\n", 1).unwrap();
    logs.turn(at(TWO + 899)).unwrap();
    // A row's own time does not matter.
    logs.write(Reporter::STREAM, at(TWO + 901), b"b\n", 1).unwrap();
    logs.turn(at(TWO + 900)).unwrap();
    logs.write(Reporter::STREAM, at(TWO + 899), b"c\n", 1).unwrap();
    logs.flush().unwrap();
    assert_eq!(rows(&fs::read_to_string(scratch.archive().join("current/reporter.log")).unwrap()), ["c"]);
    // The clock is set back by an hour: the period ends, and the next one begins.
    logs.turn(at(TWO - HOUR)).unwrap();
    logs.write(Reporter::STREAM, at(TWO), b"d\n", 1).unwrap();
    logs.finish(at(TWO - HOUR + 60)).unwrap();
    let archived = scratch.archived();
    let all: Vec<(&str, Vec<&str>)> =
        archived.iter().map(|(name, text)| (name.as_str(), rows(text))).collect();
    assert_eq!(
        all,
        [
            ("2026-11-20/reporter.13:00:00-13:01:00.log.gz", vec!["d"]),
            ("2026-11-20/reporter.14:01:41-14:15:00.log.gz", vec!["a", "b"]),
            ("2026-11-20/reporter.14:15:00-14:15:00.log.gz", vec!["c"]),
        ]
    );
}

fn put(path: &Path, text: &str, changed: i64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let time = UNIX_EPOCH + Duration::from_secs(changed as u64);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn what_a_killed_run_left_is_closed_and_archived() {
    let scratch = Scratch::new();
    let queue = scratch.spool().join("rotated");
    let header = "#fields\ta\n";
    put(&scratch.spool().join("reporter.log"), &format!("{header}one\ntwo\nthr"), TWO + 60);
    put(&scratch.spool().join("weird.log"), header, TWO);
    put(&scratch.spool().join("mine.log"), "mine\n", TWO);
    let name = |log: &str, end: &str| {
        queue.join(format!("{log}__2026-11-20-13-00-00__2026-11-20-14-00-00__0.{end}"))
    };
    put(&name("conn", "open"), &format!("{header}row\n"), TWO);
    put(&name("dns", "left"), "{\"a\":1}\n{\"a", TWO);
    put(&name("http", "log"), &format!("{header}row\n#close\tX\n"), TWO);
    put(&queue.join("notes.txt"), "mine\n", TWO);
    let logs = scratch.live(scratch.archiving(Some(HOUR), None));
    let (begun, mut events) = (Instant::now(), Vec::new());
    while events.len() < 2 && begun.elapsed() < Duration::from_secs(10) {
        events.extend(logs.archive_events());
    }
    assert_eq!(
        events,
        [
            ArchiveEvent::Mended { log: "dns".to_owned(), bytes: 3 },
            ArchiveEvent::Mended { log: "reporter".to_owned(), bytes: 3 },
        ]
    );
    logs.finish(at(TWO + HOUR)).unwrap();
    let archived = scratch.archived();
    let close = "#close\t2026-11-20-14-00-00\n";
    assert_eq!(archived["2026-11-20/conn.13:00:00-14:00:00.log.gz"], format!("{header}row\n{close}"));
    assert_eq!(archived["2026-11-20/dns.13:00:00-14:00:00.log.gz"], "{\"a\":1}\n");
    assert_eq!(archived["2026-11-20/http.13:00:00-14:00:00.log.gz"], format!("{header}row\n#close\tX\n"));
    // It was made after it was changed last: that is all that is known of it.
    let left = &archived["2026-11-20/reporter.14:01:00-14:01:00.log.gz"];
    assert_eq!(left, &format!("{header}one\ntwo\n#close\t2026-11-20-14-01-00\n"));
    assert_eq!(archived.len(), 4, "{:?}", scratch.names());
    let mut spooled = scratch.spooled();
    spooled.sort();
    assert_eq!(spooled, ["mine.log", "notes.txt"]);
}

#[test]
fn logs_that_filters_named_are_archived_and_found_again_after_a_kill() {
    let scratch = Scratch::new();
    let columns: &'static [_] = Vec::leak(Reporter::STREAM.columns());
    let stream = |name| -> &'static _ { Box::leak(Box::new(LogStream::chosen(name, "", columns))) };
    let (by_host, second) = (stream("reporter-10.0.0.1"), stream("reporter-2"));
    let mut logs = scratch.live(scratch.archiving(Some(HOUR), None));
    logs.turn(at(TWO)).unwrap();
    for stream in [by_host, second, Reporter::STREAM] {
        logs.write(stream, at(TWO), b"one\n", 1).unwrap();
    }
    logs.turn(at(TWO + HOUR)).unwrap();
    for stream in [by_host, second, Reporter::STREAM] {
        logs.write(stream, at(TWO + HOUR), b"two\n", 1).unwrap();
    }
    logs.flush().unwrap();
    // The archiver of a process that is killed goes with it; this one is to have nothing at hand.
    while logs.archive_status().is_some_and(|status| status.archived < 3 || status.waiting > 0) {
        std::thread::sleep(Duration::from_millis(5));
    }
    // It is killed.
    drop(logs);
    assert!(scratch.spooled().contains(&"reporter-10.0.0.1.log".to_owned()));
    scratch.live(scratch.archiving(Some(HOUR), None)).finish(at(TWO + 2 * HOUR)).unwrap();
    let archived = scratch.archived();
    for name in ["reporter-10.0.0.1", "reporter-2", "reporter"] {
        let of_log =
            |file: &str| file.split_once('/').is_some_and(|(_, file)| file.starts_with(&format!("{name}.")));
        let texts: Vec<&String> =
            archived.iter().filter(|(file, _)| of_log(file)).map(|(_, text)| text).collect();
        let mut found: Vec<&str> = texts.iter().flat_map(|text| rows(text)).collect();
        found.sort_unstable();
        assert_eq!(found, ["one", "two"], "{name}: {:?}", scratch.names());
    }
    // Nothing is left, and they are archived names, which expire as others do.
    assert_eq!(scratch.spooled(), Vec::<String>::new());
    let is_known = |file: &String| super::name::is_archived(file.split_once('/').unwrap().1);
    assert!(scratch.names().iter().all(is_known));
}

#[test]
fn what_is_in_the_archive_already_is_not_doubled_and_nothing_is_overwritten() {
    let scratch = Scratch::new();
    let text = "{\"a\":1}\n";
    let name = "conn__2026-11-20-13-00-00__2026-11-20-14-00-00__0.log";
    let run = |text: &str| {
        put(&scratch.spool().join("rotated").join(name), text, TWO);
        scratch.files(None, None, Format::Json).finish(at(TWO)).unwrap();
    };
    run(text);
    // Killed between the one step and the other: twice the same.
    run(text);
    assert_eq!(scratch.names(), ["2026-11-20/conn.13:00:00-14:00:00.log.gz"]);
    // However it is compressed.
    put(&scratch.spool().join("rotated").join(name), text, TWO);
    let mut archiving = scratch.archiving(None, None);
    archiving.archive.compression = Compression::Zstd;
    let logs = LogDir::open(scratch.spool(), Options::new(Format::Json)).unwrap();
    logs.archived(archiving).unwrap().finish(at(TWO)).unwrap();
    assert_eq!(scratch.names(), ["2026-11-20/conn.13:00:00-14:00:00.log.gz"]);
    // Others have the name: they stay.
    run("{\"a\":2}\n");
    let day = scratch.archive().join("2026-11-20");
    fs::write(day.join("conn.13:00:00-14:00:00-2.log.gz"), "no gzip").unwrap();
    fs::create_dir(day.join("conn.13:00:00-14:00:00-3.log.gz")).unwrap();
    run("{\"a\":3}\n");
    run("{\"a\":2}\n");
    fs::remove_file(day.join("conn.13:00:00-14:00:00-2.log.gz")).unwrap();
    fs::remove_dir(day.join("conn.13:00:00-14:00:00-3.log.gz")).unwrap();
    let archived = scratch.archived();
    let texts: Vec<(&str, &str)> =
        archived.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(
        texts,
        [
            ("2026-11-20/conn.13:00:00-14:00:00-1.log.gz", "{\"a\":2}\n"),
            ("2026-11-20/conn.13:00:00-14:00:00-4.log.gz", "{\"a\":3}\n"),
            ("2026-11-20/conn.13:00:00-14:00:00.log.gz", text),
        ]
    );
    assert!(scratch.spooled().is_empty());
}

#[test]
fn an_archive_that_cannot_be_written_costs_no_row() {
    let scratch = Scratch::new();
    let mut logs = scratch.live(scratch.archiving(Some(HOUR), None));
    let blocked = scratch.archive().join("2026-11-20");
    fs::write(&blocked, "in the way").unwrap();
    logs.turn(at(TWO)).unwrap();
    logs.write(Reporter::STREAM, at(TWO), b"a\n", 1).unwrap();
    logs.turn(at(TWO + HOUR)).unwrap();
    let wait = |logs: &LogDir, what: &str| {
        let begun = Instant::now();
        let mut told = Vec::new();
        while !told.iter().any(|event: &ArchiveEvent| event.to_string().contains(what)) {
            assert!(begun.elapsed() < Duration::from_secs(10), "{what}: {told:?}");
            told.extend(logs.archive_events());
        }
    };
    wait(&logs, "the logs wait, and it is tried again");
    assert!(logs.trouble().is_none(), "the run has no trouble");
    let status = logs.archive_status().unwrap();
    assert!(status.failures > 0 && status.waiting == 1, "{status:?}");
    logs.write(Reporter::STREAM, at(TWO + HOUR), b"b\n", 1).unwrap();
    fs::remove_file(&blocked).unwrap();
    // It is tried again with the next log, or after a while.
    logs.turn(at(TWO + 2 * HOUR)).unwrap();
    wait(&logs, "logs are archived again");
    let status = logs.archive_status().unwrap();
    assert_eq!((status.waiting, status.archived), (0, 2), "{status:?}");
    logs.finish(at(TWO + 3 * HOUR)).unwrap();
    assert_eq!(scratch.names().len(), 2);
    // At the end it is an error, and the logs wait for the next run.
    let mut logs = scratch.files(None, None, Format::Json);
    fs::remove_dir_all(scratch.archive()).unwrap();
    fs::write(scratch.archive(), "in the way").unwrap();
    logs.write(Reporter::STREAM, at(TWO), b"{}\n", 1).unwrap();
    let error = logs.finish(at(TWO)).unwrap_err().to_string();
    assert!(error.starts_with("cannot archive "), "{error}");
    assert_eq!(scratch.spooled().len(), 1);
}

#[test]
fn old_logs_go_and_the_link_is_made_anew() {
    let scratch = Scratch::new();
    let mut archiving = scratch.archiving(None, None);
    archiving.archive.expiry.age = Some(Duration::from_secs(86_400));
    archiving.clock = || UNIX_EPOCH + Duration::from_secs(TWO as u64);
    put(&scratch.archive().join("2026-11-18/conn.00:00:00-01:00:00.log.gz"), "old", TWO - 90_000);
    put(&scratch.archive().join("2026-11-19/conn.00:00:00-01:00:00.log"), "young", TWO - 80_000);
    std::os::unix::fs::symlink("/nowhere", scratch.archive().join("current")).unwrap();
    let logs = scratch.live(archiving);
    assert_eq!(
        fs::canonicalize(scratch.archive().join("current")).unwrap(),
        fs::canonicalize(scratch.spool()).unwrap()
    );
    logs.finish(at(TWO)).unwrap();
    assert_eq!(scratch.names(), ["2026-11-19/conn.00:00:00-01:00:00.log"]);
    // What is no link stays, and is told.
    fs::remove_file(scratch.archive().join("current")).unwrap();
    fs::write(scratch.archive().join("current"), "mine").unwrap();
    let again = LogDir::open_live_archived(
        scratch.spool(),
        Options::default(),
        STREAMS,
        scratch.archiving(None, None),
    );
    let error = again.err().unwrap().to_string();
    assert!(error.starts_with("cannot link to the logs in "), "{error}");
}

#[test]
fn the_archive_may_be_where_the_logs_are() {
    let scratch = Scratch::new();
    let archiving = Archiving::new(Rotation::default(), Archive::new(scratch.spool()));
    let mut logs = scratch.live(archiving);
    logs.write(PacketFilter::STREAM, at(TWO), b"a\n", 1).unwrap();
    // Who asks for it has the logs archived now.
    logs.reopen(at(TWO + 60)).unwrap();
    logs.write(PacketFilter::STREAM, at(TWO), b"b\n", 1).unwrap();
    logs.finish(at(TWO + 120)).unwrap();
    let mut names: Vec<String> = fs::read_dir(scratch.spool().join("2026-11-20"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["packet_filter.14:00:00-14:01:00.log.gz", "packet_filter.14:01:00-14:02:00.log.gz"]);
    assert!(!scratch.spool().join("current").exists());
}
