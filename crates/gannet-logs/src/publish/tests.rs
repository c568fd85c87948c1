//! Publishers and subscribers on this machine, without libzmq: the other half of the protocol by hand.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use super::*;
use crate::{PacketFilter, Reporter};

fn frame(bytes: &[u8]) -> Vec<u8> {
    [&[0, bytes.len() as u8], bytes].concat()
}

/// A subscriber that says what it is and what it wants.
fn subscribe(stream: &mut TcpStream, prefix: &[u8]) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(&zmtp::greeting()).unwrap();
    let body = [&b"\x05READY\x0bSocket-Type\0\0\0\x03SUB"[..]].concat();
    stream.write_all(&[&[4, body.len() as u8], &body[..]].concat()).unwrap();
    stream.write_all(&frame(&[b"\x01", prefix].concat())).unwrap();
    let mut theirs = [0; 64];
    stream.read_exact(&mut theirs).unwrap();
    assert_eq!(theirs, zmtp::greeting());
    let (_, ready) = next(stream);
    assert!(ready.starts_with(b"\x05READY\x0bSocket-Type\0\0\0\x03PUB"));
}

fn next(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let mut body = vec![0; usize::from(head[1])];
    stream.read_exact(&mut body).unwrap();
    (head[0], body)
}

fn message(stream: &mut TcpStream) -> (String, String) {
    let ((more, topic), (last, body)) = (next(stream), next(stream));
    assert_eq!((more, last), (1, 0));
    (String::from_utf8(topic).unwrap(), String::from_utf8(body).unwrap())
}

fn publication(endpoint: &str) -> Publication {
    Publication::new(endpoint.parse::<Endpoint>().unwrap())
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// A port that nobody has.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn subscribers_get_what_they_want_and_nothing_before_they_want_it() {
    let port = free_port();
    let mut publishers = Publishers::start(vec![publication(&format!("@tcp://127.0.0.1:{port}"))]).unwrap();
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, b"{\"lost\":1}\n");
    let mut all = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut some = TcpStream::connect(("127.0.0.1", port)).unwrap();
    subscribe(&mut all, b"");
    subscribe(&mut some, b"packet");
    let connected =
        |publishers: &Publishers| publishers.status()[0].subscribers.iter().filter(|s| s.connected).count();
    wait("two subscribers", || connected(&publishers) == 2);
    // What they want comes behind what they are.
    thread::sleep(Duration::from_millis(50));
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, b"{\"a\":1}\n");
    publishers.publish(PacketFilter::STREAM, Timestamp::ZERO, b"{\"b\":2}\n");
    assert_eq!(message(&mut all), ("reporter".to_owned(), "{\"a\":1}".to_owned()));
    assert_eq!(message(&mut all), ("packet_filter".to_owned(), "{\"b\":2}".to_owned()));
    assert_eq!(message(&mut some), ("packet_filter".to_owned(), "{\"b\":2}".to_owned()));
    drop(some);
    wait("one goes", || connected(&publishers) == 1);
    let status = publishers.finish();
    assert_eq!((status[0].sent, status[0].dropped), (3, 0));
}

#[test]
fn strangers_are_sent_away() {
    let port = free_port();
    let publishers = Publishers::start(vec![publication(&format!("@tcp://127.0.0.1:{port}"))]).unwrap();
    for said in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 200], &[&zmtp::greeting()[..], &[0xff; 100]].concat()]
    {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(said).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut all = Vec::new();
        let _reset = stream.read_to_end(&mut all);
        assert!(all.len() <= 200, "its greeting at most");
    }
    wait("none is left", || publishers.status()[0].subscribers.is_empty());
    publishers.finish();
}

#[test]
fn a_subscriber_that_listens_is_found_again_and_gets_what_waited() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut first = publication(&format!("tcp://{address}"));
    first.high_water = 100;
    // The second endpoint that wants a log has it under another path.
    let mut second = first.clone();
    second.only = vec!["reporter".to_owned()];
    let mut publishers = Publishers::start(vec![first, second]).unwrap();
    let accept = || {
        let mut pair: Vec<TcpStream> = (0..2).map(|_| listener.accept().unwrap().0).collect();
        pair.iter_mut().for_each(|stream| subscribe(stream, b"reporter"));
        pair
    };
    let mut streams = accept();
    let all_there = |there: bool, publishers: &Publishers| {
        publishers.status().iter().flat_map(|status| &status.subscribers).all(|s| s.connected == there)
    };
    wait("both", || all_there(true, &publishers));
    thread::sleep(Duration::from_millis(50));
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, b"{\"n\":0}\n");
    let mut topics: Vec<String> = streams.iter_mut().map(|stream| message(stream).0).collect();
    topics.sort();
    assert_eq!(topics, ["reporter", "reporter-2"]);
    drop(streams);
    wait("they go", || all_there(false, &publishers));
    for n in 1..=150 {
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, format!("{{\"n\":{n}}}\n").as_bytes());
        publishers.publish(PacketFilter::STREAM, Timestamp::ZERO, b"{}\n");
    }
    wait("50 are dropped", || publishers.status().iter().all(|status| status.dropped == 50));
    streams = accept();
    for stream in &mut streams {
        for n in 1..=100 {
            assert_eq!(message(stream).1, format!("{{\"n\":{n}}}"));
        }
    }
    let status = publishers.finish();
    assert_eq!(status.iter().map(|status| status.sent).collect::<Vec<_>>(), [101, 101]);
}

