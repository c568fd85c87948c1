//! Finger on conversations made here.

use super::Finger;
use super::parse::Question;
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, every_cut, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `query full bytes`.
    rows: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Finger>() {
            self.rows.push(format!("{} {} {}", text(&row.query), row.full, row.answer_bytes));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

fn tap() -> Tap {
    let mut tap = Tap::new(79, |config| config.more = true);
    tap.dial();
    tap
}

fn play(steps: &[(Side, &str)]) -> Seen {
    tap().play(steps, &[9999])
}

#[test]
fn questions_have_rows() {
    let answer = (Server, "Login: bob\r\nNo plan.\r\n");
    for (question, row) in
        [("bob\r\n", "bob false 22"), ("/W bob\r\n", "bob true 22"), ("/w\r\n", " true 22")]
    {
        let seen = play(&[(Client, question), answer]);
        assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), (row, "finger"));
        assert_eq!(tap().play(&[(Client, question), answer], &[1]), seen);
    }
    // Everybody is asked about: a long line tells that it is an answer.
    let seen = play(&[(Client, "\r\n"), (Server, "Login Name\r\nbob: Bob B Jones\r\n")]);
    assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), (" false 30", "finger"));
    assert_eq!(play(&[(Client, "\r\n"), (Server, "short\r\n")]).services, ["-"]);
    // What comes behind the question is nobody's.
    assert_eq!(play(&[(Client, "a\r\nb\r\n"), answer]).rows, ["a false 22"]);
}

#[test]
fn without_more_than_zeeks_there_is_a_name_and_no_row() {
    let seen = Tap::open(79).play(&[(Client, "bob\r\n"), (Server, "Login: bob\r\n")], &[99]);
    assert_eq!((seen.rows.len(), seen.services[0].as_str()), (0, "finger"));
}

#[test]
fn lines_have_a_limit() {
    let long = "x".repeat(1025);
    for steps in [vec![(Client, long.as_str())], vec![(Client, "bob\r\n"), (Server, &long)]] {
        assert!(tap().play(&steps, &[100]).rows.len() <= 1);
    }
    assert_eq!(play(&[(Client, &format!("{long}\r\n"))]).services, ["-"]);
    assert_eq!(play(&[(Client, "\r\n"), (Server, &long)]).services, ["-"]);
}

#[test]
fn gaps_and_cuts_do_no_harm() {
    let steps = [(Client, b"bob\r\n".to_vec()), (Server, b"Login: bob\r\nNo plan.\r\n".to_vec())];
    for cut in every_cut(&steps, 1) {
        assert!(tap().play(&cut, &[9]).rows.len() <= 1);
    }
    let mut tap = tap();
    tap.send(Client, b"bob\r\n").send(Server, b"Login").lose(Server, 5).send(Server, b"more\r\n");
    assert_eq!(tap.finish().services, ["finger"]);
}

#[test]
fn questions_are_read() {
    let read = |line: &'static str| Question::read(line.as_bytes());
    assert_eq!(read(" bob "), Question { user: b"bob", full: false });
    assert_eq!(read("/Wx"), Question { user: b"/Wx", full: false });
    assert_eq!(read("/W  a@b"), Question { user: b"a@b", full: true });
}
