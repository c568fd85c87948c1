//! `gannet search`: rows of logs that match, or counts of them.

mod hash;
mod input;
mod names;
mod output;
mod plan;
mod show;
mod tally;
mod work;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use gannet_logs::find_logs;
use gannet_query::Query;

use crate::analyse::Outcome;
use crate::args::SearchArgs;
use crate::terminal::warn;
use input::Input;
use output::Output;
use plan::Plan;
use tally::Tally;
use work::{Found, Worker};

/// Threads at most, unless the user asks for more.
const MOST_WORKERS: usize = 16;

/// Searches, and prints what is found.
///
/// # Errors
/// A predicate that is none, or that no log has the columns for; a log that cannot be read.
pub(crate) fn search(args: &SearchArgs) -> Result<Outcome> {
    let query = Query::parse(&args.predicate).map_err(|error| anyhow!("{error}"))?;
    let plan = Plan::new(args, query)?;
    let files = super::find(&args.place, find_logs)?;
    let workers = args.workers.unwrap_or_else(|| {
        thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST_WORKERS)
    });
    let input = Input::new(files);
    let output = Output::new(args.limit, args.json);
    let stop = AtomicBool::new(false);
    let deadline = args.timeout.map(|time| Instant::now() + time);
    let found: Vec<Result<Found>> = thread::scope(|scope| {
        let run = || Worker::new(&plan, &input, &output, &stop, deadline, args.memory / workers).run();
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(run)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a thread of the search has died"))))
            .collect()
    });
    let mut all = Found::default();
    for found in found {
        all.add(found?);
    }
    if all.searched == 0 {
        bail!("{}", all.missing.unwrap_or_else(|| "there is no log to search".to_owned()));
    }
    output.end()?;
    let amiss = finish(args, &plan, all)?;
    Ok(if amiss || stop.load(Ordering::Relaxed) { Outcome::Amiss } else { Outcome::Complete })
}

/// Prints groups, and tells what is missing; whether something is.
fn finish(args: &SearchArgs, plan: &Plan, all: Found) -> Result<bool> {
    if plan.groups() {
        let tally = all.tallies.into_iter().reduce(Tally::merge).unwrap_or_else(|| Tally::new(args.memory));
        let whole = tally.is_whole();
        show::print(args, plan, tally)?;
        if !whole {
            warn("partial: groups and different values took more than --memory; some are missing");
        }
        return Ok(all.faults.end() || !whole);
    }
    Ok(all.faults.end())
}
