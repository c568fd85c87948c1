//! Groups of rows: how many, sums, different values.

use std::collections::{HashMap, HashSet};

use gannet::events::Value;
use gannet_logs::{LogBlock, LogCodes, LogRow, value_text};
use gannet_query::Row;

use super::hash::Hash;
use super::names::Names;
use super::plan::Ready;

/// Bytes that a group takes beside its key.
const GROUP: usize = 240;
/// Parts of a key that are the step in time.
const STEP: usize = 2;

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
    pub(super) distinct: Vec<HashSet<Box<[u8]>, Hash>>,
}

impl Group {
    fn new(sums: usize, sets: usize) -> Self {
        Self { rows: 0, sums: vec![Sum::default(); sums], distinct: vec![HashSet::default(); sets] }
    }

    /// Adds what another one has.
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.sums.resize(other.sums.len(), Sum::default());
        for (sum, more) in self.sums.iter_mut().zip(&other.sums) {
            sum.whole += more.whole;
            sum.other += more.other;
            sum.nanos += more.nanos;
        }
        self.distinct.resize_with(other.distinct.len(), HashSet::default);
        for (set, more) in self.distinct.iter_mut().zip(other.distinct) {
            set.extend(more);
        }
    }
}

/// What groups are told apart by: the step in time, and the values as text with tabs between them.
pub(super) type Key = (i64, Box<[u8]>);

/// Step in time, and the numbers of the names, as the groups are found by.
type Numbers = Vec<u32>;

/// All groups, within a limit of memory.
pub(super) struct Tally {
    /// For each column that rows are grouped by, its different values.
    names: Vec<Names>,
    groups: Vec<Group>,
    /// The group of each key; where the key is one name alone, its number is the group's.
    places: HashMap<Numbers, usize, Hash>,
    keys: Vec<Numbers>,
    left: usize,
    whole: bool,
    key: Numbers,
    value: Vec<u8>,
}

/// Rows of a block that are to be counted: the codes of the columns that they are grouped by.
pub(super) struct Rows<'a>(Vec<Option<LogCodes<'a>>>);

impl Tally {
    pub(super) fn new(memory: usize) -> Self {
        Self {
            names: Vec::new(),
            groups: Vec::new(),
            places: HashMap::default(),
            keys: Vec::new(),
            left: memory,
            whole: true,
            key: Vec::new(),
            value: Vec::new(),
        }
    }

    /// Whether there was memory for everything.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Begins with a block of rows.
    pub(super) fn begin<'a>(&mut self, ready: &Ready, block: &'a LogBlock) -> Rows<'a> {
        self.names.resize_with(ready.by.len(), Names::default);
        Rows(self.names.iter_mut().zip(&ready.by).map(|(names, place)| names.begin(block, *place)).collect())
    }

    /// One row more, the number of which in its block this is, in this step of time.
    #[inline]
    pub(super) fn add(
        &mut self,
        ready: &Ready,
        rows: &Rows<'_>,
        row: &LogRow<'_>,
        (index, step): (usize, i64),
    ) {
        self.key.clear();
        self.key.extend([step as u32, (step >> 32) as u32]);
        for ((names, codes), place) in self.names.iter_mut().zip(&rows.0).zip(&ready.by) {
            match names.of_row(codes.as_ref(), index, (row, *place), &mut self.left) {
                Some(number) => self.key.push(number),
                None => {
                    self.whole = false;
                    return;
                }
            }
        }
        let (sums, sets) = (ready.sum.len(), ready.distinct.len());
        let Some(place) = self.group(sums, sets) else { return };
        if sums + sets == 0 {
            if let Some(group) = self.groups.get_mut(place) {
                group.rows += 1;
            }
            return;
        }
        self.add_values(ready, row, place);
    }

    fn add_values(&mut self, ready: &Ready, row: &LogRow<'_>, place: usize) {
        let Some(group) = self.groups.get_mut(place) else { return };
        group.rows += 1;
        for (sum, place) in group.sums.iter_mut().zip(&ready.sum) {
            sum.add(row.value(*place));
        }
        for (set, place) in group.distinct.iter_mut().zip(&ready.distinct) {
            let value = row.value(*place);
            if matches!(value, Value::Unset) {
                continue;
            }
            self.value.clear();
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

    /// The place of the group of the key at hand; nothing if there is no memory for another one.
    #[inline]
    fn group(&mut self, sums: usize, sets: usize) -> Option<usize> {
        // Names get their numbers one after the other, and so do groups.
        if let [0, 0, name] = *self.key.as_slice()
            && self.keys.get(name as usize) == Some(&self.key)
        {
            return Some(name as usize);
        }
        if let Some(place) = self.places.get(&self.key) {
            return Some(*place);
        }
        let takes = GROUP + 8 * self.key.len() + sums * size_of::<Sum>() + sets * 64;
        let Some(left) = self.left.checked_sub(takes) else {
            self.whole = false;
            return None;
        };
        self.left = left;
        let place = self.groups.len();
        self.groups.push(Group::new(sums, sets));
        self.places.insert(self.key.clone(), place);
        self.keys.push(self.key.clone());
        Some(place)
    }

    /// Adds what another thread has counted. That one had a limit of its own.
    pub(super) fn merge(mut self, other: Self) -> Self {
        self.whole &= other.whole;
        self.left = usize::MAX;
        self.names.resize_with(self.names.len().max(other.names.len()), Names::default);
        for (key, group) in other.keys.iter().zip(other.groups) {
            let (step, numbers) = key.split_at_checked(STEP).unwrap_or_default();
            self.key.clear();
            self.key.extend(step);
            let names = self.names.iter_mut().zip(&other.names);
            let texts = names.zip(numbers).map(|((mine, theirs), number)| (mine, theirs.text(*number)));
            self.key.extend(texts.filter_map(|(mine, text)| mine.of_text(text, &mut self.left)));
            if let Some(place) = self.group(group.sums.len(), group.distinct.len())
                && let Some(into) = self.groups.get_mut(place)
            {
                into.add(group);
            }
        }
        self
    }

    /// All groups, in any order.
    pub(super) fn into_groups(self) -> Vec<(Key, Group)> {
        let Self { names, groups, keys, .. } = self;
        let key = |key: &Numbers| {
            let (step, numbers) = key.split_at_checked(STEP).unwrap_or_default();
            let step = step.iter().rev().fold(0_i64, |step, part| step << 32 | i64::from(*part));
            let texts: Vec<&[u8]> =
                names.iter().zip(numbers).map(|(names, number)| names.text(*number)).collect();
            (step, texts.join(&b'\t').into())
        };
        keys.iter().map(key).zip(groups).collect()
    }
}
