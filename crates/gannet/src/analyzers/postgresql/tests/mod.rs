//! PostgreSQL on conversations made here.

mod hostile;
mod rows;

use super::Postgresql;
use crate::base::time::Timestamp;
use crate::events::Event;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Heard, Log, text};

/// `user/database/program frontend argument | backend argument | success rows`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rows;

impl Log for Rows {
    fn row(event: &Event<'_>) -> Option<(Timestamp, String)> {
        let row = event.get::<Postgresql>()?;
        let show = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
        let success = row.success.map_or("-", |success| if success { "T" } else { "F" });
        let rows = row.rows.map_or("-".to_owned(), |rows| rows.to_string());
        Some((
            row.ts,
            format!(
                "{}/{}/{} {} {} | {} {} | {success} {rows}",
                show(&row.user),
                show(&row.database),
                show(&row.application_name),
                row.frontend.unwrap_or("-"),
                show(&row.frontend_arg),
                row.backend.as_deref().unwrap_or("-"),
                show(&row.backend_arg),
            ),
        ))
    }
}

type Seen = Heard<Rows>;
type Tap = crate::testing::Tap<Seen>;
/// What a side sends.
type Step = (Side, Vec<u8>);

const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A message with a type.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32 + 4).to_be_bytes()[..], body].concat()
}

fn ask(kind: u8, body: &[u8]) -> Step {
    (Client, message(kind, body))
}

fn tell(kind: u8, body: &[u8]) -> Step {
    (Server, message(kind, body))
}

fn query(query: &str) -> Step {
    ask(b'Q', format!("{query}\0").as_bytes())
}

/// A startup message; spaces stand for zero bytes.
fn startup(parameters: &str) -> Vec<u8> {
    let parameters = format!("{parameters}  ").replace(' ', "\0").into_bytes();
    [&(parameters.len() as u32 + 8).to_be_bytes()[..], &[0, 3, 0, 0], &parameters].concat()
}

/// A login, and what the server says when it is ready.
fn login() -> Vec<Step> {
    vec![
        (Client, startup("user me database mine application_name psql")),
        tell(b'R', &[0, 0, 0, 10, b'S', b'C', b'R', b'A', b'M', 0, 0]),
        ask(b'p', b"first"),
        tell(b'R', &[0, 0, 0, 11, 1]),
        ask(b'p', b"second"),
        tell(b'R', &[0, 0, 0, 12, 2]),
        tell(b'R', &[0, 0, 0, 0]),
        tell(b'S', b"server_version\x0015.3 (x)\0"),
        tell(b'K', &[0, 0, 1, 1, 0, 0, 2, 2]),
        tell(b'Z', b"I"),
    ]
}

const LOGIN: &str = "me/mine/psql startup - | auth_ok SASL,SASLContinue,SASLFinal | T -";

fn play(steps: &[Step]) -> Seen {
    Tap::open(5432).play(steps, &[30_000])
}

/// Rows behind a login.
fn session(steps: &[Step]) -> Vec<String> {
    let mut seen = play(&[login(), steps.to_vec()].concat());
    assert_eq!(seen.rows.remove(0), LOGIN);
    seen.rows
}
