//! Logs in a directory of their own.

use std::sync::atomic::{AtomicU32, Ordering};

use std::fs::File;

use super::*;
use crate::options::Format;
use crate::{PacketFilter, Reporter};

/// A new directory, removed at the end of the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gannet-logs-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn open(&self, format: Format) -> LogDir {
        LogDir::open(&self.0, Options::new(format)).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const STREAMS: [&str; 3] = ["conn", "reporter", "packet_filter"];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_parts(seconds, 0)
}

#[test]
fn logs_appear_when_complete() {
    let scratch = Scratch::new();
    let mut logs = scratch.open(Format::Tsv);
    logs.write(Reporter::STREAM, at(1), b"one\n", 1).unwrap();
    logs.write(PacketFilter::STREAM, at(2), b"a\nb\n", 2).unwrap();
    logs.write(Reporter::STREAM, at(3), b"two\n", 1).unwrap();
    assert_eq!(scratch.files(), [".packet_filter.log.partial", ".reporter.log.partial"]);
    logs.flush().unwrap();
    assert!(scratch.read(".reporter.log.partial").ends_with("one\ntwo\n"));
    let summary = logs.finish(at(4)).unwrap();
    assert_eq!(summary.logs, [("packet_filter", 2), ("reporter", 2)]);
    assert_eq!(summary.rows(), 4);
    assert_eq!(scratch.files(), ["packet_filter.log", "reporter.log"]);
    let text = scratch.read("reporter.log");
    assert!(text.starts_with("#separator \\x09\n") && text.contains("#open\t1970-01-01-00-00-01\n"));
    assert!(text.ends_with("string\none\ntwo\n#close\t1970-01-01-00-00-04\n"));
}

#[test]
fn a_run_without_rows_writes_nothing() {
    let scratch = Scratch::new();
    assert_eq!(scratch.open(Format::Tsv).finish(at(1)).unwrap(), Written::default());
    assert!(scratch.files().is_empty());
}

#[test]
fn earlier_logs_are_replaced_or_named() {
    let scratch = Scratch::new();
    for name in ["conn.log", "reporter.log", "mine.log", "conn.txt", ".old.log.partial"] {
        fs::write(scratch.0.join(name), "old\n").unwrap();
    }
    fs::create_dir(scratch.0.join("packet_filter.log")).unwrap();
    let mut logs = scratch.open(Format::Json);
    logs.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
    assert_eq!(scratch.read("reporter.log"), "old\n");
    assert_eq!(logs.stale(STREAMS).unwrap(), [scratch.0.join("conn.log")]);
    logs.finish(at(1)).unwrap();
    assert_eq!(scratch.read("reporter.log"), "{}\n");
    assert_eq!(scratch.files(), ["conn.log", "conn.txt", "mine.log", "packet_filter.log", "reporter.log"]);
}

#[test]
fn an_interrupted_run_is_marked() {
    let scratch = Scratch::new();
    let mut logs = scratch.open(Format::Tsv);
    logs.write(Reporter::STREAM, at(1), b"one\n", 1).unwrap();
    let summary = logs.interrupt(at(86_400)).unwrap();
    assert_eq!(summary.logs, [("reporter", 1)]);
    assert_eq!(scratch.files(), [MARKER, "reporter.log"]);
    assert!(scratch.read("reporter.log").ends_with("string\none\n"));
    assert_eq!(
        scratch.read(MARKER),
        "Interrupted: these logs end at 1970-01-02-00-00-00 (UTC) of the capture.\nreporter.log\t1 rows\n"
    );
    // A later run that completes takes the mark away.
    scratch.open(Format::Tsv).finish(at(1)).unwrap();
    assert_eq!(scratch.files(), ["reporter.log"]);
}

#[test]
fn a_killed_run_leaves_nothing_for_the_next() {
    let scratch = Scratch::new();
    let mut logs = scratch.open(Format::Json);
    logs.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
    drop(logs);
    assert_eq!(scratch.files(), [".reporter.log.partial"]);
    scratch.open(Format::Json).finish(at(1)).unwrap();
    assert!(scratch.files().is_empty());
}

