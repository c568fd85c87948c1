//! Bytes of no meaning at all, and packets damaged at random: never a panic, and nothing is lost from sight.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::base::packet::LinkType;
use crate::testing::{Ip, Lab, Script, ethernet, icmp_bytes, udp, v4, v6};

const LINKS: [u16; 14] = [0, 1, 9, 10, 12, 50, 101, 105, 108, 113, 127, 229, 239, 276];

/// Whole packets of every kind.
fn seeds() -> Vec<Vec<u8>> {
    let options = [0, 1, 1, 4, 0, 0, 0, 0, 201, 16, 1, 2, 3, 4, 5, 6];
    let routing = [0, 2, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let mut packets: Vec<Ip> = Script::default()
        .packets(r#"1 > S ws=7; 1.1 < SA; 1.2 > A "GET / HTTP/1.0\r\n"; 1.3 < FA "ok"; 1.4 > RA"#)
        .into_iter()
        .map(|(_, packet, _)| packet)
        .collect();
    packets.push(v4(17, &udp((40_000, 53), &[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1])));
    packets.push(v6(17, &udp((53, 40_000), &[7; 30])).with(60, &options).with(43, &routing));
    packets.push(v6(58, &icmp_bytes(135, 0, &[9; 24])));
    packets.push(v4(47, &[0; 40]));
    packets.extend(Ip { id: 4, ..v4(17, &udp((7, 9), &[1; 100])) }.fragments(48));
    packets.extend(Ip { id: 4, ..v6(17, &udp((7, 9), &[1; 100])) }.fragments(48));
    packets.iter().map(Ip::bytes).collect()
}

proptest! {
    #![proptest_config(crate::testing::cases(200))]

    #[test]
    fn random_bytes(
        packets in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..200), 0u32..300, -5.0f64..1e6), 1..10),
        link in prop::sample::select(LINKS.to_vec()),
        checksums in any::<bool>(),
    ) {
        let mut lab = Lab::with(|config| {
            config.checksums = checksums;
            config.analyzers = crate::analyzers::REGISTRY.to_vec();
        });
        lab.link = LinkType(link);
        for (bytes, wire, time) in &packets {
            lab.wire(*time, bytes, *wire as usize);
        }
        let rows = lab.finish();
        prop_assert_eq!(rows.stats.panics, 0);
        prop_assert_eq!(rows.stats.connections(), rows.conns.len() as u64);
    }

    #[test]
    fn damaged_packets(
        picks in prop::collection::vec((any::<Index>(), any::<Index>(), any::<u8>(), 0usize..40, 0.0f64..400.0), 1..40),
        framed in any::<bool>(),
        checksums in any::<bool>(),
    ) {
        let seeds = seeds();
        let mut lab = Lab::with(|config| {
            config.checksums = checksums;
            config.analyzers = crate::analyzers::REGISTRY.to_vec();
        });
        lab.link = LinkType(if framed { 1 } else { 12 });
        for (which, place, byte, cut, time) in picks {
            let mut bytes = which.get(&seeds).clone();
            if framed {
                bytes = ethernet(if bytes[0] >> 4 == 4 { 0x0800 } else { 0x86dd }, &bytes);
            }
            let wire = bytes.len();
            let at = place.index(wire);
            bytes[at] = byte;
            bytes.truncate(wire - cut.min(wire - 1));
            lab.wire(time, &bytes, wire);
        }
        let rows = lab.finish();
        prop_assert_eq!(rows.stats.panics, 0);
        prop_assert_eq!(rows.stats.connections(), rows.conns.len() as u64, "each connection has one row");
        prop_assert!(rows.keys.is_sorted());
    }
}
