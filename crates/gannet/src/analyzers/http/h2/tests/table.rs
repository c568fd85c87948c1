//! HPACK: the examples of RFC 7541 and what its texts forbid.

use proptest::prelude::*;

use super::super::hpack::{Decoder, Flaw, MAX_LIST, MAX_TABLE};
use super::super::huffman;
use super::super::huffman_table::LENGTHS;
use super::{field, kept, number, text};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn read(decoder: &mut Decoder, block: &[u8]) -> Result<Vec<String>, Flaw> {
    let mut lines = Vec::new();
    decoder.decode(block, &mut |name, value| lines.push(format!("{}: {}", text(name), text(value))))?;
    Ok(lines)
}

/// The code of each symbol, and its length.
fn codes() -> Vec<(u32, u32)> {
    let mut order: Vec<usize> = (0..LENGTHS.len()).collect();
    order.sort_by_key(|symbol| (LENGTHS[*symbol], *symbol));
    let (mut codes, mut next, mut before) = (vec![(0, 0); LENGTHS.len()], 0u32, 0u32);
    for symbol in order {
        let length = u32::from(LENGTHS[symbol]);
        next <<= length - before;
        codes[symbol] = (next, length);
        (next, before) = (next.wrapping_add(1), length);
    }
    codes
}

fn encode(text: &[u8]) -> Vec<u8> {
    let codes = codes();
    let mut bits: Vec<bool> = Vec::new();
    for byte in text {
        let (code, length) = codes[*byte as usize];
        bits.extend((0..length).rev().map(|at| code >> at & 1 == 1));
    }
    bits.resize(bits.len().div_ceil(8) * 8, true);
    bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    huffman::decode(bytes, &mut out).map(|()| out)
}

#[test]
fn the_code_is_that_of_the_rfc() {
    let codes = codes();
    // Some of appendix B, of all lengths.
    for (symbol, code, length) in [
        (48, 0x0, 5),
        (b' ', 0x14, 6),
        (b':', 0x5c, 7),
        (b'&', 0xf8, 8),
        (b'!', 0x3f8, 10),
        (b'\\', 0x7fff0, 19),
        (0, 0x1ff8, 13),
        (255, 0x3ff_ffee, 26),
        (10, 0x3fff_fffc, 30),
    ] {
        assert_eq!(codes[symbol as usize], (code, length), "{symbol}");
    }
    assert_eq!(codes[256], (0x3fff_ffff, 30));
    let all: Vec<u8> = (0..=255).collect();
    for byte in &all {
        assert_eq!(decoded(&encode(&[*byte])), Some(vec![*byte]));
    }
    assert_eq!(decoded(&encode(&all)), Some(all));
}

#[test]
fn strings_end_in_ones_and_never_in_the_code_for_it() {
    assert_eq!(decoded(&[]), Some(vec![]));
    for wrong in [&[0xff][..], &[0xff, 0xff, 0xff, 0xff], &[0x00], &[0x07, 0xff], &[0xfe]] {
        assert_eq!(decoded(wrong), None, "{wrong:?}");
    }
    assert_eq!(decoded(&[0x07]), Some(b"0".to_vec()));
}

