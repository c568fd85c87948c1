//! Which request belongs to which reply, what a row says, and when it comes.

use super::*;
use crate::testing::{ACK, RST};

#[test]
fn a_request_and_its_reply() {
    let request: &[u8] =
        b"POST /a%20b HTTP/1.0\r\nHOST: h:81\r\nReferer: r\r\nUser-Agent: u \r\nOrigin: o\r\n\
        Authorization: BaSiC dXNlcjpwdw==\r\nVia: one\r\nX-Forwarded-For: two\r\nVia: one\r\n\
        Content-Length: 5\r\n\r\nhello";
    let seen = converse(&[(Client, request), (Server, OK)]);
    assert_eq!(seen.rows, ["1 POST /a b h:81 1.1 200 OK 5 5"]);
    let row = &seen.more[0];
    let texts =
        [&row.referrer, &row.user_agent, &row.origin, &row.username].map(|t| text(t.as_ref().unwrap()));
    assert_eq!(texts, ["r", "u ", "o", "user"]);
    let proxied: Vec<_> = row.proxied.as_ref().unwrap().0.iter().map(|t| text(t)).collect();
    assert_eq!(proxied, ["VIA -> one", "X-FORWARDED-FOR -> two"]);
    assert_eq!((row.orig_fuids.as_ref().unwrap().0.len(), row.resp_fuids.as_ref().unwrap().0.len()), (1, 1));
    assert_eq!(seen.files, ["> 5/5/0", "< 5/5/0"]);
    assert_eq!((seen.services.join(" "), seen.weirds.len()), ("http".into(), 0));
}

#[test]
fn pipelining() {
    let twice = [GET, POST].concat();
    let seen = converse(&[(Client, &twice), (Server, &[OK, OK].concat())]);
    assert_eq!(seen.rows, ["1 GET / h 1.1 200 OK 0 5", "2 POST /p h 1.1 200 OK 5 5"]);
    let many = GET.repeat(130);
    let seen = converse(&[(Client, &many)]);
    assert_eq!((seen.rows.len(), seen.weirds.join(" ")), (130, "HTTP_excessive_pipelining".into()));
    assert!(seen.rows.last().unwrap().starts_with("130 GET"), "{:?}", seen.rows.last());
}

