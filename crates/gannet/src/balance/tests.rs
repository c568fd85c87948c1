//! Shards: the same for both directions and all fragments, spread evenly, and never dependent on the build.

use proptest::prelude::*;

use super::{Balance, flow_shard, shard};
use crate::base::key::Addr;
use crate::base::packet::LinkType;
use crate::base::shard::SHARDS;
use crate::decode::ends::Ends;
use crate::flow::Conn;
use crate::testing::{ETHERNET, Ip, Lab, RAW, ethernet, icmp, ip, tcp, udp, v4, v6};
use crate::worker::stats::Stats;

fn of(link: LinkType, bytes: &[u8]) -> u16 {
    Balance::Pair.shard(link, bytes)
}

fn flow(packet: &Ip) -> u16 {
    Balance::Flow.shard(RAW, &packet.bytes())
}

#[test]
fn values_never_change() {
    let pair = |a: &str, b: &str| shard(Addr::from(ip(a)), Addr::from(ip(b)));
    // Worked out from the description of the function: they may not change between versions.
    assert_eq!(pair("10.0.0.1", "10.0.0.2"), by_the_book(0x0a00_0001, 0x0a00_0002));
    assert_eq!(pair("2001:db8::1", "2001:db8::2"), by_the_book(0x2001_0db8 ^ 1, 0x2001_0db8 ^ 2));
    assert_eq!(pair("0.0.0.0", "0.0.0.0"), 0);
}

fn by_the_book(a: u32, b: u32) -> u16 {
    const KEY: u64 = 0x9e37_79b1;
    let low = |n: u64| n & 0xffff_ffff;
    let sum = low(low(u64::from(a) + u64::from(b)) * KEY);
    (low((sum ^ sum >> 15) * KEY) >> 22) as u16
}

#[test]
fn values_of_flows_never_change() {
    let ends = |ports| Ends { src: Addr::v4(0x0a00_0001), dst: Addr::v4(0x0a00_0002), ports };
    assert_eq!(flow_shard(ends(None)), by_the_book(0x0a00_0001, 0x0a00_0002));
    let ports = (((40_000 + 80) * 0x85eb_ca6b_u64) & 0xffff_ffff) as u32;
    assert_eq!(flow_shard(ends(Some((40_000, 80)))), by_the_book(0x1400_0003, ports));
}

#[test]
fn packets_of_a_flow_meet() {
    for version in [v4, v6] {
        let pair = of(RAW, &version(17, &[]).bytes());
        let mut seen = std::collections::HashSet::new();
        for port in 0..200 {
            for transport in
                [version(6, &tcp((port, 80), 1, 1, 2, &[])), version(17, &udp((port, 80), &[1; 64]))]
            {
                let shard = flow(&transport);
                assert_eq!(flow(&transport.clone().back()), flow(&transport), "as the ports are the same");
                assert_eq!(of(RAW, &transport.bytes()), pair);
                seen.insert(shard);
                for fragment in transport.fragments(16) {
                    assert!(fragment.fragment == 0 || flow(&fragment) == pair, "fragments go by the pair");
                }
            }
        }
        assert!(seen.len() > 150, "{}", seen.len());
        for port in [4789, 6081, 2152, 4754] {
            assert_eq!(flow(&version(17, &udp((9999, port), &[]))), pair, "a tunnel");
            assert_eq!(flow(&version(17, &udp((port, 9999), &[]))), pair, "a tunnel");
        }
    }
    let swapped = v4(17, &udp((80, 7), &[])).back();
    assert_eq!(flow(&swapped), flow(&v4(17, &udp((7, 80), &[]))), "both directions");
    let pair = of(RAW, &v4(0, &[]).bytes());
    assert_eq!(flow(&icmp(8, 0, &[1; 8])), pair);
    assert_eq!(flow(&v4(132, &[1; 12])), pair, "SCTP makes one connection of a pair");
    assert_eq!(flow(&v4(6, &[1; 3])), pair, "ports that are cut");
    let extended = v6(17, &udp((7, 9), &[])).with(60, &[0; 8]);
    assert_eq!(flow(&extended), flow(&v6(17, &udp((7, 9), &[]))), "behind extension headers");
    assert_eq!(flow(&v6(17, &udp((7, 9), &[])).with(50, &[7; 8])), of(RAW, &v6(0, &[]).bytes()), "encrypted");
}

