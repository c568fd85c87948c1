//! LDAP over TCP and UDP (RFC 4511): binds, changes and searches; also in SASL's frames as far as they can be read, and TLS
//! that begins within it.

mod bind;
mod filter;
mod item;
mod names;
mod names_table;
mod operations;
mod parse;
mod probe;
mod record;
#[cfg(test)]
mod tests;
mod wrapped;

pub use record::{Ldap, LdapSearch};

use bind::Method;
use operations::Operations;
use parse::{Head, MAX_HEAD, Message, Operation};
use wrapped::{Frame, Mode};

use super::ssl::{SSL, Ssl};
use super::{Analyzer, Close, Context, Descriptor, Progress, Remains};
use crate::base::direction::{Direction, Transport};
use crate::events::LogStream;
use crate::files::FileInfo;
use crate::files::ocsp::Ocsp;
use crate::files::x509::X509;
use crate::parsers::asn1::Fault;

/// Longest message that is read; of longer ones that are not looked into the beginning is enough.
const MAX_MESSAGE: usize = 256 * 1024;
/// How much of those.
const MAX_BEGINNING: usize = 64 * 1024;

/// What it emits, by itself or by the TLS in it.
const RECORDS: &[&LogStream] =
    &[Ldap::STREAM, LdapSearch::STREAM, Ssl::STREAM, X509::STREAM, Ocsp::STREAM, FileInfo::STREAM];

/// The analyzer of LDAP over TCP.
pub static LDAP_TCP: Descriptor =
    Descriptor::new("ldap_tcp", "LDAP_TCP", |_| Box::new(LdapAnalyzer::default()))
        .doc("LDAP: binds, changes and searches")
        .ports(&[(Transport::Tcp, 389), (Transport::Tcp, 3268)])
        .probe(probe::stream)
        .first(&[0x30], &[0x30])
        .records(RECORDS)
        .partial(true)
        .max_tail(MAX_MESSAGE);

/// The analyzer of LDAP in datagrams.
pub static LDAP_UDP: Descriptor =
    Descriptor::new("ldap_udp", "LDAP_UDP", |_| Box::new(LdapAnalyzer::default()))
        .doc("LDAP in datagrams: searches of directories for domains")
        .ports(&[(Transport::Udp, 389)])
        .probe(probe::datagram)
        .first(&[0x30], &[0x30])
        .records(&[Ldap::STREAM, LdapSearch::STREAM]);

/// One connection's LDAP. Direction plays no part: the operation says who speaks.
#[derive(Default)]
struct LdapAnalyzer {
    mode: Mode,
    /// The mechanism of SASL that the client chose.
    mechanism: Vec<u8>,
    /// TLS was asked for.
    start_tls: bool,
    operations: Option<Box<Operations>>,
    /// Something was wrong, or bytes are missing: nothing more is read, of neither side.
    over: bool,
}

/// What a step of reading comes to.
type Step = Result<Progress, Fault>;

impl LdapAnalyzer {
    fn step(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Step {
        if self.mode == Mode::Unsure {
            match wrapped::decide(bytes, &self.mechanism) {
                Some(mode) => self.mode = mode,
                None => return Ok(Progress::Need(bytes.len() + 1)),
            }
        }
        match self.mode {
            Mode::Clear | Mode::Unsure => self.message(cx, bytes),
            Mode::Encrypted => Ok(wrapped::encrypted(bytes)),
            Mode::Kerberos => self.frame(cx, bytes),
        }
    }

    /// A frame of Kerberos: its messages have to be whole.
    fn frame(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Step {
        match wrapped::kerberos(bytes, MAX_MESSAGE) {
            Frame::Opaque(progress) => Ok(progress),
            Frame::Broken => Err(Fault::Broken),
            Frame::Messages(messages, whole) => {
                self.messages(cx, messages).map(|()| Progress::Consumed(whole))
            }
        }
    }

    /// Messages that have to be whole.
    fn messages(&mut self, cx: &mut Context<'_>, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            match self.message(cx, bytes)? {
                Progress::Consumed(count) if count > 0 => bytes = bytes.get(count..).unwrap_or_default(),
                _ => return Err(Fault::Short),
            }
        }
        Ok(())
    }

