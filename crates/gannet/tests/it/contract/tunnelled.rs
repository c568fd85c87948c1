//! As Teredo and SOCKS do it: packets inside datagrams, and a stream inside a stream.

use gannet::analyzers::{
    Analyzer, Context, Descriptor, Direction, InnerLayer, Likeness, Progress, Sample, Transport,
};
use gannet::flow::{Conn, Tunnel, TunnelKind};

use super::network::{HOLE, Wire};
use super::{Heard, Listener, Told, each, ends, text};
use crate::support::packets::{ip, udp, v4};

const PORT: u16 = 7777;
const PROXY: u16 = 9999;
/// What a datagram with a packet in it begins with.
const MARK: u8 = 0xa5;
/// What the client of the proxy says first.
const DOOR: &[u8] = b"OPEN\n";
/// What the stream inside begins with.
const GREETING: &[u8] = b"GREETINGS";

static WRAPPED: Descriptor = Descriptor::new("wrapped", "WRAPPED", |_| Box::new(Wrapped))
    .doc("IP packets in datagrams")
    .ports(&[(Transport::Udp, PORT)])
    .carries(true);
static DOORS: Descriptor = Descriptor::new("doors", "DOORS", |_| Box::new(Doors { open: false }))
    .doc("A proxy: a line, and then the stream of somebody else")
    .ports(&[(Transport::Tcp, PROXY)])
    .max_tail(DOOR.len())
    .records(&[Heard::STREAM]);
static INSIDE: Descriptor =
    Descriptor::new("inside", "INSIDE", |_| Listener::made(["inside client", "inside server"], true, false))
        .doc("What greets")
        .probe(greets)
        .records(&[Heard::STREAM]);

fn greets(sample: &Sample<'_>) -> Likeness {
    match sample.orig {
        orig if orig.starts_with(GREETING) => Likeness::Match,
        orig if GREETING.starts_with(orig) => Likeness::Unsure,
        _ => Likeness::No,
    }
}

struct Wrapped;

impl Analyzer for Wrapped {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        let [MARK, packet @ ..] = bytes else { return Progress::Violation("no mark") };
        cx.confirm();
        cx.inner_packet(TunnelKind::Ayiya, InnerLayer::Ip, packet);
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

/// The key of the stream inside.
const INNER: u64 = 0;

struct Doors {
    open: bool,
}

impl Analyzer for Doors {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.open {
            cx.child_data(INNER, dir, bytes);
            return Progress::Consumed(bytes.len());
        }
        if bytes.len() < DOOR.len() {
            return Progress::Need(DOOR.len());
        }
        if dir == Direction::Resp || !bytes.starts_with(DOOR) {
            return Progress::Violation("no door");
        }
        cx.confirm();
        cx.tunnel(TunnelKind::Socks);
        self.open = cx.open_child_by_detection(INNER, Transport::Tcp);
        Progress::Consumed(DOOR.len())
    }

    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        cx.child_gap(INNER, dir, len);
        if self.open { Progress::Consumed(0) } else { Progress::Done }
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        cx.child_end(INNER, dir);
    }

    fn held(&self) -> usize {
        0
    }
}

/// A packet of a conversation inside, in a datagram.
fn wrapped(from: usize, number: u8) -> Vec<u8> {
    let inner = [(v4(0xc0a8_0001), 1234), (v4(0xc0a8_0002), 4321)];
    let (src, dst) = (inner[from], inner[1 - from]);
    let mut bytes = vec![MARK];
    bytes.extend(ip(src.0, dst.0, 17, number.into(), &udp(src, dst, &[number; 20])));
    bytes
}

#[test]
fn packets_inside_are_followed() {
    let mut wire = Wire::default();
    for from in [0, 1, 0] {
        let numbers = [0, 1, 2, 3].map(|number| number + 4 * from as u8);
        wire.datagrams(ends(PORT), from, &numbers.map(|number| wrapped(from, number)));
    }
    each(&wire, |faults, capture| {
        let told = Told::by(&WRAPPED, capture);
        if faults.side == Some(1) {
            // The server spoke first, as far as is known: nothing says that its port means anything.
            return assert!(told.column(Tunnel::STREAM, "uid").is_empty());
        }
        let services = told.column(Conn::STREAM, "service");
        let parents = told.column(Conn::STREAM, "tunnel_parents");
        let outer = services.iter().position(|service| *service == "wrapped").unwrap();
        assert_eq!(services.len(), 2, "{faults:?}");
        assert_eq!(parents[outer], "-");
        assert_eq!(parents[1 - outer], format!("{},(1)", told.column(Conn::STREAM, "uid")[outer]));
        // Every packet that was captured brought one.
        let inner = ["orig_pkts", "resp_pkts"].map(|name| told.column(Conn::STREAM, name)[1 - outer]);
        let inner: usize = inner.iter().map(|packets| packets.parse::<usize>().unwrap()).sum();
        assert_eq!(inner, capture.packets.len());
        assert!(told.column(Tunnel::STREAM, "tunnel_type").iter().all(|kind| *kind == "Tunnel::AYIYA"));
    });
}

#[test]
fn a_stream_inside_is_recognised() {
    let mut wire = Wire::default();
    let [client, server] = ends(PROXY);
    let tcp = wire.open(client, server);
    let said = [b"GREETINGS, and something more of it".as_slice(), b"the same to you, with as many words"];
    wire.say(tcp, 0, DOOR);
    wire.say(tcp, 0, said[0]);
    wire.say(tcp, 1, said[1]);
    wire.close(tcp);
    each(&wire, |faults, capture| {
        let told = Told::with(capture, |config| {
            config.analyzer(&DOORS).analyzer(&INSIDE);
        });
        let streams = [0, 1].map(|from| capture.stream(tcp, from));
        let opened = streams[0].starts_with(DOOR);
        let inner = streams[0].get(DOOR.len()..).unwrap();
        let found = opened && inner.starts_with(GREETING);
        let tunnels = told.column(Tunnel::STREAM, "tunnel_type");
        assert_eq!(tunnels.contains(&"Tunnel::SOCKS"), opened, "{faults:?}");
        let services = told.column(Conn::STREAM, "service");
        assert_eq!(services[0].contains("doors"), opened, "{faults:?} {services:?}");
        if !opened {
            // What greets may be found on the connection itself then.
            let heard = told.heard("inside client");
            return assert!(heard.iter().all(|heard| heard.ends_with(&(text(inner) + "$"))), "{heard:?}");
        }
        assert_eq!(services[0].contains("inside"), found, "{faults:?} {services:?}");
        let client = told.heard("inside client");
        if found {
            assert_eq!(client, [text(inner) + "$"], "{faults:?}");
        }
        if found && faults.side.is_none() {
            assert_eq!(told.heard("inside server"), [text(&streams[1]) + "$"], "{faults:?}");
        }
        assert_eq!(client.len(), usize::from(found), "{faults:?}");
        let all = told.heard("inside server");
        assert!(
            faults.side != Some(0)
                || all.iter().flat_map(|text| text.bytes()).all(|byte| byte == HOLE || byte == b'$')
        );
    });
}
