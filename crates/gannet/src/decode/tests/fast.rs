//! The short way through the headers, held against the careful one: it may only say what that says, and has to be taken.

use proptest::prelude::*;

use super::oracle::plan;
use crate::base::packet::LinkType;
use crate::decode::ip::{Around, Ip};
use crate::decode::ipv6::Noted;
use crate::decode::transport::TcpHeader;
use crate::decode::{Found, Walk, fast, walk};
use crate::testing::{ETHERNET, RAW, ethernet, udp, v4, v6};

/// Whether the short way leads to a sound IP packet; what it finds on the way is what the careful one finds.
fn agree(link: LinkType, bytes: &[u8], wire: usize, checksums: bool) -> bool {
    let network = fast::network(link, bytes);
    let Some(at) = network.at() else { return false };
    let mut layers = Walk::new(bytes);
    assert!(matches!(walk(link, &mut layers), Found::Ip), "the careful way does not come to IP");
    assert_eq!(layers.network(bytes), network);
    let around = Around { at, wire, checksums, offloaded: false };
    let Some(short) = fast::ip(bytes.get(at..).unwrap(), around) else { return false };
    let mut noted = Noted::default();
    let long = Ip::parse(layers.rest, around, &mut noted).expect("sound by the careful way too");
    assert_eq!(format!("{short:?}"), format!("{long:?}"));
    assert!(noted.net.is_none() && noted.flow().next().is_none(), "nothing is left to say");
    if let Some(tcp) = fast::tcp(short.payload) {
        assert_eq!(format!("{tcp:?}"), format!("{:?}", TcpHeader::parse(short.payload).unwrap()));
        assert!((20..=short.payload.len()).contains(&tcp.length));
    }
    true
}

#[test]
fn what_is_odd_is_left_to_the_careful_way() {
    let datagram = udp((1, 2), b"abcd");
    let good = v4(17, &datagram);
    let whole = good.bytes();
    assert!(agree(RAW, &whole, whole.len(), true));
    assert!(agree(RAW, &v6(17, &datagram).bytes(), 52, true));
    let fragments = v4(17, &udp((1, 2), &[7; 64])).fragments(16);
    for fragment in fragments {
        assert!(!agree(RAW, &fragment.bytes(), fragment.bytes().len(), true), "a fragment");
    }
    assert!(!agree(RAW, &v6(17, &datagram).with(0, &[17, 0, 1, 4, 0, 0, 0, 0]).bytes(), 60, true), "options");
    assert!(!agree(RAW, &whole, whole.len() - 1, true), "longer than the wire says");
    assert!(!agree(RAW, &whole[..19], whole.len(), true), "cut");
    let mut wrong = whole.clone();
    wrong[10] ^= 1;
    assert!(!agree(RAW, &wrong, wrong.len(), true), "a wrong checksum");
    assert!(agree(RAW, &wrong, wrong.len(), false));
    for ethertype in [0x8847, 0x8864, 0x0806, 0x0040] {
        assert!(!agree(ETHERNET, &ethernet(ethertype, &whole), 14 + whole.len(), true), "{ethertype:x}");
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(512))]

    #[test]
    fn sound_frames_go_the_short_way(plan in plan()) {
        let frame = plan.frame();
        prop_assert!(agree(ETHERNET, &frame, frame.len(), true));
    }

    #[test]
    fn of_damaged_frames_both_ways_say_the_same(
        plan in plan(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        (captured, wire) in (any::<prop::sample::Index>(), 0usize..200),
        checksums in any::<bool>(),
    ) {
        let mut frame = plan.frame();
        for (at, byte) in damage {
            let place = 12 + at.index((frame.len() - 12).min(48));
            frame[place] = byte;
        }
        frame.truncate(captured.index(frame.len() * 2).max(1));
        agree(ETHERNET, &frame, wire, checksums);
        agree(ETHERNET, &frame, frame.len(), checksums);
    }
}
