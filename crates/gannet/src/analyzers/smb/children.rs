//! Who gets what SMB carries for others: tokens of who the client is, and bytes of pipes.

use super::table::Table;
use crate::analyzers::Context;
use crate::analyzers::dce_rpc::DCE_RPC;
use crate::analyzers::gssapi::GSSAPI;
use crate::analyzers::ntlm::{self, NTLM};
use crate::base::direction::{Direction, Transport};

/// Pipes that are open at once; if there are more, all are closed.
const MAX_PIPES: usize = 250;
/// The keys of children.
mod child {
    /// It reads tokens of GSSAPI.
    pub(super) const GSSAPI: u64 = 0;
    /// It reads those of NTLM without anything around.
    pub(super) const NTLM: u64 = 1;
    /// The first pipe; those that follow count up.
    pub(super) const FIRST_PIPE: u64 = 2;
}

/// Bytes of the shortest token.
const MIN_TOKEN: usize = 8;

/// The children of a connection.
pub(super) struct Children {
    /// The key of each open pipe's child, by its file.
    pipes: Table<u64>,
    next: u64,
}

impl Default for Children {
    fn default() -> Self {
        Self { pipes: Table::new(MAX_PIPES), next: child::FIRST_PIPE }
    }
}

impl Children {
    /// A token of who the client is.
    pub(super) fn token(&self, cx: &mut Context<'_>, dir: Direction, token: &[u8]) {
        if token.len() < MIN_TOKEN {
            return;
        }
        let is_bare = token.starts_with(ntlm::SIGNATURE);
        let (key, to) = if is_bare { (child::NTLM, &NTLM) } else { (child::GSSAPI, &GSSAPI) };
        if !cx.has_child(key) {
            cx.open_child(key, to, Transport::Udp);
        }
        cx.child_data(key, dir, token);
    }

    /// Bytes of a pipe.
    pub(super) fn pipe(&mut self, cx: &mut Context<'_>, dir: Direction, file: u64, bytes: &[u8]) {
        let key = match self.pipes.get(file) {
            Some(key) => key,
            None => self.open(cx, file),
        };
        cx.child_data(key, dir, bytes);
    }

    fn open(&mut self, cx: &mut Context<'_>, file: u64) -> u64 {
        if self.pipes.is_full() {
            cx.weird("SMB_discarded_dce_rpc_analyzers", "");
            self.pipes.values().for_each(|key| cx.close_child(key));
        }
        let key = self.next;
        self.next += 1;
        self.pipes.set(file, key);
        cx.open_child(key, &DCE_RPC, Transport::Tcp);
        key
    }

    /// A file is closed.
    pub(super) fn close(&mut self, cx: &mut Context<'_>, file: u64) {
        if let Some(key) = self.pipes.remove(file) {
            cx.close_child(key);
        }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.pipes.held()
    }
}
