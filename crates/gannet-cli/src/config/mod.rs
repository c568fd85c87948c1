//! The configuration file: what the command line leaves open, as TOML. `dist/gannet.toml` has every key.

mod error;
mod limits;
#[cfg(test)]
mod tests;
mod value;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gannet::capture::Filter;
use gannet::capture::live::Interface;
use gannet::events::LogStream;
use gannet::files::hash;
use gannet::flow::LocalNets;
use gannet::{Decap, Interval};
use serde::Deserialize;

use crate::args::values::{Cpus, Spread};
use crate::args::{Args, SummaryForm};
pub(crate) use error::ConfigError;
use limits::LimitValues;

/// A whole file. What is not in it stays open.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct File {
    capture: Capture,
    engine: Engine,
    logs: Logs,
    process: Process,
    limits: LimitValues,
}

/// `[capture]`: where packets come from.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Capture {
    #[serde(deserialize_with = "value::interfaces")]
    interfaces: Vec<Interface>,
    read: Vec<PathBuf>,
    #[serde(deserialize_with = "value::filter")]
    filter: Option<Filter>,
    #[serde(deserialize_with = "value::size")]
    ring_size: Option<usize>,
    promiscuous: Option<bool>,
    hardware_time: Option<bool>,
    write: Option<PathBuf>,
}

/// `[engine]`: how packets are analysed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Engine {
    #[serde(deserialize_with = "value::workers")]
    workers: Option<usize>,
    #[serde(deserialize_with = "value::cpus")]
    cpus: Option<Cpus>,
    #[serde(deserialize_with = "value::balance")]
    balance: Option<Spread>,
    checksums: Option<bool>,
    #[serde(deserialize_with = "value::local_nets")]
    local_nets: Option<LocalNets>,
    #[serde(deserialize_with = "value::decap")]
    decap: Vec<Decap>,
    #[serde(deserialize_with = "value::hashes")]
    hash: Option<hash::Wanted>,
    uid_seed: Option<String>,
}

/// `[logs]`: what is written, and where.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Logs {
    out: Option<PathBuf>,
    json: Option<bool>,
    extras: Option<bool>,
    #[serde(deserialize_with = "value::streams")]
    log: Vec<&'static LogStream>,
    #[serde(deserialize_with = "value::ages")]
    long_conns: Vec<Interval>,
    #[serde(deserialize_with = "value::duration")]
    stats_interval: Option<Duration>,
    #[serde(deserialize_with = "value::duration")]
    capture_loss_interval: Option<Duration>,
}

/// `[process]`: how the program lives.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Process {
    user: Option<String>,
    metrics: Option<SocketAddr>,
    #[serde(deserialize_with = "value::summary")]
    summary: Option<SummaryForm>,
    quiet: Option<bool>,
    verbose: Option<bool>,
}

/// Reads a file.
///
/// # Errors
/// A file that cannot be read, or that says what it cannot.
pub(crate) fn read(path: &Path) -> Result<File, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::open(path, source))?;
    parse(&text).map_err(|error| ConfigError::text(path, &text, &error))
}

fn parse(text: &str) -> Result<File, toml::de::Error> {
    toml::from_str(text)
}

impl File {
    /// Fills in what the command line left open.
    pub(crate) fn fill(self, args: &mut Args) {
        if args.read.is_empty() && args.live.interfaces.is_empty() {
            args.read = self.capture.read;
            args.live.interfaces = self.capture.interfaces;
        }
        if args.logs.is_empty() {
            args.logs = self.logs.log;
        }
        if args.long_conns.is_empty() {
            args.long_conns = self.logs.long_conns;
        }
        if args.decap.is_empty() {
            args.decap = self.engine.decap;
        }
        or(&mut args.filter, self.capture.filter);
        or(&mut args.live.ring_size, self.capture.ring_size);
        or(&mut args.live.write, self.capture.write);
        or(&mut args.workers, self.engine.workers);
        or(&mut args.live.cpus, self.engine.cpus);
        or(&mut args.live.balance, self.engine.balance);
        or(&mut args.local_nets, self.engine.local_nets);
        or(&mut args.hashes, self.engine.hash);
        or(&mut args.uid_seed, self.engine.uid_seed);
        or(&mut args.out, self.logs.out);
        or(&mut args.live.stats_interval, self.logs.stats_interval);
        or(&mut args.live.capture_loss_interval, self.logs.capture_loss_interval);
        or(&mut args.live.user, self.process.user);
        or(&mut args.live.metrics, self.process.metrics);
        or(&mut args.summary, self.process.summary);
        args.no_checksums |= self.engine.checksums == Some(false);
        args.live.no_promiscuous |= self.capture.promiscuous == Some(false);
        args.live.hardware_time |= self.capture.hardware_time == Some(true);
        args.json |= self.logs.json == Some(true);
        args.no_extras |= self.logs.extras == Some(false);
        args.quiet |= !args.verbose && self.process.quiet == Some(true);
        args.verbose |= !args.quiet && self.process.verbose == Some(true);
        self.limits.apply(&mut args.limits);
    }
}

/// What the command line says stays.
fn or<T>(said: &mut Option<T>, file: Option<T>) {
    if said.is_none() {
        *said = file;
    }
}
