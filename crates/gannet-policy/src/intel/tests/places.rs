//! Where things are looked up.

use gannet::events::{ConnTag, Date, Event, Fuid, Key, Meta, Record, Secured, Set, Vector};
use gannet::files::FileInfo;
use gannet::files::x509::X509;
use gannet::{Interval, Timestamp};

use super::super::hit::Hits;
use super::super::seen::look;
use super::{Settings, items, lists, told};
use crate::testing::Play;
use crate::testing::tls::{certificate, handshake};

const A: &str = "10.0.0.1:1000";
const B: &str = "10.0.0.2:80";

/// What is found of these indicators of a kind: what was seen and where, and from the source on what is known of the file.
fn found(kind: &str, indicators: &[&str], make: impl FnOnce(&mut Play)) -> Vec<String> {
    let mut play = Play::default();
    make(&mut play);
    let rows = told(&mut play, Settings::default(), items(kind, indicators));
    let short = |row: &String| {
        let (_, seen) = row.split_once(" \"").unwrap();
        let (text, rest) = seen.split_once("\" Intel::").unwrap();
        let parts: Vec<&str> = rest.split(' ').collect();
        assert_eq!((parts[2], parts[4]), ("\"zeek\"", "\"us\""), "{row}");
        let file = parts[5..].join(" ");
        format!(
            "{text} {} {}{}",
            parts[0],
            parts[1],
            if file == "- - -" { String::new() } else { format!(" {file}") }
        )
    };
    rows.iter().map(short).collect()
}

#[test]
fn addresses_of_connections_that_were_accepted() {
    let both = ["10.0.0.1 ADDR Conn::IN_ORIG", "10.0.0.2 ADDR Conn::IN_RESP"];
    let all = ["10.0.0.1", "10.0.0.2"];
    assert_eq!(
        found("ADDR", &all, |play| {
            play.shake(0.0, A, B);
        }),
        both
    );
    assert!(
        found("ADDR", &all, |play| {
            play.tcp(0.0, A, B, "S", b"").tcp(0.1, B, A, "R", b"");
        })
        .is_empty()
    );
    assert!(
        found("ADDR", &all, |play| {
            play.udp(0.0, A, B, b"x").udp(0.1, B, A, b"x");
        })
        .is_empty()
    );
}

#[test]
fn names_that_are_asked_for() {
    let query = [&[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4][..], b"EVIL\x07example\0", &[0, 1, 0, 1]].concat();
    let rows = found("DOMAIN", &["evil.example", "example"], |play| {
        play.udp(0.0, "10.0.0.1:999", "10.0.0.2:53", &query);
    });
    assert_eq!(rows, ["evil.example DOMAIN DNS::IN_REQUEST"]);
}

/// A request with these lines and its reply.
fn request(play: &mut Play, to: &str, lines: &str) {
    play.shake(0.0, A, to);
    let request = format!("{lines}\r\n\r\n");
    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Disposition: attachment; filename=\"bad.exe\"\r\n\r\nhi";
    play.talk(0.1, A, to, &[request.as_bytes(), reply.as_bytes()]);
    play.part(0.5, A, to);
}

