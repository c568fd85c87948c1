//! What is in a mail: header fields and files.

use super::{mail, play};

#[test]
fn header_fields_of_the_mail_itself_count() {
    for (what, lines, row) in [
        (
            "addresses, folded",
            "From: A <a@b>\nTo: \"Doe, J\" <j@d>, x@y,\n\tz@z\nCC: nobody, c@c\nSubject: =?utf-8?q?x?=\n  y\n\nhi",
            "client|A <a@b>|\"Doe, J\" <j@d>,x@y,z@z|c@c|=?utf-8?q?x?=  y|-|-|10.0.0.2,10.0.0.1",
        ),
        (
            "a name with a comma is cut, text without an address is left out",
            "To: Doe, John <j@d>\nTo: undisclosed-recipients:;\n\n",
            "client|-|John <j@d>|-|-|-|-|10.0.0.2,10.0.0.1",
        ),
        (
            "the last hop that is told of is the first one",
            "Received: from x (y [9.9.9.9]) by z ([8.8.8.8])\nReceived: from w (w [7.7.7.7])\n\n",
            "client|-|-|-|-|from w (w [7.7.7.7])|from x (y [9.9.9.9]) by z ([8.8.8.8])|10.0.0.2,10.0.0.1,8.8.8.8,7.7.7.7",
        ),
        (
            "fields of parts do not",
            "Content-Type: multipart/mixed; boundary=b\nSubject: s\n\n--b\nSubject: t\n\nx\n--b--\n",
            "client|-|-|-|s|-|-|10.0.0.2,10.0.0.1",
        ),
    ] {
        let seen = play(&mail(lines));
        assert_eq!(seen.headers, [row], "{what}");
    }
}

#[test]
fn each_entity_with_content_is_a_file() {
    let parts = |inner: &str| {
        mail(&format!(
            "Content-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\n{inner}\n--b--\nepilogue"
        ))
    };
    for (what, lines, files) in [
        ("lines of a mail have ends", mail("\none\ntwo"), vec!["1 - 10 0"]),
        ("no content, no file", mail("Subject: s\n"), vec![]),
        ("the end before a boundary is none", parts("\none\ntwo"), vec!["2 - 8 0"]),
        ("base64", parts("Content-Transfer-Encoding: BASE64\n\naGVs\nbG8="), vec!["2 - 5 0"]),
        ("quoted", parts("Content-Transfer-Encoding: quoted-printable\n\na=3Db=\nc"), vec!["2 - 6 0"]),
        (
            "an encoding is handed down",
            mail(
                "Content-Type: multipart/x; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\naGVsbG8=\n--b--",
            ),
            vec!["2 - 5 0"],
        ),
        (
            "names, the last one counts",
            parts(
                "Content-Type: text/plain; name=\"a\"\nContent-Disposition: attachment; filename=b.txt\n\nx",
            ),
            vec!["2 b.txt 1 0"],
        ),
        ("a mail in a mail", parts("Content-Type: message/rfc822\n\nSubject: t\n\nx"), vec!["3 - 3 0"]),
        (
            "parts in parts",
            parts("Content-Type: multipart/y; boundary=c\n\n--c\n\nx\n--c\n\ny\n--c--"),
            vec!["3 - 1 0", "4 - 1 0"],
        ),
        ("dots", mail("\n..x\n.y"), vec!["1 - 7 0"]),
        ("no boundary: one file", mail("Content-Type: multipart/mixed\n\nx"), vec!["1 - 3 0"]),
        ("the end is missing", mail("Content-Type: multipart/z; boundary=b\n\n--b\n\nx"), vec!["2 - 1 0"]),
    ] {
        let seen = play(&lines);
        assert_eq!(seen.files, files, "{what}");
        assert_eq!(seen.fuids, [files.len()], "{what}");
    }
}

#[test]
fn entities_are_counted_over_all_mails() {
    let second = mail("\nx").split_off(super::HELLO.len());
    assert_eq!(play(&format!("{}{second}", mail("\nx"))).files, ["1 - 3 0", "2 - 3 0"]);
}

#[test]
fn nesting_has_a_limit() {
    let nested = "Content-Type: message/rfc822\n\n".repeat(120);
    assert_eq!(play(&mail(&nested)).weirds, ["exceeded_mime_max_depth/SMTP(100)"]);
}

#[test]
fn fields_have_a_limit() {
    let long = format!("Subject: s\n{}\n\nx", format!(" {}\n", "x".repeat(1000)).repeat(70));
    let seen = play(&mail(&long));
    assert_eq!(seen.weirds, ["exceeded_mime_max_header_bytes/SMTP(66076)"]);
}
