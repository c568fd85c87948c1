//! The account of a live run for Prometheus: text exposition format 0.0.4.

use std::fmt::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gannet::{Timestamp, WorkerReport};
use gannet_logs::{ArchiveStatus, EndpointStatus, SubscriberStatus, Written};

use gannet_policy::notice::Action;

use super::http;
use crate::account::{Ledger, shed};
use crate::human;
use crate::notify::Status;

/// Time between two looks at the run.
const EVERY: Duration = Duration::from_millis(500);
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How a run stood when it was last looked at.
#[derive(Clone, Default)]
pub(super) struct Snapshot {
    pub(super) workers: Vec<WorkerReport>,
    /// Rows of each log, and how the archive stands.
    pub(super) logs: Written,
    /// Whether rows wait because they cannot be written.
    pub(super) paused: bool,
    /// How the endpoints of subscribers stand.
    pub(super) published: Vec<EndpointStatus>,
    /// How the ways stand that notices are sent by.
    pub(super) sent: Vec<(Action, Status)>,
    pub(super) late: u64,
    pub(super) waiting: u64,
    pub(super) reloads: u64,
    pub(super) now: Timestamp,
}

/// What is shown to whoever asks.
pub(super) struct Metrics {
    shown: Arc<Mutex<Arc<Snapshot>>>,
    next: Instant,
}

impl Metrics {
    /// Answers requests from now on, in threads of its own.
    ///
    /// # Errors
    /// If no thread can be had.
    pub(super) fn serve(listener: TcpListener) -> std::io::Result<Self> {
        let shown: Arc<Mutex<Arc<Snapshot>>> = Arc::default();
        let shared = Arc::clone(&shown);
        http::serve(listener, "/metrics", CONTENT_TYPE, move || {
            // Held as long as a pointer is copied.
            let snapshot = Arc::clone(&shared.lock().unwrap_or_else(PoisonError::into_inner));
            page(&snapshot)
        })?;
        Ok(Self { shown, next: Instant::now() })
    }

    /// Whether it is time for another look.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    pub(super) fn publish(&mut self, snapshot: Snapshot, now: Instant) {
        self.next = now + EVERY;
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}

/// A page in the making.
struct Page(String);

impl Page {
    /// A metric: its name, what it is, what it says, and its samples.
    fn metric<L: AsRef<str>>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        samples: impl IntoIterator<Item = (L, f64)>,
    ) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let labels = labels.as_ref();
            let _ = match labels.is_empty() {
                true => writeln!(self.0, "{name} {value}"),
                false => writeln!(self.0, "{name}{{{labels}}} {value}"),
            };
        }
    }
}

/// A label's value may hold anything but these three as they are.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn worker(id: usize) -> String {
    format!("worker=\"{}\"", id + 1)
}

/// The whole page.
pub(super) fn page(snapshot: &Snapshot) -> String {
    let mut page = Page(String::new());
    let version = format!("version=\"{}\"", escape(env!("CARGO_PKG_VERSION")));
    page.metric("gannet_build_info", "gauge", "The program.", [(version, 1.0)]);
    rings(&mut page, &snapshot.workers);
    packets(&mut page, &snapshot.workers);
    traffic(&mut page, &snapshot.workers);
    workers(&mut page, snapshot);
    run(&mut page, snapshot);
    logs(&mut page, snapshot);
    sent(&mut page, &snapshot.sent);
    published(&mut page, &snapshot.published);
    page.0
}

/// What the kernel gave, by worker and interface.
fn rings(page: &mut Page, workers: &[WorkerReport]) {
    type Of = fn(&gannet::capture::RingStatus) -> u64;
    let metrics: [(&str, &str, &str, Of); 5] = [
        ("gannet_packets_seen_total", "counter", "Packets that the kernel saw.", |ring| ring.seen),
        ("gannet_packets_dropped_total", "counter", "Packets that the kernel dropped.", |ring| ring.dropped),
        ("gannet_packets_read_total", "counter", "Packets that were read.", |ring| ring.read),
        ("gannet_interface_up", "gauge", "Whether the interface is up.", |ring| u64::from(ring.up)),
        ("gannet_ring_bytes", "gauge", "Size of the ring.", |ring| ring.bytes),
    ];
    for (name, kind, help, of) in metrics {
        let rings = workers.iter().enumerate().flat_map(|(id, report)| {
            report.status.rings.iter().map(move |ring| {
                let labels = format!("{},interface=\"{}\"", worker(id), escape(&ring.interface));
                (labels, of(ring) as f64)
            })
        });
        page.metric(name, kind, help, rings);
    }
}