/// A flow of which some datagrams come in fragments, all at one time.
fn in_fragments(balance: Balance, version: fn(u8, &[u8]) -> Ip) -> (Vec<Conn>, Stats) {
    let datagram = version(17, &udp((7, 9), &[1; 64]));
    let mut whole = vec![datagram.clone()];
    for id in 1..4 {
        whole.extend(Ip { id, ..datagram.clone() }.fragments(16));
    }
    let mut lab = Lab::with(|config| config.balance = balance);
    for packet in &whole {
        lab.packet(1.0, packet);
    }
    let rows = lab.finish();
    (rows.conns, rows.stats)
}

#[test]
fn datagrams_apart_from_their_flow_are_counted_and_have_ids_of_their_own() {
    for version in [v4, v6] {
        let (conns, stats) = in_fragments(Balance::Pair, version);
        assert_eq!((conns.len(), stats.apart_fragments, stats.fragments), (1, 0, 15));
        assert_eq!(conns[0].orig_pkts, Some(4));
        let (conns, stats) = in_fragments(Balance::Flow, version);
        assert_eq!((conns.len(), stats.apart_fragments, stats.fragments), (2, 3, 15));
        assert_ne!(conns[0].conn.uid, conns[1].conn.uid);
        let mut packets: Vec<_> = conns.iter().map(|conn| conn.orig_pkts).collect();
        packets.sort_unstable();
        assert_eq!(packets, [Some(1), Some(3)]);
    }
}

#[test]
fn packets_of_a_pair_meet() {
    let one = v4(17, &udp((7, 9), &[1; 64]));
    let expected = of(RAW, &one.bytes());
    assert_eq!(of(RAW, &one.clone().back().bytes()), expected);
    assert_eq!(of(ETHERNET, &ethernet(0x0800, &one.bytes())), expected);
    for fragment in one.fragments(16) {
        assert_eq!(of(RAW, &fragment.bytes()), expected);
    }
    let last = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    let routed = v6(17, &udp((7, 9), &[])).with(43, &[&[0, 2, 0, 1, 0, 0, 0, 0], last.as_slice()].concat());
    let direct = v6(17, &udp((7, 9), &[])).between("2001:db8::1", "2001:db8::9");
    assert_eq!(of(RAW, &routed.bytes()), of(RAW, &direct.bytes()), "the final destination counts");
}

#[test]
fn what_has_no_addresses_goes_to_the_first_shard() {
    assert_eq!(of(ETHERNET, &[0; 64]), 0);
    assert_eq!(of(RAW, &[0x45]), 0);
    assert_eq!(of(RAW, &[]), 0);
}

#[test]
fn workers_own_equal_runs_of_shards() {
    for workers in 1..=64 {
        let owners: Vec<_> = (0..SHARDS).map(|shard| Balance::worker(shard, workers)).collect();
        assert!(owners.is_sorted());
        let share = |worker| owners.iter().filter(|owner| **owner == worker).count();
        let shares: Vec<_> = (0..workers).map(share).collect();
        let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
        assert!(most - least <= 1, "{workers}: {shares:?}");
    }
}

#[test]
fn neighbours_are_spread() {
    let mut used = [0u32; SHARDS as usize];
    for host in 0..4096 {
        used[usize::from(shard(Addr::v4(0x0a00_0000 + host), Addr::v4(0xc0a8_0001)))] += 1;
    }
    assert!(used.iter().all(|count| *count < 32), "{:?}", used.iter().max());
    assert!(used.iter().filter(|count| **count > 0).count() > 900);
}

proptest! {
    #![proptest_config(crate::testing::cases(256))]

    #[test]
    fn both_directions_meet(a: u128, b: u128, c: u32, d: u32) {
        prop_assert_eq!(shard(Addr(a), Addr(b)), shard(Addr(b), Addr(a)));
        let (c, d) = (Addr::v4(c), Addr::v4(d));
        prop_assert_eq!(shard(c, d), shard(d, c));
        prop_assert!(shard(c, Addr(a)) < SHARDS);
    }

    #[test]
    fn both_directions_of_a_flow_meet(a: u128, b: u128, ports: (u16, u16)) {
        let (src, dst) = (Addr(a), Addr(b));
        let there = Ends { src, dst, ports: Some(ports) };
        let back = Ends { src: dst, dst: src, ports: Some((ports.1, ports.0)) };
        prop_assert_eq!(flow_shard(there), flow_shard(back));
        prop_assert!(flow_shard(there) < SHARDS);
    }
}
