//! A fold that watches the records of others, whether or not the subscriber listens to them.

use std::any::Any;

use std::sync::Arc;

use gannet::events::{
    Established, Event, Fold, FoldDescriptor, FoldOutput, Given, Meta, Milestone, Observation, Watch,
};
use gannet::flow::Conn;
use gannet::{Config, ConfigBuilder, Timestamp};

use crate::support::packets::{Conversation, Packet, SECOND, START, dns, udp_frame, v4};
use crate::support::rows::{self, Row};

gannet::record! {
    /// One row for each record that was watched.
    pub struct Sight in "sight" {
        /// When.
        ts: Timestamp,
        /// What was seen.
        what: Vec<u8>,
    }
}

/// Emits what crosses.
struct Sights;

impl Fold for Sights {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(what) = item.downcast::<String>() else { return };
        let mut what = *what;
        if out.at_end() {
            what += " at the end";
        }
        out.emit(None, &Sight { ts: out.now(), what: what.into_bytes() }, &[]);
    }

    fn held(&self) -> usize {
        0
    }
}

const SIGHTS: FoldDescriptor = FoldDescriptor::new("sights", &[Sight::STREAM], || Box::new(Sights));

fn told(what: String) -> Option<Observation> {
    Some(Box::new(what))
}

/// Endings of connections to port 53.
static ENDS: FoldDescriptor = SIGHTS.watches(&[Conn::STREAM], |_, event| {
    let conn = event.get::<Conn>().filter(|conn| conn.conn.resp_p == 53)?;
    told(format!("{} {:?}", conn.conn.orig_h, conn.service))
});

static MOMENTS: FoldDescriptor = SIGHTS.watches(&[Established::STREAM, Milestone::STREAM], |_, event| {
    if let Some(Established { conn, .. }) = event.get() {
        return told(format!("{} is accepted", conn.orig_p));
    }
    let Milestone { conn, over, service, answered, resp_bytes, .. } = event.get()?;
    let service = service.as_deref().unwrap_or("-");
    told(format!("{} {service} over={over} answered={answered} bytes={resp_bytes}", conn.orig_p))
});

/// Endings of connections to a port that the run is given; of none without.
static PORT: FoldDescriptor = FoldDescriptor::new("port", &[Sight::STREAM], || Box::new(Sights))
    .given(|port| Box::new(Ported { port: port.clone(), inner: Sights }))
    .watches(&[Conn::STREAM], |_, _| None)
    .watches_given(|port, _, event| {
        let port = port.downcast_ref::<u16>()?;
        let conn = event.get::<Conn>().filter(|conn| conn.conn.resp_p == *port)?;
        told(conn.conn.orig_h.to_string())
    });

/// The same, which says what it was given.
struct Ported {
    port: Given,
    inner: Sights,
}

impl Fold for Ported {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(what) = item.downcast::<String>() else { return };
        let what = format!("{what} by {:?}", self.port.downcast_ref::<u16>());
        self.inner.item(out, Box::new(what));
    }

    fn held(&self) -> usize {
        0
    }
}

static BROKEN: FoldDescriptor =
    SIGHTS.watches(&[Conn::STREAM], |meta: &Meta<'_>, _: Event<'_>| -> Option<Observation> {
        panic!("cannot look at {:?}", meta.conn.map(|conn| conn.resp_p));
    } as Watch);

fn build(make: impl FnOnce(&mut ConfigBuilder) -> &mut ConfigBuilder) -> Config {
    make(&mut Config::builder()).build().expect("settings that can be")
}

/// Questions and answers of three clients, and a TCP connection.
fn packets() -> Vec<Packet> {
    let mut packets = Vec::new();
    for host in 1..4_u32 {
        let (client, server) = ((v4(0x0a00_0000 + host), 3000 + host as u16), (v4(0x0a01_0000), 53));
        let at = START + i64::from(host) * SECOND;
        packets.push(Packet::new(at, udp_frame(client, server, &dns(1, "a.b", None))));
        let answer = dns(1, "a.b", Some(std::net::Ipv4Addr::LOCALHOST));
        packets.push(Packet::new(at + 1, udp_frame(server, client, &answer)));
    }
    let mut talk = Conversation::new((v4(0x0a00_0009), 4000), (v4(0x0a02_0000), 80), [1, 100]);
    packets.extend(talk.open().into_iter().map(|frame| Packet::new(START + 4 * SECOND, frame)));
    packets.extend(talk.close().into_iter().map(|frame| Packet::new(START + 5 * SECOND, frame)));
    packets
}