#[test]
fn the_end_waits_for_what_waits_but_not_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut publication = publication(&format!("tcp://{}", listener.local_addr().unwrap()));
    publication.linger = Duration::from_millis(300);
    publication.high_water = 1_000_000;
    let mut publishers = Publishers::start(vec![publication.clone()]).unwrap();
    let mut stream = listener.accept().unwrap().0;
    subscribe(&mut stream, b"");
    wait("it", || publishers.status()[0].subscribers[0].connected);
    thread::sleep(Duration::from_millis(50));
    let row = format!("{{\"x\":\"{}\"}}\n", "x".repeat(100_000));
    for _ in 0..300 {
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, row.as_bytes());
    }
    // Nobody reads.
    let begun = Instant::now();
    let status = publishers.finish();
    assert!((300..3000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert!(status[0].subscribers[0].waiting > 0);
    // Nobody was ever there: there is nothing to wait for.
    drop((stream, listener));
    publication.linger = Duration::from_secs(60);
    let mut publishers = Publishers::start(vec![publication]).unwrap();
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, b"{}\n");
    let begun = Instant::now();
    publishers.finish();
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_socket_of_a_dead_process_is_taken_over_and_nothing_else() {
    let path = std::env::temp_dir().join(format!("gannet-zmq-{}", std::process::id()));
    let endpoint = format!("@ipc://{}", path.display());
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let publishers = Publishers::start(vec![publication(&endpoint)]).unwrap();
    // A living one keeps it.
    assert!(Publishers::start(vec![publication(&endpoint)]).is_err());
    publishers.finish();
    assert!(!path.exists());
    std::fs::write(&path, "precious").unwrap();
    assert!(Publishers::start(vec![publication(&endpoint)]).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    std::fs::remove_file(&path).unwrap();
}

/// A message of syslog by its length; nothing at the end.
fn told(stream: &mut TcpStream) -> Option<String> {
    let mut length = 0;
    loop {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap() == 0 {
            return None;
        }
        match byte[0] {
            b' ' => break,
            digit => length = length * 10 + usize::from(digit - b'0'),
        }
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).ok()?;
    Some(String::from_utf8(message).unwrap())
}

/// The number in a message.
fn number(message: &str) -> u64 {
    let (_, rest) = message.split_once("{\"n\":").unwrap();
    rest.split_once('}').unwrap().0.parse().unwrap()
}

fn syslog(address: impl std::fmt::Display) -> Publication {
    let to: Syslog = format!("tcp://{address}").parse().unwrap();
    let mut publication = Publication::new(to.with_host("sensor"));
    publication.linger = Duration::from_secs(5);
    publication
}

fn accept(listener: &TcpListener) -> TcpStream {
    let stream = listener.accept().unwrap().0;
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

#[test]
fn rows_wait_for_a_receiver_that_comes_late_and_again_when_it_is_cut_off() {
    let port = free_port();
    let mut other = syslog(format!("127.0.0.1:{port}"));
    other.without = vec!["reporter".to_owned()];
    let mut publishers = Publishers::start(vec![syslog(format!("127.0.0.1:{port}")), other]).unwrap();
    let mut put = |range: std::ops::RangeInclusive<u64>| {
        for n in range {
            publishers.publish(Reporter::STREAM, Timestamp::ZERO, format!("{{\"n\":{n}}}\n").as_bytes());
        }
    };
    put(1..=100);
    thread::sleep(Duration::from_millis(300));
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    // The other one wants nothing of this, and comes as well.
    let mut streams = [accept(&listener), accept(&listener)];
    let talks = |stream: &TcpStream| stream.peek(&mut [0]).is_ok();
    streams.iter().for_each(|stream| stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap());
    let place = streams.iter().position(talks).unwrap();
    let stream = &mut streams[place];
    let first = told(stream).unwrap();
    assert!(first.starts_with("<134>1 1970-01-01T00:00:00.000000Z sensor gannet "), "{first}");
    assert!(first.ends_with(" reporter - {\"n\":1}"), "{first}");
    for n in 2..=100 {
        assert_eq!(number(&told(stream).unwrap()), n);
    }
    // It goes, and what comes meanwhile waits.
    drop(streams);
    thread::sleep(Duration::from_millis(300));
    put(101..=200);
    let mut streams = [accept(&listener), accept(&listener)];
    streams.iter().for_each(|stream| stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap());
    let place = streams.iter().position(talks).unwrap();
    for n in 101..=200 {
        assert_eq!(number(&told(&mut streams[place]).unwrap()), n);
    }
    let status = publishers.finish();
    assert_eq!((status[0].sent, status[0].dropped, status[0].waiting()), (200, 0, 0));
    assert_eq!((status[1].sent, status[1].dropped), (0, 0));
}

#[test]
fn a_message_that_was_cut_is_written_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut publishers = Publishers::start(vec![syslog(listener.local_addr().unwrap())]).unwrap();
    // More than the system holds for somebody who does not read.
    let row = |n: u64| format!("{{\"n\":{n}}} {}\n", "x".repeat(1_000_000));
    let mut stream = accept(&listener);
    for n in 0..20 {
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, row(n).as_bytes());
    }
    assert_eq!(number(&told(&mut stream).unwrap()), 0);
    thread::sleep(Duration::from_millis(100));
    drop(stream);
    let mut stream = accept(&listener);
    // Those that the system had taken are gone; all others come, in order and whole.
    let rest: Vec<u64> =
        (0..).map_while(|_| told(&mut stream).map(|message| number(&message)).filter(|n| *n != 19)).collect();
    let lost = 19 - rest.len();
    assert!((1..19).contains(&lost), "{lost}");
    assert_eq!(rest, (lost as u64..19).collect::<Vec<_>>());
    assert_eq!(publishers.finish()[0].sent, 20);
}

#[test]
fn where_there_is_no_room_the_oldest_go_and_are_counted() {
    let port = free_port();
    let mut publication = syslog(format!("127.0.0.1:{port}"));
    publication.bytes = 10_000;
    publication.linger = Duration::from_millis(1);
    let mut publishers = Publishers::start(vec![publication.clone()]).unwrap();
    for n in 0..1000 {
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, format!("{{\"n\":{n}}}\n").as_bytes());
    }
    let (dropped, waiting) = (publishers.status()[0].dropped, || {
        wait("a look", || publishers.status()[0].waiting() > 0);
        publishers.status()[0].waiting()
    });
    let waiting = waiting();
    assert_eq!(dropped + waiting, 1000);
    assert!((50..300).contains(&waiting), "{waiting}");
    // One that is larger than the queue never has a place, and costs no other.
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, &[b'x'; 20_000]);
    assert_eq!(publishers.status()[0].dropped, dropped + 1);
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let mut stream = accept(&listener);
    for n in dropped..1000 {
        assert_eq!(number(&told(&mut stream).unwrap()), n);
    }
    let status = publishers.finish();
    assert_eq!((status[0].sent, status[0].waiting()), (waiting, 0));
}

