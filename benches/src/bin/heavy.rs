//! Gives a share of a capture's bytes to one pair of addresses: `heavy IN OUT SHARE`, such as 0.4.
//!
//! Whole flows of TCP and UDP over IPv4 on Ethernet move to the pair, one after the other as they begin, as long as the pair
//! has less than its share. Ports stay, unless the pair has a flow of the same ports: then the asking side gets another one.
//! Checksums are kept right, or wrong, as they were (RFC 1624). Fragments stay. Writes a pcap file with nanoseconds.

use std::collections::{HashMap, HashSet};
use std::io::BufWriter;

use gannet::LinkType;
use gannet::capture::write::{Precision, Writer};
use gannet::capture::{Batch, Files, Filled, PacketSource};

/// The pair: 10.99.0.1 asks 10.99.0.2.
const PAIR: [[u8; 4]; 2] = [[10, 99, 0, 1], [10, 99, 0, 2]];
/// Offset of the IP header.
const IP: usize = 14;

/// An address and a port.
type End = ([u8; 4], u16);
/// A flow: its protocol and both ends, the smaller one first.
type Flow = (u8, End, End);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, share] = args.as_slice() else { panic!("heavy IN OUT SHARE") };
    let share: f64 = share.parse().expect("a share between 0 and 1");
    let file = BufWriter::with_capacity(1 << 20, std::fs::File::create(to).expect("a file to write"));
    let mut writer = Writer::new(file, LinkType::ETHERNET, Precision::Nanos).expect("a header");
    let mut source = Files::open(&[from]).expect("a capture");
    let (mut batch, mut heavy, mut all) = (Batch::default(), 0_u64, 0_u64);
    let mut flows: HashMap<Flow, Option<Moved>> = HashMap::new();
    let mut taken: HashSet<(u8, u16, u16)> = HashSet::new();
    while source.fill(&mut batch, 512).expect("a capture that can be read") == Filled::Packets {
        for packet in &batch.packets {
            assert_eq!(packet.link, LinkType::ETHERNET, "an Ethernet capture");
            let mut bytes = batch.bytes(packet).to_vec();
            all += bytes.len() as u64;
            if let Some((flow, src, dst)) = flow(&bytes) {
                let wants = (heavy as f64) < share * all as f64;
                let moved = flows.entry(flow).or_insert_with(|| {
                    let ports = (src.1..=u16::MAX).chain(1024..src.1);
                    let mut free = ports.filter(|port| taken.insert((flow.0, *port, dst.1)));
                    wants.then(|| Moved { asks: src, port: free.next().expect("a free port") })
                });
                if let Some(moved) = moved {
                    heavy += bytes.len() as u64;
                    readdress(&mut bytes, flow.0, src == moved.asks, moved.port);
                }
            }
            writer.packet(packet.ts, packet.wire, &bytes).expect("room on the disk");
        }
    }
    writer.finish().expect("room on the disk");
    println!("{heavy} of {all} bytes belong to the pair: {:.1} %", heavy as f64 * 100.0 / all.max(1) as f64);
}

/// A flow that moves: who asked, and the port it asks from now.
struct Moved {
    asks: End,
    port: u16,
}

/// The flow of a packet, its source and its destination, if it may move.
fn flow(bytes: &[u8]) -> Option<(Flow, End, End)> {
    let short = |at: usize| Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    let proto = *bytes.get(IP + 9)?;
    let plain = short(12)? == 0x0800 && bytes.get(IP)? == &0x45 && short(IP + 6)? & 0x3fff == 0;
    let least = if proto == 6 { IP + 40 } else { IP + 28 };
    if !plain || ![6, 17].contains(&proto) || bytes.len() < least {
        return None;
    }
    let end = |at: usize, port: usize| Some((*bytes.get(at..)?.first_chunk::<4>()?, short(port)?));
    let (src, dst) = (end(IP + 12, IP + 20)?, end(IP + 16, IP + 22)?);
    Some(((proto, src.min(dst), src.max(dst)), src, dst))
}

/// Puts the pair's addresses and the port in, and mends the checksums.
fn readdress(bytes: &mut [u8], proto: u8, asking: bool, port: u16) {
    let old: [u8; 12] = bytes[IP + 12..IP + 24].try_into().expect("addresses and ports");
    let (src, dst) = if asking { (PAIR[0], PAIR[1]) } else { (PAIR[1], PAIR[0]) };
    bytes[IP + 12..IP + 16].copy_from_slice(&src);
    bytes[IP + 16..IP + 20].copy_from_slice(&dst);
    let at = if asking { IP + 20 } else { IP + 22 };
    bytes[at..at + 2].copy_from_slice(&port.to_be_bytes());
    let new: [u8; 12] = bytes[IP + 12..IP + 24].try_into().expect("addresses and ports");
    mend(bytes, IP + 10, &old[..8], &new[..8]);
    let at = IP + 20 + if proto == 6 { 16 } else { 6 };
    // A UDP datagram without a checksum stays without one.
    if proto == 6 || bytes[at..at + 2] != [0, 0] {
        mend(bytes, at, &old, &new);
    }
}

fn mend(bytes: &mut [u8], at: usize, old: &[u8], new: &[u8]) {
    let mut sum = u32::from(!u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    for (old, new) in old.chunks(2).zip(new.chunks(2)) {
        sum += u32::from(!u16::from_be_bytes([old[0], old[1]]))
            + u32::from(u16::from_be_bytes([new[0], new[1]]));
    }
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    bytes[at..at + 2].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}
