//! The kernel's balancing program, run by our own machine, against the engine's hash; filters around filters; tags.

mod map;
mod tunnel;

use proptest::prelude::*;

use super::packet::{Header, restore_tags};
use super::pair;
use super::program::{Wanted, around};
use super::writer::TAG_PRESENT;
use crate::balance::Balance;
use crate::base::packet::LinkType;
use crate::capture::bpf::{self, Instruction};
use crate::capture::link;
use crate::testing::{ETHERNET, Ip, RAW, ethernet, udp, v4, v6};

/// The worker by the program and by the engine.
fn both(link: LinkType, workers: usize, bytes: &[u8]) -> (usize, usize) {
    let program = pair::program_on_bytes(link, workers, &[]);
    let by_program = bpf::run(&program, bytes.len() as u32, bytes).unwrap_or(0) as usize;
    (by_program, Balance::worker(Balance::Pair.shard(link, bytes), workers))
}

fn agree(link: LinkType, bytes: &[u8]) {
    for workers in [1, 2, 3, 7, 64, 1024] {
        let (program, engine) = both(link, workers, bytes);
        assert_eq!(program, engine, "{workers} workers: {bytes:02x?}");
    }
}

const ADDRESS: [u8; 16] = [0x20, 1, 0xd, 0xb8, 7, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x12, 0x34];

/// A routing header of this type, segments left and addresses.
fn routing(kind: u8, left: u8, addresses: usize) -> Vec<u8> {
    let mut header = vec![0, addresses as u8 * 2, kind, left, 0, 0, 0, 0];
    for number in 0..addresses {
        header.extend(ADDRESS.map(|byte| byte.wrapping_add(number as u8)));
    }
    header
}

/// A destination options header that holds these bytes, padded with zeros.
fn options(bytes: &[u8]) -> Vec<u8> {
    let mut header = [&[0, 0], bytes].concat();
    header.resize(header.len().next_multiple_of(8), 0);
    header[1] = (header.len() / 8 - 1) as u8;
    header
}

fn home() -> Vec<u8> {
    [&[1, 2, 0, 0, 201, 16], ADDRESS.as_slice()].concat()
}

fn datagram() -> Ip {
    v6(17, &udp((5, 6), &[7; 40]))
}

