//! Peers over uTP: streams in datagrams (BEP 29). A stream is not put together, but its first packet is looked at.

use super::handshake::{Greetings, NAME};
use super::parse::{self, Handshake, Kind};
use crate::analyzers::{Analyzer, Close, Context, Progress};
use crate::base::direction::Direction;

/// One flow.
#[derive(Default)]
pub(super) struct Utp {
    /// Who began the last connection, its number, and the number of its packet.
    began: Option<(Direction, u16, u16)>,
    greetings: Greetings,
}

impl Utp {
    fn greeting(&mut self, cx: &mut Context<'_>, dir: Direction, payload: &[u8]) {
        if let Some(handshake) = Handshake::read(payload)
            && self.greetings.greet(cx, dir, &handshake)
            && self.greetings.are_over()
        {
            cx.also(NAME);
        }
    }
}

impl Analyzer for Utp {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(packet) = parse::Utp::read(bytes) else { return Progress::Consumed(bytes.len()) };
        let is_answer = |(by, connection, seq): (Direction, u16, u16)| {
            by != dir && packet.connection == connection && packet.ack == seq
        };
        match packet.kind {
            Kind::Syn if packet.begins() => self.began = Some((dir, packet.connection, packet.seq)),
            Kind::State | Kind::Reset if self.began.is_some_and(is_answer) => cx.confirm(),
            Kind::Data if !self.greetings.are_over() && self.began.is_some() => {
                self.greeting(cx, dir, packet.payload);
            }
            _ => {}
        }
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        self.began = self.began.map(|(dir, connection, seq)| (dir.other(), connection, seq));
        self.greetings.swap();
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.greetings.write(cx);
    }

    fn held(&self) -> usize {
        self.greetings.held()
    }
}
