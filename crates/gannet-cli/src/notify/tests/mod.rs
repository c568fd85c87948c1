//! Mails and requests as receivers get them, and what becomes of those that do not.

mod servers;

use std::net::IpAddr;
use std::sync::Mutex;
use std::thread::scope;

use gannet::events::{Enum, Port, Set};
use gannet::{Interval, Timestamp};

use super::desk::Desk;
use super::pace::{Pace, Turn};
use super::spec::Limits;
use super::way::Outcome;
use super::*;

fn notice(msg: &[u8]) -> Notice {
    let host = |text: &str| Some(text.parse::<IpAddr>().unwrap());
    Notice {
        ts: Timestamp::from_parts(1_600_000_000, 0),
        uid: None,
        orig_h: host("10.0.0.1"),
        orig_p: Some(Port(1000)),
        resp_h: host("2001:db8::2"),
        resp_p: Some(Port(22)),
        fuid: None,
        file_mime_type: None,
        file_desc: None,
        proto: Some(Enum("tcp")),
        note: Enum("SSH::Password_Guessing"),
        msg: msg.to_vec(),
        sub: None,
        src: host("10.0.0.1"),
        dst: host("2001:db8::2"),
        p: Some(Port(22)),
        n: None,
        peer_descr: None,
        actions: Set(Vec::new()),
        email_dest: Set(Vec::new()),
        suppress_for: Interval::from_secs(3600),
        country_code: None,
        region: None,
        city: None,
        latitude: None,
        longitude: None,
    }
}

fn limits(per_minute: usize, queue: usize) -> Limits {
    Limits { per_minute, queue, time: Duration::from_secs(5) }
}

fn mail(by: Carrier) -> Mail {
    let to = ["soc@example.org", "root"].map(|text| text.parse().unwrap()).to_vec();
    let from = "gannet@sensor".parse().unwrap();
    Mail {
        by,
        from,
        to,
        prefix: "[Gannet]".to_owned(),
        host: "sensor".to_owned(),
        limits: limits(10, 1 << 20),
    }
}

/// The headers of a mail, and its text.
fn read(letter: &[u8]) -> (Vec<String>, String) {
    let text = std::str::from_utf8(letter).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "lines end alike");
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 76));
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ").lines().map(str::to_owned).collect();
    let body = body.replace("=\r\n", "").replace("\r\n", "\n");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'=' => {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap());
                rest = &rest[2..];
            }
            byte => bytes.push(*byte),
        }
    }
    (head, String::from_utf8(bytes).unwrap())
}

fn letter(notices: &[&Notice], lost: u64) -> Vec<u8> {
    let now = Timestamp::from_parts(1_600_000_001, 0);
    letter::letter(&mail(Carrier::Relay(String::new())), notices, lost, now, 7)
}

#[test]
fn a_mail_says_what_the_notice_says() {
    let (head, body) = read(&letter(&[&notice("Käse = 1 €".as_bytes())], 0));
    assert_eq!(
        head[..4],
        [
            "From: gannet@sensor",
            "To: soc@example.org, root",
            "Subject: [Gannet] SSH::Password_Guessing",
            "Date: Sun, 13 Sep 2020 12:26:41 +0000",
        ]
    );
    assert_eq!(
        body,
        "Type: SSH::Password_Guessing\nTime: 2020-09-13T12:26:40.000000Z\nMessage: Käse = 1 €\n\
         Connection: 10.0.0.1 1000 -> 2001:db8::2 22\n\n"
    );
    let one = notice(b"x");
    let many = vec![&one; 105];
    let (head, body) = read(&letter(&many, 3));
    assert!(head.contains(&"Subject: [Gannet] 105 notices".to_owned()), "{head:?}");
    assert_eq!(body.matches("Message: x\n").count(), 100);
    assert!(body.ends_with(
        "More notices, which are in the log:\n5 of SSH::Password_Guessing\n\
         3 notices before these could not be sent.\n"
    ));
}

#[test]
fn what_came_off_the_wire_makes_no_header_no_line_and_no_end() {
    let plain = read(&letter(&[&notice(b"x")], 0)).0;
    let hostile: [&[u8]; 8] = [
        b"x\r\nBcc: victim@example.org\r\n\r\n.\r\nQUIT",
        b"x\n.\nMAIL FROM:<a>",
        b"\r\n.\r\n",
        b".",
        b"\xff\xfe\x00\x1b[2J \x7f",
        "\u{2028}Bcc: a\u{2029}\u{202e}txt\u{85}From x".as_bytes(),
        b"=0D=0A.=0D=0A",
        &[b'.'; 5000],
    ];
    for msg in hostile {
        let mut row = notice(msg);
        row.sub = Some(msg.to_vec());
        let bytes = letter(&[&row, &row], 0);
        let (head, body) = read(&bytes);
        // Only the subject differs, which counts.
        assert_eq!(head.len(), plain.len());
        assert!(!head.iter().any(|line| line.contains("Bcc")), "{head:?}");
        assert!(!bytes.windows(3).any(|at| at == b"\r\n."), "{msg:?}");
        assert!(!body.chars().any(|c| c.is_control() && c != '\n'), "{msg:?}");
        assert_eq!(body.lines().filter(|line| !line.is_empty()).count(), 10, "{msg:?}: {body}");
    }
}

#[test]
fn addresses_cannot_break_anything() {
    for sound in ["soc@example.org", "root", "a.b+c@[192.0.2.1]", "o'neil@sensor-1.example"] {
        assert_eq!(sound.parse::<Address>().unwrap().to_string(), sound);
    }
    let long = format!("{}@example.org", "a".repeat(250));
    for wrong in [
        "",
        "@x",
        "a@",
        "-t@x",
        "a b@x",
        "a@x\r\nBcc: b@x",
        "<a@x>",
        "a@x,b@x",
        "a\"@x",
        "ä@x",
        "a@x;b",
        &long,
    ] {
        assert!(wrong.parse::<Address>().is_err(), "{wrong}");
    }
}

