//! DHCP: RFC 2131. Clients ask for addresses, servers lease them; a transaction goes over several connections, since the
//! client has no address to begin with.

mod fold;
mod names;
mod parse;
mod probe;
mod record;
#[cfg(test)]
mod tests;

pub use record::Dhcp;

use fold::{Seen, Sender, TRANSACTIONS};
use parse::COOKIE;

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::cursor::Short;
use crate::base::direction::{Direction, Transport};
use crate::events::{ConnTag, Weird};

/// The port of servers.
const SERVER_PORT: u16 = 67;
/// The port of clients.
const CLIENT_PORT: u16 = 68;

/// The analyzer of DHCP.
pub static DHCP: Descriptor = Descriptor::new("dhcp", "DHCP", |_| Box::new(DhcpAnalyzer))
    .doc("DHCP: which client gets which address from whom")
    .ports(&[(Transport::Udp, SERVER_PORT), (Transport::Udp, CLIENT_PORT), (Transport::Udp, 4011)])
    .probe(probe::datagram)
    .records(&[Dhcp::STREAM, Weird::STREAM])
    .fold(&TRANSACTIONS);

/// One connection's DHCP, which keeps nothing: what belongs together comes on several connections.
struct DhcpAnalyzer;

impl Analyzer for DhcpAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let message = match parse::message(bytes) {
            Ok(message) => message,
            Err(Short) => return Progress::Violation("message is shorter than what is in it"),
        };
        if message.cookie != COOKIE {
            cx.violation(&format!("bad cookie ({})", message.cookie.cast_signed()));
            return Progress::Consumed(bytes.len());
        }
        if message.options.kind == 0 {
            cx.violation("no DHCP message type option");
        }
        cx.confirm();
        if cx.wants(Dhcp::STREAM) {
            let (ts, conn) = (cx.now(), cx.conn());
            cx.hand_across(Seen { ts, uid: conn.uid, from: sender(&conn, dir), message });
        }
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

/// Who sent a message: a client opens connections, from its own port or to that of servers.
fn sender(conn: &ConnTag, dir: Direction) -> Sender {
    let is_clients = conn.orig_h.is_unspecified() || conn.orig_p == CLIENT_PORT || conn.resp_p == SERVER_PORT;
    match dir {
        Direction::Orig if is_clients => Sender::Client(conn.orig_h),
        Direction::Orig => Sender::Server(conn.orig_h),
        Direction::Resp => Sender::Server(conn.resp_h),
    }
}
