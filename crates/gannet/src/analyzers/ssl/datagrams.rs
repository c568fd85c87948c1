//! Records of DTLS in datagrams: RFC 6347, section 4, and RFC 9147, section 4.

use super::fingerprint::Carrier;
use super::fragments::Fragments;
use super::names::{DTLS10, DTLS12, DTLS13};
use super::session::{Session, record_type};
use crate::analyzers::{Analyzer, Close, Context, Progress, rtp};
use crate::base::cursor::{Cursor, Short};
use crate::base::direction::Direction;
use crate::base::direction::Pair;

/// Records of other versions in a row after which nothing more is read.
const MAX_STRANGE: u32 = 10;
/// What a datagram is told by that ends before its content does.
const MALFORMED: &str = "parse error in a datagram";
/// Bytes of a STUN message, RFC 8489, section 5, that are looked at.
const STUN: usize = 20;
/// What marks it, at byte 4.
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// DTLS between two sockets.
pub(super) struct DatagramAnalyzer {
    session: Session,
    strange: u32,
    reported: bool,
    fragments: Pair<Fragments>,
}

impl DatagramAnalyzer {
    pub(super) fn new() -> Self {
        Self {
            session: Session::new(Carrier::Datagrams),
            strange: 0,
            reported: false,
            fragments: Pair::default(),
        }
    }

    fn records(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Result<(), Short> {
        let mut cursor = Cursor::new(bytes);
        while !cursor.is_empty() {
            let first = cursor.u8()?;
            if self.session.version == DTLS13 && first & 0xe0 == 0x20 {
                return self.unified(cx, dir, first, cursor);
            }
            let version = cursor.u16()?;
            let epoch = cursor.u16()?;
            let sequence = cursor.array::<6>()?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            let length = cursor.u16()?;
            if !self.is_ours(cx, version) {
                return Ok(());
            }
            let body = cursor.take(usize::from(length))?;
            self.content(cx, dir, first, epoch, sequence, body)?;
        }
        Ok(())
    }

    /// Whether a record's version is one of DTLS.
    fn is_ours(&mut self, cx: &mut Context<'_>, version: u16) -> bool {
        if matches!(version, DTLS10 | DTLS12) {
            if cx.confirmed() {
                self.strange = 0;
            }
            return true;
        }
        self.strange += 1;
        if cx.confirmed() && !std::mem::replace(&mut self.reported, true) {
            let reason = format!("Invalid version in DTLS connection. Packet reported version: {version}");
            self.session.violation(cx, &reason);
        }
        if self.strange > MAX_STRANGE {
            self.session.over = true;
        }
        false
    }

    /// A datagram where media, and the search for addresses, are known to share the flow; the first byte tells whose it is
    /// (RFC 7983, section 7).
    fn shared(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        match bytes.first() {
            Some(20..=63) if !self.session.established => {
                if self.records(cx, dir, bytes).is_err() {
                    self.session.violation(cx, MALFORMED);
                }
            }
            Some(128..=191) if self.session.established && rtp::kind(bytes).is_some() => {
                cx.also(rtp::SRTP.name);
                self.session.over = true;
            }
            Some(20..=63) | None => {}
            Some(_) if bytes.get(4..8) == Some(&STUN_COOKIE) => {}
            Some(_) => self.stranger(cx),
        }
        self.session.over |= self.session.established && !self.session.media;
        Progress::Consumed(bytes.len())
    }

    /// A datagram of somebody else. Of many before any handshake this is no flow of ours.
    fn stranger(&mut self, cx: &Context<'_>) {
        self.strange += u32::from(!cx.confirmed());
        self.session.over |= self.strange > MAX_STRANGE;
    }

    /// A record of DTLS 1.3 with the short header: always encrypted, and the last that is looked at.
    fn unified(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        first: u8,
        mut cursor: Cursor<'_>,
    ) -> Result<(), Short> {
        let with_id = first & 0x10 != 0;
        if !with_id {
            cursor.take(if first & 0x08 != 0 { 2 } else { 1 })?;
            if first & 0x04 != 0 {
                cursor.u16()?;
            }
        }
        self.session.encrypt(dir);
        self.session.ciphertext(cx);
        Ok(())
    }

    fn content(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        kind: u8,
        epoch: u16,
        sequence: u64,
        body: &[u8],
    ) -> Result<(), Short> {
        let mut rest = body;
        while !rest.is_empty() {
            if epoch > 0 {
                self.session.ciphertext(cx);
                return Ok(());
            }
            let one = if kind == record_type::CHANGE_CIPHER_SPEC { 1 } else { rest.len() };
            let (now, behind) = rest.split_at_checked(one).ok_or(Short)?;
            match kind {
                record_type::HANDSHAKE => {
                    self.handshake(cx, dir, sequence, now)?;
                    self.session.row(cx);
                }
                _ => self.session.plaintext(cx, dir, kind, now)?,
            }
            rest = behind;
        }
        Ok(())
    }

    /// A message, or a part of one.
    fn handshake(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        sequence: u64,
        bytes: &[u8],
    ) -> Result<(), Short> {
        let fragments = self.fragments.of_mut(dir);
        match fragments.take(sequence, bytes)? {
            Ok(Some(message)) => self.session.handshake(cx, dir, &message),
            Ok(None) => {}
            Err(reason) => self.session.violation(cx, &reason),
        }
        Ok(())
    }
}

impl Analyzer for DatagramAnalyzer {
    fn start(&mut self, cx: &mut Context<'_>) {
        self.session.start(cx);
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if cx.tells_more() && !self.session.over {
            return self.shared(cx, dir, bytes);
        }
        let stun = bytes.len() > STUN && bytes.get(4..8) == Some(&STUN_COOKIE);
        if stun || self.session.over {
            return Progress::Done;
        }
        if self.records(cx, dir, bytes).is_err() {
            self.session.violation(cx, MALFORMED);
        }
        self.session.over |= self.session.established;
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        self.session.flipped();
        self.fragments.swap();
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        self.session.close(cx, why);
    }

    fn is_through(&self) -> bool {
        self.session.is_through()
    }

    fn held(&self) -> usize {
        self.session.held() + self.fragments.orig.held() + self.fragments.resp.held()
    }
}
