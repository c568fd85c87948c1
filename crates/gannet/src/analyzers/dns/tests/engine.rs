//! DNS inside the engine: transports, directions, the end of connections, and what gives the protocol away.

use std::net::Ipv4Addr;

use etherparse::PacketBuilder;

use super::rows::{ask, refuse, reply};
use super::*;
use crate::analyzers::dns::Dns;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Meta, Weird};
use crate::flow::Conn;
use crate::{Config, Engine, LinkType, Timestamp};

const RAW_IP: LinkType = LinkType(101);
const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 53);

/// What came out: rows as "id query rcode", connections as "service history", names of weirds and failures.
#[derive(Default)]
struct Seen {
    rows: Vec<String>,
    uids: Vec<String>,
    conns: Vec<String>,
    weirds: Vec<String>,
    failures: Vec<String>,
    /// Packets and bytes of both sides of the connections.
    counts: Vec<String>,
}

impl Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Dns>() {
            let query = row.query.as_deref().map_or("-".to_owned(), text);
            let rcode = row.rcode.map_or("-".to_owned(), |rcode| rcode.to_string());
            self.rows.push(format!("{} {query} {rcode}", row.trans_id.unwrap()));
            self.uids.push(format!("{} {}", row.conn.uid.unwrap(), row.conn.orig_h));
        } else if let Some(conn) = event.get::<Conn>() {
            let service = conn.service.as_deref().unwrap_or("-");
            let counts = [conn.orig_pkts, conn.orig_bytes, conn.resp_pkts, conn.resp_bytes];
            self.counts.push(counts.map(|count| count.map_or("-".to_owned(), |n| n.to_string())).join(" "));
            self.conns.push(format!("{service} {}", text(conn.history.as_deref().unwrap_or_default())));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird.name.clone());
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        }
    }
}

/// A capture that is fed as it is made.
struct Tap {
    engine: Engine,
    seen: Seen,
    now: i64,
    /// Next sequence numbers of the client and the server.
    next: [u32; 2],
}

impl Tap {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Self {
            engine: Engine::shared(std::sync::Arc::new(config)),
            seen: Seen::default(),
            now: 1_000_000,
            next: [100, 500],
        }
    }

    fn feed(&mut self, packet: &[u8]) -> &mut Self {
        self.now += 1;
        let ts = Timestamp::from_parts(self.now / 1000, self.now % 1000 * 1_000_000);
        let seen = &mut self.seen;
        let mut handler = |_: &Meta<'_>, event: Event<'_>| seen.event(event);
        self.engine.feed(RAW_IP, ts, packet.len() as u32, packet, &mut handler);
        self
    }

    fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += seconds * 1000;
        self
    }

    /// The clock of the capture moves on.
    fn tick(&mut self, seconds: i64) -> &mut Self {
        self.now += seconds * 1000;
        let seen = &mut self.seen;
        let now = Timestamp::from_parts(self.now / 1000, self.now % 1000 * 1_000_000);
        self.engine.advance(now, &mut |_: &Meta<'_>, event: Event<'_>| seen.event(event));
        self
    }

    fn udp(&mut self, from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), payload: &[u8]) -> &mut Self {
        let mut packet = Vec::new();
        let builder = PacketBuilder::ipv4(from.0.octets(), to.0.octets(), 64).udp(from.1, to.1);
        builder.write(&mut packet, payload).unwrap();
        self.feed(&packet)
    }

    fn query(&mut self, payload: &[u8]) -> &mut Self {
        self.udp((CLIENT, 4000), (SERVER, 53), payload)
    }

    fn reply(&mut self, payload: &[u8]) -> &mut Self {
        self.udp((SERVER, 53), (CLIENT, 4000), payload)
    }

    /// A segment of the client (0) or the server (1); `S` and `F` count in the sequence.
    fn tcp(&mut self, side: usize, flags: &str, payload: &[u8]) -> &mut Self {
        let ends = [(CLIENT, 4000), (SERVER, 53)];
        let (from, to) = (ends[side], ends[1 - side]);
        let mut step =
            PacketBuilder::ipv4(from.0.octets(), to.0.octets(), 64).tcp(from.1, to.1, self.next[side], 8000);
        if flags.contains('S') {
            step = step.syn();
        }
        if flags.contains('A') {
            step = step.ack(self.next[1 - side]);
        }
        if flags.contains('F') {
            step = step.fin();
        }
        if flags.contains('R') {
            step = step.rst();
        }
        let mut packet = Vec::new();
        step.write(&mut packet, payload).unwrap();
        let control = u32::from(flags.contains('S')) + u32::from(flags.contains('F'));
        self.next[side] += payload.len() as u32 + control;
        self.feed(&packet)
    }

    fn handshake(&mut self) -> &mut Self {
        self.tcp(0, "S", b"").tcp(1, "SA", b"").tcp(0, "A", b"")
    }

    fn finish(self) -> Seen {
        let mut seen = self.seen;
        self.engine.finish(&mut |_: &Meta<'_>, event: Event<'_>| seen.event(event));
        seen
    }
}

