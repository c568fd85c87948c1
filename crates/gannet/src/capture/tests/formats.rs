//! Formats and their variants: what is read, what is damage, and where.

use super::build::{MICROS, MODIFIED, NANOS, Pcap, Pcapng, option64, payload};
use super::*;
use crate::base::time::Timestamp;

const SECOND: i64 = 1_000_000_000;

fn times(seen: &[Seen]) -> Vec<i64> {
    seen.iter().map(|packet| packet.ts).collect()
}

/// Reads whole, with no damage.
fn whole(bytes: &[u8]) -> Vec<Seen> {
    let (seen, damages) = read(bytes, 1 << 16, 64);
    assert!(damages.is_empty(), "{damages:?}");
    seen
}

/// A file of each format in each byte order, with packets of these lengths one second apart.
fn all_formats(lengths: &[usize]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for big_endian in [false, true] {
        for magic in [MICROS, NANOS, MODIFIED] {
            let pcap = lengths.iter().enumerate().fold(Pcap::new(big_endian, magic), |pcap, (i, n)| {
                pcap.packet(i as u32 + 1, 500, &payload(*n, i as u8))
            });
            files.push((format!("pcap {magic:x} big_endian={big_endian}"), pcap.bytes()));
        }
        let start = Pcapng::new(big_endian).interface(1, 0, &[]);
        let pcapng = lengths.iter().enumerate().fold(start, |pcapng, (i, n)| {
            pcapng.packet(0, (i as u64 + 1) * 1_000_000 + 500, &payload(*n, i as u8))
        });
        files.push((format!("pcapng big_endian={big_endian}"), pcapng.bytes()));
    }
    files
}

#[test]
fn every_format_in_both_byte_orders() {
    for (name, bytes) in all_formats(&[60, 0, 1514, 61]) {
        let seen = whole(&bytes);
        let fraction = if name.contains("a1b23c4d") { 500 } else { 500_000 };
        let expected: Vec<i64> = (1..5).map(|second| second * SECOND + fraction).collect();
        assert_eq!(times(&seen), expected, "{name}");
        for (i, (packet, length)) in seen.iter().zip([60, 0, 1514, 61]).enumerate() {
            assert_eq!(packet.bytes, payload(length, i as u8), "{name}");
            assert_eq!((packet.wire, packet.link), (length as u32, 1), "{name}");
        }
    }
}

#[test]
fn every_cut_gives_whole_packets_and_the_offset() {
    for (name, bytes) in all_formats(&[60, 7, 0, 33]) {
        let all = whole(&bytes);
        let mut counts = Vec::new();
        for cut in 12..bytes.len() {
            let (seen, damages) = read(&bytes[..cut], 64, 2);
            assert_eq!(seen, all[..seen.len()], "{name} cut at {cut}");
            counts.push(seen.len());
            for damage in damages.iter() {
                assert_eq!(damage.kind, DamageKind::Cut, "{name} cut at {cut}");
                if damage.offset == 0 {
                    continue;
                }
                let (again, none) = read(&bytes[..damage.offset as usize], 64, 2);
                assert!(none.is_empty() && again == seen, "{name} cut at {cut}: {damage}");
            }
        }
        assert!(counts.is_sorted() && *counts.last().unwrap() == 3, "{name}");
    }
}

#[test]
fn blocks_of_any_size_and_batches_of_any_length() {
    for (name, bytes) in all_formats(&[60, 1, 0, 1514, 300, 5, 60, 60]) {
        let all = whole(&bytes);
        for block in [1, 16, 63, 64, 100, 512, 1500, 4096] {
            for max in [1, 3, 100] {
                let (seen, damages) = read(&bytes, block, max);
                assert!(damages.is_empty() && seen == all, "{name}, block {block}, max {max}: {damages:?}");
            }
        }
    }
}

#[test]
fn seconds_are_signed_in_the_hosts_byte_order_only() {
    let file = |big_endian| Pcap::new(big_endian, MICROS).packet(0xffff_ffff, 0, &[0]).bytes();
    assert_eq!(times(&whole(&file(false))), [-SECOND]);
    assert_eq!(times(&whole(&file(true))), [0xffff_ffff * SECOND]);
}

#[test]
fn a_fraction_beyond_a_second_is_added() {
    let file = Pcap::new(false, MICROS).packet(1, 2_500_000, &[0]).bytes();
    assert_eq!(times(&whole(&file)), [3_500_000_000]);
}

#[test]
fn snap_length_cuts_longer_records() {
    for (snap, magic, captured) in
        [(10, MICROS, 10), (0, MICROS, 40), (u32::MAX, MICROS, 40), (10, MODIFIED, 24)]
    {
        let file = Pcap::with(false, magic, (2, 4), snap, 1).packet(1, 0, &payload(40, 0)).packet(2, 0, &[9]);
        let seen = whole(&file.bytes());
        assert_eq!(seen[0].bytes, payload(40, 0)[..captured]);
        assert_eq!((seen[0].wire, seen[1].bytes.as_slice()), (40, &[9][..]));
    }
}

