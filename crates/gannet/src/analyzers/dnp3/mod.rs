//! DNP3 over TCP and UDP: IEEE 1815-2012. A master asks, an outstation answers, or tells without being asked.
//!
//! What was made for serial lines comes as it was there: link frames with checksums, a transport octet that puts fragments
//! together, and requests and responses with objects in them. The clauses named here are those of the standard.

mod layout;
mod layouts_table;
mod names;
mod names_table;
mod objects;
mod parse;
mod probe;
mod record;
mod side;
#[cfg(test)]
mod tests;

pub use record::Dnp3;

use parse::{Damage, HEADER, Link, MAX_FRAME};
use side::Side;

use super::{Analyzer, Close, Context, Descriptor, Progress, Start};
use crate::base::cursor::{Cursor, Short};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::time::Timestamp;

/// The analyzer of DNP3 over TCP.
pub static DNP3_TCP: Descriptor =
    Descriptor::new("dnp3_tcp", "DNP3_TCP", |start| Box::new(Dnp3Analyzer::new(start)))
        .doc("DNP3: requests of a master, responses of an outstation")
        .ports(&[(Transport::Tcp, 20000)])
        .probe(probe::stream)
        .first(&[], &[5])
        .records(&[Dnp3::STREAM])
        .partial(true)
        .by_segment(true)
        .max_tail(MAX_FRAME);

/// The analyzer of DNP3 over UDP, which is found by content alone.
pub static DNP3_UDP: Descriptor =
    Descriptor::new("dnp3_udp", "DNP3_UDP", |start| Box::new(Dnp3Analyzer::new(start)))
        .doc("DNP3 over UDP")
        .probe(probe::datagram)
        .first(&[5], &[5])
        .records(&[Dnp3::STREAM]);

/// A request that has no response yet.
#[derive(Clone, Copy)]
struct Open {
    ts: Timestamp,
    function: u8,
}

/// One connection's DNP3.
struct Dnp3Analyzer {
    datagrams: bool,
    sides: Pair<Side>,
    open: Option<Open>,
    /// Something was wrong: nothing more is read.
    over: bool,
}

/// Nothing more is to be read.
struct Over;

impl Dnp3Analyzer {
    fn new(start: &Start) -> Self {
        let datagrams = start.transport == Transport::Udp;
        Self { datagrams, sides: Pair::default(), open: None, over: false }
    }

