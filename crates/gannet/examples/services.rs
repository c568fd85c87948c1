//! Counts connections and bytes for each service of a capture, with one engine on the caller's thread.
//!
//! ```text
//! cargo run --example services -- capture.pcap
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use gannet::capture::{Batch, Files, Filled, PacketSource};
use gannet::events::{Event, Meta, Subscriber};
use gannet::flow::Conn;
use gannet::{Config, Engine};

/// Sums by service.
#[derive(Default)]
struct Services(BTreeMap<String, Sums>);

#[derive(Default)]
struct Sums {
    connections: u64,
    /// Bytes of IP packets.
    from_originators: u64,
    from_responders: u64,
}

impl Subscriber for Services {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        let Some(conn) = event.get::<Conn>() else { return };
        let service = conn.service.clone().unwrap_or_else(|| format!("({})", conn.proto.0));
        let sums = self.0.entry(service).or_default();
        sums.connections += 1;
        sums.from_originators += conn.orig_ip_bytes.unwrap_or(0);
        sums.from_responders += conn.resp_ip_bytes.unwrap_or(0);
    }
}

/// Writes one line for each service: its name, its connections, bytes from originators and from responders.
pub fn services(capture: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let config = Config::builder().only([Conn::STREAM]).build()?;
    let mut engine = Engine::new(config);
    let mut services = Services::default();
    // Any source of packets will do; here they are pushed into the engine one by one.
    let mut source = Files::open(&[capture])?;
    let mut batch = Batch::default();
    while let Filled::Packets = source.fill(&mut batch, 256)? {
        for packet in &batch.packets {
            engine.feed(packet.link, packet.ts, packet.wire, batch.bytes(packet), &mut services);
        }
    }
    engine.finish(&mut services);
    for (service, sums) in services.0 {
        let Sums { connections, from_originators, from_responders } = sums;
        writeln!(out, "{service}\t{connections}\t{from_originators}\t{from_responders}")?;
    }
    Ok(())
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let capture = std::env::args_os().nth(1).ok_or("usage: services CAPTURE")?;
    services(Path::new(&capture), &mut io::stdout().lock())
}
