//! As FTP does it: one connection announces others, and learns what became of them.

use std::net::IpAddr;

use gannet::Interval;
use gannet::analyzers::{
    Analyzer, Close, Context, Descriptor, Direction, Expectation, Outcome, Progress, Start, Transport,
};
use gannet::flow::Conn;

use super::network::{HOLE, Wire};
use super::{Heard, Told, each, ends, text};
use crate::support::packets::v4;

const PORT: u16 = 2121;
/// Longest line.
const MAX_LINE: usize = 64;
/// Seconds that a connection is waited for.
const LIFE: i64 = 5;
/// What the client sends on the connection that was announced, and what the server does.
const SENT: [&[u8]; 2] = [b"a parcel that goes up, in some pieces", b"and one that goes down again"];

static CONTROL: Descriptor = Descriptor::new("control", "CONTROL", |_| Box::new(Control))
    .doc("Announces connections")
    .ports(&[(Transport::Tcp, PORT)])
    .partial(true)
    .max_tail(MAX_LINE)
    .records(&[Heard::STREAM]);
static PARCEL: Descriptor = Descriptor::new("parcel", "PARCEL", |start| Box::new(Parcel(*start, 0)))
    .doc("What comes on a connection that was announced")
    .partial(true)
    .records(&[Heard::STREAM]);

/// The server's lines: `PORT` for a port of its own, `AWAY` for one of another host.
struct Control;

impl Control {
    fn line(cx: &mut Context<'_>, line: &[u8]) -> Option<()> {
        let (verb, port) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        let port: u16 = port.parse().ok()?;
        let (client, server) = (cx.sender(Direction::Orig), cx.sender(Direction::Resp));
        let host: IpAddr = match verb {
            "PORT" => server,
            "AWAY" => elsewhere(),
            _ => return None,
        };
        let what = Expectation::new(Transport::Tcp, &PARCEL, port.into()).calls(host, port);
        cx.expect_connection(what.opened_by(client).within(Interval::from_secs(LIFE)));
        cx.confirm();
        Some(())
    }
}

/// A host whose connections are another shard's.
fn elsewhere() -> IpAddr {
    v4(0x0b00_0003)
}

impl Analyzer for Control {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            return Progress::Until { byte: b'\n', max: MAX_LINE };
        };
        if dir == Direction::Resp {
            Self::line(cx, &bytes[..end]);
        }
        Progress::Consumed(end + 1)
    }

    /// The line that was broken off is of no use.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Skip(0)
    }

    fn expected(&mut self, cx: &mut Context<'_>, token: u64, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Came(conn) => format!("{token} came on {}", conn.resp_p),
            Outcome::Expired => format!("{token} expired"),
            _ => format!("{token} refused"),
        };
        cx.emit(&Heard { who: "outcome", text: outcome.into_bytes() });
    }

    fn held(&self) -> usize {
        0
    }
}

/// Counts what comes, and tells who expected it.
struct Parcel(Start, usize);

impl Analyzer for Parcel {
    fn data(&mut self, _cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        self.1 += bytes.len();
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        let by = self.0.expected.expect("it is nobody's on its own");
        let text = format!("{} by {}: {}", by.token, by.by.expect("a connection with an id"), self.1);
        cx.emit(&Heard { who: "parcel", text: text.into_bytes() });
    }

    fn held(&self) -> usize {
        0
    }
}

/// Lines that are whole, in a stream with holes.
fn lines(stream: &[u8]) -> Vec<String> {
    let pieces = stream.split_inclusive(|byte| matches!(*byte, HOLE | b'\n'));
    pieces.filter_map(|piece| piece.strip_suffix(b"\n")).map(text).collect()
}

#[test]
fn a_connection_that_was_announced() {
    let mut wire = Wire::default();
    let [client, server] = ends(PORT);
    let control = wire.open(client, server);
    wire.say(control, 0, b"may I have a port?\n");
    wire.say(control, 1, b"PORT 3001\nPORT 3002\nAWAY 3003\n");
    let data = wire.open(ends(3001)[0], ends(3001)[1]);
    wire.say(data, 0, SENT[0]);
    wire.say(data, 1, SENT[1]);
    wire.close(data);
    wire.wait(LIFE + 1);
    wire.say(control, 0, b"thank you\n");
    wire.close(control);
    each(&wire, |faults, capture| {
        let told = Told::by(&CONTROL, capture);
        if faults.side == Some(1) {
            // Who opened the connections was not captured.
            return assert!(told.heard("parcel").is_empty());
        }
        let lines = lines(&capture.stream(control, 1));
        let outcomes = [
            ("PORT 3001", "3001 came on 3001"),
            ("AWAY 3003", "3003 refused"),
            ("PORT 3002", "3002 expired"),
        ];
        let asked = |line: &str| lines.iter().any(|own| own == line);
        let mut expected: Vec<_> =
            outcomes.iter().filter(|(line, _)| asked(line)).map(|(_, came)| *came).collect();
        let mut heard = told.heard("outcome");
        expected.sort_unstable();
        heard.sort_unstable();
        assert_eq!(heard, expected, "{faults:?}");
        let uids = told.column(Conn::STREAM, "uid");
        let at = told.column(Conn::STREAM, "id.resp_p").iter().position(|port| *port == "2121").unwrap();
        let seen = [0, 1].map(|from| capture.stream(data, from).iter().filter(|byte| **byte != HOLE).count());
        let parcel = format!("3001 by {}: {}", uids[at], seen[0] + seen[1]);
        let parcels = if asked("PORT 3001") { vec![parcel] } else { Vec::new() };
        assert_eq!(told.heard("parcel"), parcels, "{faults:?}");
    });
}
