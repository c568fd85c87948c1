//! Remote desktops (MS-RDPBCGR): who connects, with what program and screen, and what protects the session. TLS that begins
//! within it goes to its analyzer; what RDP encrypts itself is not read.

mod datagrams;
mod layouts_table;
mod names;
mod parse;
mod probe;
mod record;
mod session;
#[cfg(test)]
mod tests;

pub use record::Rdp;

use datagrams::DatagramAnalyzer;
use parse::{Broken, HEADER};
use session::{Next, Session};

use super::ssl::{SSL, Ssl};
use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::events::LogStream;
use crate::files::FileInfo;
use crate::files::ocsp::Ocsp;
use crate::files::x509::X509;

/// What it emits, by itself, by the files that it finds, or by the TLS in it.
const RECORDS: &[&LogStream] = &[Rdp::STREAM, Ssl::STREAM, X509::STREAM, Ocsp::STREAM, FileInfo::STREAM];

/// The analyzer of remote desktops.
pub static RDP: Descriptor = Descriptor::new("rdp", "RDP", |_| Box::new(RdpAnalyzer::default()))
    .doc("RDP: sessions with remote desktops")
    .ports(&[(Transport::Tcp, 3389)])
    .probe(probe::stream)
    .first(&[3], &[3])
    .records(RECORDS)
    .by_segment(true)
    .max_tail(u16::MAX as usize);

/// The analyzer of remote desktops over UDP, which names them and no more.
pub static RDPEUDP: Descriptor =
    Descriptor::new("rdpeudp", "RDPEUDP", |_| Box::new(DatagramAnalyzer::default()))
        .doc("RDP over UDP: that a session begins")
        .ports(&[(Transport::Udp, 3389)])
        .probe(probe::datagram)
        .first(&[0xff], &[0xff]);

/// One connection's RDP.
#[derive(Default)]
struct RdpAnalyzer {
    session: Session,
    /// Nothing more is read: it is encrypted, or bytes are missing.
    over: bool,
}

impl RdpAnalyzer {
    /// A message is complete.
    fn message(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Result<Next, Broken> {
        let mut next = Next::Go;
        let session = &mut self.session;
        parse::message(bytes, &mut |said| {
            let now = session.hear(cx, said);
            if now != Next::Go {
                next = now;
            }
        })?;
        Ok(next)
    }
}

impl Analyzer for RdpAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        let Some(header) = bytes.first_chunk::<HEADER>() else { return Progress::Need(HEADER) };
        let length = parse::length(header);
        if length >= HEADER && bytes.len() < length {
            return Progress::Need(length);
        }
        match self.message(cx, bytes.get(..length).unwrap_or_default()) {
            Ok(next) => {
                self.over = next != Next::Go;
                if next == Next::Tls {
                    cx.hand_over(&SSL);
                }
                Progress::Consumed(length)
            }
            Err(Broken) => {
                self.session.write(cx);
                cx.violation("parse error: no message of RDP");
                // Nothing says where the next message begins: the rest goes with it.
                Progress::Consumed(bytes.len())
            }
        }
    }

    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn timer(&mut self, cx: &mut Context<'_>, _token: u16, expired: bool) {
        // The row of what is open at the end is written with that.
        if !expired {
            self.session.due(cx);
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.session.write(cx);
    }

    fn held(&self) -> usize {
        self.session.held()
    }
}
