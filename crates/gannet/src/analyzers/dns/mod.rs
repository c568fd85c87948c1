//! DNS over UDP and TCP, multicast DNS, LLMNR, and the NetBIOS name service: RFC 1035 and the many that amend it.

mod answers;
mod dnssec;
mod message;
mod names;
mod pairing;
mod params;
mod parse;
mod presentation;
mod record;
mod tables;
#[cfg(test)]
mod tests;

pub use record::Dns;

use message::{Header, Question, Sink};
use pairing::{Birth, Pairing, Row};
use parse::{Outcome, Setting};

use super::{Analyzer, Close, Context, Descriptor, Progress, Start};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::time::Interval;

/// The analyzer of DNS.
pub static DNS: Descriptor = Descriptor::new("dns", "DNS", |start| Box::new(DnsAnalyzer::new(start)))
    .doc("Domain names: queries and their answers, also multicast DNS, LLMNR and NetBIOS names")
    .ports(&[
        (Transport::Tcp, 53),
        (Transport::Udp, 53),
        (Transport::Udp, NETBIOS_PORT),
        (Transport::Udp, 5353),
        (Transport::Udp, 5355),
    ])
    .records(&[Dns::STREAM])
    .partial(true)
    .shapes(true)
    .max_tail(LENGTH + u16::MAX as usize);

/// Port of the NetBIOS name service.
const NETBIOS_PORT: u16 = 137;
/// Bytes of the length before each message on TCP.
const LENGTH: usize = 2;
/// How often a connection over UDP is asked whether it is over.
const CHECK: Interval = Interval::from_secs(10);
/// Idle for so long, it is.
const IDLE: Interval = Interval::from_secs(9);

/// One direction's bytes on TCP.
#[derive(Debug, Default)]
struct Stream {
    /// What was left of it when it ended, one message at most; more may come.
    kept: Vec<u8>,
    /// Bytes at the front that were read when an end closed.
    read: usize,
}

/// One connection's DNS.
struct DnsAnalyzer {
    datagrams: bool,
    /// One of the ports is that of the NetBIOS name service.
    netbios: bool,
    /// A message was seen; from then on nobody changes places.
    begun: bool,
    /// The streams of both directions on TCP, once an end closed.
    streams: Option<Box<Pair<Stream>>>,
    pairing: Pairing,
}

impl DnsAnalyzer {
    fn new(start: &Start) -> Self {
        Self {
            datagrams: start.transport == Transport::Udp,
            netbios: start.orig_port == NETBIOS_PORT || start.resp_port == NETBIOS_PORT,
            begun: false,
            streams: None,
            pairing: Pairing::default(),
        }
    }

    /// Reads one message. The direction is unknown for what is left of a stream.
    fn message(&mut self, cx: &mut Context<'_>, dir: Option<Direction>, bytes: &[u8]) {
        let Some(header) = Header::read(bytes) else {
            cx.weird("DNS_truncated_len_lt_hdr_len", "");
            return;
        };
        if !header.is_tracked() && !self.netbios {
            cx.weird("DNS_unknown_opcode", header.opcode().to_string());
            cx.limit_reached();
            return;
        }
        let first = !std::mem::replace(&mut self.begun, true);
        if first && header.is_reply() && dir == Some(Direction::Orig) && !cx.responder_is_multicast() {
            cx.flip();
        }
        let wanted = cx.wants(Dns::STREAM);
        let conn = cx.conn();
        if wanted && header.is_tracked() {
            let birth = Birth { ts: cx.now(), conn, proto: cx.transport() };
            self.pairing.select(&header, self.netbios, &birth, &mut |row| cx.emit(row));
        }
        let setting = Setting {
            netbios: self.netbios,
            netbios_responder: conn.resp_p == NETBIOS_PORT,
            datagram: self.datagrams,
            more: cx.shows_more_answers(),
        };
        let mut live = Live { setting, row: self.pairing.current(), cx };
        let outcome = parse::parse(bytes, &header, setting, &mut live);
        if outcome == Outcome::Ended {
            self.pairing.end(&header, &mut |row| cx.emit(row));
        }
    }

    fn side(&mut self, dir: Direction) -> &mut Stream {
        self.streams.get_or_insert_default().of_mut(dir)
    }

