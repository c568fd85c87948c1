//! What a conversation makes of rows.

use super::*;

#[test]
fn a_login_makes_a_row_when_the_server_is_ready() {
    let seen = play(&login());
    assert_eq!(seen.rows, [LOGIN]);
    assert_eq!(seen.times, [1_000_000_000_004]);
    assert_eq!(seen.services, ["postgresql"]);
    assert!(seen.failures.is_empty());
}

#[test]
fn a_login_may_fail() {
    let steps = [
        (Client, startup("user me")),
        tell(b'R', &[0, 0, 0, 5, 1, 2, 3, 4]),
        ask(b'p', b"md5"),
        tell(b'E', b"SFATAL\0C28P01\0Mno\0\0"),
    ];
    let seen = play(&steps);
    let answer = "auth_request,error MD5Password,SeverityLocalized=FATAL,Code=28P01,Message=no";
    assert_eq!(seen.rows, [format!("me/-/- startup - | {answer} | F -")]);
    for (number, name) in [(2, "KerberosV5"), (3, "CleartextPassword"), (6, "UnknownAuthId6"), (9, "SSPI")] {
        let seen = play(&[(Client, startup("user me")), tell(b'R', &[0, 0, 0, number])]);
        assert_eq!(seen.rows, [format!("me/-/- startup - | auth_request {name} | - -")]);
    }
}

#[test]
fn queries_have_rows_with_the_number_of_theirs() {
    let rows = session(&[
        query("SELECT 1"),
        tell(b'T', b"\0\x01x"),
        tell(b'D', b"\0\x01"),
        tell(b'D', b"\0\x01"),
        tell(b'C', b"SELECT 2\0"),
        tell(b'Z', b"I"),
        query("DELETE FROM t"),
        tell(b'C', b"DELETE 7\0"),
        tell(b'Z', b"T"),
        query("COMMIT"),
        tell(b'Z', b"E"),
        query("SLOW"),
        query("NEXT"),
        ask(b'X', b""),
    ]);
    let expected = [
        "simple_query SELECT 1 | - - | T 2",
        "simple_query DELETE FROM t | - - | T 0",
        "simple_query COMMIT | - - | F 0",
        "simple_query SLOW | - - | - -",
        "simple_query NEXT | - - | - -",
        "terminate - | - - | - -",
    ];
    assert_eq!(rows, expected.map(|row| format!("me/mine/psql {row}")));
}

#[test]
fn an_error_ends_a_query_and_a_notice_does_not() {
    let rows = session(&[
        query("SELECT 1/0"),
        tell(b'D', b"\0\x01"),
        tell(b'E', b"SERROR\0VERROR\0C22012\0Mby zero\0xodd\0\0"),
        tell(b'Z', b"I"),
        query("DROP"),
        tell(b'N', b"SNOTICE\0Mnot there\0\0"),
        tell(b'N', b"Hnever mind\0\0"),
        tell(b'Z', b"I"),
        tell(b'N', b"Mlate\0\0"),
    ]);
    let expected = [
        "simple_query SELECT 1/0 | error SeverityLocalized=ERROR,Severity=ERROR,Code=22012,Message=by zero,UnknownErrorIdx=odd | F -",
        "simple_query DROP | - SeverityLocalized=NOTICE,Message=not there,Hint=never mind | T 0",
        "- - | - Message=late | - -",
    ];
    assert_eq!(rows, expected.map(|row| format!("me/mine/psql {row}")));
}

#[test]
fn extended_queries_show_by_what_they_bring() {
    let rows = session(&[
        ask(b'P', b"\0SELECT 1\0\0\0"),
        ask(b'B', b"\0\0\0\0\0\0\0\0"),
        ask(b'E', b"\0\0\0\0\0"),
        ask(b'S', b""),
        tell(b'1', b""),
        tell(b'2', b""),
        tell(b'D', b"\0\x01"),
        tell(b'Z', b"I"),
        ask(b'S', b""),
        tell(b'Z', b"I"),
    ]);
    assert_eq!(rows, ["me/mine/psql - - | - - | T 1"]);
}

