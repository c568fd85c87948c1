//! Protocols that are followed up to the point where TLS or a session begins. Each segment is taken for a number of whole units,
//! lines or tags.

use super::{Analyzer, Context, Progress};
use crate::base::direction::Direction;

/// What follows a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Other units.
    Unit,
    /// Nothing that is read.
    Nothing,
    /// TLS.
    Tls,
}

/// How a protocol opens.
pub(super) trait Opening: Default + Send {
    /// What bytes are told by that are no unit.
    const BROKEN: &'static str;

    /// Takes a unit off the front; nothing if there is none.
    fn unit(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &mut &[u8]) -> Option<Next>;

    /// Bytes of memory held beside this struct.
    fn held(&self) -> usize {
        0
    }
}

/// One connection of such a protocol.
#[derive(Default)]
pub(super) struct UntilTls<P> {
    opening: P,
    /// Nothing more is read.
    over: bool,
}

impl<P: Opening> Analyzer for UntilTls<P> {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if cx.is_partial() {
            return Progress::Consumed(bytes.len());
        }
        if self.over {
            return Progress::Done;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(next) = self.opening.unit(cx, dir, &mut rest) else {
                cx.violation(P::BROKEN);
                break;
            };
            self.over |= next != Next::Unit;
            if let Some(ssl) = cx.analyzer("ssl").filter(|_| next == Next::Tls) {
                cx.hand_over(ssl);
            }
        }
        Progress::Consumed(bytes.len())
    }

    /// Nothing tells where the next unit begins.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn is_through(&self) -> bool {
        self.over
    }

    fn held(&self) -> usize {
        self.opening.held()
    }
}
