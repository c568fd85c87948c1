//! Which rules a file may follow by its very first byte: one look leaves a few of some hundred to try.

use super::rule::{Part, Rule, Set, Test};

/// Rules of one table, by their places in it.
pub(super) type Places = u128;

/// A set of bytes.
#[derive(Clone, Copy)]
struct Bytes([u128; 2]);

impl Bytes {
    const NONE: Self = Self([0; 2]);
    const ALL: Self = Self([u128::MAX; 2]);

    const fn has(self, byte: u8) -> bool {
        let Self([low, high]) = self;
        let half = if byte < 128 { low } else { high };
        half >> (byte % 128) & 1 != 0
    }

    const fn with(self, byte: u8) -> Self {
        let Self([low, high]) = self;
        let bit = 1 << (byte % 128);
        Self(if byte < 128 { [low | bit, high] } else { [low, high | bit] })
    }

    const fn and(self, other: Self) -> Self {
        let (Self([low, high]), Self([more_low, more_high])) = (self, other);
        Self([low | more_low, high | more_high])
    }

    /// What begins with these bytes; the caller goes on behind them if there are none.
    const fn starting(bytes: &[u8], any_case: bool) -> Self {
        let Some(first) = bytes.first() else { return Self::ALL };
        let set = Self::NONE.with(*first);
        if any_case { set.with(first.to_ascii_uppercase()).with(first.to_ascii_lowercase()) } else { set }
    }

    const fn in_set(mut set: Set) -> Self {
        let mut bytes = Self::NONE;
        while let Some(((first, last), rest)) = set.split_first() {
            let mut byte = *first;
            while byte < *last {
                bytes = bytes.with(byte);
                byte += 1;
            }
            bytes = bytes.with(*last);
            set = rest;
        }
        bytes
    }

    const fn ways(mut ways: &[&[u8]]) -> Self {
        let mut bytes = Self::NONE;
        while let Some((way, rest)) = ways.split_first() {
            bytes = bytes.and(Self::starting(way, false));
            ways = rest;
        }
        bytes
    }

    /// What the steps may begin with; all bytes if they may be taken without one.
    const fn of(mut parts: &[Part]) -> Self {
        let mut bytes = Self::NONE;
        while let Some((part, rest)) = parts.split_first() {
            let (first, goes_on) = match part {
                Part::Is(wanted) => (Self::starting(wanted, false), false),
                Part::Fold(wanted) => (Self::starting(wanted, true), false),
                Part::One(set) => (Self::in_set(set), false),
                Part::Run(set, min, _) => (Self::in_set(set), *min == 0),
                Part::Or(ways) => (Self::ways(ways), false),
                // What cannot be taken without a byte of its own tells nothing about its absence.
                Part::Opt(parts) => (Self::of(parts), true),
                Part::Any(_) | Part::Within(..) | Part::Before(..) => (Self::ALL, false),
            };
            bytes = bytes.and(first);
            if !goes_on {
                return bytes;
            }
            parts = rest;
        }
        Self::ALL
    }

    const fn of_rule(rule: &Rule) -> Self {
        match rule.test {
            Test::At(0, bytes) => Self::starting(bytes, false),
            Test::At(..) | Test::By(_) => Self::ALL,
            Test::Parts(parts) => Self::of(parts),
            Test::Script(_) => Self::starting(b"#", false),
        }
    }
}

/// The rules of a table by the first byte of a file.
pub(super) const fn by_first(rules: &[Rule]) -> [Places; 256] {
    assert!(rules.len() <= Places::BITS as usize, "a table of more rules than it has places for");
    let mut places = [0; 256];
    let (mut rest, mut place) = (rules, 0);
    while let Some((rule, behind)) = rest.split_first() {
        let bytes = Bytes::of_rule(rule);
        let mut list: &mut [Places] = &mut places;
        let mut byte = 0;
        while let Some((one, others)) = list.split_first_mut() {
            if bytes.has(byte) {
                *one |= 1 << place;
            }
            byte = byte.wrapping_add(1);
            list = others;
        }
        (rest, place) = (behind, place + 1);
    }
    places
}
