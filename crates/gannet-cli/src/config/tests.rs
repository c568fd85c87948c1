//! Files that are right, and files that are not.

use clap::Parser;
use gannet::Limits;

use super::*;
use crate::args::Args;

const DIST: &str = include_str!("../../dist/gannet.toml");

fn error(text: &str) -> String {
    let error = parse(text).expect_err(text);
    ConfigError::text(Path::new("x.toml"), text, &error).to_string()
}

fn args(line: &str, file: &str) -> Args {
    let mut args = Args::try_parse_from(line.split(' ')).unwrap_or_else(|e| panic!("{line}: {e}"));
    parse(file).unwrap_or_else(|e| panic!("{file}: {e}")).fill(&mut args);
    args
}

/// All that options come to.
fn effect(args: &Args) -> String {
    let live = &args.live;
    let values =
        (args.input.read.clone(), live.interfaces.clone(), args.out(), args.options(), args.summary());
    let ring = (live.ring_size(), live.no_promiscuous, live.hardware_time, live.write.clone());
    let times = (live.stats_interval(), live.capture_loss_interval());
    let process = (live.user.clone(), live.metrics, args.quiet, args.verbose, live.cpus.clone());
    let archiving = args.archiving();
    let policies = (&args.policies, &args.intel);
    format!(
        "{values:?} {ring:?} {times:?} {process:?} {archiving:?} {policies:?} {:?}",
        args.config().unwrap()
    )
}

#[test]
fn the_file_that_is_shipped_says_the_defaults() {
    assert_eq!(effect(&args("gannet", DIST)), effect(&Args::default()));
}

#[test]
fn the_file_that_is_shipped_has_every_key() {
    for section in
        ["", "capture", "engine", "logs", "policies", "archive", "process", "limits", "mail", "webhook"]
    {
        let header = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
        let error = error(&format!("{header}zzz = 1"));
        let keys: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert!(keys.len() > 3, "{error}");
        for key in keys {
            let named = |line: &str| {
                // Of two keys that exclude each other one is no example.
                let line = line.trim_start_matches('#');
                let line = line.strip_prefix(" command").map_or(line, |_| line.trim_start());
                line == format!("[{key}]")
                    || line == format!("[[{key}]]")
                    || line.starts_with(&format!("[{key}."))
                    || line.starts_with(&format!("{key} = "))
            };
            assert!(DIST.lines().any(named), "{section}: {key}");
        }
    }
}

#[test]
fn the_examples_in_the_file_that_is_shipped_are_right() {
    let is_example = |line: &str| line.starts_with('#') && line.contains(" = ") && !line.starts_with("# ");
    let is_part = |line: &str| line.starts_with("#[[");
    let shown = |line| is_example(line) || is_part(line);
    let text: Vec<&str> = DIST.lines().map(|line| if shown(line) { &line[1..] } else { line }).collect();
    assert_eq!(DIST.lines().filter(|line| is_example(line)).count(), 63);
    let args = args("gannet", &text.join("\n"));
    assert_eq!(args.input.workers, Some(8));
    let archiving = args.archiving().expect("an archive");
    assert_eq!(archiving.archive.to, std::path::Path::new("/var/log/gannet"));
    assert_eq!(archiving.rotation.every, Some(gannet::Interval::from_secs(3600)));
    assert_eq!(archiving.archive.expiry.age, Some(Duration::from_secs(90 * 86_400)));
    let mut sensor = Args::default();
    sensor.live.interfaces.push("eth0".parse().expect("a name"));
    assert_eq!(args.long_conns(), sensor.long_conns(), "these are the default of a sensor");
    assert_eq!(args.extract_to(), std::path::Path::new("/var/tmp/files"));
    assert_eq!((args.extract_size, args.extract_total), (Some(100 << 20), Some(10 << 30)), "the defaults");
    assert_eq!(args.live.cpus.clone().map(|cpus| cpus.0), Some((2..=9).collect()));
    assert_eq!(args.live.user.as_deref(), Some("gannet"));
    assert_eq!(args.intel.expire, Some(gannet::Interval::from_secs(30 * 86_400)));
    assert_eq!((args.notices.len(), args.check_rules()), (1, Ok(())));
    assert!(args.sending.mail.is_some() && args.sending.webhook.is_some() && !args.sends());
}