/// A message behind its length.
fn framed(message: &[u8]) -> Vec<u8> {
    [words(&[message.len() as u16]), message.to_vec()].concat()
}

#[test]
fn a_pair_over_udp() {
    let mut tap = Tap::new();
    tap.query(&ask(1, "a")).reply(&reply(1, "a"));
    assert_eq!(tap.seen.rows, ["1 a 0"]);
    let seen = tap.finish();
    assert_eq!((seen.rows.len(), seen.conns), (1, vec!["dns Dd".to_owned()]));
}

#[test]
fn idle_connections_end_early() {
    // At 11 s it is idle for six; at 22 s for two.
    let mut tap = Tap::new();
    tap.query(&ask(1, "a")).wait(5).query(&ask(1, "b")).tick(6).wait(9).query(&ask(1, "c")).tick(2);
    assert_eq!(tap.seen.conns.len(), 0);
    // Had it been silent since, it would be over.
    let mut tap = Tap::new();
    tap.query(&ask(1, "a")).wait(5).query(&ask(1, "b")).tick(6).tick(11);
    assert_eq!(tap.seen.rows, ["1 a -", "1 b -"]);
    // What counts is the clock when the look is taken, not when it was due.
    let mut tap = Tap::new();
    tap.query(&ask(1, "a")).wait(5).query(&ask(1, "b")).wait(16).query(&ask(1, "c"));
    assert_eq!(tap.seen.rows, ["1 a -", "1 b -"]);
    let seen = tap.finish();
    assert_eq!((seen.conns.len(), seen.uids[0] == seen.uids[2]), (2, false));
}

#[test]
fn a_connection_without_a_message_ends_early_too() {
    let mut tap = Tap::new();
    tap.query(b"").tick(11);
    assert_eq!(tap.seen.conns.len(), 1);
}

#[test]
fn a_removed_analyzer_ends_nothing() {
    // It is removed when the next packet comes.
    let failed = || {
        let mut tap = Tap::new();
        tap.query(&header(2, QUERY, [26, 0, 0, 0]));
        tap
    };
    let mut tap = failed();
    tap.wait(5).query(b"other").tick(30);
    assert_eq!((tap.seen.rows.len(), tap.seen.conns.len()), (1, 0));
    assert_eq!((tap.tick(31).seen.conns.len(), tap.seen.weirds.len()), (1, 1));
    // Until then it still ends a connection that is silent.
    let mut tap = failed();
    assert_eq!(tap.tick(9).seen.conns.len(), 0);
    assert_eq!(tap.tick(1).seen.conns.len(), 1);
    // Other content takes it along although it fails, not only at once.
    let mut tap = failed();
    tap.wait(12).query(b"other");
    assert_eq!((tap.seen.conns.len(), tap.seen.weirds.len()), (1, 2));
}

