//! Fingerprints, against those that were published with their definitions.

use super::*;
use crate::analyzers::ssl::fingerprint::{Carrier, ja3, ja3_text, ja4};
use crate::analyzers::ssl::parse::ClientHello;
use crate::files::hash::sha256;

fn list(kind: u16, numbers: &[u16]) -> Vec<u8> {
    extension(kind, &with_length(2, &words(numbers)))
}

fn read<R>(hello: &Hello, f: impl FnOnce(&ClientHello<'_>) -> R) -> R {
    let cookie: &[u8] = if hello.version >> 8 == 0xfe { &[0] } else { &[] };
    f(&ClientHello::read(&hello.client_body(cookie)).unwrap())
}

#[test]
fn ja3_of_its_examples() {
    let first = Hello {
        version: 0x0301,
        ciphers: vec![47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
        extensions: vec![server_name("x"), list(10, &[23, 24, 25]), extension(11, &[1, 0])],
        ..Hello::default()
    };
    assert_eq!(
        read(&first, ja3_text),
        "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
    );
    assert_eq!(read(&first, ja3), "ada70206e40642a3e4461f35503241d5");
    let second =
        Hello { version: 0x0301, ciphers: vec![4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], ..Hello::default() };
    assert_eq!(read(&second, ja3_text), "769,4-5-10-9-100-98-3-6-19-18-99,,,");
    assert_eq!(read(&second, ja3), "de350869b8c85de67a350c8d186f11e6");
    let greased = Hello {
        ciphers: vec![0x1a1a, 4],
        extensions: vec![extension(0xfafa, &[]), list(10, &[0x2a2a, 29])],
        ..Hello::default()
    };
    assert_eq!(read(&greased, ja3_text), "771,4,10,29,");
}

/// The client hello that the definition of JA4 shows.
fn browser() -> Hello {
    let mut extensions = vec![
        extension(0x2a2a, &[]),
        server_name("x"),
        extension(16, &with_length(2, &[with_length(1, b"h2"), with_length(1, b"http/1.1")].concat())),
        list(13, &[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]),
        extension(43, &with_length(1, &words(&[0x5a5a, 0x0303, 0x0304]))),
    ];
    let others = [0x1b, 0x33, 0x4469, 0x17, 0x2d, 0x05, 0x23, 0x12, 0x0b, 0x0a, 0x15, 0xff01];
    extensions.extend(others.iter().map(|kind| extension(*kind, &[])));
    let ciphers = [
        0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
        0x009c, 0x009d, 0x002f, 0x0035,
    ];
    Hello { ciphers: ciphers.to_vec(), extensions, ..Hello::default() }
}

#[test]
fn ja4_of_its_example() {
    let print = |hello: &Hello| read(hello, |hello| ja4(hello, Carrier::Tcp, sha256));
    assert_eq!(print(&browser()), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    let bare = Hello { ciphers: vec![], ..Hello::default() };
    assert_eq!(print(&bare), "t12i000000_000000000000_000000000000");
    let datagrams = Hello { version: 0xfefd, ..Hello::default() };
    assert!(read(&datagrams, |hello| ja4(hello, Carrier::Datagrams, sha256)).starts_with("dd2i010000_"));
}

#[test]
fn the_parts_of_ja4() {
    let first = |hello: &Hello| read(hello, |hello| ja4(hello, Carrier::Tcp, sha256))[..10].to_owned();
    let with_alpn = |protocol: &[u8]| first(&Hello::with(&[alpn(protocol)]));
    let cases: [(&[u8], &str); 6] = [
        (b"h2", "t12i0101h2"),
        (b"http/1.1", "t12i0101h1"),
        (b"x", "t12i0101xx"),
        (b"", "t12i010100"),
        (&[0xab, 0xcd], "t12i0101ad"),
        (b"a\xff", "t12i01016f"),
    ];
    for (protocol, expected) in cases {
        assert_eq!(with_alpn(protocol), expected);
    }
    let version = |version| first(&Hello { version, ..Hello::default() });
    let versions =
        [(0x0300, "s3"), (2, "s2"), (0x0301, "10"), (0x0302, "11"), (0x0304, "13"), (0x7f17, "00")];
    for (number, expected) in versions {
        assert_eq!(&version(number)[1..3], expected);
    }
    let many = Hello { ciphers: (1..=120).collect(), ..Hello::default() };
    assert!(first(&many).starts_with("t12i9900"));
}

#[test]
fn the_first_hellos_count() {
    let seen = converse(&full());
    let expected = read(&Hello::with(&[server_name("www.example.org"), alpn(b"h2")]), ja3);
    assert!(seen.ja[0].starts_with(&expected));
    let ja3s = crate::files::hash::hex(&<md5::Md5 as md5::Digest>::digest(b"771,49199,16"));
    assert_eq!(seen.ja[0].split(' ').nth(1), Some(ja3s.as_str()));
}
