//! Datagrams put together from fragments: rules, limits, and a naive model.

use ahash::RandomState;
use proptest::prelude::*;

use crate::decode::ip::{Around, Ip as Parsed};
use crate::decode::ipv6::Noted;
use crate::engine::Config;
use crate::flow::frag::Fragments;
use crate::testing::{Ip, Lab, Rows, icmp_bytes, udp, v4, v6};

const MORE: u16 = 0x2000;
const DF: u16 = 0x4000;

/// A datagram of four fragments of 128 bytes but the last.
fn whole4() -> Ip {
    let payload: Vec<u8> = (0..480).map(|i| i as u8).collect();
    Ip { id: 7, ..v4(17, &udp((7, 9), &payload)) }
}

fn whole6() -> Ip {
    let payload: Vec<u8> = (0..480).map(|i| i as u8).collect();
    Ip { id: 7, ..v6(17, &udp((7, 9), &payload)) }
}

fn feed(packets: &[Ip]) -> Rows {
    let mut lab = Lab::new();
    for (i, packet) in packets.iter().enumerate() {
        lab.packet(1.0 + i as f64, packet);
    }
    lab.finish()
}

fn line(packets: &[Ip]) -> String {
    let rows = feed(packets);
    format!("{}; {}", rows.summary(), rows.weird_names())
}

/// A piece of 8-byte units of a payload that is zeros.
fn piece(offset: u16, units: usize, more: bool) -> Ip {
    let fragment = offset | if more { MORE } else { 0 };
    Ip { body: vec![0; units * 8], fragment, id: 7, sum: false, ..v4(17, &[]) }
}

#[test]
fn a_datagram_is_one_packet() {
    for (whole, header) in [(whole4(), 20), (whole6(), 40)] {
        let mut rows = feed(&whole.fragments(128));
        assert_eq!(rows.weird_names(), "");
        let conn = rows.conns.remove(0);
        assert_eq!((conn.orig_pkts, conn.orig_ip_bytes), (Some(1), Some(488 + header)));
        assert_eq!(conn.ts, crate::testing::at(4.0), "the time of the fragment that completed it");
        assert_eq!(rows.stats.fragments, 4);
    }
}

#[test]
fn any_order_will_do() {
    for whole in [whole4(), whole6()] {
        let pieces = whole.fragments(128);
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
            let packets: Vec<_> = order.iter().map(|i| pieces[*i].clone()).collect();
            assert_eq!(line(&packets), "S0 D -/- 1/0; ", "{order:?}");
        }
        assert_eq!(line(&pieces[..3]), "; ", "one is missing");
    }
}

#[test]
fn the_transport_checksum_is_tested_over_the_whole() {
    let mut pieces = whole4().fragments(128);
    pieces[2].body[5] ^= 1;
    assert_eq!(line(&pieces), "OTH C -/- 0/0; bad_UDP_checksum/UDP");
}

#[test]
fn identity_is_addresses_and_id() {
    let pieces = whole4().fragments(256);
    let other_id = Ip { id: 8, ..pieces[1].clone() };
    let back = pieces[1].clone().back();
    assert_eq!(line(&[pieces[0].clone(), other_id]), "; ");
    assert_eq!(line(&[pieces[0].clone(), back]), "; ");
    let other_protocol = Ip { proto: 132, ..pieces[1].clone() };
    assert_eq!(line(&[pieces[0].clone(), other_protocol]), "S0 D -/- 1/0; fragment_protocol_inconsistency");
}

#[test]
fn overlaps_first_copy_wins() {
    let pieces = whole4().fragments(128);
    let with = |at: usize, extra: Ip| {
        let mut packets = pieces.clone();
        packets.insert(at, extra);
        packets
    };
    let same = pieces[1].clone();
    let mut other = same.clone();
    other.body[0] ^= 0xff;
    assert_eq!(line(&with(2, same.clone())), "S0 D -/- 1/0; fragment_overlap");
    assert_eq!(line(&with(2, other.clone())), "S0 D -/- 1/0; fragment_inconsistency");
    assert!(
        line(&with(1, other)).starts_with("OTH C -/- 0/0; fragment_inconsistency"),
        "the other came first"
    );
    let mut packets = pieces.clone();
    packets.push(same);
    assert_eq!(line(&packets), "S0 D -/- 1/0; ", "a late copy begins a datagram of its own");
}

