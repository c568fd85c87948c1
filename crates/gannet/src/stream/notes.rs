//! What a segment leaves in the history and in the windows of a connection.

use super::delivery::Delivery;
use super::endpoint::{EndState, delta};
use super::tcp::{Step, Tcp};
use crate::base::direction::Direction;
use crate::base::time::{Interval, Timestamp};
use crate::decode::transport::{TcpHeader, window_scale};
use crate::worker::history::{case, mark};

/// FINs or RSTs of one end that are a storm, if less than a second apart.
const STORM: u32 = 1000;

impl Tcp {
    /// The letter of the segment. Traffic behind a lone SYN+ACK shows that its sender is the responder.
    pub(super) fn note_history(&mut self, step: &mut Step<'_, '_>, relative: u64, cx: &mut Delivery<'_>) {
        let flags = step.flags;
        let len = step.segment.len;
        let count = u8::from(flags.syn()) + u8::from(flags.fin()) + u8::from(flags.rst());
        if count > 1 {
            let (mark, letter) =
                if flags.fin() && flags.rst() { (mark::FIN_RST, b'I') } else { (mark::MULTI, b'Q') };
            cx.core.history.once(step.dir == Direction::Orig, mark, letter);
            return;
        }
        if count == 0 {
            let (mark, letter) = match (len > 0, flags.ack()) {
                (true, _) => (mark::DATA, b'D'),
                (false, true) => (mark::ACK, b'A'),
                (false, false) => return,
            };
            if cx.core.history.text() == b"H" {
                self.flip(cx);
                step.dir = step.dir.other();
                cx.core.history.replace(b"^h");
                self.seen.orig = true;
            }
            cx.core.history.once(step.dir == Direction::Orig, mark, letter);
            return;
        }
        let endpoint = self.ends.of_mut(step.dir);
        let (mark, letter, memory, position) = if flags.syn() {
            let letter = if flags.ack() { b'H' } else { b'S' };
            (mark::SYN, letter, &mut endpoint.history_syn, relative)
        } else if flags.fin() {
            (mark::FIN, b'F', &mut endpoint.history_fin, relative.wrapping_add(len as u64))
        } else {
            (mark::RST, b'R', &mut endpoint.history_rst, relative)
        };
        let before = std::mem::replace(memory, position);
        let is_orig = step.dir == Direction::Orig;
        if cx.core.history.once(is_orig, mark, letter) && before != position {
            cx.core.history.push(case(is_orig, letter));
        }
    }

    pub(super) fn note_window(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) {
        let TcpHeader { seq, ack, window, .. } = step.segment.header;
        let peer_closed = self.ends.of(step.dir.other()).state == EndState::Closed;
        let endpoint = self.ends.of_mut(step.dir);
        let scale = u32::from(endpoint.window_scale);
        let window = u32::from(window) << scale;
        let reset = endpoint.state == EndState::Reset;
        if window == 0 && !step.flags.rst() && !peer_closed && !reset && endpoint.zero_windows.hit() {
            cx.letter(step.dir, b'W');
        }
        if !step.flags.plain() || reset || endpoint.state == EndState::Closed {
            return;
        }
        if delta(seq, endpoint.window_seq) < 0 || delta(ack, endpoint.window_ack) < 0 {
            return;
        }
        let edge = endpoint.window_ack.wrapping_add(endpoint.window);
        let advance = delta(ack.wrapping_add(window), edge);
        endpoint.window = window;
        endpoint.window_ack = ack;
        endpoint.window_seq = seq;
        if advance < 0 && advance.unsigned_abs() >= 1 << scale {
            cx.core_weird("window_recision");
        }
    }

    /// What SYN, FIN and RST bring beside a change of state.
    pub(super) fn note_flags(
        &mut self,
        step: &Step<'_, '_>,
        relative: u64,
        length: i64,
        cx: &mut Delivery<'_>,
    ) {
        let flags = step.flags;
        if flags.syn() {
            if flags.rst() {
                cx.weird("TCP_christmas");
            }
            if flags.urg() {
                cx.weird("baroque_SYN");
            }
            if step.segment.len > 0 {
                cx.weird("SYN_with_data");
            }
            self.init_window(step, cx);
        }
        let ts = cx.ts;
        let storming = |count: u32, last: Timestamp| count >= STORM && ts < last + Interval::from_secs(1);
        let endpoint = self.ends.of_mut(step.dir);
        if flags.fin() {
            endpoint.fins = endpoint.fins.saturating_add(1);
            endpoint.fin_seq = relative.wrapping_add(length as u64);
            if storming(endpoint.fins, endpoint.last_time) {
                cx.weird("FIN_storm");
            }
        }
        if flags.rst() {
            endpoint.rsts = endpoint.rsts.saturating_add(1);
            if storming(endpoint.rsts, endpoint.last_time) {
                cx.weird("RST_storm");
            }
        }
    }

    pub(super) fn init_window(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) {
        /// The largest shift (RFC 7323, section 2.3).
        const MAX_SCALE: u8 = 14;
        let TcpHeader { seq, ack, .. } = step.segment.header;
        let scale = window_scale(step.segment.options);
        if let Some(scale) = scale
            && scale > MAX_SCALE
            && !cx.core.had_weird
        {
            cx.weird_with("TCP_scale_range", &scale.to_string());
        }
        let peer = self.ends.of_mut(step.dir.other());
        match scale {
            None if step.flags.ack() => peer.window_scale = 0,
            None => {}
            Some(_) => {
                peer.window_seq = ack;
                peer.window_ack = seq;
            }
        }
        let endpoint = self.ends.of_mut(step.dir);
        endpoint.window_scale = scale.unwrap_or(0).min(MAX_SCALE);
        if scale.is_some() {
            endpoint.window_seq = seq;
            endpoint.window_ack = ack;
        }
    }
}
