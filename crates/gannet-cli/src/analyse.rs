//! The main job: captures in, logs out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use gannet::capture::{Files, SourceStatus, shown};
use gannet::events::Weird;
use gannet::{Config, Control, PacketSource, RunError, Summary};
use gannet_logs::{LogRows, LogSink};

use crate::args::Args;
use crate::extract::{Extracting, Extraction, Way};
use crate::human::{bytes, some};
use crate::output;
use crate::progress::Progress;
use crate::report;
use crate::signals::Interrupt;
use crate::streams::logs;
use crate::summary::Account;
use crate::terminal::{print, say, warn};
use crate::values::SummaryForm;
use crate::window::Window;

/// Time after which rows on standard output are handed on.
const FLUSH: Duration = Duration::from_millis(250);

/// How a run came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There was nothing more to do.
    Complete,
    /// The user had enough.
    Interrupted,
    /// It was done, and not all was as it should be: rows that are none, logs that differ.
    Amiss,
}

/// Analyses what the command line names.
///
/// # Errors
/// A capture that cannot be read, a log that cannot be written. Rows from before a reading error are kept, and marked
/// as incomplete.
pub(crate) fn analyse(args: &Args) -> Result<Outcome> {
    let config = args.config()?;
    read_lists(args)?;
    let window = Window::new(&args.input);
    let mut source = Files::open(&args.input.read)?;
    args.silent_logs().iter().for_each(|text| warn(text));
    let mut sink = output::open(args)?;
    let extraction = args.extraction(true)?;
    let interrupt = Interrupt::install()?;
    if args.verbose {
        tell_plan(&source.status(), &config);
    }
    let way = extraction.as_ref().map(Extraction::way);
    let run = run(args, &config, &window, &mut source, &mut sink, (&interrupt, way));
    let extracted = extraction.map(Extraction::finish);
    let summary = match run.result {
        Ok(summary) => summary,
        Err(error) => {
            if sink.has_failed() || sink.summary().rows() > 0 {
                sink.interrupt(run.now)?;
            }
            return Err(error.into());
        }
    };
    let status = source.status();
    let interrupted = run.outcome == Outcome::Interrupted;
    conclude(args, &config, (&summary, interrupted), &window, &status, &mut sink)?;
    let end = report::end(&summary.stats);
    let written = match run.outcome {
        Outcome::Complete | Outcome::Amiss => sink.finish(end),
        Outcome::Interrupted => sink.interrupt(end),
    };
    let Some(logs) = output::unless_closed(written)? else { return Ok(run.outcome) };
    output::unsent(&logs).for_each(|text| warn(&text));
    let account = Account {
        stats: &summary.stats,
        status: &status,
        live: None,
        logs: Some(&logs),
        out: Some(args.out()),
        part: window.ends(),
        complete: run.outcome == Outcome::Complete,
        checksums: config.checksums(),
        filter: args.input.filter_text(),
        workers: config.workers(),
        elapsed: run.elapsed,
        extracted: extracted.as_ref(),
    };
    match args.summary() {
        SummaryForm::Json => print(&account.json())?,
        SummaryForm::Text if !args.quiet => say(account.text().trim_end()),
        SummaryForm::Text => {}
    }
    Ok(run.outcome)
}

/// What came of the packets.
struct Run {
    result: Result<Summary, RunError>,
    outcome: Outcome,
    /// How far the capture's clock was when it was last looked at.
    now: gannet::Timestamp,
    elapsed: Duration,
}

/// Takes the packets through the engine into the logs.
fn run(
    args: &Args,
    config: &Config,
    window: &Window,
    source: &mut Files,
    sink: &mut LogSink,
    (interrupt, way): (&Interrupt, Option<Way>),
) -> Run {
    let mut progress = Progress::new(!args.quiet && !args.out_is_stream());
    let mut outcome = Outcome::Complete;
    let mut now = gannet::Timestamp::ZERO;
    let failed = AtomicBool::new(false);
    let mut flushed = Instant::now();
    let rows = |output| {
        LogRows::filtered(args.filters.clone(), args.options(), output).with_weirds(args.wants(Weird::STREAM))
    };
    let result = gannet::run(
        config.clone(),
        &mut window.source(source),
        |_, output| Extracting::new(window.rows(rows(output)), way.clone()),
        |entry| {
            interrupt.worth_keeping();
            sink.entry(&entry);
            if args.out_is_stream() && flushed.elapsed() >= FLUSH {
                flushed = Instant::now();
                sink.flush();
            }
            if sink.has_failed() {
                failed.store(true, Ordering::Relaxed);
            }
        },
        |at| {
            now = at.now;
            progress.show(at.packets, &|| at.status());
            if at.packets > 0 {
                interrupt.worth_keeping();
            }
            if interrupt.asked() {
                outcome = Outcome::Interrupted;
            }
            let goes_on = outcome == Outcome::Complete && !failed.load(Ordering::Relaxed);
            if goes_on { Control::Continue } else { Control::Stop }
        },
    );
    Run { result, outcome, now, elapsed: progress.end() }
}

/// Writes the last rows, and tells what they say.
fn conclude(
    args: &Args,
    config: &Config,
    (summary, interrupted): (&Summary, bool),
    window: &Window,
    status: &SourceStatus,
    sink: &mut LogSink,
) -> Result<()> {
    let messages = report::messages(summary, status, config.checksums());
    report::write(sink, args, &summary.stats, &messages);
    messages.iter().filter_map(|message| message.told.as_deref()).for_each(warn);
    if let Some(text) = window.missed(&summary.stats) {
        warn(&text);
    }
    if interrupted && summary.stats.packets == 0 {
        warn("interrupted before the first packet: no logs of packets were written");
    }
    if args.verbose {
        for path in status.skipped.iter() {
            say(&format!("gannet: {} is no capture: left out", shown(path)));
        }
    }
    let Some(dir) = sink.dir() else { return Ok(()) };
    for path in dir.stale(logs().iter().map(|stream| stream.name))? {
        warn(&format!("{} is left from an earlier run; this one has no rows for it", shown(&path)));
    }
    Ok(())
}

/// Reads the lists of indicators.
fn read_lists(args: &Args) -> Result<()> {
    let Some(lists) = args.intel.lists() else { return Ok(()) };
    let loaded = args.intel.load().map_err(anyhow::Error::msg)?;
    loaded.faults.iter().for_each(|fault| warn(&fault.to_string()));
    if args.verbose {
        say(&format!("gannet: {}", loaded.says()));
    }
    lists.replace(loaded.store);
    Ok(())
}

fn tell_plan(status: &SourceStatus, config: &Config) {
    let size = status.bytes_total.map_or_else(|| "of unknown size".to_owned(), bytes);
    let workers = some(config.workers() as u64, "worker", "workers");
    say(&format!("gannet: reading {}, {size}, with {workers}", some(status.files_total, "file", "files")));
}