    /// Bytes of a stream, from the beginning of a message on.
    fn stream(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let stream = self.streams.as_mut().map(|streams| std::mem::take(streams.of_mut(dir)));
        let Stream { mut kept, read } = stream.unwrap_or_default();
        if kept.is_empty() {
            return self.messages(cx, dir, bytes, read);
        }
        kept.extend_from_slice(bytes);
        if let Progress::Consumed(used) = self.messages(cx, dir, &kept, read) {
            kept.drain(..used.min(kept.len()));
        }
        self.side(dir).kept = kept;
        Progress::Consumed(bytes.len())
    }

    /// Reads the messages of a stream. What was `read` of the first one before it was whole is over: an empty message
    /// stands for the rest of it.
    fn messages(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8], read: usize) -> Progress {
        let mut at = read;
        if read > 0 {
            self.message(cx, Some(dir), b"");
        }
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let (need, message) = match rest.split_first_chunk::<LENGTH>() {
                None => (LENGTH, None),
                Some((length, behind)) => {
                    let length = usize::from(u16::from_be_bytes(*length));
                    // An empty message is not seen before the next byte is.
                    let shown = behind.len() >= length.max(1);
                    (LENGTH + length.max(1), behind.get(..length).filter(|_| shown))
                }
            };
            match message {
                Some(message) => {
                    self.message(cx, Some(dir), message);
                    at += LENGTH + message.len();
                }
                None if at > 0 => return Progress::Consumed(at),
                None => return Progress::Need(need),
            }
        }
    }
}

impl Analyzer for DnsAnalyzer {
    fn start(&mut self, cx: &mut Context<'_>) {
        if self.datagrams {
            cx.set_timer(cx.now() + CHECK, 0);
        }
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if !self.datagrams {
            return self.stream(cx, dir, bytes);
        }
        self.message(cx, Some(dir), bytes);
        Progress::Consumed(bytes.len())
    }

    /// Nothing says where the next message begins: it goes on as if nothing were missing.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &[u8]) {
        if !cx.is_removed() {
            self.side(dir).kept.extend_from_slice(rest);
        }
    }

    /// Each end that closes has the partial messages of both directions read as they are, each time anew.
    fn closing(&mut self, cx: &mut Context<'_>, orig: &[u8], resp: &[u8]) -> bool {
        for (dir, tail) in [(Direction::Orig, orig), (Direction::Resp, resp)] {
            let kept = std::mem::take(&mut self.side(dir).kept);
            let rest = if kept.is_empty() { tail } else { &kept };
            let read = if rest.len() > LENGTH { rest.len() } else { 0 };
            if read > 0 {
                self.message(cx, None, rest.get(LENGTH..).unwrap_or_default());
            }
            *self.side(dir) = Stream { kept, read };
        }
        true
    }

    fn flipped(&mut self) {
        if let Some(streams) = &mut self.streams {
            streams.swap();
        }
    }

    fn timer(&mut self, cx: &mut Context<'_>, token: u16, expired: bool) {
        if expired || cx.idle() >= IDLE {
            cx.end_connection();
        } else {
            cx.set_timer(cx.now() + CHECK, token);
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.pairing.flush(&mut |row| cx.emit(row));
    }

    fn shrink(&mut self) {
        self.pairing.shrink();
    }

    fn spared(&self) -> usize {
        self.pairing.spared()
    }

    fn held(&self) -> usize {
        let streams = self.streams.as_ref().map_or(0, |streams| {
            size_of::<Pair<Stream>>() + streams.orig.kept.capacity() + streams.resp.kept.capacity()
        });
        self.pairing.held() + streams
    }
}

/// Brings what a message holds to its row and its connection.
struct Live<'a, 'c> {
    setting: Setting,
    row: Option<&'a mut Row>,
    cx: &'a mut Context<'c>,
}

impl Sink for Live<'_, '_> {
    fn weird(&mut self, name: &'static str, addl: &str) {
        self.cx.weird(name, addl);
    }

    fn violation(&mut self, reason: &'static str) {
        self.cx.violation(reason);
    }

    fn confirm(&mut self) {
        self.cx.confirm();
    }

    fn question(&mut self, header: &Header, question: &Question<'_>) {
        if let Some(row) = &mut self.row {
            row.question(header, question, self.setting.netbios_responder && self.setting.datagram);
        }
    }

    fn answer(&mut self, header: &Header, owner: &[u8], ttl: u32, text: Vec<u8>) {
        if let Some(row) = &mut self.row {
            row.answer(header, self.cx.now(), owner, ttl, text);
        }
    }
}
