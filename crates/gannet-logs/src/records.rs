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
