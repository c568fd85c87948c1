//! Each layer below IP: what it leads to, and how it breaks.

use super::{outcome, run, see};
use crate::base::packet::LinkType;
use crate::testing::{ETHERNET, Ip, Lab, RAW, arp, ethernet, udp, v4, v6};

const NULL: LinkType = LinkType(0);
const LOOP: LinkType = LinkType(108);
const SLL: LinkType = LinkType(113);
const SLL2: LinkType = LinkType(276);

const FOUR: &str = "udp 10.0.0.1:7 10.0.0.2:9";
const SIX: &str = "udp 2001:db8::1:7 2001:db8::2:9";

fn datagram() -> Vec<u8> {
    udp((7, 9), b"0123456789")
}

fn four() -> Vec<u8> {
    v4(17, &datagram()).bytes()
}

fn six() -> Vec<u8> {
    v6(17, &datagram()).bytes()
}

/// A tag or header in front of something: a few bytes, then a type.
fn tagged(tag: &[u8], ethertype: u16, payload: &[u8]) -> Vec<u8> {
    [tag, &ethertype.to_be_bytes(), payload].concat()
}

fn vlan(id: u16, ethertype: u16, payload: &[u8]) -> Vec<u8> {
    tagged(&id.to_be_bytes(), ethertype, payload)
}

fn pppoe(length: usize, protocol: u16, payload: &[u8]) -> Vec<u8> {
    let length = (length as u16).to_be_bytes();
    tagged(&[0x11, 0, 0, 1, length[0], length[1]], protocol, payload)
}

fn check(rows: &[(&str, LinkType, Vec<u8>, &str)]) {
    for (rule, link, bytes, expected) in rows {
        assert_eq!(see(*link, bytes), *expected, "{rule}");
    }
}

#[test]
fn ethernet_leads_by_type() {
    let length = |payload: &[u8]| ethernet(payload.len() as u16, payload);
    let snap = |oui: [u8; 3], ethertype, payload: &[u8]| {
        length(&tagged(&[&[0xaa, 0xaa, 3], oui.as_slice()].concat(), ethertype, payload))
    };
    check(&[
        ("IPv4", ETHERNET, ethernet(0x0800, &four()), FOUR),
        ("IPv6", ETHERNET, ethernet(0x86dd, &six()), SIX),
        ("an unknown type is silent", ETHERNET, ethernet(0x88b5, &four()), "nothing"),
        ("the first type", ETHERNET, ethernet(1536, &four()), "nothing"),
        ("between length and type", ETHERNET, ethernet(1535, &four()), "; undefined_ether_type/ETHERNET"),
        ("between length and type", ETHERNET, ethernet(1501, &four()), "; undefined_ether_type/ETHERNET"),
        ("SNAP with no organisation", ETHERNET, snap([0; 3], 0x0800, &four()), FOUR),
        ("SNAP and VLAN", ETHERNET, snap([0; 3], 0x8100, &vlan(5, 0x0800, &four())), "nothing"),
        ("SNAP of an organisation", ETHERNET, snap([0, 0, 0xc], 0x2000, &four()), "nothing"),
        ("LLC", ETHERNET, length(&[0x42, 0x42, 3, 0, 0, 0, 0, 0, 0, 0]), "nothing"),
        ("LLC too short", ETHERNET, ethernet(2, &[0x42, 0x42, 3, 0, 0]), "; truncated_llc_header/LLC"),
        ("LLC, two control bytes", ETHERNET, ethernet(3, &[4, 4, 0, 0, 0]), "; truncated_llc_header/LLC"),
        ("SNAP without LLC", ETHERNET, ethernet(2, &[0xaa, 0xaa, 3]), "; truncated_snap_llc_header/SNAP"),
        ("SNAP too short", ETHERNET, length(&[0xaa, 0xaa, 3, 0, 0, 0, 8]), "; truncated_snap_header/SNAP"),
        (
            "Novell has nobody",
            ETHERNET,
            length(&[0xff, 0xff, 0, 30, 0, 0]),
            "; no_suitable_analyzer_found/NOVELL_802_3",
        ),
    ]);
}

