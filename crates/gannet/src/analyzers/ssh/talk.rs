//! One connection's SSH: from version lines to the first log-in.

use md5::{Digest, Md5};
use sha2::Sha256;

use super::auth::{Sizes, Tells};
use super::parse::{self, Exchange, Fault, Offer, Packet, Says, Step, list};
use super::record::Ssh;
use crate::analyzers::late::{Late, Open};
use crate::analyzers::{Analyzer, Close, Context, Progress};
use crate::base::direction::{Direction, Pair};
use crate::base::time::Interval;
use crate::events::Enum;
use crate::files::hash;
use crate::parsers::base64;

/// Longest version line; RFC 4253 allows 255 bytes.
const MAX_LINE: usize = 8 * 1024;
/// Messages of SSH-2 (RFC 4250, section 4.1.2).
const DISCONNECT: u8 = 1;
const DEBUG: u8 = 4;
const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;
/// Messages of SSH-1: the server's keys, and the client's answer.
const OLD_PUBLIC_KEY: u8 = 2;
const OLD_SESSION_KEY: u8 = 3;
/// Characters of a key's hash that are shown.
const PRINT: usize = 32;
/// Lists that may be too long, and what is said then.
const LONG_LISTS: [(&[usize], &str); 6] = [
    (&[list::KEX], "SSH_max_kexinit_kex_algorithms_exceeded"),
    (&[list::HOST_KEY], "SSH_max_kexinit_hostkey_algorithms_exceeded"),
    (&[list::CIPHER, list::CIPHER + 1], "SSH_max_kexinit_encryption_algorithms_exceeded"),
    (&[list::MAC, list::MAC + 1], "SSH_max_kexinit_mac_algorithms_exceeded"),
    (&[list::COMPRESSION, list::COMPRESSION + 1], "SSH_max_kexinit_compression_algorithms_exceeded"),
    (&[8, 9], "SSH_max_kexinit_languages_exceeded"),
];

/// How far a side is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Version,
    /// Its offer comes next.
    Offer,
    /// Keys are exchanged.
    Exchange(Exchange),
    Encrypted,
}

/// One connection's SSH.
#[derive(Default)]
pub(super) struct SshAnalyzer {
    row: Option<Box<Ssh>>,
    says: Pair<Option<Says>>,
    phase: Pair<Phase>,
    /// The first offer, until that of the other side is there.
    offer: Option<(Direction, Box<[u8]>)>,
    /// Both offers were compared.
    compared: bool,
    sizes: Sizes,
    /// The row is out, or bytes are missing: nothing more is read.
    over: bool,
}

impl SshAnalyzer {
    /// The row, which begins now if there is none.
    fn row(&mut self, cx: &Context<'_>) -> &mut Ssh {
        self.row.get_or_insert_with(|| {
            let mut row = Ssh::new(cx.packet_time(), cx.conn());
            row.direction = match (cx.is_local(Direction::Orig), cx.is_local(Direction::Resp)) {
                (Some(true), Some(false)) => Some(Enum("OUTBOUND")),
                (Some(false), Some(true)) => Some(Enum("INBOUND")),
                _ => None,
            };
            Box::new(row)
        })
    }

