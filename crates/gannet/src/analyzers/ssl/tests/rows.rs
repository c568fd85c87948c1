//! What conversations leave behind.

use super::*;

#[test]
fn a_full_handshake_of_tls_1_2() {
    let seen = converse(&full());
    let row =
        "TLSv12 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 secp256r1 www.example.org F - http/1.1 T CsxknGIi";
    assert_eq!(seen.rows, [row]);
    let prints =
        [leaf(), Made::default()].map(|made| crate::files::hash::sha256(&made.bytes())[..4].to_owned());
    assert_eq!(seen.chains, [format!("[{},{}] [] T", prints[0], prints[1])]);
    assert_eq!(seen.certificates, ["02 T F", "01 F F"]);
    assert_eq!(seen.conns, ["ssl ShADdFf"]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty() && seen.files.is_empty(), "{seen:?}");
}

/// The extensions of a TLS 1.3 server hello with a group.
fn chosen_13(extra: &[Vec<u8>]) -> Hello {
    let share = [words(&[29]), with_length(2, &[6; 32])].concat();
    let extensions = [&[extension(43, &words(&[0x0304])), extension(51, &share)], extra].concat();
    Hello { ciphers: vec![0x1301], extensions, ..Hello::default() }
}

fn offered_13(extra: &[Vec<u8>]) -> Hello {
    let share = [words(&[29]), with_length(2, &[6; 32])].concat();
    let versions = extension(43, &with_length(1, &words(&[0x0a0a, 0x0304, 0x0303])));
    let shares = extension(51, &with_length(2, &share));
    Hello::with(&[&[server_name("a.test"), versions, shares], extra].concat())
}

const RETRY: [u8; 32] = crate::analyzers::ssl::parse::RETRY;

#[test]
fn tls_1_3() {
    let psk = |content: &[u8]| extension(41, content);
    let offer = [
        with_length(2, &[with_length(2, &[1; 8]), vec![0; 4]].concat()),
        with_length(2, &with_length(1, &[2; 32])),
    ];
    let offer = psk(&offer.concat());
    let retry = Hello {
        random: RETRY,
        ciphers: vec![0x1301],
        extensions: vec![extension(43, &words(&[0x0304])), extension(51, &words(&[24]))],
        ..Hello::default()
    };
    let done = |history: &str, resumed| {
        format!("TLSv13 TLS_AES_128_GCM_SHA256 x25519 a.test {resumed} - - T {history}")
    };
    // With and without the change of ciphers that means nothing; each side encrypts with its first data record.
    for (changes, history) in [(vec![change_cipher()], "CsiI"), (vec![], "Cs")] {
        let changes = changes.concat();
        let steps = [
            (Client, handshake(&[offered_13(&[]).client()])),
            (Server, [handshake(&[chosen_13(&[]).server()]), changes.clone(), data()].concat()),
            (Client, [changes, data()].concat()),
        ];
        assert_eq!(converse(&steps).rows, [done(history, 'F')]);
    }
    // A retry counts as another letter, and the server's group then counts.
    let steps = [
        (Client, handshake(&[Hello::with(&[server_name("b.test")]).client()])),
        (Server, [handshake(&[retry.server()]), change_cipher()].concat()),
        (Client, [change_cipher(), handshake(&[offered_13(&[]).client()])].concat()),
        (Server, [handshake(&[chosen_13(&[]).server()]), data()].concat()),
        (Client, data()),
    ];
    assert_eq!(converse(&steps).rows, [done("CjiICs", 'F')]);
    // Resumed: both sides have the key. One alone is not enough.
    for (client, server, resumed) in [(true, true, 'T'), (true, false, 'F'), (false, true, 'F')] {
        let one = if client { vec![offer.clone()] } else { vec![] };
        let other = if server { vec![psk(&words(&[0]))] } else { vec![] };
        let steps = [
            (Client, handshake(&[offered_13(&one).client()])),
            (Server, [handshake(&[chosen_13(&other).server()]), data()].concat()),
            (Client, data()),
        ];
        assert_eq!(converse(&steps).rows, [done("Cs", resumed)], "{client} {server}");
    }
    // A draft without session id.
    let body = [words(&[0x7f17]), vec![1; 32], words(&[0x1301]), with_length(2, &[])].concat();
    let steps = [
        (Client, handshake(&[offered_13(&[]).client()])),
        (Server, [handshake(&[message(2, &body)]), data()].concat()),
        (Client, data()),
    ];
    assert_eq!(converse(&steps).rows, ["TLSv13-draft23 TLS_AES_128_GCM_SHA256 - a.test F - - T Cs"]);
}

