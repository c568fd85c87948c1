//! Segments that acknowledge what has not been seen yet, where the two directions of a link come by ways of their own: they
//! wait for it a little, with what comes behind them, and go on as if all had come in order.
//!
//! If what they wait for does not come, all goes on in the order in which it came, by the clock of then: a hole is a hole.

use super::conn::{Connection, Protocol};
use super::early::Waiting;
use super::transport;
use crate::analyzers::Stage;
use crate::base::direction::Direction;
use crate::base::time::{Interval, Timestamp};
use crate::decode::transport::TcpHeader;
use crate::stream::Segment;
use crate::worker::budget::Room;
use crate::worker::state::Out;
use crate::worker::timer::{Timer, TimerKind};

/// Segments of one connection that wait.
const MAX_WAITING: usize = 128;
/// Bytes of one connection that wait.
const MAX_BYTES: usize = 256 * 1024;
/// How often a connection may wait in vain, before it does not any more: what it waits for is not captured.
const MAX_VAIN: u8 = 4;

/// Takes a segment if it has to wait, or if others do before it; false if it can go on at once.
pub(super) fn takes(
    conn: &mut Connection,
    dir: Direction,
    segment: &Segment<'_>,
    (ts, total): (Timestamp, u32),
    stage: &mut Stage,
    out: &mut Out<'_>,
) -> bool {
    if out.state.settings.reorder == Interval::ZERO {
        return false;
    }
    let waits = conn.early.as_ref().is_some_and(|early| !early.waiting.is_empty());
    let patient = conn.early.as_ref().is_none_or(|early| early.vain < MAX_VAIN);
    let has_to = waits || (patient && is_early(conn, dir, &segment.header));
    if !has_to {
        return false;
    }
    let waiting = Waiting {
        header: segment.header,
        from_low: (dir == Direction::Orig) == conn.core.orig_is_low,
        options: segment.options.to_vec(),
        payload: segment.payload.to_vec(),
        len: segment.len,
        total,
        ts,
        came: out.now(),
    };
    conn.early.get_or_insert_default().waiting.push_back(waiting);
    settle(conn, stage, out);
    true
}

fn is_early(conn: &Connection, dir: Direction, header: &TcpHeader) -> bool {
    matches!(&conn.protocol, Protocol::Tcp(tcp) if tcp.is_early(dir, header))
}

/// Whether a SYN is what the connection waits for, so that it begins no other one.
pub(super) fn expects(conn: &Connection, header: &TcpHeader) -> bool {
    let front = conn.early.as_ref().and_then(|early| early.waiting.front());
    front.is_some_and(|front| front.header.ack == header.seq.wrapping_add(1))
}

/// Lets go on what need not wait any more. Of what is left the first one waits.
pub(super) fn settle(conn: &mut Connection, stage: &mut Stage, out: &mut Out<'_>) {
    while let Some(front) = conn.early.as_ref().and_then(|early| early.waiting.front()) {
        let (dir, header, came) = (front.dir(conn.core.orig_is_low), front.header, front.came);
        if !is_early(conn, dir, &header) {
            next(conn, stage, out);
        } else if let Some(count) = brought(conn, dir, header.ack) {
            let theirs = if turn(conn, dir, &header) { dir } else { dir.other() };
            for _ in 0..count {
                next_of(conn, theirs, stage, out);
            }
        } else if has_room(conn, out) && out.now() < came + out.state.settings.reorder {
            return wait(conn, came, out);
        } else {
            if let Some(early) = &mut conn.early {
                early.vain = early.vain.saturating_add(1);
            }
            next(conn, stage, out);
        }
    }
    charge(conn, out);
}

/// How many of the other direction's segments bring what the first one acknowledges.
fn brought(conn: &Connection, dir: Direction, ack: u32) -> Option<usize> {
    let (Protocol::Tcp(tcp), Some(early)) = (&conn.protocol, &conn.early) else { return None };
    let theirs = early.waiting.iter().filter(|one| one.dir(conn.core.orig_is_low) != dir);
    let count = tcp.brings(dir.other(), ack, theirs.clone().map(|one| (&one.header, one.len)))?;
    // One of them that waits itself would wait for ever.
    theirs.take(count).all(|one| !tcp.is_early(dir.other(), &one.header)).then_some(count.max(1))
}

/// If the answer to a SYN came first, nothing was said of either side so far but which one seemed to be the originator: the
/// sender of the SYN is. Whether the sides changed places for that.
fn turn(conn: &mut Connection, dir: Direction, front: &TcpHeader) -> bool {
    let fresh = matches!(conn.core.history.text(), b"" | b"^");
    if !fresh || !front.flags.syn() || !front.flags.ack() {
        return false;
    }
    let wrong = dir == Direction::Orig;
    if wrong {
        conn.core.flip();
        conn.core.flipped = false;
    }
    conn.core.history.replace(b"");
    wrong
}

/// The first one goes on.
fn next(conn: &mut Connection, stage: &mut Stage, out: &mut Out<'_>) {
    let first = conn.early.as_mut().and_then(|early| early.waiting.pop_front());
    go_on(conn, first, stage, out);
}

/// The first one of a direction goes on.
fn next_of(conn: &mut Connection, dir: Direction, stage: &mut Stage, out: &mut Out<'_>) {
    let at = conn
        .early
        .as_ref()
        .and_then(|early| early.waiting.iter().position(|one| one.dir(conn.core.orig_is_low) == dir));
    let first = at.and_then(|at| conn.early.as_mut()?.waiting.remove(at));
    go_on(conn, first, stage, out);
}

/// A segment goes on, by the clock of when it came.
fn go_on(conn: &mut Connection, waiting: Option<Waiting>, stage: &mut Stage, out: &mut Out<'_>) {
    let Some(waiting) = waiting else { return };
    let clock = std::mem::replace(&mut out.state.clock, waiting.came);
    let dir = waiting.dir(conn.core.orig_is_low);
    let Waiting { header, options, payload, len, total, ts, .. } = &waiting;
    let segment = Segment { header: *header, options, payload, len: *len };
    transport::segment(conn, dir, &segment, (*ts, *total), stage, out);
    out.state.clock = clock;
}

/// All goes on that waits.
pub(super) fn flush(conn: &mut Connection, stage: &mut Stage, out: &mut Out<'_>) {
    while conn.early.as_ref().is_some_and(|early| !early.waiting.is_empty()) {
        next(conn, stage, out);
    }
    charge(conn, out);
}

/// Whether the limits let what waits wait.
fn has_room(conn: &mut Connection, out: &mut Out<'_>) -> bool {
    charge(conn, out) == Room::Enough
        && conn
            .early
            .as_ref()
            .is_none_or(|early| early.waiting.len() <= MAX_WAITING && early.charged <= MAX_BYTES)
}

/// Brings the books of the shard's reassembly memory up to date.
fn charge(conn: &mut Connection, out: &mut Out<'_>) -> Room {
    let Some(early) = &mut conn.early else { return Room::Enough };
    let held = early.waiting.iter().map(Waiting::held).sum();
    let before = std::mem::replace(&mut early.charged, held);
    out.state.reassembly.change(conn.core.shard, before, held)
}

/// The first one waits until its time is over.
fn wait(conn: &mut Connection, came: Timestamp, out: &mut Out<'_>) {
    let due = came + out.state.settings.reorder;
    let (birth, slot) = (conn.core.birth, conn.core.slot);
    if let Some(early) = &mut conn.early
        && early.due.replace(due) != Some(due)
    {
        out.state.timers.set(Timer { due, birth, slot, kind: TimerKind::Early });
    }
}