fn sights(rows: &[Row]) -> Vec<String> {
    let of = |row: &&Row| row.stream == "sight";
    let what =
        |row: &Row| row.text.split_once("what=").map_or(row.text.as_str(), |(_, what)| what).to_owned();
    rows.iter().filter(of).map(what).collect()
}

#[test]
fn a_fold_sees_what_nobody_listens_to() {
    for workers in [1, 2, 3, 7] {
        let config = build(|c| c.only([Sight::STREAM]).folds([&ENDS]).workers(workers));
        let (rows, summary) = rows::run(config, &packets());
        assert_eq!(rows.len(), 3, "{workers} workers: {rows:?}");
        assert!(
            sights(&rows).iter().all(|text| text.contains("dns") && text.contains(" at the end")),
            "{rows:?}"
        );
        assert_eq!(summary.stats.records, 0, "records of workers, to whoever listens");
        assert!(rows.is_sorted_by_key(|row| row.key));
    }
}

#[test]
fn a_fold_and_its_watch_have_what_the_run_is_given() {
    let of = |given: Option<Given>, workers| {
        let config = build(|c| {
            c.only([Sight::STREAM]).folds([&PORT]).workers(workers);
            given.into_iter().fold(c, |c, given| c.give(&PORT, given))
        });
        sights(&rows::run(config, &packets()).0)
    };
    for workers in [1, 3] {
        let rows = of(Some(Arc::new(80_u16)), workers);
        assert_eq!(rows.len(), 1, "{workers} workers: {rows:?}");
        assert!(rows[0].contains("\t10.0.0.9 by Some(80) at the end"), "{rows:?}");
        assert_eq!(of(Some(Arc::new(53_u16)), workers).len(), 3);
        assert_eq!(of(None, workers).len(), 0, "nothing given");
        assert_eq!(of(Some(Arc::new("80")), workers).len(), 0, "of another kind");
    }
}

#[test]
fn what_a_subscriber_gets_is_the_same_with_a_fold_that_watches() {
    let all = |folds: &[&'static FoldDescriptor], workers| {
        let config = build(|c| c.folds(folds.iter().copied()).workers(workers));
        let (rows, _) = rows::run(config, &packets());
        rows.iter().filter(|row| row.stream != "sight").map(|row| row.text.clone()).collect::<Vec<_>>()
    };
    let without = all(&[], 1);
    assert!(without.len() > 4);
    for workers in [1, 3] {
        assert_eq!(all(&[&MOMENTS], workers), without);
        assert_eq!(all(&[&ENDS], workers), without);
    }
}

#[test]
fn moments_are_told_to_who_watches_or_names_them() {
    let (rows, _) = rows::run(build(|c| c.only([Sight::STREAM]).folds([&MOMENTS])), &packets());
    let seen = sights(&rows);
    let of = |port: &str| seen.iter().filter(|text| text.contains(port)).cloned().collect::<Vec<_>>();
    let dns = of("3001 ");
    assert!(dns[0].contains("3001 dns over=false answered=false bytes=0"), "{dns:?}");
    assert!(dns[1].contains("3001 dns over=true answered=true bytes=37 at the end"), "{dns:?}");
    let tcp = of("4000 ");
    assert!(tcp[0].contains("4000 is accepted"), "{tcp:?}");
    assert!(tcp[1].contains("4000 - over=true answered=true bytes=0 at the end"), "{tcp:?}");
    let internal = |name: &str| ["established", "milestone", "acknowledged"].contains(&name);
    assert!(gannet::streams().iter().all(|stream| !stream.internal && !internal(stream.name)));
    assert!(Established::STREAM.internal && !Config::default().wants(Established::STREAM));
    let (all, _) = rows::run(build(|c| c), &packets());
    assert!(all.iter().all(|row| !internal(row.stream)));
    let (named, _) = rows::run(build(|c| c.only([Established::STREAM])), &packets());
    assert_eq!(named.iter().map(|row| row.stream).collect::<Vec<_>>(), ["established"]);
}

#[test]
fn nobody_who_listens_nothing_that_watches() {
    let (rows, summary) = rows::run(build(|c| c.only([Conn::STREAM]).folds([&BROKEN])), &packets());
    assert_eq!((rows.len(), summary.stats.panics), (4, 0));
}

#[test]
fn who_breaks_on_a_record_costs_nobody_else() {
    for workers in [1, 3] {
        let config = build(|c| c.folds([&BROKEN]).workers(workers));
        let (rows, summary) = rows::run(config, &packets());
        let of = |stream| rows.iter().filter(|row| row.stream == stream).count();
        assert_eq!((summary.stats.panics, of("conn"), of("reporter"), of("sight")), (4, 4, 1, 0));
    }
}