/// The row of a TLS 1.2 handshake without certificates.
fn short(client: &Hello, server: &Hello, key: bool) -> String {
    let exchange = if key { handshake(&[message(16, &[1; 8])]) } else { Vec::new() };
    let steps = [
        (Client, handshake(&[client.client()])),
        (Server, handshake(&[server.server()])),
        (Client, [exchange, change_cipher(), secret()].concat()),
        (Server, [change_cipher(), secret()].concat()),
    ];
    let seen = converse(&steps);
    let words: Vec<&str> = seen.rows[0].split(' ').collect();
    format!("{} {}", words[4], words[8])
}

#[test]
fn resumption_of_tls_1_2() {
    let with_id = |id: &[u8]| Hello { session: id.to_vec(), ..Hello::default() };
    let ticket = |content: &[u8], id: &[u8]| Hello {
        session: id.to_vec(),
        extensions: vec![extension(35, content)],
        ..Hello::default()
    };
    let cases = [
        // The same id, filled up with zeros; no id at all; another one.
        (with_id(&[7; 32]), with_id(&[7; 32]), false, "T CsIi"),
        (with_id(&[7; 4]), with_id(&[7, 7, 7, 7, 0]), false, "T CsIi"),
        (with_id(&[]), with_id(&[]), false, "F CsIi"),
        (with_id(&[7; 32]), with_id(&[8; 32]), false, "F CsIi"),
        // An id that is too long is none.
        (with_id(&[7; 33]), with_id(&[7; 33]), false, "F CsIi"),
        // A ticket without an id, and no key exchange.
        (ticket(&[1; 9], &[]), with_id(&[]), false, "T CsIi"),
        (ticket(&[1; 9], &[]), with_id(&[]), true, "F CsGIi"),
        (ticket(&[], &[]), with_id(&[]), false, "F CsIi"),
        (ticket(&[1; 9], &[9; 32]), with_id(&[3; 32]), false, "F CsIi"),
    ];
    for (at, (client, server, key, expected)) in cases.iter().enumerate() {
        assert_eq!(short(client, server, *key), *expected, "{at}");
    }
}

#[test]
fn the_row_of_what_goes_wrong() {
    let hello = || handshake(&[Hello::with(&[server_name("x.test")]).client()]);
    let chosen = || handshake(&[Hello::default().server()]);
    let alert = |bytes: &[u8]| record(21, bytes);
    let head = "TLSv12 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 -";
    let refused = |history: &str, alert: &str| format!("- - - x.test F {alert} - F {history}");
    type Case<'a> = (&'a str, Vec<(Side, Vec<u8>)>, String);
    let cases: [Case<'_>; 13] = [
        ("hello alone", vec![(Client, hello())], refused("C", "-")),
        ("refused", vec![(Client, hello()), (Server, alert(&[2, 40]))], refused("Cl", "handshake_failure")),
        (
            "two alerts",
            vec![(Client, hello()), (Client, alert(&[1, 90, 1, 0]))],
            refused("CLL", "close_notify"),
        ),
        ("unknown alert", vec![(Client, hello()), (Server, alert(&[1, 200]))], refused("Cl", "unknown-200")),
        (
            "odd alert",
            vec![(Client, hello()), (Server, alert(&[2, 40, 1]))],
            refused("Cl", "handshake_failure"),
        ),
        ("no alert", vec![(Client, hello()), (Server, alert(&[]))], refused("C", "-")),
        // The letter of a message that is not known comes after the row.
        (
            "unknown message",
            vec![(Client, hello()), (Server, handshake(&[message(8, &[])]))],
            refused("C", "-"),
        ),
        (
            "message cut",
            vec![(Client, hello()), (Server, handshake(&[message(2, &[3, 3])]))],
            refused("C", "-"),
        ),
        ("other record", vec![(Client, hello()), (Server, record(30, &[1]))], refused("C", "-")),
        (
            "late version",
            vec![(Client, hello()), (Server, vec![0x47, 0x45, 0x54, 0x20, 0x2f])],
            refused("C", "-"),
        ),
        ("heartbeat", vec![(Client, hello()), (Client, record(24, &[1, 0, 3, 9]))], refused("CB", "-")),
        // Nothing is encrypted before the server says so.
        (
            "early",
            vec![(Client, hello()), (Server, chosen()), (Client, data())],
            format!("{head} x.test F - - F Cs"),
        ),
        // A record that changes ciphers twice is encrypted after the first byte.
        (
            "changes",
            vec![(Client, hello()), (Server, chosen()), (Client, record(20, &[1, 1]))],
            format!("{head} x.test F - - F CsI"),
        ),
    ];
    for (name, steps, expected) in cases {
        let seen = converse(&steps);
        assert_eq!(seen.rows, [expected], "{name}");
        let failed =
            matches!(name, "odd alert" | "unknown message" | "message cut" | "other record" | "late version");
        assert_eq!(seen.conns[0].starts_with("ssl"), !failed, "{name}");
        let failures = seen.failures.join(" ");
        let reason = match name {
            "odd alert" => "parse error in a record",
            "unknown message" => "unknown handshake message (8) from responder",
            "message cut" => "parse error in a handshake message",
            "other record" => "unknown SSL record type (30) from responder",
            "late version" => "Invalid version late in TLS connection. Packet reported version: 17748",
            _ => "",
        };
        assert_eq!(failures, reason, "{name}");
        let weirds = if name == "early" { "ssl_early_application_data" } else { "" };
        assert_eq!(seen.weirds.join(" "), weirds, "{name}");
    }
}

