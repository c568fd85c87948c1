//! What goes when there is no room.

use super::conn::Connection;
use super::tracker::Tracker;
use crate::analyzers::Close;
use crate::worker::budget::{Room, Shed};
use crate::worker::state::Out;

impl Tracker {
    /// Puts a connection back with what it costs now on the books; over the budget, something goes.
    pub(super) fn charge(&mut self, mut conn: Box<Connection>, out: &mut Out<'_>) {
        let (shard, slot) = (conn.core.shard, conn.core.slot);
        self.table.charge(&mut conn);
        self.table.put_back(conn);
        while self.table.half_open_is_full(shard)
            && let Some(victim) = self.table.oldest_half_open(shard)
        {
            self.shed(victim, out);
        }
        loop {
            let room = self.table.room(shard);
            if room == Room::Enough {
                break;
            }
            let others = |oldest: Option<u32>| oldest.filter(|oldest| *oldest != slot && room == Room::Full);
            if let Some(victim) = others(self.table.oldest_half_open(shard)) {
                self.shed(victim, out);
            } else if self.give_up_analyzers(slot, out) {
                if room == Room::Brake {
                    out.shed(Shed::Brake, shard, None);
                }
            } else if let Some(victim) = others(self.table.oldest_answered(shard)) {
                self.shed(victim, out);
            } else {
                break;
            }
        }
    }

    /// Gives up the analyzers of an answered connection; false if it has none.
    pub(super) fn give_up_analyzers(&mut self, slot: u32, out: &mut Out<'_>) -> bool {
        let Some(mut conn) = self.table.take(slot) else { return false };
        if conn.half_open || !conn.party.has_analyzers() {
            self.table.put_back(conn);
            return false;
        }
        let now = out.now();
        conn.parts(&mut self.stage, out, now).1.give_up();
        self.table.charge(&mut conn);
        if conn.core.ended {
            self.remove(conn, Close::Removed, out);
        } else {
            self.table.put_back(conn);
        }
        true
    }

    /// Gives up a connection: it makes no row.
    pub(super) fn shed(&mut self, slot: u32, out: &mut Out<'_>) {
        let Some(conn) = self.table.take(slot) else { return };
        out.shed(Shed::Connection, conn.core.shard, None);
        self.end(conn, Close::Removed, out);
    }

    /// Makes room for one more connection in a shard.
    pub(super) fn make_room(&mut self, shard: u16, out: &mut Out<'_>) {
        while self.table.count(shard) >= self.max_flows_per_shard {
            let Some(victim) = self.table.victim(shard) else { break };
            self.shed(victim, out);
        }
        if self.table.room(shard) == Room::Brake
            && let Some(victim) = self.table.victim(shard)
        {
            out.shed(Shed::Brake, shard, None);
            self.shed(victim, out);
        }
    }
}
