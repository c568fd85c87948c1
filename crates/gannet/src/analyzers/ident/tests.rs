//! Ident on conversations made here.

use super::Ident;
use super::parse::{Answer, answer, question};
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, every_cut, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `port port system user error`.
    rows: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        let bytes = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
        if let Some(row) = event.get::<Ident>() {
            let [system, user, error] = [&row.system, &row.user, &row.error].map(bytes);
            self.rows.push(format!("{} {} {system} {user} {error}", row.host_p, row.asker_p));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

fn play(steps: &[(Side, &str)], size: usize) -> Seen {
    let mut tap = Tap::new(113, |config| config.analyzers = vec![&super::IDENT]);
    tap.dial();
    tap.play(steps, &[size])
}

#[test]
fn questions_have_rows() {
    let steps = [
        (Client, "6193, 23\r\n22,40000\r\n"),
        (Server, "22 , 40000 : ERROR : NO-USER\r\n6193, 23 : USERID : UNIX,UTF-8 : st:john\r\n"),
        (Client, "1,2\n"),
    ];
    for size in [1, 7, 99] {
        let seen = play(&steps, size);
        assert_eq!(seen.rows, ["22 40000 - - NO-USER", "6193 23 UNIX,UTF-8 st:john -", "1 2 - - -"]);
        assert_eq!(seen.services, ["ident"]);
    }
    let steps = steps.map(|(side, text)| (side, text.as_bytes().to_vec()));
    for cut in every_cut(&steps, 1) {
        let mut tap = Tap::new(113, |config| config.analyzers = vec![&super::IDENT]);
        tap.dial();
        assert!(tap.play(&cut, &[99]).rows.len() <= 3);
    }
}

#[test]
fn lines_are_read() {
    assert_eq!(question(b"6193 , 23"), Some((6193, 23)));
    for line in [&b"6193"[..], b"0,1", b"1,65536", b"a,b", b","] {
        assert_eq!(question(line), None);
    }
    assert_eq!(answer(b"1,2:ERROR:INVALID-PORT"), Some(((1, 2), Answer::Error(b"INVALID-PORT"))));
    assert_eq!(answer(b"1,2:USERID:UNIX"), None);
    assert_eq!(answer(b"1,2:OTHER:UNIX:x"), None);
}

#[test]
fn other_lines_cost_the_name() {
    assert_eq!(play(&[(Client, "GET / HTTP/1.0\r\n"), (Server, "1,2:ERROR:x\r\n")], 99).services, ["-"]);
    // An answer to no question is an answer, and what follows it is nobody's.
    let seen = play(&[(Client, "1,2\r\n"), (Server, "1,3:ERROR:x\r\nnonsense\r\n1,2:ERROR:x\r\n")], 99);
    assert_eq!((seen.services[0].as_str(), seen.rows[0].as_str()), ("ident", "1 2 - - -"));
}
