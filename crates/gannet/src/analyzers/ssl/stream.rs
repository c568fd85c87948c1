//! Records of TLS on a stream, and those of SSL 2.0: RFC 8446, section 5, RFC 6101, appendix E.

use super::fingerprint::Carrier;
use super::names::{self, SSL2, SSL3, TLS12};
use super::parse::session_id;
use super::session::{Session, record_type};
use crate::analyzers::{Analyzer, Close, Context, Progress};
use crate::base::cursor::{Cursor, Short};
use crate::base::direction::Direction;

/// Bytes of the header of a record.
const HEADER: usize = 5;
/// Bytes of the header that SSL 2.0 counts as content.
const COUNTED: usize = 3;
/// What a record is told by that ends before its content does.
const MALFORMED: &str = "parse error in a record";

/// Types of messages of SSL 2.0.
mod old {
    pub(super) const ERROR: u8 = 0;
    pub(super) const CLIENT_HELLO: u8 = 1;
    pub(super) const CLIENT_MASTER_KEY: u8 = 2;
    pub(super) const SERVER_HELLO: u8 = 4;
}

/// What a record's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    Tls,
    Old,
    /// Neither; the session is over.
    None,
}

/// TLS on one stream.
pub(super) struct StreamAnalyzer {
    session: Session,
    /// How records are framed, once that cannot change any more.
    framing: Option<Head>,
}

impl StreamAnalyzer {
    pub(super) fn new() -> Self {
        Self { session: Session::new(Carrier::Tcp), framing: None }
    }

    /// One whose establishment gives the connection another name too.
    pub(super) fn with_name(name: &'static str) -> Self {
        let mut new = Self::new();
        new.session.means = Some(name);
        new
    }

    /// Decides how the record at hand is framed.
    fn head(&mut self, cx: &mut Context<'_>, dir: Direction, header: [u8; HEADER]) -> Head {
        let [kind, major, minor, ..] = header;
        let version = u16::from_be_bytes([major, minor]);
        let is_tls = matches!(version, SSL3..=TLS12);
        match self.framing {
            Some(Head::Tls) if is_tls => return Head::Tls,
            Some(Head::Tls) => {
                let reason =
                    format!("Invalid version late in TLS connection. Packet reported version: {version}");
                self.session.stop(cx, &reason);
                return Head::None;
            }
            Some(framing) => return framing,
            None => {}
        }
        if kind & 0x80 != 0 {
            return self.old_head(cx, dir, header);
        }
        let reason = match kind {
            _ if !is_tls => format!("Invalid version in TLS connection. Version: {version}"),
            20..=30 => {
                self.framing = Some(Head::Tls);
                return Head::Tls;
            }
            _ => format!("Invalid type in TLS connection. Version: {version}, Type: {kind}"),
        };
        self.session.stop(cx, &reason);
        Head::None
    }

    fn old_head(&mut self, cx: &mut Context<'_>, dir: Direction, header: [u8; HEADER]) -> Head {
        let [_, low, kind, first, second] = header;
        let version = u16::from_be_bytes([first, second]);
        let reason = match (kind, dir) {
            (old::CLIENT_HELLO, Direction::Orig) if matches!(version, SSL2 | SSL3..=TLS12) => {
                return Head::Old;
            }
            (old::CLIENT_HELLO, Direction::Orig) => {
                format!("Invalid version in SSL client hello. Version: {version}")
            }
            (old::SERVER_HELLO, Direction::Resp) if second < 2 => {
                self.framing = Some(Head::Old);
                return Head::Old;
            }
            _ => format!("Invalid headers in SSL connection. Head1: {low}, head2: {kind}, head3: {first}"),
        };
        self.session.stop(cx, &reason);
        Head::None
    }

