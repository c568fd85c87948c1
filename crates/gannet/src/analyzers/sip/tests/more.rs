//! SIP where more services are asked for: over TCP, and with the media that it announces.

use std::net::IpAddr;

use proptest::prelude::*;

use super::{Seen, message, request, response, text};
use crate::analyzers::sip::probe;
use crate::analyzers::sip::sdp::{Stream, read};
use crate::analyzers::{Likeness, Sample, Transport};
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Tap, every_cut};

type Step = (Side, Vec<u8>);

/// A call over a stream, with keep-alives between messages.
fn call() -> Vec<Step> {
    vec![
        (
            Client,
            message(
                "INVITE sip:b@y SIP/2.0",
                "CSeq: 1 INVITE\r\nSubject: a\r\n folded\r\ncontent-length: 4\r\n",
                "\r\nSI",
            ),
        ),
        (Server, response("100 Trying")),
        (Client, b"\r\n\r\n".to_vec()),
        (Server, b"\r\n".to_vec()),
        (Server, [response("180 Ringing"), response("200 OK")].concat()),
        (Client, request("ACK")),
        (Server, request("BYE")),
        (Client, response("200 OK")),
    ]
}

const ROWS: [&str; 4] =
    ["0 INVITE sip:b@y 100", "0 INVITE sip:b@y 180", "0 INVITE sip:b@y 200", "0 BYE sip:b@y 200"];

fn play(port: u16, steps: &[Step], sizes: &[usize]) -> Seen {
    let mut tap = Tap::<Seen>::more(port);
    tap.dial();
    tap.play(steps, sizes)
}

#[test]
fn a_stream_has_the_rows_of_datagrams() {
    for port in [5060, 9999] {
        for sizes in [&[30_000][..], &[1], &[7, 100]] {
            let seen = play(port, &call(), sizes);
            assert_eq!(seen.rows, ROWS, "{port} {sizes:?}");
            assert_eq!((seen.services[0].as_str(), seen.failures.len(), seen.weirds.len()), ("sip", 0, 0));
        }
    }
    // Without more services nobody looks.
    let mut tap = Tap::<Seen>::new(5060, |_| ());
    tap.dial();
    let seen = tap.play(&call(), &[30_000]);
    assert_eq!((seen.rows.len(), seen.services[0].as_str()), (0, "-"));
}

#[test]
fn a_stream_may_be_cut_anywhere() {
    for steps in every_cut(&call(), 13) {
        let seen = play(5060, &steps, &[30_000]);
        assert!(seen.failures.is_empty());
    }
}

#[test]
fn what_is_no_message_costs_the_name() {
    let mut steps = call();
    steps.push((Client, b"no message\r\n".to_vec()));
    let seen = play(5060, &steps, &[30_000]);
    assert_eq!((seen.failures.len(), seen.services[0].as_str(), seen.rows.len()), (1, "-", 4));
    let seen = play(5060, &[(Client, b"GET / HTTP/1.1\r\n\r\n".to_vec())], &[30_000]);
    assert_eq!((seen.services[0].as_str(), seen.failures.len()), ("http", 0));
}

#[test]
fn after_a_gap_it_goes_on_with_the_next_message() {
    let body = message("MESSAGE sip:b@y SIP/2.0", "Content-Length: 10\r\n", "0123");
    let mut tap = Tap::<Seen>::more(5060);
    tap.dial().send(Client, &body).lose(Client, 6).send(Server, &response("200 OK"));
    tap.send(Client, &request("OPTIONS")).send(Server, &response("200 OK")).close();
    let seen = tap.finish();
    assert_eq!(seen.rows, ["0 MESSAGE sip:b@y 200", "0 OPTIONS sip:b@y 200"], "the gap was in a body");
    let mut tap = Tap::<Seen>::more(5060);
    tap.dial().send(Client, &body).lose(Client, 30).send(Client, b"rest: of it\r\n\r\n");
    tap.send(Client, &request("OPTIONS")).send(Server, &response("200 OK")).close();
    assert_eq!(tap.finish().rows, ["0 OPTIONS sip:b@y 200"]);
}

