//! How many messages go in a minute.

use std::time::{Duration, Instant};

/// The time over which messages are counted.
const MINUTE: Duration = Duration::from_secs(60);
/// The first pause behind a message that was not taken, and the longest: each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The next notice, alone.
    One,
    /// All that wait, in one message.
    All,
    /// Nothing until then.
    Wait(Instant),
}

/// Counts the messages of a minute.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    /// When the minute began.
    since: Option<Instant>,
    /// Messages in it.
    sent: usize,
    /// Notices gather for one message.
    gathering: bool,
    /// Nothing goes before: the receiver did not take the last one.
    pause: Option<(Instant, Duration)>,
}

impl Pace {
    pub(super) fn new(most: usize) -> Self {
        Self { most, since: None, sent: 0, gathering: false, pause: None }
    }

    /// What may go now.
    pub(super) fn turn(&mut self, now: Instant) -> Turn {
        if let Some((until, _)) = self.pause.filter(|(until, _)| *until > now) {
            return Turn::Wait(until);
        }
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= MINUTE) {
            (self.since, self.sent) = (Some(now), 0);
        }
        match self.since.filter(|_| self.sent >= self.most) {
            Some(since) => {
                self.gathering = true;
                Turn::Wait(since + MINUTE)
            }
            None if self.gathering => Turn::All,
            None => Turn::One,
        }
    }

    /// A message goes.
    pub(super) fn goes(&mut self) {
        self.sent += 1;
        self.gathering = false;
    }

    /// It was taken.
    pub(super) fn taken(&mut self) {
        self.pause = None;
    }

    /// It was not, and may be later, with all that comes meanwhile.
    pub(super) fn refused(&mut self, now: Instant) {
        let pause = self.pause.map_or(FIRST_PAUSE, |(_, pause)| (pause * 2).min(LONGEST_PAUSE));
        self.pause = Some((now + pause, pause));
        self.gathering = true;
    }
}
