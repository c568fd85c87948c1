//! What happens on a TLS or DTLS connection, whatever carries its messages, and the row that comes of it.

use super::fingerprint::Carrier;
use super::names;
use super::record::Ssl;
use super::row::Row;
use crate::analyzers::{Close, Context, Remains};
use crate::base::cursor::{Cursor, Short};
use crate::base::direction::Direction;
use crate::base::direction::Pair;
use crate::events::{Presented, Secured};

/// Alerts of one record that are looked at.
const MAX_ALERTS: usize = 10;

/// Types of records: RFC 8446, section 5.1, and RFC 6520.
pub(super) mod record_type {
    pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(crate) const ALERT: u8 = 21;
    pub(crate) const HANDSHAKE: u8 = 22;
    pub(crate) const APPLICATION_DATA: u8 = 23;
    pub(crate) const HEARTBEAT: u8 = 24;
}

/// Left with a connection whose row is written: whoever reads it again writes no other.
struct Written;

impl Remains for Written {
    fn finish(self: Box<Self>, _cx: &mut Context<'_>) {}

    fn held(&self) -> usize {
        0
    }
}

/// A handshake message that is too long to be kept, while it passes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skipped {
    pub(super) kind: u8,
    /// Bytes of it that came.
    pub(super) passed: usize,
    /// Bytes of it that are still to come; none: there is no such message.
    pub(super) left: usize,
}

/// One connection's TLS.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) carrier: Carrier,
    row: Option<Box<Row>>,
    written: bool,
    /// The version of the first server hello; zero before it.
    pub(super) version: u16,
    pub(super) cipher: Option<u32>,
    /// The client is the responder.
    pub(super) swapped: bool,
    unclear: bool,
    encrypted: Pair<bool>,
    /// Both sides encrypt.
    pub(super) established: bool,
    /// Nothing more is to be read.
    pub(super) over: bool,
    /// Handshake messages that are not complete.
    pub(super) partial: Pair<Vec<u8>>,
    /// Messages that are too long to be kept.
    pub(super) skipped: Pair<Skipped>,
    /// Both sides agreed to send media beside it, by keys that the handshake gives: RFC 5764.
    pub(super) media: bool,
    /// What else the connection is, once it is established.
    pub(super) means: Option<&'static str>,
}

impl Session {
    pub(super) fn new(carrier: Carrier) -> Self {
        Self {
            carrier,
            row: None,
            written: false,
            version: 0,
            cipher: None,
            swapped: false,
            unclear: false,
            encrypted: Pair::default(),
            established: false,
            over: false,
            partial: Pair::default(),
            skipped: Pair::default(),
            media: false,
            means: None,
        }
    }

    /// Whether a direction is the client's.
    pub(super) fn is_client(&self, dir: Direction) -> bool {
        (dir == Direction::Orig) != self.swapped
    }

    /// The row, which begins with the first event.
    pub(super) fn row(&mut self, cx: &Context<'_>) -> &mut Row {
        self.row.get_or_insert_with(|| Box::new(Row::new(cx)))
    }

    /// The row, if it has begun and is still of use.
    pub(super) fn open_row(&mut self) -> Option<&mut Row> {
        if self.written { None } else { self.row.as_deref_mut() }
    }

    /// Adds a letter to the history.
    pub(super) fn note(&mut self, cx: &mut Context<'_>, client: bool, letter: u8) {
        if self.row(cx).note(client, letter) {
            cx.weird_from(None, "SSL_max_ssl_history_length_reached", "");
        }
    }

