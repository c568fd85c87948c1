//! Messages and their options.

use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::{HARDWARE, Packet, packet};
use crate::analyzers::dhcp::names;
use crate::analyzers::dhcp::parse::{Message, Options, message};
use crate::base::time::Interval;

fn read(options: &[(u8, &[u8])]) -> Options {
    message(&packet(7, options).bytes()).expect("a message").options
}

#[test]
fn a_message_is_read() {
    let bytes = Packet { your: [192, 0, 2, 7], ..packet(0x0102_0304, &[(53, &[5])]) }.bytes();
    let read = message(&bytes).expect("a message");
    let Message { transaction, your_address, hardware, options, .. } = read;
    assert_eq!((transaction, your_address), (0x0102_0304, Some(Ipv4Addr::new(192, 0, 2, 7))));
    assert_eq!((hardware.as_slice(), options.kind), (b"02:00:00:00:00:09".as_slice(), 5));
}

#[test]
fn options_say_who_and_what() {
    let options = read(&[
        (53, &[3]),
        (12, b"printer\0"),
        (15, b"example.net\0\0"),
        (50, &[192, 0, 2, 1]),
        (51, &[0, 0, 14, 16]),
        (56, b"no"),
        (61, &[1, 2, 0, 0, 0, 0, 7]),
        (81, b"\0\0\0\x04host\0"),
    ]);
    let expected = Options {
        kind: 3,
        host_name: Some(b"printer\0".to_vec()),
        domain_name: Some(b"example.net".to_vec()),
        requested: Some(Ipv4Addr::new(192, 0, 2, 1)),
        lease: Some(Interval::from_secs(3600)),
        message: Some(b"no".to_vec()),
        client_id: Some(b"02:00:00:00:00:07".to_vec()),
        client_fqdn: Some(b"\x04host\0".to_vec()),
    };
    assert_eq!(options, expected);
}

#[test]
fn of_two_options_the_last_counts_and_of_two_kinds_the_first() {
    let options = read(&[(53, &[1]), (12, b"a"), (53, &[2]), (12, b"b")]);
    assert_eq!((options.kind, options.host_name), (1, Some(b"b".to_vec())));
    assert_eq!(read(&[(12, b"a")]).kind, 0, "BOOTP has none");
}

#[test]
fn a_domain_of_one_byte_is_none() {
    for (sent, shown) in
        [(b"a".as_slice(), b"".as_slice()), (b"ab", b"ab"), (b"\0\0", b""), (b"", b""), (b"a\0b\0", b"a\0b")]
    {
        assert_eq!(read(&[(15, sent)]).domain_name.as_deref(), Some(shown), "{sent:?}");
    }
}

#[test]
fn client_ids_that_are_no_ethernet_addresses() {
    for (sent, shown) in [
        (b"\x01\x02\0\0\0\0\x07".as_slice(), Some("02:00:00:00:00:07")),
        (b"\x01\x02\0\0\0\0\x07\0\0", Some("02:00:00:00:00:07")),
        (b"\x01\x02\0\0\0\0\x07\x08\0", Some("02:00:00:00:00:07:08:00")),
        (b"\x01\x02\0\0\0\0\x07\x08\0\x09", Some("02:00:00:00:00:07:08:00")),
        (b"\x01\x02\0\0\0\0\x07\x08", Some("")),
        (b"\x01\x02", Some("")),
        (b"\xff\x02\0\0\0\0\x07", None),
        (b"\0name", None),
    ] {
        assert_eq!(read(&[(61, sent)]).client_id.as_deref(), shown.map(str::as_bytes), "{sent:?}");
    }
    let long = Packet { hardware: [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0], ..packet(1, &[]) };
    assert_eq!(message(&long.bytes()).expect("a message").hardware, b"01:02:03:04:05:06:07:08");
}

/// Zeek reads some options by what their number has, not by their length: what follows is shifted.
#[test]
fn an_option_of_another_length_shifts_what_follows() {
    let options = read(&[(51, &[0, 0, 0, 1, 53, 1, 7])]);
    assert_eq!((options.lease, options.kind), (Some(Interval::from_secs(1)), 7));
    // Routers have four bytes each; the fifth is a number again, as it happens a pad.
    let options = read(&[(3, &[192, 0, 2, 1, 0]), (53, &[2])]);
    assert_eq!(options.kind, 2);
}

#[test]
fn options_end_with_their_mark_or_with_the_packet() {
    let mut bytes = packet(1, &[(0, &[]), (53, &[4])]).bytes();
    // The length of the pad is a pad too.
    assert_eq!(message(&bytes).expect("a message").options.kind, 4);
    bytes.pop();
    assert_eq!(message(&bytes).expect("no mark").options.kind, 4);
    bytes.pop();
    assert!(message(&bytes).is_err(), "cut in an option");
    let behind = [packet(1, &[(53, &[1])]).bytes(), vec![53, 200]].concat();
    assert_eq!(message(&behind).expect("a message").options.kind, 1);
}

#[test]
fn what_is_cut_or_too_small_is_no_message() {
    for options in [[(61, b"".as_slice())], [(81, b"\0\0")], [(82, b"\x01\x04abcd\x02\x09ab")]] {
        assert!(message(&packet(1, &options).bytes()).is_err(), "{options:?}");
    }
    let whole = packet(1, &[]).bytes();
    assert!((0..240).all(|cut| message(&whole[..cut]).is_err()));
    assert!(message(&whole[..240]).is_ok());
    assert_eq!(read(&[(82, b"\x01\x04abcd\x02\x02ab"), (53, &[1])]).kind, 1);
}

#[test]
fn kinds_have_names() {
    for (kind, name) in [
        (0, "unknown-message-type-0"),
        (1, "DISCOVER"),
        (18, "TLS"),
        (19, "unknown-message-type-19"),
        (13, "LEASEACTIVE"),
    ] {
        assert_eq!(names::kind(kind), name);
    }
}

proptest! {
    #[test]
    fn bytes_of_any_kind_do_no_harm(options in prop::collection::vec(any::<u8>(), 0..300)) {
        let whole = Packet { hardware: HARDWARE, ..packet(1, &[]) }.bytes();
        let _any = message(&options);
        let _any = message(&[&whole[..240], &options].concat());
    }
}
