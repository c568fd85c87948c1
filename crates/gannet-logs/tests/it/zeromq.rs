//! Subscribers that use libzmq itself, by Python: they come late, are cut off, stand still and come back.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use gannet::Timestamp;
use gannet_logs::{Endpoint, PacketFilter, Publication, Publishers, Reporter};

/// Subscribes where it is told to, and prints what it gets.
const SUBSCRIBER: &str = "
import sys, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.setsockopt(zmq.RCVHWM, 0)
getattr(socket, sys.argv[1])(sys.argv[2])
for prefix in sys.argv[3:]:
    socket.setsockopt(zmq.SUBSCRIBE, prefix.encode())
print('begun', flush=True)
while True:
    topic, body = socket.recv_multipart()
    print(topic.decode(), body.decode(), flush=True)
";

/// A subscriber that runs, and its lines.
struct Subscriber {
    child: Child,
    lines: Receiver<String>,
}

impl Subscriber {
    /// `how` is `bind` or `connect`.
    fn start(how: &str, endpoint: &str, prefixes: &[&str]) -> Self {
        let mut command = Command::new(python().expect("a Python with zmq"));
        command.args(["-c", SUBSCRIBER, how, endpoint]).args(prefixes).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let subscriber = Self { child, lines };
        assert_eq!(subscriber.line(), "begun");
        subscriber
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(20)).expect("a line")
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _over = self.child.kill();
        let _over = self.child.wait();
    }
}

/// A Python that has libzmq: the first of the path, or the system's own.
fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let output = Command::new(python).args(["-c", "import zmq"]).output();
        output.is_ok_and(|output| output.status.success())
    })
}

/// Whether there is a libzmq to test with.
fn is_there() -> bool {
    let there = python().is_some();
    if !there {
        println!("SKIPPED: Python has no zmq (python3-zmq, or pyzmq)");
    }
    there
}

fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn start(publication: Publication) -> Publishers {
    Publishers::start(vec![publication]).unwrap()
}

/// Waits until so many subscribers are there, and have said what they want.
fn wait_for(publishers: &Publishers, count: usize) {
    let begun = Instant::now();
    let there = |publishers: &Publishers| {
        publishers.status()[0].subscribers.iter().filter(|subscriber| subscriber.connected).count()
    };
    while there(publishers) != count {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", publishers.status());
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(200));
}

fn row(number: u64) -> Vec<u8> {
    format!("{{\"number\":{number}}}\n").into_bytes()
}

#[test]
fn who_comes_late_gets_what_comes_then_and_only_what_it_wants() {
    if !is_there() {
        return;
    }
    let socket = std::env::temp_dir().join(format!("gannet-zeromq-{}", std::process::id()));
    let at_port = format!("tcp://127.0.0.1:{}", port());
    for endpoint in [at_port, format!("ipc://{}", socket.display())] {
        let mut publishers = start(Publication::new(format!("@{endpoint}").parse::<Endpoint>().unwrap()));
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, &row(0));
        let all = Subscriber::start("connect", &endpoint, &[""]);
        let some = Subscriber::start("connect", &endpoint, &["packet_", "no"]);
        wait_for(&publishers, 2);
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, &row(1));
        publishers.publish(PacketFilter::STREAM, Timestamp::ZERO, &row(2));
        // More than a short frame holds.
        publishers.publish(
            PacketFilter::STREAM,
            Timestamp::ZERO,
            format!("{{\"x\":\"{}\"}}\n", "x".repeat(70_000)).as_bytes(),
        );
        assert_eq!(all.line(), "reporter {\"number\":1}");
        assert_eq!(all.line(), "packet_filter {\"number\":2}");
        assert_eq!(some.line(), "packet_filter {\"number\":2}");
        assert_eq!((all.line().len(), some.line().len()), (70_022, 70_022));
        drop(some);
        wait_for(&publishers, 1);
        let some = Subscriber::start("connect", &endpoint, &["rep"]);
        wait_for(&publishers, 2);
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, &row(3));
        assert_eq!(some.line(), "reporter {\"number\":3}");
        assert_eq!(publishers.finish()[0].dropped, 0);
    }
}

#[test]
fn what_comes_while_a_subscriber_is_gone_waits_for_it() {
    if !is_there() {
        return;
    }
    let endpoint = format!("tcp://127.0.0.1:{}", port());
    let mut publication = Publication::new(endpoint.parse::<Endpoint>().unwrap());
    publication.high_water = 500;
    let mut publishers = start(publication);
    let subscriber = Subscriber::start("bind", &endpoint, &[""]);
    wait_for(&publishers, 1);
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, &row(0));
    assert_eq!(subscriber.line(), "reporter {\"number\":0}");
    drop(subscriber);
    wait_for(&publishers, 0);
    for number in 1..=600 {
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, &row(number));
    }
    let subscriber = Subscriber::start("bind", &endpoint, &[""]);
    for number in 1..=500 {
        assert_eq!(subscriber.line(), format!("reporter {{\"number\":{number}}}"));
    }
    // Beyond the high-water mark they are lost, and counted; then it goes on.
    wait_for(&publishers, 1);
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, &row(601));
    assert_eq!(subscriber.line(), "reporter {\"number\":601}");
    let status = &publishers.finish()[0];
    assert_eq!((status.sent, status.dropped), (502, 100));
}

/// A subscriber that is cut off for a while at 10,000 rows a second, with queue space enough.
fn stalls(rows: u64, from: u64, to: u64) {
    let endpoint = format!("tcp://127.0.0.1:{}", port());
    let mut publication = Publication::new(endpoint.parse::<Endpoint>().unwrap());
    publication.high_water = 1_000_000;
    publication.bytes = 256 << 20;
    publication.linger = Duration::from_secs(20);
    let mut publishers = start(publication);
    let subscriber = Subscriber::start("bind", &endpoint, &["rep"]);
    wait_for(&publishers, 1);
    let begun = Instant::now();
    for number in 0..rows {
        if number == from {
            subscriber.signal("-STOP");
        }
        if number == to {
            assert!(
                publishers.status()[0].subscribers[0].waiting > 0,
                "it stands still: {:?}",
                publishers.status()
            );
            subscriber.signal("-CONT");
        }
        // Rows of a usual size.
        let row = format!("{{\"number\":{number},\"x\":\"{}\"}}\n", "x".repeat(300));
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, row.as_bytes());
        if number % 100 == 99 {
            sleep(Duration::from_micros(number * 100).saturating_sub(begun.elapsed()));
        }
    }
    for number in 0..rows {
        let line = subscriber.line();
        assert!(line.starts_with(&format!("reporter {{\"number\":{number},")), "{number}: {line}");
    }
    let status = &publishers.finish()[0];
    assert_eq!((status.sent, status.dropped), (rows, 0));
}

#[test]
fn a_subscriber_that_stands_still_for_two_seconds_gets_every_row_in_order() {
    if is_there() {
        stalls(40_000, 10_000, 30_000);
    }
}

#[test]
fn a_subscriber_that_stands_still_for_ten_seconds_gets_every_row_in_order() {
    if is_there() {
        stalls(140_000, 20_000, 120_000);
    }
}