#[test]
fn the_largest_record_is_read_and_a_larger_one_is_damage() {
    let start = Pcap::with(false, MICROS, (2, 4), 262_144, 1).packet(1, 0, &[1, 2]);
    let large = payload(262_144, 3);
    for block in [64, 4096, 1 << 18] {
        let (seen, damages) = read(&start.clone().packet(2, 0, &large).bytes(), block, 9);
        assert!(damages.is_empty() && seen.len() == 2 && seen[1].bytes == large);
    }
    let (seen, damages) = read(&start.packet(2, 0, &payload(262_145, 3)).bytes(), 4096, 9);
    assert_eq!((seen.len(), damages.len()), (1, 1));
    assert_eq!((damages[0].offset, damages[0].kind), (24 + 18, DamageKind::Malformed));
    assert!(damages[0].to_string().contains("262145"), "{}", damages[0]);
}

#[test]
fn old_versions_have_their_lengths_the_other_way_round() {
    for (version, lengths) in
        [((2, 2), (100, 3)), ((2, 3), (100, 3)), ((2, 3), (3, 100)), ((543, 0), (100, 3))]
    {
        let file = Pcap::with(false, MICROS, version, 65_535, 1).record(1, 0, lengths, &[1, 2, 3]).bytes();
        let seen = whole(&file);
        assert_eq!((seen[0].wire, seen[0].bytes.len()), (100, 3), "{version:?}");
    }
}

#[test]
fn link_types_are_those_of_libpcap() {
    for (file, dlt) in [(1, 1), (101, 12), (100, 11), (104, 104), (106, 19), (0x1400_0001, 1), (246, 18)] {
        let file = Pcap::with(true, MICROS, (2, 4), 0, file).packet(1, 0, &[0]).bytes();
        assert_eq!(whole(&file)[0].link, dlt);
    }
}

#[test]
fn nflog_attributes_come_in_the_hosts_order() {
    let big = [2, 0, 0, 0, 0, 5, 0, 10, 7, 0, 0, 0, 0, 6, 0, 9, 1, 2];
    let little = [2, 0, 0, 0, 5, 0, 10, 0, 7, 0, 0, 0, 6, 0, 9, 0, 1, 2];
    for block in [16, 64, 4096] {
        let file = (1..9).fold(Pcap::with(true, MICROS, (2, 4), 0, 239), |pcap, i| pcap.packet(i, 0, &big));
        let (seen, _) = read(&file.bytes(), block, 3);
        assert!(seen.len() == 8 && seen.iter().all(|packet| packet.bytes == little), "block {block}");
        let file =
            (1..9).fold(Pcapng::new(true).interface(239, 0, &[]), |pcapng, i| pcapng.packet(0, i, &big));
        let (seen, _) = read(&file.bytes(), block, 3);
        assert!(seen.len() == 8 && seen.iter().all(|packet| packet.bytes == little), "block {block}");
    }
    let file = Pcap::with(false, MICROS, (2, 4), 0, 239).packet(1, 0, &little).bytes();
    assert_eq!(whole(&file)[0].bytes, little);
}

#[test]
fn sections_have_their_own_interfaces_and_byte_order() {
    for big_endian in [false, true] {
        let file = Pcapng::new(big_endian)
            .interface(1, 0, &[])
            .interface(101, 0, &[(9, &[9])])
            .packet(0, 1_000_000, &[1])
            .block(0x0bad_cafe, &[1, 2, 3, 4, 5])
            .packet(1, 2, &[2])
            .obsolete(1, 3, &[3])
            .section(!big_endian)
            .interface(113, 3, &[])
            .simple(9, &[4, 5, 6])
            .simple(2, &[7, 8])
            .packet(0, 5, &[9])
            .bytes();
        let seen = whole(&file);
        let got: Vec<_> = seen.iter().map(|p| (p.ts, p.link, p.wire, p.bytes.as_slice())).collect();
        assert_eq!(
            got,
            [
                (SECOND, 1, 1, &[1][..]),
                (2, 12, 1, &[2]),
                (3, 12, 1, &[3]),
                (0, 113, 9, &[4, 5, 6]),
                (0, 113, 2, &[7, 8]),
                (5000, 113, 1, &[9]),
            ]
        );
    }
}

#[test]
fn resolutions_and_offsets() {
    for big_endian in [false, true] {
        for (resolution, offset, units, nanos) in [
            (0, 0, 7, 7 * SECOND),
            (3, 0, 1_500, 1_500_000_000),
            (9, 1, 5, SECOND + 5),
            (12, 0, 5_999, 5),
            (19, 0, 15_000_000_000_000_000_000, 1_500_000_000),
            (0x80, 0, 2, 2 * SECOND),
            (0x8a, 0, 512, 500_000_000),
            (0xbf, 0, u64::MAX, 1_999_999_999),
            (6, -10, 1_000_000, -9 * SECOND),
            (6, i64::MAX, 0, i64::MAX),
            (6, i64::MIN, 0, i64::MIN),
            (0, 0, u64::MAX, i64::MAX),
        ] {
            let offset = option64(big_endian, offset);
            let file = Pcapng::new(big_endian)
                .interface(1, 0, &[(1, b"comment"), (9, &[resolution]), (14, &offset)])
                .packet(0, units, &[1])
                .bytes();
            assert_eq!(times(&whole(&file)), [nanos], "resolution {resolution}");
        }
    }
}