#[test]
fn one_that_was_open_before_is_read_from_the_next_message_on() {
    for port in [5060, 9999] {
        let mut tap = Tap::<Seen>::more(port);
        let ack = request("OPTIONS");
        tap.send(Client, if port == 5060 { &ack[30..] } else { &ack[..] });
        tap.send(Client, &request("BYE")).send(Server, &response("200 OK")).close();
        let seen = tap.finish();
        assert_eq!(seen.rows, ["0 BYE sip:b@y 200"], "{port}");
    }
}

#[test]
fn datagrams_may_have_keep_alives_and_no_length() {
    let mut tap = Tap::<Seen>::more(5060);
    let without = message("MESSAGE sip:b@y SIP/2.0", "", "text that is a body\r\n");
    for (from, bytes) in [
        (Client, without.clone()),
        (Server, response("200 OK")),
        (Client, b"\r\n\r\n".to_vec()),
        (Client, vec![0; 4]),
        (Client, request("ACK")),
    ] {
        tap.datagram(from, &bytes);
    }
    let seen = tap.finish();
    assert_eq!(seen.rows, ["0 MESSAGE sip:b@y 200", "0 ACK sip:b@y -"]);
    assert_eq!((seen.services[0].as_str(), seen.failures.len()), ("sip", 0));
}

fn description(host: &str, media: &str) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n{media}")
}