/// What became of the packets that were read.
fn packets(page: &mut Page, workers: &[WorkerReport]) {
    let all = || workers.iter().enumerate();
    let left_out = all().flat_map(|(id, report)| {
        let ledger = Ledger::of(report);
        let reasons = [
            ("filtered", ledger.filtered),
            ("unusable", ledger.unusable),
            ("undecodable", ledger.undecodable),
            ("checksum", ledger.bad_checksum),
        ];
        reasons.map(|(reason, n)| (format!("{},reason=\"{reason}\"", worker(id)), n as f64))
    });
    let help = "Packets that were read and not analysed.";
    page.metric("gannet_packets_left_out_total", "counter", help, left_out);
    let analysed = all().map(|(id, report)| (worker(id), report.stats.analysed as f64));
    page.metric("gannet_packets_analysed_total", "counter", "Packets that were analysed.", analysed);
    let given_up = all().flat_map(|(id, report)| {
        shed(&report.stats)
            .map(move |(reason, n)| (format!("{},reason=\"{}\"", worker(id), escape(reason)), n as f64))
    });
    page.metric("gannet_shed_total", "counter", "State that was given up, by what it was.", given_up);
}

/// What was in the packets.
fn traffic(page: &mut Page, workers: &[WorkerReport]) {
    type Of = fn(&WorkerReport) -> u64;
    let metrics: [(&str, &str, Of); 6] = [
        ("gannet_bytes_total", "Captured bytes.", |report| report.stats.bytes),
        ("gannet_records_total", "Records that were made.", |report| report.stats.records),
        ("gannet_weirds_total", "Weirds, repeats included.", |report| report.stats.weirds),
        ("gannet_tcp_acks_total", "Acknowledgements of new bytes.", |report| report.stats.acks),
        ("gannet_tcp_gaps_total", "Acknowledgements of bytes never seen.", |report| report.stats.gaps),
        ("gannet_files_total", "Files that began.", |report| report.stats.files),
    ];
    for (name, help, of) in metrics {
        let samples = workers.iter().enumerate().map(|(id, report)| (worker(id), of(report) as f64));
        page.metric(name, "counter", help, samples);
    }
    let begun = workers.iter().enumerate().flat_map(|(id, report)| {
        let stats = &report.stats;
        let kinds = [
            ("tcp", stats.tcp_connections),
            ("udp", stats.udp_connections),
            ("icmp", stats.icmp_connections),
            ("other", stats.other_connections),
        ];
        kinds.map(|(kind, n)| (format!("{},proto=\"{kind}\"", worker(id)), n as f64))
    });
    page.metric("gannet_connections_total", "counter", "Connections that began.", begun);
}

/// What the workers hold, and how they stand.
fn workers(page: &mut Page, snapshot: &Snapshot) {
    type Of = fn(&WorkerReport) -> u64;
    let metrics: [(&str, &str, &str, Of); 7] = [
        ("gannet_connections", "gauge", "Connections in the table.", |report| report.connections as u64),
        ("gannet_timers", "gauge", "Timers in the queue.", |report| report.timers as u64),
        ("gannet_open_files", "gauge", "Files that are open.", |report| report.open_files as u64),
        ("gannet_stream_bytes", "gauge", "Bytes held for holes.", |report| report.stream_bytes as u64),
        ("gannet_file_bytes", "gauge", "Bytes held for files.", |report| report.file_bytes as u64),
        ("gannet_fragment_bytes", "gauge", "Bytes of datagrams.", |report| report.fragment_bytes as u64),
        ("gannet_worker_turns_total", "counter", "Turns of the worker's loop.", |report| report.turns),
    ];
    for (name, kind, help, of) in metrics {
        let samples = snapshot.workers.iter().enumerate();
        page.metric(name, kind, help, samples.map(|(id, report)| (worker(id), of(report) as f64)));
    }
    let behind = snapshot.workers.iter().enumerate().filter(|(_, report)| report.now > Timestamp::ZERO);
    let lag =
        behind.map(|(id, report)| (worker(id), ((snapshot.now - report.now).nanos() as f64 / 1e9).max(0.0)));
    page.metric("gannet_worker_lag_seconds", "gauge", "How far its clock is behind.", lag);
}

/// What there is once.
fn run(page: &mut Page, snapshot: &Snapshot) {
    let rows =
        snapshot.logs.logs.iter().map(|(log, rows)| (format!("log=\"{}\"", escape(log)), *rows as f64));
    page.metric("gannet_rows_total", "counter", "Rows that were written.", rows);
    let late = "Rows behind later ones, their worker being late.";
    page.metric("gannet_rows_late_total", "counter", late, [("", snapshot.late as f64)]);
    page.metric(
        "gannet_rows_waiting",
        "gauge",
        "Rows that wait for a worker.",
        [("", snapshot.waiting as f64)],
    );
    page.metric(
        "gannet_reloads_total",
        "counter",
        "Reloads that were done.",
        [("", snapshot.reloads as f64)],
    );
    let memory = human::resident_memory().map(|bytes| ("", bytes as f64));
    page.metric("process_resident_memory_bytes", "gauge", "Resident memory.", memory);
}

