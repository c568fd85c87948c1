//! Packets that were found in carriers and belong to another engine: lots of them, and where those are left.

use super::arrival::Arrival;
use super::tunnel::Encap;
use crate::balance::Balance;
use crate::base::time::Timestamp;
use crate::decode::ip::Ip;
use crate::worker::state::State;

/// Packets for one worker, in the order of the capture.
#[derive(Default)]
pub(crate) struct Lot {
    packets: Vec<Handed>,
    bytes: Vec<u8>,
}

/// A packet that was found in a carrier.
pub(super) struct Handed {
    /// The carrier's clock and number, and whether checksums are tested.
    now: Timestamp,
    number: u64,
    pub(super) verify: bool,
    /// Its header's facts, and how it came; the bytes are in the lot.
    ip: Ip<'static>,
    pub(super) arrival: Arrival<'static>,
    pub(super) encap: Option<Encap>,
    /// Where its bytes begin, and how many are its header's.
    at: usize,
    header: usize,
    end: usize,
}

impl Lot {
    fn add(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, state: &State) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(ip.raw_header);
        self.bytes.extend_from_slice(ip.payload);
        self.packets.push(Handed {
            now: state.now(),
            number: state.key.number,
            verify: state.verify,
            ip: Ip { payload: &[], raw_header: &[], ..ip.clone() },
            arrival: Arrival { encap: None, ..arrival },
            encap: arrival.encap.copied(),
            at,
            header: ip.raw_header.len(),
            end: self.bytes.len(),
        });
    }

    /// One of them, and it with its bytes.
    pub(super) fn packet(&self, index: usize) -> Option<(&Handed, Ip<'_>)> {
        let packet = self.packets.get(index)?;
        let bytes = self.bytes.get(packet.at..packet.end)?;
        let (raw_header, payload) = bytes.split_at_checked(packet.header)?;
        Some((packet, Ip { raw_header, payload, ..packet.ip.clone() }))
    }

    pub(crate) fn len(&self) -> usize {
        self.packets.len()
    }

    /// Their bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len() + self.packets.len() * size_of::<Handed>()
    }

    /// Numbers them anew, where the carriers' numbers are those of another capture.
    pub(crate) fn number(&mut self, mut next: impl FnMut() -> u64) {
        for packet in &mut self.packets {
            packet.number = next();
        }
    }

    /// Clock and number of the carrier of one of them.
    pub(crate) fn place(&self, index: usize) -> Option<(Timestamp, u64)> {
        self.packets.get(index).map(|packet| (packet.now, packet.number))
    }
}

/// Lots for all workers.
#[derive(Default)]
pub(crate) struct Outlet {
    lots: Vec<Lot>,
    /// What came in no tunnel stays: its other packets come here too.
    tunnels_only: bool,
}

impl Outlet {
    pub(crate) fn new(workers: usize, tunnels_only: bool) -> Self {
        Self { lots: (0..workers).map(|_| Lot::default()).collect(), tunnels_only }
    }

    /// Whether it takes a packet.
    pub(super) fn takes(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, state: &mut State) -> bool {
        if self.tunnels_only && arrival.encap.is_none() {
            return false;
        }
        let worker = Balance::worker(arrival.shard, self.lots.len());
        let Some(lot) = self.lots.get_mut(worker) else { return false };
        lot.add(ip, arrival, state);
        state.handed = true;
        true
    }

    /// What is there for a worker.
    pub(crate) fn take(&mut self, worker: usize) -> Lot {
        self.lots.get_mut(worker).map(std::mem::take).unwrap_or_default()
    }
}
