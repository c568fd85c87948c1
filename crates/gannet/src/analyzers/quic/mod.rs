//! QUIC, versions 1 and 2 and the drafts before them: RFC 9000, RFC 9001, RFC 9369.
//!
//! Initial packets are protected by keys that everybody can make who saw the first of them; so the hellos of TLS in them can be
//! read. All that follows is only counted.

mod hello;
#[cfg_attr(not(feature = "decryption"), path = "no_keys.rs")]
mod keys;
mod parse;
mod record;
mod row;
#[cfg(all(test, feature = "decryption"))]
mod tests;
mod version;

pub use record::Quic;

use hello::Hello;
use keys::Keys;
use parse::{FIXED, Fault, Frame, LONG, Long};
use row::Row;
use version::{Kind, Version};

use super::ssl::{self, Ssl};
use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::cursor::{Cursor, Short};
use crate::base::direction::{Direction, Pair, Transport};

/// The analyzer of QUIC.
pub static QUIC: Descriptor = Descriptor::new("quic", "QUIC", |_| Box::new(QuicAnalyzer::new()))
    .doc("QUIC: connections, and the hellos of TLS in them")
    .ports(&[(Transport::Udp, 443), (Transport::Udp, 784), (Transport::Udp, 853)])
    .records(&[Quic::STREAM, Ssl::STREAM]);

/// Key of the child that reads the handshake.
const HANDSHAKE: u64 = 0;
/// Datagrams of another protocol that are noted.
const MAX_DISCARDED: u32 = 100;

/// One connection's QUIC.
struct QuicAnalyzer {
    row: Option<Box<Row>>,
    /// The connection id that the keys are made of.
    first_destination: Option<Vec<u8>>,
    keys: Option<Box<Keys>>,
    hellos: Pair<Hello>,
    /// Bytes of the client's connection id, which short headers begin with.
    id_len: usize,
    /// A packet was decrypted.
    decrypted: bool,
    /// Datagrams, or ends of datagrams, that are no packets of QUIC.
    discarded: u32,
    /// Short headers of each direction.
    short: Pair<u64>,
    /// Something was wrong: nothing more is read.
    over: bool,
}

impl QuicAnalyzer {
    fn new() -> Self {
        Self {
            row: None,
            first_destination: None,
            keys: None,
            hellos: Pair::default(),
            id_len: 0,
            decrypted: false,
            discarded: 0,
            short: Pair::default(),
            over: false,
        }
    }

