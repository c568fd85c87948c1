//! Counts over all notes, in their order.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::beacon::{Rhythm, Starts};
use super::note::{ConnNote, Note};
use super::top::Top;

/// Things that one table knows at once.
const PLACES: usize = 16_384;
/// Pairs whose intervals are known at once; each takes about 600 bytes.
const PAIRS: usize = 8_192;

/// What a host did.
#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    pub(super) connections: u64,
    pub(super) sent: u64,
    pub(super) received: u64,
}

/// How much of a service there was.
#[derive(Clone, Debug, Default)]
pub(super) struct Service {
    pub(super) bytes: u64,
}

/// How often a name was asked for in vain.
#[derive(Clone, Debug, Default)]
pub(super) struct Name {
    pub(super) failed: u64,
}

/// Files of a type.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    pub(super) files: u64,
}

/// Connections from one host to another that came to nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Failed {
    pub(super) unanswered: u64,
    pub(super) refused: u64,
    /// The first port, and whether there were others.
    pub(super) port: Option<u16>,
    pub(super) other_ports: bool,
}

/// From whom to whom.
pub(super) type Pair = (IpAddr, IpAddr);
/// The same, and to which port of which transport.
pub(super) type Target = (IpAddr, IpAddr, u16, &'static str);

/// All the tables.
pub(super) struct Tally {
    top: usize,
    by_bytes: Top<IpAddr, Host>,
    by_connections: Top<IpAddr, Host>,
    services: Top<Box<str>, Service>,
    names: Top<Box<[u8]>, Name>,
    files: Top<Box<str>, Files>,
    failed: Top<Pair, Failed>,
    beacons: Top<Target, Starts>,
    longest: Longest,
}

/// One table: its rows, and whether there are more of them and whether they are exact.
pub(super) struct Table<T> {
    pub(super) rows: Vec<T>,
    pub(super) all: usize,
    pub(super) exact: bool,
}

/// A row: the thing, its weight, and what more is known.
pub(super) type Row<K, V> = (K, u64, V);

/// What came out.
pub(super) struct Findings {
    pub(super) by_bytes: Table<Row<IpAddr, Host>>,
    pub(super) by_connections: Table<Row<IpAddr, Host>>,
    pub(super) services: Table<Row<Box<str>, Service>>,
    pub(super) names: Table<Row<Box<[u8]>, Name>>,
    pub(super) files: Table<Row<Box<str>, Files>>,
    pub(super) failed: Table<Row<Pair, Failed>>,
    pub(super) longest: Vec<ConnNote>,
    pub(super) beacons: Table<(Target, u64, Rhythm)>,
}

impl Tally {
    /// With so many rows of each table.
    pub(super) fn new(top: usize) -> Self {
        Self {
            top,
            by_bytes: Top::new(PLACES),
            by_connections: Top::new(PLACES),
            services: Top::new(PLACES),
            names: Top::new(PLACES),
            files: Top::new(PLACES),
            failed: Top::new(PLACES),
            beacons: Top::new(PAIRS),
            longest: Longest { most: top, notes: BTreeMap::new(), seen: 0 },
        }
    }

    pub(super) fn add(&mut self, note: Note) {
        match note {
            Note::Conn(conn) => self.connection(conn),
            Note::Name(name, failed) => {
                self.names.add(&name, 1, |of| of.failed += u64::from(failed));
            }
            Note::File(mime, bytes) => self.files.add(&mime, bytes, |of| of.files += 1),
        }
    }

    fn connection(&mut self, conn: ConnNote) {
        let (sent, received) = conn.bytes;
        let bytes = sent.saturating_add(received);
        for (host, sent, received) in [(conn.orig, sent, received), (conn.resp, received, sent)] {
            let change = |host: &mut Host| {
                host.connections += 1;
                host.sent += sent;
                host.received += received;
            };
            self.by_bytes.add(&host, bytes, change);
            self.by_connections.add(&host, 1, change);
            if conn.orig == conn.resp {
                break;
            }
        }
        let service = conn.service.clone().unwrap_or_else(|| unnamed(&conn));
        self.services.add(&service, 1, |of| of.bytes += bytes);
        if let Some(refused) = came_to_nothing(&conn) {
            self.failed.add(&(conn.orig, conn.resp), 1, |of| {
                of.refused += u64::from(refused);
                of.unanswered += u64::from(!refused);
                of.other_ports |= of.port.is_some_and(|port| port != conn.port);
                of.port.get_or_insert(conn.port);
            });
        }
        self.beacons.add(&(conn.orig, conn.resp, conn.port, conn.proto), 1, |starts| starts.add(conn.ts));
        self.longest.add(conn);
    }

    /// The tables, cut to the rows that are wanted.
    pub(super) fn finish(self) -> Findings {
        let mut beacons: Vec<_> = self.beacons.sorted();
        let mut rhythms: Vec<(Target, u64, Rhythm)> = beacons
            .drain(..)
            .filter_map(|(target, n, starts)| Some((*target, n, starts.rhythm()?)))
            .collect();
        // Stable, so that of equal ones the one with more connections stays first.
        rhythms.sort_by(|one, other| other.2.regular.total_cmp(&one.2.regular));
        let all = rhythms.len();
        rhythms.truncate(self.top);
        Findings {
            by_bytes: table(&self.by_bytes, self.top),
            by_connections: table(&self.by_connections, self.top),
            services: table(&self.services, self.top),
            names: table(&self.names, self.top),
            files: table(&self.files, self.top),
            failed: table(&self.failed, self.top),
            longest: self.longest.notes(),
            beacons: Table { rows: rhythms, all, exact: self.beacons.is_exact() },
        }
    }
}

fn table<K: std::hash::Hash + Ord + Clone, V: Default + Clone>(
    top: &Top<K, V>,
    rows: usize,
) -> Table<Row<K, V>> {
    let sorted = top.sorted().into_iter().take(rows);
    Table {
        rows: sorted.map(|(key, weight, value)| (key.clone(), weight, value.clone())).collect(),
        all: top.len(),
        exact: top.is_exact(),
    }
}

/// A service that no analyzer has confirmed goes by its port.
fn unnamed(conn: &ConnNote) -> Box<str> {
    match conn.proto {
        "tcp" | "udp" => format!("{}/{}", conn.port, conn.proto),
        other => other.to_owned(),
    }
    .into()
}

/// Whether a TCP connection never came about; and if so, whether it was refused.
fn came_to_nothing(conn: &ConnNote) -> Option<bool> {
    match (conn.proto, conn.state) {
        ("tcp", "S0" | "SH") => Some(false),
        ("tcp", "REJ" | "RSTOS0" | "RSTRH") => Some(true),
        _ => None,
    }
}

/// The longest connections.
struct Longest {
    most: usize,
    /// By duration, and of equal ones the first last: the shortest and latest comes first.
    notes: BTreeMap<(i64, Reverse<u64>), ConnNote>,
    seen: u64,
}

impl Longest {
    fn add(&mut self, conn: ConnNote) {
        self.seen += 1;
        let length = conn.duration.nanos();
        let shortest = self.notes.first_key_value().map_or(0, |((length, _), _)| *length);
        if length <= 0 || (self.notes.len() == self.most && length <= shortest) {
            return;
        }
        self.notes.insert((length, Reverse(self.seen)), conn);
        if self.notes.len() > self.most {
            self.notes.pop_first();
        }
    }

    /// The longest first.
    fn notes(self) -> Vec<ConnNote> {
        self.notes.into_values().rev().collect()
    }
}