#[test]
fn addresses_of_servers() {
    let table = [
        ("http://a", "a", "a:80", "/"),
        ("http://a:8080", "a:8080", "a:8080", "/"),
        ("http://127.0.0.1:1/x/y?z=1#part", "127.0.0.1:1", "127.0.0.1:1", "/x/y?z=1"),
        ("http://[::1]/x", "[::1]", "[::1]:80", "/x"),
        ("http://[::1]:81?q", "[::1]:81", "[::1]:81", "/?q"),
    ];
    for (text, authority, endpoint, target) in table {
        let url: Url = text.parse().unwrap();
        assert_eq!(
            (url.authority.as_str(), url.endpoint.as_str(), url.target.as_str()),
            (authority, endpoint, target)
        );
    }
    for wrong in [
        "",
        "a",
        "http://",
        "http://:80",
        "http://a:0",
        "http://a:x",
        "http://a:99999",
        "ftp://a",
        "http://u:p@a",
        "http://a/ b",
        "http://a\r\nX: y/",
        "http://a/\u{e4}",
    ] {
        assert!(wrong.parse::<Url>().is_err(), "{wrong}");
    }
    assert!("https://a".parse::<Url>().unwrap_err().contains("curl"));
}

#[test]
fn no_more_go_in_a_minute_than_may_and_the_rest_goes_together() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut pace = Pace::new(2);
    for _ in 0..2 {
        assert_eq!(pace.turn(at(0)), Turn::One);
        pace.goes();
        pace.taken();
    }
    assert_eq!(pace.turn(at(1)), Turn::Wait(at(60)));
    assert_eq!(pace.turn(at(60)), Turn::All);
    pace.goes();
    pace.taken();
    assert_eq!(pace.turn(at(61)), Turn::One);
    // A receiver that does not answer is asked less and less often, and gets all together then.
    let mut now = 200;
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        pace.goes();
        pace.refused(at(now));
        assert_eq!(pace.turn(at(now)), Turn::Wait(at(now + pause)));
        now += pause + 60;
        assert_eq!(pace.turn(at(now)), Turn::All);
    }
    pace.goes();
    pace.taken();
    assert_eq!(pace.turn(at(now)), Turn::One);
}

/// A way that keeps what it gets, and answers as it is told to.
struct Told<'a> {
    answers: Vec<Outcome>,
    /// The sizes of messages, and what they say was lost.
    got: &'a Mutex<Vec<(usize, u64)>>,
}

impl Way for Told<'_> {
    fn send(&mut self, notices: &[&Notice], lost: u64) -> Outcome {
        self.got.lock().unwrap().push((notices.len(), lost));
        self.answers.pop().unwrap_or(Outcome::Sent)
    }
}

#[test]
fn a_desk_keeps_to_its_room_and_its_end_sends_what_waits() {
    let one = notice(&[b'x'; 1000]);
    let desk = Desk::new(&limits(2, 20_000));
    (0..100).for_each(|_| desk.leave(&one, Instant::now()));
    let status = desk.status();
    assert!((10..20).contains(&status.waiting), "{status:?}");
    assert_eq!(status.waiting + status.lost, 100);
    let got = Mutex::default();
    scope(|threads| {
        threads.spawn(|| desk.serve(&mut Told { answers: Vec::new(), got: &got }));
        while got.lock().unwrap().len() < 2 {
            thread::yield_now();
        }
        // The third message would have to wait for a minute; the end does not.
        desk.close();
        desk.wait(Instant::now() + Duration::from_secs(30));
    });
    let rest = status.waiting as usize - 2;
    assert_eq!(*got.lock().unwrap(), [(1, status.lost), (1, 0), (rest, 0)]);
    let end = desk.status();
    assert_eq!((end.sent, end.messages, end.lost, end.waiting), (status.waiting, 3, status.lost, 0));
}

#[test]
fn what_is_not_taken_now_goes_later_and_what_never_will_is_given_up() {
    let one = notice(b"x");
    let desk = Desk::new(&limits(10, 1 << 20));
    let got = Mutex::default();
    let answers = vec![Outcome::Sent, Outcome::Never("no".to_owned()), Outcome::Later("busy".to_owned())];
    scope(|threads| {
        desk.leave(&one, Instant::now());
        threads.spawn(|| desk.serve(&mut Told { answers, got: &got }));
        while desk.status().trouble.as_deref() != Some("busy") {
            thread::yield_now();
        }
        desk.leave(&one, Instant::now());
        // Both together are refused, and the next one is told of it.
        while desk.status().trouble.as_deref() != Some("no") {
            thread::yield_now();
        }
        desk.leave(&one, Instant::now());
        desk.close();
        desk.wait(Instant::now() + Duration::from_secs(30));
    });
    assert_eq!(*got.lock().unwrap(), [(1, 0), (2, 0), (1, 2)]);
    let wanted = Status { sent: 1, messages: 1, lost: 2, failures: 2, waiting: 0, trouble: None };
    assert_eq!(desk.status(), wanted);
}

#[test]
fn the_end_does_not_wait_for_ever() {
    let desk = Desk::new(&limits(10, 1 << 20));
    desk.leave(&notice(b"x"), Instant::now());
    desk.close();
    // Nobody serves it.
    desk.wait(Instant::now() + Duration::from_millis(50));
    assert_eq!((desk.status().lost, desk.status().waiting), (1, 0));
}
