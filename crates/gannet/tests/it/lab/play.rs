//! Plays a stream to an engine that has one analyzer only, and looks at its memory.

use std::sync::Mutex;

use gannet::analyzers::{Descriptor, Direction, Transport};
use gannet::events::{self, Meta};
use gannet::flow::Conn;
use gannet::{Config, ConfigBuilder, Engine, TestKnobs, Timestamp};

use super::streams::{Event, Stream};
use crate::alloc::live;
use crate::support::packets::{ACK, Conversation, Packet, SECOND, START, udp_frame, v4};
use crate::support::rows::{self, Nobody};

/// How the events of a stream are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// There is a handshake.
    pub opened: bool,
    /// Both sides close; otherwise the capture ends.
    pub closed: bool,
    /// The server sends what the client sent, and the other way round.
    pub swapped: bool,
    /// Only this side was recorded.
    pub only: Option<Direction>,
}

impl Default for Manner {
    fn default() -> Self {
        Self { opened: true, closed: true, swapped: false, only: None }
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    pub panics: u64,
    /// Bytes that were allocated and not freed.
    pub left: isize,
    pub confirmed: bool,
    /// Records beside those of connections and weirds.
    pub records: u64,
}

/// Sends the frames of one connection.
struct Sender {
    transport: Transport,
    manner: Manner,
    tcp: Conversation,
    now: i64,
}

impl Sender {
    fn new(stream: &Stream, manner: Manner, now: i64) -> Self {
        let (client, server) = ((v4(0x0a00_0001), stream.orig_port), (v4(0xc000_0201), stream.resp_port));
        let tcp = Conversation::new(client, server, [1000, u32::MAX - 500]);
        Self { transport: stream.transport, manner, tcp, now }
    }

    /// The side that sends what was sent in a direction.
    fn side(&self, dir: Direction) -> usize {
        usize::from((dir == Direction::Resp) != self.manner.swapped)
    }

    fn give(&mut self, engine: &mut Engine, h: &mut dyn events::Subscriber, side: usize, frame: Vec<u8>) {
        self.now += SECOND / 1000;
        if self.manner.only.is_none_or(|only| self.side(only) == side) {
            rows::feed(engine, &Packet::new(self.now, frame), h);
        }
    }

    fn open(&mut self, engine: &mut Engine, h: &mut dyn events::Subscriber) {
        if self.transport == Transport::Tcp && self.manner.opened {
            for (side, frame) in [0, 1, 0].into_iter().zip(self.tcp.open()) {
                self.give(engine, h, side, frame);
            }
        }
    }

    fn event(&mut self, engine: &mut Engine, h: &mut dyn events::Subscriber, event: &Event) {
        match event {
            Event::Lost(dir, len) => {
                let side = self.side(*dir);
                self.tcp.seq[side] = self.tcp.seq[side].wrapping_add(*len as u32);
            }
            Event::Data(dir, bytes) => {
                let side = self.side(*dir);
                if self.transport == Transport::Udp {
                    let ends = [(self.tcp.client, self.tcp.server), (self.tcp.server, self.tcp.client)][side];
                    return self.give(engine, h, side, udp_frame(ends.0, ends.1, bytes));
                }
                let frame = self.tcp.segment(side, ACK, bytes);
                self.give(engine, h, side, frame);
                let frame = self.tcp.segment(1 - side, ACK, &[]);
                self.give(engine, h, 1 - side, frame);
            }
        }
    }

