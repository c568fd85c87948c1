//! Shards: the same for both directions and all fragments, spread evenly, and never dependent on the build.

use proptest::prelude::*;

use super::{SHARDS, owner, shard, shard_of};
use crate::capture::{LinkType, PacketMeta};
use crate::flow::Addr;
use crate::testing::{ETHERNET, RAW, ethernet, ip, udp, v4, v6};

fn of(link: LinkType, bytes: &[u8]) -> u16 {
    shard_of(&PacketMeta { link, ..PacketMeta::default() }, bytes)
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
        let owners: Vec<_> = (0..SHARDS).map(|shard| owner(shard, workers)).collect();
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
}
