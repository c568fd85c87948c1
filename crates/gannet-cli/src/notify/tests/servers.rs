//! What receivers get, who answer by a script, and what is made of their answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{JoinHandle, spawn};

use serde_json::Value;

use super::super::spec::Receiver;
use super::super::way::Outcome;
use super::super::*;
use super::{limits, mail, notice};

/// A server that answers one connection by a script; where it is, and what it heard.
fn server(
    talk: impl FnOnce(BufReader<TcpStream>) -> String + Send + 'static,
) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (address, spawn(move || talk(BufReader::new(listener.accept().unwrap().0))))
}

/// Answers the commands of a client; to each beginning its reply.
fn smtp(replies: &'static [(&str, &str)]) -> impl FnOnce(BufReader<TcpStream>) -> String + Send {
    move |mut client| {
        let mut heard = String::new();
        client.get_mut().write_all(b"220-hello\r\n220 there\r\n").unwrap();
        loop {
            let mut line = String::new();
            if client.read_line(&mut line).unwrap() == 0 {
                return heard;
            }
            heard += &line;
            let reply = replies.iter().find(|(begin, _)| line.starts_with(begin));
            if let Some((_, reply)) = reply {
                client.get_mut().write_all(format!("{reply}\r\n").as_bytes()).unwrap();
            }
        }
    }
}

fn send(by: Carrier, notice: &Notice) -> Outcome {
    super::super::mail::Mailer::new(&mail(by)).send(&[notice], 0)
}

