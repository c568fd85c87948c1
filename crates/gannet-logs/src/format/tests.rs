//! Every rule of rendering, as tables of value and text.

use std::net::IpAddr;

use gannet::events::{ConnTag, Enum, Key, Meta, Record, Set, Uid, Vector};
use gannet::{Interval, Timestamp};

use super::*;

gannet::record! {
    /// One value of each kind.
    pub struct All in "all" {
        /// When.
        ts: Timestamp,
        /// Who.
        conn: ConnTag,
        /// A name.
        proto: Enum,
        /// A length.
        duration: Option<Interval>,
        /// A number.
        bytes: Option<u64>,
        /// Another.
        offset: i64,
        /// A fraction.
        score: f64,
        /// Yes or no.
        ok: bool,
        /// Bytes.
        name: Option<Vec<u8>>,
        /// In any order.
        tags: Option<Set<Vec<u8>>>,
        /// In order.
        times: Vector<Option<Interval>>,
    } extra {
        /// Beyond Zeek's.
        vlan: Option<u64>,
    }
}

gannet::record! {
    /// Strings only.
    pub struct Texts in "texts" {
        /// One.
        a: Option<Vec<u8>>,
        /// Several.
        b: Option<Set<Vec<u8>>>,
        /// More.
        c: Option<Vector<Vec<u8>>>,
    }
}

gannet::record! {
    /// Whose strings have no limit.
    pub struct Page in "http" {
        /// One.
        a: Vec<u8>,
        /// Several.
        b: Vector<Vec<u8>>,
    }
}

gannet::record! {
    /// Whose containers may be long.
    pub struct Certificate in "x509" {
        /// One.
        a: Vector<u64>,
        /// Two.
        b: Vector<u64>,
        /// Three.
        c: Vector<u64>,
        /// Four.
        d: Vector<u64>,
    }
}

const TSV: Format = Format::Tsv;
const JSON: Format = Format::Json;

fn tag() -> ConnTag {
    ConnTag {
        uid: Some(Uid { high: 1, low: 2 }),
        orig_h: "128.232.110.120".parse().unwrap(),
        orig_p: 34855,
        resp_h: "66.35.250.204".parse().unwrap(),
        resp_p: 80,
        ip_proto: 6,
    }
}

fn all() -> All {
    All {
        ts: Timestamp::from_nanos(1_300_475_167_096_535_999),
        conn: tag(),
        proto: Enum("tcp"),
        duration: Some(Interval::from_nanos(26_846_886)),
        bytes: None,
        offset: -5,
        score: 0.5,
        ok: true,
        name: Some(b"a,b".to_vec()),
        tags: Some(Set(vec![b"a,b".to_vec(), b"".to_vec(), b"-".to_vec()])),
        times: Vector(vec![Some(Interval::from_secs(1)), None]),
        vlan: None,
    }
}

fn row_with(options: Options, conn: Option<&ConnTag>, record: &dyn Record) -> (String, Cut) {
    let mut out = b"before\n".to_vec();
    let meta = Meta::new(Key::default(), conn);
    let cut = Formatter::new(options).row(&meta, record, &mut out);
    let text = String::from_utf8(out).unwrap();
    (text.strip_prefix("before\n").unwrap().strip_suffix('\n').unwrap().to_owned(), cut)
}

fn row(format: Format, record: &dyn Record) -> String {
    row_with(Options::new(format), Some(&tag()), record).0
}

