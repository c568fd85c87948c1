//! One ring as its worker reads it: block by block, packet by packet.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::Arc;

use bytes::Bytes;

use super::map::{Lent, Map};
use super::packet::{Header, restore_tags};
use super::program::{Wanted, around};
use super::sys::State;
use crate::base::packet::{LinkType, PacketMeta};
use crate::base::time::Timestamp;
use crate::capture::bpf::Instruction;
use crate::capture::{Block, link};

/// A ring and where its worker is in it.
#[derive(Debug)]
pub(super) struct Reader {
    map: Arc<Map>,
    /// Number of the interface, as the system counts.
    index: c_int,
    link: LinkType,
    loopback: bool,
    /// Number of the interface among those of the source.
    interface: u16,
    /// The block that the kernel fills next, as far as we know.
    next: usize,
    current: Option<Current>,
    read: u64,
    /// Seen and dropped by the kernel: what it has told so far.
    told: Cell<(u64, u64)>,
}

/// A block that is being read.
#[derive(Debug)]
struct Current {
    block: Block,
    /// Where the next packet's header is.
    at: usize,
    /// Packets that are left.
    left: u32,
    /// Time of the next packet.
    ts: Timestamp,
}

impl Reader {
    pub(super) fn new(map: Arc<Map>, index: c_int, link: LinkType, loopback: bool, interface: u16) -> Self {
        let (next, current, read, told) = (0, None, 0, Cell::default());
        Self { map, index, link, loopback, interface, next, current, read, told }
    }

    pub(super) fn map(&self) -> &Arc<Map> {
        &self.map
    }

    pub(super) fn link(&self) -> LinkType {
        self.link
    }

    /// How the interface of this name is that the ring shows; gone, if that is another one by now.
    pub(super) fn state(&self, name: &str) -> State {
        let socket = &self.map.socket;
        if socket.shows(self.index, name) { socket.state_of(self.index) } else { State::Gone }
    }

    /// The program of the ring's filter.
    pub(super) fn program(&self, wanted: Option<&Wanted>) -> Option<Vec<Instruction>> {
        around(self.link, self.loopback, wanted)
    }

    /// Time of the next packet; none if the kernel has given out nothing more so far.
    pub(super) fn peek(&mut self) -> Option<Timestamp> {
        while self.current.is_none() {
            let lent = self.map.take(self.next)?;
            self.next = (self.next + 1) % self.map.blocks();
            self.current = self.begin(lent);
        }
        self.current.as_ref().map(|current| current.ts)
    }

    fn begin(&mut self, mut lent: Lent) -> Option<Current> {
        let (at, left) = (lent.first, lent.packets);
        if self.link == link::ETHERNET {
            restore_tags(lent.bytes_mut(), at, left);
        }
        let header = Header::read(lent.bytes(), at).filter(|_| left > 0)?;
        Some(Current { block: Block::new(Bytes::from_owner(lent)), at, left, ts: header.ts })
    }

    /// Adds up to `max` packets that come next, lie in one block and are not later than `limit`; gives their block back.
    pub(super) fn read(
        &mut self,
        packets: &mut Vec<PacketMeta>,
        max: usize,
        limit: Timestamp,
    ) -> Option<Block> {
        let (link, interface) = (self.link, self.interface);
        let current = self.current.as_mut()?;
        let block = current.block.clone();
        let bytes = block.bytes();
        let before = packets.len();
        let max = max.min(current.left as usize);
        let (mut at, mut next) = (current.at, Header::read(bytes, current.at));
        for _ in 0..max {
            let Some(header) = next.filter(|header| header.ts <= limit) else { break };
            packets.push(PacketMeta {
                ts: header.ts,
                at: (at + header.offset) as u32,
                captured: header.captured,
                wire: header.wire,
                link,
                interface,
                flags: header.flags(),
                ..PacketMeta::default()
            });
            at = at.saturating_add(header.next);
            next = Header::read(bytes, at);
        }
        let count = packets.len() - before;
        self.read += count as u64;
        current.left -= count as u32;
        current.at = at;
        match next.filter(|_| current.left > 0) {
            Some(header) => current.ts = header.ts,
            // The last packet was read, or the rest of the block makes no sense.
            None => self.current = None,
        }
        Some(block)
    }

    /// Packets that were read.
    pub(super) fn count(&self) -> u64 {
        self.read
    }

    /// Packets that the kernel has seen for this ring, and those that it dropped.
    pub(super) fn told(&self) -> (u64, u64) {
        let (mut seen, mut dropped) = self.told.get();
        if let Ok((more, lost)) = self.map.socket.statistics() {
            seen += more;
            dropped += lost;
        }
        self.told.set((seen, dropped));
        (seen, dropped)
    }

    /// Whether all that the kernel has seen was read or dropped.
    pub(super) fn is_settled(&self) -> bool {
        let (seen, dropped) = self.told();
        self.current.is_none() && seen == dropped + self.read
    }
}
