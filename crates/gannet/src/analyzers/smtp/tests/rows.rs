//! When a row is written, and what is odd about a conversation.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{ENVELOPE, HELLO, Tap, mail, play};
use crate::testing::Side::{Client, Server};
use crate::testing::{changed, dialogue, every_cut};

#[test]
fn rows_come_with_the_reply_to_a_mail_or_at_the_end() {
    let again = "> MAIL FROM:<e@f>\n< 250 ok\n";
    for (what, lines, rows) in [
        ("nothing sent", format!("{HELLO}> QUIT\n< 221 bye\n"), vec![]),
        ("no mail", format!("{HELLO}> MAIL FROM:<>\n< 250 ok\n> QUIT\n< 221 bye\n"), vec!["1 - - 221 bye"]),
        ("a mail", mail("Subject: s"), vec!["1 a@b c@d 250 queued"]),
        (
            "RSET does not end a transaction, the next MAIL does",
            format!("{HELLO}> MAIL FROM:<a@b>\n< 250 ok\n> RSET\n< 250 reset\n{again}"),
            vec!["1 a@b - 250 reset", "1 e@f - 250 ok"],
        ),
        (
            "two mails",
            format!("{}{ENVELOPE}> two\n> .\n< 250 second\n", mail("one")),
            vec!["1 a@b c@d 250 queued", "2 a@b c@d 250 second"],
        ),
        (
            "each line of the reply counts",
            format!("{HELLO}{ENVELOPE}> .\n< 250-one\n< 250 two\n{again}"),
            vec!["1 a@b c@d 250 one", "3 e@f - 250 ok"],
        ),
        (
            "DATA is refused: what follows are commands",
            format!(
                "{HELLO}> MAIL FROM:<a@b>\n< 250 ok\n> RCPT TO:<c@d>\n< 250 ok\n> DATA\n< 503 no\n> NOOP\n< 250 noop\n"
            ),
            vec!["1 a@b c@d 250 noop"],
        ),
        (
            "commands do not wait for replies",
            format!(
                "{HELLO}> MAIL FROM:<a@b>\n> RCPT TO:<c@d>\n> DATA\n< 250 ok\n< 250 ok\n< 354 go on\n> .\n\
                 > MAIL FROM:<e@f>\n< 250 queued\n< 250 sender\n"
            ),
            vec!["1 a@b c@d 354 go on", "1 e@f - 250 queued"],
        ),
        (
            "an answer in a dialogue is no command",
            format!("{HELLO}> AUTH LOGIN\n< 334 VXNlcg==\n> MAIL FROM:<a@b>\n< 235 in\n{again}"),
            vec!["1 e@f - 250 ok"],
        ),
        (
            "roles change",
            format!("{HELLO}> TURN\n< 250 ok\n> 220 now I serve\n< MAIL FROM:<a@b>\n> 250 ok\n"),
            vec!["1 a@b - 250 ok"],
        ),
    ] {
        assert_eq!(play(&lines).rows, rows, "{what}");
    }
}

#[test]
fn a_row_is_of_the_time_of_the_reply_before() {
    let seen = play(&format!("{}{ENVELOPE}> .\n< 250 second\n", mail("one")));
    // Three packets open the connection; the reply to the first mail is the twelfth behind them.
    assert_eq!(seen.times.iter().map(|time| time - seen.times[0]).collect::<Vec<_>>(), [0, 11]);
    assert_eq!(seen.services, ["smtp"]);
}