#[test]
fn what_is_no_tls_at_all() {
    for (name, bytes) in [
        ("words", b"who are you, and what is this?\r\n".to_vec()),
        ("type", record(31, &[1; 5])),
        ("version", record_of(0x0304, 22, &[1; 5])),
    ] {
        let seen = converse(&[(Client, bytes)]);
        assert!(
            seen.rows.is_empty() && seen.failures.is_empty() && seen.weirds.is_empty(),
            "{name}: {seen:?}"
        );
        assert_eq!(seen.conns, ["- ShADFf"], "{name}");
    }
}

#[test]
fn a_version_that_nobody_knows() {
    let strange = Hello { version: 0x0405, ..Hello::default() };
    // Without extensions the row begins after the failure, so the message is in it.
    let seen = converse(&[(Client, handshake(&[strange.client()]))]);
    assert_eq!(seen.rows, ["- - - - F - - F C"]);
    let named = Hello { extensions: vec![server_name("x.test")], ..strange.clone() };
    let seen = converse(&[(Client, handshake(&[named.client()]))]);
    assert_eq!(seen.rows, ["- - - x.test F - - F "]);
    assert_eq!((seen.failures.len(), seen.conns[0].as_str()), (0, "- ShADFf"));
    // A server's ends the connection's service.
    let hello = handshake(&[Hello::default().client()]);
    let seen = converse(&[(Client, hello), (Server, handshake(&[strange.server()]))]);
    assert_eq!(seen.rows, ["- - - - F - - F C"]);
    assert_eq!(seen.failures, ["unsupported server SSL version 0x0405"]);
}

#[test]
fn the_client_is_the_responder() {
    let steps: Vec<_> = full()
        .into_iter()
        .map(|(from, bytes)| (if from == Client { Server } else { Client }, bytes))
        .collect();
    let seen = converse(&steps);
    assert!(seen.rows[0].ends_with(" T ^CsxknGIi"), "{:?}", seen.rows);
    assert_eq!(seen.certificates, ["02 T F", "01 F F"]);
    assert!(seen.weirds.is_empty());
    // Changing back is strange, and said once.
    let hello = || handshake(&[Hello::default().client()]);
    let seen = converse(&[(Server, hello()), (Client, hello()), (Server, hello()), (Client, hello())]);
    assert_eq!(seen.rows, ["- - - - F - - F ^C^C^C^C"]);
    assert_eq!(seen.weirds, ["SSL_unclear_connection_direction/SSL"]);
}