#[test]
fn ethernet_needs_more_than_sixteen_bytes() {
    let frame = ethernet(0x0800, &four());
    for captured in [1, 14, 15, 16] {
        let rows = run(ETHERNET, &frame[..captured], frame.len(), true);
        assert_eq!(outcome(&rows), "; truncated_ethernet_frame/ETHERNET", "{captured}");
    }
    let rows = run(ETHERNET, &frame[..17], frame.len(), true);
    assert_eq!(outcome(&rows), "; truncated_IP/IP");
}

#[test]
fn fabric_path_is_skipped() {
    let fabric = |inner: &[u8]| [&[0u8; 12], [0x89, 3, 0, 0].as_slice(), inner].concat();
    check(&[
        ("a frame inside", ETHERNET, fabric(&ethernet(0x0800, &four())), FOUR),
        ("30 bytes", ETHERNET, fabric(&ethernet(0x0800, &[])), "; truncated_link_header_cfp/ETHERNET"),
    ]);
}

#[test]
fn tags() {
    let q = |payload: &[u8]| ethernet(0x8100, payload);
    let three = vlan(1, 0x8100, &vlan(2, 0x8100, &vlan(3, 0x0800, &four())));
    let triple = "; triple_tagged_vlan_unsupported/VLAN(inner VLAN tag overwritten)";
    check(&[
        ("one tag", ETHERNET, q(&vlan(5, 0x0800, &four())), FOUR),
        ("88A8 in Ethernet", ETHERNET, ethernet(0x88a8, &vlan(5, 0x8100, &vlan(6, 0x86dd, &six()))), SIX),
        ("9100 in Ethernet", ETHERNET, ethernet(0x9100, &vlan(5, 0x0800, &four())), FOUR),
        ("88A8 inside a tag is unknown", ETHERNET, q(&vlan(5, 0x88a8, &vlan(6, 0x0800, &four()))), "nothing"),
        ("9100 inside a tag is unknown", ETHERNET, q(&vlan(5, 0x9100, &vlan(6, 0x0800, &four()))), "nothing"),
        ("a third tag", ETHERNET, q(&three), &format!("{FOUR}{triple}")),
        ("no length and no type", ETHERNET, q(&vlan(5, 1501, &four())), "; undefined_vlan_protocol/VLAN"),
        ("a tag and nothing", ETHERNET, q(&[0, 5, 8, 0]), "; truncated_VLAN_header/VLAN"),
        (
            "VN-Tag and VLAN",
            ETHERNET,
            ethernet(0x8926, &tagged(&[0; 4], 0x8100, &vlan(5, 0x0800, &four()))),
            FOUR,
        ),
        (
            "VN-Tag and IP is unknown",
            ETHERNET,
            ethernet(0x8926, &tagged(&[0; 4], 0x0800, &four())),
            "nothing",
        ),
        ("VN-Tag too short", ETHERNET, ethernet(0x8926, &[0; 6]), "; truncated_vntag_header/VNTAG"),
    ]);
}

#[test]
fn tags_are_in_the_record() {
    let inner = vlan(0x2007, 0x8100, &vlan(6, 0x0800, &four()));
    let rows = run(ETHERNET, &ethernet(0x8100, &inner), 0x100, true);
    assert_eq!((rows.conns[0].vlan, rows.conns[0].inner_vlan), (Some(7), Some(6)));
    let rows = run(ETHERNET, &ethernet(0x0800, &four()), 0x100, true);
    assert_eq!((rows.conns[0].vlan, rows.conns[0].inner_vlan), (None, None));
}

