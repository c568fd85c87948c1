//! Another decoder as judge: what `etherparse` builds and reads is read alike here.

use std::net::IpAddr;

use etherparse::{NetSlice, PacketBuilder, SlicedPacket, TransportSlice};
use proptest::prelude::*;

use crate::base::cursor::be16;
use crate::base::key::Addr;
use crate::base::proto;
use crate::decode::ip::{Around, Ip};
use crate::decode::transport::TcpHeader;
use crate::decode::{Found, Walk, ipv6, walk};
use crate::testing::{ETHERNET, Lab};

/// What both decoders should agree on.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    src: Addr,
    dst: Addr,
    proto: u8,
    vlans: Vec<u16>,
    ports: (u16, u16),
    /// Sequence, acknowledgement, window and header length; zero for UDP.
    tcp: (u32, u32, u16, usize),
    payload: Vec<u8>,
}

/// What is found here; `None` if nothing whole is.
fn ours(frame: &[u8]) -> Option<Facts> {
    let mut layers = Walk::new(frame);
    let Found::Ip = walk(ETHERNET, &mut layers) else { return None };
    let around = Around { at: layers.at, wire: frame.len(), checksums: false, offloaded: false };
    let ip = Ip::parse(layers.rest, around, &mut ipv6::Noted::default()).ok()?;
    if ip.fragment.is_some() || ip.total == 0 {
        return None;
    }
    let (header, tcp) = match ip.proto {
        proto::UDP => (8, (0, 0, 0, 0)),
        proto::TCP => {
            let tcp = TcpHeader::parse(ip.payload)?;
            (tcp.length, (tcp.seq, tcp.ack, tcp.window, tcp.length))
        }
        _ => return None,
    };
    Some(Facts {
        src: ip.src,
        dst: ip.dst,
        proto: ip.proto,
        vlans: layers.vlan.into_iter().chain(layers.inner_vlan).collect(),
        ports: (be16(ip.payload, 0).unwrap_or(0), be16(ip.payload, 2).unwrap_or(0)),
        tcp,
        payload: ip.payload.get(header..)?.to_vec(),
    })
}

/// What etherparse finds.
fn theirs(frame: &[u8]) -> Option<Facts> {
    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    let vlans = packet.vlan_ids().iter().map(|id| id.value()).collect();
    let (src, dst): (IpAddr, IpAddr) = match packet.net? {
        NetSlice::Ipv4(ip) => {
            let header = ip.header();
            (header.source_addr().into(), header.destination_addr().into())
        }
        NetSlice::Ipv6(ip) => {
            let header = ip.header();
            (header.source_addr().into(), header.destination_addr().into())
        }
        NetSlice::Arp(_) => return None,
    };
    let (proto, ports, tcp, payload) = match packet.transport? {
        TransportSlice::Udp(udp) => {
            let ports = (udp.source_port(), udp.destination_port());
            (proto::UDP, ports, (0, 0, 0, 0), udp.payload().to_vec())
        }
        TransportSlice::Tcp(tcp) => {
            let ports = (tcp.source_port(), tcp.destination_port());
            let header = usize::from(tcp.data_offset()) * 4;
            let numbers = (tcp.sequence_number(), tcp.acknowledgment_number(), tcp.window_size(), header);
            (proto::TCP, ports, numbers, tcp.payload().to_vec())
        }
        _ => return None,
    };
    let (src, dst) = (Addr::from(src), Addr::from(dst));
    Some(Facts { src, dst, proto, vlans, ports, tcp, payload })
}

/// How a frame is put together.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    vlans: Vec<u16>,
    addresses: (u128, u128),
    v6: bool,
    udp: bool,
    ports: (u16, u16),
    numbers: (u32, u32, u16),
    options: usize,
    payload: Vec<u8>,
}

