//! MySQL on conversations made here.

mod hostile;
mod requests;
mod rows;

use super::Mysql;
use crate::base::time::Timestamp;
use crate::events::Event;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Heard, Log, text};

/// `command argument success rows response`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rows;

impl Log for Rows {
    fn row(event: &Event<'_>) -> Option<(Timestamp, String)> {
        let row = event.get::<Mysql>()?;
        let success = row.success.map_or("-", |success| if success { "T" } else { "F" });
        let rows = row.rows.map_or("-".to_owned(), |rows| rows.to_string());
        let response = row.response.as_deref().map_or("-".to_owned(), text);
        Some((row.ts, format!("{} {} {success} {rows} {response}", row.cmd, text(&row.arg))))
    }
}

type Seen = Heard<Rows>;
type Tap = crate::testing::Tap<Seen>;
/// What a side sends.
type Step = (Side, Vec<u8>);

/// What a client can do.
const WITH_DB: u32 = 0x8;
const SSL: u32 = 0x800;
const PLUGIN: u32 = 0x8_0000;
const ATTRS: u32 = 0x10_0000;
const NO_EOF: u32 = 0x100_0000;
const ZSTD: u32 = 0x400_0000;
const QUERY_ATTRS: u32 = 0x800_0000;

/// A packet with its number.
fn packet(number: u8, body: &[u8]) -> Vec<u8> {
    let [l0, l1, l2, _] = (body.len() as u32).to_le_bytes();
    [&[l0, l1, l2, number], body].concat()
}

fn ask(number: u8, body: &[u8]) -> Step {
    (Client, packet(number, body))
}

fn tell(number: u8, body: &[u8]) -> Step {
    (Server, packet(number, body))
}

/// A greeting of a server that can do this (the upper half of the bits).
fn greeting(capabilities: u32) -> Step {
    let upper = ((capabilities >> 16) as u16).to_le_bytes();
    let tail: &[u8] = if capabilities & PLUGIN != 0 { b"native\0" } else { b"" };
    let body = [
        b"\x0a8.0.1\0",
        &[1, 0, 0, 0][..],
        b"12345678\0",
        &[0xff, 0xf7, 33, 2, 0],
        &upper,
        &[21],
        &[0; 10],
        b"123456789012\0",
        tail,
    ];
    tell(0, &body.concat())
}

/// A login of this client; `behind` is what follows the password.
fn login(capabilities: u32, user: &str, behind: &[u8]) -> Step {
    let head = [&capabilities.to_le_bytes()[..], &[0, 0, 0, 1, 33], &[0; 23]].concat();
    ask(1, &[&head, user.as_bytes(), b"\0\x03pwd", behind].concat())
}

fn ok(number: u8, rows: u8) -> Step {
    tell(number, &[0, rows, 0, 2, 0, 0, 0])
}

fn error(number: u8, text: &str) -> Step {
    tell(number, &[b"\xff\x15\x04#28000", text.as_bytes()].concat())
}

fn eof(number: u8) -> Step {
    tell(number, &[0xfe, 0, 0, 2, 0])
}

/// The definition of a column.
fn column(number: u8) -> Step {
    tell(
        number,
        &[&b"\x03def\x01d\x01t\x01t\x01c\x01c\x0c"[..], &[33, 0, 9, 0, 0, 0, 253, 0, 0, 0, 0, 0]].concat(),
    )
}

fn query(query: &str) -> Step {
    ask(0, &[&[3], query.as_bytes()].concat())
}

fn play(steps: &[Step]) -> Seen {
    Tap::open(3306).play(steps, &[30_000])
}

/// A greeting and a login without anything special.
fn open() -> Vec<Step> {
    vec![greeting(0), login(0, "me", b""), ok(2, 0)]
}

/// Rows behind a login of a client that can do this.
fn session(capabilities: u32, steps: &[Step]) -> Vec<String> {
    let open = vec![greeting(capabilities), login(capabilities, "me", b""), ok(2, 0)];
    let mut seen = play(&[open, steps.to_vec()].concat());
    assert_eq!(seen.rows.remove(0), "login me T 0 -");
    assert!(seen.failures.is_empty(), "{:?}", seen.failures);
    seen.rows
}