#[test]
fn what_is_wrong_with_notices_and_their_ways_is_named() {
    let table = [
        (
            "[[notice]]\ntype = \"SSH::Pasword_Guessing\"",
            "line 2, column 8: \"SSH::Pasword_Guessing\": there are no notices of that type; did you mean SSH::Password_Guessing?",
        ),
        ("[[notice]]\ntype = [\"Xy::*\"]", "gannet policy list shows all"),
        ("[[notice]]\ntype = []", "expected a type at least"),
        ("[[notice]]\ntype = 7", "expected a type of notices, or a list of them"),
        (
            "[[notice]]\nactions = [\"page\"]",
            "\"page\": expected some of log, alarm, mail, webhook, or none alone",
        ),
        ("[[notice]]\nactions = [\"none\", \"log\"]", "or none alone"),
        ("[[notice]]\nactions = []", "expected an action at least, or none"),
        ("[[notice]]\nsuppress-for = \"1w\"", "expected an age such as"),
        ("[[notice]]\nacts = []", "did you mean `actions`?"),
        ("[mail]\nrelay = \"localhost\"", "expected a host and a port"),
        ("[mail]\nrelay = \"localhost:25\"", "expected the key to"),
        ("[mail]\nto = [\"a@b\"]", "expected one of command and relay"),
        ("[mail]\nto = [\"a@b\"]\nrelay = \"a:1\"\ncommand = [\"b\"]", "expected one of command and relay"),
        ("[mail]\nto = [\"a@b\\r\\nBcc: c@d\"]", "expected an address such as"),
        (
            "[mail]\nto = [\"a@b\"]\nrelay = \"a:1\"\nprefix = \"a\\nBcc: c@d\"",
            "prefix: expected at most 60 characters",
        ),
        ("[webhook]\nurl = \"https://a\"", "TLS is for another program"),
        ("[webhook]\nurl = \"http://a\"\ncommand = [\"curl\"]", "expected one of url and command"),
        ("[webhook]\nurl = \"http://a\"\nheaders = { X = \"a\\r\\nY: b\" }", "headers: X: expected a line"),
        ("[webhook]\nurl = \"http://a\"\nheaders = { \"X:\" = \"a\" }", "expected a name such as"),
        ("[webhook]\ncommand = [\"curl\"]\nheaders = { X = \"a\" }", "headers go with url"),
        ("[webhook]\nper-minute = 0", "expected a number above zero"),
    ];
    for (text, want) in table {
        let said = error(text);
        assert!(said.contains(want), "{text}: {said}");
    }
    let said = args("gannet", "[[notice]]\n[[notice]]\nactions = [\"mail\"]").check_rules().unwrap_err();
    assert_eq!(said, "notice rule 2: mail has no way to go: expected a part [mail]");
    let said = args("gannet", "[[notice]]\nwhere = \"nothing\"").check_rules().unwrap_err();
    assert!(said.starts_with("notice rule 1: where: notice has no column nothing"), "{said}");
}

#[test]
fn keys_that_are_not_known_are_named_with_what_was_perhaps_meant() {
    let said = error("[engine]\nworkers = 2\nblance = \"flow\"\n");
    assert!(said.starts_with("x.toml, line 3, column 1: unknown field `blance`"), "{said}");
    assert!(said.ends_with("did you mean `balance`?"), "{said}");
    let said = error("[captur]\n");
    assert!(said.contains("line 1, column 2") && said.ends_with("did you mean `capture`?"), "{said}");
    let said = error("[limits]\nflows-per-shrad = 7\n");
    assert!(said.ends_with("did you mean `flows-per-shard`?"), "{said}");
    let said = error("[limits]\nzzz = 7\n");
    assert!(said.contains("expected one of") && !said.contains("did you mean"), "{said}");
}

#[test]
fn values_that_make_no_sense_say_where_and_what_was_expected() {
    let table = [
        ("[engine]\nworkers = 0", "line 2, column 11: \"0\": expected a number from 1 to 256"),
        (
            "[engine]\nworkers = true",
            "line 2, column 11: invalid type: boolean `true`, expected a string or a whole",
        ),
        (
            "[engine]\nchecksums = \"no\"",
            "line 2, column 13: invalid type: string \"no\", expected a boolean",
        ),
        ("[engine]\nlocal-nets = [\"here\"]", "line 2, column 14: "),
        ("[engine]\ndecap = [\"vlan\"]", "line 2, column 9: \"vlan\": "),
        ("[engine]\nhash = [\"md4\"]", "expected md5, sha1 or sha256"),
        ("[engine]\ncpus = \"5-2\"", "such as 2-9,12"),
        ("[engine]\nbalance = \"even\"", "expected pair or flow"),
        ("\n[capture]\nfilter = \"host host\"", "line 3, column 10: \"host host\": "),
        ("[capture]\nring-size = \"64Q\"", "expected a number of bytes such as"),
        ("[capture]\ninterfaces = \"eth0\"", "expected a sequence"),
        ("[logs]\nlog = [\"com\"]", "\"com\": there is no such log; expected one of"),
        ("[logs]\nstats-interval = 0", "expected a time above zero"),
        ("[process]\nmetrics = \"here\"", "line 2, column 11: "),
        ("[process]\nsummary = \"xml\"", "expected text or json"),
        ("[limits]\nflows-per-shard = 0", "expected a number above zero"),
        ("[limits]\nflows-per-shard = 5000000000", "expected a number above zero, and not beyond"),
        ("[engine\n", "line 1, column 8: "),
    ];
    for (text, want) in table {
        let said = error(text);
        assert!(said.contains(want), "{text}: {said}");
    }
}