/// Appendix C: requests without and with the code, and replies whose table is small.
#[test]
fn examples_of_the_rfc() {
    let requests = [
        [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"].to_vec(),
        [
            ":method: GET",
            ":scheme: http",
            ":path: /",
            ":authority: www.example.com",
            "cache-control: no-cache",
        ]
        .to_vec(),
        [
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            ":authority: www.example.com",
            "custom-key: custom-value",
        ]
        .to_vec(),
    ];
    for blocks in [
        [
            "828684410f7777772e6578616d706c652e636f6d",
            "828684be58086e6f2d6361636865",
            "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        ],
        [
            "828684418cf1e3c2e5f23a6ba0ab90f4ff",
            "828684be5886a8eb10649cbf",
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        ],
    ] {
        let mut decoder = Decoder::default();
        for (block, expected) in blocks.iter().zip(&requests) {
            assert_eq!(read(&mut decoder, &hex(block)).unwrap(), *expected);
        }
    }
    let mut decoder = Decoder::default();
    // A table of 256 bytes, which the appendix takes for given.
    let replies = [
        (
            "3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
            ":status: 302|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com",
        ),
        (
            "4883640effc1c0bf",
            ":status: 307|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com",
        ),
        (
            "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
            ":status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|location: https://www.example.com|content-encoding: gzip|set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
        ),
    ];
    for (block, expected) in replies {
        assert_eq!(read(&mut decoder, &hex(block)).unwrap().join("|"), expected);
    }
}

#[test]
fn what_cannot_be_read() {
    for (block, flaw) in [
        (&[0x80][..], Flaw::Index),
        (&[0xbe], Flaw::Index),
        (&[0x40], Flaw::Short),
        (&[0x00, 5, b'a'], Flaw::Short),
        (&[0x00, 0x7f, 0xff], Flaw::Short),
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Flaw::Number),
        (&[0x00, 0x81, 0x00], Flaw::Huffman),
        (&[0x82, 0x20], Flaw::Size),
    ] {
        assert_eq!(read(&mut Decoder::default(), block), Err(flaw), "{block:?}");
    }
}

#[test]
fn a_table_stays_within_its_size() {
    let mut decoder = Decoder::default();
    let big = "x".repeat(1000);
    for name in ["a", "b", "c", "d"] {
        read(&mut decoder, &kept(name, &big)).unwrap();
    }
    // Of four entries of 1033 bytes three fit.
    let names =
        |decoder: &mut Decoder, index: u8| read(decoder, &[0x80 | index]).map(|all| all[0][..1].to_owned());
    assert_eq!(names(&mut decoder, 62).as_deref(), Ok("d"));
    assert_eq!(names(&mut decoder, 64).as_deref(), Ok("b"));
    assert_eq!(names(&mut decoder, 65), Err(Flaw::Index));
    // One that is too large empties it.
    read(&mut decoder, &kept("e", &"x".repeat(5000))).unwrap();
    assert_eq!(names(&mut decoder, 62), Err(Flaw::Index));
    read(&mut decoder, &[0x20]).unwrap();
    read(&mut decoder, &kept("f", "1")).unwrap();
    assert_eq!(names(&mut decoder, 62), Err(Flaw::Index));
}

#[test]
fn a_table_larger_than_ours_is_followed_as_far_as_it_is_kept() {
    let mut decoder = Decoder::default();
    let mut size = Vec::new();
    number(&mut size, 0x20, 5, 1 << 20);
    read(&mut decoder, &size).unwrap();
    assert!(decoder.is_oversized());
    let big = "x".repeat(10_000);
    for at in 0..20 {
        read(&mut decoder, &kept(&format!("n{at}"), &big)).unwrap();
    }
    assert!(decoder.held() <= MAX_TABLE + 40_000, "{}", decoder.held());
    assert!(read(&mut decoder, &[0x80 | 62]).unwrap()[0].starts_with("n19: "));
    assert_eq!(read(&mut decoder, &[0x80 | 75]), Ok(vec![]), "one that is not kept");
    // One larger than all that is kept has its place all the same.
    read(&mut decoder, &kept("huge", &"x".repeat(MAX_TABLE))).unwrap();
    read(&mut decoder, &kept("last", "1")).unwrap();
    assert_eq!(read(&mut decoder, &[0x80 | 62]).unwrap(), ["last: 1"]);
    assert_eq!(read(&mut decoder, &[0x80 | 63]).unwrap(), [": "]);
}

#[test]
fn a_block_says_so_much_and_no_more() {
    let mut decoder = Decoder::default();
    read(&mut decoder, &kept("a", &"x".repeat(3000))).unwrap();
    let bomb = [vec![0xbe; 100_000], field("b", "1")].concat();
    let (mut told, mut counted) = (0, 0);
    let account = decoder
        .decode(&bomb, &mut |name, value| {
            told += name.len() + value.len();
            counted += name.len() + value.len() + 32;
        })
        .unwrap();
    assert!(account.overlong && counted <= MAX_LIST && counted > MAX_LIST - 4000, "{told}");
    assert_eq!(account.told, told as u64);
    assert!(!decoder.decode(&[0xbe], &mut |_, _| ()).unwrap().overlong);
}

proptest! {
    #[test]
    fn coded_strings_come_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(decoded(&encode(&bytes)), Some(bytes));
    }

    #[test]
    fn any_block_does_no_harm(blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..4)) {
        let mut decoder = Decoder::default();
        for block in &blocks {
            let _ = read(&mut decoder, block);
        }
    }
}
