//! Tests of the capture sources.

#[cfg(any(feature = "libpcap", all(feature = "afpacket", target_os = "linux")))]
mod blame;
mod build;
mod corpus;
mod files;
#[cfg(feature = "libpcap")]
mod filter;
mod formats;
mod hostile;
mod record;
mod speed;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::files::Limits;
use super::*;

/// What the tests compare of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) ts: i64,
    pub(super) wire: u32,
    pub(super) link: u16,
    pub(super) bytes: Vec<u8>,
}

/// Everything a source gives, `max` packets at a time.
pub(super) fn drain(source: &mut dyn PacketSource, max: usize) -> Vec<Seen> {
    let mut batch = Batch::default();
    let mut seen = Vec::new();
    loop {
        match source.fill(&mut batch, max).expect("readable") {
            Filled::End => return seen,
            Filled::Idle => panic!("a file is never idle"),
            Filled::Packets => {
                assert!(!batch.packets.is_empty() && batch.packets.len() <= max);
                seen.extend(batch.packets.iter().map(|packet| {
                    let bytes = batch.bytes(packet).to_vec();
                    assert_eq!(bytes.len(), packet.captured as usize);
                    Seen { ts: packet.ts.nanos(), wire: packet.wire, link: packet.link.0, bytes }
                }));
            }
        }
    }
}

/// A directory of its own that goes away with the test.
pub(super) struct Dir(PathBuf);

impl Dir {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("gannet-capture-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("below the directory")).expect("a directory");
        std::fs::write(&path, bytes).expect("a file");
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Reads bytes as a single file with blocks of `block` bytes.
pub(super) fn read(bytes: &[u8], block: usize, max: usize) -> (Vec<Seen>, Arc<Vec<Damage>>) {
    let dir = Dir::new();
    let path = dir.write("capture", bytes);
    let mut files = Files::with_limits(&[path], Limits { block, open: 4 }).expect("a capture");
    let seen = drain(&mut files, max);
    (seen, files.status().damages)
}
