//! An engine that keeps what it is told.

use std::collections::HashMap;

use super::packet::{Ip, RAW};
use crate::analyzers::record::AnalyzerFailure;
use crate::base::packet::LinkType;
use crate::base::time::Timestamp;
use crate::engine::{Config, Engine};
use crate::events::tunnel::Tunnel;
use crate::events::{Event, Key, Meta, Weird};
use crate::flow::{Conn, OpenConn};
use crate::worker::stats::Stats;
use crate::worker::undecoded::Undecoded;

/// The records of a run, in order.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) conns: Vec<Conn>,
    /// Interim records, and the clock when they came.
    pub(crate) longs: Vec<(Timestamp, Conn)>,
    /// All weirds that were raised, and whether the limits let each one through.
    weirds: Vec<(Weird, bool)>,
    pub(crate) failures: Vec<AnalyzerFailure>,
    pub(crate) tunnels: Vec<Tunnel>,
    pub(crate) undecoded: Vec<Undecoded>,
    pub(crate) keys: Vec<Key>,
    pub(crate) stats: Stats,
    limits: HashMap<u128, Timestamp>,
}

/// An engine on the link type that a test works with.
pub(crate) struct Lab {
    pub(crate) engine: Engine,
    pub(crate) link: LinkType,
    pub(crate) rows: Rows,
}

/// A time in seconds, to the microsecond.
pub(crate) fn at(seconds: f64) -> Timestamp {
    Timestamp::from_nanos((seconds * 1e6).round() as i64 * 1000)
}

/// So many cases of a property, unless the environment (`PROPTEST_CASES`) wants another number.
pub(crate) fn cases(cases: u32) -> proptest::prelude::ProptestConfig {
    let wanted = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    proptest::prelude::ProptestConfig::with_cases(wanted.unwrap_or(cases))
}

impl Rows {
    fn take(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self.keys.push(meta.key);
        if let Some(conn) = event.get::<Conn>() {
            self.conns.push(conn.clone());
        } else if let Some(OpenConn(conn)) = event.get::<OpenConn>() {
            self.longs.push((meta.now, conn.clone()));
        } else if let Some(weird) = event.get::<Weird>() {
            let free = |once: &crate::events::Once| {
                self.limits.get(&once.key).is_none_or(|since| meta.now - *since > once.ttl)
            };
            let passes = meta.once.iter().all(free);
            if passes {
                self.limits.extend(meta.once.iter().map(|once| (once.key, meta.now)));
            }
            self.weirds.push((weird.clone(), passes));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.clone());
        } else if let Some(tunnel) = event.get::<Tunnel>() {
            self.tunnels.push(tunnel.clone());
        } else if let Some(undecoded) = event.get::<Undecoded>() {
            self.undecoded.push(undecoded.clone());
        }
    }

    /// Every weird that was raised, repeats included.
    pub(crate) fn all_weirds(&self) -> impl Iterator<Item = &Weird> {
        self.weirds.iter().map(|(weird, _)| weird)
    }

    /// The weirds that make a row.
    pub(crate) fn weirds(&self) -> impl Iterator<Item = &Weird> {
        self.weirds.iter().filter(|(_, passes)| *passes).map(|(weird, _)| weird)
    }

    /// The weirds that make a row, as `name`, `name/SOURCE`, with `(addl)` behind it where there is one.
    pub(crate) fn weird_names(&self) -> String {
        self.weirds().map(super::weird_text).collect::<Vec<_>>().join(" ")
    }

    /// The weirds that make a row, names only.
    pub(crate) fn names(&self) -> String {
        self.weirds().map(|weird| weird.name.clone()).collect::<Vec<_>>().join(" ")
    }

    /// One line for each connection: state, history, bytes and packets of both sides, and bytes missed if there are any.
    pub(crate) fn summary(&self) -> String {
        self.conns.iter().map(brief).collect::<Vec<_>>().join(" | ")
    }

    /// One line for each connection: endpoints and protocol.
    pub(crate) fn ends(&self) -> String {
        let text = |conn: &Conn| {
            let tag = &conn.conn;
            format!("{} {}:{} {}:{}", conn.proto.0, tag.orig_h, tag.orig_p, tag.resp_h, tag.resp_p)
        };
        self.conns.iter().map(text).collect::<Vec<_>>().join(" | ")
    }
}

fn brief(conn: &Conn) -> String {
    let number = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
    let history = conn.history.as_deref().map_or("-".into(), String::from_utf8_lossy);
    let missed = if conn.missed_bytes > 0 { format!(" missed {}", conn.missed_bytes) } else { String::new() };
    format!(
        "{} {history} {}/{} {}/{}{missed}",
        conn.conn_state.unwrap_or("-"),
        number(conn.orig_bytes),
        number(conn.resp_bytes),
        number(conn.orig_pkts),
        number(conn.resp_pkts),
    )
}

impl Lab {
    /// Raw IP, checksums tested, no analyzers.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// As [`Self::new`], configured further.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        // Whatever nobody answers is packed at once, so that every test tells whether that changes anything.
        let mut config = Config { analyzers: Vec::new(), table_seed: Some(1), young: 0, ..Config::default() };
        change(&mut config);
        Self { engine: Engine::with_repeats(config), link: RAW, rows: Rows::default() }
    }

    pub(crate) fn on(link: LinkType) -> Self {
        Self { link, ..Self::new() }
    }

    /// Bytes as they are, all of them captured.
    pub(crate) fn bytes(&mut self, seconds: f64, bytes: &[u8]) -> &mut Self {
        self.cut(seconds, bytes, bytes.len())
    }

    /// Bytes of which only the first ones were captured.
    pub(crate) fn cut(&mut self, seconds: f64, bytes: &[u8], captured: usize) -> &mut Self {
        self.wire(seconds, &bytes[..captured], bytes.len())
    }

    /// Bytes of a packet that was so long on the wire.
    pub(crate) fn wire(&mut self, seconds: f64, bytes: &[u8], wire: usize) -> &mut Self {
        let rows = &mut self.rows;
        let mut keep = |meta: &Meta<'_>, event: Event<'_>| rows.take(meta, event);
        self.engine.feed(self.link, at(seconds), wire as u32, bytes, &mut keep);
        self
    }

    pub(crate) fn packet(&mut self, seconds: f64, packet: &Ip) -> &mut Self {
        self.bytes(seconds, &packet.bytes())
    }

    pub(crate) fn advance(&mut self, seconds: f64) -> &mut Self {
        let rows = &mut self.rows;
        let mut keep = |meta: &Meta<'_>, event: Event<'_>| rows.take(meta, event);
        self.engine.advance(at(seconds), &mut keep);
        self
    }

    pub(crate) fn finish(self) -> Rows {
        let Self { engine, mut rows, .. } = self;
        let summary = engine.finish(&mut |meta: &Meta<'_>, event: Event<'_>| rows.take(meta, event));
        rows.stats = summary.stats;
        rows
    }
}
