//! The wire protocol of ZeroMQ, as far as a publisher speaks it: ZMTP 3.0 and 3.1 with the mechanism NULL (RFC 23 and 37 of
//! rfc.zeromq.org).

/// Bytes of the greeting that both sides begin with.
const GREETING: usize = 64;
/// Where the greeting has the version, and the mechanism behind it.
const MAJOR: usize = 10;
const MECHANISM: std::ops::Range<usize> = 12..32;
/// Bytes of a frame that a subscriber may send: it has no more to say than what it wants.
const MOST_FRAME: usize = 4096;
/// Bytes that are kept of what a subscriber sends: a greeting, or a frame with its head.
const MOST_HELD: usize = MOST_FRAME + 16;

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// The greeting: signature, version 3.1, mechanism NULL, no server.
pub(super) fn greeting() -> [u8; GREETING] {
    let mut bytes = [0; GREETING];
    let parts: [(usize, &[u8]); 3] = [(0, &[0xff]), (9, &[0x7f, 3, 1]), (12, b"NULL")];
    for (at, part) in parts {
        for (to, from) in bytes.iter_mut().skip(at).zip(part) {
            *to = *from;
        }
    }
    bytes
}

/// The command that says what kind of socket this is.
pub(super) fn ready() -> Vec<u8> {
    let mut body = b"\x05READY".to_vec();
    for (name, value) in [("Socket-Type", "PUB"), ("Identity", "")] {
        body.push(name.len() as u8);
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(&(value.len() as u32).to_be_bytes());
        body.extend_from_slice(value.as_bytes());
    }
    let mut out = Vec::new();
    frame(COMMAND, &body, &mut out);
    out
}

/// The answer to a sign of life.
fn pong(context: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    frame(COMMAND, &[b"\x04PONG", context].concat(), &mut out);
    out
}

/// Appends a message of two parts.
pub(super) fn message(topic: &[u8], body: &[u8], out: &mut Vec<u8>) {
    frame(MORE, topic, out);
    frame(0, body, out);
}

fn frame(flags: u8, body: &[u8], out: &mut Vec<u8>) {
    match u8::try_from(body.len()) {
        Ok(length) => out.extend_from_slice(&[flags, length]),
        Err(_) => {
            out.push(flags | LONG);
            out.extend_from_slice(&(body.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(body);
}

/// What a subscriber says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Said {
    /// It is there, and wants messages from now on.
    Ready,
    /// It wants messages whose first part begins so.
    Subscribe(Vec<u8>),
    /// It wants them no longer.
    Cancel(Vec<u8>),
    /// It wants these bytes back, as a sign of life.
    Answer(Vec<u8>),
    /// It gives up, or has nothing to say that matters.
    Other,
}

/// Reads what a subscriber sends, in any pieces, and holds no more than one frame of it.
#[derive(Debug, Default)]
pub struct ZmtpDecoder {
    held: Vec<u8>,
    greeted: bool,
    ready: bool,
    /// Whether the frame to come continues a message.
    goes_on: bool,
}

impl ZmtpDecoder {
    /// Takes bytes in. What is said in them goes to `hear`.
    ///
    /// # Errors
    /// What is wrong with the bytes: there is nothing more to be read from this subscriber.
    pub fn feed(&mut self, mut bytes: &[u8], hear: &mut dyn FnMut(Said)) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            let room = MOST_HELD.saturating_sub(self.held.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.held.extend_from_slice(now);
            let before = self.held.len();
            while self.step(hear)? {}
            // A frame that is held whole is taken; one that is too long is refused by its head.
            if now.is_empty() && self.held.len() == before {
                return Err("a frame does not end");
            }
            bytes = later;
        }
        Ok(())
    }

    /// Takes one unit away, if there is a whole one.
    fn step(&mut self, hear: &mut dyn FnMut(Said)) -> Result<bool, &'static str> {
        if !self.greeted {
            check_greeting(&self.held)?;
            let whole = self.held.len() >= GREETING;
            if whole {
                self.held.drain(..GREETING);
                self.greeted = true;
            }
            return Ok(whole);
        }
        let Some(Frame { flags, body, end }) = split(&self.held)? else { return Ok(false) };
        let said = match flags & COMMAND {
            0 if self.ready => said_by_message(flags, std::mem::take(&mut self.goes_on), body),
            0 => return Err("a message comes before READY"),
            _ => said_by_command(body, self.ready)?,
        };
        if flags & COMMAND == 0 {
            self.goes_on = flags & MORE != 0;
        }
        self.ready |= said == Said::Ready;
        self.held.drain(..end);
        hear(said);
        Ok(true)
    }
}

/// Whether these bytes, of which there may be fewer, can be the greeting of a subscriber.
fn check_greeting(bytes: &[u8]) -> Result<(), &'static str> {
    let is = |at: usize, good: fn(u8) -> bool| bytes.get(at).is_none_or(|byte| good(*byte));
    if !is(0, |byte| byte == 0xff) || !is(9, |byte| byte & 1 == 1) {
        return Err("it does not speak ZMTP");
    }
    if !is(MAJOR, |byte| byte >= 3) {
        return Err("it speaks a version of ZMTP before 3.0");
    }
    let null = b"NULL".iter().copied().chain(std::iter::repeat(0));
    let mechanism = bytes.iter().take(MECHANISM.end).skip(MECHANISM.start);
    if mechanism.zip(null).any(|(byte, wanted)| *byte != wanted) {
        return Err("it wants another mechanism than NULL");
    }
    Ok(())
}

