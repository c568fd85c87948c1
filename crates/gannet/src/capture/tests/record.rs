//! Recording: what is written is what was seen, for ourselves and for libpcap.

use super::build::{Pcapng, payload};
use super::*;
use crate::base::time::Timestamp;

const SECOND: i64 = 1_000_000_000;
const ALL: [PacketFlags; 4] = [
    PacketFlags::NONE,
    PacketFlags::CHECKSUM_NOT_READY,
    PacketFlags::CHECKSUM_VALID,
    PacketFlags::SEGMENTATION_OFFLOADED,
];

/// Packets of these lengths on two interfaces, with nanoseconds, flags, and a snap length that cut them.
fn memory(link: LinkType, lengths: impl IntoIterator<Item = usize>) -> Memory {
    let mut memory = Memory::new();
    for (i, n) in lengths.into_iter().enumerate() {
        let meta = PacketMeta {
            ts: Timestamp::from_nanos(1_700_000_000 * SECOND + i as i64 * 1_000_001),
            wire: n as u32 + (i % 3) as u32,
            link,
            interface: (i % 2) as u16,
            flags: ALL[i % 4],
            ..PacketMeta::default()
        };
        memory.push_packet(meta, payload(n, i as u8));
    }
    memory
}

/// What is known of each packet of a source, time, lengths, link type and flags, and its bytes.
fn all(source: &mut dyn PacketSource) -> Vec<(Timestamp, u32, u32, LinkType, PacketFlags, Vec<u8>)> {
    let (mut batch, mut seen) = (Batch::default(), Vec::new());
    while source.fill(&mut batch, 7).expect("readable") != Filled::End {
        seen.extend(batch.packets.iter().map(|packet| {
            let bytes = batch.bytes(packet).to_vec();
            (packet.ts, packet.captured, packet.wire, packet.link, packet.flags, bytes)
        }));
    }
    seen
}

#[test]
fn a_recording_holds_what_passed() {
    let dir = Dir::new();
    for (name, link) in [("ethernet", LinkType(1)), ("raw", LinkType(12))] {
        let path = dir.path().join(name);
        let lengths = || (0..3000).map(|i| i * 7 % 1515);
        let mut recorder = Recorder::create(Box::new(memory(link, lengths())), &path).unwrap();
        let passed = all(&mut recorder);
        assert_eq!(passed.len(), 3000);
        let status = recorder.status();
        assert_eq!((status.recorded, status.unrecorded), (3000, 0));
        assert!(recorder.take_events().is_empty());
        let mut files = Files::open(&[&path]).unwrap();
        assert!(all(&mut files) == passed, "what is read is not what passed");
        assert!(files.status().damages.is_empty());
    }
}

/// libpcap, which others read with, sees the same.
#[cfg(feature = "libpcap")]
#[test]
fn libpcap_reads_a_recording() {
    let dir = Dir::new();
    let path = dir.path().join("seen.pcapng");
    let mut recorder = Recorder::create(Box::new(memory(LinkType(1), 1..500)), &path).unwrap();
    let passed = all(&mut recorder);
    let mut theirs = ::pcap::Capture::from_file_with_precision(&path, ::pcap::Precision::Nano).unwrap();
    for (ts, captured, wire, _, _, bytes) in passed {
        let packet = theirs.next_packet().unwrap();
        let nanos = packet.header.ts.tv_sec * SECOND + packet.header.ts.tv_usec;
        assert_eq!((nanos, packet.header.caplen, packet.header.len), (ts.nanos(), captured, wire));
        assert_eq!(packet.data, bytes);
    }
    assert!(matches!(theirs.next_packet(), Err(::pcap::Error::NoMorePackets)));
}

