//! Reading speed, on demand: `GANNET_BENCH=file:… cargo test --release -p gannet reading_speed -- --ignored --nocapture`.

use std::time::Instant;

use super::*;

#[test]
#[ignore = "a measurement; needs a large capture named in GANNET_BENCH"]
fn reading_speed() {
    let names = std::env::var("GANNET_BENCH").expect("GANNET_BENCH names captures, separated by colons");
    let paths: Vec<PathBuf> = names.split(':').map(PathBuf::from).collect();
    for block in [64, 128, 256, 512, 1024, 2048].map(|kib: usize| kib << 10) {
        let mut best = (f64::MAX, f64::MAX);
        let (mut packets, mut bytes) = (0, 0);
        for _ in 0..5 {
            let start = Instant::now();
            let mut raw = vec![0; block];
            for path in &paths {
                let mut file = std::fs::File::open(path).expect("a file");
                while std::io::Read::read(&mut file, &mut raw).expect("readable") > 0 {}
            }
            best.0 = best.0.min(start.elapsed().as_secs_f64());

            let start = Instant::now();
            let mut files = Files::with_limits(&paths, Limits { block, open: 256 }).unwrap();
            let mut batch = Batch::default();
            (packets, bytes) = (0_u64, 0_u64);
            while files.fill(&mut batch, 256).expect("readable") == Filled::Packets {
                packets += batch.packets.len() as u64;
                bytes += batch.packets.iter().map(|packet| u64::from(packet.captured)).sum::<u64>();
            }
            best.1 = best.1.min(start.elapsed().as_secs_f64());
        }
        println!(
            "block {:5} KiB: read() alone {:.1} ms, reader {:.1} ms, {:.1} ns a packet on top; {packets} packets, {bytes} bytes",
            block >> 10,
            best.0 * 1e3,
            best.1 * 1e3,
            (best.1 - best.0) * 1e9 / packets as f64,
        );
    }
}
