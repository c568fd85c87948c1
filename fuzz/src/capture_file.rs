//! Any bytes as a capture file: pcap, pcapng, compressed or not.
//!
//! The file is read alone and then merged with itself, which gives every packet twice.

use std::path::PathBuf;

use gannet::PacketSource;
use gannet::capture::{Batch, Files, Filled};

/// Packets after which a file that expands for ever is given up.
const ENOUGH: usize = 100_000;

/// One file per process and thread, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let name = format!("gannet-fuzz-{}-{:?}", std::process::id(), std::thread::current().id());
        // Where there is a file system in memory, no disk is worn out.
        let memory = PathBuf::from("/dev/shm");
        Self(if memory.is_dir() { memory } else { std::env::temp_dir() }.join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.0);
    }
}

thread_local! {
    static SCRATCH: Scratch = Scratch::new();
}

/// Reads the input.
pub fn run(data: &[u8]) {
    SCRATCH.with(|Scratch(path)| {
        std::fs::write(path, data).expect("a scratch file");
        let alone = read(&[path]);
        let merged = read(&[path, path]);
        if let (Some(alone), Some(merged)) = (alone, merged)
            && alone < ENOUGH / 2
        {
            assert_eq!(2 * alone, merged, "packets alone and of the file merged with itself");
        }
    });
}

/// Packets of the files, if they can be read.
fn read(paths: &[&PathBuf]) -> Option<usize> {
    let mut files = Files::open(paths).ok()?;
    let mut batch = Batch::default();
    let mut packets = 0;
    loop {
        match files.fill(&mut batch, 64).ok()? {
            Filled::Packets => assert!(!batch.packets.is_empty(), "a batch without packets"),
            Filled::End => break,
            other => panic!("a regular file answers {other:?}"),
        }
        packets += batch.packets.len();
        for packet in &batch.packets {
            assert_eq!(batch.bytes(packet).len(), packet.captured as usize);
        }
        if packets > ENOUGH {
            break;
        }
    }
    assert!(files.status().damages.len() <= paths.len());
    Some(packets)
}