#[test]
fn what_was_seen_is_in_the_file_while_the_source_is_idle() {
    struct Idle(Memory);
    impl PacketSource for Idle {
        fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
            let filled = self.0.fill(batch, max)?;
            Ok(if filled == Filled::End { Filled::Idle } else { filled })
        }
        fn status(&self) -> SourceStatus {
            self.0.status()
        }
    }
    let dir = Dir::new();
    let path = dir.path().join("seen");
    let mut recorder = Recorder::create(Box::new(Idle(memory(LinkType(1), [60, 61]))), &path).unwrap();
    let mut batch = Batch::default();
    assert_eq!(recorder.fill(&mut batch, 9).unwrap(), Filled::Packets);
    assert_eq!(recorder.fill(&mut batch, 9).unwrap(), Filled::Idle);
    assert_eq!(all(&mut Files::open(&[&path]).unwrap()).len(), 2);
}

#[test]
fn names_of_files() {
    let names = |path: &str, sources| -> Vec<String> {
        Recorder::paths(Path::new(path), sources).iter().map(|path| path.display().to_string()).collect()
    };
    assert_eq!(names("a/seen.pcapng", 1), ["a/seen.pcapng"]);
    assert_eq!(names("a/seen.pcapng", 2), ["a/seen.0.pcapng", "a/seen.1.pcapng"]);
    assert_eq!(names("seen", 3), ["seen.0", "seen.1", "seen.2"]);
    assert_eq!(names("a.b/x.y.z", 2), ["a.b/x.y.0.z", "a.b/x.y.1.z"]);
    let missing = Recorder::create(Box::new(Memory::new()), "/nowhere/at/all");
    let message = missing.err().unwrap().to_string();
    assert!(message.starts_with("cannot make /nowhere/at/all to record packets to: "), "{message}");
    let dir = Dir::new();
    let sources = (0..2).map(|i| Box::new(memory(LinkType(1), vec![60; i + 1])) as Box<dyn PacketSource>);
    let mut recorders = Recorder::each(sources.collect(), &dir.path().join("x.pcapng")).unwrap();
    for (i, recorder) in recorders.iter_mut().enumerate() {
        assert_eq!(all(recorder.as_mut()).len(), i + 1);
        let path = dir.path().join(format!("x.{i}.pcapng"));
        assert_eq!(all(&mut Files::open(&[&path]).unwrap()).len(), i + 1);
    }
}

/// A device that is always full: the source goes on, and the trouble is told once.
#[test]
fn a_full_disk_stops_the_recording_and_nothing_else() {
    let source = memory(LinkType(1), vec![1000; 2000]);
    let mut recorder = Recorder::create(Box::new(source), "/dev/full").unwrap();
    assert_eq!(all(&mut recorder).len(), 2000);
    let status = recorder.status();
    assert_eq!((status.recorded, status.unrecorded), (0, 2000));
    let events = recorder.take_events();
    let [SourceEvent { what: What::Trouble(what), .. }] = events.as_slice() else { panic!("{events:?}") };
    let expected = "packets are not recorded any more: cannot write /dev/full: No space left on device";
    assert!(what.starts_with(expected), "{what}");
    assert!(recorder.take_events().is_empty());
}

/// A disk that becomes full: the file ends behind a whole packet, and the counts are true.
#[test]
fn a_disk_that_becomes_full_keeps_whole_packets() {
    let dir = Dir::new();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "none"])
        .arg(dir.path())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        assert!(std::env::var("GANNET_LIVE").as_deref() != Ok("required"), "cannot mount a small disk");
        println!("SKIPPED: a small disk cannot be mounted here");
        return;
    }
    let source = memory(LinkType(1), vec![999; 3000]);
    let mut recorder = Recorder::create(Box::new(source), dir.path().join("seen")).unwrap();
    let passed = all(&mut recorder);
    let (events, status) = (recorder.take_events(), recorder.status());
    let mut files = Files::open(&[dir.path().join("seen")]).unwrap();
    let (kept, damages) = (all(&mut files), files.status().damages);
    drop((recorder, files));
    let unmounted = std::process::Command::new("umount").arg(dir.path()).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert!(passed.len() == 3000 && events.len() == 1, "{events:?}");
    assert!(kept.len() > 900 && kept[..] == passed[..kept.len()], "{}", kept.len());
    assert_eq!((status.recorded, status.unrecorded), (kept.len() as u64, 3000 - kept.len() as u64));
    assert!(damages.is_empty(), "{damages:?}");
}