/// How the logs stand, and their archive if there is one.
fn logs(page: &mut Page, snapshot: &Snapshot) {
    let shed = "Rows that were dropped because they could not be written.";
    page.metric("gannet_rows_shed_total", "counter", shed, [("", snapshot.logs.shed as f64)]);
    let paused = "Whether rows wait because they cannot be written.";
    page.metric("gannet_logging_paused", "gauge", paused, [("", f64::from(u8::from(snapshot.paused)))]);
    let Some(status) = snapshot.logs.archive else { return };
    type Of = fn(&ArchiveStatus) -> u64;
    let metrics: [(&str, &str, &str, Of); 8] = [
        ("waiting", "gauge", "Logs that are closed and not archived yet.", |status| status.waiting),
        ("logs_total", "counter", "Logs that were archived.", |status| status.archived),
        ("read_bytes_total", "counter", "Bytes of the logs that were archived.", |status| status.bytes_in),
        ("written_bytes_total", "counter", "Bytes of their files in the archive.", |status| status.bytes_out),
        ("torn_bytes_total", "counter", "Bytes cut off logs that a killed run left.", |status| {
            status.torn_bytes
        }),
        ("failures_total", "counter", "Attempts to archive that failed.", |status| status.failures),
        ("expired_total", "counter", "Logs that were removed from the archive.", |status| status.expired),
        ("expired_bytes_total", "counter", "Their bytes.", |status| status.expired_bytes),
    ];
    for (name, kind, help, of) in metrics {
        page.metric(&format!("gannet_archive_{name}"), kind, help, [("", of(&status) as f64)]);
    }
}

/// Notices that were sent to somebody.
fn sent(page: &mut Page, ways: &[(Action, Status)]) {
    if ways.is_empty() {
        return;
    }
    type Of = fn(&Status) -> u64;
    let metrics: [(&str, &str, &str, Of); 5] = [
        ("gannet_notices_sent_total", "counter", "Notices that were sent.", |status| status.sent),
        ("gannet_notices_messages_total", "counter", "Messages that had them.", |status| status.messages),
        ("gannet_notices_lost_total", "counter", "Notices that could not be sent.", |status| status.lost),
        ("gannet_notices_failures_total", "counter", "Messages that were not taken.", |status| {
            status.failures
        }),
        ("gannet_notices_waiting", "gauge", "Notices that wait to be sent.", |status| status.waiting),
    ];
    for (name, kind, help, of) in metrics {
        let way = |action: &Action| format!("by=\"{}\"", action.name());
        page.metric(name, kind, help, ways.iter().map(|(action, status)| (way(action), of(status) as f64)));
    }
}

/// What subscribers got, all of an endpoint and each that is there.
fn published(page: &mut Page, endpoints: &[EndpointStatus]) {
    if endpoints.is_empty() {
        return;
    }
    type OfAll = fn(&EndpointStatus) -> f64;
    let all: [(&str, &str, OfAll); 3] = [
        ("gannet_published_rows_total", "Rows that were sent to subscribers.", |status| status.sent as f64),
        ("gannet_published_dropped_total", "Rows that no room was left for.", |status| status.dropped as f64),
        ("gannet_published_waited_seconds_total", "Time for which logs waited for room.", |status| {
            status.waited.as_secs_f64()
        }),
    ];
    let endpoint = |status: &EndpointStatus| format!("endpoint=\"{}\"", escape(&status.endpoint));
    for (name, help, of) in all {
        page.metric(name, "counter", help, endpoints.iter().map(|status| (endpoint(status), of(status))));
    }
    type Of = fn(&SubscriberStatus) -> u64;
    let each: [(&str, &str, &str, Of); 4] = [
        ("gannet_subscriber_up", "gauge", "Whether it is there.", |status| u64::from(status.connected)),
        ("gannet_subscriber_waiting", "gauge", "Rows that wait for it.", |status| status.waiting),
        ("gannet_subscriber_rows_total", "counter", "Rows that were sent to it.", |status| status.sent),
        ("gannet_subscriber_dropped_total", "counter", "Rows that it lost.", |status| status.dropped),
    ];
    for (name, kind, help, of) in each {
        let samples = endpoints.iter().flat_map(|status| {
            status.subscribers.iter().map(move |subscriber| {
                let labels = format!("{},subscriber=\"{}\"", endpoint(status), escape(&subscriber.name));
                (labels, of(subscriber) as f64)
            })
        });
        page.metric(name, kind, help, samples);
    }
}
