//! What a live run writes: rows soon, rows as a replay gives them, no row lost at the end.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::live::{Net, Running, SERVER, Sensor, adds_up, same_as_replay};
use crate::run::{capture, log, logs, rows, temp};

/// A row or a word that has to come comes within this time.
const SOON: Duration = Duration::from_secs(10);

/// Files that a sensor of so many workers keeps.
fn kept(dir: &std::path::Path, workers: usize) -> Vec<PathBuf> {
    match workers {
        1 => vec![dir.join("seen.pcapng")],
        n => (0..n).map(|number| dir.join(format!("seen.{number}.pcapng"))).collect(),
    }
}

#[test]
fn a_row_is_readable_within_two_seconds() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-soon");
    let _web = net.web(&dir);
    // Most rings are silent.
    let sensor = Sensor::start(&net, &dir, &["--workers", "4"]);
    for query in ["first", "second"] {
        net.curl(query);
        let took = sensor.wait_row("http", query, Duration::from_secs(2));
        println!("readable {} ms after curl had its answer", took.as_millis());
    }
    let ended = sensor.end();
    adds_up(&ended.summary());
    assert!(log(&dir.join("logs"), "http").lines().last().expect("a line").starts_with("#close\t"));
}

#[test]
fn a_live_run_gives_what_the_replay_of_its_packets_gives() {
    let Some(net) = Net::new() else { return };
    for workers in [1, 2, 4] {
        let dir = temp(&format!("live-replay-{workers}"));
        let _web = net.web(&dir);
        let write = dir.join("seen.pcapng");
        let count = workers.to_string();
        let more = ["--workers", &count, "--write", write.to_str().expect("text"), "--hash", "md5"];
        let sensor = Sensor::start(&net, &dir, &more);
        net.ping(5);
        (0..3).for_each(|n| net.curl(&format!("q{n}")));
        for name in ["dns-bind", "http-nginx", "tls-openssl", "udp-icmp", "tcp-faults"] {
            net.replay(&capture(name), &["--multiplier=20"]);
        }
        let summary = sensor.end().summary();
        adds_up(&summary);
        assert_eq!(summary["live"]["packets"]["dropped"], 0);
        let out = dir.join("logs");
        same_as_replay(&out, &dir, &kept(&dir, workers), &["--hash", "md5"], workers == 1);
        for name in ["conn", "dns", "http", "ssl", "files", "weird"] {
            assert!(!rows(&log(&out, name)).is_empty(), "{name}");
        }
    }
}

#[test]
fn libpcap_gives_the_same_in_its_way() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-pcap");
    let _web = net.web(&dir);
    // libpcap does not tell which checksums are still to be filled in.
    let write = dir.join("seen.pcapng");
    let sensor = Sensor::start_pcap(&net, &dir, &["-C", "--write", write.to_str().expect("text")]);
    net.ping(5);
    net.curl("q");
    net.replay(&capture("dns-bind"), &["--multiplier=20"]);
    sensor.wait_row("http", "q", Duration::from_secs(2));
    let summary = sensor.end().summary();
    adds_up(&summary);
    assert_eq!(summary["live"]["packets"]["dropped"], 0);
    same_as_replay(&dir.join("logs"), &dir, &kept(&dir, 1), &["-C"], true);
}

#[test]
fn the_end_under_load_loses_no_connection() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-end");
    let write = dir.join("seen.pcapng");
    let sensor = Sensor::start(&net, &dir, &["--workers", "2", "--write", write.to_str().expect("text")]);
    let mut load = net.at_client("tcpreplay");
    load.args(["-q", "-i", "va", "--pps=20000", "--loop=100000", "--unique-ip"]).arg(capture("dns-bind"));
    load.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let _load = Running(load.spawn().expect("tcpreplay"));
    std::thread::sleep(Duration::from_secs(2));
    let ended = sensor.end();
    let summary = ended.summary();
    adds_up(&summary);
    let read = summary["live"]["packets"]["read"].as_u64().expect("a number");
    assert!(read > 5_000, "{read}");
    // What was read was kept, and all connections in it are in the logs.
    same_as_replay(&dir.join("logs"), &dir, &kept(&dir, 2), &[], false);
    assert_eq!(summary["connections"]["total"], rows(&log(&dir.join("logs"), "conn")).len());
}

