//! Mirror tunnels: how they are named, which packets are of one, and what is in them.

use proptest::prelude::*;

use super::*;
use crate::testing::{ETHERNET as FRAME, Ip as Packet, Lab, RAW, arp, ethernet, tcp, udp, v4, v6};
use crate::worker::stats::Stats;

fn decap(text: &str) -> Decap {
    text.parse().unwrap()
}

#[test]
fn names() {
    for text in ["vxlan", "vxlan:8472", "geneve@2001:db8::1", "geneve:1@192.0.2.1", "erspan", "gre@192.0.2.1"]
    {
        assert_eq!(decap(text).to_string(), text);
    }
    assert_eq!(decap("vxlan:4789").to_string(), "vxlan");
    let wrong = [
        ("", "\"\" is no tunnel: expected vxlan, geneve, erspan, gre or tzsp"),
        ("VXLAN", "\"VXLAN\" is no tunnel: expected vxlan, geneve, erspan, gre or tzsp"),
        ("vxlan:", "\"\" is no port: expected a number, as in vxlan:4789"),
        ("vxlan:0", "\"0\" is no port: expected a number, as in vxlan:4789"),
        ("geneve:65536", "\"65536\" is no port: expected a number, as in geneve:6081"),
        ("gre:47", "gre has no ports: expected gre, or gre@ADDRESS"),
        ("erspan:1@::1", "erspan has no ports: expected erspan, or erspan@ADDRESS"),
        ("gre@", "\"\" is no address: expected one, as in gre@192.0.2.1 or gre@2001:db8::1"),
        ("vxlan@host", "\"host\" is no address: expected one, as in vxlan@192.0.2.1 or vxlan@2001:db8::1"),
    ];
    for (text, message) in wrong {
        assert_eq!(text.parse::<Decap>(), Err(message.to_owned()));
    }
}

/// A frame that somebody sent: 10.0.0.1 to 10.0.0.2.
fn inner() -> Vec<u8> {
    ethernet(0x0800, &v4(17, &udp((5300, 5400), b"inside")).bytes())
}

const VXLAN: [u8; 8] = [8, 0, 0, 0, 0, 0, 9, 0];
/// Geneve with a word of options, and Ethernet in it.
const GENEVE: [u8; 12] = [1, 0, 0x65, 0x58, 0, 0, 9, 0, 1, 2, 3, 0];

fn over_udp(port: u16, header: &[u8], inner: &[u8]) -> Packet {
    v4(17, &udp((40_000, port), &[header, inner].concat())).between("192.0.2.1", "192.0.2.9")
}

fn over_gre(header: &[u8], inner: &[u8]) -> Packet {
    v4(47, &[header, inner].concat()).between("192.0.2.1", "192.0.2.9")
}

/// The packet in one on this link type, if it is opened.
fn opened(tunnels: &str, link: LinkType, bytes: &[u8]) -> Option<(PacketMeta, Vec<u8>)> {
    let tunnels: Vec<Decap> = tunnels.split(',').map(decap).collect();
    let length = bytes.len() as u32;
    let flags = PacketFlags::CHECKSUM_VALID;
    let mut meta = PacketMeta { at: 5, captured: length, wire: length, link, flags, ..PacketMeta::default() };
    let block = [&[0xee; 5], bytes, &[0xee; 5]].concat();
    open_all(&tunnels, &block, std::slice::from_mut(&mut meta));
    let inside = block[meta.at as usize..][..meta.captured as usize].to_vec();
    meta.flags.has(PacketFlags::DECAPSULATED).then_some((meta, inside))
}

