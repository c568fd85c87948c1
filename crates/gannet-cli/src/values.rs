//! What the values of options look like, on the command line and in a configuration file.

use std::hash::Hasher;
use std::net::SocketAddr;
use std::time::Duration;

use gannet::capture::live::LiveOptions;
use gannet::events::LogStream;
use gannet::{Balance, Interval};
use gannet_logs::{Compression, Query, Rotation};
use gannet_policy::notice;
use sha2::{Digest, Sha256};
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::streams::logs;

/// Bytes of the smallest ring.
const LEAST_RING: usize = LiveOptions::LEAST_RING_BYTES;
/// Processors that can be named.
const MOST_CPUS: usize = 4096;
/// Seconds of a year.
const MOST_AGE: u64 = 365 * 86_400;

/// What decides which worker a packet goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Spread {
    /// The pair of addresses.
    #[default]
    Pair,
    /// Addresses and ports.
    Flow,
}

impl From<Spread> for Balance {
    fn from(spread: Spread) -> Self {
        match spread {
            Spread::Pair => Self::Pair,
            Spread::Flow => Self::Flow,
        }
    }
}

/// How a run is summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SummaryForm {
    /// Lines for people, on standard error.
    #[default]
    Text,
    /// One JSON object, on standard output.
    Json,
}

/// Processors, in the order in which workers get them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cpus(pub(crate) Vec<usize>);

impl Cpus {
    /// The processor of a worker; when there are more workers, they share.
    pub(crate) fn of(&self, worker: usize) -> Option<usize> {
        self.0.get(worker % self.0.len().max(1)).copied()
    }
}

/// Rows that are wanted of some logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// The logs.
    pub(crate) logs: Vec<&'static str>,
    /// The predicate.
    pub(crate) text: String,
}

/// `conn,dns: id.resp_p == 53`
pub(crate) fn condition(text: &str) -> Result<Condition, String> {
    let expected = "expected logs, a colon and a predicate, such as 'conn: id.resp_p == 443'";
    let (logs, predicate) = text.split_once(':').ok_or(expected)?;
    let logs = logs.split(',').map(|name| stream(name.trim()).map(|stream| stream.name));
    let logs = logs.collect::<Result<_, _>>()?;
    Query::parse(predicate.trim()).map_err(|error| error.to_string())?;
    Ok(Condition { logs, text: predicate.trim().to_owned() })
}

/// The name of a spread.
pub(crate) fn spread(text: &str) -> Result<Spread, String> {
    clap::ValueEnum::from_str(text, false).map_err(|_| "expected pair or flow".to_owned())
}

/// `2-9,12`
pub(crate) fn cpus(text: &str) -> Result<Cpus, String> {
    let wrong = || format!("expected numbers of processors below {MOST_CPUS}, such as 2-9,12");
    let number = |text: &str| text.trim().parse().ok().filter(|n| *n < MOST_CPUS).ok_or_else(wrong);
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let range = number(first)?..=number(last)?;
        if range.is_empty() {
            return Err(wrong());
        }
        for cpu in range {
            if cpus.contains(&cpu) {
                return Err(format!("processor {cpu} is named twice"));
            }
            cpus.push(cpu);
        }
    }
    Ok(Cpus(cpus))
}

/// A number of worker threads.
pub(crate) fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=256) => Ok(n),
        _ => Err("expected a number from 1 to 256".to_owned()),
    }
}

/// A number of rows.
pub(crate) fn top(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=1000) => Ok(n),
        _ => Err("expected a number from 1 to 1000".to_owned()),
    }
}

/// Bytes: `65536`, `512k`, `64M`, `2G`.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: usize = match text.get(digits.len()..).unwrap_or_default() {
        "" => 1,
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        "g" | "G" => 1 << 30,
        _ => 0,
    };
    let bytes = digits.parse::<usize>().ok().and_then(|n| n.checked_mul(unit)).filter(|n| *n > 0);
    bytes.ok_or_else(|| "expected a number of bytes such as 65536, 512k, 64M or 2G".to_owned())
}

/// Bytes of a ring: a size that a ring can have.
pub(crate) fn ring_size(text: &str) -> Result<usize, String> {
    let bytes = size(text)?;
    if bytes < LEAST_RING {
        return Err(format!("a ring of {bytes} bytes is too small: expected at least {}K", LEAST_RING >> 10));
    }
    Ok(bytes)
}