#[test]
fn logs_of_an_earlier_run_are_moved_aside() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-aside");
    for _ in 0..2 {
        let sensor = Sensor::start(&net, &dir, &["--workers", "1"]);
        net.ping(2);
        sensor.end();
    }
    let names: Vec<String> = logs(&dir.join("logs")).into_keys().collect();
    let of_conn: Vec<&String> = names.iter().filter(|name| name.starts_with("conn.")).collect();
    assert_eq!(of_conn.len(), 2, "{names:?}");
    // conn.2026-11-25-19-17-16.log
    assert!(
        of_conn[0].len() == "conn.YYYY-MM-DD-HH-MM-SS.log".len() && of_conn[1] == "conn.log",
        "{names:?}"
    );
    assert!(rows(&log(&dir.join("logs"), "conn")).iter().all(|row| row.contains(SERVER)));
}

#[test]
fn the_processes_own_logs_add_up() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-stats");
    let more = ["--workers", "2", "--stats-interval", "1s", "--capture-loss-interval", "1s", "-f", "not udp"];
    let sensor = Sensor::start(&net, &dir, &more);
    net.ping(20);
    net.replay(&capture("tcp-faults"), &["--multiplier=20"]);
    net.replay(&capture("dns-bind"), &["--multiplier=20"]);
    std::thread::sleep(Duration::from_millis(2200));
    let summary = sensor.end().summary();
    adds_up(&summary);
    let out = dir.join("logs");
    let column = |text: &str, name: &str| {
        let place = crate::run::fields(text).iter().position(|field| *field == name).expect("a column");
        let cells: Vec<u64> =
            rows(text).iter().filter_map(|row| row.split('\t').nth(place)?.parse().ok()).collect();
        cells.iter().sum::<u64>()
    };
    let stats = log(&out, "stats");
    assert!(rows(&stats).len() >= 6, "{stats}");
    let packets = &summary["live"]["packets"];
    assert_eq!(packets["read"], column(&stats, "pkts_proc"));
    assert_eq!(packets["seen"], column(&stats, "pkts_link"));
    assert_eq!(packets["dropped"], column(&stats, "pkts_dropped"));
    assert_eq!(packets["filtered"], column(&stats, "pkts_filtered"));
    assert_eq!(summary["bytes"], column(&stats, "bytes_recv"));
    assert_eq!(summary["connections"]["tcp"], column(&stats, "tcp_conns"));
    assert_eq!(summary["connections"]["icmp"], column(&stats, "icmp_conns"));
    for peer in ["worker-1", "worker-2"] {
        assert!(stats.contains(&format!("\t{peer}\t")), "{stats}");
    }
    let loss = log(&out, "capture_loss");
    assert!(column(&loss, "acks") > 0, "{loss}");
    assert!(column(&loss, "gaps") > 0, "the capture has holes: {loss}");
    assert!(column(&loss, "gaps") <= column(&loss, "acks"), "{loss}");
}

#[test]
fn lists_of_indicators_that_change_are_read_again() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-intel");
    let _web = net.web(&dir);
    let path = dir.join("indicators");
    let list = |lines: &str| {
        let head = "#fields\tindicator\tindicator_type\tmeta.source\n";
        fs::write(&path, format!("{head}{lines}")).expect("a file");
    };
    list("10.99.0.1\tIntel::ADDR\tfirst\n");
    let sensor = Sensor::start(&net, &dir, &["--intel", path.to_str().expect("text")]);
    net.curl("one");
    sensor.wait_row("intel", "first", SOON);
    list("10.99.0.2\tIntel::ADDR\tsecond\nbad\n");
    sensor.wait_said("indicators:3: it has fewer fields");
    sensor.wait_said("intel: 1 item of 1 file");
    // It is met at the next packet, and in force two seconds later.
    net.curl("two");
    std::thread::sleep(Duration::from_millis(2500));
    let before = sensor.rows("intel").iter().filter(|row| row.contains("first")).count();
    net.curl("three");
    sensor.wait_row("intel", "second", SOON);
    sensor.wait_row("http", "three", SOON);
    assert_eq!(sensor.rows("intel").iter().filter(|row| row.contains("first")).count(), before);
    sensor.end();
}
