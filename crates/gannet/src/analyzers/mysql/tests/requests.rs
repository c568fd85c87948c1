//! What stands before and behind the text of a command.

use super::*;

/// A query with attributes.
fn with_attributes(attributes: &[u8]) -> Vec<String> {
    let query = ask(0, &[b"\x03", attributes, b"SELECT 1"].concat());
    session(QUERY_ATTRS, &[query, ok(1, 0)])
}

#[test]
fn attributes_of_a_query_are_passed_over() {
    for attributes in [
        &b"\0\x01"[..],
        b"\x01\x01\x00\x01\xfd\0\x01n\x03abc",
        b"\x01\x01\x01\x01\xfd\0\x01n",
        b"\x02\x01\x02\x01\x08\0\x01n\xfe\0\x01m12345678",
        b"\x0a\x01\0\0\x01\x01\0\0\x02\0\0\x03\0\0\x04\0\0\x05\0\0\x06\0\0\x0d\0\0\x09\0\0\x00\0\0\xf5\0\0\
          122333344445555555566DDDD\x05\x01x",
        b"\x03\x01\0\x01\x07\0\0\x0b\0\0\x0c\0\0\x0b12345678901\x0812345678\0",
    ] {
        let rows = with_attributes(attributes);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].ends_with("SELECT 1 T 0 -"), "{rows:?} {attributes:?}");
    }
    // They are there only if both sides can do that.
    assert_eq!(session(PLUGIN, &[query("\0\x01S"), ok(1, 0)]), ["query \0\x01S T 0 -"]);
    for broken in [
        &b"\x01\x01\0\x02\xfd\0\x01n\x03abc"[..],
        b"\x01\x01\0\x01\x44\0\x01n",
        b"\x01\x01\0\x01\x0c\0\0\x05",
        b"\xff\x01",
    ] {
        let query = ask(0, &[b"\x03", broken].concat());
        let open = [greeting(QUERY_ATTRS), login(QUERY_ATTRS, "me", b""), ok(2, 0), query];
        assert!(play(&open).rows.len() <= 2);
    }
}

#[test]
fn a_zero_byte_at_the_end_is_no_part_of_the_text() {
    assert_eq!(
        session(0, &[query("q\0"), ok(1, 0), query("q\0\0"), ok(1, 0)]),
        ["query q T 0 -", "query q\0 T 0 -"]
    );
}

#[test]
fn logins_may_tell_more() {
    let all = WITH_DB | PLUGIN | ATTRS | ZSTD;
    for (capabilities, behind) in [
        (WITH_DB, &b"db\0"[..]),
        (PLUGIN, b"native\0"),
        (PLUGIN, b""),
        (ATTRS, b"\x0a\x03_os\x05Linux"),
        (ATTRS, b"\0"),
        (ZSTD, b"\x03"),
        (all, b"db\0native\0\x04\x01a\x01b\x09"),
    ] {
        let seen = play(&[greeting(PLUGIN), login(capabilities, "me", behind), ok(2, 0)]);
        assert_eq!(seen.rows, ["login me T 0 -"], "{behind:?}");
    }
    for (capabilities, behind) in
        [(WITH_DB, &b"db"[..]), (ATTRS, b"\x04\x01a"), (ATTRS, b"\x02\x03a"), (ZSTD, b"")]
    {
        let seen = play(&[greeting(PLUGIN), login(capabilities, "me", behind), ok(2, 0)]);
        assert_eq!((seen.rows.len(), seen.services[0].as_str()), (0, "-"), "{behind:?}");
    }
}

#[test]
fn another_user_may_tell_more() {
    let all = PLUGIN | ATTRS;
    let session = |capabilities, body: &[u8]| {
        let plugin: &[u8] = if capabilities & PLUGIN != 0 { b"native\0" } else { b"" };
        let login = login(
            capabilities,
            "me",
            &[plugin, if capabilities & ATTRS != 0 { b"\0" } else { b"" }].concat(),
        );
        play(&[greeting(capabilities), login, ok(2, 0), ask(0, body), ok(1, 0)])
    };
    let seen = session(all, b"\x11you\0\0db\0\x21\0native\0\x04\x01a\x01b");
    assert_eq!(seen.rows[1], "change_user you T 0 -");
    assert_eq!(session(ATTRS, b"\x11you\0\0db\0\x21\0\x04\x01a\x01b").rows[1], "change_user you T 0 -");
    assert_eq!(session(all, b"\x11you\0\0db\0\x21\0").rows[1], "change_user you T 0 -");
    assert_eq!(session(all, b"\x11you\0\0db\0\x21\0native").failures.len(), 1);
}
