//! Bytes that nobody meant to be a capture: nothing panics, nothing runs away.

use proptest::prelude::*;

use super::build::{MICROS, Pcap, Pcapng, payload};
use super::*;

/// Reads what can be read, whatever comes.
fn survive(bytes: &[u8], block: usize) {
    let dir = Dir::new();
    let path = dir.write("capture", bytes);
    let Ok(mut files) = Files::with_limits(&[path], Limits { block, open: 4 }) else { return };
    let mut batch = Batch::default();
    let mut packets = 0;
    // A changed frame may expand to a great deal, but not for ever.
    let most = bytes.len() + if bytes.starts_with(&[0x28, 0xb5]) { 1 << 20 } else { 1 << 12 };
    while let Ok(Filled::Packets) = files.fill(&mut batch, 16) {
        packets += batch.packets.len();
        for packet in &batch.packets {
            assert_eq!(batch.bytes(packet).len(), packet.captured as usize);
        }
    }
    assert!(packets <= most && files.status().damages.len() <= 1);
}

fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for big_endian in [false, true] {
        samples.push(Pcap::new(big_endian, MICROS).packet(1, 2, &payload(60, 0)).packet(2, 3, &[1]).bytes());
        samples.push(
            Pcapng::new(big_endian)
                .interface(1, 96, &[(2, b"eth0"), (9, &[9]), (14, &[0; 8])])
                .packet(0, 1, &payload(60, 0))
                .flagged(&payload(61, 0), &[(1, b"why".to_vec()), (2, vec![0, 2, 2, 0]), (0, Vec::new())])
                .simple(5, &[1, 2, 3, 4, 5])
                .obsolete(0, 1, &[1, 2, 3])
                .section(!big_endian)
                .interface(239, 0, &[])
                .packet(0, 1, &payload(60, 0))
                .bytes(),
        );
    }
    #[cfg(feature = "compression")]
    for bytes in samples.clone() {
        samples.push(super::files::gzip(&bytes));
        samples.push(super::files::zstd(&bytes));
    }
    samples
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_after_a_magic(
        magic in prop::sample::select(vec![
            vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0], vec![0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4],
            vec![0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a], vec![0x1f, 0x8b, 8, 0],
            vec![0x28, 0xb5, 0x2f, 0xfd], vec![],
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
        block in 1_usize..400,
    ) {
        survive(&[magic, rest].concat(), block);
    }

    #[test]
    fn changed_bytes(
        sample in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        block in 1_usize..400,
    ) {
        let samples = samples();
        let mut bytes = sample.get(&samples).clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        survive(&bytes, block);
    }
}
