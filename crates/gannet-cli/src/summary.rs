//! The summary at the end: what an analyst wants to know first.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use gannet::capture::{Damage, SourceStatus, shown};
use gannet::{Stats, Timestamp, WorkerReport};
use gannet_logs::{ArchiveStatus, EndpointStatus, Written};
use serde_json::{Value, json};

use crate::account;
use crate::extract::Extracted;
use crate::human::{self, bytes, count, share, some};

/// Services named at most.
const SERVICES: usize = 10;

/// All that is known of a run when it is over.
pub(crate) struct Account<'a> {
    pub(crate) stats: &'a Stats,
    pub(crate) status: &'a SourceStatus,
    /// The workers of a live run.
    pub(crate) live: Option<&'a [WorkerReport]>,
    /// What was written.
    pub(crate) logs: Option<&'a Written>,
    /// Where logs went, if any were written.
    pub(crate) out: Option<&'a Path>,
    /// The beginning and the end of the part whose rows were wanted.
    pub(crate) part: (Option<Timestamp>, Option<Timestamp>),
    /// Whether the capture was read to its end.
    pub(crate) complete: bool,
    /// Whether checksums were verified.
    pub(crate) checksums: bool,
    pub(crate) filter: Option<&'a str>,
    pub(crate) workers: usize,
    pub(crate) elapsed: Duration,
    /// What was extracted, if anything was to be.
    pub(crate) extracted: Option<&'a Extracted>,
}

/// What `-` is called.
const STDOUT: &str = "standard output";

