//! What the command line says and answers.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::packets::Capture;
use crate::run::{analyse, capture, fields, gannet, log, logs, rows, run, temp};

#[test]
fn nothing_to_read_is_a_usage_error() {
    let ran = run::<[&str; 0], &str>([]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("nothing to read: expected a capture file"), "{}", ran.err);
}

#[test]
fn bad_options_name_what_was_expected() {
    for (args, expected) in [
        (["-r", "x", "--workers", "many"], "expected a number from 1 to 256"),
        (["-r", "x", "--log", "com"], "expected one of analyzer, bittorrent, capture_loss, conn"),
        (["-r", "x", "--local-nets", "here"], "expected an address and a prefix length"),
        (["-r", "x", "-f", "host host"], "syntax error"),
        (["-r", "x", "--hash", "sha1,sha512"], "\"sha512\" is no hash; expected md5, sha1 or sha256"),
    ] {
        let ran = run(args);
        assert_eq!(ran.status, Some(2), "{args:?}");
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
    }
}

#[test]
fn options_that_do_nothing_with_captures_are_refused() {
    let capture = capture("dns-dnsmasq");
    let read = capture.to_str().unwrap();
    for (args, expected) in [
        (&["--write", "w.pcapng", read][..], "--write is for interfaces: expected -i instead of captures"),
        (&["--cpus", "0", "--no-promiscuous", read], "--cpus, --no-promiscuous are for interfaces"),
        (&["--from", "+2s", "--to", "+1s", read], "--to is before --from: expected a later time"),
        (&["--from", "2026-11-25", "--to", "2026-11-24", read], "--to is before --from"),
    ] {
        let ran = run(args);
        assert_eq!((ran.status, ran.err.contains(expected)), (Some(2), true), "{args:?}: {}", ran.err);
    }
    // A configuration file may have them for its interfaces.
    let dir = temp("options-file");
    let file = dir.join("gannet.toml");
    fs::write(&file, "[process]\nmetrics = \"127.0.0.1:9991\"\n").unwrap();
    let ran = analyse(&capture, &dir.join("logs"), &["-q", "--config", file.to_str().unwrap()]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn logs_that_cannot_come_are_told_of() {
    let dir = temp("options-silent");
    let cases = [
        (&["--log", "wireguard"][..], "gannet: warning: wireguard is written only with --more-services\n"),
        (
            &["--log", "known_hosts"],
            "gannet: warning: known_hosts is written only with --policy known_hosts\n",
        ),
        (
            &["--log", "notice"],
            "gannet: warning: notice is written only where a policy raises notices, as with --policy local\n",
        ),
        (&["--log", "wireguard,notice,capture_loss", "--more-services", "--policy", "local"], ""),
        (&["--log", "conn,dns"], ""),
    ];
    for (number, (args, told)) in cases.iter().enumerate() {
        let out = dir.join(number.to_string());
        let ran = analyse(&capture("dns-dnsmasq"), &out, &[args, &["-q"][..]].concat());
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), *told), "{args:?}");
    }
    let ran = analyse(&capture("dns-dnsmasq"), &dir.join("none"), &["--log", "wireguard"]);
    assert!(ran.err.contains("logs         none"), "{}", ran.err);
}

#[test]
fn every_log_that_is_written_can_be_named() {
    let (all, one) = (temp("log-all"), temp("log-one"));
    analyse(&capture("vxlan"), &all, &["-q"]);
    for file in logs(&all).keys() {
        let name = file.trim_end_matches(".log");
        analyse(&capture("vxlan"), &one.join(name), &["-q", "--log", name]);
        assert_eq!(logs(&one.join(name)).keys().collect::<Vec<_>>(), [file], "only {name}");
    }
    assert!(logs(&all).contains_key("tunnel.log"));
}

#[test]
fn analyzers_are_listed() {
    let ran = run(["--list-analyzers"]);
    assert_eq!(ran.status, Some(0));
    assert!(
        ran.out.contains("dns: ") && ran.out.contains("53/udp") && ran.out.contains("dns.log"),
        "{}",
        ran.out
    );
}

