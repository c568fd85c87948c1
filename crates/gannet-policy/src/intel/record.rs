//! The rows of what was on a list.

use gannet::Timestamp;
use gannet::events::{ConnTag, Enum, Fuid, Set};

gannet::record! {
    /// One row for each thing that was seen and is on a list of indicators.
    pub struct Intel in "intel" {
        /// When it was seen.
        ts: Timestamp,
        /// The connection that it was seen in.
        conn: Option<ConnTag>,
        /// What was seen.
        indicator as "seen.indicator": Option<Vec<u8>>,
        /// What it is, as which it was looked up.
        indicator_type as "seen.indicator_type": Option<Enum>,
        /// Where it was seen.
        place as "seen.where": Enum,
        /// The sensor that saw it.
        node as "seen.node": Option<&'static str>,
        /// What the items are that it is on the list by.
        matched: Set<Enum>,
        /// Who says so.
        sources: Set<Vec<u8>>,
        /// Id of the file that it was seen in.
        fuid: Option<Fuid>,
        /// Type of that file.
        file_mime_type: Option<&'static str>,
        /// What the file is, by what carries it.
        file_desc: Option<Vec<u8>>,
    }
}