impl Account<'_> {
    /// Lines for people.
    pub(crate) fn text(&self) -> String {
        let mut lines = self.beginning();
        if !self.stats.services.is_empty() {
            let top = self.services().into_iter().take(SERVICES);
            lines.push(("services", join(top.map(|(name, n)| format!("{name} {}", count(n))))));
        }
        for (i, line) in self.live.map(account::table).into_iter().flatten().enumerate() {
            lines.push((if i == 0 { "live" } else { "" }, line));
        }
        if let Some(out) = self.out {
            let logs = join(self.rows().iter().map(|(name, rows)| format!("{name} {}", count(*rows))));
            let out = if out.as_os_str() == "-" { STDOUT.to_owned() } else { shown(out).to_string() };
            let text = match logs.as_str() {
                "" => "none".to_owned(),
                _ if out == STDOUT => format!("{logs} (rows, to {out})"),
                _ => format!("{logs} (rows, in {out})"),
            };
            lines.push(("logs", text));
        }
        lines.extend(self.archive().map(|text| ("archive", text)));
        lines.extend(self.published());
        lines.extend(self.extracted.map(|extracted| ("extracted", extracted.text())));
        lines.push(("run", self.run()));
        lines.extend(self.warnings());
        layout(&lines)
    }

    /// Name and rows of each log.
    fn rows(&self) -> &[(&'static str, u64)] {
        self.logs.map(|written| written.logs.as_slice()).unwrap_or_default()
    }

    /// What was archived.
    fn archive(&self) -> Option<String> {
        let status = self.logs?.archive?;
        let mut text = format!(
            "{}, {} packed into {}",
            some(status.archived, "log", "logs"),
            bytes(status.bytes_in),
            bytes(status.bytes_out)
        );
        if status.waiting > 0 {
            text += &format!("; {} for the next run", some(status.waiting, "log waits", "logs wait"));
        }
        if status.expired > 0 {
            text += &format!("; {} removed", some(status.expired, "old log", "old logs"));
        }
        Some(text)
    }

    /// What was sent to whom, a line for each.
    fn published(&self) -> impl Iterator<Item = (&'static str, String)> {
        let published = self.logs.map(|written| written.published.as_slice()).unwrap_or_default();
        published.iter().enumerate().map(|(i, status)| {
            let mut text = format!("{} to {}", some(status.sent, "row", "rows"), shown(&status.endpoint));
            for (rows, what) in [(status.dropped, "lost"), (status.waiting(), "not sent")] {
                if rows > 0 {
                    text += &format!("; {} were {what}", some(rows, "row", "rows"));
                }
            }
            (if i == 0 { "published" } else { "" }, text)
        })
    }

    /// The same without what differs from run to run.
    pub(crate) fn text_of_capture(&self) -> String {
        let mut lines = self.beginning();
        lines.extend(self.warnings());
        layout(&lines)
    }

    fn beginning(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("capture", self.capture())];
        lines.extend(self.time().map(|time| ("time", time)));
        lines.extend(self.part().map(|part| ("part", part)));
        lines.push(("connections", self.connections()));
        lines
    }

    fn warnings(&self) -> impl Iterator<Item = (&'static str, String)> {
        let concerns = self.concerns().into_iter().enumerate();
        concerns.map(|(i, concern)| (if i == 0 { "warnings" } else { "" }, concern))
    }

    /// The part whose rows were wanted.
    fn part(&self) -> Option<String> {
        let time = |at: Timestamp| format!("{} UTC", human::time(at));
        match self.part {
            (None, None) => None,
            (Some(from), None) => {
                Some(format!("rows from {} on; all else here counts from the beginning", time(from)))
            }
            (None, Some(to)) => Some(format!("up to {}", time(to))),
            (Some(from), Some(to)) => Some(format!(
                "rows from {} on, up to {}; all else here counts from the beginning",
                time(from),
                time(to)
            )),
        }
    }

    fn capture(&self) -> String {
        let (stats, files) = (self.stats, self.status.files_total);
        let from = match self.live {
            Some(_) => "from the network".to_owned(),
            None => some(files, "file", "files"),
        };
        let packets = some(stats.packets, "packet", "packets");
        let mut text = format!("{packets}, {}, {from}", bytes(stats.bytes));
        if let Some(filter) = self.filter {
            text += &format!("; {} more do not match \"{filter}\"", count(stats.filtered));
        }
        text
    }

    fn time(&self) -> Option<String> {
        let (first, last) = self.stats.first.zip(self.stats.last)?;
        let span = human::span(last - first);
        Some(format!("{} to {} UTC, {span}", human::time(first), human::time(last)))
    }

    fn connections(&self) -> String {
        let stats = self.stats;
        let kinds = [
            ("tcp", stats.tcp_connections),
            ("udp", stats.udp_connections),
            ("icmp", stats.icmp_connections),
            ("other", stats.other_connections),
        ];
        let kinds = kinds.iter().filter(|(_, n)| *n > 0);
        match join(kinds.map(|(name, n)| format!("{name} {}", count(*n)))) {
            kinds if kinds.is_empty() => "none".to_owned(),
            kinds => format!("{}: {kinds}", count(stats.connections())),
        }
    }

    /// Services, the most frequent first.
    fn services(&self) -> Vec<(&'static str, u64)> {
        let mut services: Vec<_> = self.stats.services.iter().map(|(name, n)| (*name, *n)).collect();
        services.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        services
    }

    fn run(&self) -> String {
        let rate = human::rate(self.stats.packets, self.elapsed);
        let memory =
            human::peak_memory().map_or(String::new(), |peak| format!(", {} of memory", bytes(peak)));
        let end = if self.complete { "" } else { ", interrupted: the logs are incomplete" };
        format!(
            "{:.2} s, {} packets/s, {}{memory}{end}",
            self.elapsed.as_secs_f64(),
            count(rate),
            some(self.workers as u64, "worker", "workers")
        )
    }

    /// What is wrong with the capture, in lines.
    fn concerns(&self) -> Vec<String> {
        let (stats, status) = (self.stats, self.status);
        let all = stats.connections();
        let mut lines = Vec::new();
        let mut line = |n: u64, text: &dyn Fn() -> String| lines.extend((n > 0).then(text));
        line(stats.one_sided, &|| {
            format!(
                "{} of the connections ({}) show one side only",
                share(stats.one_sided, all),
                count(stats.one_sided)
            )
        });
        line(stats.cut, &|| {
            let cut = some(stats.cut, "packet is", "packets are");
            format!("{cut} cut by the snap length ({})", share(stats.cut, stats.packets))
        });
        line(stats.with_gaps, &|| {
            let with = some(stats.with_gaps, "connection has", "connections have");
            let missed = bytes(stats.missed_bytes);
            // One acknowledgement that is made up may speak of gigabytes.
            if stats.missed_bytes > stats.bytes {
                let than = bytes(stats.bytes);
                return format!(
                    "{with} gaps: acknowledgements speak of {missed}, more than the capture's {than}; perhaps they are not true"
                );
            }
            format!("{with} gaps: {missed} were acknowledged and never captured")
        });
        line(self.bad_checksums(), &|| self.checksum_line());
        line(stats.unusable, &|| {
            let unusable = some(stats.unusable, "packet", "packets");
            format!(
                "{unusable} could not be used: {} with a time before 1970 or after 2199",
                count(stats.bad_times)
            )
        });
        for (link, packets) in &stats.unknown_links {
            line(*packets, &|| {
                format!("link type {link} (DLT) is not known: {}", some(*packets, "packet", "packets"))
            });
        }
        line(status.damages.len() as u64, &|| {
            let damaged = some(status.damages.len() as u64, "file is", "files are");
            format!("{damaged} cut or damaged; what comes before the damage was read")
        });
        line(status.skipped_total, &|| {
            let skipped = some(status.skipped_total, "file in a directory is", "files in directories are");
            format!("{skipped} no capture and left out (-v says which)")
        });
        line(self.logs.map_or(0, |written| written.shed), &|| {
            "rows were dropped because they could not be written, see the messages above".to_owned()
        });
        line(self.shed(), &|| "some state was given up, see the messages above".to_owned());
        lines
    }

    fn bad_checksums(&self) -> u64 {
        self.stats.bad_ip_checksums + self.stats.bad_tcp_checksums + self.stats.bad_udp_checksums
    }

    fn checksum_line(&self) -> String {
        let stats = self.stats;
        let kinds = [
            ("ip", stats.bad_ip_checksums),
            ("tcp", stats.bad_tcp_checksums),
            ("udp", stats.bad_udp_checksums),
        ];
        let kinds = kinds.iter().filter(|(_, n)| *n > 0);
        let kinds = join(kinds.map(|(name, n)| format!("{name} {}", count(*n))));
        let bad = some(self.bad_checksums(), "packet has a wrong checksum", "packets have wrong checksums");
        format!("{bad} and were ignored: {kinds} (-C uses them)")
    }

    fn shed(&self) -> u64 {
        account::shed(self.stats).map(|(_, n)| n).sum()
    }

    /// One object for programs.
    pub(crate) fn json(&self) -> String {
        format!("{}\n", self.object())
    }

    /// The same as a value.
    pub(crate) fn object(&self) -> Value {
        let stats = self.stats;
        let logs: serde_json::Map<String, Value> =
            self.rows().iter().map(|(name, rows)| ((*name).to_owned(), json!(rows))).collect();
        let span = stats.first.zip(stats.last).map(|(first, last)| seconds((last - first).nanos()));
        let mut object = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "complete": self.complete,
            "packets": stats.packets,
            "bytes": stats.bytes,
            "filter": self.filter,
            "filtered": stats.filtered,
            "first": stats.first.map(since_1970),
            "last": stats.last.map(since_1970),
            "span": span,
            "connections": {
                "total": stats.connections(),
                "tcp": stats.tcp_connections,
                "udp": stats.udp_connections,
                "icmp": stats.icmp_connections,
                "other": stats.other_connections,
            },
            "services": stats.services,
            "logs": logs,
            "directory": self.out.map(Path::to_string_lossy),
            "from": self.part.0.map(since_1970),
            "to": self.part.1.map(since_1970),
            "capture": self.quality(),
            "given_up": account::shed(stats).collect::<BTreeMap<_, _>>(),
            "workers": self.workers,
            "seconds": self.elapsed.as_secs_f64(),
            "peak_memory": human::peak_memory(),
        });
        if let (Some(workers), Some(object)) = (self.live, object.as_object_mut()) {
            object.insert("live".to_owned(), account::json(workers));
        }
        if let (Some(written), Some(object)) = (self.logs, object.as_object_mut()) {
            object.insert("rows_shed".to_owned(), json!(written.shed));
            if !written.published.is_empty() {
                let endpoint = |status: &EndpointStatus| json!({ "endpoint": status.endpoint, "sent": status.sent, "dropped": status.dropped, "unsent": status.waiting() });
                object.insert("published".to_owned(), written.published.iter().map(endpoint).collect());
            }
            object.extend(written.archive.map(|status| ("archive".to_owned(), archive_json(&status))));
        }
        if let (Some(extracted), Some(object)) = (self.extracted, object.as_object_mut()) {
            object.insert("extracted".to_owned(), extracted.json());
        }
        object
    }

    /// What is wrong with the capture, for programs.
    fn quality(&self) -> Value {
        let (stats, status) = (self.stats, self.status);
        let damage = |damage: &Damage| json!({ "file": damage.path.to_string_lossy(), "offset": damage.offset, "what": damage.what });
        let link = |(dlt, packets): (&u16, &u64)| json!({ "dlt": dlt, "packets": packets });
        json!({
            "files": status.files_total,
            "files_passed_over": status.skipped_total,
            "damaged": status.damages.iter().map(damage).collect::<Vec<_>>(),
            "one_sided": stats.one_sided,
            "one_sided_share": stats.one_sided as f64 / stats.connections().max(1) as f64,
            "cut_by_snap_length": stats.cut,
            "connections_with_gaps": stats.with_gaps,
            "missed_bytes": stats.missed_bytes,
            "checksums_verified": self.checksums,
            "bad_checksums": {
                "ip": stats.bad_ip_checksums,
                "tcp": stats.bad_tcp_checksums,
                "udp": stats.bad_udp_checksums,
            },
            "unusable": { "total": stats.unusable, "bad_times": stats.bad_times },
            "unknown_link_types": stats.unknown_links.iter().map(link).collect::<Vec<_>>(),
            "fragments": stats.fragments,
            "weirds": stats.weirds,
        })
    }
}

/// How the archive stands, for programs.
fn archive_json(status: &ArchiveStatus) -> Value {
    json!({
        "waiting": status.waiting,
        "archived": status.archived,
        "bytes_in": status.bytes_in,
        "bytes_out": status.bytes_out,
        "torn_bytes": status.torn_bytes,
        "failures": status.failures,
        "expired": status.expired,
        "expired_bytes": status.expired_bytes,
    })
}

/// Lines with their names in front.
fn layout(lines: &[(&'static str, String)]) -> String {
    lines.iter().map(|(name, text)| format!("{name:<12} {text}\n")).collect()
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn since_1970(at: Timestamp) -> f64 {
    seconds(at.nanos())
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}