/// An address and a port of this host: `127.0.0.1:9991`, `[::1]:9991`.
pub(crate) fn socket(text: &str) -> Result<SocketAddr, String> {
    let expected = || "expected an address and a port, such as 127.0.0.1:9991 or [::1]:9991".to_owned();
    text.parse().map_err(|_| expected())
}

/// A time: `30` or `30s`, `500ms`, `5min`, `1h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "ms" => 1,
        "" | "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let time = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).filter(|n| *n > 0);
    time.map(Duration::from_millis)
        .ok_or_else(|| "expected a time above zero, such as 30s, 500ms, 5min or 1h".to_owned())
}

/// An age of a connection: a time of a second or more, also in days, such as `10min` or `1d`.
pub(crate) fn age(text: &str) -> Result<Interval, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
    let time = match days.map(|days| days.checked_mul(86_400)) {
        Some(seconds) => seconds.map(Duration::from_secs),
        None => duration(text).ok(),
    };
    let age = time.filter(|time| *time >= Duration::from_secs(1)).map(|time| time.as_secs());
    let age = age.filter(|seconds| *seconds <= MOST_AGE).and_then(|seconds| i64::try_from(seconds).ok());
    age.map(Interval::from_secs)
        .ok_or_else(|| "expected an age such as 90s, 10min, 1h or 1d, a year at most".to_owned())
}

/// A time to wait in the packet path, ten seconds at most.
pub(crate) fn wait(text: &str) -> Result<Interval, String> {
    let time = duration(text).ok().filter(|time| *time <= Duration::from_secs(10));
    let nanos = time.and_then(|time| i64::try_from(time.as_nanos()).ok());
    nanos
        .map(Interval::from_nanos)
        .ok_or_else(|| "expected a time such as 50ms, 100ms or 1s, 10s at most".to_owned())
}

/// Time after which logs are closed: a second or more, and a day at most.
pub(crate) fn rotation(text: &str) -> Result<Interval, String> {
    let every = age(text).ok().filter(|every| *every <= Rotation::LONGEST);
    every.ok_or_else(|| "expected an interval such as 5min, 1h or 1d, from a second to a day".to_owned())
}

/// How archived logs are compressed.
pub(crate) fn compression(text: &str) -> Result<Compression, String> {
    match text {
        "gzip" => Ok(Compression::Gzip),
        "zstd" => Ok(Compression::Zstd),
        "none" => Ok(Compression::None),
        _ => Err("expected gzip, zstd or none".to_owned()),
    }
}

/// The stream of a log's name.
pub(crate) fn stream(name: &str) -> Result<&'static LogStream, String> {
    let known = logs();
    known.iter().find(|stream| stream.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|stream| stream.name).collect();
        format!("there is no such log; expected one of {}", names.join(", "))
    })
}

/// The name of a policy, of a set of them, or `none`.
pub(crate) fn policy(name: &str) -> Result<String, String> {
    if name != NO_POLICY {
        gannet_policy::select([name]).map_err(|error| format!("{error}, or {NO_POLICY}"))?;
    }
    Ok(name.to_owned())
}

/// The name of no policy, for who does without those that the configuration file names.
pub(crate) const NO_POLICY: &str = "none";

/// A type of notices, or the beginning of some with `*` behind it.
pub(crate) fn notice(name: &str) -> Result<String, String> {
    let known = gannet_policy::notices();
    if known.iter().any(|note| notice::matches(name, note)) {
        return Ok(name.to_owned());
    }
    let alike = known.iter().map(|note| (strsim::jaro_winkler(name, note), note));
    Err(match alike.max_by(|(one, _), (other, _)| one.total_cmp(other)) {
        Some((likeness, meant)) if likeness > 0.85 => {
            format!("there are no notices of that type; did you mean {meant}?")
        }
        _ => "there are no notices of that type; gannet policy list shows all".to_owned(),
    })
}

/// The hash of a text, hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name of this host, or `sensor` where it has none.
pub(crate) fn host_name() -> String {
    let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "sensor".to_owned())
}

/// A key for connection ids from any text.
pub(crate) fn seed(text: &str) -> u128 {
    let mut hasher = SipHasher24::new_with_keys(0x6761_6e6e_6574, 0x7569_6473);
    hasher.write(text.as_bytes());
    hasher.finish128().as_u128()
}
