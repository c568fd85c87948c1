//! What the program tells of itself: defects that it survived, and what its caller adds.

use std::any::Any;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use super::{ConnTag, Enum, Once};
use crate::base::time::{Interval, Timestamp};

/// Time within which one defect is told once.
const REPEAT: Interval = Interval::from_secs(600);
/// Characters of a panic's message that are told.
const MESSAGE: usize = 200;

crate::events::record! {
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
    use crate::events::Enum;

    /// Good to know.
    pub const INFO: Enum = Enum("Reporter::INFO");
    /// The logs may hold less than the user expects.
    pub const WARNING: Enum = Enum("Reporter::WARNING");
    /// Something failed, and the run went on.
    pub const ERROR: Enum = Enum("Reporter::ERROR");
}

impl Reporter {
    /// An analyzer that panicked, on which connection, and what the panic said.
    pub(crate) fn defect(now: Timestamp, who: &str, conn: Option<&ConnTag>, panic: &dyn Any) -> Self {
        let said = panic.downcast_ref::<&str>().copied();
        let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("nothing");
        let said: String = said.chars().take(MESSAGE).collect();
        let on = conn.and_then(|tag| tag.uid).map_or(String::new(), |uid| format!(" on connection {uid}"));
        let message = format!("analyzer {who} ended{on} by a defect of the program: {said}");
        Self { ts: now, level: level::ERROR, message, location: None }
    }

    /// The limit on a defect's rows: one for each analyzer and panic message.
    pub(crate) fn once(who: &str, panic: &dyn Any) -> Once {
        let mut hasher = SipHasher24::new_with_keys(0x6465_6665_6374, 1);
        hasher.write(who.as_bytes());
        hasher.write_u8(0xff);
        // A message that tells of the bytes at hand is another one each time: its beginning is what counts.
        let said = panic.downcast_ref::<&str>().copied();
        let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
        let words = said.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
        hasher.write(words.as_bytes());
        Once { key: hasher.finish128().as_u128(), ttl: REPEAT }
    }
}
