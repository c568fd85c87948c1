//! What a worker tells of what it found.

use gannet::Timestamp;
use gannet::events::{ConnTag, Fuid};

use super::kind::Place;
use super::sought::Sought;

/// Something that was seen and is on a list that is in force, or may be soon.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hit {
    pub(super) ts: Timestamp,
    pub(super) conn: Option<ConnTag>,
    pub(super) file: Option<Seen>,
    pub(super) sought: Sought<Vec<u8>>,
    pub(super) place: Place,
}

/// The file in which it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) fuid: Fuid,
    pub(super) mime: Option<&'static str>,
    pub(super) desc: Option<Vec<u8>>,
}

/// What crosses of one record.
pub(super) type Hits = Vec<Hit>;
