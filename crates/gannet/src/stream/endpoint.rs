//! One end of a TCP connection: its state and its sequence space (RFC 9293, section 3.4).

use super::reassembly::Reassembler;
use crate::base::time::Timestamp;
use crate::worker::history::Scaled;

/// Sequence numbers of SYN and RST segments further off than this are not believed.
const TOO_FAR: i32 = 1_048_576;

/// What is known of an end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EndState {
    /// Nothing seen from it.
    #[default]
    Inactive,
    SynSent,
    SynAckSent,
    /// It was already sending when it was first seen.
    Partial,
    Established,
    /// It sent a FIN.
    Closed,
    Reset,
}

impl EndState {
    pub(crate) const fn is_handshake(self) -> bool {
        matches!(self, Self::Inactive | Self::SynSent | Self::SynAckSent)
    }

    pub(crate) const fn is_syn(self) -> bool {
        matches!(self, Self::SynSent | Self::SynAckSent)
    }
}

/// One end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) state: EndState,
    pub(crate) previous: EndState,
    /// First sequence number, as though a SYN had been seen.
    pub(crate) start: u32,
    /// One past the last sequence number sent.
    pub(crate) last: u32,
    /// What the peer acknowledged.
    pub(crate) ack: u32,
    last_wraps: u32,
    ack_wraps: u32,
    /// The start is a guess, for no SYN was seen.
    guessed: bool,
    /// Its numbers began anew after they had wrapped: how many bytes it sent cannot be told by them.
    unsure: bool,
    pub(crate) window: u32,
    pub(crate) window_seq: u32,
    pub(crate) window_ack: u32,
    pub(crate) window_scale: u8,
    pub(crate) did_close: bool,
    pub(crate) fins: u32,
    pub(crate) rsts: u32,
    /// Relative sequence number one past the FIN.
    pub(crate) fin_seq: u64,
    pub(crate) last_time: Timestamp,
    pub(crate) history_syn: u64,
    pub(crate) history_fin: u64,
    pub(crate) history_rst: u64,
    pub(crate) gaps: Scaled,
    pub(crate) checksum_errors: Scaled,
    pub(crate) retransmissions: Scaled,
    pub(crate) zero_windows: Scaled,
    pub(crate) stream: Reassembler,
}

/// Difference of two sequence numbers, wrapping.
pub(crate) const fn delta(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b) as i32
}

const fn full(number: u32, wraps: u32) -> u64 {
    ((wraps as u64) << 32).wrapping_add(number as u64)
}

impl Endpoint {
    pub(crate) fn init(&mut self, start: u32, ack: u32, last: u32) {
        self.start = start;
        self.ack = ack;
        self.last = last;
        self.guessed = false;
        self.unsure |= self.last_wraps > 0 || self.ack_wraps > 0;
    }

    /// Without a SYN: as if there had been one before this first segment, which is no duplicate.
    pub(crate) fn guess(&mut self, first: u32) {
        let before = first.wrapping_sub(1);
        self.init(before, before, first);
        self.guessed = true;
    }

    /// A stream that was first seen at number 0, without a SYN, begins at the highest number, as far as is known: what it
    /// sends does not count before its numbers wrap.
    fn is_below_start(&self) -> bool {
        self.guessed && self.last_full() < u64::from(self.start)
    }

    pub(crate) fn set_last(&mut self, last: u32) {
        self.last_wraps += u32::from(last < self.last);
        self.last = last;
    }

    pub(crate) fn last_full(&self) -> u64 {
        full(self.last, self.last_wraps)
    }

    /// How many numbers lie between what was delivered and the last one sent, a FIN's included; nothing if the last one is
    /// below.
    pub(crate) fn outstanding(&self) -> Option<u64> {
        let delivered = self.stream.next();
        let (last, before_start) = self.relative_to_last(self.last);
        if before_start {
            // Below the start, or further above it than a difference of 32 bits can tell.
            return self.last_full().checked_sub(u64::from(self.start).saturating_add(delivered));
        }
        last.checked_sub(delivered).filter(|_| !self.is_below_start())
    }

