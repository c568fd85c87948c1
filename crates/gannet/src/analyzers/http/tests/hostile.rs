//! Every cut, any segments, other bytes, and what is meant to be expensive.

use proptest::prelude::*;

use super::bodies::gzipped;
use super::*;
use crate::testing::{cases, changed, every_cut};

fn conversations() -> Vec<Vec<(Side, Vec<u8>)>> {
    let chunked =
        reply("Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n");
    let packed = gzipped(&b"text of some length ".repeat(50));
    let zipped = [
        reply(&format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", packed.len()), &packed),
        OK.to_vec(),
    ];
    let body = "--b\r\nContent-Disposition: form-data; filename=x\r\n\r\none\r\n\r\n--b\r\n\
        Content-Transfer-Encoding: base64\r\n\r\naGVs\r\n--b--";
    let form = format!(
        "POST /f HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    vec![
        vec![
            (Client, [GET, POST, GET].concat()),
            (Server, [chunked, OK.to_vec(), reply("", b"a\nb\r\rc")].concat()),
        ],
        vec![(Client, GET.repeat(2)), (Server, zipped.concat())],
        vec![(Client, [form.as_bytes(), GET].concat()), (Server, OK.repeat(2))],
        vec![(Client, b"GET /old\r\n".to_vec()), (Server, b"all of it".to_vec())],
        vec![(Client, b"GET / HTTP/1.1\rHost: x\r\rGET /2 HTTP/1.1\n\n".to_vec()), (Server, OK.repeat(2))],
    ]
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn segments_do_not_matter(sizes in proptest::collection::vec(1usize..90, 1..12)) {
        for steps in conversations() {
            prop_assert_eq!(cut(&steps, &sizes), cut(&steps, &[1400]));
        }
    }

    #[test]
    fn other_bytes_do_no_harm(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        for steps in conversations() {
            cut(&changed(&steps, at, byte), &[1400]);
        }
    }
}

#[test]
fn byte_by_byte() {
    for steps in conversations() {
        assert_eq!(cut(&steps, &[1]), cut(&steps, &[1400]));
    }
}

#[test]
fn cuts() {
    for steps in conversations() {
        for part in every_cut(&steps, 1) {
            cut(&part, &[1400]);
        }
    }
}

#[test]
fn a_header_without_end() {
    let mut tap = Tap::open(80);
    tap.send(Client, b"GET / HTTP/1.1\r\nX: 1\r\n");
    for _ in 0..100 {
        tap.send(Client, &[b" ".to_vec(), vec![b'x'; 1000], b"\r\n".to_vec()].concat());
    }
    let seen = tap.finish();
    assert!(
        seen.weirds.iter().any(|weird| weird.starts_with("exceeded_mime_max_header_bytes/HTTP(6")),
        "{:?}",
        seen.weirds
    );
}

#[test]
fn a_line_without_end() {
    let mut tap = Tap::open(80);
    tap.send(Client, b"GET /");
    let line = vec![b'x'; 1400];
    for _ in 0..800 {
        tap.send(Client, &line);
    }
    let seen = tap.finish();
    assert_eq!(seen.weirds, ["contentline_size_exceeded/CONTENTLINE"]);
}