    /// Reads one frame.
    fn frame(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Result<Progress, Over> {
        // A frame without user data is shorter than that: it waits for a byte of the next one.
        let Some(head) = bytes.first_chunk::<HEADER>() else { return Ok(Progress::Need(HEADER)) };
        let link = Link::of(head);
        if !self.sides.of(dir).known {
            sound(cx, head)?;
            if link.is_bare() {
                self.sides.of_mut(dir).restart();
                return Ok(Progress::Consumed(bytes.len()));
            }
            self.begin(cx, dir, &link)?;
        }
        let Some(frame) = bytes.get(..link.frame_len()) else {
            return Ok(Progress::Need(link.frame_len()));
        };
        self.sides.of_mut(dir).known = false;
        self.user_data(cx, dir, &link, frame)?;
        Ok(Progress::Consumed(frame.len()))
    }

    /// The header of a frame that carries something is there.
    fn begin(&mut self, cx: &mut Context<'_>, dir: Direction, link: &Link) -> Result<(), Over> {
        if link.is_from_master() != (dir == Direction::Orig) {
            cx.weird("dnp3_unexpected_flow_direction", "");
        }
        let side = self.sides.of_mut(dir);
        let first = !std::mem::replace(&mut side.begun, true);
        side.known = true;
        if link.is_too_short() {
            match first {
                true => cx.violation("parse error: frame is shorter than its header"),
                false => cx.weird("dnp3_negative_or_zero_length_link_layer", ""),
            }
            return Err(Over);
        }
        Ok(())
    }

    /// A frame is complete.
    fn user_data(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        link: &Link,
        frame: &[u8],
    ) -> Result<(), Over> {
        let side = self.sides.of_mut(dir);
        for block in parse::blocks(frame) {
            match block {
                Ok(data) => side.gather(data),
                Err(Damage) => {
                    cx.weird("dnp3_corrupt_app_chunk_checksum", "");
                    return Err(Over);
                }
            }
        }
        side.first |= link.is_first();
        if !side.first {
            cx.weird("dnp3_first_application_layer_chunk_missing", "");
            return Err(Over);
        }
        if !link.is_last() {
            return Ok(());
        }
        let (fragment, whole) = side.finish();
        let read = self.fragment(cx, dir, &fragment, whole);
        self.sides.of_mut(dir).give_back(fragment);
        read.map_err(|Short| {
            cx.violation("parse error: fragment is shorter than what is in it");
            Over
        })
    }

    /// Reads a request or a response: its header, and how long its objects are.
    fn fragment(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        bytes: &[u8],
        whole: bool,
    ) -> Result<(), Short> {
        let mut at = Cursor::new(bytes);
        let _control = at.u8()?;
        let function = at.u8()?;
        match dir {
            Direction::Orig => self.open = Some(Open { ts: cx.now(), function }),
            Direction::Resp => {
                let indications = at.u16()?;
                let request = self.open.take();
                let reply = Some((function, indications));
                emit(cx, cx.now(), request.map(|open| open.function), reply);
            }
        }
        if whole { objects::check(function, dir, &mut at) } else { Ok(()) }
    }

    /// Reads the frames of a datagram; one that is not complete goes on in the next.
    fn datagram(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Result<(), Over> {
        let mut kept = std::mem::take(&mut self.sides.of_mut(dir).kept);
        kept.extend_from_slice(bytes);
        let mut rest = kept.as_slice();
        while let Progress::Consumed(n) = self.frame(cx, dir, rest)? {
            rest = rest.get(n..).unwrap_or_default();
        }
        self.sides.of_mut(dir).kept = rest.to_vec();
        Ok(())
    }
}

/// Whether the header of a frame is one, and arrived as it was sent.
fn sound(cx: &mut Context<'_>, head: &[u8; HEADER]) -> Result<(), Over> {
    if !parse::has_magic(head) {
        cx.weird("dnp3_header_lacks_magic", "");
        return Err(Over);
    }
    if !parse::is_header_intact(head) {
        cx.weird("dnp3_corrupt_header_checksum", "");
        cx.violation("broken_checksum");
        return Err(Over);
    }
    cx.confirm();
    Ok(())
}

fn emit(cx: &mut Context<'_>, ts: Timestamp, request: Option<u8>, reply: Option<(u8, u16)>) {
    if !cx.wants(Dnp3::STREAM) {
        return;
    }
    let row = Dnp3 {
        ts,
        conn: cx.conn(),
        fc_request: request.map(names::function),
        fc_reply: reply.map(|(function, _)| names::function(function)),
        iin: reply.map(|(_, indications)| u64::from(indications)),
    };
    cx.emit(&row);
}

impl Analyzer for Dnp3Analyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        let progress = match self.datagrams {
            true => self.datagram(cx, dir, bytes).map(|()| Progress::Consumed(bytes.len())),
            false => self.frame(cx, dir, bytes),
        };
        progress.unwrap_or_else(|Over| {
            self.over = true;
            self.sides = Pair::default();
            Progress::Done
        })
    }

    /// Nothing says where the next frame begins: it goes on as if nothing were missing.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn flipped(&mut self) {
        self.sides.swap();
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if let Some(open) = self.open.take() {
            emit(cx, open.ts, Some(open.function), None);
        }
    }

    fn is_through(&self) -> bool {
        self.over && self.open.is_none()
    }

    fn held(&self) -> usize {
        self.sides.orig.held() + self.sides.resp.held()
    }
}
