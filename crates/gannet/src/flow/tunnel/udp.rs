//! Tunnels over UDP: found by the responder's port, Teredo and AYIYA also by content.

use super::beyond::{self, Message};
use super::level::{Encap, Inner, Level, UdpState};
use crate::analyzers::record::AnalyzerFailure;
use crate::base::cursor::be16;
use crate::base::direction::Direction;
use crate::base::proto;
use crate::decode::layer::Layer;
use crate::decode::link;
use crate::events::tunnel::TunnelKind;
use crate::events::{Enum, Port};
use crate::flow::arrival::Arrival;
use crate::flow::conn::Connection;
use crate::worker::history::mark;
use crate::worker::state::Out;

/// Bytes of an offending datagram that a row shows.
const SHOWN: usize = 40;

/// A datagram of a connection that may carry a packet.
pub(super) struct Datagram<'a, 'o, 'p> {
    pub(super) conn: &'a mut Connection,
    pub(super) dir: Direction,
    pub(super) payload: &'p [u8],
    pub(super) arrival: Arrival<'a>,
    pub(super) out: &'a mut Out<'o>,
}

/// What a header leads to: the inner bytes and their first layer.
pub(super) type Found<'p> = Option<(&'p [u8], Option<&'static Layer>)>;

/// The packet inside a datagram, if it is one of a tunnel.
pub(crate) fn unwrap<'p>(
    conn: &mut Connection,
    dir: Direction,
    payload: &'p [u8],
    arrival: Arrival<'_>,
    out: &mut Out<'_>,
) -> Option<Inner<'p>> {
    let kind = match conn.core.tag.resp_p {
        4789 => TunnelKind::Vxlan,
        6081 => TunnelKind::Geneve,
        2152 | 2123 => TunnelKind::Gtpv1,
        3544 => TunnelKind::Teredo,
        5072 => TunnelKind::Ayiya,
        1701 if out.state.settings.more_tunnels => TunnelKind::L2tp,
        6635 if out.state.settings.more_tunnels => TunnelKind::Mpls,
        37008 if out.state.settings.more_tunnels => TunnelKind::Tzsp,
        _ => detect(payload)?,
    };
    let mut datagram = Datagram { conn, dir, payload, arrival, out };
    if kind != TunnelKind::Gtpv1 {
        let violated = datagram.conn.tunnel.is_some_and(|state| state.violated & bit(kind) != 0);
        if violated || datagram.is_too_deep(kind) {
            return None;
        }
    }
    let (bytes, layer) = match kind {
        TunnelKind::Vxlan => datagram.vxlan(),
        TunnelKind::Geneve => datagram.geneve(),
        TunnelKind::Gtpv1 => datagram.gtp(),
        TunnelKind::Teredo => datagram.teredo(),
        TunnelKind::L2tp => datagram.beyond(kind, beyond::l2tp(payload)),
        TunnelKind::Mpls => datagram.beyond(kind, beyond::mpls(payload)),
        TunnelKind::Tzsp => datagram.beyond(kind, beyond::tzsp(payload)),
        _ => datagram.ayiya(),
    }?;
    let tag = datagram.conn.core.tag;
    Some(Inner { bytes, layer, cut: datagram.arrival.cut, level: Level { tag, kind } })
}

const fn bit(kind: TunnelKind) -> u16 {
    1 << kind as u16
}

/// Teredo and AYIYA by content.
fn detect(payload: &[u8]) -> Option<TunnelKind> {
    if is_teredo(payload) {
        return Some(TunnelKind::Teredo);
    }
    matches!(payload, [_, 0x52, 0x11, ..]).then_some(TunnelKind::Ayiya)
}

/// The looks of Teredo (RFC 4380, section 5.1.1): a packet to or from its prefix, or one of its own headers and then IPv6.
fn is_teredo(payload: &[u8]) -> bool {
    const PREFIX: &[u8] = &[0x20, 0x01, 0, 0];
    let &[first, second, identity, authentication, ..] = payload else { return false };
    if payload.len() < 40 || (first >> 4 != 6 && (first != 0 || second > 1)) {
        return false;
    }
    let has_prefix = |at: usize| payload.get(at..at + 4) == Some(PREFIX);
    if first >> 4 == 6 && (has_prefix(8) || has_prefix(24)) {
        return true;
    }
    let (mut rest, mut tag) = (payload, u16::from(second));
    if second == 1 {
        rest = payload.get(13 + usize::from(identity) + usize::from(authentication)..).unwrap_or_default();
        let Some(first) = be16(rest, 0).filter(|_| rest.len() >= 40) else { return false };
        tag = first;
    }
    let behind = rest.get(8..).unwrap_or_default();
    tag == 0 && behind.len() >= 40 && behind.first().is_some_and(|first| first >> 4 == 6)
}

impl<'p> Datagram<'_, '_, 'p> {
    fn state(&mut self) -> &mut UdpState {
        self.conn.tunnel.get_or_insert_default()
    }

