//! The record of what a chatter does.

use crate::analyzers::late::Open;
use crate::base::time::Timestamp;
use crate::events::{ConnTag, Fuid};

crate::events::record! {
    /// One row each time a client takes a name, joins a channel or is sent a file; what was said before stays.
    pub struct Irc in "irc" {
        /// When the last such message of either side was seen.
        ts: Timestamp,
        /// The connection to the server.
        conn: ConnTag,
        /// Nick that the client had before (RFC 1459, section 4.1.2).
        nick: Option<Vec<u8>>,
        /// User name that the client had before (RFC 1459, section 4.1.3).
        user: Option<Vec<u8>>,
        /// The command: `NICK`, `USER`, `JOIN`, or `DCC` for a file.
        command: Option<&'static str>,
        /// What the command is about: a name or a channel.
        value: Option<Vec<u8>>,
        /// What else the command says.
        addl: Option<Vec<u8>>,
        /// Name of the file that is offered.
        dcc_file_name: Option<Vec<u8>>,
        /// Size of the file that is offered, in bytes.
        dcc_file_size: Option<u64>,
        /// Type of the file, where more services than Zeek's are asked for; without that the file's own row alone has it.
        dcc_mime_type: Option<&'static str>,
        /// Id of the file.
        fuid: Option<Fuid>,
    }
}

impl Irc {
    /// A row that says nothing yet.
    pub(super) fn new(ts: Timestamp, conn: ConnTag) -> Self {
        Self {
            ts,
            conn,
            nick: None,
            user: None,
            command: None,
            value: None,
            addl: None,
            dcc_file_name: None,
            dcc_file_size: None,
            dcc_mime_type: None,
            fuid: None,
        }
    }
}

impl Open for Irc {
    fn held(&self) -> usize {
        let texts = [&self.nick, &self.user, &self.value, &self.addl, &self.dcc_file_name];
        texts.iter().filter_map(|text| text.as_ref()).map(Vec::capacity).sum()
    }
}
