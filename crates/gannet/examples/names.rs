//! Prints every name that was asked for in a capture, and how often.
//!
//! ```text
//! cargo run --example names -- capture.pcap
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use gannet::analyzers::dns::Dns;
use gannet::capture::Files;
use gannet::events::{Event, Meta, Subscriber};
use gannet::{Config, Control, Entry, Output};

/// Leaves the name of each query for the ordered side. There is one of these for each worker.
struct Names(Output<()>);

impl Subscriber for Names {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        if let Some(name) = event.get::<Dns>().and_then(|dns| dns.query.as_ref()) {
            self.0.push(meta, (), |bytes| bytes.extend_from_slice(name));
        }
    }
}

/// Writes one line for each name: how often it was asked for, and the name.
pub fn names(capture: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let config = Config::builder().only([Dns::STREAM]).workers(2).build()?;
    let mut source = Files::open(&[capture])?;
    let mut names = BTreeMap::<Vec<u8>, u64>::new();
    let count = |entry: Entry<()>| *names.entry(entry.bytes.to_vec()).or_default() += 1;
    gannet::run(config, &mut source, |_, output| Names(output), count, |_| Control::Continue)?;
    for (name, times) in names {
        // A name on the wire is any bytes.
        writeln!(out, "{times}\t{}", name.escape_ascii())?;
    }
    Ok(())
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let capture = std::env::args_os().nth(1).ok_or("usage: names CAPTURE")?;
    names(Path::new(&capture), &mut io::stdout().lock())
}
