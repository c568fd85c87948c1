//! Properties: whatever the network does to a stream, the analyzer is given the same bytes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use super::tape::TAPE;
use crate::base::direction::Direction;
use crate::stream::endpoint::{Endpoint, delta};
use crate::stream::reassembly::{Ready, Reassembler};
use crate::testing::{CLIENT, Ip, Lab, SERVER, Seen, take_seen, tcp, v4, v6};

const SYN: u8 = 2;
const ACK: u8 = 0x10;
const FIN: u8 = 1;

/// A reassembler and what came out of it.
#[derive(Default)]
struct Bench {
    stream: Reassembler,
    out: Vec<Option<u8>>,
}

impl Bench {
    fn take(&mut self, ready: Ready<'_>, len: u64) {
        match ready {
            Ready::Now(bytes) => self.out.extend(bytes.iter().map(|byte| Some(*byte))),
            Ready::Kept(bytes) => self.out.extend(bytes.iter().map(|byte| Some(*byte))),
            Ready::Unheard => self.out.extend(std::iter::repeat_n(None, len as usize)),
        }
    }

    fn drain(&mut self) {
        loop {
            let before = self.stream.next();
            let Some(ready) = self.stream.pop_ready() else { return };
            let len = self.stream.next() - before;
            self.take(ready, len);
        }
    }

    fn insert(&mut self, seq: u64, bytes: &[u8], keep: bool) {
        let before = self.stream.next();
        if let Some(ready) = self.stream.insert(seq, bytes, keep) {
            let len = self.stream.next() - before;
            self.take(ready, len);
        }
        self.drain();
    }

    /// As an acknowledgement of everything below does it.
    fn ack(&mut self, up_to: u64) {
        while self.stream.next() < up_to {
            let Some(len) = self.stream.pop_gap(up_to) else { break };
            self.out.extend(std::iter::repeat_n(None, len as usize));
            self.drain();
        }
        self.stream.jump(up_to);
        self.stream.trim(up_to);
    }
}

/// The naive model: a byte for each position, first copy wins, nothing below the position is taken.
#[derive(Default)]
struct Model {
    bytes: BTreeMap<u64, u8>,
    out: Vec<Option<u8>>,
    next: u64,
}

impl Model {
    fn drain(&mut self) {
        while let Some(byte) = self.bytes.remove(&self.next) {
            self.out.push(Some(byte));
            self.next += 1;
        }
    }

    fn insert(&mut self, seq: u64, bytes: &[u8]) {
        for (i, byte) in bytes.iter().enumerate() {
            let at = seq + i as u64;
            if at >= self.next {
                self.bytes.entry(at).or_insert(*byte);
            }
        }
        self.drain();
    }

    fn ack(&mut self, up_to: u64) {
        while self.next < up_to {
            self.out.push(self.bytes.remove(&self.next));
            self.next += 1;
        }
        self.drain();
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u64, Vec<u8>),
    Ack(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = prop::collection::vec(any::<u8>(), 1..24);
    prop_oneof![
        8 => (1u64..200, bytes).prop_map(|(seq, bytes)| Step::Insert(seq, bytes)),
        1 => (1u64..200).prop_map(Step::Ack),
    ]
}

/// Cuts a stream at these places; each piece with its offset.
fn cut<'a>(bytes: &'a [u8], places: &[Index]) -> Vec<(usize, &'a [u8])> {
    let mut at: Vec<usize> = places.iter().map(|place| place.index(bytes.len())).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.dedup();
    at.windows(2).map(|pair| (pair[0], &bytes[pair[0]..pair[1]])).collect()
}

/// A shuffle that the indices decide.
fn shuffle<T>(items: &mut [T], order: &[Index]) {
    for (i, index) in (1..items.len()).rev().zip(order.iter().cycle()) {
        items.swap(i, index.index(i + 1));
    }
}

fn packet(v6_too: bool, bytes: &[u8]) -> Ip {
    if v6_too { v6(6, bytes) } else { v4(6, bytes) }
}

