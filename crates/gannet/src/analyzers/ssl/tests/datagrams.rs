//! DTLS.

use super::*;

const DTLS10: u16 = 0xfeff;
const DTLS12: u16 = 0xfefd;

fn datagram_of(version: u16, kind: u8, epoch: u16, sequence: u64, body: &[u8]) -> Vec<u8> {
    let numbers = [words(&[epoch]), sequence.to_be_bytes()[2..].to_vec()].concat();
    [vec![kind], words(&[version]), numbers, with_length(2, body)].concat()
}

/// A part of a message.
fn part(kind: u8, number: u16, body: &[u8], from: usize, to: usize) -> Vec<u8> {
    let three = |number: usize| (number as u32).to_be_bytes()[1..].to_vec();
    [vec![kind], three(body.len()), words(&[number]), three(from), three(to - from), body[from..to].to_vec()]
        .concat()
}

fn whole(kind: u8, number: u16, sequence: u64, body: &[u8]) -> Vec<u8> {
    datagram_of(DTLS12, 22, 0, sequence, &part(kind, number, body, 0, body.len()))
}

fn hello() -> Hello {
    Hello { version: DTLS12, extensions: vec![server_name("d.test")], ..Hello::default() }
}

fn first() -> Vec<u8> {
    whole(1, 0, 0, &hello().client_body(&[0]))
}

fn play(port: u16, steps: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::new(port, |_| ());
    for (from, bytes) in steps {
        tap.datagram(*from, bytes);
    }
    tap.finish()
}

/// Datagrams where more services are asked for.
fn play_more(steps: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::more(4444);
    for (from, bytes) in steps {
        tap.datagram(*from, bytes);
    }
    tap.finish()
}

/// A handshake whose sides agree on media, or of which only the client would.
fn with_media(agreed: bool) -> Vec<(Side, Vec<u8>)> {
    let media = || extension(14, &[0, 2, 0, 1, 0]);
    let offer = Hello { extensions: vec![server_name("d.test"), media()], ..hello() };
    let extensions = if agreed { vec![media()] } else { Vec::new() };
    let chosen = Hello { version: DTLS12, extensions, ..Hello::default() };
    let change = |sequence| datagram_of(DTLS12, 20, 0, sequence, &[1]);
    let secret = |sequence| datagram_of(DTLS12, 22, 1, sequence, &[0xee; 40]);
    vec![
        (Client, whole(1, 0, 0, &offer.client_body(&[0]))),
        (Server, whole(2, 0, 0, &chosen.server_body())),
        (Client, [change(3), secret(0)].concat()),
        (Server, [change(4), secret(0)].concat()),
    ]
}

#[test]
fn media_share_the_flow() {
    let stun = || [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], b"transaction!".as_slice()].concat();
    let sound = || [&[0x80, 111], [7; 60].as_slice()].concat();
    let around = |agreed: bool, last: Vec<u8>| {
        let mut steps = with_media(agreed);
        // Media may come before the handshake is over, as far as one side knows.
        steps.insert(2, (Server, sound()));
        steps.insert(1, (Client, stun()));
        steps.insert(0, (Server, stun()));
        steps.extend([(Client, stun()), (Client, last)]);
        play_more(&steps)
    };
    let row = "DTLSv12 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 - d.test F - - T ^CsIi";
    for (agreed, last, services) in [
        (true, sound(), "stun,dtls,srtp"),
        (true, [&[0x81, 201, 0, 1], [7; 20].as_slice()].concat(), "stun,dtls,srtp"),
        (true, vec![0x40; 40], "stun,dtls"),
        (true, vec![0x80; 3], "stun,dtls"),
        (false, sound(), "stun,dtls"),
    ] {
        let seen = around(agreed, last);
        assert_eq!(seen.rows, [row]);
        assert!(seen.failures.is_empty() && seen.weirds.is_empty());
        assert_eq!(seen.conns[0].split(' ').next().unwrap(), services);
    }
    // In version 1.3 the answer is encrypted.
    let share = [words(&[29]), with_length(2, &[6; 32])].concat();
    let extensions = vec![extension(43, &words(&[0xfefc])), extension(51, &share)];
    let chosen = Hello { version: DTLS12, ciphers: vec![0x1301], extensions, ..Hello::default() };
    let short = |first: u8| [&[first, 0, 1], [0xaa; 30].as_slice()].concat();
    let steps = [
        with_media(true).remove(0),
        (Server, [whole(2, 0, 0, &chosen.server_body()), short(0x2a)].concat()),
        (Client, short(0x22)),
        (Client, sound()),
    ];
    assert_eq!(play_more(&steps).conns, ["dtls,srtp Dd"]);
    // Of those who ask for no more, nothing is known but what Zeek tells.
    let steps = [with_media(true), vec![(Client, sound())]].concat();
    assert_eq!(play(4444, &steps).conns, ["dtls Dd"]);
}

#[test]
fn a_port_alone_makes_no_media() {
    let strange = || (Client, vec![0x81; 40]);
    let mut tap = Tap::more(443);
    (0..11).for_each(|_| {
        tap.datagram(Client, &strange().1);
    });
    with_media(true).iter().for_each(|(from, bytes)| {
        tap.datagram(*from, bytes);
    });
    assert!(tap.finish().rows.is_empty());
}

