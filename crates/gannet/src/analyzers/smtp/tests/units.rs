//! Commands, replies, chunks and addresses, each alone.

use super::super::addresses::{first_host, received_from, recipients, without_mark};
use super::super::chunks::{Chunks, Reader};
use super::super::parse::{Chunk, Command, chunk, command, reply};
use super::super::probe::probe;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;
use crate::parsers::mailbox::mailboxes;
use crate::testing::text;

#[test]
fn commands() {
    for (line, expected) in [
        ("MAIL FROM:<a@b>", Some((Command::Mail, "FROM:<a@b>"))),
        ("ehlo \t x ", Some((Command::Hello, "x "))),
        ("x-anonymoustls", Some((Command::StartTls, ""))),
        ("MAILFROM", None),
        (" MAIL", None),
        ("", None),
    ] {
        let found = command(line.as_bytes()).map(|(command, rest)| (command, text(rest)));
        assert_eq!(found, expected.map(|(command, rest)| (command, rest.to_owned())), "{line}");
    }
}

#[test]
fn replies() {
    for (line, expected) in [
        ("250 ok ", Some((250, false, "ok "))),
        ("250-  ok", Some((250, true, "ok"))),
        ("250", Some((250, false, ""))),
        ("2500", Some((250, false, "0"))),
        ("099 x", None),
        ("600 x", None),
        ("25", None),
        ("x50 y", None),
    ] {
        let found = reply(line.as_bytes()).map(|reply| (reply.code, reply.continues, text(reply.text)));
        assert_eq!(found, expected.map(|(code, more, rest)| (code, more, rest.to_owned())), "{line}");
    }
}

#[test]
fn chunk_sizes() {
    for (argument, expected) in [
        ("86 LAST", Ok(Chunk { size: 86, last: true })),
        ("0 last", Ok(Chunk { size: 0, last: true })),
        ("18446744073709551615", Ok(Chunk { size: u64::MAX, last: false })),
        ("", Err("BDAT argument bad length")),
        ("184467440737095516150 LAST", Err("BDAT argument bad length")),
        ("LAST", Err("BDAT not followed by a valid chunk-size")),
        ("5LAST", Err("BDAT chunk-size not valid")),
        ("18446744073709551616", Err("BDAT chunk-size too large")),
        ("5 ", Err("BDAT chunk-size followed by junk")),
        ("5 LASTLY", Err("BDAT chunk-size followed by junk")),
    ] {
        assert_eq!(chunk(argument.as_bytes()), expected, "{argument}");
    }
}

#[test]
fn addresses_in_envelopes() {
    for (argument, expected) in [
        ("FROM:<a@b> SIZE=5", "a@b"),
        ("TO:<>", ""),
        ("TO:<root>", ""),
        ("TO:<@x,@y:c@d>", "c@d"),
        ("TO:<c@d> ORCPT=rfc822;e@f", "c@d ORCPT=rfc822e@f"),
        ("to: a@b@c x", "a@b@c"),
        ("TO:<@b>", ""),
        ("TO:<a@> <c@d>", "c@d"),
        ("TO:<a@b,c@d>", "a@b c@d"),
    ] {
        let found: Vec<_> = mailboxes(argument.as_bytes()).map(|one| text(&one)).collect();
        assert_eq!(found.join(" "), expected, "{argument}");
    }
    assert_eq!(without_mark(b"ORCPT=rfc822e@f".to_vec()), b"e@f");
}

#[test]
fn addresses_in_header_fields() {
    for (value, expected) in [
        ("a@b", "a@b"),
        ("A <a@b>, \"C, D\" <c@d> ", "A <a@b>|\"C, D\" <c@d>"),
        ("C, D <c@d>", "D <c@d>"),
        ("@b, a@, x", ""),
        ("\"open, a@b", "a@b"),
        ("", ""),
    ] {
        let found: Vec<_> = recipients(value.as_bytes()).map(text).collect();
        assert_eq!(found.join("|"), expected, "{value}");
    }
}

#[test]
fn hosts_in_header_fields() {
    for (value, expected) in [
        ("from a ([1.2.3.4]) by b", Some("1.2.3.4")),
        ("from a [1.2.3.4] (5.6.7.8) 9.9.9.9 ", Some("5.6.7.8")),
        ("from 1.2.3.4 by", Some("1.2.3.4")),
        ("1.2.3.4", Some("1.2.3.4")),
        ("a1.2.3.4b", None),
        ("[1.2.3.400]", None),
        ("[1234.1.1.1]", None),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("[::ffff:192.168.1.1]", Some("::ffff:192.168.1.1")),
        ("[1:2:3:4:5:6:7:8]", Some("1:2:3:4:5:6:7:8")),
        ("[1:2:3:4:5:6:7.8.9.1]", Some("1:2:3:4:5:6:7.8.9.1")),
        ("(IPv6:fe80::1)", None),
        ("at 12:34:56", None),
    ] {
        let found = received_from(value.as_bytes());
        assert_eq!(found, expected.map(|one| one.parse().unwrap()), "{value}");
    }
    assert_eq!(first_host(b"x1.2.3.4y 5.6.7.8"), "1.2.3.4".parse().ok());
    assert_eq!(first_host(b"none 1.2.3"), None);
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Reader for Lines {
    fn line(&mut self, line: &[u8], is_line: bool) {
        self.0.push(format!("{}{}", text(line), if is_line { "$" } else { "" }));
    }

    fn odd(&mut self, name: &'static str, addl: &str) {
        self.0.push(format!("!{name}{addl}"));
    }
}

#[test]
fn chunks_become_lines() {
    for (pieces, last, expected) in [
        (vec!["a\r\nb", "\r", "\nc"], true, "a$ b$ c"),
        (vec!["a\r", "b\r\n"], true, "!smtp_bdat_line_cr_only a\r b$"),
        (vec!["a\nb\r\n"], true, "!smtp_bdat_line_lf_only a\n b$"),
        (vec!["a"], false, "!smtp_bdat_undelivered_at_done a"),
    ] {
        let (mut chunks, mut lines) = (Chunks::default(), Lines::default());
        let size = pieces.iter().map(|piece| piece.len() as u64).sum();
        chunks.begin(Chunk { size, last });
        for piece in &pieces {
            chunks.take(piece.as_bytes(), &mut lines);
        }
        assert_eq!(chunks.is_over(), last);
        chunks.finish(&mut lines);
        assert_eq!(lines.0.join(" "), expected, "{pieces:?}");
    }
    let (mut chunks, mut lines) = (Chunks::default(), Lines::default());
    chunks.begin(Chunk { size: 5002, last: true });
    chunks.take(&[&[b'x'; 5000][..], b"\r\n"].concat(), &mut lines);
    let lengths: Vec<_> = lines.0.iter().map(String::len).collect();
    assert_eq!(lengths, ["!smtp_bdat_line_too_long5002".len(), 4096, 905]);
}

#[test]
fn likeness() {
    let look = |orig: &str, resp: &str| probe(&Sample::new(Transport::Tcp, orig.as_bytes(), resp.as_bytes()));
    for (orig, resp, expected) in [
        ("EHLO x", "220 y", Likeness::Match),
        ("NOOP\r\n  helo", "\r\n220-y", Likeness::Match),
        ("EHLO x", "22", Likeness::Unsure),
        ("QUIT", "220 y", Likeness::Unsure),
        ("EHLO x", "2200", Likeness::No),
        ("EHLO x", "+OK", Likeness::No),
        ("", "", Likeness::Unsure),
    ] {
        assert_eq!(look(orig, resp), expected, "{orig} {resp}");
    }
}