#[test]
fn names_of_servers() {
    let entry = |kind: u8, name: &[u8]| [vec![kind], with_length(2, name)].concat();
    let hello = |list: &[Vec<u8>]| Hello::with(&[extension(0, &with_length(2, &list.concat()))]);
    let cases = [
        (vec![entry(0, b"A.test")], "A.test", ""),
        (vec![entry(0, b"a"), entry(0, b"b")], "a", "SSL_many_server_names([a, b])"),
        (vec![entry(7, b"a"), entry(0, b"b")], "-", "ssl_ext_unknown_server_name_type/SSL(7)"),
        (vec![], "-", ""),
        (vec![entry(0, b"")], "", ""),
    ];
    for (list, name, weird) in cases {
        let seen = converse(&[(Client, handshake(&[hello(&list).client()]))]);
        assert_eq!(seen.rows, [format!("- - - {name} F - - F C")]);
        assert_eq!(seen.weirds.join(" "), weird);
    }
    // The later hello counts.
    let two = [hello(&[entry(0, b"one")]).client(), hello(&[entry(0, b"two")]).client()];
    assert_eq!(converse(&[(Client, handshake(&two))]).rows, ["- - - two F - - F CC"]);
}

#[test]
fn extensions_that_end_too_early() {
    let cases: [(u16, &[u8]); 12] = [
        (0, &[0, 5, 0]),
        (10, &[0, 4, 0, 1]),
        (11, &[2, 0]),
        (13, &[0, 3, 1, 2, 3]),
        (16, &[0, 3, 9, 1, 2]),
        (18, &[0, 2, 0, 9]),
        (41, &[0, 3, 0, 1, 9]),
        (43, &[3, 3, 4, 5]),
        (45, &[2, 1]),
        (51, &[0, 4, 0, 29, 0, 9]),
        (54, &[4, 1]),
        (40, &[1]),
    ];
    for (kind, content) in cases {
        let hello = Hello::with(&[server_name("x.test"), extension(kind, content)]);
        let seen = converse(&[(Client, handshake(&[hello.client()]))]);
        assert_eq!(seen.rows, ["- - - x.test F - - F "], "{kind}");
        // Empty ones are no such thing.
        let hello = Hello::with(&[server_name("x.test"), extension(kind, &[])]);
        let seen = converse(&[(Client, handshake(&[hello.client()]))]);
        assert_eq!(seen.rows, ["- - - x.test F - - F C"], "{kind}");
    }
}

#[test]
fn certificates_of_both_sides() {
    let chain = |chain: &[Vec<u8>]| handshake(&[certificates(chain)]);
    let steps = |server: &[Vec<u8>], client: &[Vec<u8>]| {
        let hello = Hello::with(&[server_name("www.example.org")]);
        vec![
            (Client, handshake(&[hello.client()])),
            (Server, handshake(&[Hello::default().server()])),
            (Server, chain(server)),
            (Client, chain(client)),
        ]
    };
    let print = |made: &Made| crate::files::hash::sha256(&made.bytes())[..4].to_owned();
    let (host, other) = (leaf(), Made::default());
    let matching = Made { extensions: vec![domains(&["www.example.org"])], ..Made::default() };
    let bad = b"no certificate".to_vec();
    type Case<'a> = (&'a [Vec<u8>], &'a [Vec<u8>], String, &'a str);
    let cases: [Case<'_>; 6] = [
        (&[], &[], "- - -".into(), ""),
        (&[matching.bytes()], &[], format!("[{}] [] T", print(&matching)), "01 T F"),
        (&[], &[other.bytes()], format!("[] [{}] -", print(&other)), "01 T T"),
        (
            &[other.bytes()],
            &[host.bytes()],
            format!("[{}] [{}] F", print(&other), print(&host)),
            "01 T F|02 T T",
        ),
        (&[bad.clone(), matching.bytes()], &[], format!("[{}] [] -", print(&matching)), "01 F F"),
        (
            &[matching.bytes(), Vec::new(), matching.bytes()],
            &[],
            format!("[{0},{0}] [] T", print(&matching)),
            "01 T F|01 F F",
        ),
    ];
    for (server, client, expected, certificates) in cases {
        let seen = converse(&steps(server, client));
        assert_eq!(seen.chains, [expected]);
        assert_eq!(seen.certificates.join("|"), certificates);
        let weird = match server {
            [first, ..] if *first == bad => "x509_cert_parse_error(F",
            [_, second, _] if second.is_empty() => "zero_length_certificate/SSL",
            _ => "",
        };
        assert!(seen.weirds.join(" ").starts_with(weird), "{:?}", seen.weirds);
        assert_eq!(seen.weirds.is_empty(), weird.is_empty());
    }
}

