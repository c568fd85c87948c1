//! Captures that tests make themselves: packets of IPv4 over Ethernet, whose checksums do not count.

use std::fs;
use std::path::Path;

/// Flags of TCP.
pub const SYN: u8 = 2;
pub const SYN_ACK: u8 = 18;
pub const ACK: u8 = 16;
pub const FIN: u8 = 17;

/// Seconds since 1970 at which captures begin: 2026-11-25T19:17:16Z.
pub const BEGIN: u32 = 1_795_634_236;

/// A capture that is being made.
#[derive(Default)]
pub struct Capture(Vec<(u32, Vec<u8>)>);

/// A host's address and port.
pub type End = (u8, u16);

impl Capture {
    /// A segment, so many seconds after the beginning.
    pub fn tcp(&mut self, at: u32, from: End, to: End, flags: u8, seq: [u32; 2], data: &[u8]) -> &mut Self {
        let mut segment = Vec::new();
        segment.extend(from.1.to_be_bytes());
        segment.extend(to.1.to_be_bytes());
        segment.extend(seq[0].to_be_bytes());
        segment.extend(seq[1].to_be_bytes());
        segment.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        segment.extend(data);
        self.ip(at, from.0, to.0, 6, &segment)
    }

    /// A datagram.
    pub fn udp(&mut self, at: u32, from: End, to: End, data: &[u8]) -> &mut Self {
        let mut datagram = Vec::new();
        datagram.extend(from.1.to_be_bytes());
        datagram.extend(to.1.to_be_bytes());
        datagram.extend((data.len() as u16 + 8).to_be_bytes());
        datagram.extend([0, 0]);
        datagram.extend(data);
        self.ip(at, from.0, to.0, 17, &datagram)
    }

    /// A connection that opens at a time, says something and closes after so many seconds.
    pub fn conn(&mut self, at: u32, lasts: u32, from: End, to: End) -> &mut Self {
        self.tcp(at, from, to, SYN, [100, 0], b"")
            .tcp(at, to, from, SYN_ACK, [500, 101], b"")
            .tcp(at, from, to, ACK, [101, 501], b"hello\n")
            .tcp(at + lasts, to, from, FIN, [501, 107], b"")
            .tcp(at + lasts, from, to, FIN, [107, 502], b"")
            .tcp(at + lasts, to, from, ACK, [502, 108], b"")
    }

    fn ip(&mut self, at: u32, from: u8, to: u8, protocol: u8, payload: &[u8]) -> &mut Self {
        let mut frame = vec![2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0];
        frame.extend([0x45, 0]);
        frame.extend((payload.len() as u16 + 20).to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, from, 10, 0, 0, to]);
        frame.extend(payload);
        self.0.push((at, frame));
        self
    }

    /// Writes it, sorted by time.
    pub fn write(&mut self, path: &Path) {
        self.0.sort_by_key(|(at, _)| *at);
        let mut file = Vec::new();
        file.extend(0xa1b2_c3d4_u32.to_le_bytes());
        file.extend([2, 0, 4, 0]);
        for word in [0, 0, 65_535, 1_u32] {
            file.extend(word.to_le_bytes());
        }
        for (at, frame) in &self.0 {
            for word in [BEGIN + at, 0, frame.len() as u32, frame.len() as u32] {
                file.extend(word.to_le_bytes());
            }
            file.extend(frame);
        }
        fs::write(path, file).expect("a capture");
    }
}
