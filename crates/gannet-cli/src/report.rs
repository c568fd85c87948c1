//! What the program says of its run, as rows of `packet_filter` and `reporter` and as warnings.

use gannet::capture::SourceStatus;
use gannet::events::{Enum, LogStream, Record};
use gannet::{Shed, Stats, Summary, Timestamp};
use gannet_logs::{CaptureLoss, FilterRows, LogSink, PacketFilter, Reporter, StatsLog, level};

use crate::args::Args;
use crate::human::{count, some};
use crate::rows;

/// The filter that lets everything through, in Zeek's words.
pub(crate) const EVERYTHING: &str = "ip or not ip";
/// Share of wrong checksums from which offloading is the likely reason.
const OFFLOADED: f64 = 0.05;

/// One message about a run.
pub(crate) struct Message {
    level: Enum,
    /// The text in `reporter.log`, where there is none if Zeek has a row of another log for it, or none at all.
    logged: Option<String>,
    /// The text for whoever started the run, if it helps.
    pub(crate) told: Option<String>,
}

impl Message {
    fn new(level: Enum, text: String) -> Self {
        Self { level, logged: Some(text.clone()), told: Some(text) }
    }

    /// A warning for whoever started the run, and for no log.
    fn told(text: String) -> Self {
        Self { level: level::WARNING, logged: None, told: Some(text) }
    }
}

/// Everything worth a message, the gravest last.
pub(crate) fn messages(summary: &Summary, status: &SourceStatus, checksums: bool) -> Vec<Message> {
    let mut messages: Vec<Message> =
        status.damages.iter().map(|damage| Message::new(level::WARNING, damage.to_string())).collect();
    messages.extend(unreadable(summary));
    messages.extend(bad_times(&summary.stats));
    messages.extend(without_bytes(&summary.stats));
    if checksums {
        messages.extend(bad_headers(&summary.stats));
        messages.extend(offloading(&summary.stats));
    }
    messages.extend(control_only(&summary.stats));
    messages.extend(shed(&summary.stats));
    messages
}

/// Packets that could not be looked at.
fn unreadable(summary: &Summary) -> Vec<Message> {
    let links = summary.stats.unknown_links.iter().map(|(link, packets)| {
        format!("link type {link} (DLT) is not known: {} read as raw IP", some(*packets, "packet", "packets"))
    });
    let filters =
        summary.filter_failures.iter().map(|failure| format!("{failure}; its packets are left out"));
    links.chain(filters).map(|text| Message::new(level::WARNING, text)).collect()
}

/// Packets whose times cannot be. What a clock that was never set, or a program that took one unit of time for another, has
/// written can be put right.
fn bad_times(stats: &Stats) -> Option<Message> {
    let bad = stats.bad_times;
    (bad > 0).then(|| {
        let of = stats.packets + stats.unusable;
        let packets = if of == 1 { "the only packet".to_owned() } else { format!("{} of {} packets", count(bad), count(of)) };
        Message::told(format!(
            "set the times of the capture right (editcap -t SECONDS shifts them): {packets} could not be used, for they \
             have times before 1970 or after 2199"
        ))
    })
}

/// Records that hold nothing.
fn without_bytes(stats: &Stats) -> Option<Message> {
    let empty = stats.unusable.saturating_sub(stats.bad_times);
    let text = || {
        format!(
            "{} no bytes and could not be used",
            some(empty, "record of the capture has", "records of the capture have")
        )
    };
    (empty > 0).then(|| Message::told(text()))
}

/// Whether a count of wrong checksums is so high that it says more of the capture than of the network.
fn many(bad: u64, stats: &Stats) -> bool {
    bad as f64 / stats.packets.max(1) as f64 > OFFLOADED
}

/// Wrong checksums of IP headers in such a number. Zeek has no message for them.
fn bad_headers(stats: &Stats) -> Option<Message> {
    let bad = stats.bad_ip_checksums;
    many(bad, stats).then(|| {
        Message::told(format!(
            "use -C: {} of {} packets have wrong IP checksums and were ignored; -C does not look at checksums",
            count(bad),
            count(stats.packets)
        ))
    })
}

/// Wrong checksums in such a number that the recording host's network card was to fill them in.
fn offloading(stats: &Stats) -> Option<Message> {
    let (tcp, udp) = (stats.bad_tcp_checksums, stats.bad_udp_checksums);
    if !many(tcp, stats) && !many(udp, stats) {
        return None;
    }
    let which = match (tcp > 0, udp > 0) {
        (true, true) => "TCP and UDP",
        (true, false) => "TCP",
        _ => "UDP",
    };
    Some(Message {
        level: level::WARNING,
        logged: Some(format!(
            "Your trace file likely has invalid {which} checksums, most likely from NIC checksum offloading.  By \
             default, packets with invalid checksums are discarded by Zeek unless using the -C command-line option or \
             toggling the 'ignore_checksums' variable.  Alternatively, disable checksum offloading by the network \
             adapter to ensure Zeek analyzes the actual checksums that are transmitted."
        )),
        told: Some(format!(
            "use -C: {} of {} packets have wrong {which} checksums and were ignored; most likely the network card of the \
             recording host was to fill them in; -C does not look at checksums",
            count(tcp + udp),
            count(stats.packets)
        )),
    })
}

