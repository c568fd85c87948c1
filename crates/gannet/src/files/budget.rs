//! What the open files of each shard may hold together; the oldest of them goes first.

use std::collections::BTreeSet;

use crate::base::settings::Settings;
use crate::base::shard::PerShard;
use crate::worker::budget::{Room, ShardBudget};

/// Account of all shards' open files.
pub(crate) struct Budget {
    /// Files in each shard, and the most of them.
    files: PerShard<usize>,
    limit: usize,
    bytes: ShardBudget,
    /// Bytes that decoders of each shard's files hold.
    unpacking: ShardBudget,
    /// Shard, birth and slot of each: in a shard, the oldest first.
    ages: BTreeSet<(u16, u64, u32)>,
}

impl Budget {
    pub(super) fn new(settings: &Settings) -> Self {
        let (limits, totals) = (&settings.limits, &settings.totals);
        Self {
            files: PerShard::new(0),
            limit: limits.files_per_shard as usize,
            bytes: ShardBudget::new(limits.files(), &totals.files),
            unpacking: ShardBudget::new(limits.unpacking(), &totals.unpacking),
            ages: BTreeSet::new(),
        }
    }

    /// Takes over other limits; files that are too many for them go as others come.
    pub(super) fn reconfigure(&mut self, settings: &Settings) {
        let limits = &settings.limits;
        self.limit = limits.files_per_shard as usize;
        self.bytes.reconfigure(limits.files());
        self.unpacking.reconfigure(limits.unpacking());
    }

    /// Open files, and their bytes, of all shards.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.ages.len(), self.bytes.held())
    }

    /// A file is there that holds nothing yet.
    pub(super) fn opened(&mut self, shard: u16, birth: u64, slot: u32) {
        self.ages.insert((shard, birth, slot));
        if let Some(files) = self.files.get_mut(shard) {
            *files += 1;
        }
    }

    /// It holds `after` bytes where it held `before`.
    pub(super) fn change(&mut self, shard: u16, before: usize, after: usize) {
        self.bytes.change(shard, before, after);
    }

    /// Bytes that a decoder of a shard's file may hold, which holds `held` by now.
    pub(super) fn room_to_unpack(&self, shard: u16, held: usize) -> usize {
        self.unpacking.left(shard, held)
    }

    /// A decoder holds `after` bytes where it held `before`.
    pub(super) fn unpacking_changed(&mut self, shard: u16, before: usize, after: usize) {
        self.unpacking.change(shard, before, after);
    }

    /// It is gone.
    pub(super) fn closed(&mut self, shard: u16, birth: u64, slot: u32) {
        self.ages.remove(&(shard, birth, slot));
        if let Some(files) = self.files.get_mut(shard) {
            *files = files.saturating_sub(1);
        }
    }

    /// Birth and slot of the file that has to go, if files hold too much now that this shard's hold more, and whether that is
    /// only because all shards together do.
    pub(super) fn too_much(&self, shard: u16) -> Option<(u64, u32, bool)> {
        let many = *self.files.get(shard) > self.limit;
        let (payer, room) = if many { (shard, Room::Full) } else { self.bytes.payer(shard)? };
        let (_, birth, slot) = self.ages.range((payer, 0, 0)..=(payer, u64::MAX, u32::MAX)).next()?;
        Some((*birth, *slot, room == Room::Brake))
    }
}
