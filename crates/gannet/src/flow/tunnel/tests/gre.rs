//! IP in IP, and GRE over IP with all that it carries.

use super::{FOUR, SENDER, SIX, check, gre, in_ip, inner, inner6, see};
use crate::testing::{Ip, arp, ethernet, udp, v4};

const GRE: u8 = 47;

fn frame() -> Vec<u8> {
    ethernet(0x0800, &inner().bytes())
}

fn over(flags: u16, kind: u16, rest: &[u8]) -> Ip {
    in_ip(GRE, &gre(flags, kind, rest))
}

#[test]
fn ip_in_ip_has_to_fit_exactly() {
    let (four, six) = (inner().bytes(), inner6().bytes());
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let weird = |name: &str| format!("weird {name}/IPTUNNEL");
    check(&[
        ("version 4", in_ip(4, &four), FOUR.into()),
        ("version 6", in_ip(41, &six), SIX.into()),
        ("over version 6", crate::testing::v6(4, &four), FOUR.into()),
        ("version 6 where 4 is announced", in_ip(4, &six), weird("invalid_inner_IP_version")),
        (
            "version 4 where 6 is announced",
            in_ip(41, &[four.clone(), vec![0; 9]].concat()),
            weird("invalid_inner_IP_version"),
        ),
        ("less than a header of version 4", in_ip(4, &four[..19]), weird("invalid_inner_IP_version")),
        ("less than a header of version 6", in_ip(41, &six[..39]), weird("truncated_inner_IP")),
        ("a byte is missing", in_ip(4, &four[..four.len() - 1]), weird("truncated_inner_IP")),
        ("a byte is missing", in_ip(41, &six[..six.len() - 1]), weird("truncated_inner_IP")),
        ("a byte too many", in_ip(4, &longer(&four)), weird("inner_IP_payload_length_mismatch")),
        ("a byte too many", in_ip(41, &longer(&six)), weird("inner_IP_payload_length_mismatch")),
        (
            "a length of zero",
            in_ip(4, &Ip { length: Some(0), ..inner() }.bytes()),
            weird("inner_IP_payload_length_mismatch"),
        ),
        (
            "a bad packet inside",
            in_ip(4, &Ip { words: Some(4), ..inner() }.bytes()),
            "weird IPv4_min_header_size_in_tunnel/IP".into(),
        ),
        (
            "a bad header inside",
            in_ip(4, &v4(17, &[0; 7]).bytes()),
            "weird truncated_header_in_tunnel/UDP".into(),
        ),
        ("no next header inside", in_ip(4, &v4(59, &[]).bytes()), "weird ipv6_no_next_in_tunnel/IP".into()),
    ]);
}

#[test]
fn weirds_inside_have_a_suffix_unless_they_have_no_source() {
    let parts = Ip { id: 5, ..inner() }.fragments(8);
    let packets: Vec<Ip> = parts.iter().map(|part| in_ip(4, &part.bytes())).collect();
    assert_eq!(see(&packets), format!("{FOUR}; weird excessively_small_fragment"));
    let mut bad = inner();
    bad.body = bad.sealed_body();
    bad.body[6] ^= 1;
    assert_eq!(see(&[in_ip(4, &bad.bytes())]), format!("{FOUR}; weird bad_UDP_checksum/UDP"));
    let bad = Ip { bad_header_sum: true, ..inner() };
    let packet = in_ip(4, &bad.bytes());
    assert_eq!(
        see(&[packet.clone(), packet]),
        "weird bad_IP_checksum_in_tunnel/IP",
        "limited like any other name"
    );
}

#[test]
fn gre_versions_and_flags() {
    let four = inner().bytes();
    let fields = |count: usize| [vec![0; 4 * count], four.clone()].concat();
    let weird = |name: &str| format!("weird {name}/GRE");
    check(&[
        ("plain", over(0, 0x0800, &four), FOUR.into()),
        ("IPv6", over(0, 0x86dd, &inner6().bytes()), SIX.into()),
        ("a checksum", over(0x8000, 0x0800, &fields(1)), FOUR.into()),
        ("a key", over(0x2000, 0x0800, &fields(1)), FOUR.into()),
        ("a sequence number", over(0x1000, 0x0800, &fields(1)), FOUR.into()),
        ("an acknowledgement, in version 0 too", over(0x0080, 0x0800, &fields(1)), FOUR.into()),
        ("all of them", over(0xb080, 0x0800, &fields(4)), FOUR.into()),
        ("whatever the type, it is tried as IP", over(0, 0x1234, &four), FOUR.into()),
        ("and its length is not tested", over(0, 0x0800, &[four.clone(), vec![0; 5]].concat()), FOUR.into()),
        ("nor is its version", over(0, 0x0800, &inner6().bytes()), SIX.into()),
        ("something else", over(0, 0x0800, &[0x90; 40]), "weird unknown_ip_version_in_tunnel/IP".into()),
        ("nothing", over(0, 0x0800, &[]), "weird truncated_IP_in_tunnel/IP".into()),
        ("cut", over(0, 0x0800, &four[..30]), "weird truncated_IP_len_in_tunnel/IP".into()),
        (
            "ARP is no Ethernet type here",
            over(0, 0x0806, &arp()),
            "weird unknown_ip_version_in_tunnel/IP".into(),
        ),
        ("three bytes", in_ip(GRE, &[0, 0, 8]), weird("truncated_GRE")),
        ("header only", in_ip(GRE, &[0, 0, 8, 0]), "weird truncated_IP_in_tunnel/IP".into()),
        ("fields are missing", over(0x3000, 0x0800, &[0; 7]), weird("truncated_GRE")),
        ("version 2", over(2, 0x0800, &four), "weird unknown_gre_version/GRE(version=2)".into()),
        ("version 7", over(7, 0x0800, &four), "weird unknown_gre_version/GRE(version=7)".into()),
        ("routing", over(0x4000, 0x0800, &four), weird("gre_routing")),
        ("routing before reserved bits", over(0x4008, 0x0800, &four), weird("gre_routing")),
        ("a reserved bit", over(0x0008, 0x0800, &four), weird("unknown_gre_flags")),
        ("another reserved bit", over(0x0040, 0x0800, &four), weird("unknown_gre_flags")),
    ]);
}

