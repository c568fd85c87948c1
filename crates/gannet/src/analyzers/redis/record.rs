//! The record of a Redis command.

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each command with its reply, and for each reply that nobody asked for.
    pub struct Redis in "redis" {
        /// When the command was complete; without one, when the reply was.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// The command's first word, as sent.
        name as "cmd.name": Option<Vec<u8>>,
        /// The key that it works on, of commands that have one and are known.
        key as "cmd.key": Option<Vec<u8>>,
        /// What it sets the key to, or what else stands behind it, of commands that are known.
        value as "cmd.value": Option<Vec<u8>>,
        /// Whether the reply was no error; not set without a reply.
        success: Option<bool>,
        /// The reply as text: arrays as `[a, b]`, sets as `(a, b)`, maps as `{k: v}`.
        reply as "reply.value": Option<Vec<u8>>,
    }
}
