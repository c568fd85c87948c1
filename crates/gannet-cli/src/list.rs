//! What the program knows: its analyzers and its logs.

use std::fmt::Write;

use gannet::analyzers::{Descriptor, REGISTRY, Transport};
use gannet_logs::{Format, Options, documentation, schemas, streams};

use crate::args::SchemaArgs;

/// Every analyzer: name and what it is, ports, detection, logs.
pub(crate) fn analyzers() -> String {
    let mut out = String::new();
    for analyzer in REGISTRY {
        if !out.is_empty() {
            out.push('\n');
        }
        let logs: Vec<String> =
            analyzer.records.iter().map(|stream| format!("{}.log", stream.name)).collect();
        let _ = write!(
            out,
            "{}: {}\n  ports     {}\n  detected  {}\n  logs      {}\n",
            analyzer.name,
            analyzer.doc,
            or_none(ports(analyzer)),
            detected(analyzer),
            or_none(logs),
        );
    }
    out
}

fn ports(analyzer: &Descriptor) -> Vec<String> {
    let name = |transport| match transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
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

/// The columns of every log, as JSON Schema or as tables.
pub(crate) fn schema(args: &SchemaArgs) -> String {
    let options = Options::new(Format::Json).with_extras(!args.no_extras);
    if args.markdown { documentation(&streams(), &options) } else { schemas(&streams(), &options) }
}