#[test]
fn requests_of_http() {
    let of = |kind: &str, indicator: &str, to: &str, lines: &str| {
        found(kind, &[indicator], |play| request(play, to, lines))
    };
    let get = "GET /a%20b?c HTTP/1.1\r\nHost: Evil.example:8080\r\nUser-Agent: Bad/1\r\nReferer: http://x/?u=http://From.example/y\r\nX-Forwarded-For: 9.9.9.9";
    let other = "10.0.0.2:8080";
    assert_eq!(of("DOMAIN", "evil.example", B, get), ["Evil.example DOMAIN HTTP::IN_HOST_HEADER"]);
    assert_eq!(of("SOFTWARE", "bad/1", B, get), ["Bad/1 SOFTWARE HTTP::IN_USER_AGENT_HEADER"]);
    assert_eq!(of("URL", "from.example/y", B, get), ["From.example/y URL HTTP::IN_REFERRER_HEADER"]);
    assert_eq!(of("ADDR", "9.9.9.9", B, get), ["9.9.9.9 ADDR HTTP::IN_X_FORWARDED_FOR_HEADER"]);
    assert_eq!(of("URL", "evil.example:8080/a b?c", B, get), ["Evil.example:8080/a b?c URL HTTP::IN_URL"]);
    // Zeek has the port behind any but the usual one.
    assert_eq!(
        of("URL", "evil.example:8080:8080/a b?c", other, get),
        ["Evil.example:8080:8080/a b?c URL HTTP::IN_URL"]
    );
    assert_eq!(
        of("URL", "evil.example:8080/a b?c", other, get),
        ["Evil.example:8080/a b?c URL HTTP::IN_URL"]
    );
    assert!(of("URL", "evil.example:8080", B, get).is_empty(), "no beginning of one");
    let nobody = "GET /x HTTP/1.0";
    assert_eq!(of("URL", "10.0.0.2/x", B, nobody), ["10.0.0.2/x URL HTTP::IN_URL"]);
    assert_eq!(of("URL", "10.0.0.2:8080/x", other, nobody), ["10.0.0.2:8080/x URL HTTP::IN_URL"]);
    let several = "GET http://Evil.example/x HTTP/1.1\r\nHost: 9.9.9.9:80\r\nX-Forwarded-For: 9.9.9.8, 9.9.9.9\r\nReferer: plain";
    assert_eq!(of("ADDR", "9.9.9.9", B, several), ["9.9.9.9 ADDR HTTP::IN_HOST_HEADER"]);
    assert!(of("ADDR", "9.9.9.8", B, several).is_empty(), "one address and nothing else");
    assert!(of("DOMAIN", "9.9.9.9", B, several).is_empty());
    assert_eq!(of("URL", "http://evil.example/x", B, several), ["http://Evil.example/x URL HTTP::IN_URL"]);
    assert_eq!(of("URL", "plain", B, several), ["plain URL HTTP::IN_REFERRER_HEADER"]);
    for (host, addr) in
        [("[2001:db8::1]:80", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"), ("[::9]", "::9")]
    {
        let lines = format!("GET / HTTP/1.1\r\nHost: {host}");
        assert_eq!(of("ADDR", addr, B, &lines), [format!("{addr} ADDR HTTP::IN_HOST_HEADER")]);
    }
}

#[test]
fn names_of_files() {
    let rows = found("FILE_NAME", &["BAD.exe"], |play| request(play, B, "GET /x HTTP/1.1\r\nHost: a"));
    assert_eq!(rows, ["bad.exe FILE_NAME Files::IN_NAME id - -"]);
}

#[test]
fn certificates_and_their_hashes() {
    use sha1::{Digest, Sha1};
    let leaf = certificate("evil.example", 10);
    let chain = [leaf.clone(), certificate("ca", 1)];
    let sha1 = Sha1::digest(&leaf).iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let of = |kind: &str, indicator: &str, complete| {
        found(kind, &[indicator], |play| handshake(play, 0.0, A, "10.0.0.2:443", &chain, complete))
    };
    assert_eq!(of("DOMAIN", "evil.example", true), ["evil.example DOMAIN X509::IN_CERT"]);
    assert!(of("DOMAIN", "evil.example", false).is_empty(), "the handshake is not complete");
    assert!(of("DOMAIN", "ca", true).is_empty(), "the first certificate alone");
    let file = "id \"application/x-x509-user-cert\" \"10.0.0.2:443\"";
    let lower = sha1.to_lowercase();
    assert_eq!(of("CERT_HASH", &sha1, true), [format!("{lower} CERT_HASH X509::IN_CERT {file}")]);
    let ca = Sha1::digest(&chain[1]).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(of("CERT_HASH", &ca, true), [format!("{ca} CERT_HASH X509::IN_CERT")]);
}

#[test]
fn logins_of_ssh() {
    let rows = |how: &'static [u8]| {
        found("ADDR", &["8.8.8.8"], |play| {
            play.udp(0.0, "8.8.8.8:1", "10.0.0.1:2222", how);
        })
    };
    assert_eq!(rows(b"T"), ["8.8.8.8 ADDR SSH::SUCCESSFUL_LOGIN"]);
    assert!(rows(b"F").is_empty() && rows(b"?").is_empty());
}

#[test]
fn mails() {
    let (client, server) = (A, "10.0.0.2:25");
    let turns: [&[u8]; 13] = [
        b"", b"220 hi\r\n", b"EHLO me\r\n", b"250 hi\r\n", b"MAIL FROM:<One@a.example>\r\n", b"250 ok\r\n",
        b"RCPT TO:<two@a.example>\r\n", b"250 ok\r\n", b"DATA\r\n", b"354 go\r\n",
        b"Received: from x ([9.9.9.9]) by y\r\nFrom: A <three@a.example>, four@a.example\r\nTo: B <five@a.example>, six@a.example\r\n\
          Cc: seven@a.example\r\nReply-To: eight@a.example\r\nUser-Agent: Mailer 1\r\nX-Originating-IP: [9.9.9.8]\r\n\r\nbody\r\n.\r\n",
        b"250 ok\r\n", b"QUIT\r\n",
    ];
    let of = |kind: &str, indicators: &[&str]| {
        found(kind, indicators, |play| {
            play.shake(0.0, client, server).talk(0.1, client, server, &turns).part(1.0, client, server);
        })
    };
    let names = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
        .map(|name| format!("{name}@a.example"));
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        of("EMAIL", &all),
        [
            "One@a.example EMAIL SMTP::IN_MAIL_FROM",
            "two@a.example EMAIL SMTP::IN_RCPT_TO",
            "three@a.example EMAIL SMTP::IN_FROM",
            "four@a.example EMAIL SMTP::IN_FROM",
            "five@a.example EMAIL SMTP::IN_TO",
            "six@a.example EMAIL SMTP::IN_TO",
            "seven@a.example EMAIL SMTP::IN_CC",
            "eight@a.example EMAIL SMTP::IN_REPLY_TO",
        ]
    );
    assert_eq!(
        of("ADDR", &["9.9.9.9", "9.9.9.8"]),
        ["9.9.9.9 ADDR SMTP::IN_RECEIVED_HEADER", "9.9.9.8 ADDR SMTP::IN_X_ORIGINATING_IP_HEADER",]
    );
    assert_eq!(of("SOFTWARE", &["mailer 1"]), ["Mailer 1 SOFTWARE SMTP::IN_HEADER"]);
}