    /// Reads one record; how many bytes it has, or how many it needs.
    fn record(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Result<usize, usize> {
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else { return Err(HEADER) };
        let header = *header;
        let [kind, one, two, three, four] = header;
        let head = self.head(cx, dir, header);
        let length = match head {
            Head::Tls => usize::from(u16::from_be_bytes([three, four])),
            Head::Old => {
                let counted = usize::from(u16::from_be_bytes([kind & 0x7f, one]));
                let Some(length) = counted.checked_sub(COUNTED) else {
                    self.session.stop(cx, MALFORMED);
                    return Ok(HEADER);
                };
                length
            }
            Head::None => return Ok(HEADER),
        };
        let Some(body) = rest.get(..length) else { return Err(HEADER + length) };
        let read = match head {
            Head::Old => self.old_content(cx, dir, [two, three, four], body),
            _ => self.content(cx, dir, kind, body),
        };
        if read.is_err() {
            self.session.violation(cx, MALFORMED);
        }
        Ok(HEADER + length)
    }

    /// The content of a record: one message, except that each byte of a change of ciphers is one.
    fn content(&mut self, cx: &mut Context<'_>, dir: Direction, kind: u8, body: &[u8]) -> Result<(), Short> {
        let mut rest = body;
        while !rest.is_empty() {
            let session = &mut self.session;
            let hides =
                kind == record_type::APPLICATION_DATA && !matches!(session.version, SSL2 | SSL3..=TLS12);
            if hides {
                session.encrypt(dir);
            }
            if session.is_encrypted(dir) {
                session.ciphertext(cx);
                return Ok(());
            }
            let one = if kind == record_type::CHANGE_CIPHER_SPEC { 1 } else { rest.len() };
            let (now, behind) = rest.split_at_checked(one).ok_or(Short)?;
            session.plaintext(cx, dir, kind, now)?;
            rest = behind;
        }
        Ok(())
    }

    /// A message of SSL 2.0: its type, two more bytes of the header, and the rest.
    fn old_content(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        [kind, one, two]: [u8; 3],
        body: &[u8],
    ) -> Result<(), Short> {
        let number = u16::from_be_bytes([one, two]);
        if body.is_empty() {
            return Ok(());
        }
        if self.session.is_encrypted(dir) {
            self.session.ciphertext(cx);
            return Ok(());
        }
        match kind {
            old::ERROR => {
                let client = self.session.is_client(dir);
                self.session.alert(cx, client, number);
            }
            old::CLIENT_HELLO => self.old_client_hello(cx, number, body)?,
            old::CLIENT_MASTER_KEY => {
                master_key(body)?;
                self.session.encrypt(Direction::Orig);
                self.session.encrypt(Direction::Resp);
                if !self.session.established {
                    self.session.establish(cx);
                }
            }
            old::SERVER_HELLO => self.old_server_hello(cx, dir, body)?,
            _ => {
                let kind = 300 + u16::from(kind);
                let sender = super::session::sender(dir);
                self.session.violation(cx, &format!("unknown SSL record type ({kind}) from {sender}"));
            }
        }
        self.session.row(cx);
        Ok(())
    }

    fn old_client_hello(&mut self, cx: &mut Context<'_>, version: u16, body: &[u8]) -> Result<(), Short> {
        let mut cursor = Cursor::new(body);
        let (ciphers, id, challenge) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        cursor.take(usize::from(ciphers))?;
        let id = session_id(cursor.take(usize::from(id))?);
        cursor.take(usize::from(challenge))?;
        if names::is_known(version) {
            self.session.confirm(cx);
        }
        let row = self.session.row(cx);
        if id != [0; super::parse::ID] {
            row.session_id = Some(id);
            row.ticket_alone = false;
        }
        self.session.note(cx, true, b'c');
        Ok(())
    }

    fn old_server_hello(&mut self, cx: &mut Context<'_>, dir: Direction, body: &[u8]) -> Result<(), Short> {
        let mut cursor = Cursor::new(body);
        let version = cursor.u16()?;
        let (certificate, ciphers, id) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        let certificate = cursor.take(usize::from(certificate))?;
        let ciphers = cursor.take(usize::from(ciphers) / 3 * 3)?;
        cursor.take(usize::from(id))?;
        if version != SSL2 {
            self.session.stop(cx, &format!("Invalid version in SSL server hello. Version: {version}"));
            return Ok(());
        }
        // A server that offers none is logged with the number 0.
        let cipher = Cursor::new(ciphers).u24().unwrap_or(0);
        self.session.row(cx).server_hello(version, cipher, &[0; super::parse::ID]);
        self.session.note(cx, false, b's');
        self.session.certificates(cx, dir, &[certificate]);
        Ok(())
    }
}

/// Looks at a client master key.
fn master_key(body: &[u8]) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    cursor.u8()?;
    let lengths = [cursor.u16()?, cursor.u16()?, cursor.u16()?];
    cursor.take(lengths.iter().map(|length| usize::from(*length)).sum()).map(|_| ())
}

impl Analyzer for StreamAnalyzer {
    fn start(&mut self, cx: &mut Context<'_>) {
        self.session.start(cx);
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let mut at = 0;
        while !self.session.over {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            match self.record(cx, dir, rest) {
                Ok(read) => at += read,
                Err(_) if self.session.established => break,
                Err(_) if at > 0 => return Progress::Consumed(at),
                Err(need) => return Progress::Need(need),
            }
        }
        if self.session.over || self.session.established {
            self.session.over = true;
            return Progress::Done;
        }
        Progress::Consumed(at)
    }

    /// Nothing can be read after bytes that were never seen, in either direction.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.session.over = true;
        Progress::Done
    }

    fn flipped(&mut self) {
        self.session.flipped();
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        self.session.close(cx, why);
    }

    fn is_through(&self) -> bool {
        self.session.is_through()
    }

    fn held(&self) -> usize {
        self.session.held()
    }
}