#[test]
fn a_reply_first_turns_a_stream_around() {
    // The packet that does it is the responder's then, as are its bytes.
    let mut tap = Tap::new();
    tap.next = [1001, 5001];
    let message = framed(&reply(1, "a"));
    tap.tcp(0, "A", &message).tcp(1, "A", b"").tcp(0, "FA", b"").tcp(1, "FA", b"");
    let seen = tap.finish();
    assert_eq!(
        (seen.conns, seen.counts),
        (vec!["dns D^AfF".to_owned()], vec![format!("2 0 2 {}", message.len())])
    );
}

#[test]
fn a_reply_first_turns_the_connection_around() {
    let mut tap = Tap::new();
    tap.query(&reply(1, "a"));
    let seen = tap.finish();
    assert_eq!(seen.conns, ["dns D^"]);
    assert!(seen.uids[0].ends_with(&SERVER.to_string()));
    // Not towards a group, not with the second message, and not what the responder says.
    let mut tap = Tap::new();
    tap.udp((CLIENT, 5353), (Ipv4Addr::new(224, 0, 0, 251), 5353), &reply(0, "a"));
    assert_eq!(tap.finish().conns, ["dns D"]);
    let mut tap = Tap::new();
    tap.query(&ask(1, "a")).query(&reply(1, "a"));
    assert_eq!(tap.finish().conns, ["dns D"]);
}

#[test]
fn netbios_ports() {
    let mut tap = Tap::new();
    let release = [header(1, 6 << 11, [1, 0, 0, 0]), question("a", 32)].concat();
    tap.udp((CLIENT, 137), (SERVER, 137), &release).udp((CLIENT, 137), (SERVER, 137), &ask(2, "NAME"));
    let seen = tap.finish();
    assert_eq!((seen.rows, seen.conns), (vec!["2 name -".to_owned()], vec!["dns D".to_owned()]));
}

#[test]
fn unknown_operations() {
    let mut tap = Tap::new();
    tap.query(&header(1, 15 << 11, [0; 4])).query(b"short");
    let seen = tap.finish();
    assert_eq!(seen.weirds, ["DNS_unknown_opcode", "DNS_truncated_len_lt_hdr_len"]);
    assert_eq!((seen.rows.len(), seen.conns), (0, vec!["- DX".to_owned()]));
}

#[test]
fn too_many_questions_are_a_violation() {
    let many = header(2, QUERY, [26, 0, 0, 0]);
    let mut tap = Tap::new();
    tap.query(&many).query(&ask(3, "a"));
    let seen = tap.finish();
    assert_eq!((seen.rows, seen.conns), (vec!["2 - -".to_owned()], vec!["- D".to_owned()]));
    assert_eq!((seen.weirds, seen.failures.len()), (vec!["DNS_Conn_count_too_large".to_owned()], 0));
    let mut tap = Tap::new();
    tap.query(&ask(1, "a")).query(&many);
    let seen = tap.finish();
    assert_eq!(
        (seen.failures, seen.conns),
        (vec!["DNS_Conn_count_too_large".to_owned()], vec!["- D".to_owned()])
    );
    assert_eq!(seen.rows, ["1 a -", "2 - -"]);
}

#[test]
fn broken_messages_do_not_confirm() {
    let mut tap = Tap::new();
    tap.query(&ask(1, "a")[..14]);
    let seen = tap.finish();
    assert_eq!((seen.rows, seen.conns), (vec!["1 - -".to_owned()], vec!["- D".to_owned()]));
    assert_eq!(seen.weirds, ["DNS_truncated_quest_too_short"]);
}

#[test]
fn messages_over_tcp() {
    let stream = [framed(&ask(1, "a")), framed(&ask(2, "b"))].concat();
    let back = [framed(&reply(2, "b")), framed(&refuse(1, "a", 3, 0))].concat();
    for size in [1, 2, 3, 7, 1000] {
        let mut tap = Tap::new();
        tap.handshake();
        stream.chunks(size).for_each(|chunk| assert!(tap.tcp(0, "A", chunk).now > 0));
        back.chunks(size).for_each(|chunk| assert!(tap.tcp(1, "A", chunk).now > 0));
        assert_eq!(tap.seen.rows, ["2 b 0", "1 a 3"], "{size}");
        let seen = tap.finish();
        assert_eq!((seen.conns, seen.weirds.len()), (vec!["dns ShADd".to_owned()], 0), "{size}");
    }
}

