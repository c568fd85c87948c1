//! XMPP: messages and presence as streams of XML (RFC 6120), up to the point where TLS or a session begins.
//!
//! Each segment is taken for a number of whole tags.

mod parse;
mod record;
#[cfg(test)]
mod tests;

use super::until_tls::{Next, Opening, UntilTls};
use super::{Context, Descriptor, Likeness, Sample};
use crate::base::direction::{Direction, Transport};

/// The analyzer of XMPP.
pub static XMPP: Descriptor = Descriptor::new("xmpp", "XMPP", |_| Box::<UntilTls<Xmpp>>::default())
    .doc("Messages and presence, until TLS or a session begins")
    .ports(&[(Transport::Tcp, 5222), (Transport::Tcp, 5269)])
    .probe(probe)
    .first(b"\n\r <", b"\n\r <")
    .records(record::RECORDS)
    .by_segment(true)
    .carries(true);

/// Elements behind which nothing more is said of TLS.
const LATE: [&[u8]; 5] = [b"success", b"message", b"db:result", b"db:verify", b"presence"];

/// How a connection opens.
#[derive(Default)]
struct Xmpp {
    /// The client asked for TLS.
    starttls: bool,
}

impl Opening for Xmpp {
    const BROKEN: &'static str = "parse error: no tag";

    fn unit(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &mut &[u8]) -> Option<Next> {
        let name = parse::tag(rest)?;
        let local = parse::local(name);
        match dir {
            Direction::Orig if name == b"stream:stream" => cx.confirm(),
            Direction::Orig => self.starttls |= local == b"starttls",
            Direction::Resp if self.starttls && local == b"proceed" => return Some(Next::Tls),
            Direction::Resp if name == b"proceed" => cx.weird("XMPP: proceed without starttls", ""),
            Direction::Resp => {}
        }
        Some(if LATE.contains(&name) { Next::Nothing } else { Next::Unit })
    }
}

/// A stream that either side begins.
fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    match (parse::begins_stream(sample.orig), parse::begins_stream(sample.resp)) {
        (Some(true), _) | (_, Some(true)) => Likeness::Match,
        (Some(false), Some(false)) => Likeness::No,
        _ => Likeness::Unsure,
    }
}
