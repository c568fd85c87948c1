//! How evenly packets spread over the workers: `skew FILE ...`.
//!
//! For each way to balance and each number of workers: the share of the packets, and of the bytes, that the busiest worker
//! has to look at, in percent. Evenly spread it would be 100 divided by the number of workers.

use gannet::Balance;
use gannet::capture::{Batch, Files, Filled, PacketSource};

/// Numbers of workers.
const WORKERS: [usize; 4] = [2, 4, 8, 16];
/// Packets of a batch.
const BATCH: usize = 512;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    assert!(!files.is_empty(), "skew FILE ...");
    for file in files {
        let ways = [("pair", Balance::Pair), ("flow", Balance::Flow)];
        let mut loads = ways.map(|_| vec![(0_u64, 0_u64); usize::from(gannet::SHARDS)]);
        let mut source = Files::open(&[&file]).expect("a capture");
        let mut batch = Batch::default();
        while source.fill(&mut batch, BATCH).expect("a capture that can be read") == Filled::Packets {
            for packet in &batch.packets {
                for ((_, balance), load) in ways.iter().zip(&mut loads) {
                    let shard = balance.shard(packet.link, batch.bytes(packet));
                    let place = &mut load[usize::from(shard)];
                    *place = (place.0 + 1, place.1 + u64::from(packet.captured));
                }
            }
        }
        for ((name, _), load) in ways.iter().zip(&loads) {
            for workers in WORKERS {
                let (packets, bytes) = (busiest(load, workers, |l| l.0), busiest(load, workers, |l| l.1));
                println!("{file} {name} {workers} workers: {packets:.1} % of packets, {bytes:.1} % of bytes");
            }
        }
    }
}

/// The busiest worker's share, in percent.
fn busiest(load: &[(u64, u64)], workers: usize, of: impl Fn(&(u64, u64)) -> u64) -> f64 {
    let mut sums = vec![0; workers];
    for (shard, load) in load.iter().enumerate() {
        sums[Balance::worker(shard as u16, workers)] += of(load);
    }
    let all: u64 = sums.iter().sum();
    *sums.iter().max().expect("a worker") as f64 * 100.0 / all.max(1) as f64
}
