//! A link whose two directions are captured apart: one of them comes late, by some packets.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use gannet::analyzers::http::Http;
use gannet::analyzers::ssl::Ssl;
use gannet::events::{Event, Meta, Subscriber, Weird};
use gannet::flow::Conn;
use gannet::{Config, Engine, Interval};

use crate::support::captures::{packets, testdata};
use crate::support::packets::Packet;
use crate::support::rows::{self, feed};

/// Who sends what comes late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Late {
    Client,
    Server,
}

const TCP: u8 = 6;

/// Sender and receiver of a TCP segment over IPv4 in an Ethernet frame.
fn ends(packet: &Packet) -> Option<[(Ipv4Addr, [u8; 2]); 2]> {
    let ip = packet.bytes.get(14..).filter(|ip| ip.len() >= 40 && ip[0] >> 4 == 4 && ip[9] == TCP)?;
    let ports = &ip[usize::from(ip[0] & 15) * 4..];
    let addr = |at: usize| Ipv4Addr::new(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]);
    Some([(addr(12), [ports[0], ports[1]]), (addr(16), [ports[2], ports[3]])])
}

/// The packets of one connection, the nth that begins.
fn conversation(all: &[Packet], nth: usize) -> Vec<Packet> {
    let mut found: Vec<Vec<Packet>> = Vec::new();
    let mut places = HashMap::new();
    for packet in all {
        let Some(mut pair) = ends(packet) else { continue };
        pair.sort_unstable();
        let place = *places.entry(pair).or_insert_with(|| {
            found.push(Vec::new());
            found.len() - 1
        });
        found[place].push(packet.clone());
    }
    found.swap_remove(nth)
}

/// One direction comes so many packets later; the times stay those of the places.
fn late(all: &[Packet], late: Late, by: usize) -> Vec<Packet> {
    let client = ends(&all[0]).map(|[from, _]| from);
    let is_late = |packet: &Packet| (ends(packet).map(|[from, _]| from) == client) == (late == Late::Client);
    let mut order: Vec<(usize, usize)> = all
        .iter()
        .enumerate()
        .map(|(at, packet)| (2 * (at + if is_late(packet) { by } else { 0 }), at))
        .collect();
    order.iter_mut().for_each(|(place, at)| *place += usize::from(is_late(&all[*at])));
    order.sort_unstable();
    let places = order.iter().zip(all);
    places.map(|((_, at), place)| Packet { ts: place.ts, ..all[*at].clone() }).collect()
}

/// What does not depend on times.
#[derive(Default, Debug, PartialEq, Eq)]
struct Told(Vec<String>);

impl Subscriber for Told {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        if let Some(row) = event.get::<Conn>() {
            let sizes = (row.orig_bytes, row.resp_bytes, row.orig_pkts, row.resp_pkts, row.missed_bytes);
            // Which side's pure ACK or FIN is seen first is the one thing that nobody can tell.
            let mut history = row.history.clone().unwrap_or_default();
            history.sort_unstable();
            let history = String::from_utf8(history).unwrap();
            self.0.push(format!("{:?} {history} {:?} {sizes:?}", row.conn_state, row.service));
        } else if let Some(row) = event.get::<Http>() {
            let lengths = (row.request_body_len, row.response_body_len);
            self.0.push(format!("{:?} {:?} {:?} {lengths:?}", row.trans_depth, row.uri, row.status_code));
        } else if let Some(row) = event.get::<Ssl>() {
            let hello = (&row.server_name, &row.version, &row.cipher, &row.curve);
            self.0.push(format!(
                "{hello:?} {} {:?}",
                row.established,
                row.ssl_history.escape_ascii().to_string()
            ));
        } else if let Some(weird) = event.get::<Weird>() {
            self.0.push(weird.name.clone());
        }
    }
}

fn config(wait: Interval, workers: usize) -> Config {
    let mut config = Config::builder();
    config.reorder(wait).checksums(false).workers(workers);
    config.build().unwrap()
}

fn told(wait: Interval, packets: &[Packet]) -> Told {
    let mut engine = Engine::new(config(wait, 1));
    let mut told = Told::default();
    packets.iter().for_each(|packet| feed(&mut engine, packet, &mut told));
    engine.finish(&mut told);
    told
}

const WAIT: Interval = Interval::from_secs(1);

#[test]
fn rows_are_those_of_what_came_in_order() {
    for (capture, nth) in [("http-nginx", 0), ("http-nginx", 3), ("tls-openssl", 0), ("tls-openssl", 5)] {
        let in_order = conversation(&packets(&testdata(capture), usize::MAX), nth);
        let expected = told(Interval::ZERO, &in_order);
        assert_eq!(told(WAIT, &in_order), expected, "{capture}: where nothing is late nothing changes");
        for side in [Late::Client, Late::Server] {
            for by in [1, 2, 3, 5, 8, 13, 21, 34, 50] {
                let apart = late(&in_order, side, by);
                assert_eq!(told(WAIT, &apart), expected, "{capture} {nth}: {side:?} late by {by}");
            }
        }
    }
}

#[test]
fn without_waiting_there_are_holes() {
    let in_order = conversation(&packets(&testdata("http-nginx"), usize::MAX), 0);
    let apart = late(&in_order, Late::Server, 3);
    assert_ne!(told(Interval::ZERO, &apart), told(Interval::ZERO, &in_order));
}

/// What never comes is missed as it is without waiting: the same rows, by the same clock.
#[test]
fn what_is_lost_is_lost() {
    for capture in ["http-nginx", "tls-openssl"] {
        let whole = conversation(&packets(&testdata(capture), usize::MAX), 0);
        for lost in 0..whole.len() {
            let mut packets = whole.clone();
            packets.remove(lost);
            let run = |wait| {
                let (mut rows, _) = rows::push(config(wait, 1), &packets, |_, _, _| {});
                rows.iter_mut().for_each(|row| row.key = gannet::events::Key::default());
                rows.sort_by(|a, b| (a.stream, &a.text).cmp(&(b.stream, &b.text)));
                rows
            };
            assert_eq!(run(WAIT), run(Interval::ZERO), "{capture}: without packet {lost}");
        }
    }
}

/// One side alone is one side alone.
#[test]
fn one_sided() {
    let whole = conversation(&packets(&testdata("http-nginx"), usize::MAX), 0);
    let client = ends(&whole[0]).map(|[from, _]| from);
    for side in [true, false] {
        let half: Vec<_> =
            whole.iter().filter(|one| (ends(one).map(|[from, _]| from) == client) == side).cloned().collect();
        assert_eq!(told(WAIT, &half), told(Interval::ZERO, &half), "client's: {side}");
    }
}

#[test]
fn the_same_for_any_number_of_workers() {
    let all = packets(&testdata("http-nginx"), usize::MAX);
    let apart = late(&all, Late::Server, 7);
    let (expected, _) = rows::run(config(WAIT, 1), &apart);
    for workers in [2, 3, 8] {
        assert_eq!(rows::run(config(WAIT, workers), &apart).0, expected, "{workers} workers");
    }
}
