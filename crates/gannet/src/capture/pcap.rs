//! The classic pcap format: one header, then records (draft-ietf-opsawg-pcap).

use super::link;
use super::scan::{Scan, Stop};
use crate::base::cursor::ByteOrder;
use crate::base::packet::{LinkType, PacketMeta};
use crate::base::time::Timestamp;

/// Length of the file header in bytes.
pub(crate) const HEADER: usize = 24;

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
/// Alexey Kuznetzov's patch, found in old Red Hat captures: records have eight more bytes of header.
const MODIFIED: u32 = 0xa1b2_cd34;

/// Which length comes first in a record's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    WireFirst,
    /// Version 2.3 was written both ways: the larger one is the length on the wire.
    Either,
}

/// What the file header says of all records.
#[derive(Clone, Debug)]
pub(crate) struct Pcap {
    order: ByteOrder,
    record_header: usize,
    /// Nanoseconds in a unit of the sub-second field.
    unit: i64,
    lengths: Lengths,
    link: LinkType,
    snap: u32,
    max: u32,
}

/// Whether a file that begins with these bytes is a classic pcap file.
pub(crate) fn is_magic(bytes: &[u8]) -> bool {
    order_of(bytes).is_some()
}

/// The magic number and the file's byte order.
fn order_of(bytes: &[u8]) -> Option<(u32, ByteOrder)> {
    let bytes = *bytes.first_chunk::<4>()?;
    let known = |magic: &u32| matches!(*magic, MICROSECONDS | NANOSECONDS | MODIFIED);
    let in_order = |order: ByteOrder| Some(order.u32(bytes)).filter(known).map(|magic| (magic, order));
    in_order(ByteOrder::Little).or_else(|| in_order(ByteOrder::Big))
}

impl Pcap {
    /// Reads the file header. Versions 2.0 to 2.4 are known, and 543.0 of DG/UX.
    ///
    /// # Errors
    ///
    /// What is wrong with the header, in words.
    pub(crate) fn new(header: &[u8; HEADER]) -> Result<Self, String> {
        let (magic, order) = order_of(header).ok_or_else(|| "has no pcap magic number".to_owned())?;
        let [_, _, _, _, a0, a1, i0, i1, .., s0, s1, s2, s3, l0, l1, l2, l3] = *header;
        let (major, minor) = (order.u16([a0, a1]), order.u16([i0, i1]));
        let lengths = match (major, minor) {
            (2, 0..=2) | (543, 0) => Lengths::WireFirst,
            (2, 3) => Lengths::Either,
            (2, 4) => Lengths::CapturedFirst,
            _ => return Err(format!("is a pcap file of version {major}.{minor}, and 2.0 to 2.4 are known")),
        };
        // The upper bits tell of frame check sequences.
        let link = link::from_file((order.u32([l0, l1, l2, l3]) & 0xffff) as u16);
        let mut snap = link::snap_length(link, order.u32([s0, s1, s2, s3]));
        if magic == MODIFIED && link == link::ETHERNET {
            // A cooked capture got its made-up Ethernet header on top of the snap length.
            snap = snap.saturating_add(14).min(link::max_captured(link));
        }
        Ok(Self {
            order,
            record_header: if magic == MODIFIED { 24 } else { 16 },
            unit: if magic == NANOSECONDS { 1 } else { 1000 },
            lengths,
            link,
            snap,
            max: link::max_captured(link),
        })
    }

    pub(crate) fn big_endian(&self) -> bool {
        self.order == ByteOrder::Big
    }

    /// Appends the metas of whole records from `scan.at` on.
    pub(crate) fn scan(&self, scan: &mut Scan<'_>) -> Stop {
        match self.order {
            ByteOrder::Big => self.records::<true>(scan),
            ByteOrder::Little => self.records::<false>(scan),
        }
    }

    fn records<const BIG: bool>(&self, scan: &mut Scan<'_>) -> Stop {
        while scan.out.len() < scan.max {
            let rest = scan.bytes.get(scan.at..).unwrap_or_default();
            let Some(header) = rest.first_chunk::<16>().filter(|_| rest.len() >= self.record_header) else {
                return Stop::More(self.record_header);
            };
            let Record { ts, captured, wire } = self.record::<BIG>(header);
            if captured > self.max {
                return Stop::Malformed(format!(
                    "a record claims {captured} captured bytes, more than {}",
                    self.max
                ));
            }
            let length = self.record_header + captured as usize;
            if rest.len() < length {
                return Stop::More(length);
            }
            if scan.is_later(ts) {
                return Stop::Later;
            }
            scan.out.push(PacketMeta {
                ts,
                at: (scan.at + self.record_header) as u32,
                captured: captured.min(self.snap),
                wire,
                link: self.link,
                ..PacketMeta::default()
            });
            scan.at += length;
        }
        Stop::Full
    }

    /// Takes a record header apart. In the host's own byte order libpcap reads the time as signed numbers, otherwise
    /// as unsigned ones, and so do we.
    #[inline]
    fn record<const BIG: bool>(&self, header: &[u8; 16]) -> Record {
        let (seconds, fraction, first, second);
        if BIG {
            let words = u128::from_be_bytes(*header);
            (seconds, fraction) = (i64::from((words >> 96) as u32), i64::from((words >> 64) as u32));
            (first, second) = ((words >> 32) as u32, words as u32);
        } else {
            let words = u128::from_le_bytes(*header);
            (seconds, fraction) = (i64::from(words as u32 as i32), i64::from((words >> 32) as u32 as i32));
            (first, second) = ((words >> 64) as u32, (words >> 96) as u32);
        }
        let (captured, wire) = match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::WireFirst => (second, first),
            Lengths::Either => (first.min(second), first.max(second)),
        };
        Record { ts: Timestamp::from_parts(seconds, fraction * self.unit), captured, wire }
    }
}

struct Record {
    ts: Timestamp,
    captured: u32,
    wire: u32,
}