#[test]
fn mails_may_come_in_chunks() {
    let envelope = format!("{HELLO}> MAIL FROM:<a@b>\n< 250 ok\n> RCPT TO:<c@d>\n< 250 ok\n");
    for (what, lines, rows, files) in [
        (
            "one chunk",
            "> BDAT 17 LAST\n> Subject: s\n> \n> x\n< 250 queued\n> NOOP\n< 250 noop\n",
            vec!["1 a@b c@d 250 queued"],
            vec!["1 - 3 0"],
        ),
        (
            "two chunks",
            "> BDAT 15\n> Subject: s\n> x\n< 250 go on\n> BDAT 5 LAST\n> \n> y\n< 250 queued\n",
            vec!["1 a@b c@d 250 queued"],
            vec!["1 - 3 0"],
        ),
        (
            "the end is not in capitals",
            "> BDAT 5 last\n> \n> y\n< 250 queued\n> NOOP\n< 250 noop\n",
            vec!["1 a@b c@d 250 noop"],
            vec!["1 - 3 0"],
        ),
        (
            "the last one is empty",
            "> BDAT 5\n> \n> y\n< 250 go on\n> BDAT 0 LAST\n< 250 queued\n> NOOP\n< 250 noop\n",
            vec!["1 a@b c@d 250 queued"],
            vec!["1 - 3 0"],
        ),
    ] {
        let seen = play(&format!("{envelope}{lines}"));
        assert_eq!(
            (seen.rows, seen.files),
            (rows.iter().map(ToString::to_string).collect(), files.iter().map(ToString::to_string).collect()),
            "{what}"
        );
    }
}

#[test]
fn odd_things_are_told() {
    let envelope = format!("{HELLO}> MAIL FROM:<a@b>\n< 250 ok\n> RCPT TO:<c@d>\n< 250 ok\n");
    for (lines, weirds) in [
        ("> RCPT TO:<a@b>\n", vec!["smtp_mail_transaction_invalid/SMTP(rcpt to missing mail from)"]),
        ("> DATA\n", vec!["smtp_mail_transaction_invalid/SMTP(data missing rcpt to)"]),
    ] {
        assert_eq!(play(&format!("{HELLO}{lines}")).weirds, weirds, "{lines}");
    }
    for (lines, weirds) in [
        ("> BDAT x\n", vec!["smtp_invalid_bdat_command/SMTP(BDAT not followed by a valid chunk-size)"]),
        ("> BDAT 9223372036854775808\n", vec!["smtp_huge_bdat_chunk/SMTP(9223372036854775808)"]),
        ("> BDAT 2\n> \n> NOOP\n", vec!["smtp_missing_bdat_last_chunk/SMTP"]),
        ("> BDAT 9\n> \n", vec!["smtp_bdat_remaining_at_end_data/SMTP"]),
        ("> BDAT 3\n> x\n> DATA\n< 354 go\n", vec!["smtp_missing_bdat_last_chunk/SMTP"]),
        (
            "> DATA\n< 354 go on\n> Content-Transfer-Encoding: base64\n> \n> aGk=!\n> .\n",
            vec!["base64_illegal_encoding(character 33 ignored by Base64 decoding)"],
        ),
    ] {
        assert_eq!(play(&format!("{envelope}{lines}")).weirds, weirds, "{lines}");
    }
    let mut tap = Tap::open(25);
    tap.send(Server, b"220 x\r\n").send(Client, b"EHLO\0 x\rNOOP\r\nNO\0OP\r\n");
    assert_eq!(
        tap.finish().weirds,
        ["NUL_in_line/CONTENTLINE", "line_terminated_with_single_CR/CONTENTLINE"]
    );
}

#[test]
fn too_many_transactions_out_of_order_end_it() {
    let lines = format!("{HELLO}{}", "> RCPT TO:<a@b>\n< 503 no\n".repeat(30));
    let seen = play(&lines);
    assert_eq!(seen.weirds.len(), 2, "{:?}", seen.weirds);
    assert_eq!(seen.weirds[1], "smtp_excessive_invalid_mail_transactions/SMTP");
    assert_eq!((seen.rows.len(), seen.services), (1, vec!["smtp".to_owned()]));
}

#[test]
fn a_reply_without_a_code_ends_it_and_the_row_stays() {
    let seen = play(&format!("{HELLO}> MAIL FROM:<a@b>\n< 250 ok\n< what?\n> MAIL FROM:<e@f>\n< 250 ok\n"));
    assert_eq!(seen.failures, ["reply code -1 out of range: what?"]);
    assert_eq!((seen.rows, seen.services), (vec!["1 a@b - 250 ok".to_owned()], vec!["-".to_owned()]));
}

