//! Mails, line by line.

use super::super::mime::{Field, Listener, Mail, Oddity};
use super::text;

/// Writes down what it hears.
#[derive(Default)]
struct Notes(Vec<String>);

impl Listener for Notes {
    fn begin(&mut self) {
        self.0.push("(".into());
    }

    fn field(&mut self, field: &Field<'_>) {
        self.0.push(format!("{}={}", text(field.name), text(field.value)));
    }

    fn content(&mut self, bytes: &[u8]) {
        self.0.push(text(bytes).replace("\r\n", "$"));
    }

    fn end(&mut self) {
        self.0.push(")".into());
    }

    fn odd(&mut self, what: Oddity) {
        self.0.push(format!("{what:?}"));
    }
}

fn heard(lines: &str) -> String {
    let mut notes = Notes::default();
    let mut mail = Mail::begin(&mut notes);
    for line in lines.split('\n') {
        mail.line(&mut notes, line.as_bytes(), true);
    }
    mail.finish(&mut notes);
    mail.finish(&mut notes);
    notes.0.join(" ")
}

#[test]
fn entities_are_told_in_order() {
    for (lines, expected) in [
        ("A: b\n\nx\ny", "( A=b x$ y$ )"),
        ("A: b\n c", "( A=b c )"),
        ("\nx", "( x$ )"),
        ("no colon\nA: b\n", "( A=b )"),
        (
            "Content-Type: multipart/x; boundary=b\n\nbefore\n--b\nA: b\n\nx\n\ny\n--b\n\nz\n--b--\nbehind\n--b\n",
            "( Content-Type=multipart/x; boundary=b ( A=b x $ $y ) ( z ) )",
        ),
        (
            "Content-Type: message/rfc822\n\nContent-Type: multipart/x; boundary=b\n\n--b\nA: b",
            "( Content-Type=message/rfc822 ( Content-Type=multipart/x; boundary=b ( A=b ) ) )",
        ),
        (
            "Content-Type: multipart/x; boundary=b\n\n--b\nContent-Type: multipart/y; boundary=c\n\n--c\n\nx\n--b\n\ny",
            "( Content-Type=multipart/x; boundary=b ( Content-Type=multipart/y; boundary=c ( x ) ) ( y ) )",
        ),
        ("Content-Transfer-Encoding: base64\n\naGVs\nbG8=", "( Content-Transfer-Encoding=base64 hel lo )"),
        (
            "Content-Transfer-Encoding: base64\n\naG!",
            "( Content-Transfer-Encoding=base64 Base64(Character(33)) Base64(Incomplete(12)) h )",
        ),
        (
            "Content-Transfer-Encoding: Quoted-Printable\n\na=\nb",
            "( Content-Transfer-Encoding=Quoted-Printable a b$ )",
        ),
        ("Content-Transfer-Encoding: x-else\n\na=", "( Content-Transfer-Encoding=x-else a=$ )"),
    ] {
        assert_eq!(heard(lines), expected, "{lines}");
    }
}

#[test]
fn depth_and_length_have_limits() {
    let nested = heard(&"Content-Type: message/x\n\n".repeat(110));
    assert_eq!(nested.matches('(').count() - nested.matches("Depth(").count(), 101);
    assert!(nested.contains("Depth(100)"));
    let long = heard(&format!("A: b\n{}", " x\n".repeat(40_000)));
    assert!(long.contains("LongField(65536)"), "{}", &long[..100]);
}
