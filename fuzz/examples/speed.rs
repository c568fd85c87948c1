//! How often a second each target runs over its seeds, without a fuzzer: `speed TESTDATA SECONDS [TARGET ...]`.

use std::path::Path;
use std::time::{Duration, Instant};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [testdata, seconds, targets @ ..] = args.as_slice() else {
        panic!("speed TESTDATA SECONDS [TARGET ...]")
    };
    let limit = Duration::from_secs_f64(seconds.parse().expect("seconds"));
    let seeds = gannet_fuzz::seeds::make(Path::new(testdata));
    for (name, run) in gannet_fuzz::TARGETS {
        if !targets.is_empty() && !targets.iter().any(|target| target == name) {
            continue;
        }
        let own: Vec<&Vec<u8>> =
            seeds.iter().filter(|(target, _)| target == name).map(|(_, seed)| seed).collect();
        own.iter().for_each(|seed| run(seed));
        let (start, mut runs) = (Instant::now(), 0_u32);
        for seed in own.iter().cycle() {
            run(seed);
            runs += 1;
            if start.elapsed() > limit {
                break;
            }
        }
        println!("{name}: {:.0} a second", f64::from(runs) / start.elapsed().as_secs_f64());
    }
}
