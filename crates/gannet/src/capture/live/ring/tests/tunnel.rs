//! The balancing program that looks into mirror tunnels, run by our own machine, against the engine's way: open, then hash.

use proptest::prelude::*;

use super::super::pair;
use crate::balance::{Balance, Decap, decap};
use crate::base::packet::{LinkType, PacketMeta};
use crate::capture::bpf;
use crate::testing::{ETHERNET, Ip, RAW, ethernet, udp, v4, v6};

const WORKERS: usize = 1024;

fn tunnels(text: &str) -> Vec<Decap> {
    text.split(',').map(|one| one.parse().unwrap()).collect()
}

/// The worker by the program and by the engine, and whether the engine has opened a tunnel.
fn both(tunnels: &[Decap], link: LinkType, bytes: &[u8]) -> (usize, usize, bool) {
    let length = bytes.len() as u32;
    let program = pair::program_on_bytes(link, WORKERS, tunnels);
    let by_program = bpf::run(&program, length, bytes).unwrap_or(0) as usize;
    let mut packet = PacketMeta { captured: length, wire: length, link, ..PacketMeta::default() };
    decap::open(tunnels, &mut packet, bytes);
    let inside = &bytes[packet.at as usize..(packet.at + packet.captured) as usize];
    let shard = Balance::Pair.shard(packet.link, inside);
    (by_program, Balance::worker(shard, WORKERS), packet.at > 0)
}

fn tagged(tags: usize, ip: &[u8]) -> Vec<u8> {
    let mut number = if ip[0] >> 4 == 6 { 0x86dd_u16 } else { 0x0800 };
    let mut bytes = ip.to_vec();
    for _ in 0..tags {
        bytes = [&[0, 9], number.to_be_bytes().as_slice(), &bytes].concat();
        number = 0x8100;
    }
    ethernet(number, &bytes)
}

fn datagram(six: bool, seed: u32) -> Ip {
    let (high, low) = (seed >> 16, seed & 0xffff);
    let packet = udp((5, 6), &[7; 40]);
    if six {
        v6(17, &packet).between(&format!("2001:db8::{high:x}:{low:x}"), "2001:db8::2")
    } else {
        v4(17, &packet).between(&format!("10.9.{}.{}", low >> 8, low & 0xff), "10.8.0.1")
    }
}

/// A tunnel's protocol and its headers with what is in them: kinds 0 to 8.
fn wrapped(kind: u8, noise: u8, words: u8, flags: u16, frame: &[u8], ip: &[u8]) -> (u8, Vec<u8>) {
    let over = |port, header: &[u8], inner: &[u8]| (17, udp((40_000, port), &[header, inner].concat()));
    let ether = if ip[0] >> 4 == 6 { 0x86dd_u16 } else { 0x0800 };
    let gre = |flags: u16, number: u16, more: &[u8], inner: &[u8]| {
        let optional = vec![noise; 4 * (flags & 0xb000).count_ones() as usize];
        let start = [flags.to_be_bytes(), number.to_be_bytes()].concat();
        (47, [start.as_slice(), &optional, more, inner].concat())
    };
    let geneve = |number: u16| {
        let number = number.to_be_bytes();
        let mut header = vec![words & 0x3f, 0x40, number[0], number[1], 0, 0, 9, 0];
        header.resize(8 + 4 * usize::from(words & 0x3f), noise);
        header
    };
    let third = |frame: u8| {
        let mut header = vec![noise; 10];
        header.extend([frame << 2, words & 1]);
        header.resize(if words & 1 == 1 { 20 } else { 12 }, noise);
        header
    };
    match kind {
        0 => over(4789, &[8, 0, 0, 0, 0, 0, 9, 0], frame),
        1 => over(6081, &geneve(0x6558), frame),
        2 => over(6081, &geneve(ether), ip),
        3 => gre(flags, 0x6558, &[], frame),
        4 => gre(flags, ether, &[], ip),
        5 => gre(flags & !0x1000, 0x88be, &[], frame),
        6 => gre(flags | 0x1000, 0x88be, &[noise; 8], frame),
        7 => gre(flags, 0x22eb, &third(0), frame),
        _ => gre(flags, 0x22eb, &third(2), ip),
    }
}

