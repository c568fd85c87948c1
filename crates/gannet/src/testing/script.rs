//! TCP conversations as text: a segment between semicolons, sequence numbers kept by the script.
//!
//! A segment is `TIME DIRECTION FLAGS` and then what is special about it:
//!
//! - `TIME` in seconds; `DIRECTION` `>` from the client, `<` from the server; `FLAGS` of `SAFRPU`, or `.` for none;
//! - `5` that many payload bytes (each byte is its position, so that order shows), `"text"` this payload;
//! - `seq+3`, `seq-1`: so far off the number that the script would take; `seq=7`: this number; the same for `ack`;
//! - `win=0` the window, `ws=7` the window scale option;
//! - `bad` a wrong checksum, `cut=4` the last bytes were not captured, `off=4` the data offset in words;
//! - `lost` the segment was sent but not seen.
//!
//! The client's numbers begin at 1000, the server's at 5000; `Script` has them, and the ports, as fields.

use super::lab::{Lab, Rows};
use super::packet::{self, Ip};

/// Port of the client.
pub(crate) const CLIENT: u16 = 40_000;
/// Port of the server: no likely server's.
pub(crate) const SERVER: u16 = 1_234;

/// A conversation, with what is the same for all its segments.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) ports: (u16, u16),
    pub(crate) start: (u32, u32),
    pub(crate) v6: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self { ports: (CLIENT, SERVER), start: (1000, 5000), v6: false }
    }
}

/// Plays a conversation on an engine of its own.
pub(crate) fn play(text: &str) -> Rows {
    let mut lab = Lab::new();
    Script::default().feed(text, &mut lab);
    lab.finish()
}

#[derive(Default)]
struct Step {
    time: f64,
    back: bool,
    flags: u8,
    payload: Payload,
    seq: Number,
    ack: Number,
    window: Option<u16>,
    scale: Option<u8>,
    offset: Option<u8>,
    bad: bool,
    cut: usize,
    lost: bool,
}

#[derive(Default)]
enum Payload {
    #[default]
    Nothing,
    Length(usize),
    Text(String),
}

#[derive(Default)]
enum Number {
    #[default]
    Next,
    Off(i64),
    Fixed(u32),
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        match text.as_bytes().first()? {
            b'=' => text[1..].parse().ok().map(Self::Fixed),
            b'+' => text[1..].parse().ok().map(Self::Off),
            b'-' => text.parse().ok().map(Self::Off),
            _ => None,
        }
    }

    fn of(&self, next: u32) -> u32 {
        match self {
            Self::Next => next,
            Self::Off(by) => next.wrapping_add(*by as u32),
            Self::Fixed(number) => *number,
        }
    }
}

fn parse(text: &str) -> Step {
    let (before, payload) = match text.split_once('"') {
        Some((before, rest)) => (before, rest.rsplit_once('"').map(|(text, _)| text)),
        None => (text, None),
    };
    let after = text.rsplit_once('"').map_or("", |(_, after)| after);
    let mut words = before.split_whitespace().chain(after.split_whitespace());
    let mut step = Step { time: words.next().unwrap().parse().unwrap(), ..Step::default() };
    step.back = match words.next().unwrap() {
        ">" => false,
        "<" => true,
        other => panic!("direction {other} in {text}"),
    };
    step.flags = words.next().unwrap().bytes().fold(0, |flags, letter| {
        flags | b"FSRPAU".iter().position(|known| *known == letter).map_or(0, |bit| 1 << bit)
    });
    if let Some(payload) = payload {
        step.payload = Payload::Text(payload.replace("\\r", "\r").replace("\\n", "\n"));
    }
    for word in words {
        let value = |key: &str| word.strip_prefix(key);
        if let Some(number) = value("seq").and_then(Number::parse) {
            step.seq = number;
        } else if let Some(number) = value("ack").and_then(Number::parse) {
            step.ack = number;
        } else if let Some(number) = value("win=") {
            step.window = number.parse().ok();
        } else if let Some(number) = value("ws=") {
            step.scale = number.parse().ok();
        } else if let Some(number) = value("off=") {
            step.offset = number.parse().ok();
        } else if let Some(number) = value("cut=") {
            step.cut = number.parse().unwrap();
        } else if word == "bad" {
            step.bad = true;
        } else if word == "lost" {
            step.lost = true;
        } else {
            step.payload = Payload::Length(word.parse().unwrap_or_else(|_| panic!("{word} in {text}")));
        }
    }
    step
}

impl Script {
    /// Feeds a conversation to an engine.
    pub(crate) fn feed(&self, text: &str, lab: &mut Lab) {
        for (time, packet, cut) in self.packets(text) {
            let bytes = packet.bytes();
            lab.cut(time, &bytes, bytes.len() - cut);
        }
    }

    /// The packets of a conversation: time, packet, and how many of its last bytes were not captured.
    pub(crate) fn packets(&self, text: &str) -> Vec<(f64, Ip, usize)> {
        let mut next = [self.start.0, self.start.1];
        let mut packets = Vec::new();
        for step in text.split(';').filter(|step| !step.trim().is_empty()).map(parse) {
            let (mine, other) = (usize::from(step.back), usize::from(!step.back));
            let seq = step.seq.of(next[mine]);
            let ack = if step.flags & 0x10 != 0 { step.ack.of(next[other]) } else { 0 };
            let payload = match &step.payload {
                Payload::Nothing => Vec::new(),
                Payload::Length(length) => (0..*length).map(|i| seq.wrapping_add(i as u32) as u8).collect(),
                Payload::Text(text) => text.clone().into_bytes(),
            };
            let control = (step.flags & 1) + (step.flags >> 1 & 1);
            let end = seq.wrapping_add(payload.len() as u32 + u32::from(control));
            if end.wrapping_sub(next[mine]) as i32 > 0 || step.flags & 2 != 0 {
                next[mine] = end;
            }
            if !step.lost {
                packets.push((step.time, self.packet(&step, seq, ack, &payload), step.cut));
            }
        }
        packets
    }

    fn packet(&self, step: &Step, seq: u32, ack: u32, payload: &[u8]) -> Ip {
        let (client, server) = self.ports;
        let ports = if step.back { (server, client) } else { (client, server) };
        let options = step.scale.map_or(Vec::new(), |scale| vec![3, 3, scale]);
        let window = step.window.unwrap_or(8192);
        let mut bytes = packet::segment(ports, seq, ack, step.flags, window, &options, payload);
        if let Some(words) = step.offset {
            bytes[12] = words << 4;
        }
        let mut ip = if self.v6 { packet::v6(6, &bytes) } else { packet::v4(6, &bytes) };
        if step.back {
            ip = ip.back();
        }
        if step.bad {
            ip.body = ip.sealed_body();
            ip.body[16] ^= 0x55;
        }
        ip
    }
}
