//! Any bytes as a capture file: pcap, pcapng, compressed or not.
//!
//! The file is read alone and then merged with itself, which gives every packet twice. It is in memory: to write and open a file
//! takes longer than to read it.

use bytes::Bytes;
use gannet::PacketSource;
use gannet::capture::{Batch, Files, Filled};

/// Packets after which a file that expands for ever is given up.
const ENOUGH: usize = 100_000;

/// Reads the input.
pub fn run(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let alone = read(&[&bytes]);
    let merged = read(&[&bytes, &bytes]);
    if let (Some(alone), Some(merged)) = (alone, merged)
        && alone < ENOUGH / 2
    {
        assert_eq!(2 * alone, merged, "packets alone and of the file merged with itself");
    }
}

/// Packets of the files, if they can be read.
fn read(captures: &[&Bytes]) -> Option<usize> {
    let mut files = Files::from_memory(captures.iter().map(|bytes| ("input", Bytes::clone(bytes)))).ok()?;
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
    assert!(files.status().damages.len() <= captures.len());
    Some(packets)
}
