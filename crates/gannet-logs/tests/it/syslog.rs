//! rsyslog as a receiver: it comes late, stands still, is cut off and comes back.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use gannet::Timestamp;
use gannet_logs::{Publication, Publishers, Reporter, Syslog};

/// An rsyslog that writes what it gets to a file.
struct Rsyslog {
    child: Child,
}

impl Rsyslog {
    fn start(dir: &Path, port: u16) -> Self {
        let config = dir.join("rsyslog.conf");
        let text = format!(
            "global(workDirectory=\"{dir}\" maxMessageSize=\"128k\")\nmodule(load=\"imtcp\")\n\
             template(name=\"row\" type=\"string\" string=\"%timereported:::date-rfc3339%|%hostname%|%app-name%|%msgid%|%syslogfacility-text%|%msg%\\n\")\n\
             input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")\n\
             action(type=\"omfile\" file=\"{dir}/got\" template=\"row\" flushOnTXEnd=\"on\")\n",
            dir = dir.display()
        );
        fs::write(&config, text).unwrap();
        let mut command = Command::new("rsyslogd");
        command.arg("-n").arg("-f").arg(&config).arg("-i").arg(dir.join("pid")).stderr(Stdio::null());
        Self { child: command.spawn().unwrap() }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Ends it as its service does: what it has is written.
    fn stop(mut self) {
        self.signal("-TERM");
        self.child.wait().unwrap();
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _over = self.child.kill();
        let _over = self.child.wait();
    }
}

fn is_there() -> bool {
    let there = Command::new("rsyslogd").arg("-v").output().is_ok_and(|output| output.status.success());
    if !there {
        println!("SKIPPED: there is no rsyslogd");
    }
    there
}

/// A directory, a port that nobody has, and a publisher to it.
fn start(name: &str, queue: usize) -> (PathBuf, u16, Publishers) {
    let dir = std::env::temp_dir().join(format!("gannet-syslog-{name}-{}", std::process::id()));
    let _none = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let to: Syslog = format!("tcp://127.0.0.1:{port}").parse().unwrap();
    let mut publication = Publication::new(to.with_host("sensor-a").with_facility("daemon".parse().unwrap()));
    publication.bytes = queue;
    publication.linger = Duration::from_secs(20);
    (dir, port, Publishers::start(vec![publication]).unwrap())
}

fn publish(publishers: &mut Publishers, number: u64) {
    // Rows of a usual size.
    let row = format!("{{\"number\":{number},\"x\":\"{}\"}}\n", "x".repeat(300));
    publishers.publish(Reporter::STREAM, Timestamp::from_parts(1_700_000_000, 250_000_000), row.as_bytes());
}

/// The numbers of the rows that came.
fn numbers(dir: &Path) -> Vec<u64> {
    let text = fs::read_to_string(dir.join("got")).unwrap_or_default();
    let number = |line: &str| {
        let (_, rest) = line.split_once("{\"number\":")?;
        rest.split_once(',')?.0.parse().ok()
    };
    text.lines().filter_map(number).collect()
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        sleep(Duration::from_millis(20));
    }
}

fn wait_for_rows(dir: &Path, rows: u64) {
    wait_until("the rows", || numbers(dir).len() as u64 >= rows);
}