#[test]
fn live_logs_have_their_names_and_rows_at_once() {
    let scratch = Scratch::new();
    let mut logs = LogDir::open_live(&scratch.0, Options::new(Format::Tsv), STREAMS).unwrap();
    assert!(scratch.files().is_empty());
    logs.write(Reporter::STREAM, at(1), b"one\n", 1).unwrap();
    assert_eq!(scratch.files(), ["reporter.log"]);
    logs.flush().unwrap();
    assert!(scratch.read("reporter.log").ends_with("string\none\n"));
    logs.write(Reporter::STREAM, at(2), b"two\n", 1).unwrap();
    assert_eq!(logs.finish(at(3)).unwrap().logs, [("reporter", 2)]);
    assert_eq!(scratch.files(), ["reporter.log"]);
    assert!(scratch.read("reporter.log").ends_with("one\ntwo\n#close\t1970-01-01-00-00-03\n"));
}

#[test]
fn live_logs_never_overwrite() {
    let scratch = Scratch::new();
    let put = |name: &str, text: &str, seconds: u64| {
        let path = scratch.0.join(name);
        fs::write(&path, text).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    put("conn.log", "first\n", 86_400);
    put("mine.log", "mine\n", 86_400);
    put(MARKER, "cut\n", 86_401);
    let open = || LogDir::open_live(&scratch.0, Options::new(Format::Json), STREAMS).unwrap();
    open();
    assert_eq!(
        scratch.files(),
        ["INCOMPLETE.1970-01-02-00-00-01", "conn.1970-01-02-00-00-00.log", "mine.log"]
    );
    // Of the same second; and one that comes while the run goes on.
    put("conn.log", "second\n", 86_400);
    let mut logs = open();
    put("reporter.log", "late\n", 5);
    logs.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
    logs.finish(at(2)).unwrap();
    assert_eq!(scratch.read("conn.1970-01-02-00-00-00.log"), "first\n");
    assert_eq!(scratch.read("conn.1970-01-02-00-00-00-1.log"), "second\n");
    assert_eq!(scratch.read("reporter.1970-01-01-00-00-05.log"), "late\n");
    assert_eq!(scratch.read("reporter.log"), "{}\n");
}

#[test]
fn errors_say_what_and_where() {
    let scratch = Scratch::new();
    let file = scratch.0.join("file");
    fs::write(&file, "").unwrap();
    let error = LogDir::open(&file, Options::default()).err().unwrap();
    assert!(error.to_string().starts_with(&format!("cannot make the log directory {}: ", file.display())));
    let mut logs = scratch.open(Format::Json);
    fs::create_dir(scratch.0.join("reporter.log")).unwrap();
    logs.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
    logs.write(PacketFilter::STREAM, at(1), b"{}\n", 1).unwrap();
    let error = logs.finish(at(1)).unwrap_err();
    assert_eq!(error.path(), scratch.0.join("reporter.log"));
    assert!(scratch.files().contains(&"packet_filter.log".to_owned()), "the other log is kept");
}

#[test]
fn directories_are_made() {
    let scratch = Scratch::new();
    let nested = scratch.0.join("a/b");
    let logs = LogDir::open(&nested, Options::default()).unwrap();
    assert_eq!(logs.path(), nested);
    assert!(nested.is_dir());
}

/// What somebody put there under the names of files to come: links to a file, links to nowhere, pipes.
#[test]
fn what_has_the_name_of_a_file_to_come_is_not_written_to() {
    let kinds: [fn(&Path, &Path); 3] = [
        |victim, at| std::os::unix::fs::symlink(victim, at).unwrap(),
        |victim, at| std::os::unix::fs::symlink(victim.with_extension("nowhere"), at).unwrap(),
        |_, at| nix::unistd::mkfifo(at, nix::sys::stat::Mode::S_IRWXU).unwrap(),
    ];
    for put in kinds {
        let (scratch, other) = (Scratch::new(), Scratch::new());
        let victim = other.0.join("victim");
        fs::write(&victim, "precious\n").unwrap();
        for name in [".reporter.log.partial", "reporter.log", MARKER] {
            put(&victim, &scratch.0.join(name));
        }
        let mut logs = scratch.open(Format::Json);
        logs.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
        logs.interrupt(at(2)).unwrap();
        assert_eq!(scratch.files(), [MARKER, "reporter.log"]);
        assert_eq!(scratch.read("reporter.log"), "{}\n");
        for name in [".probe.log.partial", "reporter.log", MARKER] {
            let _gone = fs::remove_file(scratch.0.join(name));
            put(&victim, &scratch.0.join(name));
        }
        let mut logs = LogDir::open_live(&scratch.0, Options::new(Format::Json), STREAMS).unwrap();
        put(&victim, &scratch.0.join("reporter.log"));
        logs.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
        logs.finish(at(2)).unwrap();
        assert_eq!(scratch.read("reporter.log"), "{}\n");
        assert_eq!((other.read("victim").as_str(), other.files().len()), ("precious\n", 1));
    }
}

#[test]
fn a_directory_that_is_replaced_is_not_written_to() {
    let (scratch, other) = (Scratch::new(), Scratch::new());
    let (dir, away) = (scratch.0.join("logs"), scratch.0.join("away"));
    let mut logs = LogDir::open(&dir, Options::new(Format::Json)).unwrap();
    fs::rename(&dir, &away).unwrap();
    std::os::unix::fs::symlink(&other.0, &dir).unwrap();
    logs.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
    logs.finish(at(2)).unwrap();
    assert!(other.files().is_empty());
    assert_eq!(fs::read_to_string(away.join("reporter.log")).unwrap(), "{}\n");
}

#[test]
fn a_directory_has_one_run_at_a_time() {
    let scratch = Scratch::new();
    let mut first = scratch.open(Format::Json);
    first.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
    let live = LogDir::open_live(&scratch.0, Options::default(), STREAMS);
    for second in [LogDir::open(&scratch.0, Options::default()), live] {
        let error = second.err().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::ResourceBusy);
        let own =
            format!("cannot use the log directory {}: process {} ", scratch.0.display(), std::process::id());
        assert!(error.to_string().starts_with(&own), "{error}");
    }
    assert_eq!(scratch.files(), [".reporter.log.partial"], "what the first has written stays");
    first.finish(at(2)).unwrap();
    scratch.open(Format::Json);
}

