//! Certificates made here.

pub(crate) mod build;

use std::net::IpAddr;

use proptest::prelude::*;

use super::parse::{AltNames, Certificate, Extension};
use super::{CertificateFile, X509, curve, host, key, known_name, name, serial, time};
use crate::events::Fuid;
use crate::files::{About, FileAnalyzer, FileOutput, FileStart, oid as objects};
use crate::parsers::asn1::{SEQUENCE, Values, dotted, integer};
use build::{Made, bits, common_name, der, domains, extension, of, oid, rdn, seq};

fn names(parts: &[Vec<u8>]) -> String {
    let bytes = seq(parts);
    name::text(Values::der(&bytes).take(SEQUENCE).unwrap().inside())
}

#[test]
fn names_as_text() {
    const CN: &str = "2.5.4.3";
    const UTF8: u8 = 0x0c;
    let one = |text: &[u8]| names(&[rdn(&[(CN, UTF8, text)])]);
    let cases: [(&[u8], &str); 12] = [
        (b"plain", "CN=plain"),
        (b"", "CN="),
        (b"Foo, Inc.", "CN=Foo\\, Inc."),
        (b"a+b\"c\\d<e>f;g", "CN=a\\+b\\\"c\\\\d\\<e\\>f\\;g"),
        (b"#1 # 2", "CN=\\#1 # 2"),
        (b"  two  ", "CN=\\  two \\ "),
        (b" ", "CN=\\ "),
        ("M\u{fc}ller".as_bytes(), "CN=M\\C3\\BCller"),
        (b"a\nb\x7f", "CN=a\\0Ab\\7F"),
        (b"\xff", "CN=\\FF"),
        (b"*.example.org", "CN=*.example.org"),
        (b"a=b/c", "CN=a=b/c"),
    ];
    for (text, expected) in cases {
        assert_eq!(one(text), expected);
    }
    // Kinds of strings.
    let kinds: [(u8, &[u8], &str); 8] = [
        (0x13, b"printable", "printable"),
        (0x14, b"M\xfcller", "M\\C3\\BCller"),
        (0x16, b"ia5", "ia5"),
        (0x1e, &[0, b'a', 0x20, 0xac], "a\\E2\\82\\AC"),
        (0x1c, &[0, 0, 0, b'a'], "a"),
        (0x1e, &[0, b'a', 0], "#1E03006100"),
        (0x04, b"ab", "#04026162"),
        (0x03, &[0, 1], "#03020001"),
    ];
    for (tag, text, expected) in kinds {
        assert_eq!(names(&[rdn(&[(CN, tag, text)])]), format!("CN={expected}"));
    }
    // The last part first; attributes of one part in reverse too; unknown attributes as numbers.
    let parts = [
        rdn(&[("2.5.4.6", 0x13, b"DE")]),
        rdn(&[("2.5.4.10", UTF8, b"O"), ("2.5.4.11", UTF8, b"U")]),
        rdn(&[(CN, UTF8, b"N")]),
        rdn(&[("1.2.3.4", UTF8, b"x")]),
        rdn(&[("2.5.4.4", UTF8, b"S"), ("2.5.4.42", UTF8, b"G"), ("1.2.840.113549.1.9.1", 0x16, b"a@b")]),
    ];
    assert_eq!(names(&parts), "emailAddress=a@b+GN=G+SN=S,1.2.3.4=#0C0178,CN=N,OU=U+O=O,C=DE");
    assert_eq!(names(&[]), "");
    assert_eq!(one(&[b'a'; 3000]).len(), 2047);
}

#[test]
fn serial_numbers() {
    let cases: [(&[u8], &str); 7] = [
        (&[0], "00"),
        (&[2, 0x3a, 0x69], "023A69"),
        (&[0, 0xff], "FF"),
        (&[0xff], "-01"),
        (&[0x80, 0], "-8000"),
        (&[0, 0], ""),
        (&[], ""),
    ];
    for (content, expected) in cases {
        assert_eq!(serial(content), expected, "{content:x?}");
    }
    let long = serial(&[1; 36]);
    assert_eq!(long, format!("{}\\\n01", "01".repeat(35)));
}

