//! The other main job: packets from interfaces, logs as they come, for months.

mod edge;
mod force;
mod http;
mod journal;
mod keep;
mod lists;
mod messages;
mod metrics;
pub(crate) mod periodic;
mod privileges;
mod progress;
mod reload;
mod service;
mod state;
#[cfg(test)]
mod tests;
mod trouble;
mod watch;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use gannet::capture::live::{self, Interface, LiveOptions};
use gannet::capture::{Recorder, SourceStatus};
use gannet::{Config, PacketSource, WorkerId};
use gannet_logs::LogRows;

use crate::analyse::Outcome;
use crate::args::Args;
use crate::extract::{Extracting, Extraction};
use crate::notify::Notify;
use crate::signals::Signals;
use crate::summary::Account;
use crate::terminal::{print, say, warn};
use crate::values::SummaryForm;
use crate::{output, report};
use edge::Sensor;
use journal::Journal;
use state::State;

/// Watches the interfaces that `args` name, until a signal ends it. `line` is the command line alone, for reloads.
///
/// # Errors
/// An interface that cannot be read, a log that cannot be written, a user that cannot be changed to.
pub(crate) fn watch(args: &Args, line: &Args) -> Result<Outcome> {
    let signals = Signals::install()?;
    let config = config(args)?;
    privileges::check_cpus(args.live.cpus.as_ref())?;
    let user = privileges::find(args.live.user.as_deref())?;
    let dirs = [&args.archive.archive, &args.state].into_iter().flatten().map(PathBuf::as_path);
    for dir in dirs.chain((!args.out_is_stream()).then(|| args.out())) {
        privileges::make_directory(dir, user.as_ref())?;
    }
    let sources = open(args, &config)?;
    let metrics = args.live.metrics.map(listen).transpose()?;
    if let Some(user) = &user {
        privileges::drop_to(user)?;
    }
    signals.watch()?;
    let (config, state) = State::open(args, config)?;
    let sink = output::open_live(args, |error| privileges::explain(error, user.as_ref()))?;
    let sources = match &args.live.write {
        Some(path) => Recorder::each_by(sources, path, keep::create)?,
        None => sources,
    };
    let extraction = args.extraction(false)?;
    let mut sensor = Sensor::new(args, line, Journal::new(sink, args), &signals, config.workers());
    sensor.read_lists()?;
    if let Some(listener) = metrics {
        sensor.serve(listener)?;
    }
    if let Some(state) = state {
        sensor.remember_by(state);
    }
    if args.sends() {
        let notify = Notify::start(&args.sending)?;
        args.rules.send_by(notify.sender());
        sensor.notify_by(notify);
    }
    run(args, config, sources, sensor, extraction)
}

/// Takes the packets through the engine into the logs, and says what came of it.
fn run(
    args: &Args,
    config: Config,
    sources: Vec<Box<dyn PacketSource>>,
    mut sensor: Sensor<'_>,
    extraction: Option<Extraction>,
) -> Result<Outcome> {
    let (started, workers) = (Instant::now(), config.workers());
    sensor.begin();
    let way = extraction.as_ref().map(Extraction::way);
    let subscriber = |WorkerId(id): WorkerId, output| {
        // The one behind the last worker is on the thread of the edge.
        if let Some(cpu) = args.live.cpus.as_ref().filter(|_| id < workers).and_then(|cpus| cpus.of(id))
            && let Err(error) = privileges::pin(cpu)
        {
            warn(&format!("{} cannot be pinned to processor {cpu}: {error}", crate::account::peer(id)));
        }
        Extracting::new(LogRows::filtered(args.filters.clone(), args.options(), output), way.clone())
    };
    let result = gannet::run_live(config, sources, subscriber, &mut sensor);
    drop(way);
    let extracted = extraction.map(Extraction::finish);
    let end = sensor.end();
    let summary = result?;
    let (journal, args, reports) = end?;
    let mut sink = journal.into_sink();
    let messages = report::messages(&summary, &SourceStatus::default(), !args.input.no_checksums);
    report::write_messages(&mut sink, &args, journal::wall(), &messages);
    messages.iter().filter_map(|message| message.told.as_deref()).for_each(warn);
    let Some(logs) = output::unless_closed(sink.finish(journal::wall()))? else {
        return Ok(Outcome::Complete);
    };
    output::unsent(&logs).for_each(|text| warn(&text));
    let account = Account {
        stats: &summary.stats,
        status: &SourceStatus::default(),
        live: Some(&reports),
        logs: Some(&logs),
        out: Some(args.out()),
        part: (None, None),
        complete: true,
        checksums: !args.input.no_checksums,
        filter: args.input.filter_text(),
        workers,
        elapsed: started.elapsed(),
        extracted: extracted.as_ref(),
    };
    match args.summary() {
        SummaryForm::Json => print(&account.json())?,
        SummaryForm::Text if !args.quiet => say(account.text().trim_end()),
        SummaryForm::Text => {}
    }
    Ok(Outcome::Complete)
}

/// What the engine has to know. libpcap cannot spread packets over workers.
fn config(args: &Args) -> Result<Config> {
    let config = args.config()?;
    let pcap = args.live.interfaces.iter().any(|name| matches!(name, Interface::Pcap(_)));
    if pcap && args.input.workers.is_none() {
        return Ok(config.rebuild().workers(1).build()?);
    }
    Ok(config)
}

/// Opens the interfaces: one source for each worker.
fn open(args: &Args, config: &Config) -> Result<Vec<Box<dyn PacketSource>>> {
    let mut options = LiveOptions::default();
    options.interfaces.clone_from(&args.live.interfaces);
    options.workers = config.workers();
    options.balance = config.balance();
    options.decap = config.decap().to_vec();
    options.ring_bytes = args.live.ring_size();
    options.promiscuous = !args.live.no_promiscuous;
    options.hardware_time = args.live.hardware_time;
    // The kernel sees a mirror tunnel from outside; the engine's filter speaks of what is in it.
    if config.decap().is_empty() {
        options.filter = config.filter().cloned();
    }
    let sources = live::open(&options)?;
    if sources.is_empty() {
        bail!("no interface could be opened");
    }
    Ok(sources)
}

fn listen(address: std::net::SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| anyhow!("cannot serve metrics at {address}: {error}"))
}
