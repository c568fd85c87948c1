//! A trace of the packets that could not be decoded, for who asks for it.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::state::{Amiss, Out};
use crate::base::packet::{PacketMeta, RING_BITS};
use crate::base::time::Timestamp;
use crate::events::{ConnTag, record};

/// Bytes of a packet that are shown.
const SHOWN: usize = 128;

record! {
    /// A packet that could not be decoded, or was refused for a wrong checksum. There are none unless
    /// [`trace_undecoded`](crate::ConfigBuilder::trace_undecoded) asks for them.
    pub struct Undecoded in "undecoded" {
        /// The capture's clock.
        ts: Timestamp,
        /// Number of the packet among all that were read, or that came by its worker's ring, from 1.
        frame: u64,
        /// The weird that it raised last, by name; unset if it raised none: nobody knows its protocol.
        reason: Option<&'static str>,
        /// Who sent it, as far as that is known.
        src: Option<IpAddr>,
        /// To whom.
        dst: Option<IpAddr>,
        /// Link type of the capture (LINKTYPE of libpcap); unset of what came out of fragments or a tunnel, as what follows is.
        link: Option<u64>,
        /// Bytes on the wire.
        len: Option<u64>,
        /// Bytes in the capture.
        captured: Option<u64>,
        /// The first of these, in hexadecimal digits; at most 128.
        bytes: Option<String>,
    }
}

impl Out<'_> {
    /// Keeps what a weird says of the packet at hand.
    #[inline]
    pub(super) fn note_amiss(&mut self, name: &'static str, about: impl FnOnce() -> Option<ConnTag>) {
        if self.state.settings.trace_undecoded {
            let ends = about().map(|tag| (tag.orig_h, tag.resp_h));
            let Amiss { ends: known, .. } = self.state.amiss;
            self.state.amiss = Amiss { reason: Some(name), ends: ends.or(known) };
        }
    }

    /// Counts what became of the packet at hand, and traces it if it was no good. Its bytes count unless it came out of
    /// fragments or a tunnel.
    pub(crate) fn outcome(&mut self, decoded: bool, packet: Option<(&PacketMeta, &[u8])>) {
        if !self.state.count_outcome(decoded) {
            self.trace(packet);
        }
    }

    /// A packet that no outcome is counted of: it could not be used.
    #[cold]
    pub(crate) fn unusable(&mut self, name: &'static str, packet: (&PacketMeta, &[u8])) {
        self.state.stats.unusable += 1;
        self.net_weird(name, "", None);
        self.trace(Some(packet));
    }

    #[cold]
    fn trace(&mut self, packet: Option<(&PacketMeta, &[u8])>) {
        let Amiss { reason, ends } = std::mem::take(&mut self.state.amiss);
        if !self.state.settings.trace_undecoded {
            return;
        }
        let packet = packet.filter(|_| !self.state.is_content());
        let record = Undecoded {
            ts: self.now(),
            frame: self.state.key.number & ((1 << RING_BITS) - 1),
            reason,
            src: ends.map(|(src, _)| src),
            dst: ends.map(|(_, dst)| dst),
            link: packet.map(|(meta, _)| meta.link.0.into()),
            len: packet.map(|(meta, _)| meta.wire.into()),
            captured: packet.map(|(_, bytes)| bytes.len() as u64),
            bytes: packet.map(|(_, bytes)| digits(bytes.get(..SHOWN).unwrap_or(bytes))),
        };
        self.emit(None, &record, &[]);
    }
}

fn digits(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _never = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::testing::{Ip, Lab, ip, tcp, udp, v4};

    fn traced(packets: &[&[u8]]) -> Lab {
        let mut lab = Lab::with(|config| config.trace_undecoded = true);
        for (at, packet) in packets.iter().enumerate() {
            lab.bytes(at as f64 + 1.0, packet);
        }
        lab
    }

    #[test]
    fn reasons_and_addresses() {
        let good = v4(17, &udp((7, 9), b"x"));
        let cut = good.bytes()[..12].to_vec();
        let short = v4(6, &[0; 10]).bytes();
        let header = Ip { bad_header_sum: true, ..good.clone() }.bytes();
        let udp_sum = Ip { sum: false, ..v4(17, &[0, 7, 0, 9, 0, 9, 0xbe, 0xef, b'x']) }.bytes();
        let tcp_sum = Ip { sum: false, ..v4(6, &tcp((7, 9), 1, 0, 2, b"")) }.bytes();
        let table: [(&str, &[u8], Option<&str>, bool); 7] = [
            ("good", &good.bytes(), None, false),
            ("empty", &[], Some("empty_pcap_header"), false),
            ("cut in its header", &cut, Some("truncated_IP"), false),
            ("no header of TCP", &short, Some("truncated_header"), true),
            ("sum of its header", &header, Some("bad_IP_checksum"), true),
            ("sum of UDP", &udp_sum, Some("bad_UDP_checksum"), true),
            ("sum of TCP", &tcp_sum, Some("bad_TCP_checksum"), true),
        ];
        for (name, bytes, reason, ends) in table {
            // What raises a weird and is good leaves nothing behind for the next packet.
            let rows = traced(&[&good.bytes(), bytes]).finish();
            let Some(want) = reason else {
                assert!(rows.undecoded.is_empty(), "{name}");
                continue;
            };
            let [row] = rows.undecoded.as_slice() else { panic!("{name}: {:?}", rows.undecoded) };
            assert_eq!((row.frame, row.reason), (2, Some(want)), "{name}");
            let between = ends.then(|| (ip("10.0.0.1"), ip("10.0.0.2")));
            assert_eq!(row.src.zip(row.dst), between, "{name}");
            assert_eq!(
                (row.captured, row.len),
                (Some(bytes.len() as u64), Some(bytes.len() as u64)),
                "{name}"
            );
            assert_eq!(row.bytes.as_ref().map(String::len), Some(bytes.len() * 2), "{name}");
        }
    }

    #[test]
    fn each_one_has_a_row_though_weirds_are_sampled() {
        let bad = Ip { bad_header_sum: true, ..v4(17, &udp((7, 9), &[1; 300])) }.bytes();
        let rows = traced(&vec![bad.as_slice(); 50]).finish();
        assert_eq!(rows.undecoded.len(), 50);
        assert_eq!(rows.undecoded[49].bytes.as_ref().map(String::len), Some(2 * super::SHOWN));
        let refused = rows.stats.undecodable + rows.stats.refused;
        assert_eq!(refused, 50);
    }

    #[test]
    fn nobody_asked() {
        let mut lab = Lab::new();
        lab.bytes(1.0, &[0x45]);
        assert!(lab.finish().undecoded.is_empty());
    }
}
