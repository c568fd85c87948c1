//! Generated traffic: everything that could make the number of workers show, from a seed.

mod flows;
mod tunnels;

use crate::support::packets::{Packet, SECOND, START, v4};
use crate::support::random::Random;

pub use flows::{Hosts, Pool};

/// What the time between two packets may be.
#[derive(Clone, Copy)]
pub struct Clock {
    /// One packet in so many comes after a jump of seconds; 0 for never. So do the others.
    pub seconds: u64,
    pub hours: u64,
    /// Thirty years.
    pub ages: u64,
    /// A step back, of up to ten minutes.
    pub back: u64,
    /// The same time as the packet before.
    pub same: u64,
}

/// Time that passes without surprise.
pub const STEADY: Clock = Clock { seconds: 0, hours: 0, ages: 0, back: 0, same: 10 };
/// Time that does everything that it must not.
pub const WILD: Clock = Clock { seconds: 20, hours: 150, ages: 1500, back: 25, same: 3 };

impl Clock {
    fn step(self, now: i64, random: &mut Random) -> i64 {
        /// The clock cannot go beyond the year 2262.
        const LAST: i64 = 8_000_000_000 * SECOND;
        let hits = |every: u64, random: &mut Random| every > 0 && random.one_in(every);
        let step = if hits(self.ages, random) {
            30 * 365 * 86_400 * SECOND
        } else if hits(self.hours, random) {
            (1 + random.below(48) as i64) * 3600 * SECOND
        } else if hits(self.seconds, random) {
            (1 + random.below(400) as i64) * SECOND / 2
        } else if hits(self.back, random) {
            -(random.below(600) as i64) * SECOND
        } else if hits(self.same, random) {
            0
        } else {
            random.below(20_000_000) as i64
        };
        now.saturating_add(step).clamp(SECOND, LAST)
    }
}

/// Interleaves flows of all kinds between the hosts, until there are `count` packets.
pub fn mixture(seed: u64, count: usize, hosts: Hosts, clock: Clock) -> Vec<Packet> {
    let mut random = Random::new(seed);
    let mut pool = Pool::new(hosts);
    let mut open: Vec<std::vec::IntoIter<Vec<u8>>> = Vec::new();
    let (mut packets, mut now) = (Vec::with_capacity(count), START);
    while packets.len() < count {
        while open.len() < 40 {
            open.push(pool.flow(&mut random).into_iter());
        }
        let chosen = random.below(open.len() as u64) as usize;
        let Some(bytes) = open[chosen].next() else {
            open.swap_remove(chosen);
            continue;
        };
        now = clock.step(now, &mut random);
        packets.push(Packet::new(now, bytes));
    }
    packets
}

/// `count` connections that are all open when the capture ends, three quarters of them without an answer.
pub fn many_open(seed: u64, count: usize) -> Vec<Packet> {
    let mut random = Random::new(seed);
    let mut pool = Pool::new(Hosts::Many);
    let mut packets = Vec::new();
    for number in 0..count {
        let ts = START + (number as i64) * 10_000;
        packets.extend(pool.opening(&mut random).into_iter().map(|bytes| Packet::new(ts, bytes)));
    }
    packets
}

/// Small packets whose headers raise weirds, between so many pairs of addresses, over and over.
pub fn weirds(seed: u64, pairs: u32, rounds: usize) -> Vec<Packet> {
    let mut random = Random::new(seed);
    let mut packets = Vec::new();
    for round in 0..rounds {
        for pair in 0..pairs {
            let ts = START + ((round as u32 * pairs + pair) as i64) * 1_000;
            packets.push(Packet::new(ts, flows::strange(pair, &mut random)));
        }
    }
    packets
}

/// Frames of IEEE 802.11 that hold several packets each, between hosts that come up again.
pub fn wireless(seed: u64, count: usize) -> Vec<Packet> {
    let mut random = Random::new(seed);
    let (mut packets, mut now) = (Vec::with_capacity(count), START);
    while packets.len() < count {
        for bytes in tunnels::wireless(&mut random) {
            now = STEADY.step(now, &mut random);
            packets.push(Packet { link: 105, ..Packet::new(now, bytes) });
        }
    }
    packets
}

/// Flows inside tunnels, and nothing else.
pub fn tunnelled(seed: u64, count: usize, clock: Clock) -> Vec<Packet> {
    let mut random = Random::new(seed);
    let pairs: Vec<_> = (0..6).map(|n| (v4(0x0a00_0001 + n / 2), v4(0xc000_0201 + n))).collect();
    let mut open: Vec<std::vec::IntoIter<Vec<u8>>> = Vec::new();
    let (mut packets, mut now) = (Vec::with_capacity(count), START);
    while packets.len() < count {
        while open.len() < 12 {
            let pick = |random: &mut Random| pairs[random.below(pairs.len() as u64) as usize];
            let (outside, elsewhere) = (pick(&mut random), pick(&mut random));
            open.push(tunnels::tunnel(outside, elsewhere, &mut random).into_iter());
        }
        let chosen = random.below(open.len() as u64) as usize;
        let Some(bytes) = open[chosen].next() else {
            open.swap_remove(chosen);
            continue;
        };
        now = clock.step(now, &mut random);
        packets.push(Packet::new(now, bytes));
    }
    packets
}