#[test]
fn the_program_is_the_engines_hash() {
    agree(RAW, &v4(17, &udp((5, 6), &[7; 40])).bytes());
    agree(RAW, &datagram().bytes());
    agree(RAW, &datagram().between("::ffff:10.1.2.3", "::ffff:10.1.2.4").bytes());
    agree(RAW, &datagram().between("::10.1.2.3", "0:0:0:1::ffff:1").bytes());
    for header in [
        routing(0, 1, 1),
        routing(0, 1, 3),
        routing(2, 1, 1),
        routing(2, 1, 2),
        routing(0, 0, 1),
        routing(3, 1, 1),
    ] {
        let packet = datagram().with(43, &header);
        agree(RAW, &packet.bytes());
        agree(RAW, &packet.clone().with(43, &routing(0, 1, 2)).bytes());
        agree(RAW, &datagram().with(0, &[0; 8]).with(60, &options(&home())).with(43, &header).bytes());
        for fragment in packet.fragments(16) {
            agree(RAW, &fragment.bytes());
        }
    }
    for bytes in
        [home(), home()[4..].to_vec(), vec![], vec![0, 0, 0, 201, 4, 0, 0, 0, 0], vec![1, 200], vec![5]]
    {
        agree(RAW, &datagram().with(60, &options(&bytes)).bytes());
    }
    let once = datagram().with(60, &options(&home()));
    let other: Vec<u8> = home().iter().map(|byte| if *byte > 201 { byte ^ 1 } else { *byte }).collect();
    agree(RAW, &once.with(60, &options(&other)).bytes());
    agree(
        RAW,
        &datagram()
            .with(51, &[0, 4, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
            .with(43, &routing(0, 1, 1))
            .bytes(),
    );
}

#[test]
fn the_hash_depends_on_what_it_should() {
    let plain = both(RAW, 1024, &datagram().bytes()).0;
    assert_ne!(plain, 0);
    let routed = both(RAW, 1024, &datagram().with(43, &routing(0, 1, 1)).bytes()).0;
    let homed = both(RAW, 1024, &datagram().with(60, &options(&home())).bytes()).0;
    assert!(plain != routed && plain != homed && homed != routed, "{plain} {routed} {homed}");
}

/// Bytes in front of an IP packet, and the EtherType that leads to them.
fn below(kind: u8, ip: &[u8]) -> (u16, Vec<u8>) {
    match kind {
        0 => (if ip[0] >> 4 == 6 { 0x86dd } else { 0x0800 }, ip.to_vec()),
        1 => (0x8847, [&[0, 1, 0x21, 64], ip].concat()),
        2 => (0x8847, [&[0, 1, 0x20, 64, 0, 2, 0x20, 9, 0, 3, 0xff, 255], ip].concat()),
        3 => {
            let length = (ip.len() as u16 + 2).to_be_bytes();
            let number = if ip[0] >> 4 == 6 { 0x57 } else { 0x21 };
            (0x8864, [&[0x11, 0, 0, 9, length[0], length[1], 0, number], ip].concat())
        }
        _ => (0x0806, ip.to_vec()),
    }
}

fn frame(tags: &[u16], kind: u8, ip: &[u8]) -> Vec<u8> {
    let (mut number, mut bytes) = below(kind, ip);
    for tag in tags.iter().rev() {
        bytes = [&[0x20, 9], number.to_be_bytes().as_slice(), bytes.as_slice()].concat();
        number = *tag;
    }
    ethernet(number, &bytes)
}

fn address(seed: u64, version: u8, disguised: bool) -> String {
    match version {
        4 => format!("10.{}.{}.{}", seed as u8, (seed >> 8) as u8, (seed >> 16) as u8),
        _ if disguised => format!("::ffff:{:x}:{:x}", seed as u16, (seed >> 16) as u16),
        _ => format!("2001:db8:{:x}::{:x}:{:x}", seed as u16, (seed >> 16) as u16, (seed >> 32) as u16),
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(2000))]

    #[test]
    fn program_and_engine_agree(
        seeds: (u64, u64),
        six: bool,
        disguised in 0..8_u8,
        tags in prop::collection::vec(prop::sample::select(vec![0x8100_u16, 0x88a8, 0x9100]), 0..4),
        kind in 0..5_u8,
        chain in prop::collection::vec((0..7_u8, any::<u8>(), 0..4_usize, 0..2_u8), 0..6),
        noise in prop::collection::vec(0..=202_u8, 0..6),
        fragmented: bool,
    ) {
        let version = if six { 6 } else { 4 };
        let (a, b) = (address(seeds.0, version, disguised == 0), address(seeds.1, version, disguised == 0));
        let base = if six { datagram() } else { v4(17, &udp((5, 6), &[7; 40])) };
        let mut packet = base.between(&a, &b);
        for (what, byte, count, left) in chain.iter().filter(|_| six) {
            packet = match what {
                0 => packet.with(0, &options(&[1, 1, *byte])),
                1 => packet.with(60, &options(&home())),
                2 => packet.with(60, &options(&noise)),
                3 => packet.with(60, &options(&[&[1, *count as u8], noise.as_slice(), home().as_slice()].concat())),
                4 => packet.with(43, &routing(0, *left, *count)),
                5 => packet.with(43, &routing(2, *left, *count)),
                _ => packet.with(51, &[&[0, 2 * *count as u8], vec![*byte; 6 + 8 * count].as_slice()].concat()),
            };
        }
        let packets = if fragmented { packet.fragments(24) } else { vec![packet] };
        for packet in packets {
            let ip = packet.bytes();
            prop_assert_eq!(both(RAW, 1024, &ip).0, both(RAW, 1024, &ip).1, "{:02x?}", ip);
            let bytes = frame(&tags, kind, &ip);
            let (program, engine) = both(ETHERNET, 1024, &bytes);
            prop_assert_eq!(program, engine, "{:02x?}", bytes);
        }
    }
}

#[test]
fn a_filter_passes_tagged_packets_and_drops_what_goes_out_of_the_loopback() {
    let own = [Instruction { code: 6, k: 7, ..Instruction::default() }];
    let wanted = |names_tags| Wanted { program: own.to_vec(), names_tags };
    assert_eq!(around(link::ETHERNET, false, None), None);
    assert_eq!(
        around(RAW, false, Some(&wanted(true))),
        Some([own[0], Instruction { code: 6, ..own[0] }].map(|i| i).to_vec()).map(|mut v| {
            v[1].k = 0;
            v
        })
    );
    let ethernet = around(link::ETHERNET, false, Some(&wanted(true))).unwrap();
    assert_eq!(ethernet[0].k, TAG_PRESENT);
    assert_eq!(
        around(link::ETHERNET, false, Some(&wanted(false))).unwrap()[0],
        own[0],
        "the kernel sees none"
    );
    let loopback = around(link::ETHERNET, true, None).unwrap();
    assert_eq!(loopback[0].k, (libc::SKF_AD_OFF + libc::SKF_AD_PKTTYPE) as u32);
}

#[test]
fn programs_are_as_long_as_the_kernel_takes() {
    assert!(pair::program(ETHERNET, 64, &[]).len() < 4096);
}

/// A packet as the ring has it, behind `offset` bytes of header.
fn in_ring(packet: &[u8], offset: usize, status: u32, tag: (u16, u16)) -> Vec<u8> {
    let mut bytes = vec![0; offset];
    let mut put = |at: usize, what: &[u8]| bytes[at..at + what.len()].copy_from_slice(what);
    let length = (packet.len() as u32).to_ne_bytes();
    put(0, &((offset + packet.len()).next_multiple_of(8) as u32).to_ne_bytes());
    put(12, &length);
    put(16, &length);
    put(20, &status.to_ne_bytes());
    put(24, &(offset as u16).to_ne_bytes());
    put(32, &u32::from(tag.1).to_ne_bytes());
    put(36, &tag.0.to_ne_bytes());
    bytes.extend_from_slice(packet);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

#[test]
fn tags_are_put_back() {
    let plain = ethernet(0x0800, &v4(17, &[1; 20]).bytes());
    let valid = libc::TP_STATUS_VLAN_VALID;
    let cases: [(u32, u16, &[u8]); 3] = [
        (0, 0x88a8, &plain[12..14]),
        (valid, 0x88a8, &[0x81, 0, 0x60, 7, 8, 0]),
        (valid | libc::TP_STATUS_VLAN_TPID_VALID, 0x88a8, &[0x88, 0xa8, 0x60, 7, 8, 0]),
    ];
    let mut block: Vec<u8> = vec![0; 24];
    for (status, kind, _) in cases {
        block.extend(in_ring(&plain, 86, status, (kind, 0x6007)));
    }
    restore_tags(&mut block, 24, 3);
    let mut at = 24;
    for (_, _, types) in cases {
        let header = Header::read(&block, at).unwrap();
        let start = at + header.offset;
        let expected = [&plain[..12], types, &plain[14..]].concat();
        assert_eq!(&block[start..start + header.captured as usize], expected);
        assert_eq!(header.wire as usize, expected.len());
        at += header.next;
    }
}

#[test]
fn headers_that_do_not_fit_are_none() {
    let block = in_ring(&[1; 30], 82, 0, (0, 0));
    assert!(Header::read(&block, 0).is_some());
    assert!(Header::read(&block[..100], 0).is_none());
    assert!(Header::read(&block, usize::MAX).is_none());
    let mut broken = block;
    restore_tags(&mut broken[..100], 0, 3);
    restore_tags(&mut broken, 90, 3);
}
