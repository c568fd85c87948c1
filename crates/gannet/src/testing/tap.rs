//! A conversation that is fed as it is made, and the ways to cut and change one.

use proptest::sample::Index;

use super::{Ip, RAW, at, tcp, udp, v4};
use crate::events::{Event, FileMeta, Meta, Piece, Subscriber, Weird};
use crate::{Config, Engine};

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const ACK: u8 = 16;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

use Side::{Client, Server};

impl Side {
    fn other(self) -> Self {
        if self == Client { Server } else { Client }
    }
}

/// What a test keeps of what comes out.
pub(crate) trait Sees: Default {
    fn event(&mut self, event: Event<'_>);

    fn content(&mut self, _piece: Piece<'_>) {}
}

struct Keeper<'a, S>(&'a mut S);

impl<S: Sees> Subscriber for Keeper<'_, S> {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        self.0.event(event);
    }

    fn content(&mut self, _file: &FileMeta<'_>, piece: Piece<'_>) {
        self.0.content(piece);
    }
}

/// A connection, and the engine that it goes through.
pub(crate) struct Tap<S> {
    engine: Engine,
    seen: S,
    now: f64,
    /// Of the client and the server.
    pub(crate) ports: (u16, u16),
    /// Next numbers of the client and the server.
    next: [u32; 2],
}

impl<S: Sees> Tap<S> {
    /// Nothing was sent yet.
    pub(crate) fn new(port: u16, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { table_seed: Some(1), ..Config::default() };
        change(&mut config);
        let (engine, seen) = (Engine::new(config), S::default());
        Self { engine, seen, now: 1e9, ports: (40_000, port), next: [1000, 5000] }
    }

    /// A stream that is just open.
    pub(crate) fn open(port: u16) -> Self {
        let mut tap = Self::new(port, |_| ());
        tap.dial();
        tap
    }

    /// Nothing was sent yet, to an engine that knows more services than Zeek.
    pub(crate) fn more(port: u16) -> Self {
        Self::new(port, |config| {
            let more = Config::builder().more_services(true).build().unwrap();
            *config = Config { table_seed: config.table_seed, ..more };
        })
    }

    pub(crate) fn dial(&mut self) -> &mut Self {
        self.segment(Client, SYN, &[]).segment(Server, SYN | ACK, &[]).segment(Client, ACK, &[])
    }

    fn feed(&mut self, packet: &Ip) -> &mut Self {
        self.now += 0.001;
        let bytes = packet.bytes();
        self.engine.feed(RAW, at(self.now), bytes.len() as u32, &bytes, &mut Keeper(&mut self.seen));
        self
    }

    pub(crate) fn segment(&mut self, from: Side, flags: u8, payload: &[u8]) -> &mut Self {
        let me = usize::from(from == Server);
        let (seq, ack) = (self.next[me], if flags & ACK != 0 { self.next[1 - me] } else { 0 });
        let control = u32::from(flags & (SYN | FIN) != 0);
        self.next[me] += payload.len() as u32 + control;
        let (client, server) = self.ports;
        let packet = match from {
            Client => v4(6, &tcp((client, server), seq, ack, flags, payload)),
            Server => v4(6, &tcp((server, client), seq, ack, flags, payload)).back(),
        };
        self.feed(&packet)
    }

    pub(crate) fn send(&mut self, from: Side, payload: &[u8]) -> &mut Self {
        self.segment(from, ACK, payload)
    }

    /// Bytes that were sent but not captured, and an acknowledgement of them.
    pub(crate) fn lose(&mut self, from: Side, count: u32) -> &mut Self {
        self.next[usize::from(from == Server)] += count;
        self.segment(from.other(), ACK, &[])
    }

    /// What follows is on another connection of the same hosts; gives back the one at hand, for [`Self::back`].
    pub(crate) fn leave(&mut self, ports: (u16, u16)) -> ((u16, u16), [u32; 2]) {
        (std::mem::replace(&mut self.ports, ports), std::mem::replace(&mut self.next, [1000, 5000]))
    }

