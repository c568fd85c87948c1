//! The captures that are at hand: those of the repository, and a corpus beside it.

use std::path::{Path, PathBuf};

use gannet::capture::{Batch, Files, Filled, PacketSource};

use super::packets::Packet;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A capture of the repository, by the name of its folder.
pub fn testdata(name: &str) -> PathBuf {
    let all = all_testdata();
    let found = all.iter().find(|path| path.parent().is_some_and(|folder| folder.ends_with(name)));
    found.unwrap_or_else(|| panic!("testdata has no {name}")).clone()
}

/// Every capture of the repository that can be read: compressed ones need a feature.
pub fn all_testdata() -> Vec<PathBuf> {
    let folders = entries(&root().join("testdata"));
    let captures = folders.iter().filter(|path| path.is_dir()).flat_map(|folder| entries(folder));
    let is_readable = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = name.ends_with(".pcap") || name.ends_with(".pcapng");
        name.starts_with("capture.") && (plain || cfg!(feature = "compression"))
    };
    captures.filter(is_readable).collect()
}

/// The captures of the corpus; none, and a line that says so, where there is no corpus.
///
/// The environment's `GANNET_CORPUS` names another folder with captures.
pub fn corpus() -> Vec<PathBuf> {
    let folder = match std::env::var_os("GANNET_CORPUS") {
        Some(folder) => PathBuf::from(folder),
        None => root().join("../shared/corpus/captures"),
    };
    let captures = entries(&folder);
    if captures.is_empty() {
        println!("SKIPPED: no corpus of captures in {} (set GANNET_CORPUS)", folder.display());
    }
    captures
}

/// What is in a folder, sorted; nothing if there is no such folder.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

/// The packets of a capture, up to `max`; as far as it can be read.
pub fn packets(path: &Path, max: usize) -> Vec<Packet> {
    let mut packets = Vec::new();
    let Ok(mut files) = Files::open(&[path]) else { return packets };
    let mut batch = Batch::default();
    while packets.len() < max && matches!(files.fill(&mut batch, 256), Ok(Filled::Packets)) {
        packets.extend(batch.packets.iter().map(|meta| Packet {
            link: meta.link.0,
            ts: meta.ts.nanos(),
            wire: meta.wire,
            bytes: batch.bytes(meta).to_vec(),
        }));
    }
    packets.truncate(max);
    packets
}