#[test]
fn the_schema_is_one_json_document_and_can_do_without_extras() {
    let names = |args: &[&str]| {
        let ran = run(args);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        let schema: Value = serde_json::from_str(&ran.out).expect("JSON");
        let logs = schema["$defs"].as_object().expect("logs").clone();
        for log in ["analyzer", "conn", "dns", "files", "packet_filter", "reporter", "weird"] {
            assert!(logs.contains_key(log), "{log}");
        }
        logs["conn"]["properties"].as_object().expect("columns").keys().cloned().collect::<Vec<_>>()
    };
    let all = names(&["schema", "--json"]);
    let zeek = names(&["schema", "--json", "--no-extras"]);
    assert!(all.contains(&"community_id".to_owned()) && all.contains(&"uid".to_owned()));
    assert!(!zeek.contains(&"community_id".to_owned()) && zeek.contains(&"uid".to_owned()));
    assert!(run(["schema", "--markdown"]).out.contains("## conn.log"));
}

#[test]
fn rows_conform_to_the_schema() {
    let schema: Value = serde_json::from_str(&run(["schema", "--json"]).out).expect("JSON");
    let out = temp("schema-rows");
    analyse(&capture("dns-bind"), &out, &["--json", "-q"]);
    for (file, text) in logs(&out) {
        let log = &schema["$defs"][file.trim_end_matches(".log")];
        for line in String::from_utf8(text).expect("UTF-8").lines() {
            let row: Value = serde_json::from_str(line).expect("a JSON row");
            let row = row.as_object().expect("an object");
            for required in log["required"].as_array().expect("required columns") {
                assert!(row.contains_key(required.as_str().expect("a name")), "{file}: {required} in {line}");
            }
            for name in row.keys() {
                assert!(log["properties"][name].is_object(), "{file}: {name} is not in the schema");
            }
        }
    }
}

#[test]
fn extras_can_be_left_out() {
    let (with, without) = (temp("extras"), temp("no-extras"));
    analyse(&capture("dns-bind"), &with, &["-q"]);
    analyse(&capture("dns-bind"), &without, &["-q", "--no-extras"]);
    let (with, without) = (log(&with, "conn"), log(&without, "conn"));
    assert!(fields(&with).contains(&"community_id"));
    assert_eq!(fields(&without).last(), Some(&"ip_proto"));
    assert_eq!(rows(&with).len(), rows(&without).len());
    for (more, less) in rows(&with).iter().zip(rows(&without)) {
        assert!(more.starts_with(less), "{more}\n{less}");
    }
}

#[test]
fn logs_can_be_chosen() {
    let out = temp("chosen");
    analyse(&capture("dns-bind"), &out, &["-q", "--log", "dns"]);
    assert_eq!(logs(&out).into_keys().collect::<Vec<_>>(), ["dns.log"]);
}

#[test]
fn a_filter_keeps_what_matches() {
    let out = temp("filter");
    let ran = analyse(&capture("dns-bind"), &out, &["-f", "tcp port 53", "--summary", "json"]);
    let conn = log(&out, "conn");
    let at = fields(&conn).iter().position(|name| *name == "proto").expect("proto");
    assert!(!rows(&conn).is_empty());
    assert!(rows(&conn).iter().all(|row| row.split('\t').nth(at) == Some("tcp")));
    assert!(log(&out, "packet_filter").contains("\ttcp port 53\t"));
    let summary: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert!(summary["filtered"].as_u64().expect("a number") > 0);
}

#[test]
fn local_networks_can_be_named() {
    let out = temp("local-nets");
    analyse(&capture("dns-bind"), &out, &["-q", "--local-nets", "8.8.8.0/24"]);
    let conn = log(&out, "conn");
    let at = fields(&conn).iter().position(|name| *name == "local_orig").expect("local_orig");
    assert!(rows(&conn).iter().all(|row| row.split('\t').nth(at) == Some("F")));
}

#[test]
fn long_connections_make_rows_on_the_way() {
    let (with, without) = (temp("long"), temp("not-long"));
    analyse(&capture("tcp-basics"), &with, &["-q", "--long-conns", "1s,3s"]);
    analyse(&capture("tcp-basics"), &without, &["-q"]);
    assert!(!logs(&without).contains_key("open_conn.log"));
    let (long, conn) = (log(&with, "open_conn"), log(&with, "conn"));
    assert_eq!(rows(&conn), rows(&log(&without, "conn")));
    assert_eq!(fields(&long), fields(&conn));
    let ids = |rows: &[&str]| {
        rows.iter().filter_map(|row| Some(row.split('\t').nth(1)?.to_owned())).collect::<Vec<_>>()
    };
    let (interim, whole) = (ids(&rows(&long)), ids(&rows(&conn)));
    assert!(!interim.is_empty() && interim.iter().all(|id| whole.contains(id)));
}