/// Plays segments of a stream from the client whose first sequence number is `start`; what the analyzer got.
fn deliver(start: u32, pieces: &[(usize, &[u8])], total: usize, over6: bool) -> (Vec<u8>, u64) {
    let mut lab = Lab::with(|config| config.analyzers = vec![&TAPE]);
    let to = (CLIENT, SERVER);
    let back = (SERVER, CLIENT);
    let first = start.wrapping_add(1);
    lab.packet(1.0, &packet(over6, &tcp(to, start, 0, SYN, &[])));
    lab.packet(1.1, &packet(over6, &tcp(back, 9, first, SYN | ACK, &[])).back());
    lab.packet(1.2, &packet(over6, &tcp(to, first, 10, ACK, &[])));
    for (at, bytes) in pieces {
        lab.packet(2.0, &packet(over6, &tcp(to, first.wrapping_add(*at as u32), 10, ACK, bytes)));
    }
    let end = first.wrapping_add(total as u32);
    lab.packet(3.0, &packet(over6, &tcp(to, end, 10, ACK | FIN, &[])));
    lab.packet(3.1, &packet(over6, &tcp(back, 10, end.wrapping_add(1), ACK, &[])).back());
    let rows = lab.finish();
    assert_eq!(rows.conns[0].orig_bytes, Some(total as u64));
    let mut got = Vec::new();
    for (_, seen) in take_seen() {
        match seen {
            Seen::Data(Direction::Orig, bytes) => got.extend(bytes),
            Seen::Gap(Direction::Orig, len) => got.extend(std::iter::repeat_n(0, len as usize)),
            _ => {}
        }
    }
    (got, rows.conns[0].missed_bytes)
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    // No zeros: they stand for what was lost.
    prop::collection::vec(1u8..=255, 1..3000)
}

fn places() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..30)
}

proptest! {
    #![proptest_config(crate::testing::cases(300))]

    #[test]
    fn agrees_with_a_model(steps in prop::collection::vec(step(), 1..60), keep in any::<bool>()) {
        let mut bench = Bench::default();
        let mut model = Model { next: 1, ..Model::default() };
        for step in steps {
            match step {
                Step::Insert(seq, bytes) => {
                    bench.insert(seq, &bytes, keep);
                    model.insert(seq, &bytes);
                }
                Step::Ack(up_to) => {
                    bench.ack(up_to);
                    model.ack(up_to);
                }
            }
            prop_assert_eq!(bench.stream.next(), model.next);
            prop_assert_eq!(bench.out.len(), model.out.len());
            if keep {
                prop_assert_eq!(&bench.out, &model.out);
            }
            let waits = model.bytes.keys().next_back().map_or(0, |last| last + 1 - model.next);
            prop_assert_eq!(bench.stream.undelivered(), waits);
            prop_assert_eq!(bench.stream.allocated() == 0, model.bytes.is_empty());
        }
        bench.ack(10_000);
        prop_assert_eq!(bench.stream.allocated(), 0, "everything is given back");
        prop_assert!(!bench.stream.has_blocks());
    }

    #[test]
    fn listeners_may_come_and_go(steps in prop::collection::vec((step(), any::<bool>()), 1..60)) {
        let mut bench = Bench::default();
        let mut model = Model { next: 1, ..Model::default() };
        for (step, keep) in steps {
            match step {
                Step::Insert(seq, bytes) => {
                    bench.insert(seq, &bytes, keep);
                    model.insert(seq, &bytes);
                }
                Step::Ack(up_to) => {
                    bench.ack(up_to);
                    model.ack(up_to);
                }
            }
        }
        bench.ack(500);
        model.ack(500);
        prop_assert_eq!(bench.out.len(), model.out.len());
        for (got, expected) in bench.out.iter().zip(&model.out) {
            prop_assert!(got.is_none() || got == expected);
        }
        prop_assert_eq!(bench.stream.allocated(), 0);
    }
}

