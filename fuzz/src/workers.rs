//! The packets of [`crate::packets`] through one worker and through several: the rows have to be the same, in order.

use gannet::capture::Memory;
use gannet::{Control, Stats, run as run_all};
use gannet_logs::{Format, LogRows, Options};

use crate::packets;

/// Compares the rows.
pub fn run(data: &[u8]) {
    let one = rows(data, 1, 512);
    for (workers, batch) in [(3, 5), (8, 1)] {
        assert_eq!(one, rows(data, workers, batch), "with {workers} workers, batches of {batch}");
    }
}

/// All rows, each with its stream's name before it, and the counters.
fn rows(data: &[u8], workers: usize, batch: usize) -> (String, String) {
    let (mut config, packets) = packets::read(data);
    config.workers(workers);
    config.batch(batch);
    let mut source = Memory::new();
    for packet in packets {
        source.push(packet.link, packet.ts, packet.wire, packet.bytes);
    }
    let mut rows = Vec::new();
    let summary = run_all(
        config.build().expect("nothing is 0"),
        &mut source,
        |_, output| LogRows::new(Options::new(Format::Tsv), output),
        |entry| {
            rows.extend_from_slice(entry.item.name.as_bytes());
            rows.push(b'\t');
            rows.extend_from_slice(&entry.bytes);
        },
        |_| Control::Continue,
    );
    let stats: Stats = summary.expect("memory can be read").stats;
    assert_eq!(stats.panics, 0, "an analyzer panicked");
    (String::from_utf8_lossy(&rows).into_owned(), format!("{stats:?}"))
}