#[test]
fn malformed_blocks_are_damage_where_they_begin() {
    let start = || Pcapng::new(false).interface(1, 0, &[]).packet(0, 1, &[1, 2, 3, 4]);
    let at = start().bytes().len() as u64;
    let interface = |options| start().interface(1, 0, options).bytes();
    let raw = |words: &[u32]| {
        let mut bytes = start().bytes();
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    };
    for (what, bytes) in [
        ("no such interface", start().packet(1, 1, &[1]).bytes()),
        ("interface of another section", start().section(false).packet(0, 1, &[1]).bytes()),
        ("captured beyond the block", start().enhanced(0, 1, (100, 100), &[1]).bytes()),
        ("captured beyond sanity", start().enhanced(0, 1, (262_145, 262_145), &payload(262_145, 0)).bytes()),
        ("too short for its fields", start().block(6, &[0; 12]).bytes()),
        ("an interface too short", start().block(1, &[0; 4]).bytes()),
        ("resolution beyond 64 bits", interface(&[(9, &[20])])),
        ("binary resolution beyond 64 bits", interface(&[(9, &[0xc0])])),
        ("resolution of two bytes", interface(&[(9, &[6, 6])])),
        ("offset of four bytes", interface(&[(14, &[6, 6, 6, 6])])),
        ("resolution twice", interface(&[(9, &[6]), (9, &[6])])),
        ("an option beyond its block", start().block(1, &[1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 99, 0]).bytes()),
        ("a block of 8 bytes", raw(&[5, 8, 8, 8])),
        ("a block of 14 bytes", raw(&[5, 14, 0, 14])),
        ("a block beyond the limit", raw(&[5, (16 << 20) + 4, 0, 0])),
        ("lengths that differ", raw(&[5, 16, 0, 20])),
        ("a section of no byte order", raw(&[0x0a0d_0d0a, 28, 7, 1, 0, 0, 28])),
    ] {
        let (seen, damages) = read(&bytes, 4096, 9);
        let sections = if what.starts_with("interface of another") { 28 } else { 0 };
        assert_eq!((seen.len(), damages.len()), (1, 1), "{what}: {damages:?}");
        assert_eq!((damages[0].kind, damages[0].offset), (DamageKind::Malformed, at + sections), "{what}");
    }
}

#[test]
fn a_block_that_claims_much_and_has_little_takes_little() {
    let mut bytes = Pcapng::new(false).bytes();
    bytes.extend([6_u32, 16 << 20, 0].iter().flat_map(|word| word.to_le_bytes()));
    let (seen, damages) = read(&bytes, 4096, 9);
    assert!(seen.is_empty() && damages[0].kind == DamageKind::Cut);
}

#[test]
fn packets_that_share_a_block_outlive_its_reading() {
    let dir = Dir::new();
    let pcap = (0..50).fold(Pcap::new(false, MICROS), |pcap, i| pcap.packet(i, 0, &payload(40, i as u8)));
    let path = dir.write("a", &pcap.bytes());
    let mut files = Files::with_limits(&[path], Limits { block: 200, open: 4 }).unwrap();
    let mut batches = Vec::new();
    loop {
        let mut batch = Batch::default();
        if files.fill(&mut batch, 2).unwrap() == Filled::End {
            break;
        }
        batches.push(batch);
    }
    let packets = batches.iter().flat_map(|batch| batch.packets.iter().map(|packet| batch.bytes(packet)));
    assert!(packets.enumerate().all(|(i, bytes)| bytes == payload(40, i as u8)));
}

#[test]
fn written_files_are_read_back() {
    use super::write::{Precision, Writer};
    for (precision, nanos) in [(Precision::Micros, 123_456_000), (Precision::Nanos, 123_456_789)] {
        for seconds in [0, 1_700_000_000, -5] {
            let mut writer = Writer::new(Vec::new(), LinkType(12), precision).unwrap();
            let ts = Timestamp::from_parts(seconds, 123_456_789);
            writer.packet(ts, 99, &[1, 2, 3]).unwrap();
            let seen = whole(&writer.finish().unwrap());
            let expected = Seen { ts: seconds * SECOND + nanos, wire: 99, link: 12, bytes: vec![1, 2, 3] };
            assert_eq!(seen, [expected]);
        }
    }
}

#[test]
fn memory_gives_what_was_pushed() {
    let mut memory = Memory::new();
    for i in 0..100_u32 {
        let ts = Timestamp::from_nanos(i64::from(i));
        memory.push(LinkType(1), ts, i + 5000, payload(i as usize * 31, i as u8));
    }
    memory.push(LinkType(7), Timestamp::ZERO, 1, payload(200_000, 1));
    let seen = drain(&mut memory, 7);
    assert_eq!(seen.len(), 101);
    assert!(seen.iter().take(100).enumerate().all(|(i, p)| p.bytes == payload(i * 31, i as u8)));
    assert_eq!(seen[100].bytes, payload(200_000, 1));
}
