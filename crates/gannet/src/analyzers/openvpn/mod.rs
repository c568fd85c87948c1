//! OpenVPN over UDP: sessions that are asked for and granted, and how much goes through ("OpenVPN Wire Protocol").

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Openvpn;

use parse::{BARE, Kind, Packet};

use super::{Analyzer, Close, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::direction::{Direction, Transport};
use crate::base::time::Timestamp;
use crate::files::hash;

/// The analyzer of OpenVPN over UDP.
pub static OPENVPN: Descriptor =
    Descriptor::new("openvpn", "OPENVPN", |_| Box::new(OpenvpnAnalyzer::default()))
        .doc("OpenVPN: sessions, and how much goes through")
        .ports(&[(Transport::Udp, 1194)])
        .probe(probe)
        .records(&[Openvpn::STREAM])
        .beyond(true);

/// A client asks: it is OpenVPN if a server answers, which is for the analyzer to see.
fn probe(sample: &Sample<'_>) -> Likeness {
    if Packet::begins(sample.orig) && sample.transport == Transport::Udp {
        Likeness::Match
    } else {
        Likeness::No
    }
}

/// One flow's session.
#[derive(Default)]
struct OpenvpnAnalyzer {
    /// When the client asked first, how it numbers the session, and whether its packet carries more than it must.
    asked: Option<(Timestamp, [u8; 8], bool)>,
    granted: Option<[u8; 8]>,
    rekeys: u64,
    data: [u64; 2],
}

impl OpenvpnAnalyzer {
    /// A server's first packet; false if it does not speak of the client's session, where that can be seen.
    fn grant(&mut self, bytes: &[u8], session: [u8; 8]) -> bool {
        let Some((_, client, is_wrapped)) = self.asked else { return false };
        let named = memchr::memmem::find(bytes, &client).is_some();
        if named || is_wrapped {
            self.granted.get_or_insert(session);
        }
        named || is_wrapped
    }
}

impl Analyzer for OpenvpnAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(packet) = Packet::read(bytes) else { return Progress::Violation("no packet of OpenVPN") };
        match (packet.kind, packet.session) {
            (Kind::ClientReset, Some(session)) if dir == Direction::Orig => {
                let asked = (cx.packet_time(), session, bytes.len() > BARE);
                self.asked.get_or_insert(asked);
            }
            (Kind::ServerReset, Some(session)) if dir == Direction::Resp => {
                if !self.grant(bytes, session) {
                    return Progress::Violation("an answer to another session");
                }
                cx.confirm();
            }
            (Kind::SoftReset, _) => self.rekeys += 1,
            (Kind::Data, _) => {
                if let Some(count) = self.data.get_mut(usize::from(dir == Direction::Resp)) {
                    *count += 1;
                }
            }
            (Kind::Control, _) => {}
            _ => return Progress::Violation("a packet of the other side"),
        }
        if self.asked.is_none() {
            return Progress::Violation("nobody has asked for a session");
        }
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        self.data.reverse();
    }

    /// A session that was only asked for has a row where a port says what it is.
    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        let Some((ts, client, is_wrapped)) = self.asked.filter(|_| !matches!(why, Close::Violation)) else {
            return;
        };
        if self.granted.is_none() && cx.origin().resp_port != 1194 {
            return;
        }
        let [orig_data_pkts, resp_data_pkts] = self.data;
        cx.emit(&Openvpn {
            ts,
            conn: cx.conn(),
            client_session: hash::hex(&client),
            server_session: self.granted.map(|session| hash::hex(&session)),
            is_wrapped,
            established: orig_data_pkts > 0 && resp_data_pkts > 0,
            rekeys: self.rekeys,
            orig_data_pkts,
            resp_data_pkts,
        });
    }

    fn held(&self) -> usize {
        0
    }
}
