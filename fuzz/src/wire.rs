//! Packets made for the targets: raw IPv4 with TCP or UDP, checksums left at zero.

use gannet::{Config, ConfigBuilder, LinkType, TestKnobs};

/// Link type of these packets: IP without a link header.
pub const RAW: LinkType = LinkType(101);

/// A port of the originator that no analyzer knows.
pub const CLIENT_PORT: u16 = 50_000;

/// TCP flags.
pub mod flag {
    #![allow(missing_docs)]
    pub const FIN: u8 = 1;
    pub const SYN: u8 = 2;
    pub const RST: u8 = 4;
    pub const ACK: u8 = 16;
}

/// Everything on, content of files included, checksums ignored, and tables that are the same in every run.
pub fn config() -> ConfigBuilder {
    let mut config = Config::builder();
    config.checksums(false);
    config.contents(true);
    config.table_seed(Some(1));
    config
}

fn ip(from_orig: bool, proto: u8, payload: usize) -> Vec<u8> {
    let total = (20 + payload).min(65_535) as u16;
    let [high, low] = total.to_be_bytes();
    let (src, dst) = if from_orig { (1, 2) } else { (2, 1) };
    vec![0x45, 0, high, low, 0, 0, 0, 0, 64, proto, 0, 0, 192, 0, 2, src, 192, 0, 2, dst]
}

fn ports(from_orig: bool, server: u16) -> [u8; 4] {
    let (client, server) = (CLIENT_PORT.to_be_bytes(), server.to_be_bytes());
    let (from, to) = if from_orig { (client, server) } else { (server, client) };
    [from[0], from[1], to[0], to[1]]
}

/// A UDP datagram between the two.
pub fn udp(from_orig: bool, server: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = ip(from_orig, 17, 8 + payload.len());
    packet.extend_from_slice(&ports(from_orig, server));
    packet.extend_from_slice(&(8 + payload.len() as u16).to_be_bytes());
    packet.extend_from_slice(&[0, 0]);
    packet.extend_from_slice(payload);
    packet
}

/// A TCP segment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Segment<'a> {
    /// Sent by the originator.
    pub from_orig: bool,
    /// Port of the responder.
    pub server: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Flags.
    pub flags: u8,
    /// Window.
    pub window: u16,
    /// Payload.
    pub payload: &'a [u8],
}

impl Segment<'_> {
    /// The segment as a packet.
    pub fn packet(&self) -> Vec<u8> {
        let mut packet = ip(self.from_orig, 6, 20 + self.payload.len());
        packet.extend_from_slice(&ports(self.from_orig, self.server));
        packet.extend_from_slice(&self.seq.to_be_bytes());
        packet.extend_from_slice(&self.ack.to_be_bytes());
        packet.extend_from_slice(&[0x50, self.flags]);
        packet.extend_from_slice(&self.window.to_be_bytes());
        packet.extend_from_slice(&[0; 4]);
        packet.extend_from_slice(self.payload);
        packet
    }
}