/// A frame that begins some bytes.
struct Frame<'a> {
    flags: u8,
    body: &'a [u8],
    /// Where it ends.
    end: usize,
}

/// The first frame; nothing if it is not whole.
fn split(bytes: &[u8]) -> Result<Option<Frame<'_>>, &'static str> {
    let Some((&flags, rest)) = bytes.split_first() else { return Ok(None) };
    if flags & !(MORE | LONG | COMMAND) != 0 || flags & (MORE | COMMAND) == (MORE | COMMAND) {
        return Err("a frame has flags that there are not");
    }
    let (length, head) = if flags & LONG == 0 {
        let Some(&length) = rest.first() else { return Ok(None) };
        (u64::from(length), 2)
    } else {
        let Some(length) = rest.first_chunk::<8>() else { return Ok(None) };
        (u64::from_be_bytes(*length), 9)
    };
    let length = usize::try_from(length).ok().filter(|length| *length <= MOST_FRAME);
    let end = head + length.ok_or("a frame is longer than a subscriber's may be")?;
    Ok(bytes.get(head..end).map(|body| Frame { flags, body, end }))
}

/// Subscriptions are messages in ZMTP 3.0, of one part; all else is for other sockets than this one.
fn said_by_message(flags: u8, continues: bool, body: &[u8]) -> Said {
    match body.split_first() {
        Some((1, prefix)) if flags & MORE == 0 && !continues => Said::Subscribe(prefix.to_vec()),
        Some((0, prefix)) if flags & MORE == 0 && !continues => Said::Cancel(prefix.to_vec()),
        _ => Said::Other,
    }
}

/// Commands: a name behind its length, then what belongs to it.
fn said_by_command(body: &[u8], ready: bool) -> Result<Said, &'static str> {
    let (length, rest) = body.split_first().ok_or("a command has no name")?;
    let (name, data) = rest.split_at_checked(usize::from(*length)).ok_or("a command has no name")?;
    match (name, ready) {
        (b"READY", false) => {
            let kind =
                property(data, b"socket-type").ok_or("READY does not say what kind of socket it is")?;
            if matches!(kind, b"SUB" | b"XSUB") {
                Ok(Said::Ready)
            } else {
                Err("it is no subscriber's socket")
            }
        }
        (b"ERROR", _) => Err("it says that there is an error"),
        (_, false) => Err("a command comes before READY"),
        (b"SUBSCRIBE", true) => Ok(Said::Subscribe(data.to_vec())),
        (b"CANCEL", true) => Ok(Said::Cancel(data.to_vec())),
        // Two bytes say for how long the sign is good.
        (b"PING", true) => Ok(Said::Answer(pong(data.get(2..).unwrap_or_default()))),
        _ => Ok(Said::Other),
    }
}