#[test]
fn times() {
    let read = |tag: u8, text: &str| {
        let bytes = der(tag, text.as_bytes());
        time::seconds(&Values::der(&bytes).next_value().unwrap())
    };
    const UTC: u8 = 0x17;
    const GENERALIZED: u8 = 0x18;
    let cases = [
        (UTC, "240229120000Z", Ok(1_709_208_000)),
        (UTC, "500101000000Z", Ok(-631_152_000)),
        (UTC, "491231235959Z", Ok(2_524_607_999)),
        (UTC, "2402291200Z", Ok(1_709_208_000)),
        (UTC, "700101000000Z", Ok(0)),
        (UTC, "240229120000", Err("x509_utc_format")),
        (UTC, "24022912Z", Err("x509_utc_length")),
        (UTC, "240229120000+0100Z", Err("x509_utc_length")),
        (GENERALIZED, "20240229120000Z", Ok(1_709_208_000)),
        (GENERALIZED, "20240229120000.5Z", Ok(1_709_208_000)),
        (GENERALIZED, "99991231235959Z", Ok(253_402_300_799)),
        (GENERALIZED, "202402291200Z", Ok(1_709_208_000)),
        (GENERALIZED, "202402291200", Ok(1_709_208_000)),
        (GENERALIZED, "20240229120000", Ok(1_709_208_000)),
        // Hours and minutes of an offset count as seconds, and not as many.
        (GENERALIZED, "20240229120000+0130", Ok(1_709_208_000 + 60 + 30)),
        (GENERALIZED, "20240229120000-1234", Ok(1_709_208_000 - 10 - 120 - 34)),
        (GENERALIZED, "20240229120000+01", Err("x509_time_offset_underflow")),
        (GENERALIZED, "20240229120000x0100", Err("x509_time_offset_type")),
        (GENERALIZED, "2024022912003", Err("x509_time_add_char")),
        (GENERALIZED, "20240229", Err("x509_gen_time_length")),
        (GENERALIZED, "20241332120000Z", Ok(1_738_411_200)),
        (0x0c, "240229120000Z", Err("x509_invalid_time_type")),
    ];
    for (tag, text, expected) in cases {
        assert_eq!(read(tag, text), expected, "{text}");
    }
}

fn key_of(key: &[u8]) -> String {
    let bytes = Made { key: key.to_vec(), ..Made::default() }.bytes();
    let certificate = Certificate::read(&bytes).unwrap();
    let key = key::read(&certificate.key_algorithm, certificate.key);
    let algorithm = objects::long_name(certificate.key_algorithm.object);
    let number = |bits: Option<u64>| bits.map_or("-".into(), |bits| bits.to_string());
    let (kind, exponent, curve) = (key.kind.unwrap_or("-"), key.exponent.unwrap_or("-".into()), key.curve);
    format!("{algorithm} {kind} {} {exponent} {}", number(key.bits), curve.unwrap_or("-"))
}

/// Keys that OpenSSL made: uncompressed, compressed, hybrid.
const P256: &str = "04a6f4e75ceb440617754c001f80633a0fed992ea7310ceadfa6ee5535427295fc031456c9d0be0e06f930d56c12150c4e85e7d711b0225b865f75447217e5c4ab";
const P384: &str =
    "03e4f191f185e29ea03dd27ffedc247b2f42643c5e35f485e7a590d4a3bdecd4a4ceb7c18063437bb77992f233bf26a0d9";
