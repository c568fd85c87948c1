//! Two ends that talk through a network with faults, and what a tap on the way captures of it.

use crate::support::packets::{ACK, Conversation, End, FIN, PSH, Packet, SECOND, START, udp_frame};
use crate::support::random::Random;

/// Least payload of a segment, and the most segments of a flight.
const SEGMENT: usize = 16;
const MANY: usize = 12;
/// Stands in a stream for a byte that was never captured.
pub const HOLE: u8 = b'_';

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Packets overtake others that were sent at once with them, some are sent again, some come twice.
    pub disorder: bool,
    /// Some packets with content are never captured.
    pub loss: bool,
    /// Packets of this end alone are captured.
    pub side: Option<usize>,
}

/// Everything is captured, in order.
pub const WHOLE: Faults = Faults { disorder: false, loss: false, side: None };
/// Everything is captured.
pub const DISORDER: Faults = Faults { disorder: true, ..WHOLE };
/// Much is not.
pub const LOSS: Faults = Faults { loss: true, ..DISORDER };
/// Everything that can go wrong.
pub const ALL: [Faults; 5] =
    [WHOLE, DISORDER, LOSS, Faults { side: Some(0), ..DISORDER }, Faults { side: Some(1), ..DISORDER }];

/// A packet on its way.
#[derive(Clone)]
struct Frame {
    talk: usize,
    /// Which end sends it: 0 is the client.
    from: usize,
    /// What it brings; nothing happens to packets that bring nothing.
    payload: Vec<u8>,
    bytes: Vec<u8>,
}

/// Packets that are sent at once: the other end waits for all of them.
struct Flight {
    frames: Vec<Frame>,
    /// Time since the flight before.
    pause: i64,
}

/// What is sent, in flights.
#[derive(Default)]
pub struct Wire {
    flights: Vec<Flight>,
    tcp: Vec<Conversation>,
    pause: i64,
}

impl Wire {
    /// Nothing is sent for some seconds.
    pub fn wait(&mut self, seconds: i64) {
        self.pause += seconds * SECOND;
    }

    /// Opens a TCP connection; its number.
    pub fn open(&mut self, client: End, server: End) -> usize {
        let talk = self.tcp.len();
        let mut tcp = Conversation::new(client, server, [1000, 5000]);
        let frames = tcp.open();
        self.tcp.push(tcp);
        self.signal(talk, frames);
        talk
    }

    /// One end of a TCP connection says something, and the other one acknowledges it.
    pub fn say(&mut self, talk: usize, from: usize, bytes: &[u8]) {
        let tcp = &mut self.tcp[talk];
        let segment = |part: &[u8]| Frame {
            talk,
            from,
            payload: part.to_vec(),
            bytes: tcp.segment(from, ACK | PSH, part),
        };
        let frames = bytes.chunks(SEGMENT.max(bytes.len().div_ceil(MANY))).map(segment).collect();
        self.send(frames);
        let ack = self.tcp[talk].segment(1 - from, ACK, b"");
        self.send(vec![Frame { talk, from: 1 - from, payload: Vec::new(), bytes: ack }]);
    }

    /// Both ends close.
    pub fn close(&mut self, talk: usize) {
        let tcp = &mut self.tcp[talk];
        let [client, server] = [tcp.segment(0, FIN | ACK, b""), tcp.segment(1, FIN | ACK, b"")];
        let last = tcp.segment(0, ACK, b"");
        self.signal(talk, [client, server, last]);
    }

    fn signal(&mut self, talk: usize, frames: [Vec<u8>; 3]) {
        for (bytes, from) in frames.into_iter().zip([0, 1, 0]) {
            self.send(vec![Frame { talk, from, payload: Vec::new(), bytes }]);
        }
    }

    /// One end sends datagrams to the other one, all at once.
    pub fn datagrams(&mut self, ends: [End; 2], from: usize, payloads: &[Vec<u8>]) {
        let frame = |payload: &Vec<u8>| Frame {
            talk: 0,
            from,
            payload: payload.clone(),
            bytes: udp_frame(ends[from], ends[1 - from], payload),
        };
        self.send(payloads.iter().map(frame).collect());
    }

    fn send(&mut self, frames: Vec<Frame>) {
        let pause = std::mem::take(&mut self.pause);
        self.flights.push(Flight { frames, pause });
    }

    /// What is captured.
    pub fn carry(&self, faults: Faults, seed: u64) -> Capture<'_> {
        let mut random = Random::new(seed);
        let (mut packets, mut ts) = (Vec::new(), START);
        for flight in &self.flights {
            ts += flight.pause;
            for frame in fly(&flight.frames, faults, &mut random) {
                ts += SECOND / 1000;
                if faults.side.is_none_or(|side| side == frame.from) {
                    packets.push(Packet::new(ts, frame.bytes));
                }
            }
        }
        Capture { wire: self, packets }
    }
}

/// One flight, as it passes the tap.
fn fly(frames: &[Frame], faults: Faults, random: &mut Random) -> Vec<Frame> {
    let (mut passed, mut late) = (Vec::new(), Vec::new());
    for frame in frames {
        let loses = faults.loss && !frame.payload.is_empty() && random.one_in(5);
        if loses {
            continue;
        }
        let disorder = faults.disorder && !frame.payload.is_empty();
        if disorder && random.one_in(4) {
            late.push(frame.clone());
        } else {
            passed.push(frame.clone());
        }
        if disorder && random.one_in(4) {
            late.push(frame.clone());
        }
        if disorder && passed.len() > 1 && random.one_in(3) {
            let last = passed.len() - 1;
            passed.swap(last, random.below(last as u64) as usize);
        }
    }
    passed.extend(late);
    passed
}

/// What a tap captured.
pub struct Capture<'a> {
    wire: &'a Wire,
    pub packets: Vec<Packet>,
}

impl Capture<'_> {
    /// What one end said on one connection, with [`HOLE`] for each byte that was not captured.
    pub fn stream(&self, talk: usize, from: usize) -> Vec<u8> {
        let frames = self.wire.flights.iter().flat_map(|flight| &flight.frames);
        let own = frames.filter(|frame| (frame.talk, frame.from) == (talk, from));
        own.flat_map(|frame| {
            let seen = self.packets.iter().any(|packet| packet.bytes == frame.bytes);
            if seen { frame.payload.clone() } else { vec![HOLE; frame.payload.len()] }
        })
        .collect()
    }
}