#[test]
fn a_stapled_response() {
    let id = seq(&[seq(&[oid("1.3.14.3.2.26")]), der(4, &[1; 20]), der(4, &[2; 20]), der(2, &[0x5a])]);
    let single = seq(&[id, der(0x80, &[]), der(0x18, b"20240101000000Z")]);
    let data = seq(&[der(0xa2, &der(4, &[3; 20])), der(0x18, b"20240101000000Z"), seq(&[single])]);
    let basic = seq(&[data, seq(&[oid("1.2.840.113549.1.1.11")]), der(3, &[0, 1])]);
    let bytes = seq(&[oid("1.3.6.1.5.5.7.48.1.1"), der(4, &basic)]);
    let response = seq(&[der(0x0a, &[0]), der(0xa0, &bytes)]);
    let status = |kind: u8, response: &[u8]| message(22, &[vec![kind], with_length(3, response)].concat());
    let play = |message: Vec<u8>| {
        let hello = handshake(&[Hello::default().client()]);
        converse(&[(Client, hello), (Server, handshake(&[Hello::default().server(), message]))])
    };
    let seen = play(status(1, &response));
    assert_eq!(seen.ocsp, ["5A good"]);
    assert_eq!(seen.files, [format!("SSL application/ocsp-response {}", response.len())]);
    assert!(seen.rows[0].ends_with(" F Csu"));
    let seen = play(status(2, &response));
    assert!(seen.ocsp.is_empty() && seen.files.is_empty() && seen.weirds.is_empty());
    assert_eq!(play(status(1, &[])).weirds, ["SSL_zero_length_stapled_OCSP_message/SSL"]);
    let weirds = play(status(1, b"nothing")).weirds;
    assert!(weirds[0].starts_with("openssl_ocsp_response_parse_error(F"), "{weirds:?}");
}

#[test]
fn many_alerts_and_a_full_history() {
    let hello = || (Client, handshake(&[Hello::default().client()]));
    let seen = converse(&[hello(), (Server, record(21, &[1; 24]))]);
    assert_eq!(seen.weirds, ["SSL_excessive_alerts_in_record/SSL(12)"]);
    assert!(seen.rows[0].ends_with(&format!(" C{}", "l".repeat(10))));
    let requests: Vec<_> = (0..120).map(|_| message(0, &[])).collect();
    let seen = converse(&[hello(), (Server, handshake(&requests))]);
    assert_eq!(seen.weirds, ["SSL_max_ssl_history_length_reached"]);
    assert!(seen.rows[0].ends_with(&format!(" C{}", "h".repeat(99))));
}

#[test]
fn nothing_after_a_gap() {
    for lost in [Client, Server] {
        let mut tap = Tap::open(443);
        tap.send(Client, &handshake(&[Hello::default().client()]));
        tap.lose(lost, 10).send(lost, &[1, 2, 3]);
        tap.send(if lost == Client { Server } else { Client }, &handshake(&[Hello::default().server()]));
        assert_eq!(tap.finish().rows, ["- - - - F - - F C"]);
    }
}

