//! Records about the run itself, which no packet raises.

use gannet::Timestamp;
use gannet::events::{Enum, Stream};

/// Every log that there can be, by name: the engine's, and those of this module.
pub fn streams() -> Vec<&'static Stream> {
    let mut streams = gannet::analyzers::streams();
    streams.extend([PacketFilter::STREAM, Reporter::STREAM]);
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

gannet::record! {
    /// A message of the program about itself or about what it reads.
    pub struct Reporter in "reporter" {
        /// The capture's clock when the message arose.
        ts: Timestamp,
        /// How grave it is; see [`level`].
        level: Enum,
        /// What happened.
        message: String,
        /// Where in the program it arose.
        location: Option<String>,
    }
}

/// The levels of a [`Reporter`] row.
pub mod level {
    use gannet::events::Enum;

    /// Good to know.
    pub const INFO: Enum = Enum("Reporter::INFO");
    /// The logs may hold less than the user expects.
    pub const WARNING: Enum = Enum("Reporter::WARNING");
    /// Something failed, and the run went on.
    pub const ERROR: Enum = Enum("Reporter::ERROR");
}
