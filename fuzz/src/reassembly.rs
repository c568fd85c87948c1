//! An established TCP connection whose segments are lost, repeated, reordered and contradict each other: what the
//! analyzer sees has to be what a small model says, in which the first copy of a byte wins.
//!
//! Input: two initial sequence numbers, then segments: a byte (direction, and whether it only acknowledges), an
//! acknowledged position, and for data a position and a length.

use gannet::analyzers::Direction;
use gannet::{Engine, Interval, Timestamp};

use crate::cursor::Cursor;
use crate::recorder::{self, Happened, RECORDER};
use crate::watch::Watch;
use crate::wire::{self, Segment, flag};

/// Positions that segments begin at; few, so that they meet.
const SPACE: u16 = 1024;
/// Longest segment.
const LONGEST: usize = 255;

/// What one direction's analyzer is to see.
struct Model {
    /// First copy of each position's byte; position 0 is the SYN.
    first: Vec<Option<u8>>,
    next: usize,
    acked: usize,
    seen: Seen,
}

/// Bytes and gaps, a gap being a byte that is not there.
type Seen = Vec<Option<u8>>;

impl Model {
    fn new() -> Self {
        Self { first: vec![None; usize::from(SPACE) + LONGEST + 1], next: 1, acked: 1, seen: Vec::new() }
    }

    fn data(&mut self, position: usize, bytes: &[u8]) {
        for (at, byte) in (position..).zip(bytes) {
            if at >= self.next
                && let Some(place) = self.first.get_mut(at)
            {
                place.get_or_insert(*byte);
            }
        }
        while let Some(Some(byte)) = self.first.get(self.next) {
            self.seen.push(Some(*byte));
            self.next += 1;
        }
    }

    fn ack(&mut self, position: usize) {
        self.acked = self.acked.max(position);
        while self.next < self.acked {
            self.seen.push(self.first.get(self.next).copied().flatten());
            self.next += 1;
        }
        self.data(0, &[]);
    }
}

/// Feeds the segments to an engine and to the model.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let mut config = wire::config();
    config.analyzers([&RECORDER]);
    let (mut engine, mut watch) = (Engine::new(config.build().unwrap()), Watch::without_rows());
    let starts = [cursor.u32(), cursor.u32()];
    let mut models = [Model::new(), Model::new()];
    let mut now = Timestamp::from_parts(1_700_000_000, 0);
    let mut feed = |segment: &Segment<'_>| {
        now = now + Interval::from_millis(1);
        let packet = segment.packet();
        engine.feed(wire::RAW, now, packet.len() as u32, &packet, &mut watch);
    };
    recorder::taken();
    handshake(starts, &mut feed);
    let mut copy = 0_u8;
    while let Some(op) = cursor.op() {
        let own = usize::from(op & 1);
        let peer = 1 - own;
        let old_ack = models[peer].acked;
        let ack = match op >> 1 & 3 {
            0 | 1 => old_ack,
            2 => 1 + usize::from(cursor.u16() % SPACE),
            // As a receiver would: all that came in order.
            _ => models[peer].next,
        };
        models[peer].ack(ack);
        copy = copy.wrapping_add(1);
        let mut payload = [0; LONGEST];
        let (mut position, mut length) = (1, 0);
        if op & 8 == 0 {
            position = if op & 16 == 0 {
                1 + usize::from(cursor.u16() % SPACE)
            } else {
                models[own].next.min(SPACE.into())
            };
            length = usize::from(cursor.u8());
            for (place, at) in payload.iter_mut().zip(position..) {
                *place = (at as u8).wrapping_mul(31).wrapping_add(copy.wrapping_mul(7));
            }
        }
        let payload = payload.get(..length).unwrap_or_default();
        feed(&Segment {
            from_orig: own == 0,
            server: recorder::PORT,
            seq: starts[own].wrapping_add(position as u32),
            ack: starts[peer].wrapping_add(ack as u32),
            flags: flag::ACK,
            window: 60_000,
            payload,
        });
        models[own].data(position, payload);
    }
    watch.finish(engine);
    compare(&models);
}

fn handshake(starts: [u32; 2], feed: &mut impl FnMut(&Segment<'_>)) {
    let base = Segment { server: recorder::PORT, window: 60_000, ..Segment::default() };
    let [orig, resp] = starts;
    feed(&Segment { from_orig: true, seq: orig, flags: flag::SYN, ..base });
    feed(&Segment { seq: resp, ack: orig.wrapping_add(1), flags: flag::SYN | flag::ACK, ..base });
    let (seq, ack) = (orig.wrapping_add(1), resp.wrapping_add(1));
    feed(&Segment { from_orig: true, seq, ack, flags: flag::ACK, ..base });
}

fn compare(models: &[Model; 2]) {
    let records = recorder::taken();
    // Analyzers are attached when the first bytes come, be they in order or not; without any there may be none.
    let any = models.iter().any(|model| !model.seen.is_empty());
    assert!(
        records.len() == 1 || records.is_empty() && !any,
        "one connection, one recorder: {}",
        records.len()
    );
    let mut seen: [Seen; 2] = Default::default();
    let mut over = [false; 2];
    for what in records.iter().flat_map(|record| &record.happened) {
        if let Happened::Data(dir, _) | Happened::Gap(dir, _) = what {
            assert!(!over[index(*dir)], "more after the end, of ends that keep to their word");
        }
        match what {
            Happened::Data(dir, bytes) => seen[index(*dir)].extend(bytes.iter().copied().map(Some)),
            Happened::Gap(dir, len) => seen[index(*dir)].extend((0..*len).map(|_| None)),
            Happened::Flip => panic!("the sides changed places on a connection whose beginning was seen"),
            Happened::End(dir) => over[index(*dir)] = true,
            Happened::Close => {}
        }
    }
    for (model, seen) in models.iter().zip(&seen) {
        let differs = model.seen.iter().zip(seen).position(|(a, b)| a != b);
        assert_eq!((differs, model.seen.len()), (None, seen.len()), "first difference, and length");
    }
}

fn index(dir: Direction) -> usize {
    usize::from(dir == Direction::Resp)
}
