//! What is tagged, and when somebody is told.

use super::POLICY;
use super::pattern::Forms;
use crate::testing::Play;

#[test]
fn forms() {
    let forms = Forms::new();
    let cases: [(&str, &[usize]); 32] = [
        ("/a?id=1 union select", &[0]),
        ("/a?id=1+UNION+SELECT+1", &[0]),
        ("/a?id=1/**/union/**/select", &[0]),
        ("/a?x=%27a';drop table", &[0]),
        ("/a?id=a b c; delete\t", &[0]),
        ("/a?union select", &[]),
        ("/a?id=1union select", &[]),
        ("/a?id=1 union", &[]),
        ("/a?id=1 or 1=1", &[1]),
        ("/a?id=1' and '1'='1", &[1]),
        ("/a?id=-1;xor exists", &[1]),
        ("/a?id=1 nand x&y=2", &[]),
        ("/a?id=1 or name", &[]),
        ("/a?id=x or 1=1", &[]),
        ("/a?id=1'-1", &[2]),
        ("/a?id='||convert", &[2]),
        ("/a?i|d=' = (convert", &[2]),
        ("/a?id='+1", &[2]),
        ("/a?id='a", &[]),
        ("/a?id=' or aa", &[3]),
        ("/a?=';union(select", &[3]),
        ("/a?id=' regexp/**/&&", &[3]),
        ("/a?id='oraa", &[]),
        ("/a?id=abcchar(1)", &[4]),
        ("/a?a=1&b|=SUBSTRING(", &[4]),
        ("/a?id=a.length(", &[]),
        ("/char(1)", &[]),
        ("/a/*!50000select*/", &[5]),
        ("/a/*!5000select*/", &[]),
        ("/index.html?q=selected+works&lang=en", &[]),
        ("/search?q=cats+and+dogs", &[]),
        ("", &[]),
    ];
    for (uri, expected) in cases {
        assert_eq!(forms.of(uri.as_bytes()), expected, "{uri}");
        assert_eq!(forms.match_some(uri.as_bytes()), !expected.is_empty(), "{uri}");
    }
}

#[test]
fn hostile_targets() {
    let forms = Forms::new();
    for part in ["?a=", "/*", "*/", "'", "?=1 ", "/*!12345", "\u{0}", "&a=' or "] {
        let _whichever = forms.match_some(part.repeat(1 << 20 >> 3).as_bytes());
    }
    assert!(!forms.match_some(&[0xff; 100]));
}

/// Requests of one client to one server, each on a connection of its own.
fn attack(play: &mut Play, from: u32, requests: u32, client: &str, server: &str) {
    for number in from..from + requests {
        let (client, server) = (format!("{client}:{}", 1000 + number), format!("{server}:80"));
        let at = f64::from(number);
        play.shake(at, &client, &server);
        let request: &[u8] = b"GET /a?id=1+union+select+1 HTTP/1.1\r\nHost: a\r\n\r\n";
        play.talk(at + 0.1, &client, &server, &[request, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]);
    }
}

#[test]
fn the_fiftieth_request_tells_of_both_ends() {
    let mut play = Play::default();
    attack(&mut play, 0, 49, "8.8.8.8", "10.0.0.1");
    assert!(play.notices(&POLICY).is_empty());
    attack(&mut play, 49, 60, "8.8.8.8", "10.0.0.1");
    let rows = play.notices(&POLICY);
    let text = |part, what| {
        format!(
            "ts=49.10 note=HTTP::SQL_Injection_{part} msg=\"An SQL injection {what} was discovered!\" src=8.8.8.8 dst=10.0.0.1"
        )
    };
    assert_eq!(rows, [text("Attacker", "attacker"), text("Victim", "victim")]);
}

#[test]
fn an_attacker_of_many_and_a_victim_of_many() {
    let mut play = Play::default();
    for number in 0..50 {
        attack(&mut play, number, 1, "8.8.8.8", &format!("10.0.0.{}", number + 1));
        attack(&mut play, 100 + number, 1, &format!("9.9.9.{}", number + 1), "10.0.1.1");
    }
    let rows = play.notices(&POLICY);
    assert_eq!(rows.len(), 2, "{rows:?}");
    // The other end is that of the first request.
    assert!(rows[0].contains("Attacker") && rows[0].ends_with("src=8.8.8.8 dst=10.0.0.1"), "{rows:?}");
    assert!(rows[1].contains("Victim") && rows[1].ends_with("src=9.9.9.1 dst=10.0.1.1"), "{rows:?}");
}
