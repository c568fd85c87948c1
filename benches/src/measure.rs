//! A small harness: processor time of this thread, medians of several rounds.
//!
//! Processor time and not the wall's, which on a shared machine says little. `cargo bench` measures; a run without its
//! `--bench` flag, as under `cargo test --benches`, does everything once and only checks what was counted.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Least processor time of a round.
const ROUND: Duration = Duration::from_millis(40);
/// Rounds.
const ROUNDS: usize = 9;

/// Processor time that this thread has used.
pub fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs() as u32)
}

/// Which benchmarks to run, and how.
#[derive(Debug)]
pub struct Harness {
    filters: Vec<String>,
    quick: bool,
}

impl Harness {
    /// As the command line says: names of benchmarks, or parts of them.
    pub fn from_args() -> Self {
        let (flags, filters): (Vec<_>, Vec<_>) =
            std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
        Self { filters, quick: !flags.iter().any(|flag| flag == "--bench") }
    }

    /// Whether a benchmark is to be run.
    pub fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter.as_str()))
    }

    /// Measures `work`, which does its work and says how many units it did, always the same number. Prints the
    /// median of the nanoseconds for one unit and the range, and returns the median.
    ///
    /// # Panics
    /// If `work` does not always do as many units as at first, or none.
    pub fn run(&self, name: &str, unit: &str, mut work: impl FnMut() -> u64) -> Option<f64> {
        self.run_with(name, unit, || (), move |&mut ()| work())
    }

    /// As [`Self::run`], with something that is made and dropped for each call outside of the measured time.
    ///
    /// # Panics
    /// As [`Self::run`].
    pub fn run_with<T>(
        &self,
        name: &str,
        unit: &str,
        mut prepare: impl FnMut() -> T,
        mut work: impl FnMut(&mut T) -> u64,
    ) -> Option<f64> {
        if !self.wants(name) {
            return None;
        }
        let mut once = || {
            let mut input = prepare();
            let before = thread_time();
            let units = black_box(work(black_box(&mut input)));
            (thread_time().saturating_sub(before), units)
        };
        let (first, units) = once();
        assert!(units > 0, "{name} did nothing");
        if self.quick {
            println!("{name}: {units} {unit}s");
            return None;
        }
        let calls = (ROUND.as_nanos() / first.as_nanos().max(1)).clamp(1, 1_000_000) as u32;
        let mut rounds = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let mut round = Duration::ZERO;
            for _ in 0..calls {
                let (time, again) = once();
                assert_eq!(again, units, "{name} did something else this time");
                round += time;
            }
            rounds.push(round.as_nanos() as f64 / f64::from(calls) / units as f64);
        }
        rounds.sort_by(f64::total_cmp);
        let median = rounds[ROUNDS / 2];
        println!("{name:<44} {median:>10.1} ns/{unit:<10} ({:.1} to {:.1})", rounds[0], rounds[ROUNDS - 1]);
        Some(median)
    }
}
