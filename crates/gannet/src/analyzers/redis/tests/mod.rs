//! Redis on conversations made here.

mod hostile;
mod pairs;
mod values;

use super::Redis;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `name key value success reply`.
    rows: Vec<String>,
    /// The millisecond of each row.
    times: Vec<i64>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Redis>() {
            let show = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
            let success = row.success.map_or("-", |success| if success { "T" } else { "F" });
            let (name, key, value) = (show(&row.name), show(&row.key), show(&row.value));
            self.rows.push(format!("{name} {key} {value} {success} {}", show(&row.reply)));
            self.times.push(row.ts.nanos() / 1_000_000);
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
/// What a side sends.
type Step = (Side, Vec<u8>);

/// A command as an array of its words.
fn command(words: &str) -> Vec<u8> {
    let words: Vec<&str> = words.split(' ').collect();
    let strings: String = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    format!("*{}\r\n{strings}", words.len()).into_bytes()
}

fn ask(words: &str) -> Step {
    (Client, command(words))
}

fn tell(bytes: &str) -> Step {
    (Server, bytes.as_bytes().to_vec())
}

fn play(steps: &[Step]) -> Seen {
    Tap::open(6379).play(steps, &[30_000])
}

/// What a server's bytes make of one command each.
fn replies(bytes: &str, commands: usize) -> Vec<String> {
    let mut steps: Vec<Step> = (0..commands).map(|_| ask("ping")).collect();
    steps.push(tell(bytes));
    play(&steps).rows
}
