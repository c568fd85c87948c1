//! The command line.

use clap::{CommandFactory, Parser};
use gannet::{Decap, Interval};

use super::*;
use crate::values::seed;

#[test]
fn the_command_line_is_well_formed() {
    Args::command().debug_assert();
}

#[test]
fn options_reach_the_engine() {
    let line = "gannet -C -r x --workers 3 --log conn,dns -f udp --hash md5,sha256 --decap vxlan,gre@::1 \
                --long-conns 1h,90s,10min,1h";
    let args = Args::parse_from(line.split(' '));
    let config = args.config().unwrap();
    assert!(!config.checksums());
    assert_eq!(config.workers(), 3);
    assert_eq!(config.wanted(), Some(["conn", "dns"].as_slice()));
    assert_eq!(config.filter().expect("a filter").expression(), "udp");
    assert_eq!(config.decap().iter().map(Decap::to_string).collect::<Vec<_>>(), ["vxlan", "gre@::1"]);
    assert_eq!(config.long_connections(), [90, 600, 3600].map(Interval::from_secs));
    assert_eq!((config.hashes().md5, config.hashes().sha1, config.hashes().sha256), (true, false, true));
    assert!(!args.wants(gannet_logs::Reporter::STREAM));
}

#[test]
fn values_that_make_no_sense_are_refused() {
    let bad = [
        ["--workers", "0"],
        ["--log", "nonsense"],
        ["--local-nets", "10.0.0.0/99"],
        ["-f", "host host"],
        ["--summary", "xml"],
        ["--hash", "md5,crc32"],
        ["--hash", ""],
        ["--decap", "vlan"],
        ["--decap", "vxlan,gre:1"],
        ["--long-conns", "0s"],
        ["--long-conns", "1h,xm"],
        ["--long-conns", "9999999d"],
    ];
    for [option, value] in bad {
        let error = Args::try_parse_from(["gannet", "-r", "x", option, value]).err().expect(option);
        assert_eq!(error.exit_code(), 2, "{option}");
    }
}

/// Who waits for days needs interim rows; who reads a capture does not.
#[test]
fn long_connections_are_told_of_unless_captures_are_read() {
    let ages = |line: &str| Args::parse_from(line.split(' ')).config().unwrap().long_connections().to_vec();
    assert!(ages("gannet -r x").is_empty());
    assert_eq!(ages("gannet -i x").last(), Some(&Interval::from_secs(86_400)));
    assert_eq!(ages("gannet -i x --long-conns 2d"), [Interval::from_secs(172_800)]);
}

#[test]
fn seeds_differ() {
    assert_ne!(seed(""), seed("a"));
    assert_ne!(seed("a"), seed("b"));
}

#[test]
fn sizes_times_and_processors() {
    use crate::values::{cpus, duration, size};
    use std::time::Duration;
    assert_eq!(size("65536"), Ok(65536));
    assert_eq!((size("512k"), size("64M"), size("2G")), (Ok(512 << 10), Ok(64 << 20), Ok(2 << 30)));
    for bad in ["", "M", "0", "1.5M", "-1", "64MB", "99999999999G"] {
        assert!(size(bad).is_err(), "{bad}");
    }
    assert_eq!(duration("30"), Ok(Duration::from_secs(30)));
    assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(
        (duration("5min"), duration("5m")),
        (Ok(Duration::from_secs(300)), Ok(Duration::from_secs(300)))
    );
    assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
    for bad in ["", "0", "0s", "1d", "s", "1.5s", "99999999999999999h"] {
        assert!(duration(bad).is_err(), "{bad}");
    }
    let four = cpus("2-4,12").unwrap();
    assert_eq!(four.0, [2, 3, 4, 12]);
    assert_eq!((four.of(0), four.of(3), four.of(4)), (Some(2), Some(12), Some(2)));
    for bad in ["", "a", "3-2", "1,1", "1-3,2", "4096", "1-", "0-99999999999"] {
        assert!(cpus(bad).is_err(), "{bad}");
    }
}