/// What is found in a record, as it crosses.
fn hits(kind: &str, indicators: &[&str], record: &dyn Record) -> Vec<String> {
    let given = lists(items(kind, indicators)).given();
    let meta = Meta::new(Key::at(Timestamp::from_parts(5, 0)), None);
    let crossed = look(&given, &meta, Event::new(record)).map(|hits| *hits.downcast::<Hits>().unwrap());
    crossed.unwrap_or_default().iter().map(|hit| format!("{:?} {}", hit.sought, hit.place.0)).collect()
}

fn info() -> FileInfo {
    FileInfo {
        ts: Timestamp::from_parts(3, 0),
        fuid: Fuid::default(),
        conn: None,
        source: Some("SMB"),
        depth: 0,
        analyzers: Set(Vec::new()),
        mime_type: None,
        filename: Some(b"a\\b\\Bad.exe".to_vec()),
        duration: Interval::ZERO,
        local_orig: None,
        is_orig: None,
        seen_bytes: 0,
        total_bytes: None,
        missing_bytes: 0,
        overflow_bytes: 0,
        timedout: false,
        parent_fuid: None,
        md5: Some("11".to_owned()),
        sha1: Some("22".to_owned()),
        sha256: Some("33".to_owned()),
        extracted: None,
        extracted_cutoff: None,
        extracted_size: None,
    }
}

