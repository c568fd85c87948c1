//! WebSocket: RFC 6455. Frames carry messages both ways, once HTTP has handed the connection over; what is in the messages is
//! given to detection.

mod handshake;
mod parse;
mod record;
#[cfg(test)]
mod tests;

pub(crate) use handshake::{Asked, Handshake, establish, establish_on_stream};
pub use record::WebSocket;

use parse::{Header, MAX_HEADER, opcode};

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::cursor::Cursor;
use crate::base::direction::{Direction, Pair, Transport};

/// The analyzer of WebSocket. It has neither port nor probe: HTTP hands connections over to it.
pub static WEBSOCKET: Descriptor =
    Descriptor::new("websocket", "WEBSOCKET", |_| Box::new(WebSocketAnalyzer::default()))
        .doc("WebSocket: connections that begin as HTTP, and the protocols inside")
        .records(&[WebSocket::STREAM])
        .partial(true)
        .carries(true)
        .max_tail(MAX_HEADER + MAX_PIECE);

/// Bytes of a payload that are handed on together.
const MAX_PIECE: usize = 8192;
/// Most bytes of a control frame (section 5.5).
const MAX_CONTROL: u64 = 125;
/// Key of the child that reads the messages.
const INSIDE: u64 = 0;

/// One direction of a connection.
#[derive(Default)]
struct Side {
    /// The frame whose payload is under way.
    frame: Option<Frame>,
    /// What the first frame of the message said it is; none between messages.
    message: Option<u8>,
}

/// A frame, and how much of its payload was seen.
struct Frame {
    header: Header,
    done: u64,
}

/// One connection's WebSocket.
#[derive(Default)]
struct WebSocketAnalyzer {
    sides: Pair<Side>,
    /// The child was opened.
    open: bool,
    /// Something was wrong or is missing: nothing more is read.
    over: bool,
}

impl WebSocketAnalyzer {
    /// A frame begins.
    fn header(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let mut at = Cursor::new(bytes);
        let Ok(header) = Header::read(&mut at) else {
            return Progress::Need(bytes.len() + 1);
        };
        let side = self.sides.of_mut(dir);
        let goes_on = header.opcode == opcode::CONTINUATION;
        if goes_on != side.message.is_some() {
            return self.stop(
                cx,
                "a message goes on that has not begun, or begins before the last one ended",
                bytes,
            );
        }
        let kind = *side.message.get_or_insert(header.opcode);
        if header.is_control() && header.length > MAX_CONTROL {
            let addl = format!("{} > {MAX_CONTROL}", header.length);
            cx.weird("websocket_control_frame_size_exceeded", addl);
        }
        if kind == opcode::CLOSE && header.length == 1 {
            return self.stop(cx, "parse error: half of a status code", bytes);
        }
        self.sides.of_mut(dir).frame = Some(Frame { header, done: 0 });
        self.frame_ends(cx, dir);
        Progress::Consumed(at.at())
    }

    /// Some of a frame's payload.
    fn payload(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Side { frame: Some(frame), message } = self.sides.of_mut(dir) else { return Progress::Done };
        let left = frame.header.length - frame.done;
        let piece = usize::try_from(left).unwrap_or(usize::MAX).min(MAX_PIECE);
        let Some(payload) = bytes.get(..piece) else { return Progress::Need(piece) };
        if matches!(message, Some(opcode::TEXT | opcode::BINARY)) {
            match frame.header.mask {
                Some(mask) => cx.child_data(INSIDE, dir, &parse::unmask(payload, mask, frame.done)),
                None => cx.child_data(INSIDE, dir, payload),
            }
        }
        frame.done += piece as u64;
        self.frame_ends(cx, dir);
        Progress::Consumed(piece)
    }

    /// If all of a frame was seen it ends, and the message with it if it is the last one.
    fn frame_ends(&mut self, cx: &mut Context<'_>, dir: Direction) {
        let side = self.sides.of_mut(dir);
        let Some(frame) = side.frame.take_if(|frame| frame.done >= frame.header.length) else { return };
        if frame.header.fin {
            side.message = None;
            cx.confirm();
        }
    }

    /// What is not as it should be ends it.
    fn stop(&mut self, cx: &mut Context<'_>, reason: &str, bytes: &[u8]) -> Progress {
        self.over = true;
        cx.violation_of(reason, bytes);
        Progress::Done
    }
}

impl Analyzer for WebSocketAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        if !std::mem::replace(&mut self.open, true) {
            cx.open_child_by_detection(INSIDE, Transport::Tcp);
        }
        match self.sides.of(dir).frame {
            None => self.header(cx, dir, bytes),
            Some(_) => self.payload(cx, dir, bytes),
        }
    }

    /// Nothing says where the next frame begins.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        cx.child_end(INSIDE, dir);
    }

    fn reset(&mut self, cx: &mut Context<'_>) {
        cx.child_reset(INSIDE);
    }

    fn flipped(&mut self) {
        self.sides.swap();
    }

    fn held(&self) -> usize {
        0
    }
}