fn text_of(write: impl Fn(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn counts_and_ints() {
    let mut numbers = vec![0, u64::MAX, u64::MAX - 1];
    let mut power = 1_u64;
    for _ in 0..19 {
        power *= 10;
        numbers.extend([power - 1, power, power + 1, power / 7 * 3]);
    }
    numbers.extend((0..200_000).map(|i| i * 499));
    for n in numbers {
        assert_eq!(text_of(|out| number::count(n, out)), n.to_string());
    }
    for n in [0, 1, -1, i64::MIN, i64::MAX, -1_234_567_890] {
        assert_eq!(text_of(|out| number::int(n, out)), n.to_string());
    }
}

#[test]
fn times() {
    let table = [
        (1_300_475_167_096_535_000, "1300475167.096535", "1300475167.096535"),
        (1_300_475_167_096_535_999, "1300475167.096535", "1300475167.096535"),
        (0, "0.000000", "0.0"),
        (1_500_000_000_000_000_000, "1500000000.000000", "1500000000.0"),
        (-500_000_000, "-0.500000", "-0.5"),
        (-1, "-0.000001", "-0.000001"),
        (-86_400_000_000_000, "-86400.000000", "-86400.0"),
        (i64::MAX, "9223372036.854775", "9223372036.854775"),
        (i64::MIN, "-9223372036.854776", "-9223372036.854776"),
    ];
    for (nanos, tsv, json) in table {
        let at = Timestamp::from_nanos(nanos);
        assert_eq!(text_of(|out| number::time(at, out)), tsv);
        assert_eq!(text_of(|out| number::json_time(at, out)), json);
    }
}

#[test]
fn dates() {
    // The last second of the year 9999, and one before 1678.
    for (seconds, text) in [(253_402_300_799, "253402300799"), (-11_676_096_000, "-11676096000"), (0, "0")] {
        assert_eq!(text_of(|out| number::date(seconds, out)), format!("{text}.000000"));
        assert_eq!(text_of(|out| number::json_date(seconds, out)), format!("{text}.0"));
    }
}

#[test]
fn intervals() {
    let table = [
        (0, "0.000000", "0.0"),
        (26_846_886, "0.026847", "0.026846886"),
        (499, "0.000000", "0.000000499"),
        (500, "0.000001", "0.0000005"),
        (-499, "0.000000", "-0.000000499"),
        (-1_500_000_000, "-1.500000", "-1.5"),
        (999_999_999, "1.000000", "0.999999999"),
        (100_000_000_000, "100.000000", "100.0"),
        (954, "0.000001", "0.000000954"),
        (i64::MIN, "-9223372036.854776", "-9223372036.854775808"),
    ];
    for (nanos, tsv, json) in table {
        let length = Interval::from_nanos(nanos);
        assert_eq!(text_of(|out| number::interval(length, out)), tsv);
        assert_eq!(text_of(|out| number::json_interval(length, out)), json);
    }
}

#[test]
fn doubles() {
    let table = [
        (0.0, "0.0", "0.0"),
        (-0.0, "0.0", "-0.0"),
        (1.0, "1.0", "1.0"),
        (-1.5, "-1.5", "-1.5"),
        (0.1 + 0.2, "0.3", "0.30000000000000004"),
        (1.23456789, "1.234568", "1.23456789"),
        (1e-7, "0", "1e-7"),
        (-1e-7, "0", "-1e-7"),
        (1e-10, "0.0", "1e-10"),
        (3.000_000_000_5, "3.0", "3.0000000005"),
        (2.999_999_9, "3", "2.9999999"),
        (1e20, "100000000000000000000.0", "1e20"),
        (100.0, "100.0", "100.0"),
        (f64::NAN, "nan", "null"),
        (f64::INFINITY, "inf", "null"),
        (f64::NEG_INFINITY, "-inf", "null"),
    ];
    for (value, tsv, json) in table {
        assert_eq!(text_of(|out| number::double(value, out)), tsv, "{value}");
        assert_eq!(text_of(|out| number::json_double(value, out)), json, "{value}");
    }
}

#[test]
fn addresses() {
    // What glibc's inet_ntop prints; IPv4-mapped addresses as IPv4.
    let table = [
        ("0.0.0.0", "0.0.0.0"),
        ("192.168.1.100", "192.168.1.100"),
        ("255.255.255.255", "255.255.255.255"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("::1:2", "::0.1.0.2"),
        ("::1:0", "::0.1.0.0"),
        ("::ff00:0", "::255.0.0.0"),
        ("::1", "::1"),
        ("::", "::"),
        ("1::", "1::"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
        ("0:0:0:0:0:1:2:3", "::1:2:3"),
        ("0:0:a:b:0:0:0:0", "0:0:a:b::"),
        ("0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1"),
        ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"),
        ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
        ("::fffe:1:2", "::fffe:1:2"),
        ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
        ("FE80::00AB:0C0D", "fe80::ab:c0d"),
        ("::38:5f55:6265:726b", "::38:5f55:6265:726b"),
    ];
    for (given, want) in table {
        let given: IpAddr = given.parse().unwrap();
        assert_eq!(text_of(|out| address::address(given, out)), want);
    }
    for n in 0..=255 {
        let v4 = std::net::Ipv4Addr::new(n, 255 - n, n / 2, 9);
        assert_eq!(text_of(|out| address::address(v4.into(), out)), v4.to_string());
    }
}

#[test]
fn strings() {
    // Bytes, as a TSV column, as an element there, as JSON.
    let table: [(&[u8], &str, &str, &str); 24] = [
        (b"plain text", "plain text", "plain text", r#""plain text""#),
        (b"", "(empty)", "(empty)", r#""""#),
        (b"-", r"\x2d", r"\x2d", r#""-""#),
        (b"--", "--", "--", r#""--""#),
        (b"(empty)", r"\x28empty)", r"\x28empty)", r#""(empty)""#),
        (b"a,b", "a,b", r"a\x2cb", r#""a,b""#),
        (b"\\", r"\\", r"\\", r#""\\""#),
        (b"a\\x09", r"a\\x09", r"a\\x09", r#""a\\x09""#),
        (b"a\tb", r"a\x09b", r"a\x09b", r#""a\tb""#),
        (b"say \"no\"/", "say \"no\"/", "say \"no\"/", r#""say \"no\"/""#),
        ("é".as_bytes(), "é", "é", "\"é\""),
        ("é\n".as_bytes(), r"\xc3\xa9\x0a", r"\xc3\xa9\x0a", "\"é\\n\""),
        ("é\x01".as_bytes(), r"\xc3\xa9\x01", r"\xc3\xa9\x01", r#""\\xc3\\xa9\\x01""#),
        // Each piece apart: the tab ends one.
        (
            "é\tü\x7f".as_bytes(),
            r"é\x09\xc3\xbc\x7f",
            r"é\x09\xc3\xbc\x7f",
            r#""\\xc3\\xa9\t\\xc3\\xbc\\x7f""#,
        ),
        ("é,\x02".as_bytes(), r"\xc3\xa9,\x02", r"é\x2c\x02", r#""\\xc3\\xa9,\\x02""#),
        ("é\\\x02".as_bytes(), r"é\\\x02", r"é\\\x02", r#""\\xc3\\xa9\\\\x02""#),
        (b"\x08\x0c\r\n", r"\x08\x0c\x0d\x0a", r"\x08\x0c\x0d\x0a", r#""\b\f\r\n""#),
        (b"\xffA", r"\xffA", r"\xffA", r#""\\xffA""#),
        (b"\xc3", r"\xc3", r"\xc3", r#""\\xc3""#),
        (b"\xed\xa0\x80", r"\xed\xa0\x80", r"\xed\xa0\x80", r#""\\xed\\xa0\\x80""#),
        ("\u{85}".as_bytes(), r"\xc2\x85", r"\xc2\x85", r#""\\xc2\\x85""#),
        ("\u{e000}".as_bytes(), r"\xee\x80\x80", r"\xee\x80\x80", r#""\\xee\\x80\\x80""#),
        ("\u{fffd}".as_bytes(), r"\xef\xbf\xbd", r"\xef\xbf\xbd", r#""\\xef\\xbf\\xbd""#),
        ("\u{ffef}\u{10000}".as_bytes(), "\u{ffef}\u{10000}", "\u{ffef}\u{10000}", "\"\u{ffef}\u{10000}\""),
    ];
    for (bytes, column, element, json) in table {
        assert_eq!(text_of(|out| escape::tsv(bytes, false, out)), column, "{bytes:?}");
        assert_eq!(text_of(|out| escape::tsv(bytes, true, out)), element, "{bytes:?}");
        assert_eq!(text_of(|out| escape::json(bytes, out)), json, "{bytes:?}");
        let parsed: String = serde_json::from_str(json).unwrap();
        assert!(!parsed.contains(char::is_control) || column.contains("\\x"), "{bytes:?}");
    }
}

#[test]
fn any_bytes_stay_inside_their_cell() {
    let mut state = 1_u64;
    let mut random = || {
        // A linear congruence, whose upper bits are good enough here.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    for length in (0..64).cycle().take(20_000) {
        let mut bytes: Vec<u8> = (0..length).map(|_| random()).collect();
        if length % 2 == 0 {
            bytes = String::from_utf8_lossy(&bytes).into_owned().into_bytes();
        }
        for element in [false, true] {
            let text = text_of(|out| escape::tsv(&bytes, element, out));
            assert!(!text.is_empty() && !text.contains(char::is_control), "{bytes:?}");
            assert!(!element || !text.contains(','), "{bytes:?}");
        }
        serde_json::from_str::<String>(&text_of(|out| escape::json(&bytes, out))).unwrap();
    }
}

#[test]
fn a_row_of_every_kind() {
    let want = "1300475167.096535\tC12\t128.232.110.120\t34855\t66.35.250.204\t80\ttcp\t0.026847\t-\t-5\t0.5\tT\ta,b\t\
                a\\x2cb,(empty),\\x2d\t1.000000,-\t-\t1:LQU9qZlK+B5F3KDmev6m5PMibrg=";
    assert_eq!(row(TSV, &all()), want);
    let want = r#"{"ts":1300475167.096535,"uid":"C12","id.orig_h":"128.232.110.120","id.orig_p":34855,"id.resp_h":"66.35.250.204","id.resp_p":80,"proto":"tcp","duration":0.026846886,"offset":-5,"score":0.5,"ok":true,"name":"a,b","tags":["a,b","","-"],"times":[1.0,null],"community_id":"1:LQU9qZlK+B5F3KDmev6m5PMibrg="}"#;
    let got = row(JSON, &all());
    assert_eq!(got, want);
    serde_json::from_str::<serde_json::Value>(&got).unwrap();
}

#[test]
fn extras_are_switched_off_together() {
    let tsv = row_with(Options::new(TSV).with_extras(false), Some(&tag()), &all()).0;
    assert!(tsv.ends_with("\t1.000000,-"), "{tsv}");
    let json =
        row_with(Options::new(JSON).with_extras(false), Some(&tag()), &All { vlan: Some(7), ..all() }).0;
    assert!(json.ends_with("null]}"), "{json}");
    let json = row(JSON, &All { vlan: Some(7), ..all() });
    assert!(json.contains(r#","vlan":7,"community_id""#), "{json}");
}

#[test]
fn no_community_id_without_a_connection() {
    assert!(row_with(Options::new(TSV), None, &all()).0.ends_with("\t-\t-"));
    let nameless = All { conn: ConnTag { uid: None, ..tag() }, ..all() };
    assert!(row(TSV, &nameless).ends_with("\t-\t-"));
    assert!(!row(JSON, &nameless).contains("community_id"));
}

#[test]
fn community_ids_follow_the_connection() {
    let mut formatter = Formatter::new(Options::new(TSV));
    let mut ids = Vec::new();
    for (low, port) in [(1, 80), (1, 80), (2, 81), (1, 80)] {
        let conn = ConnTag { uid: Some(Uid { high: 1, low }), resp_p: port, ..tag() };
        let meta = Meta::new(Key::default(), Some(&conn));
        let mut out = Vec::new();
        let _ = formatter.row(&meta, &all(), &mut out);
        ids.push(String::from_utf8(out).unwrap().rsplit('\t').next().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
    assert_eq!(ids[0], ids[3]);
}

/// Two tunnels between the same addresses have one uid, whatever kind of IP is in them; found by libFuzzer.
#[test]
fn community_ids_are_of_the_whole_tag() {
    let mut formatter = Formatter::new(Options::new(TSV));
    let mut id = |ip_proto| {
        let conn = ConnTag { ip_proto, ..tag() };
        let mut out = Vec::new();
        let _ = formatter.row(&Meta::new(Key::default(), Some(&conn)), &all(), &mut out);
        String::from_utf8(out).unwrap().rsplit('\t').next().unwrap().to_owned()
    };
    let ids = [id(4), id(41), id(4)];
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0], ids[2]);
}

#[test]
fn empty_unset_and_leading_hash() {
    let record = |a: Option<&[u8]>, b, c| Texts { a: a.map(<[u8]>::to_vec), b, c };
    let table = [
        (record(None, None, None), "-\t-\t-", "{}"),
        (
            record(Some(b""), Some(Set(vec![])), Some(Vector(vec![vec![]]))),
            "(empty)\t(empty)\t(empty)",
            r#"{"a":"","b":[],"c":[""]}"#,
        ),
        (record(Some(b"#x"), None, None), "\\x23x\t-\t-", r##"{"a":"#x"}"##),
        (record(None, Some(Set(vec![b"#".to_vec()])), None), "-\t#\t-", r##"{"b":["#"]}"##),
    ];
    for (record, tsv, json) in table {
        assert_eq!(row(TSV, &record), tsv);
        assert_eq!(row(JSON, &record), json);
    }
}

#[test]
fn long_strings_are_cut() {
    let long = |n| vec![b'x'; n];
    let texts = |a, b| Texts { a: Some(a), b: Some(Set(b)), c: None };
    let (text, cut) = row_with(Options::new(TSV), None, &texts(long(4096), vec![]));
    assert_eq!((text.len(), cut), (4096 + "\t(empty)\t-".len(), Cut::default()));
    let (text, cut) = row_with(Options::new(TSV), None, &texts(long(4097), vec![long(5000)]));
    assert_eq!((text.len(), cut), (2 * 4096 + 3, Cut { string: true, container: false }));
    assert_eq!(cut.weirds().collect::<Vec<_>>(), ["log_string_field_truncated"]);
    // Before escapes, and through the middle of a character, which makes its half and all others appear as escapes.
    let (text, _) = row_with(
        Options::new(TSV),
        None,
        &texts([&b"x"[..], &"é".repeat(2048).into_bytes()].concat(), vec![]),
    );
    assert!(text.starts_with("x\\xc3\\xa9") && text.ends_with("\\xc3\t(empty)\t-"));
    let page = Page { a: long(100_000), b: Vector(vec![long(155_999), long(2), long(1)]) };
    let (text, cut) = row_with(Options::new(TSV), None, &page);
    assert!(text.ends_with("x,x,(empty)") && cut.string);
    assert_eq!(text.len(), 256_000 + "\t,,(empty)".len());
}

#[test]
fn long_containers_are_cut() {
    let many = |n| Vector((0..n).collect::<Vec<u64>>());
    let (text, cut) = row_with(
        Options::new(JSON),
        None,
        &Certificate { a: many(500), b: many(501), c: many(499), d: many(3) },
    );
    let lengths: Vec<_> = serde_json::from_str::<serde_json::Value>(&text)
        .unwrap()
        .as_object()
        .unwrap()
        .values()
        .map(|list| list.as_array().unwrap().len())
        .collect();
    assert_eq!(lengths, [500, 500, 499, 1]);
    assert_eq!(cut.weirds().collect::<Vec<_>>(), ["log_container_field_truncated"]);
    let texts = Texts { a: None, b: Some(Set(vec![b"y".to_vec(); 101])), c: None };
    let (text, cut) = row_with(Options::new(TSV), None, &texts);
    assert_eq!((text.matches('y').count(), cut.container), (100, true));
    let none = RowLimits { total_elements: 0, ..RowLimits::default() };
    assert_eq!(row_with(Options::new(TSV).with_limits("texts", none), None, &texts).0, "-\t(empty)\t-");
}

#[test]
fn header_and_footer() {
    let mut out = Vec::new();
    let at = Timestamp::from_parts(1_300_475_167, 999_999_999);
    header(All::STREAM, &Options::new(TSV), at, &mut out);
    footer(&Options::new(TSV), Timestamp::ZERO, &mut out);
    let want = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tall\n\
        #open\t2011-03-18-19-06-07\n\
        #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\tbytes\toffset\tscore\tok\tname\t\
        tags\ttimes\tvlan\tcommunity_id\n\
        #types\ttime\tstring\taddr\tport\taddr\tport\tenum\tinterval\tcount\tint\tdouble\tbool\tstring\t\
        set[string]\tvector[interval]\tcount\tstring\n\
        #close\t1970-01-01-00-00-00\n";
    assert_eq!(String::from_utf8(out).unwrap(), want);
    let mut out = Vec::new();
    header(All::STREAM, &Options::new(JSON), at, &mut out);
    footer(&Options::new(JSON), at, &mut out);
    assert!(out.is_empty());
    header(All::STREAM, &Options::new(TSV).with_extras(false), at, &mut out);
    assert!(String::from_utf8(out).unwrap().ends_with("vector[interval]\n"));
}

#[test]
fn calendar_dates() {
    let table = [
        (0, "1970-01-01-00-00-00"),
        (-1, "1969-12-31-23-59-59"),
        (951_782_400, "2000-02-29-00-00-00"),
        (951_868_800, "2000-03-01-00-00-00"),
        (1_709_164_800, "2024-02-29-00-00-00"),
        (1_735_689_599, "2024-12-31-23-59-59"),
        (4_107_542_400, "2100-03-01-00-00-00"),
        (-2_208_988_800, "1900-01-01-00-00-00"),
    ];
    for (seconds, want) in table {
        assert_eq!(calendar_text(Timestamp::from_parts(seconds, 0)), want);
    }
}

#[test]
fn formatters_go_to_workers() {
    fn sendable<T: Send>() {}
    sendable::<Formatter>();
    sendable::<crate::LogDir>();
}
