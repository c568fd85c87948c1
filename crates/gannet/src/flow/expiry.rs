//! What the timers of connections do: the end of those that are idle, forgotten or closed, and records of those that live
//! long.

use super::birth::set_age;
use super::conn::{Connection, Protocol};
use super::reorder;
use super::tracker::Tracker;
use crate::analyzers::{Close, Stage};
use crate::base::time::{Interval, Timestamp};
use crate::stream::LINGER;
use crate::worker::state::Out;
use crate::worker::timer::{Timer, TimerKind, Timers};

/// Between two looks.
const CHECK_EVERY: Interval = Interval::from_secs(6);

impl Tracker {
    /// The regular check of a connection at rest is due: if it still is at rest, that was it until the next one.
    pub(crate) fn resting(&mut self, now: Timestamp, timers: &mut Timers) {
        let Some(timer) = timers.pop_resting() else { return };
        if self.table.is_at_rest(timer.slot, timer.birth) {
            timers.rest(Timer { due: now + CHECK_EVERY, ..timer });
        } else {
            timers.set(timer);
        }
    }

    /// A timer is due.
    pub(crate) fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer.kind {
            TimerKind::Fragment => {
                self.fragments.remove(timer.slot, Some(timer.birth));
                return;
            }
            TimerKind::File => return self.stage.files.timer(timer, out),
            TimerKind::Tunnel => return self.tunnels.timer(timer, out),
            TimerKind::Expectation => return self.expired(timer, out),
            TimerKind::Fold => return out.tick(timer),
            _ => {}
        }
        if timer.kind == TimerKind::Check
            && !out.state.finishing
            && self.table.is_at_rest(timer.slot, timer.birth)
        {
            out.state.timers.rest(Timer { due: out.now() + CHECK_EVERY, ..timer });
            return;
        }
        let Some(mut conn) = self.table.take_born(timer.slot, timer.birth) else { return };
        if fire(&mut conn, timer, &mut self.stage, out) {
            self.remove(conn, Close::Removed, out);
        } else {
            self.grant_after(conn, out);
        }
    }

    /// Whether a timer's object still exists, and the timer is of use to it.
    pub(crate) fn is_current(&mut self, timer: &Timer) -> bool {
        match timer.kind {
            TimerKind::File | TimerKind::Tunnel | TimerKind::Fold => return true,
            TimerKind::Fragment => return self.fragments.is_current(timer.slot, timer.birth),
            TimerKind::Expectation => return self.expectations.is_current(timer.slot, timer.birth),
            _ => {}
        }
        if !self.table.is_born(timer.slot, timer.birth) {
            return false;
        }
        let long = self.reports_ages;
        let of_whole = self.table.peek(timer.slot).is_some_and(|conn| is_of_use(conn, timer, long));
        of_whole || self.table.packed(timer.slot).is_some_and(|packed| packed.needs(timer, long))
    }
}

fn is_of_use(conn: &Connection, timer: &Timer, long: bool) -> bool {
    let closing = matches!(&conn.protocol, Protocol::Tcp(tcp) if tcp.closing);
    match timer.kind {
        TimerKind::Inactivity => timer.due == conn.core.inactivity_due || (long && conn.core.ages.is_none()),
        TimerKind::Attempt | TimerKind::First | TimerKind::Check => !closing,
        TimerKind::Early => conn.has_early(),
        TimerKind::Analyzer(id, token) => conn.party.has_timer(id, token, timer.due),
        _ => true,
    }
}

/// Acts on a timer; true if the connection is over.
fn fire(conn: &mut Connection, timer: Timer, stage: &mut Stage, out: &mut Out<'_>) -> bool {
    let now = out.now();
    let expiring = out.state.finishing;
    match timer.kind {
        TimerKind::Early => {
            reorder::settle(conn, stage, out);
            return conn.core.ended;
        }
        _ if conn.has_early() => reorder::flush(conn, stage, out),
        _ => {}
    }
    match timer.kind {
        TimerKind::Inactivity => return !expiring && inactivity(conn, timer, out),
        TimerKind::Analyzer(id, token) => {
            let (tcp, mut cx) = conn.parts(stage, out, now);
            if let Some(tcp) = tcp {
                tcp.prepare(&mut cx);
            }
            cx.timer((id, token, timer.due), expiring);
            return conn.core.ended;
        }
        TimerKind::First => return first(conn, timer, out),
        TimerKind::Long if !expiring => age(conn, timer, out),
        TimerKind::Attempt | TimerKind::Check | TimerKind::Delete => {
            let Protocol::Tcp(tcp) = &conn.protocol else { return false };
            match timer.kind {
                TimerKind::Delete => return !expiring,
                _ if tcp.closing || tcp.settled => return false,
                TimerKind::Attempt => return tcp.is_attempt(),
                _ if expiring => return false,
                _ => {}
            }
            return check(conn, timer, out);
        }
        TimerKind::Long
        | TimerKind::Early
        | TimerKind::Fragment
        | TimerKind::File
        | TimerKind::Tunnel
        | TimerKind::Expectation
        | TimerKind::Fold => {}
    }
    false
}

fn inactivity(conn: &mut Connection, timer: Timer, out: &mut Out<'_>) -> bool {
    let now = out.now();
    let due = conn.core.last + conn.core.timeout;
    let counts = timer.due == conn.core.inactivity_due;
    if counts && due <= now {
        return true;
    }
    if counts {
        conn.core.inactivity_due = due;
        out.state.timers.set(Timer { due, ..timer });
    }
    set_age(conn, out);
    false
}

/// The first look at a TCP connection.
fn first(conn: &mut Connection, timer: Timer, out: &mut Out<'_>) -> bool {
    let expiring = out.state.finishing;
    let Protocol::Tcp(tcp) = &conn.protocol else { return false };
    let over = tcp.closing || tcp.settled;
    if conn.core.attempt && !over && tcp.is_attempt() {
        return true;
    }
    conn.core.looked = true;
    if expiring {
        return false;
    }
    if !conn.core.idle_set {
        conn.core.idle_set = true;
        out.state.timers.set(Timer { due: conn.core.inactivity_due, kind: TimerKind::Inactivity, ..timer });
    }
    set_age(conn, out);
    let timer = Timer { kind: TimerKind::Check, ..timer };
    if conn.at_rest {
        out.state.timers.rest(Timer { due: out.now() + CHECK_EVERY, ..timer });
        return false;
    }
    !over && check(conn, timer, out)
}

/// A look at whether nothing more is to be heard of a connection.
fn check(conn: &Connection, timer: Timer, out: &mut Out<'_>) -> bool {
    let Protocol::Tcp(tcp) = &conn.protocol else { return false };
    if conn.core.last + LINGER < out.now() && tcp.is_forgotten() {
        return true;
    }
    out.state.timers.set(Timer { due: out.now() + CHECK_EVERY, ..timer });
    false
}

/// The connection reached an age that makes a record. The last one in the list is a period from there on.
fn age(conn: &mut Connection, timer: Timer, out: &mut Out<'_>) {
    super::report::interim(conn, out);
    let ages = &out.state.settings.long_connections;
    let next = usize::from(conn.core.ages.unwrap_or_default()) + 1;
    let least = timer.due + Interval::from_secs(1);
    let due = match (ages.get(next), ages.last()) {
        (Some(age), _) => (conn.core.start + *age).max(least),
        (None, Some(period)) => (timer.due + *period).max(least),
        (None, None) => return,
    };
    conn.core.ages = Some(u16::try_from(next).unwrap_or(u16::MAX));
    out.state.timers.set(Timer { due, ..timer });
}
