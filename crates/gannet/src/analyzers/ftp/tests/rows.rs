//! Which commands make rows, and which replies they have.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{LOGIN, Tap, play};
use crate::testing::Side::{Client, Server};
use crate::testing::{changed, dialogue, every_cut};

#[test]
fn replies_belong_to_commands() {
    for (what, lines, rows) in [
        ("nothing that is logged", "> CWD /x\n< 250 ok\n> QUIT\n< 221 bye\n", vec![]),
        (
            "the last reply counts",
            "> RETR f\n< 150 coming\n< 226 done\n> QUIT\n< 221 bye\n",
            vec!["RETR ftp://10.0.0.2/./f 226 done"],
        ),
        (
            "one without a reply has that of the one before",
            "> DELE f\n",
            vec!["DELE ftp://10.0.0.2/./f 230 in"],
        ),
        (
            "several wait: each reply finds its own",
            "> DELE f\n> RETR g\n> DELE h\n< 226 of g\n< 250 of f\n< 550 of h\n",
            vec![
                "RETR ftp://10.0.0.2/./g 226 of g",
                "DELE ftp://10.0.0.2/./f 250 of f",
                "DELE ftp://10.0.0.2/./h 550 of h",
            ],
        ),
        (
            "a reply of many lines",
            "> DELE f\n< 250-one\n<  two\n< 250 three\n> NOOP\n",
            vec!["DELE ftp://10.0.0.2/./f 250 three"],
        ),
        (
            "a line inside that looks like a reply",
            "> STOR f\n< 150-one\n< 226 Transfer complete.\n> NOOP\n",
            vec!["STOR ftp://10.0.0.2/./f 0 226 Transfer complete."],
        ),
        (
            "directories",
            "> CWD /a/b\n< 250 ok\n> CWD ../c\n< 250 ok\n> DELE f\n< 250 ok\n> PWD\n< 257 \"/d e\" is it\n> DELE g\n< 250 ok\n\
             > CDUP\n< 250 ok\n> DELE h\n< 250 ok\n> DELE /i//j\n< 250 ok\n",
            vec![
                "DELE ftp://10.0.0.2/a/c/f 250 ok",
                "DELE ftp://10.0.0.2/d/g 250 ok",
                "DELE ftp://10.0.0.2/../h 250 ok",
                "DELE ftp://10.0.0.2/i/j 250 ok",
            ],
        ),
        ("in small letters", "> dele f\n< 250 ok\n> NOOP\n", vec!["DELE ftp://10.0.0.2/./f 250 ok"]),
        ("ACCT is no path", "> ACCT x y \n< 202 no\n> NOOP\n", vec!["ACCT x y  202 no"]),
    ] {
        let seen = play(&format!("{LOGIN}{lines}"));
        assert_eq!(seen.rows, rows, "{what}");
        assert_eq!(seen.services, ["ftp"]);
    }
}

#[test]
fn passwords_of_guests_are_shown() {
    let users = |user: &str, password: &str| {
        play(&format!("< 220 x\n> USER {user}\n< 331 y\n> PASS {password}\n< 230 z\n> DELE f\n< 250 ok\n"))
            .users
    };
    assert_eq!(users("Anonymous", "me"), ["Anonymous me"]);
    assert_eq!(users("root", "me"), ["root <hidden>"]);
    assert_eq!(users("", "me"), [" <hidden>"]);
    assert_eq!(play("< 220 x\n> DELE f\n< 250 ok\n").users, ["<unknown> -"]);
}

#[test]
fn any_command_confirms_and_no_reply_does() {
    for (lines, service) in [
        ("< 220 ready\n", "-"),
        ("> HELLO\n", "ftp"),
        ("> HI\n", "-"),
        ("> \u{1}\u{2}\u{3}\n", "-"),
        ("< what?\n", "-"),
    ] {
        assert_eq!(play(lines).services, [service], "{lines}");
    }
}

#[test]
fn odd_things_are_told() {
    let long = "x".repeat(5000);
    for (lines, weirds) in [
        ("> x\n".to_owned(), vec!["FTP_invalid_command/FTP"]),
        (format!("> {}\n", "X".repeat(101)), vec!["FTP_max_command_length_exceeded/FTP(101)"]),
        (format!("> USER {}\n", "x".repeat(129)), vec!["FTP_user_too_long/FTP(129)"]),
        (format!("> PASS {}\n", "x".repeat(130)), vec!["FTP_password_too_long/FTP(130)"]),
        (format!("> NOOP {long}\n< 200 ok\n> NOOP\n"), vec!["FTP_arg_too_long/FTP(5000)"]),
        (format!("> NOOP\n< 200 {long}\n> NOOP\n"), vec!["FTP_reply_msg_too_long/FTP(5000)"]),
        ("> NOOP\n".repeat(21), vec!["FTP_too_many_pending_commands/FTP(20)"]),
    ] {
        assert_eq!(play(&format!("{LOGIN}{lines}")).weirds, weirds, "{}", &lines[..lines.len().min(40)]);
    }
    let mut tap = Tap::open(21);
    tap.send(Client, b"USER\0 a\rb\r\nNO\xff\xf1OP\xff\xfb\x01\r\n");
    let seen = tap.finish();
    assert_eq!(seen.weirds, ["NUL_in_line/NVT", "line_terminated_with_single_CR/NVT"]);
}

