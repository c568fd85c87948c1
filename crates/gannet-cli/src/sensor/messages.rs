//! Notices that cannot be sent: said once, and again when it is over.

use gannet_policy::notice::Action;

use super::journal::Journal;
use crate::human::some;
use crate::notify::{Notify, Status};

/// Who sends notices, and what was said of it.
pub(super) struct Messages {
    notify: Notify,
    /// Ways in trouble, with the notices that had been lost before.
    named: Vec<(Action, u64)>,
}

impl Messages {
    pub(super) fn by(notify: Notify) -> Self {
        Self { notify, named: Vec::new() }
    }

    /// How the ways stand.
    pub(super) fn status(&self) -> Vec<(Action, Status)> {
        self.notify.status()
    }

    /// Says what has changed.
    pub(super) fn look(&mut self, journal: &mut Journal) {
        for (action, status) in self.notify.status() {
            let named = self.named.iter().position(|(named, _)| *named == action);
            match (status.trouble, named) {
                (Some(why), None) => {
                    self.named.push((action, status.lost));
                    journal.error(&format!("notices cannot be sent by {}: {why}", action.name()));
                }
                (None, Some(at)) => {
                    let (_, before) = self.named.remove(at);
                    let lost = some(status.lost.saturating_sub(before), "notice was", "notices were");
                    journal.info(&format!("notices are sent by {} again: {lost} lost", action.name()));
                }
                _ => {}
            }
        }
    }

    /// It is over: what waits is sent, and what could not be is named.
    pub(super) fn end(self, journal: &mut Journal) {
        for (action, status) in self.notify.finish() {
            if status.lost > 0 {
                let lost = some(status.lost, "notice was", "notices were");
                let why = status.trouble.map(|why| format!(": {why}")).unwrap_or_default();
                journal.warn(&format!("{lost} lost on the way by {}{why}", action.name()));
            }
        }
    }
}
