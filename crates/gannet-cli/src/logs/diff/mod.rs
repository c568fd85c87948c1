//! `gannet diff`: how far two folders of logs agree.

mod compare;
mod field;
mod ids;
mod load;
mod show;

use std::collections::BTreeMap;

use anyhow::Result;

use crate::analyse::Outcome;
use crate::args::DiffArgs;
use crate::logs::faults::Faults;
use compare::{Compared, compare};
use ids::Ids;
use load::{Log, load};

/// Logs that tell of the program and not of the traffic.
const OF_THE_PROGRAM: [&str; 14] = [
    "broker",
    "capture_loss",
    "cluster",
    "config",
    "loaded_scripts",
    "packet_filter",
    "print",
    "prof",
    "reporter",
    "stats",
    "stderr",
    "stdout",
    "telemetry",
    "telemetry_histogram",
];

/// Compares the logs of two folders, and prints how far they agree.
///
/// # Errors
/// A folder or a log that cannot be read.
pub(crate) fn diff(args: &DiffArgs) -> Result<Outcome> {
    let mut faults = Faults::default();
    let wanted = load(&args.wanted, &mut faults)?;
    let found = load(&args.found, &mut faults)?;
    let ids = [&wanted, &found].map(Ids::of);
    let counts = |name: &str| {
        let named = args.logs.is_empty() || args.logs.iter().any(|log| log == name);
        named && !OF_THE_PROGRAM.contains(&name) && !args.skip.iter().any(|log| log == name)
    };
    let mut names: Vec<&String> = wanted.keys().chain(found.keys()).filter(|name| counts(name)).collect();
    names.sort_unstable();
    names.dedup();
    let none = Log::default();
    let log = |logs: &BTreeMap<String, Log>, name: &str| logs.get(name).is_some();
    let mut all: Vec<Compared> = Vec::new();
    for name in names {
        let (one, other) = (wanted.get(name).unwrap_or(&none), found.get(name).unwrap_or(&none));
        let both = log(&wanted, name) && log(&found, name);
        all.push(compare(name, (one, &ids[0]), (other, &ids[1]), both, &args.ignore));
    }
    show::print(args, &all)?;
    let same = all.iter().all(|log| log.same);
    Ok(if faults.end() || !same { Outcome::Amiss } else { Outcome::Complete })
}
