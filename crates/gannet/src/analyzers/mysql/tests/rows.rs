//! What a conversation makes of rows.

use super::*;

#[test]
fn a_login_and_commands_have_rows() {
    let steps =
        [query("INSERT"), ok(1, 7), ask(0, &[14]), ok(1, 0), query("DROP"), error(1, "no"), ask(0, &[1])];
    let seen = play(&[open(), steps.to_vec()].concat());
    assert_eq!(
        seen.rows,
        ["login me T 0 -", "query INSERT T 7 -", "ping  T 0 -", "query DROP F - no", "quit  - - -"]
    );
    assert_eq!(seen.times[..2], [1_000_000_000_005, 1_000_000_000_007]);
    assert_eq!(seen.services, ["mysql"]);
}

#[test]
fn a_login_may_take_several_packets_and_fail() {
    let failed = play(&[greeting(0), login(0, "me", b""), error(2, "Access denied")]);
    assert_eq!(failed.rows, ["login me F - Access denied"]);
    let steps = [
        greeting(PLUGIN),
        login(PLUGIN | WITH_DB, "me", b"db\0native\0"),
        tell(2, b"\xfesha2\0salt"),
        ask(3, b"proof"),
        tell(4, &[1, 4]),
        ask(5, b"more proof"),
        ok(6, 0),
        query("q"),
        ok(1, 1),
    ];
    assert_eq!(play(&steps).rows, ["login me T 0 -", "query q T 1 -"]);
    assert_eq!(play(&[greeting(0), login(0, "me", b"")]).rows, ["login me - - -"]);
    assert_eq!(play(&[greeting(0)]).services, ["-"]);
    let refused = play(&[error(0, "Too many connections")]);
    assert_eq!((refused.rows.len(), refused.services[0].as_str()), (0, "-"));
}

#[test]
fn a_result_is_over_at_its_end() {
    let result = [
        query("SELECT"),
        tell(1, &[2]),
        column(2),
        column(3),
        eof(4),
        tell(5, b"\x01a\x01b"),
        tell(6, b"\xfb\x01b"),
        eof(7),
    ];
    assert_eq!(session(0, &result), ["query SELECT T 0 -"]);
    let short =
        [query("SELECT"), tell(1, &[1]), column(2), tell(3, b"\x01a"), tell(4, &[0xfe, 0, 0, 2, 0, 0, 0])];
    assert_eq!(session(NO_EOF, &short), ["query SELECT T 0 -"]);
    // Nothing is told of a second result.
    let two = [&short[..], &[tell(5, &[1]), column(6), ok(7, 3)]].concat();
    assert_eq!(session(NO_EOF, &two), ["query SELECT T 0 -"]);
    // An end that is too long for one is an OK.
    let long =
        [query("SELECT"), tell(1, &[1]), column(2), eof(3), tell(4, &[0xfe, 5, 0, 2, 0, 0, 0, 0, 0, 0])];
    assert_eq!(session(0, &long), ["query SELECT T 5 -"]);
    let failed = [query("SELECT"), tell(1, &[0xfc, 1, 0]), column(2), eof(3), tell(4, &[0xfe, 0, 0])];
    let seen = play(&[open(), failed.to_vec()].concat());
    assert_eq!((seen.rows.len(), seen.failures.len()), (2, 1));
    let fields = [ask(0, b"\x04t\0%"), column(1), column(2), eof(3)];
    assert_eq!(session(0, &fields), ["field_list t\0% T 0 -"]);
}

#[test]
fn of_some_commands_no_answer_is_understood() {
    let steps = [
        ask(0, b"\x16SELECT ?"),
        ok(1, 9),
        ask(0, &[9]),
        tell(1, b"Uptime: 1"),
        ask(0, &[0x77, 0]),
        ok(1, 9),
        ask(0, &[0x0a]),
        error(1, "not allowed"),
    ];
    assert_eq!(
        session(0, &steps),
        [
            "stmt_prepare SELECT ? - - -",
            "statistics  - - -",
            "unknown-119  - - -",
            "process_info  F - not allowed"
        ]
    );
}

#[test]
fn tls_leaves_no_row() {
    let request = ask(1, &[&SSL.to_le_bytes()[..], &[0, 0, 0, 1, 33], &[0; 23]].concat());
    let alert = [0x15, 3, 3, 0, 2, 2, 40].to_vec();
    let seen = play(&[greeting(0), request, (Client, alert.clone()), (Server, alert)]);
    assert!(seen.rows.is_empty());
    assert!(seen.services[0].starts_with("mysql"), "{:?}", seen.services);
    assert!(seen.failures.is_empty());
}

#[test]
fn the_old_version_is_read() {
    let greeting = tell(0, b"\x093.20\0\x01\0\0\0salt\0");
    let login = ask(1, b"\x08\0\0\0\x01me\0scrambled\0db\0");
    let seen = play(&[greeting, login, ok(2, 0), query("q"), ok(1, 1)]);
    assert_eq!(seen.rows, ["login me T 0 -", "query q T 1 -"]);
}

#[test]
fn another_user_logs_in_as_at_the_beginning() {
    let steps = [
        ask(0, b"\x11you\0\x03abcdb\0\x21\0"),
        tell(1, b"\xfesha2\0salt"),
        ask(2, b"proof"),
        ok(3, 0),
        query("q"),
        ok(1, 2),
    ];
    assert_eq!(session(0, &steps), ["change_user you T 0 -", "query q T 2 -"]);
}

#[test]
fn long_texts_are_cut() {
    let long = "x".repeat(100_000);
    let steps = [query(&long), error(1, &long), query("q"), tell(1, &[1]), column(2), eof(3)];
    let row = tell(4, &[b"\xfd\xa0\x86\x01", long.as_bytes()].concat());
    let rows = session(0, &[&steps[..], &[row, eof(5)]].concat());
    let cut = &long[..8192];
    assert_eq!(rows, [format!("query {cut} F - {cut}"), "query q T 0 -".to_owned()]);
}
