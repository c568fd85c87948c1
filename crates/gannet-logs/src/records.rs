//! Records about the run itself, which no packet raises.

use gannet::Timestamp;
use gannet::events::Stream;

/// Every log that there can be, by name: the engine's, and that of this module.
pub fn streams() -> Vec<&'static Stream> {
    let mut streams = gannet::analyzers::streams();
    streams.push(PacketFilter::STREAM);
    streams.sort_unstable_by_key(|stream| stream.name);
    streams
}

/// Zeek's own name of a log, as scripts call it and weirds quote it: `X509::LOG` for `x509`. Most are the log's name in
/// capitals.
pub(crate) fn zeek_name(log: &str) -> String {
    let module = match log {
        "analyzer" => "Analyzer::Logging",
        "conn" => "Conn",
        "files" => "Files",
        "packet_filter" => "PacketFilter",
        "reporter" => "Reporter",
        "tunnel" => "Tunnel",
        "weird" => "Weird",
        _ => return format!("{}::LOG", log.to_ascii_uppercase()),
    };
    format!("{module}::LOG")
}

gannet::record! {
    /// The packet filter that a run works under, once for each time that one is set.
    pub struct PacketFilter in "packet_filter" {
        /// When the filter was set.
        ts: Timestamp,
        /// Name of the process that set it.
        node: Option<String>,
        /// The filter's expression.
        filter: String,
        /// Whether this is the filter that the run began with.
        init: bool,
        /// Whether it could be set.
        success: bool,
        /// Why it could not be set.
        failure_reason: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::{streams, zeek_name};

    #[test]
    fn the_names_of_all_logs() {
        let names: Vec<_> = streams().iter().map(|stream| zeek_name(stream.name)).collect();
        let expected = [
            "Analyzer::Logging::LOG",
            "Conn::LOG",
            "DNS::LOG",
            "Files::LOG",
            "HTTP::LOG",
            "OCSP::LOG",
            "PacketFilter::LOG",
            "Reporter::LOG",
            "SSL::LOG",
            "Tunnel::LOG",
            "Weird::LOG",
            "X509::LOG",
        ];
        assert_eq!(names, expected);
    }
}
