//! Tests of the language.

use gannet::events::{Kind, OwnedValue, Value};
use gannet::{Interval, Timestamp};

use crate::{MAX_DEPTH, MAX_LENGTH, Need, Query, Saved, Scheme};

/// The columns of the tests, and a row.
fn columns() -> Vec<(&'static str, Kind, OwnedValue)> {
    let text = |text: &str| OwnedValue::Text(text.as_bytes().into());
    vec![
        ("ts", Kind::Time, OwnedValue::Time(Timestamp::from_parts(1_300_475_167, 96_535_000))),
        ("uid", Kind::Text, text("CHhAvVGS1DHFjwGM9")),
        ("id.orig_h", Kind::Addr, OwnedValue::Addr("10.1.2.3".parse().unwrap())),
        ("id.orig_p", Kind::Port, OwnedValue::Port(51_000)),
        ("id.resp_h", Kind::Addr, OwnedValue::Addr("2001:db8::1".parse().unwrap())),
        ("id.resp_p", Kind::Port, OwnedValue::Port(443)),
        ("proto", Kind::Enum, OwnedValue::Enum("tcp".into())),
        ("service", Kind::Text, text("ssl,http2")),
        ("duration", Kind::Interval, OwnedValue::Interval(Interval::from_millis(12_500))),
        ("orig_bytes", Kind::Count, OwnedValue::Count(2_000)),
        ("resp_bytes", Kind::Count, OwnedValue::Count(70_000)),
        ("local_orig", Kind::Bool, OwnedValue::Bool(true)),
        ("missing", Kind::Text, OwnedValue::Unset),
        ("missing_n", Kind::Count, OwnedValue::Unset),
        ("missing_p", Kind::Port, OwnedValue::Unset),
        ("offset", Kind::Int, OwnedValue::Int(-5)),
        ("lost", Kind::Double, OwnedValue::Double(2.5)),
        ("answers", Kind::Vector(&Kind::Text), OwnedValue::List(vec![text("a.example"), text("b.example")])),
        (
            "nets",
            Kind::Set(&Kind::Addr),
            OwnedValue::List(vec![OwnedValue::Addr("192.0.2.7".parse().unwrap())]),
        ),
        ("in", Kind::Count, OwnedValue::Count(1)),
        (
            "TTLs",
            Kind::Vector(&Kind::Interval),
            OwnedValue::List(vec![OwnedValue::Interval(Interval::from_secs(60))]),
        ),
        ("until", Kind::Time, OwnedValue::Date(253_402_300_799)),
    ]
}

fn scheme() -> Scheme {
    Scheme::new("conn", columns().into_iter().map(|(name, kind, _)| (name, kind)))
}

fn row() -> Vec<OwnedValue> {
    columns().into_iter().map(|(_, _, value)| value).collect()
}

