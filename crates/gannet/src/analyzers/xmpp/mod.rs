//! XMPP: messages and presence as streams of XML (RFC 6120), up to the point where TLS or a session begins.
//!
//! Each segment is taken for a number of whole tags.

mod parse;
mod record;
#[cfg(test)]
mod tests;

use super::{Analyzer, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::direction::{Direction, Transport};

/// The analyzer of XMPP.
pub static XMPP: Descriptor = Descriptor::new("xmpp", "XMPP", |_| Box::<XmppAnalyzer>::default())
    .doc("Messages and presence, until TLS or a session begins")
    .ports(&[(Transport::Tcp, 5222), (Transport::Tcp, 5269)])
    .probe(probe)
    .first(b"\n\r <", b"\n\r <")
    .records(record::RECORDS)
    .by_segment(true)
    .carries(true);

/// Elements behind which nothing more is said of TLS.
const LATE: [&[u8]; 5] = [b"success", b"message", b"db:result", b"db:verify", b"presence"];

/// One connection's XMPP.
#[derive(Default)]
struct XmppAnalyzer {
    /// The client asked for TLS.
    starttls: bool,
    /// Nothing more is read.
    over: bool,
}

impl XmppAnalyzer {
    fn tag(&mut self, cx: &mut Context<'_>, dir: Direction, name: &[u8]) {
        let local = parse::local(name);
        self.over |= LATE.contains(&name);
        match dir {
            Direction::Orig if name == b"stream:stream" => cx.confirm(),
            Direction::Orig => self.starttls |= local == b"starttls",
            Direction::Resp if self.starttls && local == b"proceed" => {
                self.over = true;
                if let Some(ssl) = cx.analyzer("ssl") {
                    cx.hand_over(ssl);
                }
            }
            Direction::Resp if name == b"proceed" => cx.weird("XMPP: proceed without starttls", ""),
            Direction::Resp => {}
        }
    }
}

impl Analyzer for XmppAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if cx.is_partial() {
            return Progress::Consumed(bytes.len());
        }
        if self.over {
            return Progress::Done;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(name) = parse::tag(&mut rest) else {
                cx.violation("parse error: no tag");
                break;
            };
            self.tag(cx, dir, name);
        }
        Progress::Consumed(bytes.len())
    }

    /// Nothing tells where the next tag begins.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn is_through(&self) -> bool {
        self.over
    }

    fn held(&self) -> usize {
        0
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