#[test]
fn a_handshake_with_a_cookie() {
    let verify = [words(&[DTLS10]), with_length(1, &[8; 16])].concat();
    let again = hello().client_body(&with_length(1, &[8; 16]));
    let chosen = Hello { version: DTLS12, ..Hello::default() };
    let change = |sequence| datagram_of(DTLS12, 20, 0, sequence, &[1]);
    let secret = |sequence| datagram_of(DTLS12, 22, 1, sequence, &[0xee; 40]);
    let exchange = key_exchange(23);
    let server =
        [whole(2, 1, 1, &chosen.server_body()), whole(12, 2, 2, &exchange[4..]), whole(14, 3, 3, &[])];
    let steps = [
        (Client, first()),
        (Server, whole(3, 0, 0, &verify)),
        (Client, whole(1, 1, 1, &again)),
        (Server, server.concat()),
        (Client, [whole(16, 2, 2, &[1; 66]), change(3), secret(0)].concat()),
        (Server, [change(4), secret(0)].concat()),
    ];
    for port in [443, 4444] {
        let seen = play(port, &steps);
        let row = "DTLSv12 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 secp256r1 d.test F - - T CvCsknGIi";
        assert_eq!(seen.rows, [row], "{port}");
        assert_eq!(seen.conns, ["dtls Dd"]);
        assert!(seen.ja[0].contains(" dd2d0101"), "{:?}", seen.ja);
    }
}

#[test]
fn dtls_1_3() {
    let share = [words(&[29]), with_length(2, &[6; 32])].concat();
    let extensions = vec![extension(43, &words(&[0xfefc])), extension(51, &share)];
    let chosen = Hello { version: DTLS12, ciphers: vec![0x1301], extensions, ..Hello::default() };
    let short = |first: u8| [&[first, 0, 1], [0xaa; 30].as_slice()].concat();
    let steps = [
        (Client, first()),
        (Server, [whole(2, 0, 0, &chosen.server_body()), short(0x2a)].concat()),
        (Client, short(0x22)),
    ];
    let row = "DTLSv13 TLS_AES_128_GCM_SHA256 x25519 d.test F - - T Cs";
    assert_eq!(play(443, &steps).rows, [row]);
}

#[test]
fn messages_in_pieces() {
    let body = hello().client_body(&[0]);
    let piece = |sequence: u64, from: usize, to: usize| {
        (Client, datagram_of(DTLS12, 22, 0, sequence, &part(1, 0, &body, from, to)))
    };
    let end = body.len();
    let whole = ["- - - d.test F - - F C"].as_slice();
    type Case<'a> = (&'a str, Vec<(Side, Vec<u8>)>, &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        ("in order", vec![piece(0, 0, 20), piece(1, 20, end)], whole),
        ("backwards", vec![piece(2, 30, end), piece(1, 20, 30), piece(0, 0, 20)], whole),
        ("twice", vec![piece(0, 0, 20), piece(0, 0, 20), piece(1, 20, end)], whole),
        ("a hole", vec![piece(0, 0, 20), piece(2, 30, end)], &["- - - - F - - F "]),
        ("too far", vec![piece(0, 0, 20), piece(40, 20, end)], &["- - - - F - - F "]),
        ("two firsts", vec![piece(5, 0, 20), piece(4, 0, 20)], &["- - - - F - - F "]),
    ];
    for (name, steps, rows) in cases {
        assert_eq!(play(443, &steps).rows, rows, "{name}");
    }
    // Too long to be put together; shorter than it says; over the end.
    for (length, from, count) in [(100_001, 0, 20), (60, 0, 30), (60, 50, 20)] {
        let three = |number: u32| number.to_be_bytes()[1..].to_vec();
        let bytes = [vec![1], three(length), vec![0, 0], three(from), three(count), vec![1; 20]].concat();
        let steps = [(Client, first()), (Client, datagram_of(DTLS12, 22, 0, 1, &bytes))];
        let seen = play(443, &steps);
        assert_eq!(seen.failures.len(), 1, "{length} {from} {count}");
    }
}

#[test]
fn datagrams_of_others() {
    let strange = || (Client, vec![0x41; 40]);
    // Unconfirmed, ten in a row are borne; an eleventh ends it.
    let seen = play(443, &[vec![strange(); 10], vec![(Client, first())]].concat());
    assert_eq!(seen.rows, ["- - - d.test F - - F C"]);
    let seen = play(443, &[vec![strange(); 11], vec![(Client, first())]].concat());
    assert!(seen.rows.is_empty());
    // Confirmed, the first is a violation.
    let seen = play(443, &[(Client, first()), strange()]);
    assert_eq!(seen.failures, ["Invalid version in DTLS connection. Packet reported version: 16705"]);
    assert_eq!(seen.conns, ["- D"]);
    // STUN beside it is none.
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], [0; 20].as_slice()].concat();
    let seen = play(443, &[(Client, first()), (Client, stun)]);
    assert!(seen.failures.is_empty());
    assert_eq!(seen.conns, ["dtls D"]);
    // A record that ends too early.
    let seen = play(443, &[(Client, first()), (Client, first()[..30].to_vec())]);
    assert_eq!(seen.failures, ["parse error in a datagram"]);
}
