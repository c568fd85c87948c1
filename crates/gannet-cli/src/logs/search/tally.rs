//! Groups of rows: how many, sums, different values.

use std::collections::{HashMap, HashSet};

use gannet::events::Value;
use gannet_logs::value_text;
use gannet_query::Row;

use super::plan::Ready;

/// Bytes that a group takes beside its key.
const GROUP: usize = 160;

/// A sum of numbers that are whole, or that are not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum {
    pub(super) whole: i128,
    pub(super) other: f64,
    /// Lengths of time, in nanoseconds.
    pub(super) nanos: i128,
}

impl Sum {
    fn add(&mut self, value: Value<'_>) {
        match value {
            Value::Count(number) => self.whole += i128::from(number),
            Value::Int(number) => self.whole += i128::from(number),
            Value::Double(number) => self.other += number,
            Value::Interval(length) => self.nanos += i128::from(length.nanos()),
            _ => {}
        }
    }
}

/// One group.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) rows: u64,
    pub(super) sums: Vec<Sum>,
    pub(super) distinct: Vec<HashSet<Box<[u8]>>>,
}

/// What groups are told apart by: the step in time, and the values as text with tabs between them.
pub(super) type Key = (i64, Box<[u8]>);

/// All groups, within a limit of memory.
pub(super) struct Tally {
    groups: HashMap<Box<[u8]>, HashMap<i64, Group>>,
    left: usize,
    whole: bool,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Tally {
    pub(super) fn new(memory: usize) -> Self {
        Self { groups: HashMap::new(), left: memory, whole: true, key: Vec::new(), value: Vec::new() }
    }

    /// Whether there was memory for everything.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// One row more, in this step of time.
    pub(super) fn add(&mut self, ready: &Ready, row: &dyn Row, step: i64) {
        self.key.clear();
        for (index, place) in ready.by.iter().enumerate() {
            if index > 0 {
                self.key.push(b'\t');
            }
            value_text(row.value(*place), &mut self.key);
        }
        let (sums, sets) = (ready.sum.len(), ready.distinct.len());
        let Some(group) = self.group(step, sums, sets) else { return };
        group.rows += 1;
        for (sum, place) in group.sums.iter_mut().zip(&ready.sum) {
            sum.add(row.value(*place));
        }
        if sets > 0 {
            self.note_distinct(ready, row, step);
        }
    }

    /// The group of the key at hand; nothing if there is no memory for another one.
    fn group(&mut self, step: i64, sums: usize, sets: usize) -> Option<&mut Group> {
        let known = self.groups.get(self.key.as_slice()).is_some_and(|steps| steps.contains_key(&step));
        if !known {
            let takes = GROUP + self.key.len() + sums * size_of::<Sum>() + sets * 64;
            let Some(left) = self.left.checked_sub(takes) else {
                self.whole = false;
                return None;
            };
            self.left = left;
            let group =
                Group { rows: 0, sums: vec![Sum::default(); sums], distinct: vec![HashSet::new(); sets] };
            let steps = self.groups.entry(self.key.as_slice().into()).or_default();
            steps.insert(step, group);
        }
        self.groups.get_mut(self.key.as_slice())?.get_mut(&step)
    }

    fn note_distinct(&mut self, ready: &Ready, row: &dyn Row, step: i64) {
        let Some(group) = self.groups.get_mut(self.key.as_slice()).and_then(|steps| steps.get_mut(&step))
        else {
            return;
        };
        for (set, place) in group.distinct.iter_mut().zip(&ready.distinct) {
            self.value.clear();
            let value = row.value(*place);
            if matches!(value, Value::Unset) {
                continue;
            }
            value_text(value, &mut self.value);
            if set.contains(self.value.as_slice()) {
                continue;
            }
            match self.left.checked_sub(48 + self.value.len()) {
                Some(left) => {
                    self.left = left;
                    set.insert(self.value.as_slice().into());
                }
                None => self.whole = false,
            }
        }
    }

    /// Adds what another thread has counted. That one had a limit of its own.
    pub(super) fn merge(&mut self, other: Self) {
        self.whole &= other.whole;
        for (key, steps) in other.groups {
            let mine = self.groups.entry(key).or_default();
            for (step, group) in steps {
                let into = mine.entry(step).or_default();
                into.rows += group.rows;
                into.sums.resize(group.sums.len(), Sum::default());
                for (sum, more) in into.sums.iter_mut().zip(&group.sums) {
                    sum.whole += more.whole;
                    sum.other += more.other;
                    sum.nanos += more.nanos;
                }
                into.distinct.resize_with(group.distinct.len(), HashSet::new);
                for (set, more) in into.distinct.iter_mut().zip(group.distinct) {
                    set.extend(more);
                }
            }
        }
    }

    /// All groups, in any order.
    pub(super) fn into_groups(self) -> Vec<(Key, Group)> {
        let groups = self.groups.into_iter();
        groups
            .flat_map(|(key, steps)| steps.into_iter().map(move |(step, group)| ((step, key.clone()), group)))
            .collect()
    }
}
