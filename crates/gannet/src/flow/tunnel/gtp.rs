//! GTP version 1 (3GPP TS 29.060, section 6; TS 29.281, section 5.1): the header, and whether a message is whole.

use super::level::Encap;
use super::udp::{Datagram, Fit, Found, exact};
use crate::base::cursor::be16;
use crate::base::proto;
use crate::events::tunnel::TunnelKind;

/// The kind of message that carries a packet.
const G_PDU: u8 = 255;
/// The kinds whose information elements are looked at: requests and responses that create, update and delete a context.
const WITH_ELEMENTS: std::ops::RangeInclusive<u8> = 16..=21;

const PROTOCOL_TYPE: u8 = 0x10;
const EXTENSION: u8 = 4;
const ANY_OPTION: u8 = 7;

impl<'p> Datagram<'_, '_, 'p> {
    /// The packet in a message, if it carries one. A message that cannot be read to its end is bad whatever its version.
    pub(super) fn gtp(&mut self) -> Found<'p> {
        let Some((flags, kind, body)) = message(self.payload) else {
            return self.gtp_bad("parse error: message is cut");
        };
        if self.arrival.encap.is_some_and(Encap::is_full) {
            // No weird of this packet, but one of GTP in general.
            let tunnelled = std::mem::replace(&mut self.out.state.tunnelled, false);
            self.out.net_weird("tunnel_depth", "", Some(TunnelKind::Gtpv1.label()));
            self.out.state.tunnelled = tunnelled;
            return None;
        }
        if self.arrival.encap.and_then(Encap::last).is_some_and(|level| level.kind == TunnelKind::Gtpv1) {
            return self.gtp_bad("GTP-in-GTP");
        }
        if flags >> 5 != 1 {
            return self.gtp_bad("GTPv1 bad Version");
        }
        if flags & PROTOCOL_TYPE == 0 || kind != G_PDU {
            return None;
        }
        if body.len() < 20 {
            return self.gtp_bad("Truncated GTPv1");
        }
        let fit = match body.first().map_or(0, |first| first >> 4) {
            4 => exact(body, proto::IPV4),
            6 => exact(body, proto::IPV6),
            _ => return self.gtp_bad("non-IP packet in GTPv1"),
        };
        match fit {
            Fit::Exact => {
                self.confirm(TunnelKind::Gtpv1);
                Some((body, None))
            }
            Fit::WrongVersion => self.gtp_bad("Invalid IP version in wrapped packet"),
            Fit::TooShort => self.gtp_bad("Truncated GTPv1"),
            Fit::TooLong => self.gtp_bad("GTPv1 payload length"),
        }
    }

    fn gtp_bad(&mut self, reason: &str) -> Found<'p> {
        self.violation(TunnelKind::Gtpv1, reason, &[]);
        None
    }
}

/// A message's flags, its kind, and what is behind its headers; `None` if it is cut.
fn message(bytes: &[u8]) -> Option<(u8, u8, &[u8])> {
    let mut rest = Rest(bytes);
    let (flags, kind) = (rest.byte()?, rest.byte()?);
    rest.skip(6)?;
    if flags & ANY_OPTION != 0 {
        rest.skip(4)?;
    }
    if flags & EXTENSION != 0 {
        // The list ends with one that names no next one, or with the message.
        while !rest.0.is_empty() {
            let length = usize::from(rest.byte()?) * 4;
            rest.skip(length.checked_sub(2)?)?;
            if rest.byte()? == 0 {
                break;
            }
        }
    }
    let body = rest.0;
    if WITH_ELEMENTS.contains(&kind) {
        while !rest.0.is_empty() {
            element(&mut rest)?;
        }
    }
    Some((flags, kind, body))
}

/// Goes over one information element (3GPP TS 29.060, section 7.7); `None` if it is cut, unknown and so of unknown length,
/// or shorter than its kind has to be.
fn element(rest: &mut Rest<'_>) -> Option<()> {
    let kind = rest.byte()?;
    if kind < 0x80 {
        return rest.skip(fixed_length(kind)?);
    }
    let length = rest.number()?;
    let at_least = |least| (length >= least).then_some(length);
    match kind {
        // End user address, and private extension.
        128 | 255 => rest.skip(at_least(2)?),
        129 => mobility_context(rest),
        130 => session_context(rest),
        135 => rest.skip(at_least(1)?),
        136 => quintuplet(rest),
        // Radio access bearer setup: an identifier alone, or with an endpoint and an address.
        140 if length == 1 => rest.skip(1),
        140 => rest.skip(at_least(5)?),
        _ => rest.skip(length),
    }
}

/// Length of an element that does not say its length.
fn fixed_length(kind: u8) -> Option<usize> {
    Some(match kind {
        1 | 8 | 11 | 13..=15 | 19..=21 | 23 | 24 | 29 => 1,
        25..=28 => 2,
        12 => 3,
        4 | 5 | 16 | 17 | 127 => 4,
        18 => 5,
        3 => 6,
        2 => 8,
        22 => 9,
        9 => TRIPLET,
        _ => return None,
    })
}

/// Length of an authentication triplet.
const TRIPLET: usize = 28;

/// Keys, authentication vectors, and what a network and a station can do.
fn mobility_context(rest: &mut Rest<'_>) -> Option<()> {
    rest.skip(1)?;
    let security = rest.byte()?;
    let (mode, vectors) = (security >> 6, security >> 3 & 7);
    rest.skip(if mode & 1 != 0 { 8 } else { 32 })?;
    if mode == 1 {
        rest.skip(TRIPLET * usize::from(vectors))?;
    } else {
        rest.skip(2)?;
        for _ in 0..vectors {
            quintuplet(rest)?;
        }
    }
    rest.skip(2)?;
    rest.counted()?;
    let container = rest.number()?;
    rest.skip(container)
}

/// Qualities of service, counters, addresses and names.
fn session_context(rest: &mut Rest<'_>) -> Option<()> {
    rest.skip(2)?;
    for _ in 0..3 {
        let length = usize::from(rest.byte()?);
        rest.skip((length > 0).then_some(length)?)?;
    }
    rest.skip(17)?;
    for _ in 0..4 {
        rest.counted()?;
    }
    rest.skip(2)
}

fn quintuplet(rest: &mut Rest<'_>) -> Option<()> {
    rest.skip(16)?;
    rest.counted()?;
    rest.skip(32)?;
    rest.counted()
}

/// What is left of a message.
struct Rest<'p>(&'p [u8]);

impl Rest<'_> {
    fn skip(&mut self, n: usize) -> Option<()> {
        self.0 = self.0.get(n..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.0.first()?;
        self.skip(1)?;
        Some(byte)
    }

    fn number(&mut self) -> Option<usize> {
        let number = usize::from(be16(self.0, 0)?);
        self.skip(2)?;
        Some(number)
    }

    /// A byte that says how many follow, and those.
    fn counted(&mut self) -> Option<()> {
        let count = usize::from(self.byte()?);
        self.skip(count)
    }
}
