//! IKE 1 and 2: hosts that agree on keys for IPsec, as far as that is in the clear (RFC 7296, RFC 2409).

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Ike;

use parse::{HEADER, Header};

use super::{Analyzer, Close, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::time::Timestamp;
use crate::events::Vector;

/// The analyzer of IKE.
pub static IKE: Descriptor = Descriptor::new("ike", "IKE", |_| Box::new(IkeAnalyzer::default()))
    .doc("IKE: versions, kinds of messages, errors, and whether hosts agree")
    .ports(&[(Transport::Udp, 500), (Transport::Udp, 4500)])
    .probe(probe)
    .records(&[Ike::STREAM])
    .beyond(true);

/// Kinds of messages and errors that a row names.
const MAX_NAMES: usize = 32;
/// The port on which four zero bytes stand before a message (RFC 3948, section 2.2).
const WITH_MARKER: u16 = 4500;

/// A first message has all the marks of one: the initiator's number, and none of the responder's.
fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Udp || sample.orig.is_empty() {
        return Likeness::No;
    }
    match Header::read(sample.orig) {
        Some(header) if header.responder == 0 => Likeness::Match,
        _ => Likeness::No,
    }
}

/// One flow's IKE: the association that was spoken of last.
#[derive(Default)]
struct IkeAnalyzer {
    open: Option<Box<Open>>,
}

/// An association.
struct Open {
    ts: Timestamp,
    version: u8,
    initiator: u64,
    responder: u64,
    exchanges: Vec<String>,
    errors: Vec<String>,
    /// Who has sent something that is encrypted.
    encrypted: Pair<bool>,
}

/// Adds a name that is not there yet, if there is room.
fn note(names: &mut Vec<String>, name: String) {
    if names.len() < MAX_NAMES && !names.contains(&name) {
        names.push(name);
    }
}

impl Open {
    fn new(ts: Timestamp, header: &Header) -> Self {
        let (exchanges, errors) = (Vec::new(), Vec::new());
        let Header { version, initiator, .. } = *header;
        Self { ts, version, initiator, responder: 0, exchanges, errors, encrypted: Pair::default() }
    }

    fn emit(self, cx: &mut Context<'_>) {
        cx.emit(&Ike {
            ts: self.ts,
            conn: cx.conn(),
            version: format!("{}.{}", self.version >> 4, self.version & 15),
            initiator_spi: format!("{:016x}", self.initiator),
            responder_spi: (self.responder != 0).then(|| format!("{:016x}", self.responder)),
            exchanges: Vector(self.exchanges),
            errors: Vector(self.errors),
            established: self.encrypted.orig && self.encrypted.resp,
        });
    }

    fn held(&self) -> usize {
        let lists = self.exchanges.capacity() + self.errors.capacity();
        let names = self.exchanges.iter().chain(&self.errors).map(String::capacity).sum::<usize>();
        size_of::<Self>() + lists * size_of::<String>() + names
    }
}

impl IkeAnalyzer {
    fn message(&mut self, cx: &mut Context<'_>, dir: Direction, header: &Header, payloads: &[u8]) {
        if let Some(open) = self.open.take_if(|open| open.initiator != header.initiator) {
            open.emit(cx);
        }
        let open = self.open.get_or_insert_with(|| Box::new(Open::new(cx.packet_time(), header)));
        open.responder = if header.responder == 0 { open.responder } else { header.responder };
        note(&mut open.exchanges, header.exchange_name());
        if header.is_encrypted() {
            *open.encrypted.of_mut(dir) = true;
            return;
        }
        // What is cut is the sender's fault, and told by nobody.
        let _cut = parse::errors(header, payloads, &mut |number| {
            note(&mut open.errors, parse::error_name(number));
        });
    }
}

impl Analyzer for IkeAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let marked = cx.origin().resp_port == WITH_MARKER || cx.origin().orig_port == WITH_MARKER;
        let message = match bytes.strip_prefix(&[0; 4]) {
            Some(rest) if marked => rest,
            // A sign of life, or what IPsec carries.
            None if marked && Header::read(bytes).is_none() => return Progress::Consumed(bytes.len()),
            _ => bytes,
        };
        let Some(header) = Header::read(message) else { return Progress::Violation("no message of IKE") };
        cx.confirm();
        self.message(cx, dir, &header, message.get(HEADER..).unwrap_or_default());
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        if let Some(open) = &mut self.open {
            open.encrypted.swap();
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if let Some(open) = self.open.take() {
            open.emit(cx);
        }
    }

    fn held(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.held())
    }
}
