//! What a wireless controller sends through GRE: frames, and frames of several frames.

use super::{FOUR, SIX, check, gre, in_ip, inner, inner6, outcome, tunnels};
use crate::testing::{Ip, Lab, v4};

const SNAP: [u8; 6] = [0xaa, 0xaa, 3, 0, 0, 0];

/// A data frame, with QoS if it is to hold several.
fn frame(kind: u8, control: &[u8], rest: &[u8]) -> Vec<u8> {
    [&[kind, 1], [0; 22].as_slice(), control, rest].concat()
}

fn snap(packet: &Ip) -> Vec<u8> {
    let kind: [u8; 2] = if packet.src.is_ipv4() { [8, 0] } else { [0x86, 0xdd] };
    [&SNAP, kind.as_slice(), packet.bytes().as_slice()].concat()
}

fn over(kind: u16, frame: &[u8]) -> Ip {
    in_ip(47, &gre(0, kind, frame))
}

#[test]
fn types_of_a_controller() {
    let data = frame(8, &[], &snap(&inner()));
    for kind in [0x8200, 0x82f0, 0x8300, 0x8370, 0x9000, 0x9200] {
        check(&[("a frame", over(kind, &data), FOUR.into())]);
    }
    check(&[
        ("another type is tried as IP", over(0x8201, &data), "weird unknown_ip_version_in_tunnel/IP".into()),
        ("another type is tried as IP", over(0x8100, &data), "weird unknown_ip_version_in_tunnel/IP".into()),
        ("nothing", over(0x8200, &[]), "weird truncated_GRE/GRE".into()),
        ("a header", over(0x8200, &data[..24]), "weird truncated_802_11_header_in_tunnel/IEEE802_11".into()),
        (
            "no more than LLC",
            over(0x8200, &data[..31]),
            "weird truncated_802_11_llc_header_in_tunnel/IEEE802_11".into(),
        ),
        ("a management frame", over(0x8200, &frame(0, &[], &snap(&inner()))), "nothing".into()),
    ]);
}

/// The connections of one frame are all of the tunnel.
#[test]
fn several_frames_in_one() {
    let part = |body: &[u8]| {
        let mut bytes = [&[0; 12], (body.len() as u16).to_be_bytes().as_slice(), body].concat();
        bytes.resize(bytes.len() + body.len() % 4, 0);
        bytes
    };
    let both = [part(&snap(&inner())), part(&snap(&inner6()))].concat();
    let mut lab = Lab::new();
    lab.packet(10.0, &over(0x8200, &frame(0x88, &[0x80, 0], &both)));
    let rows = lab.finish();
    assert_eq!(outcome(&rows), format!("{FOUR}; {SIX}"));
    assert_eq!(tunnels(&rows), "10.0 DISCOVER GRE 10.0.0.1:0 10.0.0.2:0");
    let parent = rows.tunnels[0].conn.uid.map(|uid| vec![uid]);
    assert!(rows.conns.iter().all(|conn| conn.tunnel_parents.as_ref().map(|set| set.0.clone()) == parent));
    // The second part is a tunnel itself, and what is behind it is not in it.
    let nested =
        in_ip(4, &v4(17, &crate::testing::udp((1, 2), b"")).between("192.0.2.7", "192.0.2.8").bytes());
    let three = [part(&snap(&inner())), part(&snap(&nested)), part(&snap(&inner6()))].concat();
    let mut lab = Lab::new();
    lab.packet(10.0, &over(0x8200, &frame(0x88, &[0x80, 0], &three)));
    let rows = lab.finish();
    let parents: Vec<_> =
        rows.conns.iter().map(|conn| conn.tunnel_parents.as_ref().unwrap().0.clone()).collect();
    assert_eq!((parents.len(), &parents[0]), (3, &parents[2]));
}