/// As `logrotate` does with `copytruncate`.
#[test]
fn a_log_that_is_cut_goes_on_at_its_beginning() {
    let scratch = Scratch::new();
    let mut logs = LogDir::open_live(&scratch.0, Options::new(Format::Json), STREAMS).unwrap();
    logs.write(Reporter::STREAM, at(1), b"{\"first\":1}\n", 1).unwrap();
    logs.flush().unwrap();
    File::options().write(true).open(scratch.0.join("reporter.log")).unwrap().set_len(0).unwrap();
    logs.write(Reporter::STREAM, at(1), b"{}\n", 1).unwrap();
    logs.finish(at(2)).unwrap();
    assert_eq!(scratch.read("reporter.log"), "{}\n");
}

#[test]
fn logs_without_rows_do_not_pile_up() {
    let scratch = Scratch::new();
    let header = "#separator \\x09\n#fields\tts\n";
    for (name, text) in [("conn.log", ""), ("reporter.log", header), ("packet_filter.log", "#fields\nrow\n")]
    {
        fs::write(scratch.0.join(name), text).unwrap();
    }
    LogDir::open_live(&scratch.0, Options::default(), STREAMS).unwrap();
    let files = scratch.files();
    assert!(files.len() == 1 && files[0].starts_with("packet_filter.2"), "{files:?}");
}

/// As `logrotate` does without `copytruncate`: it gives the file another name, and a signal.
#[test]
fn a_log_that_is_given_another_name_is_closed_and_goes_on_in_a_new_one() {
    let scratch = Scratch::new();
    let mut logs = LogDir::open_live(&scratch.0, Options::new(Format::Tsv), STREAMS).unwrap();
    logs.write(Reporter::STREAM, at(1), b"one\n", 1).unwrap();
    logs.write(PacketFilter::STREAM, at(1), b"stays\n", 1).unwrap();
    logs.flush().unwrap();
    fs::rename(scratch.0.join("reporter.log"), scratch.0.join("reporter.log.1")).unwrap();
    logs.write(Reporter::STREAM, at(2), b"two\n", 1).unwrap();
    logs.reopen(at(3)).unwrap();
    assert_eq!(scratch.files(), ["packet_filter.log", "reporter.log.1"]);
    logs.write(Reporter::STREAM, at(4), b"three\n", 1).unwrap();
    logs.write(PacketFilter::STREAM, at(4), b"goes on\n", 1).unwrap();
    assert_eq!(logs.finish(at(5)).unwrap().logs, [("packet_filter", 2), ("reporter", 3)]);
    assert!(scratch.read("reporter.log.1").ends_with("string\none\ntwo\n#close\t1970-01-01-00-00-03\n"));
    let new = scratch.read("reporter.log");
    assert!(new.contains("#open\t1970-01-01-00-00-04\n"), "{new}");
    assert!(new.ends_with("string\nthree\n#close\t1970-01-01-00-00-05\n"), "{new}");
    assert!(scratch.read("packet_filter.log").ends_with("\nstays\ngoes on\n#close\t1970-01-01-00-00-05\n"));
}