    /// The next message.
    fn message(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Step {
        let head = match Head::read(bytes) {
            Ok(head) => head,
            Err(Fault::Short) if bytes.len() < MAX_HEAD => return Ok(Progress::Need(bytes.len() + 1)),
            Err(_) => return Err(Fault::Broken),
        };
        let long = head.whole > MAX_MESSAGE;
        if long && !head.operation.is_opaque() {
            return Err(Fault::Broken);
        }
        let read = if long { head.at + head.length.min(MAX_BEGINNING) } else { head.whole };
        let content = bytes.get(head.at..).unwrap_or_default();
        let Some(shown) = bytes.get(..read) else { return self.early(cx, &head, content, read) };
        let content = shown.get(head.at..).unwrap_or_default();
        let (message, all) = parse::message(head.operation, content.get(..head.length).unwrap_or(content))?;
        self.begin(cx, &head, &message);
        if !all && !long {
            return Err(Fault::Broken);
        }
        self.act(cx, &head, message)?;
        cx.confirm();
        Ok(match head.whole.checked_sub(bytes.len()) {
            Some(more) if more > 0 => Progress::Skip(more as u64),
            _ => Progress::Consumed(head.whole),
        })
    }

    /// A request whose content is not all there: if what is there makes one, the rest is wrong.
    fn early(&mut self, cx: &mut Context<'_>, head: &Head, content: &[u8], need: usize) -> Step {
        /// Bytes that are looked at again and again.
        const MAX_EARLY: usize = 4096;
        let looks = matches!(head.operation, Operation::BindRequest | Operation::SearchRequest);
        if !looks || content.len() >= head.length.min(MAX_EARLY) {
            return Ok(Progress::Need(need));
        }
        match parse::message(head.operation, content) {
            Err(Fault::Short) => Ok(Progress::Need(content.len() + head.at + 1)),
            Err(Fault::Broken) => Err(Fault::Broken),
            Ok((message, _)) => {
                self.begin(cx, head, &message);
                Err(Fault::Broken)
            }
        }
    }

    /// What is known of a request before it turns out to be more than that.
    fn begin(&mut self, cx: &mut Context<'_>, head: &Head, message: &Message<'_>) {
        let operations = self.operations.get_or_insert_default();
        match message {
            Message::Bind(bind) => {
                if bind.method == Method::Sasl && !bind.argument.is_empty() {
                    self.mechanism.clone_from(&bind.argument);
                }
                operations.bind(cx, head.id, bind);
            }
            Message::Search(search) => operations.begin_search(cx, head.id, search),
            Message::Entry => operations.entry(cx, head.id),
            _ => {}
        }
    }

    fn act(&mut self, cx: &mut Context<'_>, head: &Head, message: Message<'_>) -> Result<(), Fault> {
        let operations = self.operations.get_or_insert_default();
        let nothing = || (Vec::new(), Vec::new());
        match message {
            Message::Bind(bind) => operations.other(cx, head, (bind.name, bind.argument), None),
            Message::Bound(outcome, rest) => {
                bound(&mut self.mode, &self.mechanism, outcome.code, rest)?;
                operations.other(cx, head, nothing(), Some(outcome));
            }
            Message::Done(outcome) => operations.end_search(cx, head.id, outcome),
            Message::Modify { object, changes } => operations.other(cx, head, (object, changes), None),
            Message::Named(name) => operations.other(cx, head, (name, Vec::new()), None),
            Message::Extended(name) => {
                self.start_tls |= name == names::START_TLS;
                operations.other(cx, head, (name, Vec::new()), None);
            }
            Message::Answer(outcome) => {
                let granted = outcome.code == SUCCESS && head.operation == Operation::ExtendedResponse;
                operations.other(cx, head, nothing(), Some(outcome));
                if self.start_tls && granted {
                    cx.hand_over(&SSL);
                }
            }
            Message::Opaque => operations.other(cx, head, nothing(), None),
            Message::Search(_) | Message::Entry | Message::Ignored => {}
        }
        Ok(())
    }
}

/// The result of an operation that went well.
const SUCCESS: i64 = 0;

/// A bind is answered: what follows may come in frames.
fn bound(mode: &mut Mode, mechanism: &[u8], code: i64, rest: &[u8]) -> Result<(), Fault> {
    if !mechanism.is_empty() && code == SUCCESS {
        *mode = Mode::Unsure;
    }
    let credentials = bind::server_credentials(rest)?;
    if mechanism == bind::GSS_SPNEGO
        && let Some(credentials) = credentials
        && bind::answer(credentials)?
    {
        *mode = Mode::Kerberos;
    }
    Ok(())
}

impl Analyzer for LdapAnalyzer {
    fn start(&mut self, cx: &mut Context<'_>) {
        self.operations = cx.take_left();
    }

    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        let step = match cx.origin().transport {
            Transport::Tcp => self.step(cx, bytes),
            Transport::Udp => self.messages(cx, bytes).map(|()| Progress::Consumed(bytes.len())),
        };
        step.unwrap_or_else(|_| {
            self.over = true;
            Progress::Violation("parse error: no message of LDAP")
        })
    }

    /// Where the next message begins, nobody knows.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn end(&mut self, cx: &mut Context<'_>, _dir: Direction, rest: &[u8]) {
        // A connection that is taken out may stop anywhere.
        if !rest.is_empty() && !self.over && !cx.is_removed() {
            cx.violation("parse error: the stream ends within a message of LDAP");
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        let Some(mut operations) = self.operations.take() else { return };
        match why {
            // They have their rows when the connection is over.
            Close::Violation => cx.leave(operations),
            Close::Removed | Close::Finished => operations.tell(cx),
        }
    }

    fn held(&self) -> usize {
        self.mechanism.capacity() + self.operations.as_ref().map_or(0, |operations| operations.held())
    }
}
