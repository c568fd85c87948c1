//! Logs that cannot be written, and an archive that cannot: said once, and again when it is over.

use std::time::Instant;

use gannet_logs::ArchiveEvent;

use super::journal::Journal;
use crate::human::some;

/// What was said of the logs.
#[derive(Default)]
pub(super) struct Trouble {
    /// Since when rows wait, and how many were dropped before.
    waits: Option<(Instant, u64)>,
}

impl Trouble {
    /// Says what has changed.
    pub(super) fn look(&mut self, journal: &mut Journal, now: Instant) {
        let Some(dir) = journal.sink.dir() else { return };
        let (events, trouble) = (dir.archive_events(), dir.trouble().map(ToString::to_string));
        match (trouble, self.waits) {
            (Some(why), None) => {
                self.waits = Some((now, dir.summary().shed));
                journal.error(&format!(
                    "{why}; rows wait, 16 MiB of them at most, and what comes then is dropped"
                ));
            }
            (None, Some((since, before))) => {
                self.waits = None;
                let shed = dir.summary().shed.saturating_sub(before);
                let lost = match shed {
                    0 => "no row was dropped".to_owned(),
                    n => format!("{} dropped", some(n, "row was", "rows were")),
                };
                let seconds = now.saturating_duration_since(since).as_secs();
                journal.warn(&format!("logs are written again after {seconds} s: {lost}"));
            }
            _ => {}
        }
        for event in events {
            let text = event.to_string();
            match event {
                ArchiveEvent::Failed(_) => journal.error(&text),
                ArchiveEvent::Recovered => journal.info(&text),
                _ => journal.warn(&text),
            }
        }
    }

    /// Whether rows wait.
    pub(super) fn is_there(&self) -> bool {
        self.waits.is_some()
    }
}
