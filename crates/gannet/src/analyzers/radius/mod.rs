//! RADIUS: who wants to be let in, and whether they are (RFC 2865).

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Radius;

use std::net::IpAddr;

use parse::{ACCESS_ACCEPT, ACCESS_CHALLENGE, ACCESS_REJECT, ACCESS_REQUEST, Attributes};

use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::base::time::{Interval, Timestamp};

/// The analyzer of RADIUS.
pub static RADIUS: Descriptor = Descriptor::new("radius", "RADIUS", |_| Box::new(RadiusAnalyzer::default()))
    .doc("RADIUS: who wants to be let in, and whether they are (RFC 2865)")
    .ports(&[(Transport::Udp, 1812)])
    .records(&[Radius::STREAM]);

/// An exchange that nothing has ended.
#[derive(Debug)]
struct Open {
    ts: Timestamp,
    username: Option<Vec<u8>>,
    mac: Option<String>,
    framed_addr: Option<IpAddr>,
    tunnel_client: Option<Vec<u8>>,
    connect_info: Option<Vec<u8>>,
    reply_msg: Option<Vec<u8>>,
}

impl Open {
    fn at(ts: Timestamp) -> Box<Self> {
        let (username, mac, framed_addr) = (None, None, None);
        let (tunnel_client, connect_info, reply_msg) = (None, None, None);
        Box::new(Self { ts, username, mac, framed_addr, tunnel_client, connect_info, reply_msg })
    }

    /// What a message adds: what is there already stays.
    fn add(&mut self, code: u8, attributes: &Attributes<'_>) {
        let keep = |place: &mut Option<Vec<u8>>, value: Option<&[u8]>| {
            if place.is_none() {
                *place = value.map(<[u8]>::to_vec);
            }
        };
        match code {
            ACCESS_REQUEST => {
                keep(&mut self.username, attributes.user_name);
                keep(&mut self.tunnel_client, attributes.tunnel_client);
                keep(&mut self.connect_info, attributes.connect_info);
                self.mac =
                    self.mac.take().or_else(|| attributes.calling_station.map(parse::hardware_address));
            }
            ACCESS_CHALLENGE => {
                keep(&mut self.reply_msg, attributes.reply_message);
                self.framed_addr = self.framed_addr.or(attributes.framed_address.map(parse::address));
            }
            _ => {}
        }
    }

    fn held(&self) -> usize {
        let texts = [&self.username, &self.tunnel_client, &self.connect_info, &self.reply_msg];
        let texts: usize = texts.into_iter().flatten().map(Vec::capacity).sum();
        size_of::<Self>() + texts + self.mac.as_ref().map_or(0, String::capacity)
    }
}

/// One flow's RADIUS: one exchange is open at a time, whatever the numbers of messages.
#[derive(Default)]
struct RadiusAnalyzer {
    open: Option<Box<Open>>,
}

impl RadiusAnalyzer {
    /// The exchange at hand is over.
    fn emit(&mut self, cx: &mut Context<'_>, result: &'static str, ttl: Option<Interval>) {
        let Some(open) = self.open.take() else { return };
        if !cx.wants(Radius::STREAM) {
            return;
        }
        let Open { ts, username, mac, framed_addr, tunnel_client, connect_info, reply_msg } = *open;
        let (conn, result) = (cx.conn(), Some(result));
        cx.emit(&Radius {
            ts,
            conn,
            username,
            mac,
            framed_addr,
            tunnel_client,
            connect_info,
            reply_msg,
            result,
            ttl,
        });
    }
}

impl Analyzer for RadiusAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        let Ok((code, attributes)) = parse::message(bytes) else {
            cx.violation("parse error: message ends within an attribute");
            return Progress::Consumed(bytes.len());
        };
        cx.confirm();
        let open = self.open.get_or_insert_with(|| Open::at(cx.now()));
        open.add(code, &attributes);
        let result = match code {
            ACCESS_ACCEPT => "success",
            ACCESS_REJECT => "failed",
            _ => return Progress::Consumed(bytes.len()),
        };
        let ttl = cx.now() - open.ts;
        self.emit(cx, result, (ttl.nanos() != 0).then_some(ttl));
        Progress::Consumed(bytes.len())
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.emit(cx, "unknown", None);
    }

    fn held(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.held())
    }
}