/// They belong to the host, whoever turns out to be the originator.
#[test]
fn hardware_addresses_are_in_the_record() {
    let macs = |link, frame: &[u8]| {
        let mut lab = Lab::on(link);
        lab.bytes(1.0, frame);
        let conn = lab.finish().conns.remove(0);
        (conn.orig_l2_addr.map(|mac| mac.to_string()), conn.resp_l2_addr.map(|mac| mac.to_string()))
    };
    let (sender, receiver) = (Some("02:00:00:00:00:01".to_owned()), Some("02:00:00:00:00:02".to_owned()));
    let (asks, answers) =
        (v4(17, &udp((40_000, 53), b"x")).bytes(), v4(17, &udp((53, 40_000), b"x")).bytes());
    assert_eq!(macs(ETHERNET, &ethernet(0x0800, &asks)), (sender.clone(), receiver.clone()));
    assert_eq!(macs(ETHERNET, &ethernet(0x0800, &answers)), (receiver, sender));
    assert_eq!(macs(RAW, &asks), (None, None));
    let session = ethernet(0x8100, &vlan(5, 0x0800, &asks));
    assert!(macs(ETHERNET, &session).0.is_some(), "behind a tag");
}

#[test]
fn labels_and_sessions() {
    let label = |bottom: u8, payload: &[u8]| [&[0, 1, bottom, 64], payload].concat();
    let session = |length, protocol, payload: &[u8]| ethernet(0x8864, &pppoe(length, protocol, payload));
    let length = four().len() + 2;
    check(&[
        ("one label", ETHERNET, ethernet(0x8847, &label(1, &four())), FOUR),
        ("two labels", ETHERNET, ethernet(0x8847, &label(0, &label(1, &six()))), SIX),
        ("no bottom", ETHERNET, ethernet(0x8847, &label(0, &[])), "; truncated_link_header/MPLS"),
        ("always IP under it", ETHERNET, ethernet(0x8847, &label(1, &[0x90; 40])), "; unknown_ip_version/IP"),
        ("PPPoE, IPv4", ETHERNET, session(length, 0x21, &four()), FOUR),
        ("PPPoE, IPv6", ETHERNET, session(six().len() + 2, 0x57, &six()), SIX),
        ("PPPoE, control protocol", ETHERNET, session(length, 0xc021, &four()), "nothing"),
        (
            "PPPoE too short",
            ETHERNET,
            ethernet(0x8864, &[0x11, 0, 0, 1, 0, 0, 0, 0x21]),
            "; truncated_pppoe_header/PPPOE",
        ),
        (
            "bytes behind a session's payload",
            ETHERNET,
            session(length, 0x21, &[four(), vec![0; 4]].concat()),
            &format!("{FOUR}; pppoe_extra_data_after_payload/PPPOE"),
        ),
        (
            "a session's payload cut",
            ETHERNET,
            session(length + 4, 0x21, &four()),
            &format!("{FOUR}; pppoe_truncated_payload/PPPOE"),
        ),
        ("PBB", ETHERNET, ethernet(0x88e7, &[&[0; 4], ethernet(0x0800, &four()).as_slice()].concat()), FOUR),
        ("PBB too short", ETHERNET, ethernet(0x88e7, &[0; 18]), "; truncated_PBB_header/PBB"),
        ("ARP", ETHERNET, ethernet(0x0806, &arp()), "nothing"),
        ("RARP", ETHERNET, ethernet(0x8035, &arp()), "nothing"),
        ("ARP header cut", ETHERNET, ethernet(0x0806, &arp()[..7]), "; truncated_ARP/ARP"),
        ("ARP addresses cut", ETHERNET, ethernet(0x0806, &arp()[..27]), "; truncated_ARP/ARP"),
    ]);
}

#[test]
fn a_hundred_layers_are_enough() {
    let nested = |count| {
        (0..count).fold(four(), |inner, _| vlan(1, if inner[0] == 0x45 { 0x0800 } else { 0x8100 }, &inner))
    };
    let seen = see(ETHERNET, &ethernet(0x8100, &nested(98)));
    assert!(seen.starts_with(FOUR), "{seen}");
    let seen = see(ETHERNET, &ethernet(0x8100, &nested(120)));
    assert!(seen.ends_with("max_packet_analyzer_depth_exceeded/VLAN"), "{seen}");
}

