//! RTP and RTCP on datagrams made here; that flows are expected is tested where they are announced.

use super::parse::{Packet, kind};

#[test]
fn packets_are_known_by_their_headers() {
    let media = |first: u8, second: u8, length: usize| [&[first, second][..], &vec![0; length]].concat();
    for (bytes, read) in [
        (media(0x80, 0, 10), Some(Packet::Media)),
        (media(0x80, 0xe0, 10), Some(Packet::Media)),
        (media(0x82, 0, 18), Some(Packet::Media)),
        (media(0x82, 0, 17), None),
        ([&media(0x90, 96, 10)[..], &[0xbe, 0xde, 0, 1, 1, 2, 3, 4]].concat(), Some(Packet::Media)),
        ([&media(0x90, 96, 10)[..], &[0xbe, 0xde, 0, 2, 1, 2, 3, 4]].concat(), None),
        (media(0x80, 0, 9), None),
        (media(0x40, 0, 30), None),
        (vec![0x81, 201, 0, 1, 0, 0, 0, 1], Some(Packet::Report)),
        (vec![0x81, 201, 0, 2, 0, 0, 0, 1], None),
        (vec![0x81, 201, 0, 1], None),
        (vec![0x80], None),
        (vec![], None),
    ] {
        assert_eq!(kind(&bytes), read, "{bytes:?}");
    }
}