    /// Reads the packets of a datagram (RFC 9000, section 12.2).
    fn datagram(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Result<(), Fault> {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if first & FIXED == 0 {
                self.discard(cx, dir);
                return Ok(());
            }
            if first & LONG == 0 {
                return self.short(cx, dir, rest);
            }
            let read = self.long(cx, dir, rest)?;
            rest = rest.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    /// What follows is none of QUIC.
    fn discard(&mut self, cx: &mut Context<'_>, dir: Direction) {
        self.discarded = self.discarded.saturating_add(1);
        if self.decrypted && self.discarded <= MAX_DISCARDED && !self.note(cx, dir, b'X') {
            cx.weird_from(None, "QUIC_spurious_discarded_packet", "");
        }
    }

    /// A packet with a short header, which takes all that is left: the first, second, fourth … of a direction are noted.
    fn short(&mut self, cx: &mut Context<'_>, dir: Direction, packet: &[u8]) -> Result<(), Fault> {
        if packet.len() <= self.id_len {
            return Err(Fault::Short);
        }
        let count = self.short.of_mut(dir);
        *count += 1;
        let count = *count;
        if count.is_power_of_two() && !self.note(cx, dir, b'O') {
            let name = "QUIC_spurious_short_header_packet_threshold_crossed";
            cx.weird_from(None, name, count.to_string());
        }
        Ok(())
    }

    /// A packet with a long header; how long it is.
    fn long(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Result<usize, Fault> {
        let mut at = Cursor::new(bytes);
        let header = Long::read(&mut at)?;
        let Some(version) = Version::known(header.version) else {
            self.end_of_row(cx, dir, &header, b'U');
            return Err(Fault::Version(header.version));
        };
        match version.kind(header.first) {
            Kind::Initial => {
                let number_at = parse::initial(&mut at)?;
                self.seen(cx, dir, &header, b'I');
                let packet = bytes.get(..at.at()).ok_or(Short)?;
                self.initial(cx, dir, (version, &header), packet, number_at)?;
            }
            Kind::ZeroRtt => {
                parse::protected(&mut at)?;
                self.seen(cx, dir, &header, b'Z');
            }
            Kind::Handshake => {
                parse::protected(&mut at)?;
                self.seen(cx, dir, &header, b'H');
            }
            Kind::Retry => {
                parse::retry(&mut at)?;
                self.end_of_row(cx, dir, &header, b'R');
                (self.first_destination, self.keys, self.hellos) = (None, None, Pair::default());
            }
        }
        Ok(at.at())
    }

    /// A packet that the row shows, or begins with.
    fn seen(&mut self, cx: &mut Context<'_>, dir: Direction, header: &Long<'_>, letter: u8) {
        let row = self.row.get_or_insert_with(|| Box::new(Row::new(cx, header.version)));
        row.ids(dir, header);
        row.note(cx, dir, letter);
    }

    /// A packet that the row ends with, if it is not all that there is of it.
    fn end_of_row(&mut self, cx: &mut Context<'_>, dir: Direction, header: &Long<'_>, letter: u8) {
        if self.row.is_none() {
            let mut row = Box::new(Row::new(cx, header.version));
            row.ids(dir, header);
            self.row = Some(row);
        }
        self.note(cx, dir, letter);
        self.write(cx);
    }

    /// Adds a letter to the row's history; false if there is no row.
    fn note(&mut self, cx: &mut Context<'_>, dir: Direction, letter: u8) -> bool {
        self.row.as_mut().map(|row| row.note(cx, dir, letter)).is_some()
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        if let Some(row) = self.row.take() {
            row.write(cx);
        }
    }

    /// Decrypts an Initial packet and reads it, if there may be some of a hello in it.
    fn initial(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        (version, header): (Version, &Long<'_>),
        packet: &[u8],
        number_at: usize,
    ) -> Result<(), Fault> {
        let is_client = dir == Direction::Orig;
        if !Keys::CAN_BE_MADE {
            return Ok(());
        }
        if self.hellos.of(dir).is_over() || (!is_client && self.first_destination.is_none()) {
            return Ok(());
        }
        self.id_len = if is_client { header.source.len() } else { header.destination.len() };
        let id = self.first_destination.get_or_insert_with(|| header.destination.to_vec());
        if self.keys.as_ref().is_none_or(|keys| keys.version != version) {
            self.keys = Keys::new(version, id).map(Box::new);
        }
        let text = self.keys.as_ref().and_then(|keys| keys.open(dir, packet, number_at));
        let text = text.filter(|text| !text.is_empty()).ok_or(Fault::Sealed)?;
        cx.confirm();
        self.decrypted = true;
        self.frames(cx, dir, &text)
    }

    fn frames(&mut self, cx: &mut Context<'_>, dir: Direction, text: &[u8]) -> Result<(), Fault> {
        let mut at = Cursor::new(text);
        while !at.is_empty() {
            match parse::frame(&mut at)? {
                Frame::Crypto(place, bytes) => {
                    if let Some(message) = self.hellos.of_mut(dir).add(place, bytes)? {
                        self.message(cx, dir, &message);
                    }
                }
                Frame::Close => {
                    self.note(cx, dir, b'C');
                    self.write(cx);
                }
                Frame::Other => {}
            }
        }
        Ok(())
    }

    /// The first message of the handshake from one side is complete.
    fn message(&mut self, cx: &mut Context<'_>, dir: Direction, message: &[u8]) {
        if let (Some(row), Some(mut greeting)) = (&mut self.row, ssl::greeting(message)) {
            row.greet(&mut greeting);
            if greeting.protocols.len() > 1 {
                let all = greeting.protocols.join(&b", "[..]);
                cx.weird_from(None, "QUIC_many_protocols", [b"[", all.as_slice(), b"]"].concat());
            }
            row.note(cx, dir, b'S');
        }
        // A Retry has the client begin anew, and the row of the handshake go on.
        if cx.has_child(HANDSHAKE) || cx.open_child(HANDSHAKE, &ssl::HANDSHAKE, Transport::Tcp) {
            cx.child_data(HANDSHAKE, dir, message);
        }
    }
}

impl Analyzer for QuicAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        if let Err(fault) = self.datagram(cx, dir, bytes) {
            self.over = true;
            cx.violation_of(&fault.reason(), bytes);
        }
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        self.hellos.swap();
        self.short.swap();
        self.row.iter_mut().for_each(|row| row.flip());
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.write(cx);
    }

    fn held(&self) -> usize {
        self.row.as_ref().map_or(0, |row| row.held())
            + self.first_destination.as_ref().map_or(0, Vec::capacity)
            + self.keys.as_ref().map_or(0, |_| size_of::<Keys>())
            + self.hellos.orig.held()
            + self.hellos.resp.held()
    }
}
