//! The packets of [`crate::packets`] through one worker and through several: the rows have to be the same, in order.
//!
//! The workers work one after the other, for threads take longer to make than an input's packets take to be worked on; of many
//! inputs one goes through threads too, which have tests of their own.

use gannet::capture::Memory;
use gannet::events::{Event, Meta};
use gannet::{Control, Output, Stats, TestKnobs, run as run_all};

use crate::packets;
use crate::watch::named_row;

/// Numbers of workers, and packets in a batch. An input's length picks one.
const PLANS: [(usize, usize); 6] = [(2, 1), (3, 5), (8, 64), (2, 64), (3, 1), (8, 5)];

/// Of so many inputs, one goes through threads.
const THREADS: usize = 499;

/// Compares the rows.
pub fn run(data: &[u8]) {
    let one = rows(data, 1, 512, true);
    let (workers, batch) = PLANS.get(data.len() % PLANS.len()).copied().unwrap_or((2, 1));
    assert_eq!(one, rows(data, workers, batch, true), "with {workers} workers, batches of {batch}");
    if data.len() % THREADS == THREADS - 1 {
        assert_eq!(one, rows(data, workers, batch, false), "with {workers} threads, batches of {batch}");
    }
}

/// All rows, each with its stream's name before it, and the counters.
fn rows(data: &[u8], workers: usize, batch: usize, in_turn: bool) -> (Vec<u8>, String) {
    let (mut config, packets) = packets::read(data);
    config.workers(workers);
    config.batch(batch);
    config.in_turn(in_turn);
    let mut source = Memory::new();
    for packet in packets {
        source.push(packet.link, packet.ts, packet.wire, packet.bytes);
    }
    let mut rows = Vec::new();
    let summary = run_all(
        config.build().expect("nothing is 0"),
        &mut source,
        |_, mut output: Output<()>| {
            move |meta: &Meta<'_>, event: Event<'_>| {
                output.push(meta, (), |row| named_row(meta, event.record, row));
            }
        },
        |entry| rows.extend_from_slice(&entry.bytes),
        |_| Control::Continue,
    );
    let stats: Stats = summary.expect("memory can be read").stats;
    assert_eq!(stats.panics, 0, "an analyzer panicked");
    (rows, format!("{stats:?}"))
}
