//! What goes when a limit is reached, how it is told, and what goes on.

use crate::analyzers::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::engine::Config;
use crate::flow::Conn;
use crate::testing::{Ip, Lab, SERVER, Script, udp, v4};

/// Keeps every byte that it sees.
struct Keeps(Vec<u8>);

impl Analyzer for Keeps {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        cx.confirm();
        self.0.extend_from_slice(bytes);
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        self.0.capacity()
    }
}

static KEEPS: Descriptor = Descriptor::new("keeps", "KEEPS", |_| Box::new(Keeps(Vec::new())))
    .doc("Keeps everything.")
    .ports(&[(Transport::Tcp, SERVER), (Transport::Udp, SERVER)])
    .records(&[Conn::STREAM])
    .partial(true)
    .shapes(true);

fn ask(port: u16, bytes: &[u8]) -> Ip {
    v4(17, &udp((port, SERVER), bytes))
}

fn answer(port: u16, bytes: &[u8]) -> Ip {
    v4(17, &udp((SERVER, port), bytes)).back()
}

fn lab(change: impl FnOnce(&mut Config)) -> Lab {
    Lab::with(|config| {
        config.analyzers = vec![&KEEPS];
        change(config);
    })
}

#[test]
fn an_analyzer_that_holds_too_much_goes_alone() {
    let mut lab = lab(|config| config.limits.analyzer_bytes = 10_000);
    Script::default().feed("1 > S; 1.1 < SA; 1.2 > A", &mut lab);
    let mut text = String::new();
    for _ in 0..40 {
        text += "2 > A 1000; 2 < A;";
    }
    Script { start: (1001, 5001), ..Script::default() }.feed(&text, &mut lab);
    let rows = lab.finish();
    assert_eq!((rows.stats.shed.analyzers, rows.weird_names().as_str()), (1, "analyzers_shed"));
    assert_eq!(rows.summary(), "S1 ShADa 40000/0 42/41", "it is counted on");
    assert_eq!(rows.conns[0].service.as_deref(), Some("keeps"));
    let weird = rows.weirds().next().unwrap();
    assert_eq!(weird.conn.unwrap().uid, rows.conns[0].conn.uid);
}

#[test]
fn connections_without_an_answer_go_by_what_they_hold() {
    let mut lab = lab(|config| config.limits.half_open_bytes_per_shard = 40_000);
    // Two that were answered hold more than all others may.
    for port in [1, 2] {
        lab.packet(1.0, &ask(port, b"1")).packet(1.1, &answer(port, b"1"));
        for _ in 0..40 {
            lab.packet(1.2, &ask(port, &[0; 1000]));
        }
    }
    for port in 10..20 {
        lab.packet(2.0, &ask(port, &[0; 10_000]));
    }
    let rows = lab.finish();
    assert_eq!((rows.stats.shed.connections, rows.stats.shed.analyzers), (7, 0));
    let ports: Vec<_> = rows.conns.iter().map(|conn| conn.conn.orig_p).collect();
    assert_eq!(ports, [1, 2, 17, 18, 19]);
    assert_eq!(rows.weird_names(), "connections_shed", "told once");
}

#[test]
fn a_full_shard_gives_up_analyzers_when_all_are_answered() {
    let mut lab = lab(|config| config.limits.connection_bytes_per_shard = 100_000);
    lab.packet(1.0, &ask(9, b"no answer"));
    for port in [1, 2, 3, 4] {
        lab.packet(2.0, &ask(port, b"1")).packet(2.0, &answer(port, b"1"));
        for _ in 0..46 {
            lab.packet(3.0, &ask(port, &[0; 1000]));
        }
    }
    let rows = lab.finish();
    assert_eq!((rows.stats.shed.connections, rows.stats.shed.analyzers > 0), (1, true));
    assert_eq!(rows.conns.iter().map(|conn| conn.orig_pkts.unwrap()).sum::<u64>(), 4 * 47);
    assert_eq!(rows.names(), "connections_shed analyzers_shed");
}

#[test]
fn brakes_are_told() {
    let mut lab = lab(|config| config.limits.connection_bytes = 3000);
    for port in 1..6 {
        lab.packet(1.0, &ask(port, b"1"));
    }
    let rows = lab.finish();
    assert_eq!(rows.stats.shed.brakes, rows.stats.shed.connections);
    assert!(rows.stats.shed.brakes > 0 && rows.conns.len() as u64 + rows.stats.shed.brakes == 5);
    assert_eq!(rows.names(), "memory_brake connections_shed");
    let mut lab = lab_with_holes(|config| config.limits.reassembly_bytes = 5000);
    lab.advance(4.0);
    let rows = lab.finish();
    assert_eq!((rows.stats.shed.brakes, rows.stats.shed.directions), (1, 1));
    assert_eq!(rows.names(), "reassembly_shed memory_brake");
}

fn lab_with_holes(change: impl FnOnce(&mut Config)) -> Lab {
    let mut lab = lab(change);
    let text =
        "1 > S; 1.1 < SA; 1.2 > A; 1.3 > A 5; 1.4 < A; 2 > A 10 lost; 3 > A 2000; 3 > A 2000; 3 > A 2000";
    Script::default().feed(text, &mut lab);
    lab
}

#[test]
fn fragments_that_were_given_up_are_told() {
    let mut lab = lab(|config| config.limits.fragment_bytes_per_shard = 4000);
    for id in 0..20 {
        let whole = Ip { id, ..ask(7, &[0; 1000]) };
        lab.packet(1.0, &whole.fragments(504)[0]);
    }
    let rows = lab.finish();
    assert!(rows.stats.shed.datagrams > 10, "{}", rows.stats.shed.datagrams);
    assert_eq!(rows.names(), "fragments_shed");
}

/// Weirds about limits come once in ten minutes.
#[test]
fn a_limit_that_acts_for_long_is_told_again() {
    let mut lab = lab(|config| config.limits.flows_per_shard = 1);
    for minute in 0..25 {
        lab.packet(61.0 * f64::from(minute) + 1.0, &ask(minute, b"1"));
        lab.packet(61.0 * f64::from(minute) + 2.0, &ask(minute + 100, b"1"));
    }
    let rows = lab.finish();
    // Those of the minute before are over by then.
    assert_eq!(rows.stats.shed.connections, 25);
    assert_eq!(rows.names(), "connections_shed connections_shed connections_shed");
}

/// Whoever knows the hash of one table knows nothing of another: keys that meet in one are spread in the other.
#[test]
fn keys_that_meet_in_one_table_do_not_meet_in_another() {
    use crate::base::key::{Addr, FlowKey};
    const MASK: u64 = 0xfff;
    let (known, secret) = (Config::default().settings().hasher(2), Config::default().settings().hasher(2));
    let keys = (0..u32::MAX).map(|n| FlowKey::two_way(0, 6, (Addr::v4(n), 1), (Addr::v4(!n), 80)));
    let meeting: Vec<_> = keys.filter(|key| known.hash_one(key) & MASK == 0).take(500).collect();
    let mut places: Vec<_> = meeting.iter().map(|key| secret.hash_one(key) & MASK).collect();
    places.sort_unstable();
    places.dedup();
    // 500 keys in 4096 places: about 470 of these are taken.
    assert!(places.len() > 400, "{}", places.len());
}
