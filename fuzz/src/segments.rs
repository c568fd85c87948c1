//! Any TCP segments on one connection: nothing holds but that nothing breaks.
//!
//! Input: two initial sequence numbers, then segments: a byte of flags and direction, offsets of the sequence and
//! acknowledgement numbers, a length, a byte of options (how time goes on, a window of zero, a cut packet).

use gannet::{Engine, Interval, Timestamp};

use crate::cursor::Cursor;
use crate::recorder::{self, Happened, RECORDER};
use crate::watch::Watch;
use crate::wire::{self, Segment};

const PAYLOAD: [u8; 2048] = [b'x'; 2048];

/// Feeds the segments to an engine with a small budget.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let mut config = wire::config();
    config.analyzers([&RECORDER]);
    config.limits(|limits| limits.reassembly_per_shard = 4096);
    let (mut engine, mut watch) = (Engine::new(config.build().unwrap()), Watch::without_rows());
    let starts = [cursor.u32(), cursor.u32()];
    let mut now = Timestamp::from_parts(1_700_000_000, 0);
    let mut sent = 0_u64;
    recorder::taken();
    while let Some(op) = cursor.op() {
        let from_orig = op & 0x80 == 0;
        let (own, peer) = if from_orig { (starts[0], starts[1]) } else { (starts[1], starts[0]) };
        let offset = |cursor: &mut Cursor<'_>| i32::from(cursor.u16() as i16) as u32;
        let seq = own.wrapping_add(offset(&mut cursor));
        let ack = peer.wrapping_add(offset(&mut cursor));
        let payload = PAYLOAD.get(..usize::from(cursor.u8()) * 8).unwrap_or(&PAYLOAD);
        let options = cursor.u8();
        now = match options & 7 {
            0..4 => now,
            4 => now + Interval::from_secs(1),
            5 => now + Interval::from_secs(10),
            6 => now + Interval::from_secs(3600),
            _ => now + Interval::from_secs(-2),
        };
        let window = if options & 8 != 0 { 0 } else { 1000 };
        let segment =
            Segment { from_orig, server: recorder::PORT, seq, ack, flags: op & 0x3f, window, payload };
        let packet = segment.packet();
        let cut = if options & 16 != 0 { payload.len() / 2 } else { 0 };
        let captured = packet.get(..packet.len() - cut).unwrap_or_default();
        engine.feed(wire::RAW, now, packet.len() as u32, captured, &mut watch);
        sent += payload.len() as u64;
    }
    watch.finish(engine);
    let data = |what: &Happened| if let Happened::Data(_, bytes) = what { bytes.len() as u64 } else { 0 };
    let records = recorder::taken();
    let delivered: u64 = records.iter().flat_map(|record| &record.happened).map(data).sum();
    assert!(delivered <= sent, "{delivered} bytes delivered of {sent}");
    for record in &records {
        assert_eq!(record.happened.last(), Some(&Happened::Close), "the close comes last");
    }
}