#[test]
fn key_exchanges() {
    let exchange = |cipher: u16, body: &[u8]| {
        let chosen = Hello { ciphers: vec![cipher], ..Hello::default() };
        let hello = handshake(&[Hello::default().client()]);
        let seen = converse(&[(Client, hello), (Server, handshake(&[chosen.server(), message(12, body)]))]);
        let words: Vec<_> = seen.rows[0].split(' ').map(str::to_owned).collect();
        format!("{} {}", words[2], words[8])
    };
    let point = || with_length(1, &[4; 3]);
    let signed = || [words(&[0x0401]), with_length(2, &[7; 4])].concat();
    let numbers = || [with_length(2, &[1; 4]), with_length(2, &[2]), with_length(2, &[3; 4])].concat();
    let curve = |number: u16| [vec![3], words(&[number]), point()].concat();
    let cases: [(u16, Vec<u8>, &str); 10] = [
        (0xc02f, [curve(29), signed()].concat(), "x25519 Csk"),
        (0xc02f, [curve(0x0a0a), signed()].concat(), "grease_0x0A0A Csk"),
        (0xc02f, [curve(999), signed()].concat(), "unknown-999 Csk"),
        // Not signed, though it should be.
        (0xc02f, curve(29), "- Cs"),
        // Curves that are described, and suites that are not known to have any.
        (0xc02f, vec![1, 9, 9], "- Csk"),
        (0xccac, curve(29), "- Csk"),
        (0xc018, curve(23), "secp256r1 Csk"),
        (0x0033, [numbers(), signed()].concat(), "- Csk"),
        (0x0033, numbers(), "- Cs"),
        (0x0034, numbers(), "- Csk"),
    ];
    for (cipher, body, expected) in cases {
        assert_eq!(exchange(cipher, &body), expected, "{cipher:04x}");
    }
}

#[test]
fn certificate_requests_and_tickets() {
    let play = |body: Vec<u8>, kind: u8| {
        let hello = handshake(&[Hello::default().client()]);
        let seen = converse(&[
            (Client, hello),
            (Server, handshake(&[Hello::default().server(), message(kind, &body)])),
        ]);
        seen.rows[0].rsplit(' ').next().unwrap().to_owned()
    };
    let algorithms = with_length(2, &words(&[0x0401, 0x0501]));
    let authorities = with_length(2, &with_length(2, b"name"));
    assert_eq!(play([with_length(1, &[1, 2]), algorithms.clone(), authorities.clone()].concat(), 13), "Csr");
    assert_eq!(play([with_length(1, &[1, 2]), authorities].concat(), 13), "Cs");
    assert_eq!(play([with_length(1, &[1]), algorithms, with_length(2, &[0, 9])].concat(), 13), "Cs");
    assert_eq!(play([vec![0; 4], with_length(2, &[1; 8])].concat(), 4), "Cst");
    assert_eq!(play(vec![0; 5], 4), "Cs");
    assert_eq!(play(vec![0xfe, 0xff, 1, 9], 3), "Csv");
    assert_eq!(play(vec![0xfe, 0xff, 2, 9], 3), "Cs");
}

#[test]
fn one_row_even_if_it_begins_anew() {
    // What the client sends fails; what the server sends is recognised once more, and both are read again.
    let bad = Hello::with(&[server_name("x.test"), extension(10, &[9, 9, 9])]);
    for port in [443, 4433] {
        let mut tap = Tap::open(port);
        tap.send(Client, &handshake(&[bad.client()])).send(Server, &handshake(&[Hello::default().server()]));
        assert_eq!(tap.finish().rows, ["- - - x.test F - - F "], "{port}");
    }
}

#[test]
fn a_hello_that_was_never_seen() {
    // Off its port TLS is found by what follows.
    let mut tap = Tap::open(8443);
    let steps = full();
    tap.lose(Client, steps[0].1.len() as u32);
    for (side, bytes) in &steps[1..] {
        tap.send(*side, bytes);
    }
    let seen = tap.finish();
    assert_eq!((seen.rows.len(), seen.certificates.len()), (1, 2), "{seen:?}");
    assert!(seen.rows[0].ends_with(" T sxknGIi"), "{:?}", seen.rows);
}

#[test]
fn inside_a_tunnel_whatever_else_is_listened_to() {
    let run = |wanted: Option<Vec<&'static str>>| {
        let mut tap = Tap::new(8080, |config| config.wanted = wanted);
        tap.dial();
        tap.send(Client, b"CONNECT h:443 HTTP/1.1\r\n\r\n").send(Server, b"HTTP/1.1 200 Go\r\n\r\n");
        for (side, bytes) in &full() {
            tap.send(*side, bytes);
        }
        tap.finish()
    };
    let all = run(None);
    let alone = run(Some(vec![Ssl::STREAM.name]));
    assert_eq!((alone.rows.len(), alone.rows), (1, all.rows));
    assert_eq!(run(Some(vec![X509::STREAM.name])).certificates, all.certificates);
    assert_eq!(run(Some(vec![Conn::STREAM.name])).conns, all.conns);
}
