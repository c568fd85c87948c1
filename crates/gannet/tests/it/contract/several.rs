//! As WebSocket and SMB do it: several protocols on one connection, each with a child of its own.

use std::ops::Range;

use gannet::analyzers::{Analyzer, AnalyzerFailure, Context, Descriptor, Direction, Progress, Transport};
use gannet::flow::Conn;

use super::network::{HOLE, LOSS, WHOLE, Wire};
use super::{Heard, Listener, Told, each, ends, side, text};

const PORT: u16 = 5151;
/// Bytes of one child, before those of the next.
const TURN: usize = 10;

static SHARED: Descriptor = Descriptor::new("shared", "SHARED", |_| Box::new(Shared::default()))
    .doc("Three protocols take turns")
    .ports(&[(Transport::Tcp, PORT)])
    .partial(true)
    .records(&[Heard::STREAM]);
static GOOD: Descriptor =
    Descriptor::new("good", "GOOD", |_| Listener::made(["good client", "good server"], true, false))
        .records(&[Heard::STREAM]);
static LOUD: Descriptor =
    Descriptor::new("loud", "LOUD", |_| Listener::made(["loud client", "loud server"], true, true))
        .records(&[Heard::STREAM]);
static SHY: Descriptor =
    Descriptor::new("shy", "SHY", |_| Listener::made(["shy client", "shy server"], false, false))
        .records(&[Heard::STREAM]);
static CHILDREN: [&Descriptor; 3] = [&GOOD, &LOUD, &SHY];

/// Who gets which of so many bytes that begin at a place of the stream.
fn turns(at: usize, len: usize) -> Vec<(u64, Range<usize>)> {
    let (mut turns, mut done) = (Vec::new(), 0);
    while done < len {
        let end = (done + TURN - (at + done) % TURN).min(len);
        turns.push((((at + done) / TURN % CHILDREN.len()) as u64, done..end));
        done = end;
    }
    turns
}

/// Bytes belong to the children in turns.
#[derive(Default)]
struct Shared {
    at: [usize; 2],
}

impl Shared {
    fn turns(&mut self, dir: Direction, len: usize) -> Vec<(u64, Range<usize>)> {
        let at = &mut self.at[side(dir)];
        *at += len;
        turns(*at - len, len)
    }
}

impl Analyzer for Shared {
    fn start(&mut self, cx: &mut Context<'_>) {
        for (key, child) in CHILDREN.into_iter().enumerate() {
            assert!(cx.open_child(key as u64, child, Transport::Tcp));
            assert!(!cx.open_child(key as u64, child, Transport::Tcp), "that key is taken");
        }
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        for (key, part) in self.turns(dir, bytes.len()) {
            cx.child_data(key, dir, &bytes[part]);
        }
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        for (key, part) in self.turns(dir, len as usize) {
            cx.child_gap(key, dir, part.len() as u64);
        }
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        (0..3).for_each(|key| cx.child_end(key, dir));
    }

    fn flipped(&mut self) {
        self.at.swap(0, 1);
    }

    fn held(&self) -> usize {
        0
    }
}

/// What a child hears of a stream.
fn share(stream: &[u8], child: u64) -> Vec<u8> {
    let own = turns(0, stream.len()).into_iter().filter(|(key, _)| *key == child);
    let mut share: Vec<_> = own.flat_map(|(_, part)| stream[part].to_vec()).collect();
    share.push(b'$');
    share
}

/// Two sides that say so many bytes each; the second of the middle child's is not as it should be.
fn talk() -> Wire {
    let mut wire = Wire::default();
    let [client, server] = ends(PORT);
    let tcp = wire.open(client, server);
    wire.say(
        tcp,
        0,
        b"good-00000loud-00000shy--00000good-00001loud!00001shy--00001good-00002loud-00002shy--0",
    );
    wire.say(tcp, 1, b"GOOD-00000LOUD-00000SHY--00000GOOD-00001LOUD-00001SHY--0");
    wire.say(tcp, 0, b"0002good-00003loud-00003shy--00003");
    wire.close(tcp);
    wire
}

#[test]
fn a_fault_of_one_costs_that_one() {
    each(&talk(), |faults, capture| {
        let told = Told::by(&SHARED, capture);
        if faults.side == Some(1) {
            // Its first packet is the server's answer: nothing says yet that its port means anything.
            return assert!(told.column(Heard::STREAM, "who").is_empty());
        }
        for from in [0, 1] {
            let stream = capture.stream(0, from);
            for (child, names) in [(0, ["good client", "good server"]), (2, ["shy client", "shy server"])] {
                let (heard, expected) = (told.heard(names[from]), text(&share(&stream, child)));
                if faults.side.is_none_or(|side| side == from) {
                    assert_eq!(heard, [expected], "{faults:?}");
                } else {
                    let mut all = heard.iter().flat_map(|text| text.bytes());
                    assert!(all.all(|byte| byte == HOLE || byte == b'$'), "{heard:?}");
                }
            }
        }
        // Where bytes are missing, what looks like a fault may be the capture's.
        let (service, failed) = (told.column(Conn::STREAM, "service"), faults.side.is_none() && !faults.loss);
        if failed {
            assert_eq!(service, ["good"]);
            assert_eq!(told.column(AnalyzerFailure::STREAM, "analyzer_name"), ["LOUD"]);
            let loud = told.heard("loud client");
            assert!(loud[0].contains("loud!") && !loud[0].contains("loud-00002"), "{loud:?}");
        }
        assert!(service[0].contains("good"), "{service:?}");
    });
}

/// The network does what it says: otherwise what is said above of captures with holes would be said of none.
#[test]
fn the_network_loses_something() {
    let wire = talk();
    let whole = wire.carry(WHOLE, 0);
    assert!(!whole.stream(0, 0).contains(&HOLE));
    let holes = (0..50).filter(|seed| wire.carry(LOSS, *seed).stream(0, 0).contains(&HOLE));
    assert!(holes.count() > 25);
    let sizes = [whole.packets.len(), wire.carry(super::network::DISORDER, 1).packets.len()];
    assert!(sizes[1] > sizes[0], "some come twice");
}
