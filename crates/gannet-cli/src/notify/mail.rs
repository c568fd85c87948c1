//! Notices by mail.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use gannet::Timestamp;
use gannet_policy::notice::Notice;

use super::spec::{Carrier, Mail};
use super::way::{Outcome, Way};
use super::{command, letter, smtp};

/// Sends notices by mail.
pub(super) struct Mailer {
    mail: Mail,
    /// Mails so far.
    number: u64,
}

impl Mailer {
    pub(super) fn new(mail: &Mail) -> Self {
        Self { mail: mail.clone(), number: 0 }
    }
}

impl Way for Mailer {
    fn send(&mut self, notices: &[&Notice], lost: u64) -> Outcome {
        let until = Instant::now() + self.mail.limits.time;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX));
        self.number += 1;
        let Mail { by, from, to, host, .. } = &self.mail;
        let letter = letter::letter(&self.mail, notices, lost, now, self.number);
        match by {
            Carrier::Relay(relay) => smtp::send(relay, host, (from, to), &letter, until),
            Carrier::Program(program) => {
                // Programs of this host take lines as this host has them.
                let lines: Vec<u8> = letter.into_iter().filter(|byte| *byte != b'\r').collect();
                command::run(program, &lines, until)
            }
        }
    }
}