#[test]
fn sizes() {
    let rows: &[(&str, &[Ip], &str)] = &[
        ("small, more to come", &[piece(0, 5, true)], "excessively_small_fragment"),
        ("small enough", &[piece(0, 6, true)], ""),
        ("small, but the last", &[piece(6, 1, false)], ""),
        ("large", &[piece(7999, 1, true)], "excessively_small_fragment"),
        ("larger", &[piece(7999, 6, true)], "excessively_large_fragment"),
        (
            "two ends",
            &[piece(10, 6, false), piece(10, 7, false)],
            "fragment_size_inconsistency fragment_overlap",
        ),
        ("data beyond the end", &[piece(10, 6, false), piece(20, 6, true)], "fragment_size_inconsistency"),
        ("not to be fragmented", &[piece(DF, 6, true)], "fragment_with_DF"),
    ];
    for (rule, packets, expected) in rows {
        assert_eq!(feed(packets).names(), *expected, "{rule}");
    }
}

#[test]
fn headers_that_differ() {
    let first = piece(0, 6, true);
    let with_options = Ip { extra: vec![1; 4], ..piece(6, 1, false) };
    let rows = feed(&[first.clone(), with_options]);
    assert_eq!(rows.names(), "fragment_protocol_inconsistency UDP_datagram_length_mismatch");
    assert_eq!(rows.conns[0].orig_ip_bytes, Some(20 + 56));
    let options_first = Ip { extra: vec![1; 4], ..first };
    let mut rows = feed(&[options_first, piece(6, 1, false)]);
    assert_eq!(rows.names(), "fragment_protocol_inconsistency UDP_datagram_length_mismatch");
    assert_eq!(rows.conns.remove(0).orig_ip_bytes, Some(24 + 56), "the header seen first counts");
}

#[test]
fn weirds_carry_addresses_and_no_source() {
    let rows = feed(&[piece(DF, 5, true)]);
    for weird in rows.weirds() {
        let tag = weird.conn.unwrap();
        assert_eq!((weird.source, tag.uid, tag.orig_p, tag.resp_p), (None, None, 0, 0));
    }
}

#[test]
fn a_cut_fragment() {
    let pieces = whole4().fragments(256);
    let cut = |index: usize| {
        let bytes = pieces[index].bytes();
        let mut lab = Lab::new();
        lab.cut(1.0, &bytes, bytes.len() - 1);
        let rows = lab.finish();
        format!("{}; {}", rows.summary(), rows.weird_names())
    };
    // The first goes on as if it were a whole packet, its length field as it may be.
    assert_eq!(
        cut(0),
        "S0 D -/- 1/0; incompletely_captured_fragment/IP UDP_datagram_length_mismatch/UDP(488 != 256)"
    );
    assert_eq!(cut(1), "; incompletely_captured_fragment/IP");
}

#[test]
fn five_minutes_from_the_first() {
    let pieces = whole4().fragments(256);
    let after = |seconds: f64| {
        let mut lab = Lab::new();
        lab.packet(1.0, &pieces[0]).packet(1.0 + seconds, &pieces[1]);
        lab.finish().summary()
    };
    assert_eq!(after(299.9), "S0 D -/- 1/0");
    assert_eq!(after(300.0), "");
    let pieces = whole4().fragments(128);
    let mut lab = Lab::new();
    for (i, piece) in pieces.iter().enumerate() {
        lab.packet(1.0 + 120.0 * i as f64, piece);
    }
    assert_eq!(lab.finish().summary(), "", "not renewed by more fragments");
}