fn with_sdp(first: &str, host: &str, media: &str) -> Vec<u8> {
    let body = description(host, media);
    message(first, &format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n", body.len()), &body)
}

/// One of media, of type 0.
fn media() -> Vec<u8> {
    [&[0x80, 0][..], &[7; 170]].concat()
}

fn report() -> Vec<u8> {
    [&[0x80, 200, 0, 6][..], &[7; 24]].concat()
}

/// A call whose offer and answer announce media, and datagrams on the ports that they name. Gives the services, sorted.
fn media_flows(
    over_tcp: bool,
    offer: &str,
    answer: &str,
    hosts: [&str; 2],
    flows: &[(u16, u16, Vec<u8>)],
) -> Vec<String> {
    let mut tap = Tap::<Seen>::more(5060);
    let steps = [
        (Client, with_sdp("INVITE sip:b@y SIP/2.0", hosts[0], offer)),
        (Server, with_sdp("SIP/2.0 200 OK", hosts[1], answer)),
    ];
    if over_tcp {
        tap.dial();
    }
    for (from, bytes) in steps {
        if over_tcp {
            tap.send(from, &bytes)
        } else {
            tap.datagram(from, &bytes)
        };
    }
    for (client, server, bytes) in flows {
        let left = tap.leave((*client, *server));
        tap.datagram(Server, bytes).datagram(Client, bytes);
        tap.back(left);
    }
    let seen = tap.finish();
    assert!(seen.weirds.is_empty() && seen.failures.is_empty());
    let mut services = seen.services;
    services.sort();
    services
}

const CLIENT: &str = "10.0.0.1";
const SERVER: &str = "10.0.0.2";

#[test]
fn announced_media_are_named() {
    let flows = [(6000, 7000, media()), (6001, 7001, report()), (6002, 7002, media())];
    for over_tcp in [false, true] {
        let plain = media_flows(
            over_tcp,
            "m=audio 6000 RTP/AVP 0\r\n",
            "m=audio 7000 RTP/AVP 0\r\n",
            [CLIENT, SERVER],
            &flows,
        );
        assert_eq!(plain, ["-", "rtcp", "rtp", "sip"], "{over_tcp}");
    }
    let secure = "m=audio 6000 UDP/TLS/RTP/SAVPF 0\r\na=rtcp-mux\r\n";
    let both = [(6000, 7000, media()), (6000, 7000, report())];
    assert_eq!(media_flows(false, secure, "", [CLIENT, SERVER], &both), ["sip", "srtp"]);
    let shared = "m=audio 6000 RTP/AVP 0\r\na=rtcp:6000\r\n";
    assert_eq!(media_flows(false, shared, "", [CLIENT, SERVER], &both), ["rtp,rtcp", "sip"]);
    // Elsewhere, or nothing that is media.
    assert_eq!(media_flows(false, shared, "", ["203.0.113.9", SERVER], &both), ["-", "sip"]);
    assert_eq!(media_flows(false, shared, "", [CLIENT, SERVER], &[(6000, 7000, vec![0; 40])]), ["-", "sip"]);
}

fn streams(text: &str) -> Vec<String> {
    let show = |stream: Stream| {
        let Stream { host, port, reports, is_secure } = stream;
        let place = |(host, port): (IpAddr, u16)| format!("{host} {port}");
        format!("{} {} {is_secure}", place((host, port)), reports.map_or("-".to_owned(), place))
    };
    read(text.as_bytes()).into_iter().map(show).collect()
}

#[test]
fn descriptions_are_read() {
    for (media, read) in [
        ("m=audio 49170 RTP/AVP 0\r\n", &["10.0.0.1 49170 10.0.0.1 49171 false"][..]),
        (
            "m=audio 49170/2 RTP/SAVP 0\r\na=rtcp:53020 IN IP6 2001:db8::1\r\n",
            &["10.0.0.1 49170 2001:db8::1 53020 true"],
        ),
        (
            "m=video 5000 RTP/AVPF 96\r\nc=IN IP4 233.252.0.1/127\r\na=rtcp-mux\r\n",
            &["233.252.0.1 5000 - false"],
        ),
        (
            "m=audio 0 RTP/AVP 0\r\nc=IN IP4 192.0.2.8\r\nm=image 4000 udptl t38\r\nm=video 6000 RTP/AVP 31\r\na=rtcp:6000\r\n",
            &["10.0.0.1 6000 - false"],
        ),
        ("m=audio 65535 RTP/AVP 0\r\n", &["10.0.0.1 65535 - false"]),
        ("m=audio 5000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", &[]),
        ("m=audio 5000 RTP/AVP 0\r\nc=IN IP4 host.example\r\n", &[]),
        ("m=audio 70000 RTP/AVP 0\r\nm=audio\r\nm=\r\na=rtcp:1\r\nx", &[]),
    ] {
        assert_eq!(streams(&description(CLIENT, media)), read, "{media}");
    }
    assert!(streams("m=audio 5000 RTP/AVP 0\r\n").is_empty(), "nobody says where");
    assert_eq!(streams(&description(CLIENT, &"m=audio 5000 RTP/AVP 0\r\n".repeat(50))).len(), 16);
}

#[test]
fn the_first_line_gives_it_away() {
    let probe = |bytes: &[u8]| probe::any(&Sample::new(Transport::Tcp, bytes, b""));
    for (bytes, likeness) in [
        (&b"\r\n\r\nINVITE sip:b SIP/2.0\r\n"[..], Likeness::Match),
        (b"SIP/2.0 200 OK\r\n", Likeness::Match),
        (b"INVITE sip:b SIP", Likeness::Unsure),
        (b"\r\n", Likeness::Unsure),
        (b"", Likeness::Unsure),
        (b"GET / HTTP/1.1\r\n", Likeness::No),
        (b"\x16\x03\x01", Likeness::No),
        (&[b'A'; 600], Likeness::No),
    ] {
        assert_eq!(probe(bytes), likeness, "{}", text(bytes));
    }
}

proptest! {
    #[test]
    fn descriptions_of_any_kind_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&bytes);
        read(&[b"c=IN IP4 192.0.2.1\nm=a 1 RTP/AVP\n", bytes.as_slice()].concat());
    }
}