#[test]
fn interim_replies() {
    let replies = [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n", OK].concat();
    let seen = converse(&[(Client, POST), (Server, &replies)]);
    assert_eq!(seen.rows, ["1 POST /p h 1.1 200 OK 5 5"]);
    let row = &seen.more[0];
    assert_eq!((row.info_code, row.info_msg.as_deref()), (Some(103), Some(&b"Hints"[..])));
}

#[test]
fn replies_that_nobody_asked_for() {
    let seen = converse(&[(Server, OK), (Client, GET), (Server, OK)]);
    assert_eq!(seen.rows, ["1 - - - 1.1 200 OK 0 5", "2 GET / h 1.1 200 OK 0 5"]);
    assert_eq!(seen.weirds, ["HTTP_response_before_request"]);
}

#[test]
fn a_request_that_outlasts_its_reply() {
    let seen = converse(&[(Client, &POST[..POST.len() - 2]), (Server, OK), (Client, b"lo")]);
    assert_eq!(seen.rows, ["1 POST /p h 1.1 200 OK 0 5", "2 - - - - - - 5 0"]);
}

#[test]
fn http_0_9() {
    let seen = converse(&[(Client, b"GET /old\r\n\r\n"), (Server, b"plain\ntext")]);
    assert_eq!(seen.rows[0], "1 GET /old - 0.9 0 <empty> 0 10");
    assert_eq!(seen.files, ["< 10/-/0"]);
    assert_eq!(weirds_of(b"HEAD /old\r\n\r\n"), "invalid_http_09_request_method/HTTP(HEAD)");
}

#[test]
fn statuses() {
    for (line, expected) in [
        ("HTTP/1.1 204 None", "1.1 204 None"),
        ("HTTP/1.0 404", "1.0 404 <empty>"),
        ("HTTP/1.0 404 ", "1.0 404 "),
        ("HTTP/a.b abc d", "0.0 0 d"),
    ] {
        let reply = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        let seen = converse(&[(Client, GET), (Server, reply.as_bytes())]);
        assert_eq!(seen.rows, [format!("1 GET / h {expected} 0 0")]);
    }
}

#[test]
fn odd_requests() {
    for (request, expected) in [
        (&b"PATCH / HTTP/1.1\r\n\r\n"[..], "unknown_HTTP_method(PATCH)"),
        (b"get / HTTP/1.1\r\n\r\n", "unknown_HTTP_method(get)"),
        (b"GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", "unexpected_multiple_HTTP_requests/HTTP"),
        (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", ""),
        (b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n", "HTTP_version_mismatch/HTTP"),
        (b"\r\nGET / HTTP/1.1\r\n\r\n", "bad_HTTP_request/HTTP empty_http_request/HTTP"),
        (b"GET / HTTP/1.1\rHost: h\r\n\r\n", "line_terminated_with_single_CR/CONTENTLINE"),
        (b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "HTTP_obsolete_line_folding/HTTP(A)"),
        (
            b"GET / HTTP/1.1\r\nAuthorization: basic a*b\r\n\r\n",
            "base64_illegal_encoding(character 42 ignored by Base64 decoding)",
        ),
    ] {
        assert_eq!(weirds_of(request), expected, "{}", text(request));
    }
}

#[test]
fn folded_headers_and_comments() {
    let seen =
        converse(&[(Client, b"GET / HTTP/1.1\r\nHost (x) :a\r\n\tb\r\nno header\r\n\r\n"), (Server, OK)]);
    assert_eq!(seen.rows, ["1 GET / a\tb 1.1 200 OK 0 5"]);
}

#[test]
fn user_names() {
    for (value, expected) in [
        ("Basic  dXNlcjo=", "user"),
        ("basic dXNlcg==", "<problem-decoding> (basic dXNlcg==)"),
        ("basic a*b", "<problem-decoding> (basic a*b)"),
        ("Bearer dXNlcjo=", "-"),
        ("basic", "-"),
    ] {
        let request = format!("GET / HTTP/1.1\r\nProxy-Authorization: {value}\r\n\r\n");
        let seen = converse(&[(Client, request.as_bytes()), (Server, OK)]);
        assert_eq!(or_dash(seen.more[0].username.as_deref().map(text)), expected, "{value}");
    }
}

#[test]
fn what_is_no_http() {
    let seen = converse(&[(Client, b"\x01\x02\x03\r\n"), (Server, b"hm\r\n")]);
    assert_eq!((seen.rows.len(), seen.weirds.join(" ")), (0, "bad_HTTP_request/HTTP".into()));
    assert_eq!((seen.services.join(" "), seen.failures.len()), ("-".into(), 0));
    let seen = converse(&[(Client, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (Server, b"\0\0\0")]);
    assert_eq!(seen.rows, ["1 PRI * - - - - 0 0"]);
    assert_eq!(seen.failures, ["not a http request line"]);
    assert_eq!(seen.weirds, ["unknown_HTTP_method(PRI)", "bad_HTTP_request/HTTP"]);
    let seen = converse(&[(Client, GET), (Server, b"220 hi\r\n")]);
    assert_eq!(seen.failures, ["not a http reply line"]);
}

#[test]
fn once_failed_it_may_come_back() {
    // The reply gives it away once more, and the request is seen again.
    let seen = converse(&[(Client, b"???\r\n"), (Server, OK)]);
    assert_eq!(seen.rows, ["1 - - - 1.1 200 OK 0 5"]);
    let bad = [GET, b"???\r\n"].concat();
    let seen = converse(&[(Client, &bad), (Server, OK)]);
    assert_eq!(seen.rows, ["1 GET / h 1.1 200 OK 0 5", "2 GET / h - - - 0 0"]);
}

#[test]
fn any_port() {
    let mut tap = Tap::open(12345);
    tap.send(Client, GET).send(Server, OK).close();
    let seen = tap.finish();
    assert_eq!((seen.rows.len(), seen.services.join(" ")), (1, "http".into()));
}

#[test]
fn resets() {
    let mut tap = Tap::open(80);
    let reply = reply("", b"one\r\n");
    tap.send(Client, GET).send(Server, &reply).segment(Client, RST | ACK, &[]).send(Server, b"two\r\n");
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 GET / h 1.1 200 OK 0 5"]);
}

#[test]
fn tunnels() {
    let connect: &[u8] = b"CONNECT h:443 HTTP/1.1\r\n\r\n";
    let granted: &[u8] = b"HTTP/1.1 200 Go\r\n\r\n";
    let seen = converse(&[(Client, connect), (Server, granted), (Client, GET), (Server, OK)]);
    assert_eq!(
        seen.rows,
        ["2 GET / h 1.1 200 OK 0 5", "3 - - - - - - 0 0", "1 CONNECT h:443 - 1.1 200 Go 0 0"]
    );
    assert_eq!(seen.services, ["http"]);
    let refused: &[u8] = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    let seen = converse(&[(Client, connect), (Server, refused), (Client, GET), (Server, OK)]);
    assert_eq!(seen.rows, ["1 CONNECT h:443 - 1.1 403 No 0 0", "2 GET / h 1.1 200 OK 0 5"]);
    let early = [granted, b"SSH-2.0-x\r\n"].concat();
    let seen = converse(&[(Client, connect), (Server, &early)]);
    assert_eq!(seen.weirds, ["protocol_data_with_HTTP_CONNECT_reply/HTTP(11)"]);
}

#[test]
fn upgrades() {
    let ask: &[u8] = b"GET /u HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let grant: &[u8] = b"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nmore";
    let seen = converse(&[(Client, ask), (Server, grant), (Client, b"\x01\x02"), (Server, b"\x03")]);
    assert_eq!(seen.rows, ["1 GET /u - 1.1 101 Go 0 0"]);
    assert_eq!(seen.more[0].info_code, Some(101));
    assert_eq!(seen.weirds, ["protocol_data_with_HTTP_upgrade_reply/HTTP(4)"]);
}

#[test]
fn the_middle_of_a_connection_is_left_alone() {
    let mut tap = Tap::new(80, |_| ());
    tap.send(Client, GET).send(Server, OK).close();
    assert_eq!(tap.finish().rows.len(), 0);
    // But for the line ends of what the client sends.
    let weirds = |side, bytes: &[u8]| {
        let mut tap = Tap::new(80, |_| ());
        tap.send(side, bytes).send(Client, b"x").close();
        let seen = tap.finish();
        assert_eq!((seen.rows.len(), seen.services), (0, vec!["-".to_owned()]));
        seen.weirds.join(" ")
    };
    assert_eq!(
        weirds(Client, b"GET / HTTP/1.1\rHost: h\r\r\n"),
        "line_terminated_with_single_CR/CONTENTLINE"
    );
    assert_eq!(weirds(Client, b"GET / HTTP/1.1\r"), "line_terminated_with_single_CR/CONTENTLINE");
    assert_eq!(weirds(Client, b"GET / HTTP/1.1\r\nHost: h\n\r\n"), "");
    assert_eq!(weirds(Server, b"GET / HTTP/1.1\rHost: h\r\r\n"), "");
}

#[test]
fn each_gap_of_a_client_ends_the_reply_at_hand() {
    let mut tap = Tap::open(80);
    tap.send(Client, GET).send(Server, OK).lose(Client, 30);
    let (half, rest) = OK.split_at(OK.len() - 3);
    tap.send(Server, half).lose(Client, 30).send(Server, rest).send(Server, OK).close();
    assert_eq!(tap.finish().rows, ["1 GET / h 1.1 200 OK 0 5", "2 - - - 1.1 200 OK 0 2"]);
}