#[test]
fn the_command_line_goes_before_the_file() {
    let file = "[capture]\ninterfaces = [\"eth0\"]\nfilter = \"udp\"\nring-size = \"1M\"\n[engine]\nworkers = 2\n\
                [logs]\nlog = [\"dns\"]\nstats-interval = \"1h\"\n[limits]\nflows-per-shard = 9";
    let filled =
        args("gannet -i eth1 -f tcp --workers 3 --log conn --stats-interval 2s --ring-size 2M", file);
    let config = filled.config().unwrap();
    assert_eq!(filled.live.interfaces, ["eth1".parse().unwrap()]);
    assert_eq!(config.filter().unwrap().expression(), "tcp");
    assert_eq!(
        (config.workers(), config.wanted(), config.limits().flows_per_shard),
        (3, Some(["conn"].as_slice()), 9)
    );
    assert_eq!(filled.live.stats_interval(), Duration::from_secs(2));
    assert_eq!(filled.live.ring_size(), 2 << 20);
    let filled = args("gannet", file);
    assert_eq!((filled.config().unwrap().workers(), filled.live.ring_size()), (2, 1 << 20));
    assert_eq!(filled.live.stats_interval(), Duration::from_secs(3600));
    // Captures on the command line are read, and not the interfaces in the file.
    let filled = args("gannet -r x", file);
    assert!(filled.live.interfaces.is_empty());
}

#[test]
fn every_limit_gets_where_it_belongs() {
    let defaults = Limits::default();
    let names: Vec<&str> = DIST
        .split("[limits]")
        .last()
        .unwrap()
        .lines()
        .filter_map(|l| l.split_once(" = "))
        .map(|(name, _)| name.trim_start_matches('#'))
        .collect();
    // None of the engine's is missing.
    let shown = format!("{defaults:?}");
    let fields = shown
        .split(['{', ','])
        .filter_map(|part| part.split_once(": "))
        .map(|(name, _)| name.trim().replace('_', "-"));
    assert_eq!(fields.collect::<Vec<_>>(), names);
    for name in names {
        let limits = args("gannet", &format!("[limits]\n{name} = 7")).input.limits;
        assert_eq!(LimitValues::differing(&limits, &defaults), [name.replace('-', "_")]);
    }
}

#[test]
fn settings_of_policies_are_read_by_their_kinds() {
    let roots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/chains/certificates.pem");
    let text = format!(
        "[policy.certificates]\nroots = \"{}\"\n[policy.capture_loss]\npercent = 2.5",
        roots.display()
    );
    let args = args("gannet", &text);
    let names: Vec<_> = args.settings.iter().map(|(policy, _)| policy.name).collect();
    assert_eq!(names, ["capture_loss", "certificates"]);
    assert!(!args.set_as(&Args::default()));
    let table = [
        ("[policy.scans]", "unknown field `scans`, expected one of `capture_loss`, "),
        ("[policy.scan]\nlocl = 1", "did you mean `local`?"),
        ("[policy.little_traffic]\nx = 1", "unknown field `little_traffic`"),
        ("[policy.scan]\nlocal = 0", "line 2, column 9: expected a number above zero"),
        ("[policy.scan]\nwithin = 0", "\"0\": expected an age such as"),
        ("[policy.capture_loss]\npercent = 101.0", "expected a share above 0 and up to 100"),
        ("[policy.known_hosts]\nhosts = \"some\"", "\"some\": expected local, remote or all"),
        ("[policy.software]\nvulnerable = [{ name = \"a\" }]", "missing field `max`"),
        ("[policy.software]\nchanges = \"a\"", "expected a sequence"),
        ("[policy.certificates]\nroots = \"/nowhere\"", "\"/nowhere\": "),
        ("[policy.certificates]\nroots = \"/dev/null\"", "\"/dev/null\": expected a plain file"),
        ("policy = 7", "a part for each policy, such as [policy.scan]"),
    ];
    for (text, want) in table {
        let said = error(text);
        assert!(said.contains(want), "{text}: {said}");
    }
}

#[test]
fn the_file_that_is_shipped_has_every_setting_of_policies() {
    for policy in gannet_policy::REGISTRY.iter().filter(|policy| !policy.settings.is_empty()) {
        let part = DIST.split(&format!("[policy.{}]\n", policy.name)).nth(1).expect(policy.name);
        let part = part.split("\n[").next().unwrap_or_default();
        for setting in policy.settings {
            let named =
                |line: &str| line.trim_start_matches(['#', ' ']).starts_with(&format!("{} = ", setting.name));
            assert!(part.lines().any(named), "{}: {}", policy.name, setting.name);
        }
    }
}
