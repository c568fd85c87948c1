//! SOCKS 4, 4a and 5: who asks a proxy for what, and what becomes of it (RFC 1928, RFC 1929). What is proxied goes back to
//! detection.
//!
//! A segment is a message: what stands behind it in the same segment is left out, and one that is cut is no message.

mod parse;
mod probe;
mod record;
#[cfg(test)]
mod tests;

pub use record::Socks;

use parse::{Message, Place};

use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Pair, Transport};
use crate::events::Port;
use crate::events::tunnel::{Tunnel, TunnelKind};

/// The analyzer of SOCKS.
pub static SOCKS: Descriptor = Descriptor::new("socks", "SOCKS", |_| Box::new(SocksAnalyzer::default()))
    .doc("SOCKS: what a proxy is asked for, and what comes through it")
    .ports(&[(Transport::Tcp, 1080)])
    .probe(probe::probe)
    .first(&[4, 5], &[0, 5])
    .records(&[Socks::STREAM, Tunnel::STREAM])
    .carries(true)
    .by_segment(true);

/// A name and a password are what the client has to give (RFC 1929).
const PASSWORD: u8 = 2;
/// The proxy takes none of the ways that the client offers (RFC 1928, section 3).
const REFUSED: u8 = 0xff;

/// How far the way to log in is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Login {
    /// The proxy has not chosen one.
    #[default]
    Open,
    /// By this method, and not over.
    Under(u8),
    Over,
}

/// One connection to a proxy.
#[derive(Default)]
struct SocksAnalyzer {
    row: Option<Box<Socks>>,
    login: Login,
    /// The request of the client and the reply of the proxy were seen.
    done: Pair<bool>,
}

impl SocksAnalyzer {
    fn row(&mut self, cx: &Context<'_>, version: u64) -> &mut Socks {
        self.row.get_or_insert_with(|| Box::new(Socks::new(cx.packet_time(), cx.conn(), version)))
    }

    /// A message, whose first byte is a version; the reason, if it is none.
    fn message(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Result<(), String> {
        let Some((version, rest)) = bytes.split_first() else { return Ok(()) };
        match (self.login, version, dir) {
            (Login::Under(method), _, _) => self.under(cx, dir, method, (*version, rest)).ok_or_else(short),
            (_, 4, Direction::Orig) => {
                parse::old_request(rest).map_err(|_| short())?;
                self.row(cx, 4);
                cx.tunnel(TunnelKind::Socks);
                *self.done.of_mut(Direction::Orig) = true;
                Ok(())
            }
            (Login::Open, 5, Direction::Orig) => methods(rest).ok_or_else(short),
            (Login::Open, 5, Direction::Resp) => {
                let method = rest.first().copied().ok_or_else(short)?;
                self.chosen(cx, method);
                Ok(())
            }
            (Login::Over, 5, _) => {
                let message = Message::read(rest).map_err(|_| short())?;
                if dir == Direction::Orig { self.request(cx, &message) } else { self.reply(cx, &message) }
            }
            (_, version, _) => Err(format!("unsupported/unknown SOCKS version {version}")),
        }
    }

    /// The proxy has chosen how to log in.
    fn chosen(&mut self, cx: &mut Context<'_>, method: u8) {
        self.login = match method {
            0 | REFUSED => Login::Over,
            PASSWORD => Login::Under(method),
            _ => {
                cx.weird("socks5_unsupported_authentication_method", method.to_string());
                Login::Under(method)
            }
        };
    }

    /// A message of the log-in; nothing if it is cut.
    fn under(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        method: u8,
        (version, rest): (u8, &[u8]),
    ) -> Option<()> {
        if dir == Direction::Resp {
            self.login = Login::Over;
        }
        if method != PASSWORD {
            return Some(());
        }
        if version != 1 {
            let what = format!("method {method}, version {version}");
            cx.weird("socks5_unsupported_authentication", what);
            return Some(());
        }
        match dir {
            Direction::Orig => {
                let user = parse::login(rest).ok()?.to_vec();
                self.row(cx, 5).user = Some(user);
            }
            Direction::Resp => {
                let code = rest.first().copied()?;
                self.row(cx, 5).status = Some(parse::status(code));
            }
        }
        Some(())
    }

    fn request(&mut self, cx: &mut Context<'_>, message: &Message<'_>) -> Result<(), String> {
        if message.reserved != 0 {
            return Err(format!("invalid value in reserved field: {}", message.reserved));
        }
        if !(1..=3).contains(&message.code) {
            return Err(format!("undefined value in command field: {}", message.code));
        }
        let (host, name) = ends(message.place)?;
        let row = self.row(cx, 5);
        row.request_p = Some(Port(message.port));
        row.request_host = host.or(row.request_host);
        row.request_name = name.or_else(|| row.request_name.take());
        cx.tunnel(TunnelKind::Socks);
        *self.done.of_mut(Direction::Orig) = true;
        Ok(())
    }

    fn reply(&mut self, cx: &mut Context<'_>, message: &Message<'_>) -> Result<(), String> {
        let (host, name) = ends(message.place)?;
        let row = self.row(cx, 5);
        row.status = Some(parse::status(message.code));
        row.bound_p = Some(Port(message.port));
        row.bound_host = host.or(row.bound_host);
        row.bound_name = name.or_else(|| row.bound_name.take());
        cx.confirm();
        *self.done.of_mut(Direction::Resp) = true;
        Ok(())
    }
}

fn short() -> String {
    "parse error: a segment is shorter than its message".to_owned()
}

/// Whether the ways to log in that a client offers are all there.
fn methods(rest: &[u8]) -> Option<()> {
    let (count, methods) = rest.split_first()?;
    methods.get(..usize::from(*count)).map(|_| ())
}

/// An address or a name; the reason, if it is neither.
fn ends(place: Place<'_>) -> Result<(Option<std::net::IpAddr>, Option<Vec<u8>>), String> {
    match place {
        Place::Host(host) => Ok((Some(host), None)),
        Place::Name(name) => Ok((None, Some(name.to_vec()))),
        Place::Odd(kind) => Err(format!("invalid SOCKSv5 addr type: {kind}")),
    }
}

impl Analyzer for SocksAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if let Err(reason) = self.message(cx, dir, bytes) {
            cx.violation(&reason);
        }
        if self.done.orig && self.done.resp {
            cx.hand_over_to_detection();
        }
        Progress::Consumed(bytes.len())
    }

    /// Nothing says where a message begins: the next segment is one.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn flipped(&mut self) {
        self.done.swap();
    }

    /// A proxy that never answered a request has no row.
    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        if let Some(mut row) = self.row.take()
            && !matches!(why, Close::Violation)
            && cx.confirmed()
        {
            row.conn = cx.conn();
            cx.emit(&*row);
        }
    }

    fn held(&self) -> usize {
        self.row.as_ref().map_or(0, |row| size_of::<Socks>() + row.held())
    }
}
