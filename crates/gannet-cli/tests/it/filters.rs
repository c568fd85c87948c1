//! Filters of logs, on the command line and in the configuration file.

use std::fs;

use crate::run::{analyse, capture, fields, log, logs, rows, run, temp};

/// The values of a column of a TSV log.
fn column(text: &str, name: &str) -> Vec<String> {
    let at =
        fields(text).iter().position(|field| *field == name).unwrap_or_else(|| panic!("no {name}: {text}"));
    rows(text).iter().map(|row| row.split('\t').nth(at).unwrap().to_owned()).collect()
}

#[test]
fn rows_are_chosen_on_the_command_line() {
    let (all, some) = (temp("where-all"), temp("where-some"));
    analyse(&capture("udp-icmp"), &all, &["-q"]);
    let ports = column(&log(&all, "conn"), "id.resp_p");
    let web = ports.iter().filter(|port| *port == "80").count();
    assert!(web > 0 && web < ports.len(), "{ports:?}");
    analyse(
        &capture("udp-icmp"),
        &some,
        &["-q", "--where", "conn: id.resp_p == 80", "--where", "conn: proto != \"icmp\""],
    );
    assert_eq!(column(&log(&some, "conn"), "id.resp_p"), vec!["80"; web]);
    // Other logs are as they were.
    let without = |dir| {
        let mut logs = logs(dir);
        logs.remove("conn.log");
        logs
    };
    assert_eq!(without(&all), without(&some));
}

#[test]
fn logs_of_policies_are_filtered_too() {
    let (all, some) = (temp("where-policy-all"), temp("where-policy"));
    let known = ["-q", "--policy", "known_services"];
    analyse(&capture("policy-known"), &all, &known);
    let ports = column(&log(&all, "known_services"), "port_num");
    let web = ports.iter().filter(|port| *port == "80").count();
    assert!(web > 0 && web < ports.len(), "{ports:?}");
    analyse(
        &capture("policy-known"),
        &some,
        &[&known[..], &["--where", "known_services: port_num == 80"]].concat(),
    );
    assert_eq!(column(&log(&some, "known_services"), "port_num"), vec!["80"; web]);
}

#[test]
fn what_is_wrong_is_shown_with_its_place() {
    let capture = capture("udp-icmp");
    let path = capture.to_string_lossy();
    for (condition, expected) in [
        (
            "conn: id.rep_p == 53",
            "conn has no column id.rep_p; did you mean id.resp_p?\n  id.rep_p == 53\n  ^^^^^^^^",
        ),
        ("con: id.resp_p == 53", "there is no such log"),
        ("id.resp_p == 53", "expected logs, a colon and a predicate"),
        ("conn: id.resp_p = 53", "expected =="),
    ] {
        let ran = run(["-r", &path, "--where", condition]);
        assert_eq!(ran.status, Some(2), "{condition}");
        assert!(ran.err.contains(expected), "{condition}: {}", ran.err);
    }
}

#[test]
fn a_file_says_more() {
    let dir = temp("filters-file");
    let config = dir.join("gannet.toml");
    fs::write(
        &config,
        "[predicates]\nsmall = \"resp_pkts < 3\"\n[[filter]]\nlog = \"conn\"\npath = \"conn-{id.resp_p}\"\n\
         columns = [\"id.orig_h\", \"id.resp_p\"]\nrename = { \"id.orig_h\" = \"client\" }\n\
         [[filter]]\nlog = \"conn\"\nwhere = '!@small'\n[[filter]]\nlog = \"packet_filter\"\noff = true\n",
    )
    .unwrap();
    let out = dir.join("logs");
    let config = config.to_string_lossy();
    for workers in ["1", "3"] {
        analyse(&capture("udp-icmp"), &out, &["-q", "--workers", workers, "--config", &config]);
        let written = logs(&out);
        assert!(!written.contains_key("packet_filter.log"), "{:?}", written.keys());
        let text = log(&out, "conn-80");
        assert_eq!(fields(&text), ["client", "id.resp_p"]);
        assert!(column(&text, "id.resp_p").iter().all(|port| port == "80"), "{text}");
        let small = |count: &String| count == "-" || count.parse::<u64>().unwrap() < 3;
        let counts = column(&log(&out, "conn"), "resp_pkts");
        assert!(!counts.is_empty() && !counts.iter().filter(|count| *count != "-").any(small), "{counts:?}");
        fs::remove_dir_all(&out).unwrap();
    }
}
