//! One packet of any link type, with checksums on and off.
//!
//! Input: a byte that picks the link type, a byte that tells how much longer the packet was on the wire, the packet.

use gannet::{Engine, LinkType, Timestamp};

use crate::cursor::Cursor;
use crate::watch::Watch;
use crate::wire;

/// The link types that targets pick from: all that have a layer of their own, raw ones, and one that is not known.
/// Sequences of packets pick from the first eight.
pub const LINKS: [u16; 17] = [1, 101, 113, 276, 0, 105, 127, 239, 108, 9, 10, 50, 12, 14, 228, 229, 147];

/// The link type that a byte picks.
pub fn link(byte: u8) -> LinkType {
    LinkType(LINKS.get(usize::from(byte) % LINKS.len()).copied().unwrap_or(1))
}

/// Feeds the packet, and the same packet again as an answer would come.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let link = link(cursor.u8());
    let more = u32::from(cursor.u8());
    let packet = cursor.rest();
    for checksums in [false, true] {
        let mut config = wire::config();
        config.checksums(checksums);
        let (mut engine, mut watch) = (Engine::new(config.build().unwrap()), Watch::default());
        for second in [1_700_000_000, 1_700_000_001] {
            let wire = (packet.len() as u32).saturating_add(more);
            engine.feed(link, Timestamp::from_parts(second, 0), wire, packet, &mut watch);
        }
        let summary = watch.finish(engine);
        assert!(summary.stats.packets <= 2);
    }
}