#[test]
fn ids_stay_unless_another_seed_is_given() {
    let ids = |name: &str, more: &[&str]| {
        let out = temp(name);
        let mut args = vec!["-q", "--log", "conn"];
        args.extend(more);
        analyse(&capture("dns-bind"), &out, &args);
        let conn = log(&out, "conn");
        rows(&conn).iter().map(|row| row.split('\t').nth(1).expect("a uid").to_owned()).collect::<Vec<_>>()
    };
    let first = ids("ids", &[]);
    assert_eq!(
        first,
        ids("ids-tables", &["--table-seed", "7", "--yield-seed", "9", "--batch", "3", "--queue", "1"])
    );
    let other = ids("ids-seed", &["--uid-seed", "another"]);
    assert!(other.iter().all(|id| !first.contains(id)));
}

#[test]
fn quiet_says_nothing_and_verbose_more() {
    let out = temp("quiet");
    let quiet = analyse(&capture("dns-bind"), &out, &["-q"]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    let verbose = analyse(&capture("dns-bind"), &out, &["-v"]);
    assert!(verbose.err.contains("gannet: reading 1 file"), "{}", verbose.err);
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child =
        gannet().arg("schema").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("gannet starts");
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().expect("stderr").read_to_string(&mut err).expect("text");
    assert!(child.wait().expect("an end").success(), "{err}");
    assert_eq!(err, "");
}

#[test]
fn the_default_directory_is_the_current_one() {
    let out = temp("current");
    let capture = capture("gzip");
    assert!(
        gannet().args(["-q", "-r"]).arg(capture).current_dir(&out).status().expect("gannet starts").success()
    );
    assert!(fs::exists(out.join("conn.log")).expect("a look"));
}

#[test]
fn a_configuration_is_a_plain_file_of_some_length() {
    let dir = temp("config-kinds");
    let (pipe, long) = (dir.join("pipe"), dir.join("long.toml"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    fs::write(&long, "#".repeat((1 << 20) + 1)).expect("a file");
    let cases = [(&pipe, "expected a plain file"), (&long, "more than 1048576 bytes")];
    for (file, what) in cases {
        let ran = run(["-r".as_ref(), "x".as_ref(), "--config".as_ref(), file.as_os_str()]);
        assert_eq!(ran.status, Some(2), "{}", ran.err);
        assert!(ran.err.contains(what) && ran.err.contains(&file.display().to_string()), "{}", ran.err);
    }
}

/// The packets of these captures have no checksums: without `-C` none can be decoded.
#[test]
fn packets_that_cannot_be_decoded_have_rows() {
    let dir = temp("undecoded");
    let read = dir.join("sums.pcap");
    Capture::default().conn(0, 1, (1, 2000), (2, 80)).write(&read);
    for flags in
        [&["--trace-undecoded"][..], &["--trace-undecoded", "--log", "conn"], &["--log", "undecoded"]]
    {
        let out = temp("undecoded-out");
        analyse(&read, &out, &[&["-q"], flags].concat());
        let text = log(&out, "undecoded");
        let at = |name: &str| fields(&text).iter().position(|field| *field == name).unwrap();
        let rows = rows(&text);
        assert_eq!(rows.len(), 6, "{flags:?}");
        let row: Vec<&str> = rows[2].split('\t').collect();
        let wanted =
            [("frame", "3"), ("reason", "bad_IP_checksum"), ("src", "10.0.0.1"), ("dst", "10.0.0.2")];
        for (name, value) in wanted {
            assert_eq!(row[at(name)], value, "{flags:?}");
        }
        assert!(row[at("bytes")].starts_with("02000000000202000000000108004500"), "{flags:?}");
    }
    let out = temp("undecoded-none");
    analyse(&read, &out, &["-q"]);
    assert!(!logs(&out).contains_key("undecoded.log"));
}
