//! The row of a session: it is written when something is wrong, ten seconds after the beginning, or at the end of the connection.

use std::borrow::Cow;

use super::names;
use super::parse::{Core, Said};
use super::record::Rdp;
use crate::analyzers::{Context, text16};
use crate::base::direction::Direction;
use crate::base::time::Interval;
use crate::events::Vector;
use crate::files::x509::HOST_CERTIFICATE;
use crate::files::{About, Content, FileKey};

/// How long a session is watched before its row is written.
const WATCHED: Interval = Interval::from_secs(10);
/// Channels that the protocol allows.
const MAX_CHANNELS: usize = 31;
/// The token of the only timer.
const TIMER: u16 = 0;

/// What is known of a session.
#[derive(Default)]
pub(super) struct Session {
    row: Option<Box<Rdp>>,
    done: bool,
}

/// What the session needs of who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// More messages.
    Go,
    /// TLS follows.
    Tls,
    /// What follows is encrypted, and cannot be read.
    Encrypted,
}

impl Session {
    fn row(&mut self, cx: &mut Context<'_>) -> &mut Rdp {
        if self.row.is_none() {
            cx.set_timer(cx.now() + WATCHED, TIMER);
        }
        self.row.get_or_insert_with(|| {
            Box::new(Rdp {
                ts: cx.now(),
                conn: cx.conn(),
                cookie: None,
                result: None,
                security_protocol: None,
                client_channels: None,
                keyboard_layout: None,
                client_build: None,
                client_name: None,
                client_dig_product_id: None,
                desktop_width: None,
                desktop_height: None,
                requested_color_depth: None,
                cert_type: None,
                cert_count: 0,
                cert_permanent: None,
                encryption_level: None,
                encryption_method: None,
            })
        })
    }

    /// Something was said.
    pub(super) fn hear(&mut self, cx: &mut Context<'_>, said: Said<'_>) -> Next {
        match said {
            Said::Request(cookie) => self.row(cx).cookie = Some(cookie.to_vec()),
            Said::Protocol(protocol) => {
                let row = self.row(cx);
                row.security_protocol = Some(names::protocol(protocol));
                if protocol > 0 {
                    row.result.get_or_insert("encrypted".into());
                    return Next::Tls;
                }
            }
            Said::Failure(code) => self.row(cx).result = Some(names::failure(code)),
            Said::Core(core) => self.core(cx, &core),
            Said::Channels(names) => self.channels(cx, &names),
            Said::Conference(result) => {
                cx.confirm();
                self.row(cx).result = Some(names::result(result));
            }
            Said::Certificate(der) => {
                self.row(cx).cert_count += 1;
                certificate(cx, der);
            }
            Said::Certified { x509, permanent } => {
                let row = self.row(cx);
                row.cert_type = Some(if x509 { "X.509" } else { "RSA" }.into());
                row.cert_count += u64::from(!x509);
                row.cert_permanent = Some(permanent);
            }
            Said::Security(method, level) => return self.security(cx, method, level),
        }
        Next::Go
    }

    fn core(&mut self, cx: &mut Context<'_>, core: &Core<'_>) {
        cx.confirm();
        let name = text16::text(cx, core.name);
        let product = text16::text(cx, core.product);
        let row = self.row(cx);
        row.keyboard_layout = Some(names::keyboard(core.keyboard));
        row.client_build = Some(names::build(core.build));
        row.client_name = Some(name);
        row.client_dig_product_id = Some(product);
        row.desktop_width = Some(core.width.into());
        row.desktop_height = Some(core.height.into());
        row.requested_color_depth =
            Some(if core.true_color { "32bit".into() } else { names::depth(core.depth) });
    }

    /// Names of channels; one that was known under the same number before is forgotten.
    fn channels(&mut self, cx: &mut Context<'_>, names: &[&[u8]]) {
        if names.is_empty() {
            return;
        }
        let known = &mut self.row(cx).client_channels.get_or_insert_with(|| Vector(Vec::new())).0;
        let kept = known.split_off(names.len().min(known.len()));
        known.clear();
        known.extend(names.iter().map(|name| {
            let end = name.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            name.get(..end).unwrap_or_default().to_vec()
        }));
        known.extend(kept);
        if names.len() > MAX_CHANNELS {
            cx.weird_from(None, "RDP_channels_requested_exceeds_max", names.len().to_string());
        }
    }

    fn security(&mut self, cx: &mut Context<'_>, method: u32, level: u32) -> Next {
        cx.confirm();
        let encrypted = method > 0 && level > 0;
        let row = self.row(cx);
        if encrypted {
            row.result.get_or_insert("encrypted".into());
            row.security_protocol = Some(names::protocol(0));
        }
        row.encryption_method = Some(names::method(method));
        row.encryption_level = Some(names::level(level));
        if encrypted { Next::Encrypted } else { Next::Go }
    }

    /// The timer is due.
    pub(super) fn due(&mut self, cx: &mut Context<'_>) {
        let Some(row) = self.row.as_ref().filter(|_| !self.done) else { return };
        if cx.now() - row.ts > WATCHED {
            self.write(cx);
        } else {
            cx.set_timer(cx.now() + WATCHED, TIMER);
        }
    }

    /// Writes the row, unless it is written or says nothing.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) {
        let Some(row) = &self.row else { return };
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        if row.cookie.is_some() || row.keyboard_layout.is_some() || row.result.is_some() {
            cx.emit(row.as_ref());
        }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let Some(row) = &self.row else { return 0 };
        let texts = [&row.cookie, &row.client_name, &row.client_dig_product_id].into_iter().flatten();
        let channels = row.client_channels.as_ref().map_or(0, |names| {
            let own: usize = names.0.iter().map(Vec::capacity).sum();
            own + names.0.capacity() * size_of::<Vec<u8>>()
        });
        size_of::<Rdp>() + texts.map(Vec::capacity).sum::<usize>() + channels + held_names(row)
    }
}

/// Bytes of the names that were made for numbers.
fn held_names(row: &Rdp) -> usize {
    let names = [
        &row.result,
        &row.security_protocol,
        &row.keyboard_layout,
        &row.client_build,
        &row.requested_color_depth,
        &row.encryption_level,
        &row.encryption_method,
    ];
    let made = names.into_iter().flatten();
    made.map(|name| if let Cow::Owned(name) = name { name.capacity() } else { 0 }).sum()
}

/// A certificate is a file.
fn certificate(cx: &mut Context<'_>, der: &[u8]) {
    let key = FileKey::of_connection(cx, Direction::Resp, &[]);
    let about = About { mime: Some(HOST_CERTIFICATE), first: true, ..About::new(cx.label()) };
    let mut file = Content::new(key, about);
    file.data(cx, der);
    file.end(cx);
}
