//! Hosts that are made of files, and cards that are made up.

use std::io;
use std::path::Path;

use gannet::capture::live::Adapter;

use super::finding::{Finding, State};
use super::system::System;
use super::{disk, host, interface, show};

/// A host of files: path and text.
fn system(name: &str, files: &[(&str, &str)]) -> System {
    let root = std::env::temp_dir().join(format!("gannet-doctor-{}-{name}", std::process::id()));
    let _none = std::fs::remove_dir_all(&root);
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::fs::create_dir_all(&root).unwrap();
    System::below(root)
}

fn of(findings: &[Finding], what: &str) -> (State, String, Option<String>) {
    let found = findings.iter().find(|finding| finding.what == what);
    let found = found.unwrap_or_else(|| panic!("nothing of {what} in {findings:?}"));
    (found.state, found.found.clone(), found.mend.clone())
}

#[test]
fn a_good_host_is_found_good() {
    let system = system(
        "good",
        &[
            ("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n"),
            ("proc/self/status", "Name:\tx\nCapEff:\t000001ffffffffff\n"),
            ("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"),
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance"),
            ("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:   33554432 kB\n"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
            ("proc/self/comm", "chronyd"),
            ("proc/712/comm", "chronyd\n"),
            ("run/systemd/journal/socket", ""),
            ("var/log/journal/x", ""),
        ],
    );
    let findings = host::findings(&system);
    assert_eq!(findings.len(), 8, "{findings:?}");
    assert!(
        findings.iter().all(|finding| finding.state == State::Good && finding.why.is_empty()),
        "{findings:?}"
    );
}

#[test]
fn what_is_wrong_with_a_host_is_told_with_what_mends_it() {
    let clock = "sys/devices/system/clocksource/clocksource0";
    let system = system(
        "bad",
        &[
            ("proc/sys/kernel/osrelease", "3.10.0-1160.el7.x86_64"),
            ("proc/self/status", "CapEff:\t0000000000001000\n"),
            (&format!("{clock}/current_clocksource"), "hpet"),
            (&format!("{clock}/available_clocksource"), "hpet acpi_pm tsc"),
            ("proc/meminfo", "MemAvailable: 1048576 kB\n"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]"),
            ("sys/devices/system/node/node0/cpulist", "0-7"),
            ("sys/devices/system/node/node1/cpulist", "8-15"),
            (".dockerenv", ""),
        ],
    );
    let findings = host::findings(&system);
    assert_eq!(of(&findings, "kernel").0, State::Mend);
    let (state, found, mend) = of(&findings, "privileges");
    assert_eq!((state, found.as_str()), (State::Mend, "without cap_net_raw"));
    assert!(mend.unwrap().contains("setcap"));
    let (state, _, mend) = of(&findings, "clock source");
    assert_eq!((state, mend.unwrap()), (State::Mend, format!("echo tsc > /{clock}/current_clocksource")));
    for what in ["memory", "huge pages", "memory nodes", "container", "time"] {
        assert_eq!(of(&findings, what).0, State::Look, "{what}");
    }
}

#[test]
fn a_host_that_shows_nothing_is_no_error() {
    let findings = host::findings(&system("none", &[]));
    // Only that nobody is seen who keeps the time.
    assert_eq!(findings.iter().map(|finding| finding.what).collect::<Vec<_>>(), ["time"]);
}

#[test]
fn files_that_hold_nonsense_are_passed_over() {
    let paths = [
        "proc/sys/kernel/osrelease",
        "proc/self/status",
        "proc/meminfo",
        "proc/net/packet",
        "sys/kernel/mm/transparent_hugepage/enabled",
        "sys/class/net/e/flags",
        "sys/class/net/e/ifindex",
        "sys/class/net/e/mtu",
    ];
    for text in
        ["", "\0\u{fffd}", "CapEff:", "MemAvailable: 99999999999999999999 kB", "0x", "-1", "[", "1 2 3 4 5 6"]
    {
        let files: Vec<_> = paths.iter().map(|path| (*path, text)).collect();
        let system = system("nonsense", &files);
        host::findings(&system);
        interface::findings(&system, "e", Ok(Adapter::default()));
    }
}

/// An interface that is up, with these files more.
fn card(name: &str, more: &[(&str, &str)]) -> System {
    let mut files = vec![
        ("sys/class/net/lo/ifindex", "1"),
        ("sys/class/net/lo/type", "772"),
        ("sys/class/net/bonding_masters", ""),
        ("sys/class/net/eth0/ifindex", "2"),
        ("sys/class/net/eth0/type", "1"),
        ("sys/class/net/eth0/flags", "0x1003"),
        ("sys/class/net/eth0/mtu", "1500"),
        ("sys/class/net/eth0/carrier", "1"),
        ("sys/class/net/eth0/speed", "10000"),
        ("sys/class/net/eth0/statistics/rx_missed_errors", "0"),
    ];
    files.extend(more);
    system(name, &files)
}

#[test]
fn an_interface_as_it_should_be() {
    let system = card(
        "nic",
        &[("proc/net/packet", "sk RefCnt Type Proto Iface R Rmem User Inode\n0 3 3 0003 9 1 0 0 7\n")],
    );
    assert_eq!(interface::names(&system), ["eth0"]);
    let mut adapter = Adapter::default();
    (adapter.generic_receive, adapter.large_receive) = (Some(false), Some(false));
    (adapter.segmentation, adapter.transmit_checksum) = (Some(false), Some(false));
    (adapter.receive_ring, adapter.queues) = (Some((4096, 4096)), Some((1, 16)));
    let findings = interface::findings(&system, "eth0", Ok(adapter));
    assert!(findings.iter().all(|finding| finding.state == State::Good), "{findings:?}");
    assert_eq!(of(&findings, "link").1, "up, 10000 Mbit/s");
    assert_eq!(findings.len(), 9);
}

#[test]
fn what_costs_packets_is_told_with_the_command() {
    let packet = "sk RefCnt Type Proto Iface R Rmem User Inode\n0 3 3 0003 2 1 0 0 7\n0 3 3 0003 2 1 0 0 8\n";
    let lost = "sys/class/net/eth0/statistics/rx_fifo_errors";
    let system =
        card("nic-bad", &[("sys/class/net/eth0/mtu", "1400"), (lost, "1200"), ("proc/net/packet", packet)]);
    let mut adapter = Adapter::default();
    (adapter.generic_receive, adapter.large_receive) = (Some(true), Some(true));
    (adapter.segmentation, adapter.generic_segmentation) = (Some(true), Some(false));
    (adapter.receive_ring, adapter.queues) = (Some((256, 4096)), Some((8, 16)));
    let findings = interface::findings(&system, "eth0", Ok(adapter));
    let mends = [
        ("receive offload", State::Mend, "ethtool -K eth0 gro off lro off"),
        ("send offload", State::Look, "ethtool -K eth0 tso off"),
        ("card's ring", State::Mend, "ethtool -G eth0 rx 4096"),
        ("mtu", State::Mend, "ip link set eth0 mtu 1500"),
        ("other captures", State::Look, "ss -0pb"),
        ("lost by the card", State::Look, "watch -d ethtool -S eth0"),
    ];
    for (what, state, mend) in mends {
        let (is, _, how) = of(&findings, what);
        assert_eq!((is, how.as_deref()), (state, Some(mend)), "{what}");
    }
    assert_eq!(of(&findings, "card's queues").0, State::Look);
    assert_eq!(of(&findings, "other captures").1, "2 packet sockets");
}

#[test]
fn interfaces_that_are_down_or_not_there() {
    let down = card("down", &[("sys/class/net/eth0/flags", "0x1002")]);
    let findings = interface::findings(&down, "eth0", Err(io::ErrorKind::PermissionDenied.into()));
    assert_eq!(of(&findings, "link").2.as_deref(), Some("ip link set eth0 up"));
    assert_eq!(of(&findings, "card").0, State::Unknown);
    let still = card("still", &[("sys/class/net/eth0/carrier", "0")]);
    assert_eq!(of(&interface::findings(&still, "eth0", Ok(Adapter::default())), "link").1, "up, no carrier");
    for name in ["eth1", "..", "eth0/../eth0", ""] {
        let findings = interface::findings(&down, name, Ok(Adapter::default()));
        assert_eq!(findings.len(), 1, "{name}");
        assert_eq!(findings[0].found, "no such interface; there are eth0");
    }
}

#[test]
fn a_disk_that_is_nearly_full() {
    let of = |free, all| disk::room("/logs", free, all).unwrap().state;
    let gib = 1 << 30;
    assert_eq!(of(5 * gib, 100 * gib), State::Mend);
    assert_eq!(of(11 * gib, 100 * gib), State::Good);
    assert_eq!(of(200 * gib, 10_000 * gib), State::Good);
    assert_eq!(of(0, 0), State::Good);
    // One that is not there yet is made on the disk of what is.
    assert!(!disk::findings(Path::new("/not/there/yet")).is_empty());
}

#[test]
fn lines_and_json_say_the_same() {
    let why = "Nothing is seen.";
    let findings = [
        Finding::new("host", "kernel", State::Good, "6.1".to_owned()).because(why, "x".to_owned()),
        Finding::new("eth0", "link", State::Mend, "down".to_owned())
            .because(why, "ip link set eth0 up".to_owned()),
    ];
    let text = show::text(&findings);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let expected = [
        "host",
        "  good     kernel  6.1",
        "",
        "eth0",
        "  mend     link    down",
        "                     Nothing is seen.",
        "                     ip link set eth0 up",
        "",
        "1 good, 0 look, 1 mend, 0 unknown",
    ];
    assert_eq!(lines, expected);
    let json: serde_json::Value = serde_json::from_str(&show::json(&findings)).unwrap();
    assert_eq!(json["findings"][0]["mend"], serde_json::Value::Null);
    assert_eq!(json["findings"][1]["state"], "mend");
}
