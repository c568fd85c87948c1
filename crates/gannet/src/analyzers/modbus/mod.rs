//! Modbus/TCP: requests of a client and replies of a server, each with a function of its own.
//!
//! Section numbers are those of "MODBUS Messaging on TCP/IP Implementation Guide" 1.0b, for the header, and of "MODBUS
//! Application Protocol Specification" 1.1b3, for what follows it.

mod names;
mod names_table;
mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Modbus;

use parse::{Fault, HEADER, Header};

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::time::Timestamp;

/// The analyzer of Modbus/TCP.
pub static MODBUS: Descriptor = Descriptor::new("modbus", "MODBUS", |_| Box::new(ModbusAnalyzer::default()))
    .doc("Modbus/TCP: functions that are called, and exceptions")
    .ports(&[(Transport::Tcp, 502)])
    .records(&[Modbus::STREAM])
    .partial(true)
    .max_tail(u16::MAX as usize);

/// One connection's Modbus/TCP.
#[derive(Default)]
struct ModbusAnalyzer {
    /// The message of each direction whose header was seen, and whose body was not yet.
    pending: Pair<Option<Pending>>,
}

/// A message whose body is waited for.
#[derive(Clone, Copy)]
struct Pending {
    header: Header,
    /// When its header was complete.
    ts: Timestamp,
}

impl Pending {
    fn emit(&self, cx: &mut Context<'_>, dir: Direction, exception: Option<u8>) {
        if !cx.wants(Modbus::STREAM) {
            return;
        }
        let row = Modbus {
            ts: self.ts,
            conn: cx.conn(),
            tid: u64::from(self.header.transaction),
            unit: u64::from(self.header.unit),
            func: names::function(self.header.function),
            pdu_type: if dir == Direction::Orig { "REQ" } else { "RESP" },
            exception: exception.map(names::exception),
        };
        cx.emit(&row);
    }
}

impl ModbusAnalyzer {
    /// A message is told as soon as its header is there; that of an exception has to wait for its code.
    fn header(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(first) = bytes.first_chunk::<HEADER>() else { return Progress::Need(HEADER) };
        let Some(header) = Header::read(first) else {
            cx.violation("parse error: no header of Modbus/TCP");
            return Progress::Consumed(bytes.len());
        };
        let pending = Pending { header, ts: cx.now() };
        if !header.is_exception() {
            pending.emit(cx, dir, None);
        }
        if header.body_len() > 0 {
            *self.pending.of_mut(dir) = Some(pending);
            return Progress::Consumed(HEADER);
        }
        if message(cx, dir, &pending, &[]) {
            Progress::Consumed(HEADER)
        } else {
            Progress::Consumed(bytes.len())
        }
    }
}

/// A message is complete; whether its bytes are what its function takes.
fn message(cx: &mut Context<'_>, dir: Direction, pending: &Pending, body: &[u8]) -> bool {
    let header = &pending.header;
    match parse::check(header.function, dir, body) {
        Err(Fault::Short) => {
            cx.violation("parse error: message is shorter than its function needs");
            return false;
        }
        Err(Fault::Odd(what, count)) => {
            cx.violation(&format!("invalid value for modbus {what} byte count {count}"));
        }
        Ok(()) if header.is_exception() && dir == Direction::Resp => {
            pending.emit(cx, dir, body.first().copied());
        }
        Ok(()) => {}
    }
    cx.confirm();
    true
}

impl Analyzer for ModbusAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(pending) = *self.pending.of(dir) else { return self.header(cx, dir, bytes) };
        let need = pending.header.body_len();
        let Some(body) = bytes.get(..need) else { return Progress::Need(need) };
        *self.pending.of_mut(dir) = None;
        // Nothing says where the next message begins if this one is no message: the rest goes with it.
        Progress::Consumed(if message(cx, dir, &pending, body) { need } else { bytes.len() })
    }

    /// Nothing says where the next message begins: it goes on as if nothing were missing.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn flipped(&mut self) {
        self.pending.swap();
    }

    fn held(&self) -> usize {
        0
    }
}
