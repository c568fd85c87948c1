//! Decoding, seen from outside: what a packet made by hand becomes, and which weirds it raises.

mod fast;
mod hostile;
mod ip;
mod ipv6;
mod link;
mod oracle;
mod serial;
mod transport;
mod wireless;

use crate::base::packet::LinkType;
use crate::testing::{Lab, Rows};

/// One packet on an engine of its own.
fn run(link: LinkType, bytes: &[u8], wire: usize, checksums: bool) -> Rows {
    let mut lab = Lab::with(|config| config.checksums = checksums);
    lab.link = link;
    lab.wire(1.0, bytes, wire);
    lab.finish()
}

/// What became of a packet: its connection, and the weirds behind a semicolon.
fn see(link: LinkType, bytes: &[u8]) -> String {
    outcome(&run(link, bytes, bytes.len(), true))
}

fn outcome(rows: &Rows) -> String {
    let (ends, weirds) = (rows.ends(), rows.weird_names());
    match (ends.is_empty(), weirds.is_empty()) {
        (true, true) => "nothing".to_owned(),
        (false, true) => ends,
        (true, false) => format!("; {weirds}"),
        (false, false) => format!("{ends}; {weirds}"),
    }
}
