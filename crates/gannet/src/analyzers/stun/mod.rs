//! STUN and TURN: hosts behind translators ask for their addresses, and for a relay (RFC 8489, RFC 8656).

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Stun;

use parse::{Class, Message};

use super::{Analyzer, Close, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::direction::{Direction, Transport};
use crate::events::Port;

/// The analyzer of STUN over UDP.
pub static STUN: Descriptor = Descriptor::new("stun", "STUN", |_| Box::new(StunAnalyzer::default()))
    .doc("STUN and TURN: addresses behind translators, and relays")
    .ports(&[(Transport::Udp, 3478)])
    .probe(probe)
    .first(&[0, 1, 2, 3], &[0, 1, 2, 3])
    .records(&[Stun::STREAM])
    .beyond(true);

/// Methods that a row names.
const MAX_METHODS: usize = 16;

/// The cookie and the length give a message away.
fn probe(sample: &Sample<'_>) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    // What begins with more is not told apart from others (RFC 7983, section 7); no method is so large.
    let begins = bytes.first().is_some_and(|first| *first <= 3);
    match Message::read(bytes) {
        Some(_) if begins && sample.transport == Transport::Udp => Likeness::Match,
        _ => Likeness::No,
    }
}

/// One flow's STUN.
#[derive(Default)]
struct StunAnalyzer {
    row: Option<Box<Stun>>,
}

impl StunAnalyzer {
    fn row(&mut self, cx: &Context<'_>) -> &mut Stun {
        self.row.get_or_insert_with(|| {
            let (ts, conn) = (cx.packet_time(), cx.conn());
            let (methods, mapped_host, mapped_p, software) = Default::default();
            Box::new(Stun {
                ts,
                conn,
                methods,
                requests: 0,
                successes: 0,
                errors: 0,
                mapped_host,
                mapped_p,
                software,
            })
        })
    }
}

impl Analyzer for StunAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        // Media and data of channels share the flow.
        let Some(message) = Message::read(bytes) else { return Progress::Consumed(bytes.len()) };
        cx.confirm();
        let row = self.row(cx);
        let name = parse::method_name(message.method);
        if row.methods.0.len() < MAX_METHODS && !row.methods.0.contains(&name) {
            row.methods.0.push(name);
        }
        match message.class {
            Class::Request => row.requests += 1,
            Class::Success => row.successes += 1,
            Class::Error => row.errors += 1,
            Class::Indication => {}
        }
        if let Some((host, port)) = message.mapped {
            (row.mapped_host, row.mapped_p) = (Some(host), Some(Port(port)));
        }
        if row.software.is_none() {
            row.software = message.software.map(<[u8]>::to_vec);
        }
        Progress::Consumed(bytes.len())
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if let Some(mut row) = self.row.take() {
            row.conn = cx.conn();
            cx.emit(&*row);
        }
    }

    fn held(&self) -> usize {
        self.row.as_ref().map_or(0, |row| {
            let names = row.methods.0.iter().map(String::capacity).sum::<usize>();
            let list = row.methods.0.capacity() * size_of::<String>();
            size_of::<Stun>() + list + names + row.software.as_ref().map_or(0, Vec::capacity)
        })
    }
}
