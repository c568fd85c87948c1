//! Commands and values, in all their forms.

use super::*;

#[test]
fn a_command_and_its_reply_make_a_row() {
    let seen = play(&[ask("SET key value"), tell("+OK\r\n"), ask("get key"), tell("$5\r\nvalue\r\n")]);
    assert_eq!(seen.rows, ["SET key value T OK", "get key - T value"]);
    assert_eq!(seen.times, [1_000_000_000_004, 1_000_000_000_006]);
    assert_eq!(seen.services, ["redis"]);
    assert!(seen.failures.is_empty());
}

#[test]
fn keys_and_values_stand_where_the_command_has_them() {
    for (words, row) in [
        ("PING", "PING - - T OK"),
        ("GET", "GET - - T OK"),
        ("SET k", "SET k - T OK"),
        ("DECRBY k 2", "DECRBY k 2 T OK"),
        ("hset k f v", "hset k - T OK"),
        ("HGET k f", "HGET k f T OK"),
        ("LPUSH k v", "LPUSH - - T OK"),
        ("BITOP AND to a b", "BITOP to - T OK"),
        ("BLMPOP 1 1 k LEFT", "BLMPOP k - T OK"),
        ("AUTH user word", "AUTH - - T OK"),
        ("Rename a b", "Rename a b T OK"),
        ("SETX k v", "SETX - - T OK"),
    ] {
        assert_eq!(play(&[ask(words), tell("+OK\r\n")]).rows, [row]);
    }
}

#[test]
fn a_line_is_a_command_too() {
    for (line, row) in [
        ("PING", "PING - - T OK"),
        (" set \t k  v", "set k v T OK"),
        ("SET k \"a b\"c", "SET k \"a b\"c T OK"),
        ("SET k 'a \"b' d", "SET k 'a \"b' T OK"),
        ("SET k \"a\\\" b\" c", "SET k \"a\\\" b\" T OK"),
        ("SET k 'a\\' b' c", "SET k 'a\\' b' T OK"),
        ("SET k \"open end", "SET k \"open end T OK"),
        ("SET k a\nb", "SET k a T OK"),
    ] {
        let line = format!("{line}\r\n").into_bytes();
        assert_eq!(play(&[(Client, line), tell("+OK\r\n")]).rows, [row]);
    }
}

#[test]
fn values_are_told_as_text() {
    for (bytes, told) in [
        ("+OK\r\n", "T OK"),
        ("-ERR no\r\n", "F ERR no"),
        (":-7\r\n", "T -7"),
        ("$0\r\n\r\n", "T "),
        ("$-1\r\n", "T "),
        ("$4\r\na\r\nb\r\n", "T a\r\nb"),
        ("_\r\n", "T null"),
        ("#t\r\n", "T T"),
        ("#f\r\n", "T F"),
        (",1.5e3\r\n", "T 1.5e3"),
        ("(123456789012345678901\r\n", "T 123456789012345678901"),
        ("!5\r\nERR x\r\n", "F ERR x"),
        ("=7\r\ntxt:abc\r\n", "T txt:abc"),
        ("*0\r\n", "T []"),
        ("*-1\r\n", "T []"),
        ("*2\r\n:1\r\n$1\r\na\r\n", "T [1, a]"),
        ("*2\r\n*1\r\n:1\r\n*0\r\n", "T [[1], []]"),
        ("~2\r\n+a\r\n+b\r\n", "T (a, b)"),
        ("%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n", "T {a: 1, b: [2]}"),
        ("*1\r\n-ERR in\r\n", "T [ERR in]"),
        ("|1\r\n+ttl\r\n:5\r\n+OK\r\n", "T OK"),
        ("*2\r\n:1\r\n|1\r\n+a\r\n%1\r\n+x\r\n+y\r\n:2\r\n", "T [1, 2]"),
        ("|0\r\n:3\r\n", "T 3"),
    ] {
        assert_eq!(replies(bytes, 1), [format!("ping - - {told}")], "{bytes:?}");
    }
}

#[test]
fn what_cannot_be_a_value_is_passed_over_to_the_next_line() {
    for bytes in [
        "X\r\n",
        "?what\nis\r\r\n",
        "\r\n",
        "*1\r\nX\r\n",
        "$x\r\n",
        "$1048577\r\n",
        "*-2\r\n",
        "~-1\r\n",
        "%x\r\n",
        "*20001\r\n",
        "*2\r\n*19999\r\n",
        "|0\r\n|0\r\n",
    ] {
        let seen = play(&[ask("ping"), tell(bytes), tell("+PONG\r\n"), ask("ping"), tell("+PONG\r\n")]);
        let (last, before) = seen.rows.split_last().unwrap();
        assert_eq!(last, "ping - - T PONG", "{bytes:?}");
        assert!(before.len() <= 1, "{bytes:?}: {before:?}");
        // That it went on well was never said: it fails when the server closes.
        assert_eq!(seen.failures.len(), 1, "{bytes:?}");
        assert_eq!(seen.services, ["-"]);
    }
}

#[test]
fn values_inside_each_other_have_a_limit() {
    let deep = |depth: usize| format!("{}:1\r\n", "*1\r\n".repeat(depth));
    assert_eq!(replies(&deep(19), 1), [format!("ping - - T {}1{}", "[".repeat(19), "]".repeat(19))]);
    assert!(replies(&deep(20), 1).is_empty());
}

#[test]
fn long_texts_are_cut() {
    let long = "x".repeat(9000);
    let seen = play(&[ask(&format!("set {long} b")), tell(&format!("+{long}\r\n"))]);
    let cut = "x".repeat(8192);
    assert_eq!(seen.rows, [format!("set {cut} b T {cut}")]);
    let seen = play(&[
        ask("get a"),
        tell(&format!("*2\r\n$9000\r\n{long}\r\n:1\r\n")),
        ask("get b"),
        tell("+b\r\n"),
    ]);
    assert_eq!(seen.rows, [format!("get a - T [{}", "x".repeat(8191)), "get b - T b".to_owned()]);
}