/// What is missing before a FIN is told before the end, also where the SYN has the last number that there is.
#[test]
fn no_end_before_what_is_pending() {
    for start in [7, u32::MAX - 9, u32::MAX - 1, u32::MAX] {
        let mut lab = Lab::with(|config| config.analyzers = vec![&TAPE]);
        let (to, back) = ((CLIENT, SERVER), (SERVER, CLIENT));
        let at = |offset: u32| start.wrapping_add(offset);
        let not_over = |when: &str| {
            let ended = take_seen().iter().any(|(_, seen)| matches!(seen, Seen::End(Direction::Orig, _)));
            assert!(!ended, "start {start}: {when}");
        };
        lab.packet(1.0, &v4(6, &tcp(to, start, 0, SYN, b"12345678")));
        lab.packet(1.1, &v4(6, &tcp(to, at(72), 0, ACK | FIN, b"the last of them")));
        not_over("something is missing before the FIN");
        lab.packet(1.2, &v4(6, &tcp(back, 9, at(32), SYN | ACK, &[])).back());
        not_over("some of it is acknowledged");
        lab.finish();
        take_seen();
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(64))]

    #[test]
    fn any_segmentation(bytes in stream(), places in places(), start: u32, over6 in any::<bool>()) {
        let pieces = cut(&bytes, &places);
        prop_assert_eq!(deliver(start, &pieces, bytes.len(), over6), (bytes.clone(), 0));
    }

    #[test]
    fn any_order(bytes in stream(), places in places(), order in places(), start: u32) {
        let mut pieces = cut(&bytes, &places);
        shuffle(&mut pieces, &order);
        prop_assert_eq!(deliver(start, &pieces, bytes.len(), false), (bytes.clone(), 0));
    }

    #[test]
    fn any_duplication(bytes in stream(), places in places(), other in places(), order in places(), start: u32) {
        let mut pieces = cut(&bytes, &places);
        pieces.extend(cut(&bytes, &other));
        shuffle(&mut pieces, &order);
        prop_assert_eq!(deliver(start, &pieces, bytes.len(), false), (bytes.clone(), 0));
    }

    #[test]
    fn a_wrap_anywhere(bytes in stream(), places in places(), order in places(), before in 0u32..3100) {
        let start = 0u32.wrapping_sub(before);
        let mut pieces = cut(&bytes, &places);
        shuffle(&mut pieces, &order);
        prop_assert_eq!(deliver(start, &pieces, bytes.len(), false), (bytes.clone(), 0));
    }

    #[test]
    fn what_is_lost_is_a_gap_of_its_size(bytes in stream(), places in places(), lost in places(), start: u32) {
        let mut pieces = cut(&bytes, &places);
        let mut expected = bytes.clone();
        for place in lost.iter().take(pieces.len() / 2) {
            let (at, gone) = pieces.remove(place.index(pieces.len()));
            expected[at..at + gone.len()].fill(0);
        }
        let missed = expected.iter().filter(|byte| **byte == 0).count() as u64;
        prop_assert_eq!(deliver(start, &pieces, bytes.len(), false), (expected, missed));
    }

    #[test]
    fn differences_wrap(a: u32, by in -0x7fff_ffffi32..0x7fff_ffff) {
        prop_assert_eq!(delta(a.wrapping_add(by as u32), a), by);
    }
}

#[test]
fn four_gibibytes_and_more() {
    let mut end = Endpoint::default();
    let start = 0xffff_0000u32;
    end.init(start, start, start.wrapping_add(1));
    let mut sent = 1u64;
    for _ in 0..400 {
        sent += 40_000_000;
        let last = start.wrapping_add(sent as u32);
        let flags = crate::decode::transport::Flags(ACK);
        end.sent(last, flags, 1000);
        end.acked(last);
        assert_eq!(end.relative_to_last(last), (sent, false));
        assert_eq!(end.relative_to_ack(last.wrapping_sub(500)), (sent - 500, false));
        assert_eq!(end.relative_to_last(last.wrapping_add(90_000_000)), (sent + 90_000_000, false));
        assert_eq!(end.ack_relative(), sent);
    }
    assert_eq!(end.size(crate::stream::endpoint::EndState::Established), 16_000_000_000);
}