pub(super) fn plan() -> impl Strategy<Value = Plan> {
    let vlans = prop::collection::vec(0u16..4096, 0..3);
    let payload = prop::collection::vec(any::<u8>(), 0..64);
    let head = (vlans, any::<(u128, u128)>(), any::<(bool, bool)>(), any::<(u16, u16)>());
    (head, any::<(u32, u32, u16)>(), 0usize..10, payload).prop_map(
        |((vlans, addresses, (v6, udp), ports), numbers, options, payload)| Plan {
            vlans,
            addresses,
            v6,
            udp,
            ports,
            numbers,
            options,
            payload,
        },
    )
}

impl Plan {
    pub(super) fn frame(&self) -> Vec<u8> {
        use etherparse::VlanId;
        let ethernet = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
        let (a, b) = (self.addresses.0.to_be_bytes(), self.addresses.1.to_be_bytes());
        let four = |bytes: [u8; 16]| [bytes[0], bytes[1], bytes[2], bytes[3]];
        macro_rules! network {
            ($step:expr) => {
                if self.v6 { $step.ipv6(a, b, 64) } else { $step.ipv4(four(a), four(b), 64) }
            };
        }
        let id = |id: u16| VlanId::try_new(id).unwrap();
        let ip = match self.vlans.as_slice() {
            [] => network!(ethernet),
            [one] => network!(ethernet.single_vlan(id(*one))),
            [one, two, ..] => network!(ethernet.double_vlan(id(*one), id(*two))),
        };
        let mut frame = Vec::new();
        if self.udp {
            ip.udp(self.ports.0, self.ports.1).write(&mut frame, &self.payload).unwrap();
        } else {
            let (seq, ack, window) = self.numbers;
            let options = vec![1; 4 * self.options];
            let tcp = ip.tcp(self.ports.0, self.ports.1, seq, window).ack(ack);
            tcp.options_raw(&options).unwrap().write(&mut frame, &self.payload).unwrap();
        }
        frame
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(256))]

    #[test]
    fn frames_are_read_alike(plan in plan()) {
        let frame = plan.frame();
        let found = ours(&frame);
        prop_assert!(found.is_some());
        prop_assert_eq!(found, theirs(&frame));
    }

    #[test]
    fn checksums_are_right(plan in plan()) {
        let frame = plan.frame();
        let mut lab = Lab::on(ETHERNET);
        lab.bytes(1.0, &frame);
        let rows = lab.finish();
        prop_assert_eq!(rows.stats.bad_ip_checksums + rows.stats.bad_tcp_checksums + rows.stats.bad_udp_checksums, 0);
        prop_assert_eq!(rows.conns.len(), 1);
    }

    #[test]
    fn a_wrong_bit_is_noticed(plan in plan(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut frame = plan.frame();
        let start = 14 + 4 * plan.vlans.len().min(2) + if plan.v6 { 40 } else { 20 };
        let place = start + at.index(frame.len() - start);
        frame[place] ^= 1 << bit;
        let mut lab = Lab::on(ETHERNET);
        lab.bytes(1.0, &frame);
        let rows = lab.finish();
        let wrong = rows.stats.bad_tcp_checksums + rows.stats.bad_udp_checksums;
        // Some bits change what is summed, or whether it is.
        let in_lengths = if plan.udp { (4..8).contains(&(place - start)) } else { place - start == 12 };
        prop_assert!(wrong == 1 || in_lengths, "{}", rows.weird_names());
    }

    #[test]
    fn damaged_frames_are_read_alike_or_not_at_all(
        plan in plan(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut frame = plan.frame();
        for (at, byte) in damage {
            let place = 12 + at.index((frame.len() - 12).min(48));
            frame[place] = byte;
        }
        if let (Some(found), Some(expected)) = (ours(&frame), theirs(&frame)) {
            // A UDP length field may cut the payload there; here only IP's does.
            let cut = found.proto == proto::UDP && found.payload.starts_with(&expected.payload);
            let rerouted = found.src != expected.src || found.dst != expected.dst;
            if !rerouted {
                prop_assert!(cut || found == expected, "{:?} {:?}", found, expected);
            }
        }
    }
}