#[test]
fn hashes_of_files_and_names_of_those_of_smb() {
    let hashes = hits("FILE_HASH", &["11", "22", "33"], &info());
    assert!(hashes.len() == 3 && hashes.iter().all(|hit| hit.ends_with("Files::IN_HASH")), "{hashes:?}");
    let names = hits("FILE_NAME", &["bad.exe"], &info());
    assert!(names.len() == 1 && names[0].ends_with("SMB::IN_FILE_NAME"), "{names:?}");
    let other = FileInfo { source: Some("HTTP"), ..info() };
    assert!(hits("FILE_NAME", &["bad.exe"], &other).is_empty());
    assert_eq!(hits("FILE_NAME", &["a\\b\\bad.exe"], &other).len(), 1);
}

#[test]
fn the_common_name_of_a_subject() {
    for (subject, name) in [
        ("CN=evil.example", true),
        ("CN=evil\\.example,O=x", true),
        ("O=x\\, y,CN=Evil.example,CN=first", true),
        ("CN=other,CN=evil.example", false),
        ("O=x\\,CN=evil.example", false),
        ("OU=CN=evil.example", false),
        ("emailAddress=a@b+CN=evil\\2Eexample+O=x", true),
        ("CN=evil.example\\,", false),
        ("CN=evil.example\\", false),
        ("", false),
    ] {
        let secured = Secured {
            conn: ends(),
            local_resp: None,
            version: None,
            cipher: None,
            leaf_sha1: None,
            leaf_subject: Some(subject.to_owned()),
            leaf_issuer: None,
            leaf_serial: None,
        };
        assert_eq!(hits("DOMAIN", &["evil.example"], &secured).len(), usize::from(name), "{subject}");
    }
}

/// The ends of a connection.
fn ends() -> ConnTag {
    let (orig_h, resp_h) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
    ConnTag { uid: None, orig_h, orig_p: 1000, resp_h, resp_p: 443, ip_proto: 6 }
}

fn x509(subject: &str, names: &[&str]) -> X509 {
    X509 {
        ts: Timestamp::from_parts(5, 0),
        fingerprint: String::new(),
        version: 3,
        serial: String::new(),
        subject: subject.to_owned(),
        issuer: String::new(),
        not_valid_before: Date(0),
        not_valid_after: Date(0),
        key_alg: String::new(),
        sig_alg: String::new(),
        key_type: None,
        key_length: None,
        exponent: None,
        curve: None,
        san_dns: Some(Vector(names.iter().map(|name| name.as_bytes().to_vec()).collect())),
        san_uri: None,
        san_email: None,
        san_ip: None,
        ca: None,
        path_len: None,
        host_cert: false,
        client_cert: false,
    }
}

#[test]
fn names_and_addresses_of_mail_in_certificates() {
    let record = x509("emailAddress=root@evil.example,CN=x", &["a.example", "evil.example"]);
    assert_eq!(hits("DOMAIN", &["evil.example"], &record).len(), 1);
    assert_eq!(hits("DOMAIN", &["x"], &record).len(), 0);
    let mail = hits("EMAIL", &["root@evil.example"], &record);
    assert!(mail.len() == 1 && mail[0].ends_with("X509::IN_CERT"), "{mail:?}");
    assert!(hits("EMAIL", &["root@evil.example"], &x509("CN=root@evil.example", &[])).is_empty());
}

/// One record makes no more of itself than there is room for.
#[test]
fn there_is_a_limit_to_what_one_record_is_found_by() {
    let many = vec!["evil.example"; 1000];
    assert_eq!(hits("DOMAIN", &["evil.example"], &x509("", &many)).len(), 64);
    let long = "x".repeat(8193);
    assert!(hits("DOMAIN", &["evil.example"], &x509("", &[&long])).is_empty());
}