const P521: &str = "0700141871ec7d08cfcdd02601bea4f485a452116529b777f09aab1aeeeb5eeafe23afe8e5f1508c2751de021e52b9d8597d08126c4734f2b70bd35fcbffb390ece40b00312b8ac328d0ac7714c8d3982d6194f822ac159e79dd1bbc36c1e9721b6dfaed8759e8a762d6d4df23a36d417bcea51b72819d6ef98e1da821bc2a80c2498723e3";

fn point(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[test]
fn points_have_to_be_on_their_curves() {
    let keys = [
        ("1.2.840.10045.3.1.7", P256),
        ("1.3.132.0.34", P384),
        ("1.3.132.0.35", P521),
        ("1.3.132.0.10", "03316f066a07c39824ed13ceda4b3a6f26f75fa93235d21ae8390817ff328a1e65"),
        (
            "1.2.156.10197.1.301",
            "044228c0955160494859462456519558d655b72fe16b2d1505a33d66ba59c7d76f778d91e6a948db55f8b3960d4631bcd1bc919cea1c18d9cf4b5b19d1ddb48cca",
        ),
        (
            "1.3.36.3.3.2.8.1.1.7",
            "0787705deb60e4e030d07fe733bb2c97165a23fb3f95e2e8dc070524dc73ad58117f6276034fe0e11cae668413cbdb38fa2ee048f3ba7cd0a46d8265bc7c4e82cf",
        ),
    ];
    for (number, digits) in keys {
        let good = point(digits);
        assert!(curve::may_hold(number, &good), "{number}");
        let flipped = (0..good.len() * 8).map(|at| {
            let mut bad = good.clone();
            bad[at / 8] ^= 1 << (at % 8);
            curve::may_hold(number, &bad)
        });
        // Every other x has a point, and a compressed one may have either sign.
        let found = flipped.filter(|holds| *holds).count();
        let compressed = good[0] < 4;
        let fits = if compressed { good.len() * 2..good.len() * 6 } else { 0..3 };
        assert!(fits.contains(&found), "{number}: {found}");
        for len in 0..good.len() {
            assert!(!curve::may_hold(number, &good[..len]), "{number}: {len} bytes");
        }
        assert!(!curve::may_hold(number, &[&good[..], &[0]].concat()), "{number}: a byte more");
    }
    assert!(curve::may_hold("1.2.3", &[4; 7]), "of a curve that is not known nothing is said");
}

#[test]
fn keys() {
    let rsa = |modulus: &[u8], exponent: &[u8]| bits(&seq(&[der(2, modulus), der(2, exponent)]));
    let with =
        |algorithm: &str, parameters: Vec<u8>, key: Vec<u8>| seq(&[seq(&[oid(algorithm), parameters]), key]);
    let null = || der(5, &[]);
    let curve = |curve: &str, point: &[u8]| with("1.2.840.10045.2.1", oid(curve), bits(point));
    let modulus = [&[0, 0x80], [1; 255].as_slice()].concat();
    let described = seq(&[
        der(2, &[1]),
        seq(&[]),
        seq(&[]),
        der(4, &[4; 3]),
        der(2, &[&[0, 0xff], [1; 47].as_slice()].concat()),
    ]);
    let dsa = seq(&[der(2, &[&[0, 0x80], [1; 127].as_slice()].concat()), der(2, &[1]), der(2, &[2])]);
    let cases = [
        (with("1.2.840.113549.1.1.1", null(), rsa(&modulus, &[1, 0, 1])), "rsaEncryption rsa 2048 65537 -"),
        (with("1.2.840.113549.1.1.1", null(), rsa(&[0x3f, 0], &[3])), "rsaEncryption rsa 14 3 -"),
        (
            with("1.2.840.113549.1.1.1", null(), rsa(&[1], &[0, 255, 255, 255, 255, 255, 255, 255, 255])),
            "rsaEncryption rsa 1 18446744073709551615 -",
        ),
        (with("1.2.840.113549.1.1.1", null(), bits(&[1, 2])), "rsaEncryption - - - -"),
        (with("1.2.840.113549.1.1.10", Vec::new(), rsa(&modulus, &[3])), "rsassaPss RSA-PSS 2048 - -"),
        (with("1.2.840.113549.1.1.4", null(), rsa(&modulus, &[3])), "md5WithRSAEncryption - - - -"),
        (with("1.2.840.10040.4.1", dsa, bits(&der(2, &[5]))), "dsaEncryption dsa 1024 - -"),
        (with("1.2.840.10040.4.1", Vec::new(), bits(&der(2, &[5]))), "dsaEncryption dsa - - -"),
        (curve("1.2.840.10045.3.1.7", &point(P256)), "id-ecPublicKey ecdsa 256 - prime256v1"),
        (curve("1.2.840.10045.3.1.7", &[4; 65]), "id-ecPublicKey - - - -"),
        (curve("1.2.840.10045.3.1.7", &[0]), "id-ecPublicKey ecdsa 256 - prime256v1"),
        (curve("1.3.132.0.34", &point(P384)), "id-ecPublicKey ecdsa 384 - secp384r1"),
        (curve("1.3.132.0.35", &point(P521)), "id-ecPublicKey ecdsa 521 - secp521r1"),
        (curve("1.2.3", &[4; 65]), "id-ecPublicKey - - - -"),
        (curve("1.3.132.0.1", &[4; 43]), "id-ecPublicKey ecdsa 163 - sect163k1"),
        (curve("1.3.132.0.34", &[9; 49]), "id-ecPublicKey - - - -"),
        (with("1.2.840.10045.2.1", described, bits(&[4; 97])), "id-ecPublicKey ecdsa 384 - -"),
        (with("1.2.840.10045.2.1", null(), bits(&[4; 97])), "id-ecPublicKey - - - -"),
        (with("1.3.101.112", Vec::new(), bits(&[1; 32])), "ED25519 ED25519 256 - -"),
        (with("1.3.101.112", Vec::new(), bits(&[1; 31])), "ED25519 - - - -"),
        (with("1.2.3.4", Vec::new(), bits(&[1])), "1.2.3.4 - - - -"),
    ];
    for (key, expected) in cases {
        assert_eq!(key_of(&key), expected);
    }
}

#[test]
fn algorithms_have_names_or_none() {
    let content = |dotted: &str| oid(dotted)[2..].to_vec();
    assert_eq!(known_name(&content("1.2.840.10045.4.3.3")), "ecdsa-with-SHA384");
    assert_eq!(known_name(&content("1.2.3.4")), "");
    assert_eq!(objects::long_name(&content("1.2.3.4")), "1.2.3.4");
    assert_eq!(dotted(&content("2.999.16384")), Some("2.999.16384".into()));
    for bad in [&[][..], &[0x80, 1], &[0x2a, 0x81], &[0xff; 20]] {
        assert_eq!(dotted(bad), None, "{bad:x?}");
    }
}

#[test]
fn hosts() {
    let cases = [
        ("a.example.org", "a.example.org", true),
        ("A.example.org", "a.example.org", false),
        ("a.example.org", "*.example.org", true),
        ("example.org", "*.example.org", false),
        ("a.b.example.org", "*.example.org", false),
        ("a.org", "*.org", false),
        ("abc.example.org", "a*.example.org", true),
        ("bbc.example.org", "a*.example.org", false),
        ("abc.example.org", "a*c.example.org", false),
        ("a.example.org", "a.*.org", false),
        ("host", "*", false),
        ("*", "*", true),
    ];
    for (host, name, expected) in cases {
        assert_eq!(host::matches(host.as_bytes(), name.as_bytes()), expected, "{host} {name}");
    }
    let is_for = |extensions: Vec<Vec<u8>>, subject: Vec<u8>| {
        let bytes = Made { extensions, subject, ..Made::default() }.bytes();
        Certificate::read(&bytes).unwrap().is_for(b"a.test")
    };
    assert!(is_for(vec![domains(&["b.test", "a.test"])], common_name("x")));
    assert!(!is_for(vec![domains(&["b.test"])], common_name("a.test")));
    assert!(is_for(Vec::new(), common_name("a.test")));
    assert!(!is_for(vec![extension("2.5.29.17", false, b"bad")], common_name("a.test")));
    let two =
        |first: &[u8], last: &[u8]| seq(&[rdn(&[("2.5.4.3", 0x0c, first)]), rdn(&[("2.5.4.3", 0x0c, last)])]);
    assert!(is_for(Vec::new(), two(b"b.test", b"a.test")));
    assert!(!is_for(Vec::new(), two(b"a.test", b"b.test")));
}

#[test]
fn alternative_names() {
    let list = [
        der(0x82, b"a.test"),
        der(0x86, b"https://a.test/"),
        der(0x81, b"me@a.test"),
        der(0x87, &[192, 0, 2, 1]),
        der(0x87, &[0; 16]),
        der(0x87, &[1, 2]),
        der(0x82, b"b.test"),
        der(0xa4, &common_name("x")),
    ];
    let bytes = seq(&list);
    let names = AltNames::read(&bytes).unwrap();
    assert_eq!(names.dns, Some(vec![&b"a.test"[..], b"b.test"]));
    assert_eq!(names.uri, Some(vec![&b"https://a.test/"[..]]));
    assert_eq!(names.email, Some(vec![&b"me@a.test"[..]]));
    assert_eq!(names.ip, Some(vec![IpAddr::from([192, 0, 2, 1]), IpAddr::from([0u8; 16])]));
    assert_eq!(names.bad_ips, [2]);
    assert_eq!(AltNames::read(&seq(&[])), Some(AltNames::default()));
    for bad in [seq(&[der(0x89, b"x")]), vec![0x30, 5], b"x".to_vec(), Vec::new()] {
        assert_eq!(AltNames::read(&bad), None);
    }
}

#[test]
fn constraints() {
    let read = |content: &[u8]| {
        let extensions = vec![extension("2.5.29.19", true, content)];
        let bytes = Made { extensions, ..Made::default() }.bytes();
        Certificate::read(&bytes).unwrap().extensions().map(|found| format!("{found:?}")).collect::<String>()
    };
    let found = |ca, path_len| format!("{:?}", Extension::Constraints { ca, path_len });
    assert_eq!(read(&seq(&[])), found(false, None));
    assert_eq!(read(&seq(&[der(1, &[0xff])])), found(true, None));
    assert_eq!(read(&seq(&[der(1, &[1]), der(2, &[3])])), found(true, Some(3)));
    assert_eq!(read(&seq(&[der(1, &[0])])), found(false, None));
    for bad in [seq(&[der(1, &[1, 1])]), seq(&[der(4, &[])]), Vec::new()] {
        assert_eq!(read(&bad), "BadConstraints");
    }
}

#[test]
fn what_is_no_certificate() {
    let good = Made::default();
    assert!(Certificate::read(&good.bytes()).is_some());
    // What follows it is not looked at, and is not part of it.
    let longer = [good.bytes(), vec![1, 2, 3]].concat();
    assert_eq!(Certificate::read(&longer).unwrap().der, good.bytes());
    let bad = [
        Made { serial: der(2, &[0, 1]), ..good.clone() },
        Made { serial: der(2, &[]), ..good.clone() },
        Made { serial: der(4, &[1]), ..good.clone() },
        Made { issuer: seq(&[seq(&[])]), ..good.clone() },
        Made { validity: seq(&[der(0x17, b"x")]), ..good.clone() },
        Made { validity: seq(&[der(0x13, b"x"), der(0x17, b"x")]), ..good.clone() },
        Made { key: seq(&[seq(&[oid("1.2.3")])]), ..good.clone() },
        Made { key: seq(&[seq(&[oid("1.2.3")]), der(3, &[8, 1])]), ..good.clone() },
        Made { signature_algorithm: seq(&[]), ..good.clone() },
        Made { extensions: vec![seq(&[oid("2.5.29.17")])], ..good.clone() },
    ];
    for (at, made) in bad.iter().enumerate() {
        assert!(Certificate::read(&made.bytes()).is_none(), "{at}");
    }
    // Times that are none are still a certificate.
    let times = Made { validity: seq(&[der(0x17, b"x"), der(0x18, b"y")]), ..good.clone() };
    assert!(Certificate::read(&times.bytes()).is_some());
    assert!(Certificate::read(&Made { version: Vec::new(), ..good }.bytes()).is_some());
}

#[test]
fn a_certificate_is_known_by_its_shortest_encoding() {
    let made = Made::default();
    let signature = [3, 0x82, 0, 129, 0].into_iter().chain([9; 128]).collect::<Vec<u8>>();
    let longer = seq(&[made.signed(), made.signature_algorithm.clone(), signature]);
    let longer_still = [&[0x30, 0x83, 0][..], &longer[2..]].concat();
    let bytes = made.bytes();
    assert_ne!(longer, bytes);
    for other in [bytes.clone(), longer, longer_still] {
        assert_eq!(*Certificate::read(&other).unwrap().encoding(), bytes);
    }
}

#[test]
fn numbers() {
    assert_eq!(integer(&[0x7f]), Some((false, vec![0x7f])));
    assert_eq!(integer(&[0xff, 0x7f]), Some((true, vec![0x81])));
    assert_eq!(integer(&[0xff, 0x80]), None);
    assert_eq!(integer(&[0x80]), Some((true, vec![0x80])));
    let mut values = Values::der(&[0x30, 0x84, 0, 0, 0, 1, 7, 9]);
    assert_eq!(values.next_value().unwrap().content, [7]);
    for bad in
        [&[0x30, 0x80, 0, 0][..], &[0x1f, 1, 0], &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1], &[0x30, 2, 1]]
    {
        assert_eq!(Values::der(bad).next_value(), None);
    }
    assert_eq!(of(0x31, &[vec![1], vec![2]]), [0x31, 2, 1, 2]);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(certificate) = Certificate::read(&bytes) {
            prop_assert!(certificate.der.len() <= bytes.len());
        }
        let _names = AltNames::read(&bytes);
        let _text = objects::long_name(&bytes);
        let _serial = serial(&bytes);
    }

    #[test]
    fn a_changed_byte_does_no_harm(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let extensions = vec![domains(&["a.test"]), extension("2.5.29.19", true, &seq(&[der(1, &[0xff])]))];
        let mut bytes = Made { extensions, ..Made::default() }.bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Some(certificate) = Certificate::read(&bytes) {
            let _found = certificate.extensions().count();
            let _name = name::text(certificate.subject);
            let _key = key::read(&certificate.key_algorithm, certificate.key);
            let _time = time::seconds(&certificate.not_after);
            let _host = certificate.is_for(b"a.test");
        }
    }
}

#[test]
fn a_file_holds_what_it_says() {
    let about = About::default();
    let ts = crate::base::time::Timestamp::ZERO;
    let start = FileStart { fuid: Fuid { high: 1, low: 0 }, ts, mime: super::CA_CERTIFICATE, about: &about };
    let mut file = CertificateFile::new(&start);
    file.content.add(&[0; 5000]);
    assert!((5000..5500).contains(&file.held()));
    file.content.add(&vec![0; 1 << 20]);
    assert!(file.held() < 5500 && file.content.take(true).is_none());
    let _unused: fn(&mut CertificateFile, &mut FileOutput<'_>, bool) = <CertificateFile as FileAnalyzer>::end;
    assert_eq!(X509::STREAM.columns().len(), 22);
}
