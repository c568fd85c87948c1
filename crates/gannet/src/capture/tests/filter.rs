//! Packet filters, with libpcap's own machine to compare with.

use super::*;
use crate::base::time::Timestamp;

/// Ethernet, IPv4, UDP with these ports, and `n` bytes.
fn udp(source: u16, destination: u16, n: usize) -> Vec<u8> {
    let mut bytes = vec![0xff; 6];
    bytes.extend([2, 0, 0, 0, 0, 1, 8, 0]);
    let total = (28 + n) as u16;
    bytes.extend([
        0x45,
        0,
        (total >> 8) as u8,
        total as u8,
        0,
        0,
        0,
        0,
        64,
        17,
        0,
        0,
        10,
        0,
        0,
        1,
        10,
        0,
        0,
        2,
    ]);
    for word in [source, destination, 8 + n as u16, 0] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.resize(bytes.len() + n, 0);
    bytes
}

#[test]
fn matches_by_link_type() {
    let mut filter = Filter::compile("udp port 53").unwrap();
    let packet = udp(1000, 53, 10);
    let (ethernet, raw) = (LinkType(1), LinkType(12));
    assert!(filter.matches(ethernet, 52, &packet));
    assert!(!filter.matches(ethernet, 52, &udp(1000, 54, 10)));
    assert!(filter.matches(raw, 38, &packet[14..]));
    assert!(!filter.matches(raw, 52, &packet));
    assert!(!filter.matches(ethernet, 52, &packet[..30]), "a load beyond the bytes");
    assert!(filter.failures().is_empty());
    assert_eq!(filter.expression(), "udp port 53");
}

/// What the engine asks: a frame with a tag, from an interface, where the kernel had taken it out, and from a file.
#[test]
fn tags_that_the_kernel_had_taken_out() {
    let mut tagged = udp(1000, 53, 10);
    tagged.splice(12..12, [0x81, 0, 0, 7]);
    let length = tagged.len() as u32;
    let file = PacketMeta::new(LinkType::ETHERNET, Timestamp::default(), 0, length, length);
    let live = PacketMeta { flags: PacketFlags::TAG_RESTORED, ..file };
    for (expression, in_file, off_interface) in [
        ("udp port 53", false, true),
        ("not udp port 53", true, false),
        ("udp port 54", false, false),
        ("vlan and udp port 53", true, true),
        ("vlan 7", true, true),
        ("vlan 8", false, false),
        ("len = 56", true, false),
        ("len = 52", false, true),
    ] {
        let mut filter = Filter::compile(expression).unwrap();
        assert_eq!(filter.matches_packet(&file, &tagged), in_file, "{expression}, file");
        assert_eq!(filter.matches_packet(&live, &tagged), off_interface, "{expression}, interface");
        assert!(!filter.matches_packet(&live, &tagged[..13]), "{expression}, cut");
    }
}

#[test]
fn lengths_are_those_on_the_wire() {
    let mut filter = Filter::compile("greater 1000").unwrap();
    assert!(filter.matches(LinkType(1), 1500, &udp(1, 2, 10)));
    assert!(!filter.matches(LinkType(1), 52, &udp(1, 2, 10)));
}

#[test]
fn errors_carry_libpcaps_words() {
    let error = Filter::compile("port port port").unwrap_err();
    assert!(error.message.contains("syntax error") || error.message.contains("error"), "{error}");
    assert!(error.to_string().contains("port port port"), "{error}");
    assert!(Filter::compile("a\0b").is_err());
}

#[test]
fn a_link_type_that_an_expression_does_not_fit() {
    let mut filter = Filter::compile("ether host 02:00:00:00:00:01").unwrap();
    assert!(!filter.matches(LinkType(12), 20, &[0x45; 20]));
    assert!(!filter.matches(LinkType(12), 20, &[0x45; 20]));
    assert_eq!(filter.failures().len(), 1);
    assert_eq!(filter.failures()[0].link, LinkType(12));
}

#[test]
fn agrees_with_libpcap() {
    let packets: Vec<_> = (0..200_u16).map(|i| udp(i.wrapping_mul(331), i * 77, usize::from(i))).collect();
    for expression in [
        "",
        "ip",
        "ip or not ip",
        "tcp",
        "udp and portrange 1-20000",
        "udp[4:2] > 100 and ip[2:2] & 3 != 0",
        "ip host 10.0.0.1 and not port 77",
        "net 10.0.0.0/8 and len <= 200",
        "ether[0] & 1 = 0 and ip[16] >= 224",
        "ip[6:2] & 0x1fff = 0 and (udp[0:2] * 3 - 7) / 2 > 500 or vlan",
        "ip6 protochain 17 or udp[0:2] % 5 = 2",
        "udp[0:2] << 3 > 1000 && udp[2:2] >> 4 < 100",
        "arp or icmp6 or mpls",
    ] {
        let mut filter = Filter::compile(expression).unwrap();
        let program = ::pcap::Capture::dead(::pcap::Linktype(1)).unwrap().compile(expression, true).unwrap();
        for packet in &packets {
            for bytes in [packet.as_slice(), &packet[..packet.len() / 2]] {
                let ours = filter.matches(LinkType(1), bytes.len() as u32, bytes);
                assert_eq!(ours, program.filter(bytes), "{expression}");
            }
        }
    }
}
