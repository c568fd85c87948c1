//! Descriptions of media (RFC 8866): where each stream is received, and how it is sent.

use std::net::IpAddr;

use super::parse::number;
use crate::analyzers::lines::line_starts;

/// Streams of one description.
const MAX_MEDIA: usize = 16;

/// A stream of media, as it is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    /// Where it is received.
    pub(super) host: IpAddr,
    pub(super) port: u16,
    /// Where its reports are received, if that is not there too (RFC 3605, RFC 5761).
    pub(super) reports: Option<(IpAddr, u16)>,
    /// It is encrypted (RFC 3711).
    pub(super) is_secure: bool,
}

/// A stream while its lines are read.
#[derive(Clone, Copy, Debug)]
struct Draft {
    host: Option<IpAddr>,
    port: u16,
    reports: Option<(Option<IpAddr>, u16)>,
    is_shared: bool,
    is_secure: bool,
}

impl Draft {
    /// What follows `m=` (section 5.14): nothing if it is refused, or is not sent by RTP.
    fn read(value: &[u8], host: Option<IpAddr>) -> Option<Self> {
        let mut words = words(value);
        let port = words.nth(1)?;
        let protocol = words.next()?;
        let is_rtp = protocol.windows(4).any(|part| part == b"RTP/");
        let is_secure = protocol.windows(5).any(|part| part == b"/SAVP");
        let port = u16::try_from(number(port)).ok().filter(|port| *port > 0 && is_rtp)?;
        Some(Self { host, port, reports: None, is_shared: false, is_secure })
    }

    /// What follows `a=` (section 5.13).
    fn attribute(&mut self, value: &[u8]) {
        if value == b"rtcp-mux" {
            self.is_shared = true;
        } else if let Some(place) = value.strip_prefix(b"rtcp:") {
            let (port, host) = place
                .split_at_checked(place.iter().position(|byte| *byte == b' ').unwrap_or(place.len()))
                .unwrap_or_default();
            self.reports = u16::try_from(number(port)).ok().map(|port| (address(host), port));
        }
    }

    fn finish(self) -> Option<Stream> {
        let host = self.host.filter(|host| !host.is_unspecified())?;
        let next = self.port.checked_add(1).map(|port| (None, port));
        let reports = self.reports.or(next).filter(|_| !self.is_shared);
        let reports = reports.map(|(elsewhere, port)| (elsewhere.unwrap_or(host), port));
        Some(Stream {
            host,
            port: self.port,
            reports: reports.filter(|at| *at != (host, self.port)),
            is_secure: self.is_secure,
        })
    }
}

/// Reads a description.
pub(super) fn read(text: &[u8]) -> Vec<Stream> {
    let mut all = Vec::new();
    // Before the first stream, and while one of no interest is read, there is none.
    let (mut session, mut is_head, mut draft) = (None, true, None::<Draft>);
    for line in line_starts(text) {
        let line = line.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        let Some((kind, value)) = line.split_first_chunk::<2>() else { continue };
        match (kind, &mut draft) {
            (b"m=", _) => {
                all.extend(draft.take().and_then(Draft::finish));
                (is_head, draft) = (false, Draft::read(value, session));
            }
            (b"c=", None) if is_head => session = address(value),
            (b"c=", Some(draft)) => draft.host = address(value),
            (b"a=", Some(draft)) => draft.attribute(value),
            _ => {}
        }
        if all.len() >= MAX_MEDIA {
            return all;
        }
    }
    all.extend(draft.and_then(Draft::finish));
    all
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b' ').filter(|word| !word.is_empty())
}

/// An address as `IN IP4 192.0.2.1` tells it (section 5.7); a group's lifetime is left out, and so is a name.
fn address(value: &[u8]) -> Option<IpAddr> {
    let mut words = words(value);
    words.next().filter(|network| *network == b"IN")?;
    let host = words.nth(1)?.split(|byte| *byte == b'/').next()?;
    std::str::from_utf8(host).ok()?.parse().ok()
}
