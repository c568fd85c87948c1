//! What the program says of its run, as rows of `packet_filter` and `reporter` and as warnings.

use gannet::capture::SourceStatus;
use gannet::events::{Enum, LogStream, Record};
use gannet::{Shed, Stats, Summary, Timestamp};
use gannet_logs::{CaptureLoss, Formatter, LogSink, PacketFilter, Reporter, StatsLog, level};

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
    /// The text in `reporter.log`.
    logged: String,
    /// The text for whoever started the run.
    pub(crate) told: String,
}

impl Message {
    fn new(level: Enum, text: String) -> Self {
        Self { level, logged: text.clone(), told: text }
    }
}

/// Everything worth a message, the gravest last.
pub(crate) fn messages(summary: &Summary, status: &SourceStatus, checksums: bool) -> Vec<Message> {
    let mut messages: Vec<Message> =
        status.damages.iter().map(|damage| Message::new(level::WARNING, damage.to_string())).collect();
    messages.extend(unreadable(summary));
    if checksums {
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

/// Wrong checksums in such a number that the recording host's network card was to fill them in.
fn offloading(stats: &Stats) -> Option<Message> {
    let many = |bad: u64| bad as f64 / stats.packets.max(1) as f64 > OFFLOADED;
    let (tcp, udp) = (stats.bad_tcp_checksums, stats.bad_udp_checksums);
    if !many(tcp) && !many(udp) {
        return None;
    }
    let which = match (tcp > 0, udp > 0) {
        (true, true) => "TCP and UDP",
        (true, false) => "TCP",
        _ => "UDP",
    };
    Some(Message {
        level: level::WARNING,
        logged: format!(
            "Your trace file likely has invalid {which} checksums, most likely from NIC checksum offloading.  By \
             default, packets with invalid checksums are discarded by Zeek unless using the -C command-line option or \
             toggling the 'ignore_checksums' variable.  Alternatively, disable checksum offloading by the network \
             adapter to ensure Zeek analyzes the actual checksums that are transmitted."
        ),
        told: format!(
            "{} of {} packets have wrong {which} checksums and were ignored; most likely the network card of the \
             recording host was to fill them in: -C uses such packets",
            count(tcp + udp),
            count(stats.packets)
        ),
    })
}

/// A capture that somebody has filtered down to the beginnings and ends of connections.
fn control_only(stats: &Stats) -> Option<Message> {
    let tcp = stats.tcp_connections;
    if tcp == 0 || tcp != stats.connections() || stats.tcp_with_data > 0 {
        return None;
    }
    Some(Message {
        level: level::WARNING,
        logged: "The analyzed trace file was determined to contain only TCP control packets, which may indicate it's \
                 been pre-filtered.  By default, Zeek reports the missing segments for this type of trace, but the \
                 'detect_filtered_trace' option may be toggled if that's not desired."
            .to_owned(),
        told: "the capture holds TCP control packets only; perhaps a filter removed the data before".to_owned(),
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
    let ts = stats.first.unwrap_or_default();
    let expression = args.input.filter_text().unwrap_or(EVERYTHING);
    Rows::new(sink, args).write(ts, PacketFilter::STREAM, &packet_filter(ts, expression, true, None));
    let (ts, mut rows) = (end(stats), Rows::new(sink, args));
    if args.live.stats_interval.is_some() {
        rows.write(ts, StatsLog::STREAM, &rows::row_of_run(ts, stats));
    }
    if args.live.capture_loss_interval.is_some() {
        let span = ts - stats.first.unwrap_or(ts);
        rows.write(ts, CaptureLoss::STREAM, &rows::loss_of_run(ts, span, stats));
    }
    write_messages(sink, args, ts, messages);
}

/// Writes messages to `reporter.log`, with the time at which they were put together.
pub(crate) fn write_messages(sink: &mut LogSink, args: &Args, ts: Timestamp, messages: &[Message]) {
    let mut rows = Rows::new(sink, args);
    for message in messages {
        let row = Reporter { ts, level: message.level, message: message.logged.clone(), location: None };
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
    formatter: Formatter,
}

impl<'a> Rows<'a> {
    fn new(sink: &'a mut LogSink, args: &'a Args) -> Self {
        Self { sink, args, formatter: Formatter::new(args.options()) }
    }

    fn write(&mut self, now: Timestamp, stream: &'static LogStream, record: &dyn Record) {
        if self.args.wants(stream) {
            let row = rows::format(&mut self.formatter, now, record);
            self.sink.row(stream, now, &row);
        }
    }
}