fn saved() -> Saved {
    let mut saved = Saved::default();
    saved.insert("tls", r#"id.resp_p == 443 && service has "ssl""#).unwrap();
    saved.insert("bad", "no_such == 1").unwrap();
    saved.insert("both", "@tls && local_orig").unwrap();
    saved
}

/// Whether it holds for the row. Its canonical text says the same.
fn holds(text: &str) -> bool {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let canonical = query.to_string();
    let again = Query::parse(&canonical).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(query, again, "{text}");
    assert_eq!(canonical, again.to_string(), "{text}");
    let run = |query: &Query| {
        let predicate = query.check(&scheme(), &saved()).unwrap_or_else(|error| panic!("{error}"));
        predicate.matches(row().as_slice())
    };
    assert_eq!(run(&query), run(&again), "{text}");
    run(&query)
}

#[test]
fn what_holds() {
    for text in [
        r#"id.resp_p in {443, 8443} && service has "ssl""#,
        r#"id.resp_p in {443, 8443} && service has "ssl" && duration > 10s && id.orig_h in 10.0.0.0/8 && service ~ /(?i)^SSL/ && @tls"#,
        "id.resp_p == 443/tcp",
        "id.resp_p in {53/udp, 443/tcp}",
        "id.resp_p in {53/udp, 443}",
        "id.resp_p != 443/udp",
        "id.resp_p !in {443/udp, 80}",
        "id.resp_p in {400..500}",
        "id.orig_h in {192.0.2.0/24, 10.1.2.3}",
        "id.orig_h in {10.1.2.0..10.1.2.255}",
        "id.orig_h == ::ffff:10.1.2.3",
        "id.orig_h in ::ffff:10.0.0.0/104",
        "id.resp_h in 2001:db8::/32",
        "id.resp_h !in fe80::/10",
        "id.orig_h in 0.0.0.0/0 && id.resp_h !in 0.0.0.0/0 && id.resp_h in ::/0",
        "id.orig_h != id.resp_h",
        "orig_bytes < resp_bytes",
        "orig_bytes == 2k && resp_bytes >= 68Ki && resp_bytes < 0.071M || false",
        "duration == 12.5s && duration >= 12500ms && duration < 1min && duration > 12",
        "duration in {12s..13s}",
        "ts >= 2011-03-18 && ts < 2011-03-19T00:00:00Z && ts == 1300475167.096535",
        "ts > 2011-03-18T20:06:07.09+01:00",
        "until > 2200-01-01",
        "local_orig && local_orig == true && !(local_orig == false) && local_orig != false",
        "offset == -5 && offset < 0 && offset in {-10..-1}",
        "lost == 2.5 && lost > 2 && lost in {1..3}",
        r#"answers has "a.example" && answers has {"x", "b.example"} && answers ~ /^b\./ && answers !~ /^c/"#,
        r#""ssl" in service"#,
        "nets has 192.0.2.0/24 && nets has 192.0.2.7",
        "TTLs has 1min",
        "service? && !missing?",
        r#"!(missing == "x")"#,
        r#"!(missing != "x")"#,
        "!(missing_n in {1})",
        "`in` == 1",
        "proto == \"tcp\" && proto in {\"tcp\", \"udp\"} && proto ~ /t/",
        "uid == \"CHhAvVGS1DHFjwGM9\"",
        r#"service != "ssl" && service > "ssl" && service < "t""#,
        "true && !false && (true || false)",
        "@both",
        "!!local_orig",
        "service ~ /SSL/i && service ~ /s s l/x && service !~ /\\/\\x00/",
        "(((local_orig))) && !(!(local_orig))",
    ] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn what_does_not_hold() {
    for text in [
        "id.resp_p == 443/udp",
        "id.resp_p != 443/tcp",
        "id.resp_p !in {443/tcp}",
        "missing_p != 443/tcp",
        "missing_p == 443/tcp || missing_p != 443",
        r#"service has "http""#,
        r#"missing == "x" || missing != "x" || missing in {"x"} || missing !in {"x"} || missing ~ /x/ || missing !~ /x/"#,
        "missing_n < 1 || missing_n >= 0 || missing_n == missing_n || missing_n != orig_bytes",
        "missing?",
        r#"missing has "x""#,
        "id.orig_h in 10.1.2.4/30",
        "!local_orig",
        "local_orig && false",
        "answers has \"a\"",
        "id.orig_h == id.resp_h",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn canonical_text() {
    for (text, canonical) in [
        ("a==1&&b==2||c", "a == 1 && b == 2 || c"),
        ("(a||b)&&c", "(a || b) && c"),
        ("(a&&b)&&c", "a && b && c"),
        ("a||(b||c)", "a || b || c"),
        ("! a == 1", "!(a == 1)"),
        ("!(a)", "!a"),
        ("a in{1,2 .. 3}", "a in {1, 2..3}"),
        ("a in {10k,1.5M,2Gi}", "a in {10000, 1500000, 2147483648}"),
        (
            "a > 90min || a > 3600s || a > 1.5s || a > 0h || a > -1ms",
            "a > 90min || a > 1h || a > 1500ms || a > 0s || a > -1ms",
        ),
        ("a > 1h30m", "a > 90min"),
        ("a == 2026-11-20T14:00:00.50+02:00", "a == 2026-11-20T12:00:00.5Z"),
        ("a == 2026-11-20", "a == 2026-11-20T00:00:00Z"),
        (r#"a == "\x41\"\\\n\xff\x00é""#, r#"a == "A\"\\\n\xff\x00é""#),
        ("a == 2.0", "a == 2.0"),
        ("`a` == 1 && `x y`? && `or`", "a == 1 && `x y`? && `or`"),
        ("a ~ /x\\/y/mi", "a ~ /x\\/y/im"),
        ("a in 2001:DB8::/32", "a in 2001:db8::/32"),
        ("443 in a", "a has 443"),
        ("@x-1", "@x-1"),
    ] {
        let query = Query::parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(query.to_string(), canonical);
    }
}

/// Text, what its message says, and what the mark stands under.
#[test]
fn errors_name_place_and_remedy() {
    for (text, what, marked) in [
        ("id.rep_p == 443", "did you mean id.resp_p?", "id.rep_p"),
        ("resp_h == 10.0.0.1", "did you mean id.resp_h?", "resp_h"),
        ("local_orig && sevice?", "did you mean service?", "sevice"),
        ("id.resp_p == 70000", "expected a port such as 443", "70000"),
        ("id.resp_p == \"443\"", "expected a port", "\"443\""),
        ("duration > 10x", "a length of time (10s", "10x"),
        ("orig_bytes > -1", "is of type count", "-1"),
        ("orig_bytes > 10s", "is of type count", "10s"),
        ("orig_bytes", "or orig_bytes? for whether it is set", "orig_bytes"),
        ("id.orig_h == 10.0.0.0/8", "as in id.orig_h in 10.0.0.0/8", "10.0.0.0/8"),
        ("id.orig_h in 10.0.0.1/8", "expected 10.0.0.0/8", "10.0.0.1/8"),
        ("id.orig_h in 10.0.0.0/33", "from 0 to 32", "10.0.0.0/33"),
        ("id.orig_h == 10.0.0.256", "expected an address", "10.0.0.256"),
        ("id.orig_h < 10.0.0.1", "have no order", "10.0.0.1"),
        ("local_orig < true", "have no order", "true"),
        ("proto == tcp", "a text stands in quotes: \"tcp\"", "tcp"),
        ("proto in {tcp}", "a text stands in quotes: \"tcp\"", "tcp"),
        ("id.resp_p in 443", "expected {443}", "443"),
        ("id.resp_p in {443, 80 81}", "expected , or }", "81"),
        ("id.resp_p in {9..1}", "from the lower value", "9..1"),
        ("id.resp_p in {1/tcp..9}", "a range of ports has no transport", "1/tcp..9"),
        ("id.resp_p == 443/dccp", "expected tcp, udp", "443/dccp"),
        ("id.resp_p in {}", "expected a value", "}"),
        ("service ~ \"ssl\"", "between slashes", "\"ssl\""),
        ("service ~ /(/", "no regular expression: unclosed group", "/(/"),
        ("service ~ /a/q", "expected flags", "q"),
        ("service ~ /(\\w{1000}){1000}/", "too much memory", "/(\\w{1000}){1000}/"),
        ("service == /a/", "stands behind ~", "/a/"),
        ("service = \"ssl\"", "expected ==", "="),
        ("local_orig and local_orig", "expected &&", "and"),
        ("local_orig & local_orig", "expected &&", "&"),
        ("service == 'x'", "double quotes", "'"),
        ("service == \"x", "does not end", "\"x"),
        ("service == \"\\q\"", r"expected \", "\\q"),
        ("answers == \"a\"", "expected has", "answers"),
        ("answers in {\"a\"}", "expected has", "answers"),
        ("duration has 1s", "expected == or in", "duration"),
        ("duration ~ /1/", "a pattern needs text", "duration"),
        ("id.orig_h == orig_bytes", "these are not compared", "orig_bytes"),
        ("id.orig_p in id.resp_p", "followed by a value, not by a column", "id.resp_p"),
        ("443 == id.resp_p", "expected in", "=="),
        ("(local_orig", "or )", ""),
        ("local_orig)", "there is no bracket", ")"),
        ("local_orig local_orig", "expected && or ||", "local_orig"),
        ("", "expected a test", ""),
        ("@none", "there is no saved predicate @none", "@none"),
        ("@bad", "in @bad: conn has no column no_such", "no_such"),
        ("ts > 2026-13-01", "expected a time", "2026-13-01"),
        ("a.. == 1", "expected && or ||", ".."),
        ("#", "means nothing here", "#"),
        ("local_orig ==", "expected a value", ""),
    ] {
        let error = match Query::parse(text) {
            Ok(query) => query.check(&scheme(), &saved()).err().unwrap_or_else(|| panic!("{text} is taken")),
            Err(error) => error,
        };
        let shown = error.to_string();
        assert!(shown.contains(what), "{text}: {shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let (line, mark) = (lines[lines.len() - 2], lines[lines.len() - 1]);
        let under: String =
            line.chars().zip(mark.chars()).filter(|(_, mark)| *mark == '^').map(|(c, _)| c).collect();
        assert_eq!(under, marked, "{shown}");
    }
}

#[test]
fn limits() {
    let long = format!("local_orig{}", " ".repeat(MAX_LENGTH));
    assert!(Query::parse(&long).unwrap_err().what().contains("too long"));
    let deep = |n: usize| format!("{}local_orig{}", "(".repeat(n), ")".repeat(n));
    assert!(Query::parse(&deep(MAX_DEPTH)).is_ok());
    assert!(Query::parse(&deep(MAX_DEPTH + 1)).unwrap_err().what().contains("too deep"));
    assert!(Query::parse(&deep(8_000)).unwrap_err().what().contains("too deep"));
    assert!(
        Query::parse(&format!("{}local_orig", "!".repeat(9_000))).unwrap_err().what().contains("too deep")
    );
    let patterns = vec!["service ~ /a/"; 65].join(" && ");
    let refused = Query::parse(&patterns).unwrap().check(&scheme(), &saved()).unwrap_err();
    assert!(refused.what().contains("too many patterns"));
    // Each of these names the one before it twice.
    let mut many = Saved::default();
    many.insert("n0", "local_orig").unwrap();
    for n in 1..40 {
        many.insert(&format!("n{n}"), &format!("@n{0} || @n{0}", n - 1)).unwrap();
    }
    let refused = Query::parse("@n39").unwrap().check(&scheme(), &many).unwrap_err();
    assert!(refused.what().contains("too many tests"), "{refused}");
    let mut chain = Saved::default();
    chain.insert("n0", "local_orig").unwrap();
    for n in 1..1000 {
        chain.insert(&format!("n{n}"), &format!("@n{}", n - 1)).unwrap();
    }
    let refused = Query::parse("@n999").unwrap().check(&scheme(), &chain).unwrap_err();
    assert!(refused.what().contains("too deep"), "{}", refused.what().len());
}

#[test]
fn circles_are_named() {
    let mut saved = Saved::default();
    saved.insert("a", "@b && local_orig").unwrap();
    saved.insert("b", "!@c").unwrap();
    let refused = saved.insert("c", "local_orig || @a").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "in @c: a circle: @c names @a names @b names @c\n  local_orig || @a\n                ^^"
    );
    assert!(saved.insert("c", "@c").unwrap_err().what().contains("@c names @c"));
    saved.insert("c", "local_orig").unwrap();
    assert!(Query::parse("@a").unwrap().check(&scheme(), &saved).is_ok());
    assert!(saved.insert("no name", "true").unwrap_err().what().contains("expected a name"));
}

#[test]
fn a_long_text_is_cut_around_the_place() {
    let text = format!("{}nonsense == 1{}", "local_orig && ".repeat(30), " && local_orig".repeat(30));
    let error = Query::parse(&text).unwrap().check(&scheme(), &saved()).unwrap_err().to_string();
    assert!(error.lines().all(|line| line.chars().count() < 130), "{error}");
    assert!(error.contains("nonsense == 1"));
}

#[test]
fn columns_are_told() {
    let check = |text: &str| Query::parse(text).unwrap().check(&scheme(), &saved()).unwrap();
    assert_eq!(check("id.resp_p == 443/tcp && local_orig || local_orig").columns(), [5, 6, 11]);
    assert_eq!(check("@tls").columns(), [5, 7]);
    assert_eq!(check("true").columns(), [0_usize; 0]);
    assert!(check("true").matches([].as_slice() as &[Value<'_>]));
}

/// The engine's own logs can be asked.
#[test]
fn engine_streams_have_schemes() {
    let streams = gannet::streams();
    let conn = streams.iter().find(|stream| stream.name == "conn").unwrap();
    let text =
        r#"id.resp_p in {443, 8443} && service has "ssl" && duration > 10s && !(id.orig_h in 10.0.0.0/8)"#;
    assert!(Query::parse(text).unwrap().check(&Scheme::of(conn), &Saved::default()).is_ok());
}

#[test]
fn what_columns_must_have() {
    let needs = |text: &str| -> Vec<String> {
        let predicate = Query::parse(text).unwrap().check(&scheme(), &saved()).unwrap();
        let shown = |(place, need): (usize, Need)| {
            let column = scheme().columns()[place].0.clone();
            match need {
                Need::Between(first, last) => format!("{column} {first}..{last}"),
                Need::OneOf(texts) => {
                    let texts: Vec<_> = texts.iter().map(|text| String::from_utf8_lossy(text)).collect();
                    format!("{column} {}", texts.join("|"))
                }
            }
        };
        predicate.needs().into_iter().map(shown).collect()
    };
    assert_eq!(
        needs(r#"service == "ssl" && id.orig_h == 10.0.0.1 && id.resp_p == 80 && orig_bytes in {7, 3..5}"#),
        ["service ssl", "id.orig_h 10.0.0.1", "id.resp_p 80..80", "orig_bytes 3..7"]
    );
    assert_eq!(
        needs("id.resp_p > 80 && !local_orig && (orig_bytes == 1 || orig_bytes == 2) && id.resp_p == 1"),
        [format!("id.resp_p 80..{}", i128::MAX)]
    );
    assert_eq!(needs("duration <= 1ms"), [format!("duration {}..1000000", i128::MIN)]);
    for text in [
        r#"service == "C1" || service == "ssl""#,
        r#"!(service == "C1")"#,
        r#"service != "C1""#,
        "id.orig_h == 2001:db8::1",
        "id.orig_h in 10.0.0.0/8",
        "true",
    ] {
        assert!(needs(text).is_empty(), "{text}");
    }
}
