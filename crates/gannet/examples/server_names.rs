//! Prints every server that TLS clients of a capture named, and how often.
//!
//! ```text
//! cargo run --example server_names -- capture.pcap
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use gannet::analyzers::ssl::Ssl;
use gannet::capture::Files;
use gannet::events::{Event, Meta, Subscriber};
use gannet::{Config, Control, Entry, Output};

/// Leaves the server name of each handshake for the ordered side. There is one of these for each worker.
/// The item of each says whether the handshake came to its end.
struct ServerNames(Output<bool>);

impl Subscriber for ServerNames {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        if let Some(ssl) = event.get::<Ssl>()
            && let Some(name) = &ssl.server_name
        {
            self.0.push(meta, ssl.established, |bytes| bytes.extend_from_slice(name));
        }
    }
}

/// Writes one line for each name: how many handshakes named it, how many of these succeeded, and the name.
pub fn server_names(capture: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let config = Config::builder().only([Ssl::STREAM]).workers(2).build()?;
    let mut source = Files::open(&[capture])?;
    let mut names = BTreeMap::<Vec<u8>, (u64, u64)>::new();
    let count = |entry: Entry<bool>| {
        let (named, succeeded) = names.entry(entry.bytes.to_vec()).or_default();
        *named += 1;
        *succeeded += u64::from(entry.item);
    };
    gannet::run(config, &mut source, |_, output| ServerNames(output), count, |_| Control::Continue)?;
    for (name, (named, succeeded)) in names {
        // A name on the wire is any bytes.
        writeln!(out, "{named}\t{succeeded}\t{}", name.escape_ascii())?;
    }
    Ok(())
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let capture = std::env::args_os().nth(1).ok_or("usage: server_names CAPTURE")?;
    server_names(Path::new(&capture), &mut io::stdout().lock())
}
