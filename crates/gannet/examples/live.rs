//! Watches interfaces and prints each connection as it ends, until so many have ended.
//!
//! ```text
//! cargo run --example live -- 100 eth0
//! ```

use std::error::Error;
use std::io::{self, Write};

use gannet::capture::live::{self, LiveOptions};
use gannet::events::{Event, Meta, OrDash, Subscriber};
use gannet::flow::Conn;
use gannet::{Config, Control, Edge, Entry, Output, PacketSource, Report, run_live};

/// Leaves a line for each connection. There is one of these for each worker, on its thread.
struct Lines(Output<String>);

impl Subscriber for Lines {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        let Some(conn) = event.get::<Conn>() else { return };
        let (tag, service) = (&conn.conn, OrDash(conn.service.as_ref()));
        self.0.leave(format!("{}\t{}\t{}\t{service}", OrDash(tag.uid), tag.orig_h, tag.resp_h));
    }
}

/// Writes the lines, on the caller's thread.
struct Printer<'a> {
    out: &'a mut dyn Write,
    left: usize,
    result: io::Result<()>,
}

impl Edge<String> for Printer<'_> {
    fn entry(&mut self, entry: Entry<String>) {
        if self.left > 0 && self.result.is_ok() {
            self.left -= 1;
            self.result = writeln!(self.out, "{}", entry.item);
        }
    }

    /// Called about ten times a second; a signal, a reload or a look at what the kernel dropped would be here.
    fn tick(&mut self, _report: &Report<'_>) -> Control {
        if self.left == 0 || self.result.is_err() { Control::Stop } else { Control::Continue }
    }
}

/// Writes one line for each of the first `most` connections that end: id, originator, responder, service.
pub fn watch(
    sources: Vec<Box<dyn PacketSource>>,
    most: usize,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let config = Config::builder().only([Conn::STREAM]).build()?;
    let mut printer = Printer { out, left: most, result: Ok(()) };
    run_live(config, sources, |_, output| Lines(output), &mut printer)?;
    Ok(printer.result?)
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let most =
        arguments.next().and_then(|most| most.parse().ok()).ok_or("usage: live CONNECTIONS INTERFACE")?;
    let mut options = LiveOptions::default();
    for name in arguments {
        options.interfaces.push(name.parse()?);
    }
    watch(live::open(&options)?, most, &mut io::stdout().lock())
}
