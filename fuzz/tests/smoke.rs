//! Every target over its seeds, and over changes to them that are the same in every run; no fuzzer needed.

use std::path::Path;
use std::time::{Duration, Instant};

use gannet_fuzz::{TARGETS, seeds};

/// Changed seeds for each target, unless `GANNET_FUZZ_SECONDS` says how long to go on: the same in every run, on any machine.
const RUNS: u64 = 30_000;

/// A generator of numbers (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

/// Changes a seed a little: bytes, cuts, pieces repeated or taken from another seed.
fn change(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.next(4) {
        let at = random.next(bytes.len());
        let end = (at + 1 + random.next(40)).min(bytes.len());
        match random.next(6) {
            0 | 1 if !bytes.is_empty() => bytes[at] = random.next(256) as u8,
            2 if !bytes.is_empty() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.next(5)],
            3 => drop(bytes.drain(at.min(end)..end)),
            4 => {
                let piece = bytes[at.min(end)..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let from = random.next(other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(other.get(from..).unwrap_or_default());
            }
        }
    }
    bytes
}

fn smoke(name: &str) {
    let seconds = std::env::var("GANNET_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let (_, run) = TARGETS.iter().find(|(target, _)| *target == name).expect("a target");
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let seeds: Vec<Vec<u8>> = seeds::make(&testdata)
        .into_iter()
        .filter(|(target, _)| *target == name)
        .map(|(_, seed)| seed)
        .collect();
    assert!(!seeds.is_empty(), "no seeds");
    run(&[]);
    seeds.iter().for_each(|seed| run(seed));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (start, mut runs) = (Instant::now(), 0_u64);
    let go_on = |runs| match seconds {
        Some(seconds) => start.elapsed() < Duration::from_secs(seconds),
        None => runs < RUNS,
    };
    while go_on(runs) {
        let (seed, other) = (random.next(seeds.len()), random.next(seeds.len()));
        let input = change(&seeds[seed], &seeds[other], &mut random);
        let result = std::panic::catch_unwind(|| run(&input));
        if result.is_err() {
            let path = std::env::temp_dir().join(format!("gannet-{name}-crash"));
            std::fs::write(&path, &input).expect("a folder for temporary files");
            panic!("{name}: the input is in {}", path.display());
        }
        runs += 1;
    }
    println!("{name}: {} seeds, {runs} changed ones", seeds.len());
}

#[test]
fn capture_file() {
    smoke("capture_file");
}

#[test]
fn pcapng() {
    smoke("pcapng");
}

#[test]
fn decode() {
    smoke("decode");
}

#[test]
fn packets() {
    smoke("packets");
}

#[test]
fn workers() {
    smoke("workers");
}

#[test]
fn reassembly() {
    smoke("reassembly");
}

#[test]
fn segments() {
    smoke("segments");
}

#[test]
fn analyzer() {
    smoke("analyzer");
}

#[test]
fn logs() {
    smoke("logs");
}

#[test]
fn parsers() {
    smoke("parsers");
}

#[test]
fn query() {
    smoke("query");
}

#[test]
fn read_logs() {
    smoke("read_logs");
}

#[test]
fn zmtp() {
    smoke("zmtp");
}

#[test]
fn certificates() {
    smoke("certificates");
}

#[test]
fn intel() {
    smoke("intel");
}