#[test]
fn who_comes_late_gets_everything_from_the_beginning_as_it_is() {
    if !is_there() {
        return;
    }
    let (dir, port, mut publishers) = start("late", 1 << 20);
    for number in 0..100 {
        publish(&mut publishers, number);
    }
    let hostile = "{\"number\":100,\"x\":\"a\\tb\\\\ \u{e9}\u{20ac} 12 <13>1 | %msg%\"}\n";
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, hostile.as_bytes());
    let long = format!("{{\"number\":101,\"x\":\"{}\"}}\n", "y".repeat(100_000));
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, long.as_bytes());
    sleep(Duration::from_millis(500));
    let rsyslog = Rsyslog::start(&dir, port);
    wait_for_rows(&dir, 102);
    let text = fs::read_to_string(dir.join("got")).unwrap();
    let first = "2023-11-14T22:13:20.250000Z|sensor-a|gannet|reporter|daemon|{\"number\":0,";
    assert!(text.starts_with(first), "{}", &text[..120]);
    let got = |number: usize| text.lines().nth(number).and_then(|line| line.splitn(6, '|').last()).unwrap();
    assert_eq!(got(100), hostile.trim_end());
    assert_eq!(got(101), long.trim_end());
    let status = &publishers.finish()[0];
    assert_eq!((status.sent, status.dropped, status.waiting()), (102, 0, 0));
    rsyslog.stop();
    assert_eq!(numbers(&dir), (0..102).collect::<Vec<_>>());
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn what_comes_while_it_is_gone_waits_and_what_is_too_much_is_counted() {
    if !is_there() {
        return;
    }
    let (dir, port, mut publishers) = start("gone", 1 << 20);
    let rsyslog = Rsyslog::start(&dir, port);
    (0..10).for_each(|number| publish(&mut publishers, number));
    wait_for_rows(&dir, 10);
    rsyslog.stop();
    wait_until("it is gone", || !publishers.status()[0].subscribers[0].connected);
    // About 2,500 of them have a place.
    (10..5010).for_each(|number| publish(&mut publishers, number));
    let dropped = publishers.status()[0].dropped;
    assert!((1000..4000).contains(&dropped), "{dropped}");
    let rsyslog = Rsyslog::start(&dir, port);
    wait_for_rows(&dir, 5010 - dropped);
    publish(&mut publishers, 5010);
    let status = &publishers.finish()[0];
    assert_eq!((status.sent, status.dropped), (5011 - dropped, dropped));
    wait_for_rows(&dir, 5011 - dropped);
    rsyslog.stop();
    // The oldest of those that waited went.
    assert_eq!(numbers(&dir), (0..10).chain(10 + dropped..5011).collect::<Vec<_>>());
    fs::remove_dir_all(dir).unwrap();
}

/// A receiver that stands still at 10,000 rows a second, with queue space enough, and is restarted then.
fn stalls(name: &str, rows: u64, from: u64, to: u64) {
    let (dir, port, mut publishers) = start(name, 128 << 20);
    let rsyslog = Rsyslog::start(&dir, port);
    let begun = Instant::now();
    for number in 0..rows {
        if number == from {
            rsyslog.signal("-STOP");
        }
        if number == to {
            assert!(publishers.status()[0].waiting() > 0, "it stands still: {:?}", publishers.status());
            rsyslog.signal("-CONT");
        }
        publish(&mut publishers, number);
        if number % 100 == 99 {
            sleep(Duration::from_micros(number * 100).saturating_sub(begun.elapsed()));
        }
    }
    let status = &publishers.finish()[0];
    assert_eq!((status.sent, status.dropped), (rows, 0));
    wait_for_rows(&dir, rows);
    rsyslog.stop();
    assert!(numbers(&dir).into_iter().eq(0..rows), "all rows, in order");
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_receiver_that_stands_still_for_two_seconds_gets_every_row_in_order() {
    if is_there() {
        stalls("two", 40_000, 10_000, 30_000);
    }
}

#[test]
fn a_receiver_that_stands_still_for_ten_seconds_gets_every_row_in_order() {
    if is_there() {
        stalls("ten", 140_000, 20_000, 120_000);
    }
}

#[test]
fn a_receiver_that_is_restarted_under_load_loses_only_what_was_on_the_way() {
    if !is_there() {
        return;
    }
    let (dir, port, mut publishers) = start("restart", 64 << 20);
    let mut rsyslog = Some(Rsyslog::start(&dir, port));
    let begun = Instant::now();
    for number in 0..30_000 {
        if number == 10_000 {
            rsyslog.take().unwrap().stop();
        }
        if number == 20_000 {
            rsyslog = Some(Rsyslog::start(&dir, port));
        }
        publish(&mut publishers, number);
        if number % 100 == 99 {
            sleep(Duration::from_micros(number * 100).saturating_sub(begun.elapsed()));
        }
    }
    let status = &publishers.finish()[0];
    assert_eq!((status.sent, status.dropped), (30_000, 0));
    wait_until("the last row", || numbers(&dir).last() == Some(&29_999));
    rsyslog.unwrap().stop();
    let got = numbers(&dir);
    assert!(got.is_sorted_by(|one, next| one < next), "in order, and none twice");
    let lost = 30_000 - got.len();
    println!("{lost} rows were on the way");
    assert!(lost < 5_000, "{lost}");
    fs::remove_dir_all(dir).unwrap();
}