const ALL: &str = "vxlan,geneve,erspan,gre";

#[test]
fn every_kind_is_followed() {
    for kind in 0..9 {
        for six in [false, true] {
            for words in [0, 1, 5] {
                let mut places = std::collections::HashSet::new();
                for seed in 1..20 {
                    let ip = datagram(seed % 2 == 0, seed).bytes();
                    let (proto, payload) = wrapped(kind, 3, words, 0xb000, &tagged(1, &ip), &ip);
                    let outer = if six { v6(proto, &payload) } else { v4(proto, &payload) };
                    let (program, engine, opened) = both(&tunnels(ALL), ETHERNET, &tagged(2, &outer.bytes()));
                    assert!(opened, "{kind} {six} {words}");
                    assert_eq!(program, engine, "{kind} {six} {words}");
                    places.insert(program);
                }
                assert!(places.len() > 10, "{kind} {six}: {places:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(2000))]

    #[test]
    fn program_and_engine_agree(
        kind in 0..9_u8,
        sixes: (bool, bool),
        seed: u32,
        tags in (0..3_usize, 0..4_usize),
        noise: u8,
        words in 0..64_u8,
        flags in prop::sample::select(vec![0_u16, 0x8000, 0x2000, 0x1000, 0xa000, 0xb000, 0x4000, 1]),
        broken in prop::option::weighted(0.3, (0..24_usize, any::<u8>())),
        cut in prop::option::weighted(0.2, 1..60_usize),
        fragmented in prop::bool::weighted(0.2),
        which in prop::sample::select(vec![
            ALL, "gre", "vxlan:4790,geneve", "erspan@192.0.2.1,vxlan@192.0.2.9,gre@2001:db8::77",
            "vxlan@::ffff:192.0.2.1,geneve@2001:db8::99,erspan@2001:db8::77", "gre@10.1.1.1,geneve@192.0.2.9",
        ]),
    ) {
        let ip = datagram(sixes.0, seed).bytes();
        let (proto, mut payload) = wrapped(kind, noise, words, flags, &tagged(tags.1, &ip), &ip);
        if let Some((at, byte)) = broken {
            payload[at] = byte;
        }
        if let Some(length) = cut {
            payload.truncate(length);
        }
        let outer = if sixes.1 {
            v6(proto, &payload).between("2001:db8::77", "2001:db8::99")
        } else {
            v4(proto, &payload).between("192.0.2.1", "192.0.2.9")
        };
        let packets = if fragmented { outer.fragments(24) } else { vec![outer] };
        for packet in packets {
            let tunnels = tunnels(which);
            let ip = packet.bytes();
            let (program, engine, _) = both(&tunnels, RAW, &ip);
            prop_assert_eq!(program, engine, "{} {:02x?}", which, ip);
            let frame = tagged(tags.0, &ip);
            let (program, engine, _) = both(&tunnels, ETHERNET, &frame);
            prop_assert_eq!(program, engine, "{} {:02x?}", which, frame);
        }
    }
}

#[test]
fn programs_are_as_long_as_the_kernel_takes() {
    let many = ["vxlan@2001:db8::1", "geneve@2001:db8::1", "erspan@192.0.2.1", "gre@192.0.2.1"].join(",");
    let length = pair::program(ETHERNET, 64, &tunnels(&many)).len();
    assert!(length < 4096, "{length}");
}

#[test]
fn a_header_with_nothing_behind_it_goes_by_its_own_addresses() {
    for proto in [17, 47] {
        let ip = v4(proto, &[]).between("192.0.2.1", "192.0.2.9").bytes();
        let (program, engine, opened) = both(&tunnels(ALL), RAW, &ip);
        assert!(!opened && program == engine && engine != 0, "{proto}: {program} {engine}");
    }
}