/// A capture that somebody has filtered down to the beginnings and ends of connections.
fn control_only(stats: &Stats) -> Option<Message> {
    let tcp = stats.tcp_connections;
    if tcp == 0 || tcp != stats.connections() || stats.tcp_with_data > 0 {
        return None;
    }
    // Data that was ignored, for its checksums are wrong, was not removed by a filter: another warning says so.
    let ignored = stats.bad_tcp_checksums > 0;
    let told = "the capture holds TCP control packets only; perhaps a filter removed the data before";
    Some(Message {
        level: level::WARNING,
        logged: Some("The analyzed trace file was determined to contain only TCP control packets, which may indicate it's \
                 been pre-filtered.  By default, Zeek reports the missing segments for this type of trace, but the \
                 'detect_filtered_trace' option may be toggled if that's not desired."
            .to_owned()),
        told: (!ignored).then(|| told.to_owned()),
    })
}

/// What was given up, to stay within memory or because of a defect.
fn shed(stats: &Stats) -> Vec<Message> {
    let shed = Shed::ALL.iter().map(|what| (stats.shed.of(*what), what.says())).filter(|(n, _)| *n > 0);
    let mut messages: Vec<Message> =
        shed.map(|(n, what)| Message::new(level::WARNING, format!("{} {what}", count(n)))).collect();
    if stats.panics > 0 {
        let text =
            format!("{} analyzers ended by a defect of the program; please report it", count(stats.panics));
        messages.push(Message::new(level::ERROR, text));
    }
    messages
}

/// The capture's clock at the end of a run; it is never below one second.
pub(crate) fn end(stats: &Stats) -> Timestamp {
    let least = Timestamp::from_parts(1, 0);
    stats.last.map_or(least, |last| last.max(least))
}

/// Writes the rows that no packet raises.
pub(crate) fn write(sink: &mut LogSink, args: &Args, stats: &Stats, messages: &[Message]) {
    let expression = args.input.filter_text().unwrap_or(EVERYTHING);
    let first = stats.first.unwrap_or_default();
    let filter = packet_filter(first, expression, true, None);
    let (ts, mut rows) = (end(stats), Rows::new(sink, args));
    // The clock by which logs are closed does not go back.
    let now = if args.archiving().is_some() { ts } else { first };
    rows.write(now, PacketFilter::STREAM, &filter);
    if args.live.stats_interval.is_some() {
        rows.write(ts, StatsLog::STREAM, &rows::row_of_run(ts, stats));
    }
    if args.live.capture_loss_interval.is_some() && !args.policy_measures_loss() {
        let span = ts - stats.first.unwrap_or(ts);
        rows.write(ts, CaptureLoss::STREAM, &rows::loss_of_run(ts, span, stats));
    }
    write_messages(sink, args, ts, messages);
}

/// Writes messages to `reporter.log`, with the time at which they were put together.
pub(crate) fn write_messages(sink: &mut LogSink, args: &Args, ts: Timestamp, messages: &[Message]) {
    let mut rows = Rows::new(sink, args);
    for Message { level, logged, .. } in messages {
        let Some(message) = logged.clone() else { continue };
        let row = Reporter { ts, level: *level, message, location: None };
        rows.write(ts, Reporter::STREAM, &row);
    }
}

/// A row for a filter that was set, or could not be.
pub(crate) fn packet_filter(
    ts: Timestamp,
    expression: &str,
    init: bool,
    failure_reason: Option<String>,
) -> PacketFilter {
    PacketFilter {
        ts,
        node: Some("zeek".to_owned()),
        filter: expression.to_owned(),
        init,
        success: failure_reason.is_none(),
        failure_reason,
    }
}

/// Rows on the way to their logs.
struct Rows<'a> {
    sink: &'a mut LogSink,
    args: &'a Args,
    rows: FilterRows,
}

impl<'a> Rows<'a> {
    fn new(sink: &'a mut LogSink, args: &'a Args) -> Self {
        Self { sink, args, rows: FilterRows::new(args.filters.clone(), args.options()) }
    }

    fn write(&mut self, now: Timestamp, stream: &'static LogStream, record: &dyn Record) {
        if self.args.wants(stream) {
            rows::write(&mut self.rows, self.sink, now, record);
        }
    }
}
