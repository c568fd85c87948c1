//! Bytes of no meaning behind each tunnel's header, and tunnels in tunnels without end.

use proptest::prelude::*;

use super::{SENDER, gre, in_ip, in_udp, inner};
use crate::testing::{Ip, Lab, Rows, ethernet, udp, v4, v6};

/// Something that leads into a tunnel: bytes that are put in front of others, and the protocol or port they need.
#[derive(Clone, Debug)]
enum Way {
    Protocol(u8, Vec<u8>),
    Port(u16, Vec<u8>),
}

impl Way {
    fn wrap(&self, inner: &[u8], sender: u16) -> Ip {
        match self {
            Self::Protocol(number, header) => in_ip(*number, &[header, inner].concat()),
            Self::Port(port, header) => v4(17, &udp((sender, *port), &[header, inner].concat())),
        }
    }
}

fn ways() -> Vec<Way> {
    let mut ways =
        vec![Way::Protocol(4, Vec::new()), Way::Protocol(41, Vec::new()), Way::Protocol(47, Vec::new())];
    for (flags, kind) in [
        (0, 0x0800),
        (0x2000, 0x6558),
        (0, 0x88be),
        (0x1000, 0x88be),
        (0, 0x22eb),
        (0x2001, 0x880b),
        (0, 0x8200),
        (0x3081, 0x880b),
    ] {
        ways.push(Way::Protocol(47, gre(flags, kind, &[])));
        ways.push(Way::Port(4754, gre(flags, kind, &[])));
    }
    let amsdu = [&[0x88, 1], [0; 22].as_slice(), &[0x80, 0]].concat();
    ways.push(Way::Protocol(47, gre(0, 0x8200, &amsdu)));
    for port in [4789, 6081, 2152, 2123, 3544, 5072, 4754, 9999] {
        ways.push(Way::Port(port, Vec::new()));
    }
    ways.push(Way::Port(4789, vec![8, 0, 0, 0, 0, 0, 1, 0]));
    ways.push(Way::Port(6081, vec![1, 0, 0x65, 0x58, 0, 0, 1, 0, 0, 0, 0, 0]));
    ways.push(Way::Port(6081, vec![0, 0, 0x08, 0x00, 0, 0, 1, 0]));
    for kind in [16, 255] {
        ways.push(Way::Port(2152, vec![0x30, kind, 0, 0, 0, 0, 0, 1]));
        ways.push(Way::Port(2152, vec![0x36, kind, 0, 0, 0, 0, 0, 1]));
    }
    ways.push(Way::Port(3544, vec![0, 1, 2, 2]));
    ways.push(Way::Port(9999, vec![0, 0, 1, 2, 3, 4, 5, 6, 0x60]));
    ways.push(Way::Port(9999, [&[0x60, 0, 0, 0, 0, 0, 17, 64, 0x20, 1, 0, 0], [0; 12].as_slice()].concat()));
    ways.push(Way::Port(5072, [&[0x10, 0x52, 0x11, 41], [0; 26].as_slice()].concat()));
    ways
}

fn finish(lab: Lab) -> Rows {
    let rows = lab.finish();
    assert_eq!(rows.stats.panics, 0);
    assert_eq!(rows.stats.connections(), rows.conns.len() as u64, "each connection has one row");
    assert!(rows.keys.is_sorted());
    rows
}

fn lab(checksums: bool) -> Lab {
    Lab::with(|config| {
        config.checksums = checksums;
        config.analyzers = crate::analyzers::REGISTRY.to_vec();
    })
}

/// Packets that are whole, to be put into tunnels.
fn whole(which: u8) -> Vec<u8> {
    match which % 5 {
        0 => inner().bytes(),
        1 => v6(17, &udp((53, SENDER), &[7; 30])).between("2001:0:1::1", "2001:db8::2").bytes(),
        2 => ethernet(0x0800, &inner().bytes()),
        3 => ethernet(0x86dd, &v6(59, &[]).bytes()),
        _ => Ip { id: 5, ..v4(17, &udp((1, 2), &[1; 100])) }.fragments(48)[0].bytes(),
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(200))]

    #[test]
    fn random_bytes_behind_each_header(
        packets in prop::collection::vec((prop::sample::select(ways()), prop::collection::vec(any::<u8>(), 0..120), 0usize..9, 0.0f64..4000.0), 1..20),
    ) {
        let mut lab = lab(false);
        for (way, bytes, cut, time) in &packets {
            let bytes = way.wrap(bytes, SENDER).bytes();
            lab.cut(*time, &bytes, bytes.len() - cut);
        }
        finish(lab);
    }

    #[test]
    fn damaged_packets_in_stacks(
        packets in prop::collection::vec(
            (any::<u8>(), prop::collection::vec(prop::sample::select(ways()), 1..8), any::<prop::sample::Index>(), any::<u8>(), any::<bool>(), 0.0f64..4000.0),
            1..20,
        ),
        checksums in any::<bool>(),
    ) {
        let mut lab = lab(checksums);
        for (which, ways, place, byte, damaged, time) in &packets {
            let mut bytes = ways.iter().fold(whole(*which), |inner, way| way.wrap(&inner, SENDER).bytes());
            if *damaged {
                let at = place.index(bytes.len());
                bytes[at] = *byte;
            }
            lab.bytes(*time, &bytes);
        }
        finish(lab);
    }

    /// However deep a packet is, there are four levels of tunnels at most, and it takes no longer than its bytes.
    #[test]
    fn nests_of_any_depth_end(levels in prop::collection::vec(0usize..6, 1..120)) {
        let mut bytes = inner().bytes();
        for (turn, level) in levels.iter().enumerate() {
            let frame = ethernet(0x0800, &bytes);
            let packet = match level {
                0 => in_ip(4, &bytes),
                1 => in_ip(47, &gre(0, 0x0800, &bytes)),
                2 => in_ip(47, &gre(0, 0x6558, &frame)),
                3 => in_udp(4789, &[&[8, 0, 0, 0, 0, 0, 1, 0], frame.as_slice()].concat()),
                4 => in_udp(6081, &[&[0, 0, 8, 0, 0, 0, 1, 0], bytes.as_slice()].concat()),
                _ => in_udp(4754, &gre(0, 0x0800, &bytes)),
            };
            bytes = packet.between("10.1.0.1", &format!("10.2.0.{turn}")).bytes();
        }
        let mut lab = Lab::new();
        lab.bytes(10.0, &bytes);
        let rows = finish(lab);
        let discovered = rows.tunnels.iter().filter(|row| row.action.0 == "Tunnel::DISCOVER").count();
        prop_assert!(discovered <= 4 && rows.conns.len() <= 5);
        let deep = rows.weird_names().starts_with("exceeded_tunnel_max_depth_in_tunnel/");
        prop_assert_eq!(deep, levels.len() > 4, "{}", rows.weird_names());
    }
}
