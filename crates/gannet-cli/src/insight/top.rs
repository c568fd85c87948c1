//! The heaviest of many things, in bounded memory.
//!
//! Space-Saving (Metwally, Agrawal and El Abbadi, 2005): as long as there are no more things than places every weight is
//! exact. Then the lightest gives its place to a new one, which takes over its weight, so that a weight may be too high
//! by as much; what is heavier than that is never lost.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Things with a weight and a value each. Nothing here depends on the order of a hash table.
pub(super) struct Top<K, V> {
    places: usize,
    slots: HashMap<K, Slot<V>>,
    /// Weight, time of arrival and thing: the lightest and oldest first.
    order: BTreeSet<(u64, u64, K)>,
    arrivals: u64,
    /// Things that gave up their place.
    gone: u64,
}

struct Slot<V> {
    weight: u64,
    arrival: u64,
    value: V,
}

impl<K: Hash + Ord + Clone, V: Default> Top<K, V> {
    /// So many places at most.
    pub(super) fn new(places: usize) -> Self {
        Self { places, slots: HashMap::new(), order: BTreeSet::new(), arrivals: 0, gone: 0 }
    }

    /// Adds to the weight of a thing, and gives its value to be changed.
    pub(super) fn add(&mut self, key: &K, weight: u64, change: impl FnOnce(&mut V)) {
        if let Some(slot) = self.slots.get_mut(key) {
            if weight > 0 {
                self.order.remove(&(slot.weight, slot.arrival, key.clone()));
                slot.weight = slot.weight.saturating_add(weight);
                self.order.insert((slot.weight, slot.arrival, key.clone()));
            }
            return change(&mut slot.value);
        }
        let taken_over = if self.slots.len() < self.places { 0 } else { self.make_room() };
        self.arrivals += 1;
        let weight = weight.saturating_add(taken_over);
        let mut slot = Slot { weight, arrival: self.arrivals, value: V::default() };
        change(&mut slot.value);
        self.order.insert((weight, slot.arrival, key.clone()));
        self.slots.insert(key.clone(), slot);
    }

    /// Takes the lightest out; its weight.
    fn make_room(&mut self) -> u64 {
        let Some((weight, _, key)) = self.order.pop_first() else { return 0 };
        self.slots.remove(&key);
        self.gone += 1;
        weight
    }

    /// Whether all the weights are exact.
    pub(super) fn is_exact(&self) -> bool {
        self.gone == 0
    }

    /// Things that there are places for.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The heaviest first, of equal ones the one that came first.
    pub(super) fn sorted(&self) -> Vec<(&K, u64, &V)> {
        let mut all: Vec<_> = self.slots.iter().collect();
        all.sort_by_key(|(_, slot)| (std::cmp::Reverse(slot.weight), slot.arrival));
        all.into_iter().map(|(key, slot)| (key, slot.weight, &slot.value)).collect()
    }
}
