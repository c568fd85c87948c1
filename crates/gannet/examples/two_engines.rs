//! Two engines side by side, each with packets and a configuration of its own, on threads of their own: what two sensors saw.
//!
//! ```text
//! cargo run --example two_engines -- one.pcap other.pcap
//! ```

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::Path;

use gannet::capture::{Batch, Files, Filled, PacketSource, SourceError};
use gannet::events::{Event, Meta};
use gannet::flow::Conn;
use gannet::{Config, Engine};

/// The servers that a capture has connections to.
fn servers(mut engine: Engine, capture: &Path) -> Result<BTreeSet<IpAddr>, SourceError> {
    let mut servers = BTreeSet::new();
    let mut subscriber = |_: &Meta<'_>, event: Event<'_>| {
        servers.extend(event.get::<Conn>().map(|conn| conn.conn.resp_h));
    };
    let mut source = Files::open(&[capture])?;
    let mut batch = Batch::default();
    while let Filled::Packets = source.fill(&mut batch, 256)? {
        for packet in &batch.packets {
            engine.feed(packet.link, packet.ts, packet.wire, batch.bytes(packet), &mut subscriber);
        }
    }
    engine.finish(&mut subscriber);
    Ok(servers)
}

/// Writes the servers that only one of two captures has, behind a `<` or a `>`.
pub fn difference(one: &Path, other: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let config = Config::builder().only([Conn::STREAM]).build()?;
    // An engine is `Send`: it is made here, and works there. Engines share nothing.
    let engines = [Engine::new(config.clone()), Engine::new(config.rebuild().checksums(false).build()?)];
    let [one, other] = std::thread::scope(|scope| {
        let [first, second] = engines;
        let first = scope.spawn(move || servers(first, one));
        let second = scope.spawn(move || servers(second, other));
        [first, second].map(|thread| thread.join().map_err(|_| "a thread ended by a defect"))
    });
    let (one, other) = (one??, other??);
    for server in one.symmetric_difference(&other) {
        writeln!(out, "{} {server}", if one.contains(server) { '<' } else { '>' })?;
    }
    Ok(())
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut captures = std::env::args_os().skip(1);
    let (Some(one), Some(other)) = (captures.next(), captures.next()) else {
        return Err("usage: two_engines CAPTURE CAPTURE".into());
    };
    difference(Path::new(&one), Path::new(&other), &mut io::stdout().lock())
}
