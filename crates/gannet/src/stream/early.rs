//! What a segment acknowledges that its peer has not been seen to send, and whether other segments bring that.

use super::endpoint::{EndState, Endpoint, delta};
use super::tcp::Tcp;
use crate::base::direction::Direction;
use crate::decode::transport::TcpHeader;

impl Tcp {
    /// Whether a segment acknowledges what was not seen: a SYN, or bytes, or a FIN. Of a connection that was picked up in the
    /// middle that cannot be told.
    pub(crate) fn is_early(&self, dir: Direction, header: &TcpHeader) -> bool {
        let flags = header.flags;
        if !flags.ack() || flags.rst() {
            return false;
        }
        let (own, peer) = (self.ends.of(dir), self.ends.of(dir.other()));
        match (own.state, peer.state) {
            // The answer to a SYN that was not seen, and the answer to an answer that was not.
            (EndState::Inactive, EndState::Inactive) => flags.syn(),
            (EndState::SynSent, EndState::Inactive) => !flags.syn(),
            (_, EndState::Inactive) => false,
            _ => !self.partial && !peer.stream.stopped && peer.wanted(header.ack).is_some(),
        }
    }

    /// Whether these segments of a direction (header and length of payload), with what is there of it, bring all that its peer
    /// acknowledged; then, how many of them it takes.
    pub(crate) fn brings<'s>(
        &self,
        dir: Direction,
        ack: u32,
        segments: impl Iterator<Item = (&'s TcpHeader, usize)> + Clone,
    ) -> Option<usize> {
        let end = self.ends.of(dir);
        if end.state == EndState::Inactive {
            let syn =
                segments.into_iter().position(|(header, _)| header.flags.syn() && delta(ack, header.seq) > 0);
            return syn.map(|at| at + 1);
        }
        let wanted = end.wanted(ack)?;
        let spans = segments.map(|(header, len)| end.span(header, len));
        let (mut reached, mut taken) = (end.stream.next(), 0);
        while reached < wanted {
            let before = reached;
            for (at, (first, behind)) in spans.clone().enumerate() {
                if first <= reached && behind > reached {
                    reached = behind;
                    taken = taken.max(at + 1);
                }
            }
            reached = end.stream.reach(reached);
            if reached == before {
                return None;
            }
        }
        Some(taken)
    }
}

impl Endpoint {
    /// The position up to which an acknowledgement says that there was something, if that was not all seen.
    fn wanted(&self, ack: u32) -> Option<u64> {
        let (position, underflow) = self.relative_to_ack(ack);
        let known = if self.fins > 0 { position.min(self.fin_seq.wrapping_sub(1)) } else { position };
        (!underflow && known > self.stream.next()).then_some(known)
    }

    /// The positions that a segment has, from its first to one behind its last; a FIN has one as well.
    fn span(&self, header: &TcpHeader, len: usize) -> (u64, u64) {
        let (position, underflow) = self.relative_to_last(header.seq);
        if underflow {
            return (0, 0);
        }
        let first = position.saturating_add(u64::from(header.flags.syn()));
        (first, first.saturating_add(len as u64).saturating_add(u64::from(header.flags.fin())))
    }
}
