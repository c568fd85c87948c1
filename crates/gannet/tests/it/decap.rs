//! A capture from a mirror tunnel that is opened gives the records of the capture of what is in it.

use std::sync::Arc;

use gannet::capture::{Batch, Filled, Filter, Memory, SourceError, SourceStatus};
use gannet::{Balance, Config, Control, Decap, Edge, Entry, PacketSource, Report, run_live};

use crate::support::packets::Packet;
use crate::support::rows::{self, Row};
use crate::traffic::{Hosts, STEADY, WILD, mixture, tunnelled};

/// Bytes of the outer headers of an IPv4 packet in an Ethernet frame.
fn outer(number: u16, protocol: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 8, 0, 0x45, 0];
    bytes.extend((20 + length as u16).to_be_bytes());
    bytes.extend(number.to_be_bytes());
    // No checksum: nobody looks at it.
    bytes.extend([0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 200 + (number % 5) as u8]);
    bytes
}

/// Puts an Ethernet frame into a tunnel: of the given header behind the outer IP header.
fn wrapped(packet: &Packet, number: u16, protocol: u8, header: &[u8]) -> Packet {
    let mut bytes = outer(number, protocol, header.len() + packet.wire as usize);
    bytes.extend(header);
    let more = bytes.len() as u32;
    bytes.extend(&packet.bytes);
    Packet { wire: packet.wire + more, bytes, ..packet.clone() }
}

fn udp(port: u16, header: &[u8], packet: &Packet, number: u16) -> Packet {
    let mut whole = (30_000 + number % 1000).to_be_bytes().to_vec();
    whole.extend(port.to_be_bytes());
    whole.extend((8 + header.len() as u16 + packet.wire as u16).to_be_bytes());
    whole.extend([0, 0]);
    whole.extend(header);
    wrapped(packet, number, 17, &whole)
}

/// The same packet in a tunnel of each kind, in turn.
fn mirrored(packet: &Packet, number: usize) -> Packet {
    let n = number as u16;
    match number % 6 {
        0 => udp(4789, &[8, 0, 0, 0, 0, 0, 9, 0], packet, n),
        1 => udp(6081, &[1, 0, 0x65, 0x58, 0, 0, 9, 0, 0, 0, 0, 0], packet, n),
        2 => wrapped(packet, n, 47, &[0, 0, 0x65, 0x58]),
        3 => wrapped(packet, n, 47, &[0, 0, 0x88, 0xbe]),
        4 => wrapped(packet, n, 47, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 9, 0, 9, 0, 0, 0, 3]),
        _ => {
            let header = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 9, 0, 9, 1, 2, 3, 4, 0, 0, 0, 1];
            wrapped(packet, n, 47, &[header.as_slice(), &[0; 8]].concat())
        }
    }
}

/// All kinds of tunnels.
fn tunnels() -> Vec<Decap> {
    ["vxlan", "geneve", "gre", "erspan"].map(|text| text.parse().unwrap()).into()
}

fn config(workers: usize, balance: Balance) -> Config {
    Config::builder().workers(workers).batch(64).balance(balance).build().unwrap()
}

#[test]
fn the_records_are_those_of_the_inner_capture() {
    let all = [
        ("steady", mixture(201, 3000, Hosts::Many, STEADY)),
        ("wild", mixture(202, 3000, Hosts::Few, WILD)),
        ("tunnels", tunnelled(203, 2000, STEADY)),
    ];
    for (name, packets) in all {
        // What has no bytes, or more than an outer packet can hold, is not in a tunnel.
        let fits = |packet: &Packet| packet.link == 1 && !packet.bytes.is_empty() && packet.wire < 60_000;
        let whole = |packet: &Packet| packet.wire as usize >= packet.bytes.len();
        let inner: Vec<Packet> = packets.into_iter().filter(|packet| fits(packet) && whole(packet)).collect();
        let outer: Vec<Packet> = inner.iter().enumerate().map(|(i, packet)| mirrored(packet, i)).collect();
        assert!(inner.len() > 1000, "{name}: {}", inner.len());
        for balance in [Balance::Pair, Balance::Flow] {
            let (expected, summary) = rows::run(config(1, balance), &inner);
            assert!(expected.len() > 100);
            for workers in [1, 3, 8] {
                let config = config(workers, balance).rebuild().decap(tunnels()).build().unwrap();
                let (got, opened) = rows::run(config.clone(), &outer);
                assert!(expected == got, "{name}, {balance:?}, {workers} workers: other rows");
                let mut stats = opened.stats;
                assert_eq!(std::mem::take(&mut stats.decapsulated), inner.len() as u64);
                assert_eq!(format!("{stats:?}"), format!("{:?}", summary.stats), "{name}");
                let (pushed, _) = rows::push(config, &outer, |_, _, _| ());
                assert!(expected == pushed, "{name}, pushed");
            }
        }
    }
}

/// An interface at the end of a tunnel: idle when all has come, and not to be given a filter, which speaks of what is inside.
struct Mirror(Memory, bool);

impl PacketSource for Mirror {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        match self.0.fill(batch, max)? {
            Filled::End if !self.1 => {
                std::thread::sleep(std::time::Duration::from_millis(2));
                Ok(Filled::Idle)
            }
            filled => Ok(filled),
        }
    }

    fn status(&self) -> SourceStatus {
        self.0.status()
    }

    fn set_filter(&mut self, _filter: Option<&Filter>) -> Result<(), SourceError> {
        panic!("the source sees the tunnel, and not what the filter speaks of");
    }

    fn stop(&mut self) {
        self.1 = true;
    }
}

/// Sets a filter, and ends the run when all packets have been seen and the filter had its time.
struct Filters(Vec<Row>, Option<Arc<Config>>, u64, u32);

impl Edge<&'static str> for Filters {
    fn entry(&mut self, entry: Entry<&'static str>) {
        let text = String::from_utf8(entry.bytes.to_vec()).unwrap();
        self.0.push(Row { key: entry.key, stream: entry.item, text });
    }

    fn tick(&mut self, report: &Report<'_>) -> Control {
        if let Some(config) = self.1.take() {
            return Control::Reconfigure(config);
        }
        self.3 += 1;
        let seen = report.workers.iter().map(|worker| worker.stats.packets).sum::<u64>() >= self.2;
        if seen || self.3 > 30 { Control::Stop } else { Control::Continue }
    }
}

#[test]
fn a_live_run_opens_tunnels_and_filters_what_is_inside() {
    let packets = mixture(204, 2000, Hosts::Many, STEADY);
    let fits = |packet: &Packet| packet.link == 1 && packet.wire as usize == packet.bytes.len();
    let inner: Vec<Packet> = packets.into_iter().filter(|p| fits(p) && !p.bytes.is_empty()).collect();
    let outer: Vec<Packet> = inner.iter().enumerate().map(|(i, packet)| mirrored(packet, i)).collect();
    let (expected, _) = rows::run(config(1, Balance::Pair), &inner);
    let config = config(1, Balance::Pair).rebuild().decap(tunnels()).build().unwrap();
    let other = config.rebuild().filter(Filter::compile("greater 1").unwrap()).build().unwrap();
    let source = Box::new(Mirror(rows::source(&outer), false));
    let mut edge = Filters(Vec::new(), Some(Arc::new(other)), inner.len() as u64, 0);
    let summary = run_live(config, vec![source], rows::to_rows, &mut edge).unwrap();
    assert_eq!((summary.stats.decapsulated, summary.stats.filtered), (inner.len() as u64, 0));
    assert!(expected == edge.0, "{} rows, {} live", expected.len(), edge.0.len());
}