/// The value of a property, whose name is in small letters here.
fn property<'a>(mut data: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    loop {
        let (length, rest) = data.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        data = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(name: &str, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        frame(COMMAND, &[&[name.len() as u8], name.as_bytes(), data].concat(), &mut out);
        out
    }

    fn socket(kind: &[u8]) -> Vec<u8> {
        [&b"\x0bSocket-Type"[..], &(kind.len() as u32).to_be_bytes(), kind].concat()
    }

    fn subscriber() -> Vec<u8> {
        [greeting().to_vec(), command("READY", &socket(b"SUB"))].concat()
    }

    fn hear(bytes: &[u8], piece: usize) -> Result<Vec<Said>, &'static str> {
        let (mut decoder, mut heard) = (ZmtpDecoder::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            decoder.feed(piece, &mut |said| heard.push(said))?;
            assert!(decoder.held.len() <= MOST_HELD);
        }
        Ok(heard)
    }

    #[test]
    fn what_a_subscriber_says_in_either_version_and_in_any_pieces() {
        let mut bytes = subscriber();
        frame(0, b"\x01conn", &mut bytes);
        bytes.extend(command("SUBSCRIBE", b""));
        frame(0, b"\x00conn", &mut bytes);
        bytes.extend(command("CANCEL", b"http"));
        bytes.extend(command("PING", b"\x00\x0aabc"));
        bytes.extend(command("PONG", b""));
        frame(MORE, b"\x01no", &mut bytes);
        frame(0, b"\x01no", &mut bytes);
        frame(0, &[&b"\x01"[..], &[b'x'; 300]].concat(), &mut bytes);
        let expected = [
            Said::Ready,
            Said::Subscribe(b"conn".to_vec()),
            Said::Subscribe(Vec::new()),
            Said::Cancel(b"conn".to_vec()),
            Said::Cancel(b"http".to_vec()),
            Said::Answer(command("PONG", b"abc")),
            Said::Other,
            Said::Other,
            Said::Other,
            Said::Subscribe(vec![b'x'; 300]),
        ];
        for piece in [1, 2, 7, 63, 64, 65, 10_000] {
            assert_eq!(hear(&bytes, piece).unwrap(), expected, "{piece}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_at_once() {
        let after = |more: &[u8]| [subscriber(), more.to_vec()].concat();
        let mut plain = greeting();
        plain[12..17].copy_from_slice(b"PLAIN");
        let mut old = greeting();
        old[10] = 1;
        let cases: [(Vec<u8>, &str); 12] = [
            (b"GET / HTTP/1.1\r\n".to_vec(), "does not speak ZMTP"),
            (b"\xff\0\0\0\0\0\0\0\x01\x00".to_vec(), "does not speak ZMTP"),
            (old.to_vec(), "before 3.0"),
            (plain.to_vec(), "another mechanism"),
            ([greeting().to_vec(), b"\0\x01\x01".to_vec()].concat(), "before READY"),
            ([greeting().to_vec(), command("SUBSCRIBE", b"")].concat(), "before READY"),
            ([greeting().to_vec(), command("READY", &socket(b"PUB"))].concat(), "no subscriber"),
            ([greeting().to_vec(), command("READY", b"\xff")].concat(), "does not say"),
            (after(&[8, 0]), "flags"),
            (after(&[MORE | COMMAND, 0]), "flags"),
            (after(&[LONG, 0, 0, 0, 0, 0, 0, 0x10, 1]), "longer"),
            (after(&[LONG, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "longer"),
        ];
        for (bytes, wanted) in cases {
            for piece in [1, 1000] {
                let error = hear(&bytes, piece).unwrap_err();
                assert!(error.contains(wanted), "{error}: {wanted}");
            }
        }
        assert!(hear(&after(&command("ERROR", b"\x00")), 9).is_err());
        assert!(hear(&after(&[COMMAND, 0]), 9).is_err());
        assert!(hear(&after(&[COMMAND, 2, 9, b'x']), 9).is_err());
    }

    #[test]
    fn messages_are_two_frames() {
        let mut out = Vec::new();
        message(b"conn", b"{}", &mut out);
        assert_eq!(out, b"\x01\x04conn\x00\x02{}");
        out.clear();
        message(b"conn", &[b'x'; 256], &mut out);
        assert!(out.starts_with(b"\x01\x04conn\x02\0\0\0\0\0\0\x01\0xxx") && out.len() == 6 + 9 + 256);
    }
}
