//! What the program knows: its analyzers, of connections and of files, and its logs.

use gannet::analyzers::{Descriptor, REGISTRY, Transport};
use gannet::events::LogStream;
use gannet::files::{self, FileDescriptor};
use gannet_logs::{Format, Options, documentation, schemas, streams};

use crate::args::SchemaArgs;

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
    records.iter().map(|stream| format!("{}.log", stream.name)).collect()
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

/// The columns of every log, as JSON Schema or as tables.
pub(crate) fn schema(args: &SchemaArgs) -> String {
    let options = Options::new(Format::Json).with_extras(!args.no_extras);
    if args.markdown { documentation(&streams(), &options) } else { schemas(&streams(), &options) }
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
