//! Rows in the order of the input, whoever found them first.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::logs::stdout;

/// Bytes that a part may have waiting before its turn.
const WAITING: usize = 8 << 20;

/// Rows of one shape.
pub(super) struct Rows {
    /// The lines before the first of them.
    pub(super) header: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

/// Where rows go.
pub(super) struct Output {
    state: Mutex<State>,
    turn: Condvar,
    limit: Option<u64>,
    json: bool,
}

#[derive(Default)]
struct State {
    /// The part whose turn it is.
    next: u64,
    /// Parts that are done before their turn.
    done: BTreeMap<u64, Vec<Rows>>,
    printed: u64,
    header: Vec<u8>,
    over: bool,
    failed: Option<io::Error>,
}

impl Output {
    pub(super) fn new(limit: Option<u64>, json: bool) -> Self {
        Self { state: Mutex::default(), turn: Condvar::new(), limit, json }
    }

    /// Rows of a part that goes on; they are kept, printed or waited for. False if no more are wanted.
    pub(super) fn more(&self, part: u64, rows: &mut Vec<Rows>) -> bool {
        let held: usize = rows.iter().map(|rows| rows.bytes.len()).sum();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if held >= WAITING {
            while state.next != part && !state.over {
                state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        if state.next == part {
            let rows = std::mem::take(rows);
            self.print(&mut state, rows);
        }
        !state.over
    }

    /// The last rows of a part.
    pub(super) fn end_part(&self, part: u64, rows: Vec<Rows>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done.insert(part, rows);
        loop {
            let next = state.next;
            let Some(rows) = state.done.remove(&next) else { break };
            self.print(&mut state, rows);
            state.next += 1;
        }
        self.turn.notify_all();
    }

    /// Whether no more rows are wanted.
    pub(super) fn is_over(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).over
    }

    fn print(&self, state: &mut State, all: Vec<Rows>) {
        for rows in all {
            if state.over || rows.bytes.is_empty() {
                continue;
            }
            let mut bytes = rows.bytes;
            if let Some(limit) = self.limit {
                let left = usize::try_from(limit - state.printed).unwrap_or(usize::MAX);
                let mut ends = memchr::memchr_iter(b'\n', &bytes);
                let found = ends.by_ref().take(left).count();
                state.printed += found as u64;
                state.over = state.printed >= limit;
                if found == left {
                    let end =
                        memchr::memchr_iter(b'\n', &bytes).nth(left.saturating_sub(1)).map_or(0, |at| at + 1);
                    bytes.truncate(if left == 0 { 0 } else { end });
                }
            }
            let other = state.header != rows.header && !self.json;
            if other {
                state.header = rows.header;
            }
            let header = if other { state.header.as_slice() } else { b"" };
            match stdout::write(header).and_then(|open| if open { stdout::write(&bytes) } else { Ok(false) })
            {
                Ok(true) => {}
                Ok(false) => state.over = true,
                Err(error) => {
                    state.over = true;
                    state.failed = Some(error);
                }
            }
        }
    }

    /// Whether all could be printed.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn end(&self) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failed.take().map_or(Ok(()), Err)
    }
}
