//! First bytes.

use super::*;
use crate::analyzers::ssl::probe;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

fn verdict(transport: Transport, orig: &[u8], resp: &[u8]) -> Likeness {
    let sample = Sample::new(transport, orig, resp);
    match transport {
        Transport::Tcp => probe::stream(&sample),
        Transport::Udp => probe::datagram(&sample),
    }
}

#[test]
fn streams() {
    let client = handshake(&[Hello::default().client()]);
    let server = handshake(&[Hello::default().server()]);
    let alert = record(21, &[1, 112]);
    let draft = handshake(&[Hello { version: 0x7f17, ..Hello::default() }.server()]);
    let cases: [(&[u8], &[u8], Likeness); 9] = [
        (&client, &[], Likeness::Match),
        (&client[..8], &[], Likeness::Unsure),
        (&[], &server, Likeness::Match),
        (&[], &[alert.clone(), server.clone()].concat(), Likeness::Match),
        (&[], &alert, Likeness::Unsure),
        (&[], &draft, Likeness::Match),
        (b"GET /", b"HTTP/", Likeness::No),
        (&server, &client, Likeness::No),
        (b"GET /", &server, Likeness::Match),
    ];
    for (orig, resp, expected) in cases {
        assert_eq!(verdict(Transport::Tcp, orig, resp), expected, "{orig:x?} {resp:x?}");
    }
    // On another port, from the first byte on.
    let mut tap = Tap::open(8443);
    for (from, bytes) in full() {
        for byte in bytes.chunks(7) {
            tap.send(from, byte);
        }
    }
    assert!(tap.finish().rows[0].ends_with(" T CsxknGIi"));
}

#[test]
fn datagrams() {
    let mut hello = vec![0x16, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99, 1];
    hello.extend([0; 11]);
    hello.extend([0xfe, 0xfd, 1, 2]);
    assert_eq!(verdict(Transport::Udp, &hello, &[]), Likeness::Match);
    assert_eq!(verdict(Transport::Udp, &[], &hello), Likeness::Match);
    for (at, byte) in [(0, 0x17), (2, 0xfe), (9, 1), (13, 2), (25, 3), (26, 0xfc)] {
        let mut other = hello.clone();
        other[at] = byte;
        assert_eq!(verdict(Transport::Udp, &other, &[]), Likeness::No, "{at}");
    }
}