#[test]
fn what_is_no_reply_ends_it_and_rows_stay() {
    for (line, failure) in [
        ("what?", "non-numeric reply code: what?"),
        ("099 x", "invalid reply code: 099 x"),
        ("250x", "invalid reply line: 250x"),
    ] {
        let seen = play(&format!("{LOGIN}> DELE f\n< {line}\n> DELE g\n"));
        assert_eq!(seen.failures, [failure]);
        assert_eq!((seen.rows.len(), seen.services), (1, vec!["-".to_owned()]));
    }
    assert_eq!(
        play(&format!("{LOGIN}> DELE f\n< 250-x\n< what?\n< 250 ok\n")).failures,
        Vec::<String>::new()
    );
}

#[test]
fn behind_the_answer_to_auth_is_tls() {
    for (auth, code, services) in
        [("TLS", 234, "ftp"), ("tls", 234, "-"), ("SSL", 234, "-"), ("TLS", 334, "-")]
    {
        let seen = play(&format!("{LOGIN}> AUTH {auth}\n< {code} go on\n< \u{16}\u{3}\n"));
        assert_eq!(seen.services, [services], "{auth} {code}");
    }
}

#[test]
fn tokens_are_looked_at_behind_the_answer_to_gssapi() {
    let weirds = |lines: &str| play(&format!("{LOGIN}{lines}")).weirds;
    let bad = [
        "base64_illegal_encoding(character 33 ignored by Base64 decoding)",
        "ftp_adat_bad_first_token_encoding/FTP",
    ];
    assert_eq!(weirds("> AUTH GSSAPI\n< 334 go on\n> ADAT !!\n> ADAT !\n"), bad);
    assert_eq!(weirds("> AUTH GSSAPI\n< 534 no\n> ADAT !!\n"), Vec::<String>::new());
    assert_eq!(weirds("> AUTH GSSAPI\n< 334 go on\n> ADAT aGVsbG8=\n> ADAT !!\n"), Vec::<String>::new());
    // One record with a header and nothing in it: it goes on.
    assert_eq!(weirds("> AUTH GSSAPI\n< 334 go on\n> ADAT FgMBAAA=\n< 335 ADAT=!\n"), bad[..1]);
}

#[test]
fn gaps_are_not_noticed() {
    let mut tap = Tap::open(21);
    for (side, line) in dialogue(LOGIN) {
        tap.send(side, &line);
    }
    tap.send(Client, b"DELE f").lose(Client, 5).send(Client, b"g\r\n").send(Server, b"250 ok\r\n");
    assert!(tap.finish().rows[0].ends_with("/./fg 250 ok"));
}

#[test]
fn it_is_found_on_other_ports() {
    let found = Tap::open(2121).play(&dialogue(&format!("{LOGIN}> DELE f\n")), &[9999]);
    assert_eq!((found.rows.len(), found.services), (1, vec!["ftp".to_owned()]));
}

#[test]
fn an_unfinished_line_counts_at_the_end() {
    let mut tap = Tap::open(21);
    tap.send(Server, b"220 x\r\n").send(Client, b"DELE f").close();
    assert_eq!(tap.finish().rows.len(), 1);
}

/// A conversation with a bit of everything.
fn everything() -> Vec<(crate::testing::Side, Vec<u8>)> {
    dialogue(&format!(
        "{LOGIN}> FEAT\n< 211-these\n<  PASV\n< 211 end\n> CWD d\n< 250 ok\n> PWD\n< 257 \"/d\"\n> PASV\n\
         < 227 here (10,0,0,2,4,5)\n> EPSV\n< 229 here (|||99|)\n> PORT 10,0,0,1,4,5\n< 200 ok\n> EPRT |1|10.0.0.1|77|\n\
         < 200 ok\n> SIZE f\n< 213 9\n> RETR f\n< 150 (9 bytes)\n< 226 done\n> QUIT\n< 221 bye\n"
    ))
}

#[test]
fn a_conversation_may_end_anywhere() {
    assert_eq!(Tap::open(21).play(&everything(), &[9999]).rows.len(), 5);
    for part in every_cut(&everything(), 3) {
        Tap::open(21).play(&part, &[9999]);
    }
}

proptest! {
    #[test]
    fn segments_do_not_matter(sizes in proptest::collection::vec(1_usize..30, 1..12)) {
        let whole = Tap::open(21).play(&everything(), &[9999]);
        prop_assert_eq!(Tap::open(21).play(&everything(), &sizes), whole);
    }

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        Tap::open(21).play(&changed(&everything(), at, byte), &[size]);
    }
}