#[test]
fn a_server_takes_a_mail_or_says_why_not() {
    type Case = (&'static [(&'static str, &'static str)], fn(&Outcome) -> bool);
    let cases: [Case; 5] = [
        (
            &[
                ("EHLO", "250-a\r\n250 b"),
                ("MAIL", "250 ok"),
                ("RCPT TO:<soc", "250 ok"),
                ("RCPT", "550 unknown"),
                ("DATA", "354 go"),
                (".", "250 queued"),
            ],
            |outcome| *outcome == Outcome::Sent,
        ),
        (
            &[
                ("EHLO", "502 what"),
                ("HELO", "250 ok"),
                ("MAIL", "250 ok"),
                ("RCPT", "250 ok"),
                ("DATA", "354 go"),
                (".", "250 queued"),
            ],
            |outcome| *outcome == Outcome::Sent,
        ),
        (
            &[("EHLO", "250 a"), ("MAIL", "451 not now")],
            |outcome| matches!(outcome, Outcome::Later(why) if why.ends_with("451 not now")),
        ),
        (
            &[("EHLO", "250 a"), ("MAIL", "250 ok"), ("RCPT", "550 nobody")],
            |outcome| matches!(outcome, Outcome::Never(why) if why.ends_with("550 nobody")),
        ),
        (
            &[("EHLO", "hello")],
            |outcome| matches!(outcome, Outcome::Later(why) if why.contains("does not speak SMTP")),
        ),
    ];
    for (replies, wanted) in cases {
        let (relay, heard) = server(smtp(replies));
        let outcome = send(Carrier::Relay(relay), &notice(b"x\r\n.\r\nRCPT TO:<victim>"));
        assert!(wanted(&outcome), "{outcome:?}");
        let heard = heard.join().unwrap();
        assert!(!heard.contains("\nRCPT TO:<victim>"), "{heard}");
        assert_eq!(
            heard.contains("\r\nType: SSH::Password_Guessing\r\n"),
            outcome == Outcome::Sent,
            "{heard}"
        );
    }
}

#[test]
fn a_server_that_says_nothing_costs_its_time_and_no_more() {
    let (relay, heard) = server(|mut client| {
        let mut text = String::new();
        let _gone = client.read_to_string(&mut text);
        text
    });
    let mut slow = mail(Carrier::Relay(relay));
    slow.limits.time = Duration::from_millis(200);
    let began = Instant::now();
    let outcome = super::super::mail::Mailer::new(&slow).send(&[&notice(b"x")], 0);
    assert!(matches!(&outcome, Outcome::Later(why) if why.ends_with("it takes too long")), "{outcome:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(heard.join().unwrap(), "");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    assert!(matches!(send(Carrier::Relay(nobody), &notice(b"x")), Outcome::Later(_)));
}

fn program(words: &[&str]) -> Carrier {
    Carrier::Program(words.iter().map(|word| (*word).to_owned()).collect())
}

#[test]
fn a_program_gets_the_mail_or_is_ended() {
    let kept = std::env::temp_dir().join(format!("gannet-mail-{}", std::process::id()));
    let path = kept.to_str().unwrap();
    assert_eq!(send(program(&["sh", "-c", "cat > \"$0\"", path]), &notice(&[b'x'; 200_000])), Outcome::Sent);
    let text = std::fs::read_to_string(&kept).unwrap();
    std::fs::remove_file(&kept).unwrap();
    assert!(text.contains("\nSubject: [Gannet] SSH::Password_Guessing\n") && !text.contains('\r'));
    assert!(text.len() > 200_000);
    let told = |outcome: Outcome| match outcome {
        Outcome::Later(why) => why,
        other => panic!("{other:?}"),
    };
    let why = told(send(program(&["sh", "-c", "echo no mail here >&2; exit 75"]), &notice(b"x")));
    assert_eq!(why, "sh: exit status: 75: no mail here");
    assert!(told(send(program(&["/nowhere/sendmail"]), &notice(b"x"))).starts_with("/nowhere/sendmail: "));
    // It has a child that holds on to all that it has, and does not read.
    let mut slow = mail(program(&["sh", "-c", "sleep 100 & sleep 100"]));
    slow.limits.time = Duration::from_millis(300);
    let began = Instant::now();
    let why = told(super::super::mail::Mailer::new(&slow).send(&[&notice(&[b'x'; 200_000])], 0));
    assert_eq!(why, "sh: it takes too long");
    // One that talks without an end.
    slow.by = program(&["sh", "-c", "yes >&2"]);
    assert_eq!(
        told(super::super::mail::Mailer::new(&slow).send(&[&notice(b"x")], 0)),
        "sh: it takes too long"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

/// Answers one request; the request.
fn http(answer: &'static str) -> impl FnOnce(BufReader<TcpStream>) -> String + Send {
    move |mut client| {
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let mut line = String::new();
            client.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
            head += &line;
        }
        let mut body = vec![0; length];
        client.read_exact(&mut body).unwrap();
        client.get_mut().write_all(answer.as_bytes()).unwrap();
        head + std::str::from_utf8(&body).unwrap()
    }
}

fn webhook(to: Receiver) -> Webhook {
    let headers = vec![("Authorization".to_owned(), "Bearer x".to_owned())];
    Webhook { to, headers, host: "sensor \"a\"".to_owned(), limits: limits(60, 1 << 20) }
}

#[test]
fn a_web_server_gets_notices_in_json_or_says_why_not() {
    let cases = [
        ("HTTP/1.1 204 No Content\r\n\r\n", Some(true)),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n", Some(true)),
        ("HTTP/1.1 503 Busy\r\n\r\n", None),
        ("HTTP/1.1 429 Slower\r\n\r\n", None),
        ("HTTP/1.1 301 Moved\r\n\r\n", Some(false)),
        ("HTTP/1.1 403 No\r\n\r\n", Some(false)),
        ("SSH-2.0\r\n", None),
        ("", None),
    ];
    for (answer, taken) in cases {
        let (address, heard) = server(http(answer));
        let url = format!("http://{address}/a?b").parse().unwrap();
        let hostile = notice(b"x\"]}\r\n\xff");
        let outcome =
            super::super::post::Poster::new(&webhook(Receiver::Server(url))).send(&[&hostile, &hostile], 4);
        let found = match outcome {
            Outcome::Sent => Some(true),
            Outcome::Never(_) => Some(false),
            Outcome::Later(_) => None,
        };
        assert_eq!(found, taken, "{answer}");
        let heard = heard.join().unwrap();
        let (head, body) = heard.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("POST /a?b HTTP/1.1\r\n") && head.contains("\r\nAuthorization: Bearer x"),
            "{head}"
        );
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&body["sensor"], &body["lost"], &body["more"]),
            (&"sensor \"a\"".into(), &4.into(), &0.into())
        );
        assert_eq!(body["notices"].as_array().unwrap().len(), 2);
        assert_eq!(body["notices"][0]["note"], "SSH::Password_Guessing");
        assert!(body["notices"][0]["msg"].as_str().unwrap().starts_with("x\"]}\r\n"));
    }
}