#[test]
fn extension_headers_behind_the_fragment_header() {
    // The fragmented part begins with destination options, then UDP.
    let inner = v6(17, &udp((7, 9), &[5; 100]));
    let body = [&[17, 0, 1, 4, 0, 0, 0, 0], inner.sealed_body().as_slice()].concat();
    let packet = Ip { body, proto: 60, id: 7, ..v6(60, &[]) };
    let mut rows = feed(&packet.fragments(64));
    assert_eq!(rows.ends(), "udp 2001:db8::1:7 2001:db8::2:9");
    assert_eq!(rows.conns.remove(0).orig_ip_bytes, Some(40 + 8 + 108));
}

#[test]
fn headers_before_the_fragment_header_stay() {
    let packet = whole6().with(0, &[0, 0, 1, 4, 0, 0, 0, 0]);
    let mut rows = feed(&packet.fragments(128));
    assert_eq!(rows.weird_names(), "");
    assert_eq!(rows.conns.remove(0).orig_ip_bytes, Some(48 + 488));
}

#[test]
fn an_atomic_fragment_is_whole() {
    // More is not set and the offset is 0, but a fragment header is there (RFC 6946).
    let packet = v6(17, &udp((7, 9), b"abc")).with(44, &[0, 0, 0, 0, 0, 0, 0, 9]);
    assert_eq!(line(&[packet]), "S0 D -/- 1/0; ");
}

#[test]
fn icmp_in_fragments() {
    let packet = Ip { id: 3, ..v4(1, &icmp_bytes(8, 0, &[1; 200])) };
    let back = packet.clone().back();
    let answer = Ip { body: icmp_bytes(0, 0, &[1; 200]), ..back };
    let rows = feed(&[packet.fragments(64), answer.fragments(64)].concat());
    assert_eq!((rows.summary().as_str(), rows.weird_names().as_str()), ("OTH - 200/200 1/1", ""));
}

#[test]
fn the_largest_datagram() {
    let whole = Ip { id: 1, ..v4(17, &udp((7, 9), &[3; 65_507])) };
    let rows = feed(&whole.fragments(1480));
    assert_eq!(rows.conns[0].orig_ip_bytes, Some(65_535));
    assert_eq!(rows.names(), "excessively_large_fragment");
}

fn store() -> Fragments {
    let mut config = Config::default();
    config.limits.fragment_bytes = 4 << 20;
    Fragments::new(RandomState::with_seeds(1, 2, 3, 4), &config.settings())
}

/// Adds one to a store by itself.
fn add(store: &mut Fragments, packet: &Ip, birth: u64) -> crate::flow::frag::Outcome {
    let bytes = packet.bytes();
    let around = Around { at: 0, wire: bytes.len(), checksums: false, offloaded: false };
    let ip = Parsed::parse(&bytes, around, &mut Noted::default()).unwrap();
    let fragment = ip.fragment.unwrap();
    store.add(0, &ip, fragment, birth)
}

#[test]
fn a_shard_holds_so_much_and_gives_up_the_oldest() {
    let mut store = store();
    let mut shed = 0;
    for id in 0..5000u32 {
        let first = Ip { id, body: vec![0; 1400], ..piece(0, 0, true) };
        let outcome = add(&mut store, &first, u64::from(id));
        shed += outcome.shed;
        assert!(store.len() as u64 + shed == u64::from(id) + 1);
    }
    // 4 MiB hold less than 3000 of 1400 bytes.
    assert!((2000..3000).contains(&store.len()), "{}", store.len());
    let youngest = Ip { id: 4999, body: vec![0; 8], ..piece(175, 0, false) };
    assert!(add(&mut store, &youngest, 9999).whole.is_some(), "the youngest is still there");
    let oldest = Ip { id: 0, body: vec![0; 8], ..piece(175, 0, false) };
    assert!(add(&mut store, &oldest, 9999).whole.is_none());
}