/// Flags in both byte orders, and what stands around them.
#[test]
fn flags_are_read() {
    let none: &[(u16, Vec<u8>)] = &[];
    let of = |big_endian: bool, options: &[(u16, Vec<u8>)]| {
        let flagged = Pcapng::new(big_endian).interface(1, 0, &[]).flagged(&payload(61, 0), options);
        let dir = Dir::new();
        let path = dir.write("capture", &flagged.packet(0, 1, &payload(60, 0)).bytes());
        let mut files = Files::open(&[path]).unwrap();
        let seen = all(&mut files);
        assert!(files.status().damages.is_empty());
        assert_eq!((seen.len(), seen[1].4), (2, PacketFlags::NONE));
        assert_eq!(seen[0].5, payload(61, 0));
        seen[0].4
    };
    for big_endian in [false, true] {
        let word = |bits: u32| (2, if big_endian { bits.to_be_bytes() } else { bits.to_le_bytes() }.to_vec());
        let cases = [
            (vec![word(0)], PacketFlags::NONE),
            (vec![word(1 << 9)], PacketFlags::CHECKSUM_NOT_READY),
            (vec![word(1 << 10)], PacketFlags::CHECKSUM_VALID),
            (vec![word(1 << 11)], PacketFlags::SEGMENTATION_OFFLOADED),
            (vec![word(7 << 9)], ALL[1].and(ALL[2]).and(ALL[3])),
            (vec![word(!(7 << 9))], PacketFlags::NONE),
            (vec![(1, b"comment".to_vec()), (4, vec![0; 8]), word(1 << 9)], PacketFlags::CHECKSUM_NOT_READY),
            (vec![(0, Vec::new()), word(1 << 9)], PacketFlags::NONE),
            (vec![(2, vec![0xff; 3])], PacketFlags::NONE),
        ];
        for (options, expected) in cases {
            assert_eq!(of(big_endian, &options), expected, "{options:?}, big_endian {big_endian}");
        }
        assert_eq!(of(big_endian, none), PacketFlags::NONE);
    }
}

/// Options that lie about their length, or end in the middle, cost the flags and no packet.
#[test]
fn broken_options_cost_no_packet() {
    for tail in
        [&[2, 0][..], &[2, 0, 4, 0], &[2, 0, 4, 0, 0, 2], &[9, 0, 0xff, 0xff, 0, 0, 0, 0], &[0; 4], &[1; 4]]
    {
        let mut body = Vec::new();
        for word in [0, 0, 1, 4, 4_u32] {
            body.extend(word.to_le_bytes());
        }
        body.extend([1, 2, 3, 4]);
        body.extend(tail);
        let bytes = Pcapng::new(false).interface(1, 0, &[]).block(6, &body).bytes();
        let (seen, damages) = read(&bytes, 64, 4);
        assert_eq!((seen.len(), damages.len()), (1, 0), "{tail:?}");
    }
}

#[test]
fn links_are_not_followed_and_the_other_names_of_a_file_keep_it() {
    let dir = Dir::new();
    let victim = dir.write("victim", b"precious");
    let (link, twin) = (dir.path().join("link"), dir.path().join("twin"));
    std::os::unix::fs::symlink(&victim, &link).unwrap();
    std::fs::hard_link(&victim, &twin).unwrap();
    let refused = Recorder::create(Box::new(Memory::new()), &link).err().unwrap();
    assert_eq!(
        refused.to_string(),
        format!("cannot make {} to record packets to: File exists (os error 17)", link.display())
    );
    drop(Recorder::create(Box::new(Memory::new()), &twin).unwrap());
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    assert_ne!(std::fs::read(&twin).unwrap(), b"precious");
}