#[test]
fn other_link_types() {
    let family = |number: u32, payload: &[u8]| [number.to_le_bytes().as_slice(), payload].concat();
    let big = |number: u32, payload: &[u8]| [number.to_be_bytes().as_slice(), payload].concat();
    let sll = |ethertype: u16, payload: &[u8]| tagged(&[0; 14], ethertype, payload);
    let sll2 =
        |ethertype: u16, payload: &[u8]| [&ethertype.to_be_bytes(), [0; 18].as_slice(), payload].concat();
    let mut rows = vec![
        ("raw IPv4", RAW, four(), FOUR),
        ("raw IPv6", LinkType(101), six(), SIX),
        ("IPv4 alone", LinkType(228), four(), FOUR),
        ("IPv6 alone", LinkType(229), six(), SIX),
        ("an unknown link type is IP as it is", LinkType(147), four(), FOUR),
        ("an unknown link type, not IP", LinkType(147), vec![0; 40], "; unknown_ip_version/IP"),
        ("family 2", NULL, family(2, &four()), FOUR),
        ("families of IPv6", NULL, family(24, &six()), SIX),
        ("families of IPv6", NULL, family(28, &six()), SIX),
        ("families of IPv6", NULL, family(30, &six()), SIX),
        ("another byte order is unknown", NULL, big(2, &four()), "nothing"),
        ("family alone", NULL, family(2, &[]), "; null_analyzer_failed/NULL"),
        ("network byte order", LOOP, big(2, &four()), FOUR),
        ("cooked", SLL, sll(0x0800, &four()), FOUR),
        ("cooked", SLL, sll(0x86dd, &six()), SIX),
        ("cooked ARP", SLL, sll(0x0806, &arp()), "nothing"),
        ("cooked, no VLAN", SLL, sll(0x8100, &vlan(1, 0x0800, &four())), "nothing"),
        ("cooked, header only", SLL, sll(0x0800, &[]), "; truncated_Linux_SLL_header/LINUXSLL"),
        ("cooked 2", SLL2, sll2(0x0800, &four()), FOUR),
        ("cooked 2", SLL2, sll2(0x86dd, &six()), SIX),
        ("cooked 2, no VLAN", SLL2, sll2(0x8100, &vlan(1, 0x0800, &four())), "nothing"),
        ("cooked 2, header only", SLL2, sll2(0x0800, &[]), "; truncated_Linux_SLL2_header/LINUXSLL2"),
    ];
    check(&rows);
    rows.retain(|(_, link, ..)| *link != LinkType(147));
    let known = |link: &LinkType| run(*link, &[0; 64], 64, true).stats.unknown_links.is_empty();
    assert!(rows.iter().all(|(_, link, ..)| known(link)));
    assert!(!known(&LinkType(147)));
}

#[test]
fn a_record_without_bytes_does_not_count() {
    let mut lab = Lab::on(ETHERNET);
    lab.wire(100.0, &[], 60).wire(101.0, &ethernet(0x0800, &four()), 0);
    let rows = lab.finish();
    assert_eq!(rows.weird_names(), "empty_pcap_header");
    assert_eq!(rows.all_weirds().count(), 2);
    assert_eq!(rows.stats.packets, 0);
    assert!(rows.all_weirds().all(|weird| weird.ts == crate::Timestamp::ZERO), "the clock stands still");
}

#[test]
fn negative_times_do_not_count() {
    let mut lab = Lab::new();
    lab.bytes(-1.0, &four()).bytes(0.0, &four());
    let rows = lab.finish();
    assert_eq!(rows.weird_names(), "negative_packet_timestamp");
    assert_eq!((rows.stats.packets, rows.conns.len()), (1, 1));
}

#[test]
fn the_clock_begins_at_one_second() {
    let mut lab = Lab::new();
    lab.bytes(0.0, &[0x90; 40]);
    let rows = lab.finish();
    assert_eq!(rows.all_weirds().next().map(|weird| weird.ts), Some(crate::testing::at(1.0)));
}

#[test]
fn padding_is_cut_off() {
    let short = Ip { body: udp((7, 9), b""), ..v4(17, &[]) };
    let rows = run(ETHERNET, &[ethernet(0x0800, &short.bytes()), vec![0xee; 18]].concat(), 60, true);
    assert_eq!(outcome(&rows), FOUR);
    assert_eq!(rows.conns[0].orig_ip_bytes, Some(28));
}
