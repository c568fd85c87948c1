//! The command line.

use clap::CommandFactory;

use super::values::seed;
use super::*;

#[test]
fn the_command_line_is_well_formed() {
    Args::command().debug_assert();
}

#[test]
fn options_reach_the_engine() {
    let line = "gannet -C -r x --workers 3 --log conn,dns -f udp --hash md5,sha256 --decap vxlan,gre@::1";
    let args = Args::parse_from(line.split(' '));
    let config = args.config();
    assert!(!config.checksums);
    assert_eq!(config.workers, 3);
    assert_eq!(config.wanted, Some(vec!["conn", "dns"]));
    assert_eq!(config.filter.expect("a filter").expression(), "udp");
    assert_eq!(config.decap.iter().map(Decap::to_string).collect::<Vec<_>>(), ["vxlan", "gre@::1"]);
    assert_eq!((config.hashes.md5, config.hashes.sha1, config.hashes.sha256), (true, false, true));
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
    ];
    for [option, value] in bad {
        let error = Args::try_parse_from(["gannet", "-r", "x", option, value]).err().expect(option);
        assert_eq!(error.exit_code(), 2, "{option}");
    }
}

#[test]
fn seeds_differ() {
    assert_ne!(seed(""), seed("a"));
    assert_ne!(seed("a"), seed("b"));
}