#[test]
fn each_kind_is_opened() {
    let raw = v4(17, &udp((5300, 5400), b"inside")).bytes();
    let raw6 = v6(17, &udp((5300, 5400), b"inside")).bytes();
    let iii = |frame: u8, options: u8| {
        vec![0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 9, 0, 9, 1, 2, 3, 4, 0, 0, frame << 2, options]
    };
    let platform = [iii(0, 1), vec![0; 8]].concat();
    let cases = [
        ("vxlan", over_udp(4789, &VXLAN, &inner()), FRAME, inner()),
        ("vxlan:8472", over_udp(8472, &VXLAN, &inner()), FRAME, inner()),
        ("geneve", over_udp(6081, &GENEVE, &inner()), FRAME, inner()),
        ("geneve:7", over_udp(7, &[0, 0, 8, 0, 0, 0, 9, 0], &raw), RAW, raw.clone()),
        ("geneve", over_udp(6081, &[0, 0x40, 0x86, 0xdd, 0, 0, 9, 0], &raw6), RAW, raw6.clone()),
        ("gre", over_gre(&[0, 0, 0x65, 0x58], &inner()), FRAME, inner()),
        ("gre", over_gre(&[0, 0, 8, 0], &raw), RAW, raw.clone()),
        ("gre", over_gre(&[0xb0, 0, 0x86, 0xdd, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 1], &raw6), RAW, raw6),
        ("erspan", over_gre(&[0, 0, 0x88, 0xbe], &inner()), FRAME, inner()),
        (
            "erspan",
            over_gre(&[&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1], [7; 8].as_slice()].concat(), &inner()),
            FRAME,
            inner(),
        ),
        ("erspan", over_gre(&iii(0, 0), &inner()), FRAME, inner()),
        ("erspan", over_gre(&iii(2, 0), &raw), RAW, raw),
        ("erspan", over_gre(&platform, &inner()), FRAME, inner()),
        ("tzsp", over_udp(37008, &[1, 0, 0, 1, 1], &inner()), FRAME, inner()),
        ("tzsp:7", over_udp(7, &[1, 1, 0, 1, 0, 10, 2, 1, 1, 0, 1], &inner()), FRAME, inner()),
        ("tzsp", over_udp(37008, &[1, 0, 0, 18, 1], &[8; 40]), LinkType(105), vec![8; 40]),
    ];
    for (tunnel, packet, link, expected) in cases {
        for outer in [packet.clone(), Packet { ..v6(packet.proto, &packet.body) }] {
            let ip = outer.bytes();
            let number = if ip[0] >> 4 == 4 { 0x0800 } else { 0x86dd };
            // A short frame on the wire is padded behind the outer packet.
            let padded = [ethernet(number, &ip), vec![0; 7]].concat();
            for (on, bytes) in [(RAW, ip), (FRAME, padded)] {
                let (meta, inside) = opened(tunnel, on, &bytes).expect(tunnel);
                assert_eq!((meta.link, meta.wire as usize), (link, expected.len()), "{tunnel}");
                assert!(inside == expected, "{tunnel}");
                assert_eq!(meta.flags, PacketFlags::DECAPSULATED, "checksums inside have not been looked at");
            }
        }
    }
}

#[test]
fn others_are_left_alone() {
    let good = over_udp(4789, &VXLAN, &inner());
    assert!(opened("vxlan", RAW, &good.bytes()).is_some());
    assert!(opened("gre,geneve,vxlan@192.0.2.1", RAW, &good.bytes()).is_some(), "the sender");
    assert!(opened("vxlan@192.0.2.9", RAW, &good.bytes()).is_some(), "the receiver");
    let other_way = v4(17, &udp((4789, 40_000), &[VXLAN.as_slice(), &inner()].concat()));
    let none = [
        ("vxlan:8472", good.clone()),
        ("vxlan@192.0.2.3", good.clone()),
        ("vxlan@2001:db8::1", good.clone()),
        ("geneve,erspan,gre", good.clone()),
        ("geneve:4789", over_udp(4789, &[0x40, 0, 0x65, 0x58, 0, 0, 0, 0], &inner())),
        ("geneve", over_udp(6081, &[0, 0x80, 0x65, 0x58, 0, 0, 0, 0], &inner())),
        ("geneve", over_udp(6081, &[0, 0, 0x88, 0x47, 0, 0, 0, 0], &inner())),
        ("geneve", over_udp(6081, &[0x3f, 0, 0x65, 0x58, 0, 0, 0, 0], &inner())),
        ("vxlan", other_way),
        ("vxlan", over_udp(4789, &[0; 8], &inner())),
        ("vxlan", over_udp(4789, &VXLAN, &[])),
        ("vxlan", over_udp(4789, &VXLAN[..7], &[])),
        ("gre", over_gre(&[0, 0, 0x88, 0xbe], &inner())),
        ("erspan", over_gre(&[0, 0, 0x65, 0x58], &inner())),
        ("gre", over_gre(&[0x40, 0, 0x65, 0x58], &inner())),
        ("gre", over_gre(&[0, 1, 0x65, 0x58], &inner())),
        ("gre", over_gre(&[0, 0, 0x65], &[])),
        ("erspan", over_gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1], &[7; 8])),
        ("erspan", over_gre(&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1], &[7; 11])),
        ("erspan", over_gre(&[&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1], [0xfc; 12].as_slice()].concat(), &inner())),
        ("tzsp", over_udp(37008, &[2, 0, 0, 1, 1], &inner())),
        ("tzsp", over_udp(37008, &[1, 4, 0, 1, 1], &inner())),
        ("tzsp", over_udp(37008, &[1, 0, 0, 9, 1], &inner())),
        ("tzsp", over_udp(37008, &[1, 0, 0, 1, 10, 200], &[7; 20])),
        ("tzsp", over_udp(37008, &[1, 0, 0, 1, 10], &[])),
        ("gre", v4(6, &tcp((1, 2), 0, 0, 2, &[]))),
    ];
    for (tunnel, packet) in none {
        assert!(opened(tunnel, RAW, &packet.bytes()).is_none(), "{tunnel} {packet:?}");
    }
    assert!(opened("vxlan", FRAME, &ethernet(0x0806, &arp())).is_none());
    assert!(opened("vxlan", RAW, &[]).is_none());
}