#[test]
fn rows_wait_for_room_where_they_are_told_to_and_once_in_vain() {
    let port = free_port();
    let mut publication = syslog(format!("127.0.0.1:{port}"));
    publication.bytes = 10_000;
    publication.wait = Duration::from_millis(400);
    publication.linger = Duration::from_millis(1);
    let mut publishers = Publishers::start(vec![publication.clone()]).unwrap();
    let begun = Instant::now();
    for n in 0..1000 {
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, format!("{{\"n\":{n}}}\n").as_bytes());
    }
    assert!((400..1000).contains(&begun.elapsed().as_millis()), "once: {:?}", begun.elapsed());
    let status = publishers.finish();
    assert!(status[0].waited >= Duration::from_millis(400) && status[0].dropped > 0, "{status:?}");
    // A receiver that comes in time gets everything.
    publication.wait = Duration::from_secs(20);
    publication.linger = Duration::from_secs(5);
    let mut publishers = Publishers::start(vec![publication]).unwrap();
    let receiver = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let mut stream = accept(&listener);
        (0..).map_while(|_| told(&mut stream).map(|message| number(&message))).collect::<Vec<_>>()
    });
    for n in 0..1000 {
        publishers.publish(Reporter::STREAM, Timestamp::ZERO, format!("{{\"n\":{n}}}\n").as_bytes());
    }
    let status = publishers.finish();
    assert_eq!((status[0].sent, status[0].dropped), (1000, 0));
    assert!(status[0].waited > Duration::ZERO);
    assert_eq!(receiver.join().unwrap(), (0..1000).collect::<Vec<_>>());
}

#[test]
fn a_receiver_that_never_comes_does_not_hold_the_end_up() {
    let mut publication = syslog(format!("127.0.0.1:{}", free_port()));
    publication.linger = Duration::from_millis(300);
    let mut publishers = Publishers::start(vec![publication]).unwrap();
    publishers.publish(Reporter::STREAM, Timestamp::ZERO, b"{}\n");
    let begun = Instant::now();
    let status = publishers.finish();
    assert!((300..3000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert_eq!((status[0].sent, status[0].waiting()), (0, 1));
}