#[test]
fn tls_is_asked_for_first() {
    let refused = [vec![(Client, TLS_REQUEST.to_vec()), (Server, b"N".to_vec())], login()].concat();
    let seen = play(&refused);
    assert_eq!(seen.rows, ["-/-/- ssl_request - | ssl_reply N | F -", LOGIN]);
    assert_eq!(seen.services, ["postgresql"]);

    let alert = [0x15, 3, 1, 0, 2, 2, 40].to_vec();
    let agreed =
        [(Client, TLS_REQUEST.to_vec()), (Server, b"S".to_vec()), (Server, alert.clone()), (Client, alert)];
    let seen = play(&agreed);
    assert_eq!(seen.rows, ["-/-/- ssl_request - | ssl_reply S | T -"]);
    assert!(seen.services[0].starts_with("postgresql"));

    let seen = play(&[(Client, TLS_REQUEST.to_vec()), tell(b'E', b"Mwhat?\0\0")]);
    assert_eq!(
        (seen.rows.as_slice(), seen.services[0].as_str()),
        (&["-/-/- ssl_request - | - - | - -".to_owned()][..], "-")
    );
    assert_eq!(play(&[(Client, TLS_REQUEST.to_vec())]).rows.len(), 1);
}

#[test]
fn other_beginnings_are_left_alone() {
    let cancel = [&[0, 0, 0, 16, 4, 210, 22, 46][..], &[0; 8]].concat();
    let gss = vec![0, 0, 0, 8, 4, 210, 22, 48];
    let second = vec![0, 0, 0, 20, 0, 2, 0, 0];
    for first in [cancel, gss, second, vec![0, 0, 0, 7, 0, 3, 0, 0], vec![0, 0, 0, 8, 0, 3, 0, 0]] {
        let seen = play(&[(Client, first), tell(b'E', b"Mno\0\0")]);
        assert_eq!((seen.rows.len(), seen.services[0].as_str()), (0, "-"));
    }
}

#[test]
fn parameters_are_told_as_they_come() {
    // The length does not hold what follows: the message has no end, and the server is followed all the same.
    let mut long = startup("user me database mine application_name psql");
    long[3] -= 4;
    let seen = play(&[(Client, long), query("SELECT 1"), tell(b'R', &[0, 0, 0, 0])]);
    assert_eq!(seen.rows, ["me/mine/- - - | auth_ok - | T -"]);
    for parameters in ["user me  x y", "user  x", "us=er me", "user m\u{e9}"] {
        let seen = play(&[(Client, startup(parameters)), tell(b'R', &[0, 0, 0, 0])]);
        assert!(seen.rows.iter().all(|row| row.starts_with("me/-/- - - | - -")), "{:?}", seen.rows);
        assert_eq!(seen.services, ["-"]);
    }
    assert!(play(&[(Client, startup("user me")[..9].to_vec())]).rows.is_empty());
}

#[test]
fn long_texts_are_cut() {
    let long = "x".repeat(70_000);
    let rows = session(&[query(&long), tell(b'Z', b"I"), query(&long[..9000]), tell(b'Z', b"I")]);
    let expected = format!("me/mine/psql simple_query {} | - - | T 0", &long[..8192]);
    assert_eq!(rows, [expected.clone(), expected]);
    let notices: Vec<Step> =
        (0..30).map(|_| tell(b'N', format!("M{}\0\0", &long[..500]).as_bytes())).collect();
    let rows = session(&[vec![query("q")], notices, vec![tell(b'Z', b"I")]].concat());
    assert!(rows[0].len() > 8192 && rows[0].len() < 8300);
    let asked: Vec<Step> = (0..2000).map(|_| tell(b'R', &[0, 0, 0, 3])).collect();
    let rows = play(&[vec![(Client, startup("user me"))], asked].concat()).rows;
    assert!(rows[0].len() < 2 * 8300);
}