#[test]
fn a_cut_packet_is_cut_inside() {
    let whole = over_udp(4789, &VXLAN, &inner()).bytes();
    let mut meta = PacketMeta { captured: 60, wire: whole.len() as u32, link: RAW, ..PacketMeta::default() };
    open(&[decap("vxlan")], &mut meta, &whole[..60]);
    assert_eq!((meta.at, meta.captured, meta.wire as usize), (36, 24, inner().len()));
}

/// What an engine that opens VXLAN makes of packets.
fn analysed(packets: &[Packet]) -> (String, Stats) {
    let mut lab = Lab::with(|config| config.decap = vec![decap("vxlan")]);
    for packet in packets {
        lab.packet(1.0, packet);
    }
    let rows = lab.finish();
    (rows.ends(), rows.stats)
}

#[test]
fn fragments_are_analysed_as_they_are_and_counted() {
    let good = over_udp(4789, &VXLAN, &inner());
    let (ends, stats) = analysed(std::slice::from_ref(&good));
    assert_eq!(ends, "udp 10.0.0.1:5300 10.0.0.2:5400");
    assert_eq!((stats.packets, stats.decapsulated, stats.decap_fragments), (1, 1, 0));
    let fragments = good.fragments(16);
    let (ends, stats) = analysed(&fragments);
    assert!(ends.contains("udp 192.0.2.1:40000 192.0.2.9:4789"), "{ends}");
    let count = fragments.len() as u64;
    assert_eq!((stats.packets, stats.decapsulated, stats.decap_fragments), (count, 0, count));
    // The first one has another port; where the others belong is not known.
    let (_, stats) = analysed(&over_udp(4788, &VXLAN, &inner()).fragments(16));
    assert_eq!((stats.packets, stats.decap_fragments), (count, count - 1));
    let (_, stats) = analysed(&v4(6, &tcp((1, 4789), 0, 0, 2, &[1; 40])).fragments(16));
    assert_eq!(stats.decap_fragments, 0);
}

/// A filter speaks of what is inside.
#[cfg(feature = "libpcap")]
#[test]
fn filters_see_the_inner_packet() {
    for (expression, packets, filtered) in [("udp port 5400", 1, 0), ("udp port 4789", 0, 1)] {
        let mut lab = Lab::with(|config| {
            config.decap = vec![decap("vxlan")];
            config.filter = Some(crate::capture::Filter::compile(expression).unwrap());
        });
        lab.packet(1.0, &over_udp(4789, &VXLAN, &inner()));
        let stats = lab.finish().stats;
        assert_eq!((stats.packets, stats.filtered), (packets, filtered), "{expression}");
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(512))]

    /// Whatever comes, what is left lies within the packet.
    #[test]
    fn any_bytes(
        mut head in prop::sample::select(vec![
            over_udp(4789, &VXLAN, &inner()).bytes(), over_udp(6081, &GENEVE, &inner()).bytes(),
            over_gre(&[0, 0, 0x65, 0x58], &inner()).bytes(), over_gre(&[0x10, 0, 0x22, 0xeb], &inner()).bytes(),
        ]),
        keep in 0..120_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        wire in 0..300_u32,
    ) {
        head.truncate(keep);
        for (at, byte) in changes {
            if !head.is_empty() {
                let at = at.index(head.len());
                head[at] = byte;
            }
        }
        let captured = head.len() as u32;
        let mut meta = PacketMeta { captured, wire, link: RAW, ..PacketMeta::default() };
        let tunnels: Vec<Decap> = ["vxlan", "geneve", "gre", "erspan"].map(decap).into();
        open(&tunnels, &mut meta, &head);
        prop_assert!(meta.at + meta.captured <= captured);
        prop_assert!(meta.captured <= meta.wire || meta.wire == wire);
    }
}
