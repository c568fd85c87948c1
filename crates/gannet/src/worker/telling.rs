//! Telling folds of the time, by the packets of the capture, and of what was acknowledged up to then.

use super::clocked::Clocked;
use super::state::{Out, State};
use super::timer::{Timer, TimerKind};
use crate::base::time::Timestamp;
use crate::events::fold::{FoldDescriptor, Tick};
use crate::events::{Acknowledged, Crossing};

impl State {
    /// Tells these folds of the time, those that want to know, from the first packet on.
    pub(crate) fn tell_time(&mut self, folds: impl Iterator<Item = &'static FoldDescriptor>) {
        let folds = folds.filter(|fold| fold.period.is_some()).map(|fold| (fold, false));
        self.clocked = Clocked { folds: folds.collect(), ..Clocked::default() };
        for (slot, (fold, _)) in (0..).zip(&self.clocked.folds) {
            let due = Timestamp::ZERO + fold.lead.unwrap_or_default();
            self.timers.set(Timer { due, birth: 0, slot, kind: TimerKind::Fold });
        }
    }
}

impl Out<'_> {
    /// Tells a fold of the time: its timer is due, and will be again.
    pub(crate) fn tick(&mut self, timer: Timer) {
        if self.state.finishing {
            return;
        }
        let clocked = &mut self.state.clocked;
        let Some((to, told)) = clocked.folds.get_mut(timer.slot as usize) else { return };
        let (to, after) = (*to, to.interval(*told));
        *told = true;
        clocked.at = Some(self.state.key.number);
        self.cross(Crossing { to, item: Box::new(Tick) });
        self.acknowledged(false);
        self.state.timers.set(Timer { due: self.state.now() + after, ..timer });
    }

    /// A packet is done with, or what was in it: if it told of the time, what it acknowledged counts there.
    #[inline]
    pub(crate) fn packet_done(&mut self) {
        if self.state.clocked.at == Some(self.state.key.number) {
            self.acknowledged(false);
        }
    }

    /// The capture is over, and nothing is closed yet.
    pub(crate) fn capture_over(&mut self) {
        for (phase, over) in [false, true].into_iter().enumerate() {
            self.state.at_last_timer(Timestamp::from_nanos(i64::MIN + phase as i64), 0);
            self.acknowledged(over);
        }
    }

    /// Tells what was acknowledged since this was told last.
    fn acknowledged(&mut self, over: bool) {
        let state = &mut *self.state;
        if !state.wants.has(Acknowledged::STREAM) {
            return;
        }
        let now = (state.stats.acks, state.stats.gaps);
        let before = std::mem::replace(&mut state.clocked.told, now);
        let (acks, gaps) = (now.0 - before.0, now.1 - before.1);
        if acks > 0 || over {
            self.emit(None, &Acknowledged { acks, gaps, over }, &[]);
        }
    }
}
