//! Versions, numbers, keys, frames.

use super::{FIRST, V1, V2};
use crate::analyzers::quic::keys::Keys;
use crate::analyzers::quic::parse::{Fault, Frame, frame, varint};
use crate::analyzers::quic::version::{Kind, Version, name};
use crate::base::cursor::Cursor;
use crate::base::direction::Direction::{Orig, Resp};

fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("two digits");
    (0..text.len()).step_by(2).map(digit).collect()
}

fn keys(version: u32) -> Keys {
    Keys::new(Version::known(version).expect("a known version"), FIRST).expect("keys")
}

#[test]
fn versions_have_names() {
    for (number, text, known) in [
        (V1, "1", true),
        (V2, "quicv2", true),
        (0xff00_0016, "draft-22", true),
        (0xff00_001e, "draft-30", true),
        (0xff00_001f, "draft-30", true),
        (0xff00_0022, "draft-34", true),
        (0xff00_0015, "unknown-ff000015", false),
        (0xff00_0023, "unknown-ff000023", false),
        (0xface_b002, "mvfst (faceb002)", true),
        (0xface_b003, "unknown-faceb003", false),
        (0, "unknown-0", false),
        (0x5130_3436, "unknown-51303436", false),
    ] {
        assert_eq!((name(number).as_ref(), Version::known(number).is_some()), (text, known), "{number:x}");
    }
}

#[test]
fn kinds_of_packets_have_other_numbers_in_version_two() {
    let kinds = [Kind::Initial, Kind::ZeroRtt, Kind::Handshake, Kind::Retry];
    for (at, kind) in kinds.into_iter().enumerate() {
        let first = |number: usize| 0xc5 | (number as u8) << 4;
        assert_eq!(Version::known(V1).expect("known").kind(first(at)), kind);
        assert_eq!(Version::known(V2).expect("known").kind(first((at + 1) % 4)), kind);
    }
}

#[test]
fn numbers_are_of_one_to_eight_bytes() {
    // RFC 9000, section A.1.
    for (bytes, number) in [
        ("c2197c5eff14e88c", 151_288_809_941_952_652),
        ("9d7f3e7d", 494_878_333),
        ("7bbd", 15_293),
        ("25", 37),
        ("4025", 37),
    ] {
        let bytes = hex(bytes);
        let mut at = Cursor::new(&bytes);
        assert_eq!((varint(&mut at), at.left()), (Ok(number), 0), "{bytes:?}");
        assert!((0..bytes.len()).all(|cut| varint(&mut Cursor::new(&bytes[..cut])).is_err()));
    }
}

#[test]
fn keys_are_those_of_the_standards() {
    // RFC 9001, section A.1, and RFC 9369, section A.1: key, nonce, mask.
    for (version, dir, raw) in [
        (
            V1,
            Orig,
            [
                "1f369613dd76d5467730efcbe3b1a22d",
                "fa044b2f42a3fd3b46fb255c",
                "9f50449e04a0e810283a1e9933adedd2",
            ],
        ),
        (
            V1,
            Resp,
            [
                "cf3a5331653c364c88f0f379b6067e37",
                "0ac1493ca1905853b0bba03e",
                "c206b8d9b9f0f37644430b490eeaa314",
            ],
        ),
        (
            V2,
            Orig,
            [
                "8b1a0bc121284290a29e0971b5cd045d",
                "91f73e2351d8fa91660e909f",
                "45b95e15235d6f45a6b19cbcb0294ba9",
            ],
        ),
        (
            V2,
            Resp,
            [
                "82db637861d55e1d011f19ea71d5d2a7",
                "dd13c276499c0249d3310652",
                "edf6d05c83121201b436e16877593c3a",
            ],
        ),
    ] {
        assert_eq!(keys(version).raw(dir), raw.map(hex).each_ref().map(Vec::as_slice), "{version:x} {dir:?}");
    }
}

/// RFC 9001, section A.3.
#[test]
fn the_packet_of_the_standard_is_decrypted() {
    let packet = hex(
        "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a\
         1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d2039\
         8c276456cbc42158407dd074ee",
    );
    let text = hex(
        "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e00330024001d0020\
         9d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304",
    );
    let keys = keys(V1);
    assert_eq!(keys.open(Resp, &packet, 18).as_deref(), Some(text.as_slice()));
    assert_eq!(keys.open(Orig, &packet, 18), None, "the other side's keys");
    for at in 0..packet.len() {
        let mut damaged = packet.clone();
        damaged[at] ^= 1;
        assert_eq!(keys.open(Resp, &damaged, 18), None, "byte {at}");
    }
    for cut in 0..packet.len() {
        assert_eq!(keys.open(Resp, &packet[..cut], 18), None, "{cut} bytes");
    }
}

#[test]
fn frames_of_initial_packets() {
    let read = |bytes: &[u8]| {
        let mut at = Cursor::new(bytes);
        frame(&mut at).map(|frame| (format!("{frame:?}"), at.left()))
    };
    for (bytes, shown) in [
        (&[0, 0, 0, 1][..], Ok(("Other", 1))),
        (&[1, 1], Ok(("Other", 1))),
        (&[2, 5, 0, 1, 0, 1, 1, 9], Ok(("Other", 1))),
        (&[3, 5, 0, 0, 0, 1, 2, 3], Ok(("Other", 0))),
        (&[3, 5, 0, 0, 0, 1, 2], Err(Fault::Short)),
        (&[2, 5, 0, 0x3f, 0, 1, 1], Err(Fault::Short)),
        (&[6, 3, 2, 7, 8, 9], Ok(("Crypto(3, [7, 8])", 1))),
        (&[6, 3, 3, 7, 8], Err(Fault::Short)),
        (&[0x1c, 1, 6, 2, b'n', b'o'], Ok(("Close", 0))),
        (&[0x1c, 1, 6, 3, b'n', b'o'], Err(Fault::Short)),
        (&[0x1d, 1, 0], Err(Fault::Frame(0x1d))),
        (&[8, 1], Err(Fault::Frame(8))),
    ] {
        assert_eq!(read(bytes), shown.map(|(frame, left)| (frame.to_owned(), left)), "{bytes:?}");
    }
    assert_eq!(frame(&mut Cursor::new(&[6, 0, 0])), Ok(Frame::Crypto(0, &[])));
}