#[test]
fn ethernet_in_gre() {
    let weird = "weird truncated_GRE/GRE";
    check(&[
        ("a frame", over(0, 0x6558, &frame()), FOUR.into()),
        ("with a key", over(0x2000, 0x6558, &[&[0; 4], frame().as_slice()].concat()), FOUR.into()),
        ("a header and no more", over(0, 0x6558, &frame()[..14]), weird.into()),
        ("three bytes more", over(0, 0x6558, &frame()[..17]), "weird truncated_IP_in_tunnel/IP".into()),
        (
            "two bytes more",
            over(0, 0x6558, &frame()[..16]),
            "weird truncated_ethernet_frame_in_tunnel/ETHERNET".into(),
        ),
        (
            "a tag inside",
            over(0, 0x6558, &ethernet(0x8100, &[&[0, 5, 8, 0], inner().bytes().as_slice()].concat())),
            FOUR.into(),
        ),
        ("ARP inside", over(0, 0x6558, &ethernet(0x0806, &arp())), "nothing".into()),
    ]);
}

#[test]
fn mirrored_ports_in_gre() {
    let weird = || "weird truncated_GRE/GRE".to_owned();
    let behind = |header: usize| [vec![0; header], frame()].concat();
    let third = |flag: u8, header: usize| {
        let mut bytes = behind(header);
        bytes[11] = flag;
        bytes
    };
    check(&[
        ("ERSPAN I has no header", over(0, 0x88be, &frame()), FOUR.into()),
        ("ERSPAN II: a sequence number and eight bytes", over(0x1000, 0x88be, &behind(4 + 8)), FOUR.into()),
        ("ERSPAN I, cut", over(0, 0x88be, &frame()[..14]), weird()),
        ("ERSPAN II, cut", over(0x1000, 0x88be, &behind(4 + 8)[..4 + 8 + 13]), weird()),
        ("ERSPAN III: twelve bytes", over(0, 0x22eb, &third(0, 12)), FOUR.into()),
        ("ERSPAN III with eight more", over(0, 0x22eb, &third(1, 20)), FOUR.into()),
        ("ERSPAN III, cut", over(0, 0x22eb, &third(0, 12)[..12 + 14]), weird()),
        ("ERSPAN III with eight more, cut", over(0, 0x22eb, &third(1, 20)[..20 + 14]), weird()),
    ]);
}

#[test]
fn point_to_point_in_gre() {
    let ppp = |number: u16, packet: &[u8]| [&[0xff, 3], number.to_be_bytes().as_slice(), packet].concat();
    let (four, six) = (inner().bytes(), inner6().bytes());
    let call = |rest: &[u8]| [&[0, 60, 0, 1], rest].concat();
    let other = |number: u16| format!("weird egre_protocol_type/GRE(proto={number})");
    check(&[
        ("IPv4", over(0x2001, 0x880b, &call(&ppp(0x21, &four))), FOUR.into()),
        ("IPv6", over(0x2001, 0x880b, &call(&ppp(0x57, &six))), SIX.into()),
        (
            "sequence and acknowledgement",
            over(0x3081, 0x880b, &[call(&[0; 8]), ppp(0x21, &four)].concat()),
            FOUR.into(),
        ),
        ("another type", over(0x2001, 0x0800, &call(&four)), other(0x0800)),
        ("another type, routing", over(0x6001, 0x6558, &call(&four)), other(0x6558)),
        ("routing", over(0x6001, 0x880b, &call(&ppp(0x21, &four))), "weird gre_routing/GRE".into()),
        (
            "a control protocol",
            over(0x2001, 0x880b, &call(&ppp(0xc021, &four))),
            "weird non_ip_packet_in_encap/GRE".into(),
        ),
        ("no payload", over(0x2081, 0x880b, &[0; 8]), "weird truncated_GRE/GRE".into()),
        (
            "its length is tested",
            over(0x2001, 0x880b, &call(&ppp(0x21, &four[..30]))),
            "weird truncated_inner_IP/IPTUNNEL".into(),
        ),
        (
            "so is its version",
            over(0x2001, 0x880b, &call(&ppp(0x21, &six))),
            "weird invalid_inner_IP_version/IPTUNNEL".into(),
        ),
    ]);
}

#[test]
fn gre_over_udp() {
    let carried = |bytes: &[u8]| v4(17, &udp((SENDER, 4754), bytes));
    let back = v4(17, &udp((4754, SENDER), &gre(0, 0x0800, &inner().bytes()))).back();
    check(&[
        ("IP", carried(&gre(0, 0x0800, &inner().bytes())), FOUR.into()),
        ("Ethernet", carried(&gre(0, 0x6558, &frame())), FOUR.into()),
        ("from the responder", back, FOUR.into()),
        ("broken", carried(&[0, 0]), "weird truncated_GRE/GRE".into()),
    ]);
}
