//! Where notices wait to be sent.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gannet_policy::notice::Notice;

use super::pace::{Pace, Turn};
use super::spec::Limits;
use super::way::{Outcome, Way};

/// A notice that was not taken for so long is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// How a way stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// Notices that were sent.
    pub(crate) sent: u64,
    /// Messages that they were sent in.
    pub(crate) messages: u64,
    /// Notices that were given up.
    pub(crate) lost: u64,
    /// Messages that were not taken.
    pub(crate) failures: u64,
    /// Notices that wait.
    pub(crate) waiting: u64,
    /// Why the last message was not taken; nothing if it was.
    pub(crate) trouble: Option<String>,
}

/// A notice that waits, and since when.
struct Waiting {
    notice: Notice,
    since: Instant,
}

impl Waiting {
    /// Bytes that it takes.
    fn cost(&self) -> usize {
        cost(&self.notice)
    }
}

fn cost(notice: &Notice) -> usize {
    let texts = [Some(&notice.msg), notice.sub.as_ref(), notice.file_desc.as_ref()];
    let names = [&notice.file_mime_type, &notice.peer_descr];
    let texts = texts.into_iter().flatten().map(Vec::len).sum::<usize>();
    let names = names.into_iter().flatten().chain(&notice.email_dest.0).map(String::len).sum::<usize>();
    size_of::<Waiting>() + texts + names
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Bytes of what waits.
    bytes: usize,
    status: Status,
    /// Notices that were lost since a message told of it.
    untold: u64,
    /// No more come.
    closed: bool,
    /// All is done.
    over: bool,
}

impl State {
    fn lose(&mut self, count: u64) {
        self.status.lost += count;
        self.untold += count;
    }
}

/// Notices that wait, and what became of those that do not.
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
    most: usize,
    per_minute: usize,
}

impl Desk {
    pub(super) fn new(limits: &Limits) -> Self {
        let (most, per_minute) = (limits.queue, limits.per_minute);
        Self { state: Mutex::default(), changed: Condvar::new(), most, per_minute }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more, if there is room.
    pub(super) fn leave(&self, notice: &Notice, since: Instant) {
        let mut state = self.state();
        if state.bytes + cost(notice) > self.most {
            return state.lose(1);
        }
        state.bytes += cost(notice);
        state.waiting.push_back(Waiting { notice: notice.clone(), since });
        self.changed.notify_all();
    }

    /// How it stands.
    pub(super) fn status(&self) -> Status {
        let state = self.state();
        Status { waiting: state.waiting.len() as u64, ..state.status.clone() }
    }

    /// No more come: what waits goes at once.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    /// Waits until that is done; what waits after this time is given up.
    pub(super) fn wait(&self, until: Instant) {
        let mut state = self.state();
        while !state.over {
            let Some(time) = until.checked_duration_since(Instant::now()).filter(|time| !time.is_zero())
            else {
                let left = state.waiting.drain(..).count() as u64;
                return state.lose(left);
            };
            state = self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Sends what comes, until no more does.
    pub(super) fn serve(&self, way: &mut dyn Way) {
        let mut pace = Pace::new(self.per_minute);
        while let Some((batch, lost)) = self.next(&mut pace) {
            let notices: Vec<&Notice> = batch.iter().map(|waiting| &waiting.notice).collect();
            let outcome = way.send(&notices, lost);
            self.note(batch, lost, outcome, &mut pace);
        }
        self.state().over = true;
        self.changed.notify_all();
    }

    /// What goes in the next message, and how many were lost before it; nothing at the end.
    fn next(&self, pace: &mut Pace) -> Option<(Vec<Waiting>, u64)> {
        let mut state = self.state();
        loop {
            let turn = match (state.waiting.is_empty(), state.closed) {
                (true, true) => return None,
                (true, false) => {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
                (false, true) => Turn::All,
                (false, false) => pace.turn(Instant::now()),
            };
            let count = match turn {
                Turn::One => 1,
                Turn::All => state.waiting.len(),
                Turn::Wait(until) => {
                    let time = until.saturating_duration_since(Instant::now());
                    let waited = self.changed.wait_timeout(state, time);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                    continue;
                }
            };
            pace.goes();
            let batch: Vec<Waiting> = state.waiting.drain(..count).collect();
            state.bytes -= batch.iter().map(Waiting::cost).sum::<usize>();
            return Some((batch, std::mem::take(&mut state.untold)));
        }
    }

    /// What came of a message.
    fn note(&self, batch: Vec<Waiting>, lost: u64, outcome: Outcome, pace: &mut Pace) {
        let mut state = self.state();
        match outcome {
            Outcome::Sent => {
                pace.taken();
                state.status.messages += 1;
                state.status.sent += batch.len() as u64;
                state.status.trouble = None;
            }
            Outcome::Later(why) => {
                pace.refused(Instant::now());
                state.status.failures += 1;
                state.status.trouble = Some(why);
                state.untold += lost;
                self.put_back(&mut state, batch);
            }
            Outcome::Never(why) => {
                pace.taken();
                state.status.failures += 1;
                state.status.trouble = Some(why);
                state.untold += lost;
                state.lose(batch.len() as u64);
            }
        }
    }

    /// They wait again in their place, unless they have waited for too long or the room was taken.
    fn put_back(&self, state: &mut State, batch: Vec<Waiting>) {
        for waiting in batch.into_iter().rev() {
            let fits = state.bytes + waiting.cost() <= self.most;
            if fits && !state.closed && waiting.since.elapsed() < PATIENCE {
                state.bytes += waiting.cost();
                state.waiting.push_front(waiting);
            } else {
                state.lose(1);
            }
        }
    }
}