    /// The peer's acknowledgement, relative to the start.
    pub(crate) fn ack_relative(&self) -> u64 {
        full(self.ack, self.ack_wraps).wrapping_sub(u64::from(self.start))
    }

    /// No data was acknowledged, at most the SYN.
    pub(crate) fn no_data_acked(&self) -> bool {
        let ack = full(self.ack, self.ack_wraps);
        ack == u64::from(self.start) || ack == u64::from(self.start) + 1
    }

    /// Position of a sequence number near `last`; `None` if it lies before the start.
    pub(crate) fn relative_to_last(&self, seq: u32) -> (u64, bool) {
        self.relative(seq, self.last, self.last_wraps)
    }

    /// Position of a sequence number near the acknowledged one, and whether it lies before the start.
    pub(crate) fn relative_to_ack(&self, seq: u32) -> (u64, bool) {
        self.relative(seq, self.ack, self.ack_wraps)
    }

    fn relative(&self, seq: u32, near: u32, mut wraps: u32) -> (u64, bool) {
        let ahead = delta(seq, near);
        if ahead < 0 && wraps > 0 && seq > near {
            wraps -= 1;
        } else if ahead > 0 && seq < near {
            wraps += 1;
        }
        if wraps == 0 {
            let offset = delta(seq, self.start);
            return (i64::from(offset) as u64, offset < 0);
        }
        (full(seq, wraps).wrapping_sub(u64::from(self.start)), false)
    }

    /// Takes an acknowledgement by the peer, unless it looks broken.
    pub(crate) fn acked(&mut self, ack: u32) {
        let ahead = delta(ack, self.ack);
        if ack == 0 && ahead > TOO_FAR {
            return;
        }
        if ahead > 0 {
            self.ack_wraps += u32::from(ack < self.ack);
            self.ack = ack;
        }
    }

    /// Takes the end of a segment; returns how far it is ahead, and whether it was a retransmission.
    pub(crate) fn sent(
        &mut self,
        end: u32,
        flags: crate::decode::transport::Flags,
        payload: usize,
    ) -> (i32, bool) {
        let ahead = delta(end, self.last);
        let distrusted = (flags.syn() || flags.rst()) && !(-TOO_FAR..=TOO_FAR).contains(&ahead);
        if distrusted {
            return (ahead, false);
        }
        if flags.fin() && self.last == self.start.wrapping_add(1) {
            self.set_last(end);
        } else if self.state == EndState::Reset {
        } else if ahead > 0 {
            self.set_last(end);
        } else if payload > 0 {
            return (ahead, true);
        }
        (ahead, false)
    }

    /// Payload bytes sent, by sequence numbers.
    pub(crate) fn size(&self, peer: EndState) -> u64 {
        if self.previous == EndState::SynSent
            && self.state == EndState::Reset
            && peer == EndState::Inactive
            && !self.no_data_acked()
        {
            return 0;
        }
        let end = self.last_full().max(full(self.ack, self.ack_wraps));
        let size = end.wrapping_sub(u64::from(self.start)).saturating_sub(1);
        if self.fins > 0 { size.saturating_sub(1) } else { size }
    }

    /// The same, unless it cannot be told.
    pub(crate) fn known_size(&self, peer: EndState) -> Option<u64> {
        (!self.unsure).then(|| self.size(peer))
    }

    /// Both directions can be trusted to be complete: established, or closed from there.
    pub(crate) fn is_clean(&self) -> bool {
        self.state == EndState::Established
            || (self.state == EndState::Closed && self.previous == EndState::Established)
    }

    /// Seen and not closed.
    pub(crate) fn is_active(&self) -> bool {
        self.state != EndState::Inactive && !self.did_close
    }
}