    /// What follows is on a connection that was left.
    pub(crate) fn back(&mut self, (ports, next): ((u16, u16), [u32; 2])) -> &mut Self {
        (self.ports, self.next) = (ports, next);
        self
    }

    /// Nothing is sent for so many seconds.
    pub(crate) fn wait(&mut self, seconds: f64) -> &mut Self {
        self.now += seconds;
        self
    }

    pub(crate) fn datagram(&mut self, from: Side, payload: &[u8]) -> &mut Self {
        let (client, server) = self.ports;
        let packet = match from {
            Client => v4(17, &udp((client, server), payload)),
            Server => v4(17, &udp((server, client), payload)).back(),
        };
        self.feed(&packet)
    }

    pub(crate) fn close(&mut self) -> &mut Self {
        self.segment(Client, FIN | ACK, &[]).segment(Server, FIN | ACK, &[]).segment(Client, ACK, &[])
    }

    /// The end of the capture. No analyzer may have panicked.
    pub(crate) fn finish(self) -> S {
        let Self { engine, mut seen, .. } = self;
        let summary = engine.finish(&mut Keeper(&mut seen));
        assert_eq!(summary.stats.panics, 0);
        seen
    }

    /// Steps in segments of these sizes, over and over; then both sides close.
    pub(crate) fn play<B: AsRef<[u8]>>(mut self, steps: &[(Side, B)], sizes: &[usize]) -> S {
        let mut sizes = sizes.iter().cycle();
        for (from, bytes) in steps {
            let mut rest = bytes.as_ref();
            while let Some(size) = sizes.next().filter(|_| !rest.is_empty()) {
                let (now, behind) = rest.split_at((*size).clamp(1, rest.len()));
                self.send(*from, now);
                rest = behind;
            }
        }
        self.close();
        self.finish()
    }
}

/// The steps up to every `stride`th byte.
pub(crate) fn every_cut(
    steps: &[(Side, Vec<u8>)],
    stride: usize,
) -> impl Iterator<Item = Vec<(Side, Vec<u8>)>> {
    let total: usize = steps.iter().map(|(_, bytes)| bytes.len()).sum();
    (0..total).step_by(stride).map(|mut left| {
        let part = steps.iter().map_while(|(side, bytes)| {
            let taken = left.min(bytes.len());
            left -= taken;
            (taken > 0).then(|| (*side, bytes[..taken].to_vec()))
        });
        part.collect()
    })
}

/// The steps with another byte somewhere.
pub(crate) fn changed(steps: &[(Side, Vec<u8>)], at: Index, byte: u8) -> Vec<(Side, Vec<u8>)> {
    let mut steps = steps.to_vec();
    let total: usize = steps.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut bytes = steps.iter_mut().flat_map(|(_, bytes)| bytes);
    if let Some(place) = bytes.nth(at.index(total)) {
        *place = byte;
    }
    drop(bytes);
    steps
}

/// Bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A weird as `name/SOURCE(addl)`.
pub(crate) fn weird_text(weird: &Weird) -> String {
    let source = weird.source.map_or(String::new(), |source| format!("/{source}"));
    let addl = weird.addl.as_deref().map_or(String::new(), |addl| format!("({})", text(addl)));
    format!("{}{source}{addl}", weird.name)
}

/// A conversation in lines: `> ` what a client sends, `< ` what a server does, each a step with CR LF at its end.
pub(crate) fn dialogue(text: &str) -> Vec<(Side, Vec<u8>)> {
    let line = |line: &str| {
        let (side, text) = line.split_at(2);
        let side = if side == "> " { Client } else { Server };
        (side, format!("{text}\r\n").into_bytes())
    };
    text.lines().map(str::trim_start).filter(|line| line.len() > 1).map(line).collect()
}