#[test]
fn too_many_pieces_of_one_datagram_give_it_up() {
    let mut store = store();
    let mut shed = 0;
    for i in 0..4000 {
        shed += add(&mut store, &piece(2 * i, 1, true), u64::from(i)).shed;
    }
    assert!(shed > 0);
    assert!(store.len() <= 1);
}

/// A naive model: a map from positions to bytes, first copy wins.
#[derive(Default)]
struct Model {
    bytes: std::collections::BTreeMap<usize, u8>,
    size: Option<usize>,
}

impl Model {
    fn add(&mut self, offset: usize, bytes: &[u8], more: bool) -> Option<Vec<u8>> {
        for (i, byte) in bytes.iter().enumerate() {
            self.bytes.entry(offset + i).or_insert(*byte);
        }
        let end = offset + bytes.len();
        if !more || self.size.is_some_and(|size| end > size) {
            self.size = Some(self.size.unwrap_or(0).max(end));
        }
        let contiguous = (0..).take_while(|i| self.bytes.contains_key(i)).count();
        let enough = self.size.is_some_and(|size| contiguous >= size);
        enough.then(|| self.bytes.values().take(contiguous).copied().collect())
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(200))]

    #[test]
    fn agrees_with_a_model(
        pieces in prop::collection::vec((0u16..24, 1usize..9, any::<bool>(), any::<u8>()), 1..40),
        v6 in any::<bool>(),
    ) {
        let mut store = store();
        let mut model = Model::default();
        for (i, (offset, units, more, byte)) in pieces.into_iter().enumerate() {
            let mut packet = piece(offset, units, more);
            packet.body = (0..units * 8).map(|i| byte.wrapping_add(i as u8)).collect();
            if v6 {
                packet = Ip { body: packet.body, fragment: packet.fragment, id: 7, sum: false, ..crate::testing::v6(17, &[]) };
            }
            if offset == 0 && !more {
                // Over IPv4 this is no fragment at all.
                continue;
            }
            let expected = model.add(usize::from(offset) * 8, &packet.body, more);
            let outcome = add(&mut store, &packet, i as u64);
            let whole = outcome.whole.map(|datagram| datagram.payload);
            prop_assert_eq!(&whole, &expected);
            if whole.is_some() {
                prop_assert_eq!(store.len(), 0);
                model = Model::default();
            }
        }
    }

    #[test]
    fn any_cut_and_order_give_the_datagram(
        length in 1usize..2000,
        size in 6usize..40,
        seed: u64,
        v6 in any::<bool>(),
    ) {
        let payload: Vec<u8> = (0..length).map(|i| (i * 7) as u8).collect();
        let body = udp((7, 9), &payload);
        let whole = Ip { id: 5, ..if v6 { crate::testing::v6(17, &body) } else { v4(17, &body) } };
        let mut pieces = whole.fragments(size * 8);
        if pieces.len() == 1 {
            return Ok(());
        }
        // A shuffle that depends on the seed alone.
        let mut state = seed;
        for i in (1..pieces.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            pieces.swap(i, (state >> 33) as usize % (i + 1));
        }
        let rows = feed(&pieces);
        prop_assert_eq!(rows.weird_names(), "");
        prop_assert_eq!(rows.conns[0].orig_ip_bytes, Some(whole.bytes().len() as u64));
    }
}

/// Where a routing header comes behind the fragment header, the datagram is of its final destination, which answers.
#[test]
fn a_routing_header_behind_a_fragment_header() {
    let last = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99];
    let routing = [&[0, 2, 0, 1, 0, 0, 0, 0], last.as_slice()].concat();
    let sealed =
        v6(17, &udp((7, 9), b"question")).between("2001:db8::1", "2001:db8::99").fragments(64).remove(0);
    let there = sealed.between("2001:db8::1", "2001:db8::2").with(44, &[0; 8]).with(43, &routing);
    let back = v6(17, &udp((9, 7), b"answer")).between("2001:db8::99", "2001:db8::1");
    assert_eq!(line(&[there, back]), "SF Dd 8/6 1/1; routing0_hdr");
}