    fn is_too_deep(&mut self, kind: TunnelKind) -> bool {
        let deep = self.arrival.encap.is_some_and(Encap::is_full);
        if deep {
            self.conn.core.history.once(true, mark::LIMIT, b'X');
            self.flow_weird(kind, "exceeded_tunnel_max_depth", "");
        }
        deep
    }

    /// A weird of the packet at hand.
    fn flow_weird(&mut self, kind: TunnelKind, name: &'static str, addl: &str) {
        let core = &self.conn.core;
        let (src, dst) = match self.dir {
            Direction::Orig => (core.orig(), core.resp()),
            Direction::Resp => (core.resp(), core.orig()),
        };
        self.out.flow_weird((self.arrival.shard, src, dst), name, addl, Some(kind.label()));
    }

    pub(super) fn confirm(&mut self, kind: TunnelKind) {
        let state = self.state();
        if (state.confirmed | state.violated) & bit(kind) != 0 {
            return;
        }
        state.confirmed |= bit(kind);
        let services = &mut self.conn.core.services;
        if !services.contains(&kind.service()) {
            services.push(kind.service());
        }
        self.out.milestone(&self.conn.core, false, self.conn.reply());
    }

    /// Not such a tunnel after all: a row, once, with the first of the given bytes.
    pub(super) fn violation(&mut self, kind: TunnelKind, reason: &str, shown: &[u8]) {
        let state = self.state();
        if state.violated & bit(kind) != 0 {
            return;
        }
        state.violated |= bit(kind);
        let tag = self.conn.core.tag;
        let record = AnalyzerFailure {
            ts: self.out.now(),
            analyzer_kind: "packet",
            analyzer_name: kind.label(),
            uid: tag.uid,
            fuid: None,
            orig_h: Some(tag.orig_h),
            orig_p: Some(Port(tag.orig_p)),
            resp_h: Some(tag.resp_h),
            resp_p: Some(Port(tag.resp_p)),
            proto: Some(Enum("udp")),
            failure_reason: reason.to_owned(),
            failure_data: (!shown.is_empty()).then(|| shown.get(..SHOWN).unwrap_or(shown).to_vec()),
        };
        self.out.emit(Some(&tag), &record, &[]);
    }

    /// What was found in a datagram of a tunnel that Zeek does not look into.
    fn beyond(&mut self, kind: TunnelKind, message: Option<Message<'p>>) -> Found<'p> {
        let message = message?;
        self.confirm(kind);
        match message {
            Message::Packet(bytes, layer) => Some((bytes, layer)),
            Message::Other => None,
        }
    }

    /// RFC 7348, section 5.
    fn vxlan(&mut self) -> Found<'p> {
        const HEADER: usize = 8;
        let Some((header, inner)) = self.payload.split_at_checked(HEADER) else {
            self.violation(TunnelKind::Vxlan, "VXLAN header truncation", self.payload);
            return None;
        };
        if header.first().is_some_and(|flags| flags & 8 == 0) {
            self.violation(TunnelKind::Vxlan, "VXLAN 'I' flag not set", self.payload);
            return None;
        }
        self.confirm(TunnelKind::Vxlan);
        if inner.is_empty() {
            self.flow_weird(TunnelKind::Vxlan, "vxlan_empty_packet", "");
            return None;
        }
        Some((inner, Some(&link::ETHERNET)))
    }