    /// A line of a side that has not named its version yet.
    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(at) = memchr::memchr(b'\n', bytes) else {
            return Progress::Until { byte: b'\n', max: MAX_LINE };
        };
        let line = bytes.get(..at).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"SSH-") {
            self.version(cx, dir, line);
        } else if dir == Direction::Orig {
            return Progress::Violation("the client does not name its version");
        }
        Progress::Consumed(at + 1)
    }

    fn version(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        *self.phase.of_mut(dir) = Phase::Offer;
        *self.says.of_mut(dir) = parse::says(line);
        let both = self.says.orig.zip(self.says.resp);
        let named = match both {
            Some((client, server)) => parse::agree(client, server),
            None => None,
        };
        let row = self.row(cx);
        let place = if dir == Direction::Orig { &mut row.client } else { &mut row.server };
        *place = Some(line.to_vec());
        row.version = named;
        let both_named = row.client.is_some() && row.server.is_some();
        let conn = cx.conn();
        match dir {
            Direction::Orig => cx.banner("SSH::CLIENT", conn.orig_h, None, line),
            Direction::Resp => cx.banner("SSH::SERVER", conn.resp_h, Some(conn.resp_p), line),
        }
        let row = self.row(cx);
        if both.is_some() && named.is_none() {
            let addl = [row.server.as_deref(), row.client.as_deref()].map(Option::unwrap_or_default);
            cx.weird_from(None, "SSH_version_mismatch", addl.join(&b" vs "[..]));
        } else if both_named && both.is_none() {
            cx.weird_from(None, "SSH_cannot_determine_version", "");
        }
    }

    fn agreed(&self) -> Option<u64> {
        self.row.as_ref().and_then(|row| row.version)
    }

    /// A packet that is not encrypted.
    fn packet(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Progress::Need(4) };
        let length = u32::from_be_bytes(*length) as usize;
        if length > parse::MAX_PACKET {
            cx.weird("SSH_max_packet_length_exceeded", format!("{length} > {}", parse::MAX_PACKET));
            cx.limit_reached();
            self.over = true;
            return Progress::Done;
        }
        match self.agreed() {
            Some(1) => return self.old_packet(cx, dir, length, rest),
            Some(_) => {}
            // Whose version is not known yet cannot be read.
            None => return Progress::Consumed(bytes.len()),
        }
        let Some(packet) = rest.get(..length) else { return Progress::Need(4 + length) };
        match Packet::read(packet).and_then(|packet| self.message(cx, dir, &packet)) {
            Ok(true) => Progress::Consumed(4 + length),
            Ok(false) => Progress::Violation("no message of this key exchange"),
            Err(fault) => {
                if let Fault::LongString(length) = fault {
                    cx.weird("SSH_max_string_length_exceeded", format!("{length} > 2097152"));
                    cx.limit_reached();
                }
                Progress::Violation("a message is shorter than what is in it")
            }
        }
    }

    fn old_packet(&mut self, cx: &mut Context<'_>, dir: Direction, length: usize, rest: &[u8]) -> Progress {
        let whole = length + parse::old_padding(length);
        let Some(packet) = rest.get(..whole) else { return Progress::Need(4 + whole) };
        match parse::old_message(packet, length) {
            Some(OLD_PUBLIC_KEY) => {}
            Some(OLD_SESSION_KEY) => self.confirm(cx),
            _ => return Progress::Violation("no message of this key exchange"),
        }
        *self.phase.of_mut(dir) = Phase::Encrypted;
        Progress::Consumed(4 + whole)
    }

    fn confirm(&mut self, cx: &mut Context<'_>) {
        if !cx.confirmed() {
            cx.confirm();
            cx.set_timeout(Interval::from_secs(3600));
        }
        self.row(cx);
    }

    /// A message of SSH-2; false if it has no business here.
    fn message(&mut self, cx: &mut Context<'_>, dir: Direction, packet: &Packet<'_>) -> Result<bool, Fault> {
        match (*self.phase.of(dir), packet.message) {
            (_, NEWKEYS) if self.compared => {
                *self.phase.of_mut(dir) = Phase::Encrypted;
                self.confirm(cx);
            }
            (Phase::Offer, KEXINIT) => self.offer(cx, dir, packet.body)?,
            (_, DISCONNECT..=DEBUG) => {}
            (Phase::Exchange(exchange), message) => match parse::step(exchange, message, packet.body)? {
                Step::HostKey(key) => self.host_key(cx, key),
                Step::Other => {}
                Step::Unknown => return Ok(false),
            },
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What a side offers; with what the other offers it is known what they agree on.
    fn offer(&mut self, cx: &mut Context<'_>, dir: Direction, body: &[u8]) -> Result<(), Fault> {
        let offer = Offer::read(body)?;
        tell_long_lists(cx, &offer);
        let print = hash::hex(&Md5::digest(offer.hassh_text(dir == Direction::Resp)));
        let row = self.row(cx);
        let place = if dir == Direction::Orig { &mut row.hassh } else { &mut row.hassh_server };
        place.get_or_insert(print);
        match self.offer.take() {
            _ if self.compared => {}
            Some((first, body)) if first != dir => {
                let other = Offer::read(&body)?;
                let (client, server) = if dir == Direction::Orig { (offer, other) } else { (other, offer) };
                self.compare(cx, &client, &server);
            }
            Some(first) => self.offer = Some(first),
            None => self.offer = Some((dir, body.into())),
        }
        Ok(())
    }

    fn compare(&mut self, cx: &mut Context<'_>, client: &Offer<'_>, server: &Offer<'_>) {
        let one = |at| Some(parse::agreed(client.list(at), server.list(at)));
        let both = |at| Some(parse::agreed_both(client.pair(at), server.pair(at)));
        let row = self.row(cx);
        row.cipher_alg = both(list::CIPHER);
        row.mac_alg = both(list::MAC);
        row.compression_alg = both(list::COMPRESSION);
        row.kex_alg = one(list::KEX);
        row.host_key_alg = one(list::HOST_KEY);
        let Some(method) = parse::chosen(client.list(list::KEX), server.list(list::KEX)) else { return };
        match Exchange::of(method) {
            Some(exchange) => {
                self.compared = true;
                self.phase = Pair { orig: Phase::Exchange(exchange), resp: Phase::Exchange(exchange) };
            }
            None => {
                cx.weird("ssh_unknown_kex_algorithm", method);
                cx.limit_reached();
            }
        }
    }

    fn host_key(&mut self, cx: &Context<'_>, key: &[u8]) {
        let mut text = base64::encode(&Sha256::digest(key));
        text.truncate(PRINT);
        self.row(cx).host_key_fingerprint = Some(format!("SHA256:{text}"));
    }

    /// Bytes that are encrypted, as many as a segment brought.
    fn encrypted(&mut self, cx: &mut Context<'_>, dir: Direction, length: usize) -> Progress {
        let Some(row) = self.row.as_mut().filter(|row| row.version == Some(2)) else { return Progress::Done };
        if matches!(row.compression_alg.as_deref(), Some(b"zlib" | b"zlib@openssh.com")) {
            return Progress::Done;
        }
        if dir == Direction::Orig {
            self.sizes.client();
            return Progress::Consumed(length);
        }
        let tells = self.sizes.server(length);
        if tells != Tells::Nothing {
            row.auth_attempts += 1;
            row.auth_success = Some(tells == Tells::Accepted);
        }
        if tells == Tells::Accepted {
            self.over = true;
            self.write(cx);
            return Progress::Done;
        }
        Progress::Consumed(length)
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        if let Some(mut row) = self.row.take() {
            row.conn = cx.conn();
            cx.emit(&*row);
        }
    }
}

/// Tells of lists with too many names.
fn tell_long_lists(cx: &mut Context<'_>, offer: &Offer<'_>) {
    for (lists, weird) in LONG_LISTS {
        for at in lists {
            let count = parse::count(offer.list(*at));
            if count > parse::MAX_NAMES {
                cx.weird(weird, format!("{count} > {}", parse::MAX_NAMES));
                cx.limit_reached();
            }
        }
    }
}

impl Analyzer for SshAnalyzer {
    fn start(&mut self, cx: &mut Context<'_>) {
        self.row = cx.take_left::<Late<Ssh>>().map(|late| late.0);
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        match *self.phase.of(dir) {
            Phase::Version => self.line(cx, dir, bytes),
            Phase::Encrypted => self.encrypted(cx, dir, bytes.len()),
            Phase::Offer | Phase::Exchange(_) => self.packet(cx, dir, bytes),
        }
    }

    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn flipped(&mut self) {
        self.says.swap();
        self.phase.swap();
        if let Some((dir, _)) = &mut self.offer {
            *dir = dir.other();
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        match (why, self.row.take()) {
            (Close::Violation, Some(row)) => cx.leave(Box::new(Late(row))),
            (_, row) => {
                self.row = row;
                self.write(cx);
            }
        }
    }

    /// Whether the row is out.
    fn is_through(&self) -> bool {
        self.over && self.row.is_none()
    }

    fn held(&self) -> usize {
        let row = self.row.as_ref().map_or(0, |row| size_of::<Ssh>() + row.held());
        row + self.offer.as_ref().map_or(0, |(_, body)| body.len())
    }
}
