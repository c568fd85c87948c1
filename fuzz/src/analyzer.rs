//! Any analyzer of the registry on one connection: chunks, gaps, ends, time.
//!
//! Input: a byte that picks the analyzer, a byte of options (transport, whether the beginning was seen), then what
//! happens: a byte whose low three bits say what, and what that needs.

use std::sync::OnceLock;

use gannet::analyzers::{Descriptor, REGISTRY, Transport};
use gannet::{Engine, Interval, Timestamp};

use crate::cursor::Cursor;
use crate::watch::Watch;
use crate::wire::{self, Segment, flag};

/// The port on which every analyzer is tried here.
const PORTS: &[(Transport, u16)] = &[(Transport::Tcp, 40_001), (Transport::Udp, 40_001)];
/// Longest payload of a segment or datagram.
const LONGEST: usize = 60_000;
/// Longest chunk that is cut into single bytes.
const SINGLE: usize = 300;

/// The registry, each analyzer at the port of this target.
fn registry() -> &'static [Descriptor] {
    static REACHABLE: OnceLock<Vec<Descriptor>> = OnceLock::new();
    REACHABLE.get_or_init(|| REGISTRY.iter().map(|known| (**known).ports(PORTS)).collect())
}

/// The transports that an analyzer knows; both, if it tells none.
pub fn transports(descriptor: &Descriptor) -> Vec<Transport> {
    let known = |transport: &Transport| descriptor.ports.iter().any(|(t, _)| t == transport);
    let all = [Transport::Tcp, Transport::Udp];
    let listed: Vec<_> = all.into_iter().filter(known).collect();
    if listed.is_empty() { all.to_vec() } else { listed }
}

/// Lets it happen.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let pick = usize::from(cursor.u8()) % REGISTRY.len();
    let options = cursor.u8();
    let Some((descriptor, known)) = registry().get(pick).zip(REGISTRY.get(pick)) else { return };
    let transports = transports(known);
    let transport = transports[usize::from(options & 1) % transports.len()];
    let mut config = wire::config();
    config.analyzers([descriptor]);
    let mut peer = Peers {
        engine: Engine::new(config.build().unwrap()),
        watch: Watch::default(),
        now: Timestamp::from_parts(1_700_000_000, 0),
        transport,
        next: [u32::MAX - 500, 1],
    };
    if transport == Transport::Tcp && options & 2 == 0 {
        peer.handshake();
    }
    while let Some(op) = cursor.op() {
        peer.happen(op, &mut cursor);
    }
    let Peers { engine, watch, .. } = peer;
    watch.finish(engine);
}

/// The two ends of the connection.
struct Peers {
    engine: Engine,
    watch: Watch,
    now: Timestamp,
    transport: Transport,
    /// Next sequence numbers of originator and responder.
    next: [u32; 2],
}

impl Peers {
    fn happen(&mut self, op: u8, cursor: &mut Cursor<'_>) {
        let side = usize::from(op & 1);
        match op & 7 {
            0 | 1 => self.data(side, cursor.run(), LONGEST),
            2 | 3 => {
                let chunk = cursor.run();
                self.data(side, chunk, if chunk.len() > SINGLE { LONGEST } else { 1 });
            }
            4 | 5 => {
                let gap = u32::from(cursor.u16());
                self.next[side] = self.next[side].wrapping_add(gap);
                self.segment(1 - side, flag::ACK, &[]);
            }
            6 => {
                let unit = if op & 8 == 0 { 1 } else { 60 };
                self.now = self.now + Interval::from_secs(unit * i64::from(cursor.u8()));
                self.engine.advance(self.now, &mut self.watch);
            }
            _ if op & 16 != 0 => self.segment(usize::from(op >> 3 & 1), flag::RST, &[]),
            _ => {
                let side = usize::from(op >> 3 & 1);
                self.segment(side, flag::FIN | flag::ACK, &[]);
                self.next[side] = self.next[side].wrapping_add(1);
            }
        }
    }

    fn handshake(&mut self) {
        self.segment(0, flag::SYN, &[]);
        self.next[0] = self.next[0].wrapping_add(1);
        self.segment(1, flag::SYN | flag::ACK, &[]);
        self.next[1] = self.next[1].wrapping_add(1);
        self.segment(0, flag::ACK, &[]);
    }

    fn data(&mut self, side: usize, chunk: &[u8], longest: usize) {
        if chunk.is_empty() && self.transport == Transport::Udp {
            return self.packet(&wire::udp(side == 0, PORTS[0].1, &[]));
        }
        for piece in chunk.chunks(longest) {
            match self.transport {
                Transport::Tcp => {
                    self.segment(side, flag::ACK, piece);
                    self.next[side] = self.next[side].wrapping_add(piece.len() as u32);
                }
                _ => self.packet(&wire::udp(side == 0, PORTS[0].1, piece)),
            }
        }
    }

    fn segment(&mut self, side: usize, flags: u8, payload: &[u8]) {
        if self.transport == Transport::Udp {
            return;
        }
        let segment = Segment {
            from_orig: side == 0,
            server: PORTS[0].1,
            seq: self.next[side],
            ack: if flags & flag::ACK == 0 { 0 } else { self.next[1 - side] },
            flags,
            window: 60_000,
            payload,
        };
        self.packet(&segment.packet());
    }

    fn packet(&mut self, packet: &[u8]) {
        self.now = self.now + Interval::from_millis(1);
        self.engine.feed(wire::RAW, self.now, packet.len() as u32, packet, &mut self.watch);
    }
}
