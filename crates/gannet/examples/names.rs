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
use gannet::events::{Event, Meta};
use gannet::{Config, Mapper, Outbox};

/// Leaves the name of each query for the ordered side. There is one of these for each worker.
struct Names;

impl Mapper for Names {
    type Item = ();

    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>, out: &mut Outbox<()>) {
        if let Some(name) = event.get::<Dns>().and_then(|dns| dns.query.as_ref()) {
            out.push(meta, (), |bytes| bytes.extend_from_slice(name));
        }
    }
}

/// Writes one line for each name: how often it was asked for, and the name.
pub fn names(capture: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let mut config = Config::default();
    config.listen(Dns::STREAM);
    config.workers = 2;
    let mut source = Files::open(&[capture])?;
    let mut names = BTreeMap::<Vec<u8>, u64>::new();
    let count = |record: gannet::Ordered<'_, ()>| *names.entry(record.bytes.to_vec()).or_default() += 1;
    gannet::run(config, &mut source, |_| Names, count, |_, _| true)?;
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
