//! What the program knows: its analyzers, of connections and of files, and its logs.

use std::fmt::Write;

use gannet::analyzers::{Descriptor, REGISTRY, Transport};
use gannet::events::LogStream;
use gannet::files::{self, FileDescriptor};
use gannet_logs::{
    Format, Options, columns, documentation, kind_text, one_line, schema as schema_of, schemas,
};
use gannet_policy::Policy;
use gannet_policy::settings::{Hosts, Kind};

use crate::args::SchemaArgs;
use crate::streams::logs as all_logs;

/// Every analyzer: name and what it is, what it looks into, logs.
pub(crate) fn analyzers() -> String {
    let of_connections = REGISTRY.iter().map(|analyzer| connections(analyzer));
    let of_files = files::REGISTRY.iter().map(|analyzer| contents(analyzer));
    of_connections.chain(of_files).collect::<Vec<_>>().join("\n")
}

fn connections(analyzer: &Descriptor) -> String {
    format!(
        "{}: {}\n  ports     {}\n  detected  {}\n  logs      {}\n",
        analyzer.name,
        analyzer.doc,
        or_none(ports(analyzer)),
        detected(analyzer),
        or_none(logs(analyzer.records)),
    )
}

fn contents(analyzer: &FileDescriptor) -> String {
    format!(
        "{}: {}\n  files     {}\n  logs      {}\n",
        analyzer.name,
        analyzer.doc,
        or_none(analyzer.mimes.iter().map(|mime| (*mime).to_owned()).collect()),
        or_none(logs(analyzer.records)),
    )
}

fn logs(records: &[&LogStream]) -> Vec<String> {
    let logs = records.iter().filter(|stream| !stream.internal);
    logs.map(|stream| format!("{}.log", stream.name)).collect()
}

fn ports(analyzer: &Descriptor) -> Vec<String> {
    let name = |transport| match transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
        _ => "other",
    };
    analyzer.ports.iter().map(|(transport, port)| format!("{port}/{}", name(*transport))).collect()
}

fn detected(analyzer: &Descriptor) -> &'static str {
    match (analyzer.probe.is_some(), analyzer.ports.is_empty()) {
        (true, false) => "by content on any port, and by port",
        (true, true) => "by content on any port",
        (false, false) => "by port",
        (false, true) => "by other analyzers",
    }
}

fn or_none(words: Vec<String>) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(" ") }
}

/// Every policy: name and what it tells, whether it is in the set `local`, logs.
pub(crate) fn policies() -> String {
    let of = |policy: &&Policy| {
        let set = if policy.local { gannet_policy::LOCAL } else { "none" };
        let logs = or_none(logs(policy.logs()));
        let notices = or_none(policy.raises.iter().map(|note| (*note).to_owned()).collect());
        let Policy { name, doc, .. } = policy;
        let mut text =
            format!("{name}: {doc}\n  sets      {set}\n  logs      {logs}\n  notices   {notices}\n");
        for setting in policy.settings {
            let _ = writeln!(text, "  setting   {}: {}{}", setting.name, setting.doc, default(setting.kind));
        }
        text
    };
    gannet_policy::REGISTRY.iter().map(of).collect::<Vec<_>>().join("\n")
}

/// What holds unless somebody sets it.
fn default(kind: Kind) -> String {
    match kind {
        Kind::Count(count) => format!(" [default: {count}]"),
        Kind::Percent(percent) => format!(" [default: {percent}]"),
        Kind::Time(time) => format!(" [default: {}]", length(time)),
        Kind::Hosts(hosts) => {
            let name = Hosts::NAMED.iter().find(|(_, named)| *named == hosts).map_or("", |(name, _)| *name);
            format!(" [default: {name}]")
        }
        _ => String::new(),
    }
}

/// A time as the configuration file has it.
fn length(time: gannet::Interval) -> String {
    let seconds = time.nanos() / 1_000_000_000;
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let unit = units.into_iter().find(|(length, _)| seconds % length == 0);
    unit.map(|(length, name)| format!("{}{name}", seconds / length)).unwrap_or_default()
}

/// The columns of logs: as text for people, as JSON Schema or as tables in Markdown.
pub(crate) fn schema(args: &SchemaArgs) -> String {
    let options = Options::new(Format::Json).with_extras(!args.no_extras);
    let logs = if args.logs.is_empty() { all_logs() } else { args.logs.clone() };
    match logs.as_slice() {
        [log] if args.json => schema_of(log, &options),
        logs if args.json => schemas(logs, &options),
        logs if args.markdown => documentation(logs, &options),
        logs => logs.iter().map(|log| columns_of(log, &options)).collect::<Vec<_>>().join("\n"),
    }
}

/// The columns of a log: name, type, meaning.
fn columns_of(log: &LogStream, options: &Options) -> String {
    let columns = columns(log, options);
    let names = columns.iter().map(|column| column.name.len()).max().unwrap_or_default();
    let kinds: Vec<String> = columns.iter().map(|column| kind_text(column.kind)).collect();
    let widest = kinds.iter().map(String::len).max().unwrap_or_default();
    let mut out = format!("{}.log: {}\n", log.name, one_line(log.doc));
    for (column, kind) in columns.iter().zip(&kinds) {
        let extra = if column.extra { " (not in Zeek's log)" } else { "" };
        out += &format!("  {:<names$}  {kind:<widest$}  {}{extra}\n", column.name, one_line(column.doc));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn analyzers_of_files_are_shown_with_their_types() {
        static PAPERS: FileDescriptor = FileDescriptor::new("PAPERS", |_| unreachable!("nothing is read"))
            .doc("Reads papers")
            .mimes(&["application/pdf", "application/postscript"])
            .records(&[files::FileInfo::STREAM]);
        let text = "PAPERS: Reads papers\n  files     application/pdf application/postscript\n  logs      files.log\n";
        assert_eq!(contents(&PAPERS), text);
        assert_eq!(contents(&PAPERS.mimes(&[]).records(&[])).matches("none").count(), 2);
    }
}
