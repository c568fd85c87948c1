//! A batch of packets on one engine: in groups that are looked at ahead, with what other engines found in carriers.

use super::Engine;
use super::exchange::Lots;
use crate::balance::Balance;
use crate::base::packet::PacketMeta;
use crate::base::shard::is_carriers;
use crate::base::time::Timestamp;
use crate::capture::Batch;
use crate::events::Subscriber;
use crate::flow::Ahead;
use crate::worker::state::Out;

/// Packets that are looked at ahead of their turn: enough for the processor to fetch what they need side by side, and few
/// enough to keep it in its nearest cache.
const GROUP: usize = 16;

impl Engine {
    /// A batch of packets, of which `list` names this worker's own (all of them if there is none).
    pub(super) fn batch(&mut self, batch: &Batch, list: Option<&[u32]>, h: &mut dyn Subscriber) {
        self.batch_with(batch, list, &mut Lots::default(), h);
    }

    /// The same, with what other engines found in carriers of the batch.
    pub(super) fn batch_with(
        &mut self,
        batch: &Batch,
        list: Option<&[u32]>,
        found: &mut Lots,
        h: &mut dyn Subscriber,
    ) {
        let packets = &batch.packets;
        let own = list.map_or(packets.len(), <[u32]>::len);
        let has_found = !found.is_empty();
        // The first packet that may fire a timer.
        let mut from = 0;
        let mut group: [(usize, Ahead<'_>); GROUP] = Default::default();
        for start in (0..own).step_by(GROUP) {
            let mut used = 0;
            for (place, turn) in group.iter_mut().zip(start..own) {
                let index = list.map_or(Some(turn), |list| list.get(turn).map(|index| *index as usize));
                let Some((index, meta)) = index.and_then(|index| Some((index, packets.get(index)?))) else {
                    return;
                };
                *place = (index, self.look_ahead(meta, batch.bytes(meta)));
                used += 1;
            }
            let group = group.get_mut(..used).unwrap_or_default();
            self.tracker.touch(group);
            for (index, ahead) in group.iter() {
                let Some(meta) = packets.get(*index) else { return };
                if has_found {
                    self.found(packets, &mut from, (found, (meta.now, meta.number)), h);
                }
                if !self.is_quiet(meta.now) {
                    self.fire_by(packets, &mut from, meta.now, h);
                }
                self.packet(meta, batch.bytes(meta), ahead, h);
                from = index + 1;
            }
        }
        if let Some(last) = packets.last() {
            self.found(packets, &mut from, (found, (last.now, u64::MAX)), h);
            self.fire_by(packets, &mut from, last.now, h);
            self.set_now(last.now);
        }
    }

    /// Works on what was found in carriers before a place in the capture.
    pub(super) fn found(
        &mut self,
        packets: &[PacketMeta],
        from: &mut usize,
        (found, until): (&mut Lots, (Timestamp, u64)),
        h: &mut dyn Subscriber,
    ) {
        while let Some((lot, index, (now, number))) = found.before(until) {
            let (now, clock) = (now.max(self.now()), now);
            if !self.is_quiet(now) {
                let at = |due| {
                    let later = packets.get(*from..).unwrap_or_default();
                    let first = later.get(later.partition_point(|packet| packet.now < due));
                    let here = (now, number);
                    Some(first.map_or(here, |first| here.min((first.now, first.number))))
                };
                self.fire_until(now, at, h);
            }
            *from = packets.partition_point(|packet| (packet.now, packet.number) <= (now, number)).max(*from);
            self.state.at_content(now, number, clock);
            let mut out = Out { subscriber: &mut *h, state: &mut self.state };
            let good = self.tracker.take_over(lot, index, &mut out);
            out.packet_done();
            out.outcome(good, None);
        }
    }

    /// Fires what is due until `now`, each by the first of these packets, counted `from` one of them, that is not before it.
    fn fire_by(&mut self, packets: &[PacketMeta], from: &mut usize, now: Timestamp, h: &mut dyn Subscriber) {
        let at = |due| {
            let later = packets.get(*from..).unwrap_or_default();
            *from += later.partition_point(|packet| packet.now < due);
            packets.get(*from).map(|packet| (packet.now, packet.number))
        };
        self.fire_until(now, at, h);
    }
}

/// Fills a batch's lists: for each worker, which packets are its own, carriers apart from the others.
pub(super) fn share_out(batch: &mut Batch, balance: Balance, workers: usize) {
    let Batch { block, packets, lists, carriers, .. } = batch;
    for lists in [&mut *lists, &mut *carriers] {
        lists.resize_with(workers, Vec::new);
        lists.iter_mut().for_each(Vec::clear);
    }
    for (index, packet) in packets.iter_mut().enumerate() {
        let start = packet.at as usize;
        let bytes = block.bytes().get(start..start + packet.captured as usize).unwrap_or_default();
        balance.place(packet, bytes);
        let lists = if is_carriers(packet.shard) { &mut *carriers } else { &mut *lists };
        if let Some(list) = lists.get_mut(Balance::worker(packet.shard, workers)) {
            list.push(index as u32);
        }
    }
}
