//! Keys, ids, histories and counters by themselves.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use proptest::prelude::*;

use crate::base::key::Addr;
use crate::base::key::FlowKey;
use crate::base::time::Timestamp;
use crate::flow::uid::{TieBreaker, uid};
use crate::worker::history::{History, Scaled, mark};

fn hash(key: &FlowKey) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(key)
}

#[test]
fn letters_at_powers_of_ten() {
    let mut scaled = Scaled::default();
    let hits: Vec<u32> = (1..=100_000).filter(|_| scaled.hit()).collect();
    assert_eq!(hits, [1, 10, 100, 1000, 10_000, 100_000]);
}

#[test]
fn a_history_marks_each_direction() {
    let mut history = History::default();
    assert!(!history.once(true, mark::DATA, b'D'));
    assert!(!history.once(false, mark::DATA, b'D'));
    assert!(history.once(true, mark::DATA, b'D'));
    history.push(b'^');
    assert_eq!(history.text(), b"Dd^");
    history.replace(b"^h");
    assert!(history.once(false, mark::DATA, b'D'), "marks stay");
    assert_eq!(history.text(), b"^h");
}

#[test]
fn a_history_has_an_end() {
    let mut history = History::default();
    for _ in 0..10_000 {
        history.push(b'S');
    }
    assert_eq!(history.text().len(), 4096);
    history.replace(b"x");
    assert_eq!(history.text(), b"x");
}

#[test]
fn addresses() {
    assert_eq!(Addr::v4(0x0a00_0001).ip().to_string(), "10.0.0.1");
    assert_eq!(Addr::from(crate::testing::ip("10.0.0.1")), Addr::v4(0x0a00_0001));
    assert_eq!(Addr::from(crate::testing::ip("2001:db8::1")).as_v4(), None);
    let multicast = |text: &str| Addr::from(crate::testing::ip(text)).is_multicast();
    assert!(multicast("224.0.0.1") && multicast("239.1.1.1") && multicast("ff02::1"));
    assert!(!multicast("223.255.255.255") && !multicast("240.0.0.1") && !multicast("fe80::1"));
    assert!(Addr::from(crate::testing::ip("255.255.255.255")).is_broadcast());
    assert!(!Addr::from(crate::testing::ip("::ffff:ffff")).is_broadcast());
}

#[test]
fn ids_tell_everything_apart() {
    let key = |port| FlowKey::two_way(1, 6, (Addr::v4(1), port), (Addr::v4(2), 2));
    let first = Timestamp::from_parts(1, 0);
    let base = uid(1, None, &key(1), first, TieBreaker::Births(0));
    let others = [
        uid(2, None, &key(1), first, TieBreaker::Births(0)),
        uid(1, Some(base), &key(1), first, TieBreaker::Births(0)),
        uid(1, None, &key(3), first, TieBreaker::Births(0)),
        uid(1, None, &key(1), Timestamp::from_parts(1, 1), TieBreaker::Births(0)),
        uid(1, None, &key(1), first, TieBreaker::Births(1)),
        uid(1, None, &key(1), first, TieBreaker::Nth(0)),
        uid(1, None, &key(1), first, TieBreaker::Nth(1)),
        uid(1, None, &key(1), first, TieBreaker::Elsewhere(0, 0)),
        uid(1, None, &key(1), first, TieBreaker::Elsewhere(1, 0)),
        uid(1, None, &key(1), first, TieBreaker::Elsewhere(0, 1)),
    ];
    for (i, other) in others.iter().enumerate() {
        assert_ne!(base, *other, "{i}");
    }
    assert_eq!(base, uid(1, None, &key(1), first, TieBreaker::Births(0)));
}

#[test]
fn the_shard_is_no_part_of_an_id() {
    let key = |shard| FlowKey::two_way(shard, 6, (Addr::v4(1), 1), (Addr::v4(2), 2));
    assert_eq!(key(1).bytes(), key(2).bytes());
    assert_ne!(key(1), key(2));
}

proptest! {
    #![proptest_config(crate::testing::cases(256))]

    #[test]
    fn a_two_way_key_is_symmetric(a: u128, b: u128, p: u16, q: u16, shard in 0u16..1024, proto: u8) {
        let (a, b) = ((Addr(a), p), (Addr(b), q));
        let (one, other) = (FlowKey::two_way(shard, proto, a, b), FlowKey::two_way(shard, proto, b, a));
        prop_assert_eq!(one, other);
        prop_assert_eq!(hash(&one), hash(&other));
        prop_assert_eq!(one.bytes(), other.bytes());
        let (one, other) = (FlowKey::one_way(shard, proto, a, b), FlowKey::one_way(shard, proto, b, a));
        prop_assert_eq!(one == other, a == b);
    }

    #[test]
    fn keys_of_two_connections_differ(a: u32, b: u32, p: u16, q: u16, r: u16) {
        let key = |port| FlowKey::two_way(0, 6, (Addr::v4(a), port), (Addr::v4(b), r));
        prop_assert_eq!(key(p) == key(q), p == q);
    }

    #[test]
    fn a_history_is_what_was_pushed(letters in prop::collection::vec(b'A'..=b'z', 0..200)) {
        let mut history = History::default();
        letters.iter().for_each(|letter| history.push(*letter));
        prop_assert_eq!(history.text(), letters.as_slice());
        let copy = history.clone();
        history.replace(&letters);
        prop_assert_eq!(history.text(), copy.text());
    }
}
