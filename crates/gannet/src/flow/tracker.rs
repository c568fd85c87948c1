//! Follows connections: the tables of one engine, and the end of a connection.

use super::conn::Connection;
use super::expect::Expectations;
use super::frag::Fragments;
use super::lot::Outlet;
use super::reorder;
use super::table::Table;
use super::tunnel::{self, Tunnels};
use crate::analyzers::{Close, Stage};
use crate::balance::Balance;
use crate::base::direction::Direction;
use crate::base::settings::Settings;
use crate::worker::state::{EndPhase, Out};

/// Tables of connections, fragments, tunnels and expectations, and what is behind them.
pub(crate) struct Tracker {
    pub(super) table: Table,
    pub(super) fragments: Fragments,
    pub(super) tunnels: Tunnels,
    pub(super) expectations: Expectations,
    /// The analyzers and files of all connections.
    pub(super) stage: Stage,
    pub(super) balance: Balance,
    /// Where what is found in carriers goes; to the tables here if there is none.
    pub(super) outlet: Option<Box<Outlet>>,
    pub(super) max_flows_per_shard: u32,
    /// Connections make interim records.
    pub(super) reports_ages: bool,
}

impl Tracker {
    pub(crate) fn new(settings: &Settings, balance: Balance, stage: Stage) -> Self {
        Self {
            table: Table::new(settings.hasher(2), settings),
            fragments: Fragments::new(settings.hasher(3), settings),
            tunnels: Tunnels::new(&settings.hasher(1)),
            expectations: Expectations::new(settings.hasher(4)),
            stage,
            balance,
            outlet: None,
            max_flows_per_shard: settings.limits.flows_per_shard,
            reports_ages: !settings.long_connections.is_empty(),
        }
    }

    /// Takes over other limits.
    pub(crate) fn reconfigure(&mut self, settings: &Settings) {
        self.table.reconfigure(settings);
        self.reports_ages = !settings.long_connections.is_empty();
        self.fragments.reconfigure(settings);
        self.max_flows_per_shard = settings.limits.flows_per_shard;
    }

    /// What is found in carriers goes there from here on.
    pub(crate) fn set_outlet(&mut self, outlet: Outlet) {
        self.outlet = Some(Box::new(outlet));
    }

    /// Where what is found in carriers goes, if not to the tables here.
    pub(crate) fn outlet(&mut self) -> Option<&mut Outlet> {
        self.outlet.as_deref_mut()
    }

    /// The analyzers and files of all connections.
    pub(crate) fn stage(&mut self) -> &mut Stage {
        &mut self.stage
    }

    /// Number of connections.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Bytes of incomplete datagrams.
    pub(crate) fn fragment_bytes(&self) -> usize {
        self.fragments.held()
    }

    /// Open files, and the bytes that they hold.
    pub(crate) fn files_held(&self) -> (usize, usize) {
        self.stage.files.held()
    }

    /// Bytes held for the analyzers of all connections.
    pub(crate) fn held(&self) -> usize {
        self.table.held()
    }

    /// Packs those that have waited for an answer for so long that others have come in numbers.
    pub(super) fn pack_eldest(&mut self, out: &mut Out<'_>) {
        while let Some(mut conn) = self.table.take_eldest() {
            if conn.party.has_analyzers() {
                let now = out.now();
                conn.parts(&mut self.stage, out, now).1.shrink();
            }
            self.table.pack(conn);
        }
    }

    /// Ends a connection that is taken out: its analyzers say what is left to say, and then it is reported.
    pub(super) fn remove(&mut self, conn: Box<Connection>, why: Close, out: &mut Out<'_>) {
        let conn = self.end(conn, why, out);
        super::report::report(&conn, out);
    }

    /// Ends a connection that is taken out, without a word of it.
    pub(super) fn end(
        &mut self,
        mut conn: Box<Connection>,
        why: Close,
        out: &mut Out<'_>,
    ) -> Box<Connection> {
        let ts = out.now();
        if conn.has_early() {
            reorder::flush(&mut conn, &mut self.stage, out);
        }
        conn.core.ended = true;
        let (tcp, mut cx) = conn.parts(&mut self.stage, out, ts);
        if let Some(tcp) = tcp {
            tcp.prepare(&mut cx);
            tcp.release(&mut cx);
        }
        for dir in [Direction::Orig, Direction::Resp] {
            cx.end(dir);
        }
        cx.close(why);
        self.table.remove(&mut conn, ts);
        if conn.tunnel.is_some() {
            tunnel::over(&conn.core.tag, out);
        }
        self.grant_last(&conn, out);
        conn
    }

    /// The end of the capture: everything that is left is reported, oldest first.
    pub(crate) fn finish(&mut self, out: &mut Out<'_>) {
        for slot in self.table.by_age() {
            let Some(conn) = self.table.take(slot) else { continue };
            out.state.at_end(EndPhase::Connections, conn.core.birth);
            self.remove(conn, Close::Finished, out);
        }
        self.stage.files.finish(out);
    }
}