    /// Writes the row, once.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) {
        let Some(mut row) = self.row.take_if(|_| !self.written) else { return };
        self.written = true;
        if cx.wants(Presented::STREAM)
            && let Some(presented) = row.presented(cx.is_local(Direction::Resp))
        {
            cx.emit(&presented);
        }
        if cx.wants(Ssl::STREAM) {
            cx.emit(&row.finish());
        }
    }

    /// Called first: an analyzer before this one may have written the row.
    pub(super) fn start(&mut self, cx: &mut Context<'_>) {
        self.written = cx.take_left::<Written>().is_some();
    }

    /// Called last.
    pub(super) fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        self.write(cx);
        if self.written && why == Close::Violation {
            cx.leave(Box::new(Written));
        }
    }

    /// The protocol was not kept: that ends the row, not the reading.
    pub(super) fn violation(&mut self, cx: &mut Context<'_>, reason: &str) {
        self.write(cx);
        cx.violation(reason);
    }

    /// The protocol was not kept, and nothing that follows can be understood.
    pub(super) fn stop(&mut self, cx: &mut Context<'_>, reason: &str) {
        self.violation(cx, reason);
        self.over = true;
    }

    /// The client's hello was understood.
    pub(super) fn confirm(&mut self, cx: &mut Context<'_>) {
        if !cx.confirmed() {
            self.row(cx);
            cx.confirm();
        }
    }

    /// A message shows who the client is.
    pub(super) fn direction(&mut self, cx: &mut Context<'_>, client: bool, dir: Direction) {
        if client == self.is_client(dir) {
            return;
        }
        self.swapped = !self.swapped;
        self.row(cx).history.push(b'^');
        if !self.swapped && !std::mem::replace(&mut self.unclear, true) {
            cx.weird("SSL_unclear_connection_direction", "");
        }
    }

    pub(super) fn is_encrypted(&self, dir: Direction) -> bool {
        *self.encrypted.of(dir)
    }

    /// A direction is encrypted from here on.
    pub(super) fn encrypt(&mut self, dir: Direction) {
        *self.encrypted.of_mut(dir) = true;
    }

    /// Something encrypted was seen.
    pub(super) fn ciphertext(&mut self, cx: &mut Context<'_>) {
        if self.encrypted.orig && self.encrypted.resp && !self.established {
            self.establish(cx);
        }
    }

    /// The handshake is complete, and the row with it.
    pub(super) fn establish(&mut self, cx: &mut Context<'_>) {
        self.established = true;
        self.row(cx).established = true;
        if cx.wants(Secured::STREAM)
            && let Some(row) = &self.row
        {
            cx.emit(&row.secured(cx.is_local(Direction::Resp)));
        }
        self.write(cx);
        if let Some(name) = self.means {
            cx.also(name);
        }
        self.row = None;
        self.partial = Pair::default();
    }

    /// The content of a record that is not encrypted. Handshake messages are read by [`Self::handshake`].
    pub(super) fn plaintext(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        kind: u8,
        bytes: &[u8],
    ) -> Result<(), Short> {
        let client = self.is_client(dir);
        match kind {
            record_type::CHANGE_CIPHER_SPEC => {
                if !names::is_tls13(self.version) {
                    self.encrypt(dir);
                }
                self.note(cx, client, b'i');
                let row = self.row(cx);
                row.resumed |= client && row.ticket_alone && !row.client_keyed;
            }
            record_type::ALERT => self.alerts(cx, client, bytes)?,
            record_type::HANDSHAKE => self.handshake(cx, dir, bytes),
            record_type::APPLICATION_DATA => {}
            record_type::HEARTBEAT => {
                Cursor::new(bytes).take(3)?;
                self.note(cx, client, b'b');
            }
            _ => self.violation(cx, &format!("unknown SSL record type ({kind}) from {}", sender(dir))),
        }
        self.row(cx);
        let early = self.open_row().is_some_and(|row| row.version.is_some());
        if early && kind == record_type::APPLICATION_DATA {
            cx.weird_from(None, "ssl_early_application_data", "");
        }
        Ok(())
    }

    fn alerts(&mut self, cx: &mut Context<'_>, client: bool, bytes: &[u8]) -> Result<(), Short> {
        let most = if names::is_tls13(self.version) { 1 } else { MAX_ALERTS };
        let mut bytes = bytes;
        if bytes.len() > most * 2 {
            cx.weird("SSL_excessive_alerts_in_record", (bytes.len() / 2).to_string());
            bytes = bytes.get(..most * 2).unwrap_or_default();
        }
        let (alerts, odd) = bytes.as_chunks::<2>();
        for [_level, description] in alerts {
            self.alert(cx, client, u16::from(*description));
        }
        if odd.is_empty() { Ok(()) } else { Err(Short) }
    }

    /// An alert that is not encrypted.
    pub(super) fn alert(&mut self, cx: &mut Context<'_>, client: bool, description: u16) {
        self.note(cx, client, b'l');
        self.row(cx).last_alert = Some(description);
    }

    /// Originator and responder changed places.
    pub(super) fn flipped(&mut self) {
        self.encrypted.swap();
        self.partial.swap();
        self.skipped.swap();
    }

    /// The row is written and nothing more is read.
    pub(super) fn is_through(&self) -> bool {
        self.written && self.over
    }

    pub(super) fn held(&self) -> usize {
        let row = self.row.as_ref().map_or(0, |row| row.held());
        row + self.partial.orig.capacity() + self.partial.resp.capacity()
    }
}

/// What a violation calls the sender of something.
pub(super) fn sender(dir: Direction) -> &'static str {
    match dir {
        Direction::Orig => "originator",
        Direction::Resp => "responder",
    }
}
