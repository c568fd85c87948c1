//! What texts name, and when that makes a row.

use super::version::behind_protocol;
use super::{Known, MAX_BYTES, POLICY, cost_of_all, program};
use crate::settings::{Range, Settings, Value};
use crate::testing::{NEXT_DAY, Play};

/// A program as `name|numbers|addl`.
fn shown(text: &str) -> String {
    let program = program(text.as_bytes());
    let numbers = program.version.numbers.map(|number| number.map_or("-".to_owned(), |n| n.to_string()));
    let addl = program.version.addl.as_ref().map_or("-".into(), |addl| String::from_utf8_lossy(addl));
    format!("{}|{}|{addl}", String::from_utf8_lossy(&program.name), numbers.join(" "))
}

#[test]
fn plain_texts() {
    let cases = [
        ("Apache/2.4.29 (Ubuntu)", "Apache|2 4 29 -|Ubuntu"),
        ("Werkzeug/0.15.5 Python/3.7.4", "Werkzeug|0 15 5 -|Python/3"),
        ("OpenSSH_8.9p1 Ubuntu-3", "OpenSSH|8 9 - -|p1"),
        ("Microsoft-Windows/6.1 UPnP/1.0", "Microsoft-Windows|6 1 - -|UPnP/1"),
        ("python-requests/2.21.0", "python-requests|2 21 0 -|-"),
        ("Dalvik/2.1.0 (Linux; U; Android 8.0)", "Dalvik|2 1 0 -|Linux"),
        ("Java/1.8.0_22", "Java|1 8 0 22|-"),
        ("PHP/5.5.12-2", "PHP|5 5 12 2|-"),
        ("Foo/7", "Foo/7|- - - -|-"),
        ("Foo/77", "Foo|77 - - -|-"),
        ("nginx", "nginx|- - - -|-"),
        ("", "|- - - -|-"),
        // Two blanks are a block of numbers without any.
        ("  curl/7.64.1  ", "|- - - -|curl/7"),
        ("Foo%20Bar/1.2", "Foo Bar|1 2 - -|-"),
        ("Foo\\x20Bar/1.2", "Foo Bar|1 2 - -|-"),
        ("Foo (v1.2)", "Foo|1 2 - -|-"),
        ("(Foo) 1.2", "Foo)|1 2 - -|-"),
        ("a_b-/1.2", "ab-|1 2 - -|-"),
        ("Foo/1..2", "Foo|1 - 2 -|-"),
        ("Foo/99999999999999999999999", "Foo|18446744073709551615 - - -|-"),
        ("Flash Player/32.0", "Flash|32 0 - -|-"),
        ("A/9/Google/Pixel 3", "Android (Google Pixel)|9 - - -|-"),
        ("A/8.1/Google/Pixel 3", "Android (Google Pixel)|8 1 - -|-"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn browsers() {
    let cases = [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:68.0) Gecko/20100101 Firefox/68.0", "Firefox|68 0 - -|-"),
        ("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)", "MSIE|6 0 - -|-"),
        ("Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/4.0)", "MSIE|8 0 - -|-"),
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "MSIE|11 0 - -|-"),
        ("Mozilla/4.0 (compatible; MSIE 6.0; Windows) Opera 8.50", "Opera|8 50 - -|-"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0.3282.140 Safari/537.36 Edge/17.17134",
            "Edge|17 17134 - -|-",
        ),
        (
            "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.132 Safari/537.36",
            "Chrome|80 0 3987 132|-",
        ),
        (
            "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML) Version/13.0.5 Safari/605.1.15",
            "Safari|13 0 5 -|-",
        ),
        (
            "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML) Version/13.0 Mobile/15E148 Safari/604.1",
            "Safari|13 0 - -|Mobile",
        ),
        ("Mozilla/5.0 (X11) Gecko/20100101 Thunderbird/68.4.1", "Thunderbird|68 4 1 -|-"),
        ("Opera/9.80 (X11; Linux) Presto/2.12 Version/12.16", "Opera|12 16 - -|-"),
        ("Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32/37.9) Presto/2.12", "Opera Mini|7 1 32 -|-"),
        ("Mozilla/5.0 (Linux) AppleWebKit/534.30 (KHTML)", "Unspecified WebKit|534 30 - -|-"),
        ("Mozilla/4.0 (Windows 7 6.1) Java/1.7.0_11", "Java|1 7 0 11|-"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", "<unknown browser>|- - - -|-"),
        ("Mozilla/x", "Mozilla/x|- - - -|-"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn lines_of_ssh() {
    let cases: [(&str, bool, &str); 6] = [
        ("SSH-2.0-OpenSSH_8.9p1", true, "OpenSSH_8.9p1"),
        ("SSH-2.0-OpenSSH_8.9p1", false, "OpenSSH_8.9p1"),
        ("xSSH-2.0-OpenSSH", true, "xSSH-2.0-OpenSSH"),
        ("xSSH-2.0-OpenSSH", false, "xOpenSSH"),
        ("SSH-a", true, "a"),
        ("SSH-a", false, "SSH-a"),
    ];
    for (line, at_front, expected) in cases {
        assert_eq!(behind_protocol(line.as_bytes(), at_front), expected.as_bytes(), "{line}");
    }
}

/// Nothing that hosts can say is more than a name.
#[test]
fn hostile_texts() {
    let mut random = 1_u64;
    for _ in 0..20_000 {
        let mut text = Vec::new();
        for _ in 0..random % 40 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let words: [&[u8]; 16] = [
                b"Mozilla/5.0",
                b"Opera/",
                b"MSIE ",
                b"Trident/",
                b"Version/",
                b"Safari/",
                b"A/",
                b"/Google/Pixel",
                b"(",
                b"v",
                b" ",
                b"1.",
                b"%",
                b"\\x",
                b"\xff",
                b"-",
            ];
            text.extend_from_slice(words[(random >> 33) as usize % words.len()]);
        }
        let _whatever = program(&text);
        random = random.wrapping_add(1);
    }
    let long = [b"Mozilla/5.0 ".as_slice(), &b"Version/".repeat(500)].concat();
    assert!(program(&long).name.len() <= 256);
}

const CLIENT: &str = "10.0.0.1:1000";
const SERVER: &str = "10.0.0.2:80";

fn get(agent: &str) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: {agent}\r\n\r\n").into_bytes()
}

fn answer(server: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nServer: {server}\r\nX-Powered-By: PHP/5.5.12-2\r\nContent-Length: 0\r\n\r\n")
        .into_bytes()
}

#[test]
fn rows_of_http() {
    let mut play = Play::default();
    let (first, second) = (get("curl/7.64.1"), get("curl/7.65.0"));
    let answer = answer("Apache/2.4.29 (Ubuntu)");
    let turns: [&[u8]; 6] = [&first, &answer, &first, &answer, &second, &answer];
    play.shake(0.0, CLIENT, SERVER).talk(0.1, CLIENT, SERVER, &turns);
    let rows = [
        "0.10 10.0.0.1 - HTTP::BROWSER \"curl\" 7 64 1 - - \"curl/7.64.1\"",
        "0.11 10.0.0.2 80 HTTP::SERVER \"Apache\" 2 4 29 - \"Ubuntu\" \"Apache/2.4.29 (Ubuntu)\"",
        "0.11 10.0.0.2 80 HTTP::APPSERVER \"PHP\" 5 5 12 2 - \"PHP/5.5.12-2\"",
        "0.14 10.0.0.1 - HTTP::BROWSER \"curl\" 7 65 0 - - \"curl/7.65.0\"",
    ];
    assert_eq!(play.rows(&POLICY), rows);
    // To and fro: a row each time.
    play.talk(0.2, CLIENT, SERVER, &[&first, &answer]);
    assert_eq!(play.rows(&POLICY).len(), 5);
    // All of a host is forgotten a day after its first.
    play.talk(3000.0, CLIENT, SERVER, &[&first, &answer]);
    play.shake(NEXT_DAY, "10.0.0.1:2", SERVER).talk(NEXT_DAY + 0.1, "10.0.0.1:2", SERVER, &[&first]);
    assert_eq!(play.rows(&POLICY).len(), 6);
}

#[test]
fn remote_hosts_run_what_they_like() {
    let (first, answer) = (get("curl/7.64.1"), answer("nginx"));
    let turns: [&[u8]; 2] = [&first, &answer];
    let mut play = Play::default();
    play.shake(0.0, "8.8.8.8:9", SERVER).talk(0.1, "8.8.8.8:9", SERVER, &turns);
    assert!(play.rows(&POLICY).iter().all(|row| row.contains("10.0.0.2 80 HTTP::")));
}

#[test]
fn rows_of_ssh() {
    let mut play = Play::default();
    let turns: [&[u8]; 2] = [b"SSH-2.0-OpenSSH_8.9p1 Ubuntu-3\r\n", b"SSH-2.0-OpenSSH_8.2p1\r\n"];
    for (turn, client) in ["10.0.0.2:5", "10.0.0.2:6"].iter().enumerate() {
        let at = turn as f64;
        play.shake(at, client, "10.0.0.2:22").talk(at + 0.1, client, "10.0.0.2:22", &turns);
    }
    let rows = play.rows(&POLICY);
    // Client and server share an entry: each is a change of the other.
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert_eq!(rows[1], "0.11 10.0.0.2 22 SSH::SERVER \"OpenSSH\" 8 2 - - \"p1\" \"OpenSSH_8.2p1\"");
}

#[test]
fn an_empty_name_is_one() {
    let mut play = Play::default();
    play.shake(0.0, CLIENT, SERVER).talk(0.1, CLIENT, SERVER, &[&get("")]);
    assert_eq!(play.rows(&POLICY), ["0.10 10.0.0.1 - HTTP::BROWSER \"\" - - - - - \"\""]);
}

#[test]
fn costs_add_up() {
    let mut known = Known::default();
    let mut programs = super::Programs::new();
    let last = super::Last { kind: "A::B".into(), version: super::Version::default() };
    programs.insert(b"a".as_slice().into(), last);
    let cost = cost_of_all(&programs);
    assert!(cost > size_of::<super::Version>() && cost < 300, "{cost}");
    known.held = MAX_BYTES;
    assert!(gannet::events::Fold::held(&known) >= MAX_BYTES);
}

#[test]
fn versions_are_in_order() {
    let order = ["0", "1", "1.0", "1.2", "1.2.3", "1.2.3-4", "1.10", "8.9", "8.9p1", "8.9p2", "9", "10.0"];
    let versions: Vec<_> = order.iter().map(|text| super::Version::alone(text)).collect();
    assert!(versions.windows(2).all(|two| two[0].cmp(&two[1]).is_lt()), "{versions:?}");
    let shown = |text| super::Version::alone(text).shown();
    assert_eq!([shown("8.9p1"), shown("7"), shown("1.2.3-4")], ["8.9-p1", "7", "1.2.3.4"]);
    assert_eq!(super::Version::default().shown(), "0");
}

#[test]
fn versions_that_are_vulnerable_or_change_are_told_of() {
    let mut play = Play::default();
    let ssh = |play: &mut Play, at: f64, client: &str, text: &[u8]| {
        play.shake(at, client, "10.0.0.2:22");
        play.talk(at + 0.1, client, "10.0.0.2:22", &[b"SSH-2.0-Client_1.0\r\n", text]);
    };
    ssh(&mut play, 0.0, "8.8.8.8:1001", b"SSH-2.0-OpenSSH_8.2p1 Ubuntu\r\n");
    ssh(&mut play, 1.0, "8.8.8.8:1002", b"SSH-2.0-OpenSSH_9.1p1 Debian\r\n");
    ssh(&mut play, 2.0, "8.8.8.8:1003", b"SSH-2.0-OpenSSH_9.9p1 Debian\r\n");
    ssh(&mut play, 3.0, "8.8.8.8:1004", b"SSH-2.0-Other_9.1\r\n");
    let mut settings = Settings::default();
    let range = |min: Option<&str>, max: &str| {
        Range::new("OpenSSH".to_owned(), min.map(str::to_owned), max.to_owned())
    };
    settings.set(&super::VULNERABLE, Value::Ranges(vec![range(None, "8.0"), range(Some("9.0"), "9.7")]));
    settings.set(&super::CHANGES, Value::Names(vec!["OpenSSH".to_owned()]));
    let told = |settings: Option<&Settings>| play.notices_set(&POLICY, settings);
    let change = |second: &str, from, to| {
        format!(
            "ts={second} note=Software::Software_Version_Change \
         msg=\"160000000{second}0000 SSH::SERVER 'OpenSSH' version changed from {from} to {to}\" \
         sub=\"OpenSSH {to}\" src=10.0.0.2"
        )
    };
    let notices = told(Some(&settings));
    assert_eq!(notices.len(), 3, "{notices:#?}");
    assert_eq!(notices[0], change("1.11", "8.2-p1", "9.1-p1"));
    assert_eq!(
        notices[1],
        "ts=1.11 note=Software::Vulnerable_Version msg=\"10.0.0.2 is running OpenSSH 9.1-p1 which is vulnerable.\" \
         sub=\"OpenSSH 9.1-p1\" src=10.0.0.2"
    );
    assert_eq!(notices[2], change("2.11", "9.1-p1", "9.9-p1"));
    assert!(told(None).is_empty());
}
