//! What the open files of each shard may hold together; the oldest of them goes first.

use std::collections::BTreeSet;

use crate::engine::Limits;

/// What the open files of one shard hold.
#[derive(Clone, Copy, Default)]
struct Held {
    files: usize,
    bytes: usize,
}

/// Account of all shards' open files.
pub(super) struct Budget {
    limit: Held,
    shards: Vec<Held>,
    /// Bytes that decoders of each shard's files hold, and may hold.
    unpacking: Vec<usize>,
    unpacking_limit: usize,
    /// Shard, birth and slot of each: in a shard, the oldest first.
    ages: BTreeSet<(u16, u64, u32)>,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limit: Held { files: limits.files_per_shard as usize, bytes: limits.file_bytes_per_shard },
            shards: vec![Held::default(); usize::from(crate::balance::SHARDS)],
            unpacking: vec![0; usize::from(crate::balance::SHARDS)],
            unpacking_limit: limits.unpacking_per_shard,
            ages: BTreeSet::new(),
        }
    }

    /// Takes over other limits; files that are too many for them go as others come.
    pub(super) fn reconfigure(&mut self, limits: &Limits) {
        self.limit = Held { files: limits.files_per_shard as usize, bytes: limits.file_bytes_per_shard };
    }

    /// Open files, and their bytes, of all shards.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.ages.len(), self.shards.iter().map(|held| held.bytes).sum())
    }

    /// A file is there that holds nothing yet.
    pub(super) fn opened(&mut self, shard: u16, birth: u64, slot: u32) {
        self.ages.insert((shard, birth, slot));
        if let Some(held) = self.shards.get_mut(usize::from(shard)) {
            held.files += 1;
        }
    }

    /// It holds `after` bytes where it held `before`.
    pub(super) fn change(&mut self, shard: u16, before: usize, after: usize) {
        if let Some(held) = self.shards.get_mut(usize::from(shard)) {
            held.bytes = (held.bytes + after).saturating_sub(before);
        }
    }

    /// Bytes that a decoder of a shard's file may hold, which holds `held` by now.
    pub(super) fn room_to_unpack(&self, shard: u16, held: usize) -> usize {
        let used = self.unpacking.get(usize::from(shard)).copied().unwrap_or_default();
        self.unpacking_limit.saturating_sub(used.saturating_sub(held))
    }

    /// A decoder holds `after` bytes where it held `before`.
    pub(super) fn unpacking_changed(&mut self, shard: u16, before: usize, after: usize) {
        if let Some(held) = self.unpacking.get_mut(usize::from(shard)) {
            *held = (*held + after).saturating_sub(before);
        }
    }

    /// It is gone.
    pub(super) fn closed(&mut self, shard: u16, birth: u64, slot: u32) {
        self.ages.remove(&(shard, birth, slot));
        if let Some(held) = self.shards.get_mut(usize::from(shard)) {
            held.files = held.files.saturating_sub(1);
        }
    }

    /// Birth and slot of the file that has to go, if the shard's files hold too much.
    pub(super) fn too_much(&self, shard: u16) -> Option<(u64, u32)> {
        let held = self.shards.get(usize::from(shard))?;
        if held.files <= self.limit.files && held.bytes <= self.limit.bytes {
            return None;
        }
        let (_, birth, slot) = self.ages.range((shard, 0, 0)..=(shard, u64::MAX, u32::MAX)).next()?;
        Some((*birth, *slot))
    }
}
