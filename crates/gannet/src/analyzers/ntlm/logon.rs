//! What is known of the logon on a connection: it stays with the connection, for several analyzers may carry its messages.

use super::parse::{Client, Server};
use super::record::Ntlm;
use crate::analyzers::{Context, Remains, text16};
use crate::base::time::Timestamp;

/// The logon of a connection, which has one row at most.
pub(crate) struct Logon {
    ts: Timestamp,
    username: Option<Vec<u8>>,
    hostname: Option<Vec<u8>>,
    domainname: Option<Vec<u8>>,
    server_nb_computer_name: Option<Vec<u8>>,
    server_dns_computer_name: Option<Vec<u8>>,
    server_tree_name: Option<Vec<u8>>,
    success: Option<bool>,
    done: bool,
}

/// Sets a field to a text, if there is one.
fn set(cx: &mut Context<'_>, field: &mut Option<Vec<u8>>, text: Option<&[u8]>) {
    if let Some(text) = text {
        *field = Some(text16::text(cx, text));
    }
}

impl Logon {
    /// The one of this connection, or a new one.
    pub(super) fn take(cx: &mut Context<'_>) -> Box<Self> {
        let new = |ts| Self {
            ts,
            username: None,
            hostname: None,
            domainname: None,
            server_nb_computer_name: None,
            server_dns_computer_name: None,
            server_tree_name: None,
            success: None,
            done: false,
        };
        cx.take_left().unwrap_or_else(|| Box::new(new(cx.now())))
    }

    /// The server said who it is.
    pub(super) fn server(&mut self, cx: &mut Context<'_>, server: &Server<'_>) {
        set(cx, &mut self.server_nb_computer_name, server.nb_computer_name);
        set(cx, &mut self.server_dns_computer_name, server.dns_computer_name);
        set(cx, &mut self.server_tree_name, server.dns_tree_name);
    }

    /// The client said who logs on.
    pub(super) fn client(&mut self, cx: &mut Context<'_>, client: &Client<'_>) {
        set(cx, &mut self.domainname, client.domain);
        set(cx, &mut self.hostname, client.workstation);
        set(cx, &mut self.username, client.user);
    }

    fn emit(&mut self, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.done, true) || !cx.wants(Ntlm::STREAM) {
            return;
        }
        let row = Ntlm {
            ts: self.ts,
            conn: cx.conn(),
            username: self.username.take(),
            hostname: self.hostname.take(),
            domainname: self.domainname.take(),
            server_nb_computer_name: self.server_nb_computer_name.take(),
            server_dns_computer_name: self.server_dns_computer_name.take(),
            server_tree_name: self.server_tree_name.take(),
            success: self.success,
        };
        cx.emit(&row);
    }
}

impl Remains for Logon {
    fn finish(mut self: Box<Self>, cx: &mut Context<'_>) {
        self.emit(cx);
    }

    fn held(&self) -> usize {
        let texts = [
            &self.username,
            &self.hostname,
            &self.domainname,
            &self.server_nb_computer_name,
            &self.server_dns_computer_name,
            &self.server_tree_name,
        ];
        size_of::<Self>() + texts.into_iter().flatten().map(Vec::capacity).sum::<usize>()
    }
}

/// Who carries the messages says how the logon ended: the row is written.
pub(crate) fn outcome(cx: &mut Context<'_>, success: bool) {
    if let Some(mut logon) = cx.take_left::<Logon>() {
        logon.success = Some(success);
        logon.emit(cx);
        cx.leave(logon);
    }
}