#[test]
fn tls_has_one_row_and_what_is_in_it_none() {
    let seen = play(&format!("{HELLO}> STARTTLS\n< 220 go on\n> MAIL FROM:<a@b>\n< 250 ok\n"));
    assert_eq!((seen.rows, seen.tls), (vec!["1 - - 220 go on".to_owned()], vec![true]));
    let refused = play(&format!("{HELLO}> STARTTLS\n< 454 no\n> MAIL FROM:<a@b>\n< 250 ok\n"));
    assert_eq!((refused.rows, refused.tls), (vec!["1 a@b - 250 ok".to_owned()], vec![false]));
}

#[test]
fn behind_a_gap_the_next_reply_tells() {
    let mut tap = Tap::open(25);
    for (side, line) in dialogue(&format!("{HELLO}{ENVELOPE}> Subject: s\n> \n> one\n")) {
        tap.send(side, &line);
    }
    tap.lose(Client, 100).send(Client, b"lost\r\n.\r\n").send(Server, b"250 queued\r\n");
    tap.send(Client, b"MAIL FROM:<e@f>\r\n").send(Server, b"250 ok\r\n");
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 a@b c@d 250 queued", "1 e@f - 250 ok"]);
    assert_eq!(seen.files, ["1 - 5 100"]);
    let mut tap = Tap::open(25);
    tap.send(Server, b"220 x\r\n").lose(Client, 50).send(Server, b"354 go on\r\n");
    tap.send(Client, b"\r\nmail\r\n.\r\n").send(Server, b"250 queued\r\n");
    let seen = tap.finish();
    assert_eq!((seen.files, seen.services), (vec!["<1 - 6 0".to_owned()], vec!["smtp".to_owned()]));
}

#[test]
fn it_is_found_on_other_ports() {
    let steps = dialogue(&mail("x"));
    let found = Tap::open(2525).play(&steps, &[9999]);
    assert_eq!(found.rows, ["1 a@b c@d 250 queued"]);
    // What was kept is shown when the client's name was seen.
    assert_eq!(found.times[0], play(&mail("x")).times[0] + 1);
    let other = dialogue("< 220 files\n> USER x\n< 331 y\n");
    assert_eq!(Tap::open(2525).play(&other, &[9999]).rows, Vec::<String>::new());
}

#[test]
fn an_unfinished_line_counts_at_the_end() {
    let mut tap = Tap::open(25);
    for (side, line) in dialogue(HELLO) {
        tap.send(side, &line);
    }
    tap.send(Client, b"MAIL FROM:<a@b>").close();
    assert_eq!(tap.finish().rows, ["1 a@b - 250 mx.example"]);
}

/// A conversation with a bit of everything.
fn everything() -> Vec<(crate::testing::Side, Vec<u8>)> {
    let parts = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\naGVs\nbG8=\n--b\n\
                 Content-Type: text/plain; name=n\n\nx\n--b--\nend";
    let chunks = "> MAIL FROM:<e@f>\n< 250 ok\n> RCPT TO:<g@h>\n< 250 ok\n> BDAT 4\n> ab\n< 250 ok\n> BDAT 3 LAST\n> c\n< 250 queued\n";
    dialogue(&format!("{}{chunks}> AUTH PLAIN\n< 334 \n> AGE=\n< 235 in\n> QUIT\n< 221 bye\n", mail(parts)))
}

#[test]
fn a_conversation_may_end_anywhere() {
    let whole = Tap::open(25).play(&everything(), &[9999]);
    assert_eq!(whole.rows, ["1 a@b c@d 250 queued", "2 e@f g@h 250 queued"]);
    assert_eq!(whole.files, ["2 - 5 0", "3 n 1 0"]);
    for part in every_cut(&everything(), 3) {
        Tap::open(25).play(&part, &[9999]);
    }
}

proptest! {
    #[test]
    fn segments_do_not_matter(sizes in proptest::collection::vec(1_usize..30, 1..12)) {
        let strip = |mut seen: super::Seen| { seen.times.clear(); seen };
        let whole = strip(Tap::open(25).play(&everything(), &[9999]));
        prop_assert_eq!(strip(Tap::open(25).play(&everything(), &sizes)), whole);
    }

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        Tap::open(25).play(&changed(&everything(), at, byte), &[size]);
    }
}