    fn close(&mut self, engine: &mut Engine, h: &mut dyn events::Subscriber) {
        if self.transport == Transport::Tcp && self.manner.closed {
            for (side, frame) in [0, 1, 0].into_iter().zip(self.tcp.close()) {
                self.give(engine, h, side, frame);
            }
        }
    }
}

fn engine(descriptor: &'static Descriptor) -> Engine {
    Engine::new(config(descriptor).build().unwrap())
}

fn config(descriptor: &'static Descriptor) -> ConfigBuilder {
    let mut config = Config::builder();
    config.analyzers([descriptor]);
    config.checksums(false);
    config.table_seed(Some(1));
    config
}

/// Plays the events on one connection.
pub fn play(descriptor: &'static Descriptor, stream: &Stream, events: &[Event], manner: Manner) -> Played {
    let before = live();
    let mut engine = engine(descriptor);
    let mut sender = Sender::new(stream, manner, START);
    let (mut records, mut confirmed) = (0, false);
    let mut h = |_: &Meta<'_>, event: events::Event<'_>| match event.record.stream().name {
        "conn" => confirmed |= event.get::<Conn>().is_some_and(|conn| conn.service.is_some()),
        "weird" => {}
        _ => records += 1,
    };
    sender.open(&mut engine, &mut h);
    for event in events {
        sender.event(&mut engine, &mut h, event);
    }
    sender.close(&mut engine, &mut h);
    let panics = engine.finish(&mut h).stats.panics;
    Played { panics, left: live() - before, confirmed, records }
}

/// Plays a stream on two connections of one engine: when the second one is gone, there is nothing more than after the
/// first one.
pub fn play_twice(descriptor: &'static Descriptor, stream: &Stream) {
    /// Room that tables may keep.
    const SLACK: isize = 4096;
    let mut engine = engine(descriptor);
    let mut after = [0; 2];
    for (turn, after) in after.iter_mut().enumerate() {
        let mut sender = Sender::new(stream, Manner::default(), START + turn as i64 * 86_400 * SECOND);
        sender.open(&mut engine, &mut Nobody);
        for event in &stream.events {
            sender.event(&mut engine, &mut Nobody, event);
        }
        sender.close(&mut engine, &mut Nobody);
        engine.advance(Timestamp::from_nanos(START + (turn as i64 * 24 + 12) * 3600 * SECOND), &mut Nobody);
        assert_eq!((engine.connections(), engine.held()), (0, 0), "{} on {stream:?}", descriptor.name);
        *after = live();
    }
    let grown = after[1] - after[0];
    assert!(grown <= SLACK, "{} on {stream:?}: {grown} bytes stay", descriptor.name);
}

/// The same analyzer, as if it carried no files.
fn without_files(descriptor: &'static Descriptor) -> &'static Descriptor {
    static MADE: Mutex<Vec<[&'static Descriptor; 2]>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap();
    if let Some([_, known]) = made.iter().find(|[of, _]| std::ptr::eq(*of, descriptor)) {
        return known;
    }
    let records: Vec<_> =
        descriptor.records.iter().copied().filter(|stream| stream.name != "files").collect();
    let fresh: &'static Descriptor = Box::leak(Box::new((*descriptor).records(records.leak())));
    made.push([descriptor, fresh]);
    fresh
}

/// Plays the events and compares, while the connection lives, what is said to be held with what is allocated; returns
/// the most that was held.
pub fn play_and_weigh(
    descriptor: &'static Descriptor,
    stream: &Stream,
    events: &[Event],
    manner: Manner,
) -> usize {
    /// Below this nobody asks.
    const MATTERS: isize = 8 * 1024;
    /// What the framework has for a connection beside what is said to be held: detection, samplers, names, tables, and pages
    /// of what it knows of shards.
    const SLACK: isize = 6 * 1024;
    // Files are not the analyzer's: there are none where neither it nor a listener speaks of them.
    let mut config = config(without_files(descriptor));
    config.file_analyzers([]);
    config.only(descriptor.records.iter().copied().filter(|stream| stream.name != "files"));
    let mut engine = Engine::new(config.build().unwrap());
    let mut sender = Sender::new(stream, manner, START);
    sender.open(&mut engine, &mut Nobody);
    let (mut base, mut most) = (None, 0);
    for (at, event) in events.iter().enumerate() {
        sender.event(&mut engine, &mut Nobody, event);
        let (live, held) = (live(), engine.held() as isize);
        // Until the first bytes came there may be no connection.
        let base = *base.get_or_insert(live - held);
        let allocated = live - base;
        most = most.max(held);
        let differ = (allocated - held).abs();
        assert!(
            allocated.max(held) < MATTERS || differ <= allocated / 10 + SLACK,
            "{} on {stream:?}, {manner:?}, event {at}: says it holds {held} bytes, but {allocated} are allocated",
            descriptor.name
        );
    }
    assert_eq!(engine.finish(&mut Nobody).stats.panics, 0);
    most.max(0) as usize
}
