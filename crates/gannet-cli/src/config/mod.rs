//! The configuration file: what the command line leaves open, as TOML. `dist/gannet.toml` has every key.

mod error;
mod filter;
mod limits;
mod mail;
mod notice;
mod policy;
mod publish;
#[cfg(test)]
mod tests;
mod value;
mod webhook;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gannet::capture::Filter;
use gannet::capture::live::Interface;
use gannet::events::LogStream;
use gannet::files::hash;
use gannet::flow::LocalNets;
use gannet::{Decap, Interval};
use gannet_logs::Compression;
use gannet_policy::Policy;
use gannet_policy::settings::Settings;
use serde::Deserialize;

use crate::extract::Kind;
use crate::notify::{Mail, Webhook};
use crate::values::{self, Cpus, Spread, SummaryForm};
pub(crate) use error::ConfigError;
use filter::FilterTable;
use limits::LimitValues;
use notice::NoticeTable;
use publish::{Syslog, Zeromq};

/// A whole file. What is not in it stays open.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct File {
    pub(crate) capture: Capture,
    pub(crate) engine: Engine,
    pub(crate) logs: Logs,
    pub(crate) policies: Policies,
    #[serde(deserialize_with = "policy::tables")]
    pub(crate) policy: Vec<(&'static Policy, Settings)>,
    pub(crate) notice: Vec<NoticeTable>,
    #[serde(deserialize_with = "mail::table")]
    pub(crate) mail: Option<Mail>,
    #[serde(deserialize_with = "webhook::table")]
    pub(crate) webhook: Option<Webhook>,
    pub(crate) archive: Archive,
    pub(crate) zeromq: Vec<Zeromq>,
    pub(crate) syslog: Vec<Syslog>,
    pub(crate) extract: Extract,
    pub(crate) process: Process,
    pub(crate) limits: LimitValues,
    pub(crate) filter: Vec<FilterTable>,
    pub(crate) predicates: BTreeMap<String, String>,
}

/// `[capture]`: where packets come from.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Capture {
    #[serde(deserialize_with = "value::interfaces")]
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) read: Vec<PathBuf>,
    #[serde(deserialize_with = "value::filter")]
    pub(crate) filter: Option<Filter>,
    #[serde(deserialize_with = "value::ring_size")]
    pub(crate) ring_size: Option<usize>,
    pub(crate) promiscuous: Option<bool>,
    pub(crate) hardware_time: Option<bool>,
    pub(crate) write: Option<PathBuf>,
}

/// `[engine]`: how packets are analysed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Engine {
    #[serde(deserialize_with = "value::workers")]
    pub(crate) workers: Option<usize>,
    #[serde(deserialize_with = "value::cpus")]
    pub(crate) cpus: Option<Cpus>,
    #[serde(deserialize_with = "value::balance")]
    pub(crate) balance: Option<Spread>,
    pub(crate) checksums: Option<bool>,
    #[serde(deserialize_with = "value::local_nets")]
    pub(crate) local_nets: Option<LocalNets>,
    #[serde(deserialize_with = "value::decap")]
    pub(crate) decap: Vec<Decap>,
    #[serde(deserialize_with = "value::wait")]
    pub(crate) reorder: Option<Interval>,
    #[serde(deserialize_with = "value::hashes")]
    pub(crate) hash: Option<hash::Wanted>,
    pub(crate) more_services: Option<bool>,
    pub(crate) more_tunnels: Option<bool>,
    pub(crate) more_answers: Option<bool>,
    pub(crate) trace_undecoded: Option<bool>,
    pub(crate) uid_seed: Option<String>,
}

/// `[logs]`: what is written, and where.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Logs {
    pub(crate) out: Option<PathBuf>,
    pub(crate) json: Option<bool>,
    pub(crate) extras: Option<bool>,
    #[serde(deserialize_with = "value::streams")]
    pub(crate) log: Vec<&'static LogStream>,
    #[serde(deserialize_with = "value::ages")]
    pub(crate) long_conns: Vec<Interval>,
    #[serde(deserialize_with = "value::duration")]
    pub(crate) stats_interval: Option<Duration>,
    #[serde(deserialize_with = "value::duration")]
    pub(crate) capture_loss_interval: Option<Duration>,
}

/// `[policies]`: which of them run, and with what.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Policies {
    #[serde(deserialize_with = "value::policies")]
    pub(crate) run: Vec<String>,
    pub(crate) state: Option<PathBuf>,
    pub(crate) intel: Vec<PathBuf>,
    pub(crate) intel_subdomains: Option<bool>,
    #[serde(deserialize_with = "value::age")]
    pub(crate) intel_expire: Option<Interval>,
}

/// `[archive]`: when logs are closed, where they go then, and how long they are kept.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Archive {
    #[serde(deserialize_with = "value::rotation")]
    pub(crate) rotate: Option<Interval>,
    #[serde(deserialize_with = "value::size")]
    pub(crate) rotate_size: Option<usize>,
    pub(crate) to: Option<PathBuf>,
    #[serde(deserialize_with = "value::compression")]
    pub(crate) compress: Option<Compression>,
    #[cfg(feature = "parquet")]
    pub(crate) parquet: Option<PathBuf>,
    #[cfg(feature = "parquet")]
    pub(crate) sensor: Option<String>,
    #[serde(deserialize_with = "value::age")]
    pub(crate) keep: Option<Interval>,
    #[serde(deserialize_with = "value::size")]
    pub(crate) keep_size: Option<usize>,
    #[serde(deserialize_with = "value::size")]
    pub(crate) keep_free: Option<usize>,
}

/// `[extract]`: which files are written to a folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Extract {
    #[serde(deserialize_with = "value::kinds")]
    pub(crate) types: Vec<Kind>,
    pub(crate) to: Option<PathBuf>,
    #[serde(deserialize_with = "value::size")]
    pub(crate) size: Option<usize>,
    #[serde(deserialize_with = "value::size")]
    pub(crate) total: Option<usize>,
}

/// `[process]`: how the program lives.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Process {
    pub(crate) user: Option<String>,
    #[serde(deserialize_with = "value::socket")]
    pub(crate) metrics: Option<SocketAddr>,
    #[serde(deserialize_with = "value::summary")]
    pub(crate) summary: Option<SummaryForm>,
    pub(crate) quiet: Option<bool>,
    pub(crate) verbose: Option<bool>,
}

/// Bytes of a file; the one with every key and its comments has 4 KB.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a file; with its hash, by which somebody knows it again.
///
/// # Errors
/// A file that cannot be read, or that says what it cannot.
pub(crate) fn read(path: &Path) -> Result<(File, String), ConfigError> {
    let text = value::text(path, MOST_BYTES).map_err(|source| ConfigError::open(path, source))?;
    let file = parse(&text).map_err(|error| ConfigError::text(path, &text, &error))?;
    Ok((file, values::sha256(&text)))
}

fn parse(text: &str) -> Result<File, toml::de::Error> {
    toml::from_str(text)
}
