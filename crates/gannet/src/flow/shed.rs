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
        self.pack_eldest(out);
        if !self.table.has_room(shard) {
            self.make_way(shard, slot, out);
        }
    }

    /// Gives up others, or the analyzers of the connection in this slot, until limits are kept.
    #[cold]
    fn make_way(&mut self, shard: u16, slot: u32, out: &mut Out<'_>) {
        while let Some((payer, why)) = self.table.half_open_payer(shard)
            && let Some(victim) = self.table.oldest_half_open(payer)
            && self.give_up(victim, why, out)
        {}
        let another = |oldest: Option<u32>| oldest.filter(|oldest| *oldest != slot);
        while let Some((payer, why)) = self.table.payer(shard) {
            let gone = if let Some(victim) = another(self.table.oldest_half_open(payer)) {
                self.give_up(victim, why, out)
            } else if payer == shard && self.give_up_analyzers(slot, out) {
                tell(why, shard, out);
                true
            } else {
                let victim = another(self.table.oldest_answered(payer));
                victim.is_some_and(|victim| self.give_up(victim, why, out))
            };
            if !gone {
                break;
            }
        }
    }

    /// Gives up a connection for a limit; false if it is not there.
    fn give_up(&mut self, slot: u32, why: Room, out: &mut Out<'_>) -> bool {
        let Some(conn) = self.table.take(slot) else { return false };
        tell(why, conn.core.shard, out);
        self.shed(conn, out);
        true
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

    /// Gives up a connection that is taken out: it makes no row.
    fn shed(&mut self, conn: Box<Connection>, out: &mut Out<'_>) {
        out.shed(Shed::Connection, conn.core.shard, None);
        self.end(conn, Close::Removed, out);
    }

    /// Makes room for one more connection in a shard.
    pub(super) fn make_room(&mut self, shard: u16, out: &mut Out<'_>) {
        while self.table.count(shard) >= self.max_flows_per_shard {
            let Some(victim) = self.table.victim(shard).and_then(|slot| self.table.take(slot)) else { break };
            self.shed(victim, out);
        }
    }
}

/// Tells if it is for all shards together that something goes.
fn tell(why: Room, shard: u16, out: &mut Out<'_>) {
    if why == Room::Brake {
        out.shed(Shed::Brake, shard, None);
    }
}
