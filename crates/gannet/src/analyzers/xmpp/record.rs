//! What XMPP makes: no log of its own. Its name is in `service`, and TLS in it has the logs of TLS.

use crate::events::LogStream;

/// The records of XMPP.
pub(super) const RECORDS: &[&LogStream] = &[];
