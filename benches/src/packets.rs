//! Packets of captures, in memory.

use std::path::{Path, PathBuf};

use gannet::capture::{Batch, Files, Filled};
use gannet::{LinkType, PacketSource, Timestamp};

/// A packet with bytes of its own.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Link type.
    pub link: LinkType,
    /// Time.
    pub ts: Timestamp,
    /// Length on the wire.
    pub wire: u32,
    /// Captured bytes.
    pub bytes: Vec<u8>,
}

/// The folder of the test captures.
pub fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

/// All packets of a capture, or of the captures in a folder.
///
/// # Panics
/// If there is no capture that can be read.
pub fn load(path: &Path) -> Vec<Packet> {
    let mut files = Files::open(&[path]).unwrap_or_else(|error| panic!("{error}"));
    let (mut batch, mut packets) = (Batch::default(), Vec::new());
    while files.fill(&mut batch, 512).unwrap_or_else(|error| panic!("{error}")) == Filled::Packets {
        packets.extend(batch.packets.iter().map(|meta| Packet {
            link: meta.link,
            ts: meta.ts,
            wire: meta.wire,
            bytes: batch.bytes(meta).to_vec(),
        }));
    }
    packets
}
