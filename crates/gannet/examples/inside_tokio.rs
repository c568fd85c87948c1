//! A run inside an asynchronous runtime: it blocks, so it has a thread that may, and what comes out crosses a channel.
//!
//! ```text
//! cargo run --example inside_tokio -- capture.pcap
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use gannet::analyzers::dns::Dns;
use gannet::capture::Files;
use gannet::events::{Event, Meta, Record, Row, Value};
use gannet::{Config, Control, Entry, Headway, Output, Summary, WorkerId};
use tokio::sync::mpsc::{Sender, channel};

/// Rows that may wait for the runtime; beyond it the run waits.
const WAITING: usize = 100;

/// Reads a capture to its end, or until nobody receives any more. It blocks.
fn read(
    capture: PathBuf,
    config: Config,
    rows: Sender<Row>,
) -> Result<Summary, Box<dyn Error + Send + Sync>> {
    let mut source = Files::open(&[capture])?;
    // Borrowed records stay on their worker; what is left is owned.
    let own = |_: WorkerId, mut output: Output<Row>| {
        move |_: &Meta<'_>, event: Event<'_>| output.leave(Row::from(event.record))
    };
    let send = rows.clone();
    let ordered = move |entry: Entry<Row>| {
        // The error says that nobody receives; the watch ends the run for that.
        let _gone = send.blocking_send(entry.item);
    };
    let watch = |_: &Headway<'_>| if rows.is_closed() { Control::Stop } else { Control::Continue };
    Ok(gannet::run(config, &mut source, own, ordered, watch)?)
}

/// Writes the names that were asked for, in the order in which they were.
pub fn names(capture: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let config = Config::builder().only([Dns::STREAM]).workers(2).build()?;
    let capture = capture.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let (send, mut rows) = channel(WAITING);
        let run = tokio::task::spawn_blocking(move || read(capture, config, send));
        while let Some(row) = rows.recv().await {
            if let Some(Value::Text(name)) = row.field("query") {
                writeln!(out, "{}", name.escape_ascii())?;
            }
        }
        run.await?.map(|_summary| ()).map_err(|error| error as Box<dyn Error>)
    })
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let capture = std::env::args_os().nth(1).ok_or("usage: inside_tokio CAPTURE")?;
    names(Path::new(&capture), &mut io::stdout().lock())
}