#[test]
fn what_is_left_is_read_at_each_close() {
    let mut tap = Tap::new();
    tap.handshake().tcp(0, "A", &framed(&ask(1, "a"))[..16]);
    tap.tcp(0, "FA", b"").tcp(1, "FA", b"").tcp(0, "A", b"");
    assert_eq!(tap.seen.weirds, ["DNS_truncated_quest_too_short"; 2]);
    assert_eq!(tap.finish().rows, ["1 - -", "1 - -"]);
    // Of both directions, whichever closes, also while bytes of it are on their way, and by a reset.
    let half = |flags: &str| {
        let mut tap = Tap::new();
        tap.handshake().tcp(0, "A", &framed(&ask(1, "a"))).tcp(1, "A", &framed(&reply(1, "a"))[..16]);
        tap.next[0] += 10;
        tap.tcp(0, flags, b"").seen.weirds.len()
    };
    assert_eq!((half("FA"), half("RA"), half("A")), (1, 1, 0));
    // What goes on afterwards ends the message that was read.
    let mut tap = Tap::new();
    let stream = [framed(&ask(1, "a")), framed(&ask(2, "b"))].concat();
    tap.handshake().tcp(0, "A", &stream[..16]).tcp(1, "FA", b"");
    tap.tcp(0, "A", &framed(&ask(2, "b")));
    assert_eq!(tap.seen.weirds, ["DNS_truncated_quest_too_short", "DNS_truncated_len_lt_hdr_len"]);
    assert_eq!(tap.finish().rows, ["1 - -", "2 b -"]);
    // After its own end as well.
    let mut tap = Tap::new();
    tap.handshake().tcp(0, "A", &stream[..16]).tcp(0, "FA", b"").next[0] -= 1;
    tap.tcp(0, "A", &framed(&ask(2, "b"))[..10]).tcp(0, "A", &framed(&ask(2, "b"))[10..]);
    assert_eq!(tap.finish().rows, ["1 - -", "2 b -"]);
    // Nobody closed: it is not read at all.
    let mut tap = Tap::new();
    tap.handshake().tcp(0, "A", &framed(&ask(1, "a"))[..16]);
    assert_eq!(tap.finish().rows.len(), 0);
}

#[test]
fn an_empty_message_is_seen_with_the_next_byte() {
    let mut tap = Tap::new();
    tap.handshake().tcp(0, "A", &[0, 0]);
    assert_eq!(tap.seen.weirds.len(), 0);
    tap.tcp(0, "A", &framed(&ask(1, "a")));
    let seen = tap.finish();
    assert_eq!(
        (seen.weirds, seen.rows),
        (vec!["DNS_truncated_len_lt_hdr_len".to_owned()], vec!["1 a -".to_owned()])
    );
}

#[test]
fn after_a_gap_the_next_bytes_go_on() {
    let mut tap = Tap::new();
    let message = framed(&ask(1, "a"));
    tap.handshake().tcp(0, "A", &message[..5]);
    tap.next[0] += 100;
    tap.tcp(1, "A", b"").tcp(0, "A", &message[5..]).tcp(1, "A", b"");
    assert_eq!(tap.finish().rows, ["1 a -"]);
}

#[test]
fn nobody_listens_to_rows() {
    let config = Config { wanted: Some(vec![Conn::STREAM.name]), ..Config::default() };
    let mut tap = Tap::with(config);
    tap.query(&reply(1, "a")).wait(30).query(&ask(1, "a"));
    assert_eq!(tap.seen.conns, ["dns D^"]);
    assert_eq!(tap.seen.rows.len(), 0);
}
