//! The greetings of two peers, and the row that comes of them.

use super::parse::Handshake;
use super::record::Bittorrent;
use crate::analyzers::Context;
use crate::base::direction::Direction;
use crate::events::Vector;
use crate::files::hash::hex;

/// What a connection is called on which both have greeted, whatever carries it.
pub(super) const NAME: &str = "bittorrent";

/// What two peers have said to greet each other.
#[derive(Default)]
pub(super) struct Greetings {
    row: Option<Box<Bittorrent>>,
    over: bool,
}

impl Greetings {
    /// A peer greets. False, and nothing is noted, if it speaks of something else than the other one.
    pub(super) fn greet(&mut self, cx: &mut Context<'_>, dir: Direction, handshake: &Handshake<'_>) -> bool {
        let info_hash = hex(handshake.info_hash);
        let row = self.row.get_or_insert_with(|| Box::new(begin(cx, info_hash.clone())));
        if row.info_hash != info_hash {
            return false;
        }
        let (id, extensions) = match dir {
            Direction::Orig => (&mut row.orig_peer_id, &mut row.orig_extensions),
            Direction::Resp => (&mut row.resp_peer_id, &mut row.resp_extensions),
        };
        *id = Some(handshake.peer_id.to_vec());
        *extensions = Vector(handshake.extensions());
        if row.orig_peer_id.is_some() && row.resp_peer_id.is_some() {
            row.established = true;
            self.over = true;
            self.write(cx);
        }
        true
    }

    /// Whether both have greeted, and the row is written.
    pub(super) const fn are_over(&self) -> bool {
        self.over
    }

    /// Writes the row, if there is one.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) {
        if let Some(mut row) = self.row.take() {
            row.conn = cx.conn();
            cx.emit(&*row);
        }
    }

    /// The two sides have changed places.
    pub(super) fn swap(&mut self) {
        if let Some(row) = &mut self.row {
            std::mem::swap(&mut row.orig_peer_id, &mut row.resp_peer_id);
            std::mem::swap(&mut row.orig_extensions, &mut row.resp_extensions);
        }
    }

    /// Bytes of memory held beside this struct.
    pub(super) fn held(&self) -> usize {
        self.row.as_ref().map_or(0, |row| {
            let ids = [&row.orig_peer_id, &row.resp_peer_id].into_iter().flatten().map(Vec::capacity);
            let names = row.orig_extensions.0.capacity() + row.resp_extensions.0.capacity();
            size_of::<Bittorrent>()
                + row.info_hash.capacity()
                + ids.sum::<usize>()
                + names * size_of::<&str>()
        })
    }
}

fn begin(cx: &Context<'_>, info_hash: String) -> Bittorrent {
    let (orig_peer_id, resp_peer_id, orig_extensions, resp_extensions) = Default::default();
    Bittorrent {
        ts: cx.packet_time(),
        conn: cx.conn(),
        info_hash,
        established: false,
        orig_peer_id,
        resp_peer_id,
        orig_extensions,
        resp_extensions,
    }
}
