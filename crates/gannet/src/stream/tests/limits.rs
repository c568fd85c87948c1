//! What is not kept: bytes above holes, bytes never acknowledged, more than a shard may hold.

use super::OPEN;
use super::tape::{TAPE, tell};
use crate::testing::{Lab, Rows, Script, take_seen};

fn run(text: &str, change: impl FnOnce(&mut crate::Config)) -> Rows {
    let mut lab = Lab::with(|config| {
        config.analyzers = vec![&TAPE];
        change(config);
    });
    Script::default().feed(text, &mut lab);
    lab.finish()
}

/// So many segments of 1000 bytes from the client.
fn thousands(count: usize) -> String {
    (0..count).map(|i| format!("{} > A 1000;", 3.0 + i as f64 / 1000.0)).collect()
}

fn delivered() -> usize {
    let data = |(_, seen)| match seen {
        crate::testing::Seen::Data(_, bytes) => bytes.len(),
        _ => 0,
    };
    take_seen().into_iter().map(data).sum()
}

#[test]
fn above_a_hole_without_any_acknowledgement() {
    let rows = run(&format!("{OPEN}2 > A 10 lost; {}", thousands(16)), |_| {});
    assert_eq!(rows.names(), "");
    tell();
    let text = format!("{OPEN}2 > A 10 lost; {} 4 > A 10 seq=1001; 5 < A", thousands(17));
    let rows = run(&text, |_| {});
    assert_eq!(rows.names(), "above_hole_data_without_any_acks");
    assert_eq!((delivered(), rows.conns[0].missed_bytes), (0, 0), "that direction has stopped for good");
}

#[test]
fn above_a_hole_with_acknowledgements() {
    let text = format!("{OPEN}1.5 > A 5; 1.6 < A; 2 > A 10 lost; {} 4 < A", thousands(40));
    let rows = run(&text, |_| {});
    assert_eq!((rows.names().as_str(), delivered()), ("", 40_005));
    assert_eq!(rows.conns[0].missed_bytes, 10);
}

#[test]
fn never_acknowledged_but_in_order() {
    let rows = run(&format!("{OPEN}{}", thousands(11_000)), |_| {});
    assert_eq!((rows.names().as_str(), delivered()), ("", 11_000_000));
}

#[test]
fn more_than_ten_mebibytes_held() {
    let ten_mib = 10 * 1024 * 1024 / 1000;
    let text = format!("{OPEN}1.5 > A 5; 1.6 < A; 2 > A 10 lost; {}", thousands(ten_mib + 2));
    let rows = run(&text, |_| {});
    assert_eq!((rows.names().as_str(), delivered()), ("excessive_data_without_further_acks", 5));
}

#[test]
fn many_small_pieces() {
    let mut text = format!("{OPEN}1.5 > A 5; 1.6 < A;");
    for i in 0..5000 {
        text += &format!("2 > A 1 seq={};", 1010 + 2 * i);
    }
    let rows = run(&text, |_| {});
    assert_eq!(rows.names(), "excessive_data_without_further_acks");
    tell();
}

#[test]
fn more_than_the_shard_holds() {
    let text = format!("{OPEN}1.5 > A 5; 1.6 < A; 2 > A 10 lost; {}", thousands(40));
    let rows = run(&text, |config| config.limits.reassembly_per_shard = 30_000);
    assert_eq!((rows.stats.shed.directions, delivered()), (1, 5));
    assert_eq!(rows.names(), "reassembly_shed");
    let rows = run(&text, |config| config.limits.reassembly_per_shard = 100_000);
    assert_eq!(rows.stats.shed.directions, 0);
    tell();
}

#[test]
fn a_shard_gets_its_memory_back() {
    // Each connection holds 20 kB when it ends; two at once would be too much.
    let mut lab = Lab::with(|config| {
        config.analyzers = vec![&TAPE];
        config.limits.reassembly_per_shard = 60_000;
    });
    for port in 0..20u16 {
        let script = Script { ports: (2000 + port, crate::testing::SERVER), ..Script::default() };
        let at = f64::from(port) * 1000.0;
        let text = format!("{OPEN}1.5 > A 5; 1.6 < A; 2 > A 10 lost; {}", thousands(20));
        for (time, packet, _) in script.packets(&text) {
            lab.packet(at + time, &packet);
        }
    }
    assert_eq!(lab.finish().stats.shed.directions, 0);
    tell();
}
