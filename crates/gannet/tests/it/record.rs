//! What is recorded while a capture is analysed gives the same records when it is read again.

use gannet::capture::{Files, Memory, PacketFlags, PacketMeta, PacketSource, Recorder};
use gannet::{Config, LinkType, Timestamp};

use crate::support::captures;
use crate::support::packets::Packet;
use crate::support::rows;
use crate::traffic::{Hosts, STEADY, WILD, mixture, tunnelled, wireless};

/// A file that goes away with the test.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("gannet-record-{}-{name}.pcapng", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs over a source that is recorded, and then over the recording; gives the rows and packets that were refused.
fn record_and_replay(name: &str, source: Box<dyn PacketSource>) -> (usize, u64) {
    let scratch = Scratch::new(name);
    let config = || Config::builder().batch(64).build().unwrap();
    let mut recorder = Recorder::create(source, &scratch.0).unwrap();
    let (first, summary) = rows::run_source(config(), &mut recorder);
    assert_eq!(recorder.status().unrecorded, 0);
    drop(recorder);
    let (second, again) = rows::run_source(config(), &mut Files::open(&[&scratch.0]).unwrap());
    assert!(first == second, "{name}: a replay gives other rows");
    assert_eq!(format!("{:?}", summary.stats), format!("{:?}", again.stats), "{name}");
    (first.len(), summary.stats.refused)
}

fn spoilt(packets: &[Packet], flags: PacketFlags) -> Memory {
    let mut memory = Memory::new();
    for (i, packet) in packets.iter().enumerate() {
        let mut bytes = packet.bytes.clone();
        // The last byte is payload of many packets, and the checksum does not fit any more.
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        let (link, ts) = (LinkType(packet.link), Timestamp::from_nanos(packet.ts));
        let mut meta = PacketMeta::new(link, ts, 0, 0, packet.wire);
        (meta.interface, meta.flags) = ((i % 3) as u16, flags);
        memory.push_packet(meta, bytes);
    }
    memory
}

#[test]
fn a_replay_gives_the_same_records() {
    let all = [
        ("steady", mixture(101, 3000, Hosts::Many, STEADY)),
        ("wild", mixture(102, 3000, Hosts::Many, WILD)),
        ("tunnels", tunnelled(103, 2000, STEADY)),
        ("frames", wireless(104, 1000)),
    ];
    for (name, packets) in all {
        let (rows, _) = record_and_replay(name, Box::new(rows::source(&packets)));
        assert!(rows > 100, "{name}: {rows}");
    }
    for path in captures::all_testdata() {
        let name = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        record_and_replay(&name, Box::new(Files::open(&[&path]).unwrap()));
    }
}

/// Packets whose checksums were not ready when they were seen are not taken for wrong ones in a replay either.
#[test]
fn what_is_known_of_checksums_survives() {
    let packets = mixture(105, 2000, Hosts::Many, STEADY);
    let refused = |flags| record_and_replay("checksums", Box::new(spoilt(&packets, flags))).1;
    assert!(refused(PacketFlags::NONE) > 100);
    assert_eq!(refused(PacketFlags::CHECKSUM_NOT_READY), 0);
    assert_eq!(refused(PacketFlags::CHECKSUM_VALID), 0);
    assert!(refused(PacketFlags::SEGMENTATION_OFFLOADED) > 100);
}