    /// RFC 8926, section 3.4.
    fn geneve(&mut self) -> Found<'p> {
        const HEADER: usize = 8;
        let &[first, ..] = self.payload else { return self.geneve_cut("Geneve header truncation") };
        if self.payload.len() < HEADER {
            return self.geneve_cut("Geneve header truncation");
        }
        let version = first >> 6;
        if version != 0 {
            self.flow_weird(TunnelKind::Geneve, "geneve_invalid_version", &version.to_string());
            return None;
        }
        let options = usize::from(first & 0x3f) * 4;
        let Some(inner) = self.payload.get(HEADER + options..) else {
            return self.geneve_cut("Geneve option header truncation");
        };
        self.confirm(TunnelKind::Geneve);
        if inner.is_empty() {
            self.flow_weird(TunnelKind::Geneve, "geneve_empty_packet", "");
            return None;
        }
        match be16(self.payload, 2) {
            Some(0x6558) => Some((inner, Some(&link::ETHERNET))),
            Some(0x0800 | 0x86dd) => Some((inner, None)),
            Some(0x0806) => Some((inner, Some(&link::ARP))),
            _ => None,
        }
    }

    fn geneve_cut(&mut self, reason: &str) -> Found<'p> {
        self.violation(TunnelKind::Geneve, reason, self.payload);
        None
    }

    /// Anything in Anything (draft-massar-v6ops-ayiya).
    fn ayiya(&mut self) -> Found<'p> {
        let &[first, second, third, next, ..] = self.payload else {
            self.violation(TunnelKind::Ayiya, "Truncated AYIYA", &[]);
            return None;
        };
        let header = 8 + (1usize << (first >> 4)) + usize::from(second >> 4) * 4;
        let Some(inner) = self.payload.get(header..).filter(|_| self.payload.len() >= 8) else {
            self.violation(TunnelKind::Ayiya, "Truncated AYIYA", &[]);
            return None;
        };
        if third & 0xf != 1 {
            return None;
        }
        self.confirm(TunnelKind::Ayiya);
        if inner.is_empty() {
            self.flow_weird(TunnelKind::Ayiya, "ayiya_empty_packet", "");
            return None;
        }
        matches!(next, proto::IPV4 | proto::IPV6).then_some((inner, None))
    }

    /// RFC 4380, section 5.1.1.
    fn teredo(&mut self) -> Found<'p> {
        let inner = match self.teredo_headers() {
            Ok(inner) => inner,
            Err(left) => return self.teredo_bad("Bad Teredo encapsulation", left),
        };
        match exact(inner, proto::IPV6) {
            Fit::Exact => {}
            // A bubble: a header that only keeps a path open.
            Fit::TooLong if inner.get(6) == Some(&proto::NONE) && be16(inner, 4) == Some(0) => {
                self.out.weird(&mut self.conn.core, "Teredo_bubble_with_payload", "", Some("TEREDO"));
            }
            Fit::TooLong => return self.teredo_bad("Teredo payload length", inner.len()),
            Fit::TooShort | Fit::WrongVersion => {
                return self.teredo_bad("Truncated Teredo or invalid inner IP version", inner.len());
            }
        }
        let side = usize::from(self.dir == Direction::Resp);
        let state = self.state();
        if let Some(valid) = state.valid.get_mut(side) {
            *valid = true;
        }
        if state.valid == [true, true] {
            self.confirm(TunnelKind::Teredo);
        }
        Some((inner, None))
    }

    /// What a row shows begins with the datagram, and is only as long as what had not been understood.
    fn teredo_bad(&mut self, reason: &str, left: usize) -> Found<'p> {
        self.violation(TunnelKind::Teredo, reason, self.payload.get(..left).unwrap_or_default());
        None
    }

    /// What is behind Teredo's own headers, authentication first, then origin indication; or how many bytes were left at
    /// the first thing that was wrong.
    fn teredo_headers(&mut self) -> Result<&'p [u8], usize> {
        let mut rest = self.payload;
        let (mut origin, mut authentication) = (false, false);
        loop {
            let Some(first) = be16(rest, 0) else { return self.teredo_cut("truncated_Teredo", rest) };
            match first {
                0 if !origin => {
                    origin = true;
                    match rest.get(8..) {
                        Some(behind) => rest = behind,
                        None => return self.teredo_cut("truncated_Teredo_origin_indication", rest),
                    }
                }
                1 if !origin && !authentication => {
                    authentication = true;
                    let length = match rest {
                        &[_, _, id, value, ..] => 13 + usize::from(id) + usize::from(value),
                        _ => usize::MAX,
                    };
                    match rest.get(length..) {
                        Some(behind) => rest = behind,
                        None => return self.teredo_cut("truncated_Teredo_authentication", rest),
                    }
                }
                tag if tag >> 12 == 6 => {
                    return if rest.len() < 40 {
                        self.teredo_cut("truncated_IPv6_in_Teredo", rest)
                    } else {
                        Ok(rest)
                    };
                }
                _ => return Err(rest.len()),
            }
        }
    }

    /// Weirds of Teredo count only where it is known to be Teredo.
    fn teredo_cut(&mut self, name: &'static str, rest: &[u8]) -> Result<&'p [u8], usize> {
        if self.state().confirmed & bit(TunnelKind::Teredo) != 0 {
            self.out.weird(&mut self.conn.core, name, "", Some("TEREDO"));
        }
        Err(rest.len())
    }
}

/// How an inner packet's own length fits the bytes that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    Exact,
    TooShort,
    TooLong,
    WrongVersion,
}

/// Whether bytes are one whole IP packet of the version that a protocol number says.
pub(crate) fn exact(bytes: &[u8], number: u8) -> Fit {
    let version = bytes.first().map_or(0, |first| first >> 4);
    let total = match number {
        proto::IPV6 if bytes.len() < 40 => return Fit::TooShort,
        proto::IPV6 if version == 6 => be16(bytes, 4).map(|length| usize::from(length) + 40),
        proto::IPV4 if bytes.len() >= 20 && version == 4 => be16(bytes, 2).map(usize::from),
        _ => None,
    };
    let Some(total) = total else { return Fit::WrongVersion };
    match bytes.len().cmp(&total) {
        std::cmp::Ordering::Less => Fit::TooShort,
        std::cmp::Ordering::Equal => Fit::Exact,
        std::cmp::Ordering::Greater => Fit::TooLong,
    }
}
