//! Help, the manual page, completions, columns.

use crate::run::run;

#[test]
fn help_is_short_or_long() {
    let (short, long) = (run(["-h"]), run(["--help"]));
    assert_eq!((short.status, long.status), (Some(0), Some(0)));
    for part in [
        "Input:",
        "Analysis:",
        "Output:",
        "Live capture:",
        "Other:",
        "Examples:",
        "gannet summary",
        "summary ",
    ] {
        assert!(short.out.contains(part), "{part}: {}", short.out);
        assert!(long.out.contains(part), "{part}");
    }
    for part in ["Exit status:", "130", "Signals:", "SIGHUP", "pcap-filter(7)"] {
        assert!(long.out.contains(part), "{part}");
        assert!(!short.out.contains(part), "{part}: {}", short.out);
    }
    assert!(short.out.lines().count() < 75, "{}", short.out);
    for text in [&short.out, &long.out] {
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(wide.is_empty(), "{wide:?}");
        assert!(!text.contains("For tests"));
    }
    assert!(run(["summary", "-h"]).out.contains("--top"));
}

#[test]
fn shells_complete_the_options_that_there_are() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(["completions", shell]);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        for part in ["local-nets", "ring-size", "summary", "schema", "gannet"] {
            assert!(ran.out.contains(part), "{shell}: {part}");
        }
    }
    assert_eq!(run(["completions", "cmd"]).status, Some(2));
}

#[test]
fn the_manual_has_every_option() {
    let man = run(["man"]).out;
    assert!(man.contains(".TH") && man.contains("Exit status"), "{man}");
    for line in run(["--help"]).out.lines() {
        let Some(option) = line.trim_start().split([' ', '<']).find(|word| word.starts_with("--")) else {
            continue;
        };
        if line.starts_with("  -") || line.starts_with("      --") {
            let shown = option.trim_end_matches(',').replace('-', "\\-");
            assert!(man.contains(&shown), "{option}");
        }
    }
    assert!(run(["man", "summary"]).out.contains("\\-\\-top"));
    let none = run(["man", "nothing"]);
    assert_eq!(none.status, Some(1));
    assert!(none.err.contains("expected one of summary, schema"), "{}", none.err);
}

#[test]
fn columns_are_told_with_their_types_and_meanings() {
    let conn = run(["schema", "conn"]).out;
    assert!(conn.starts_with("conn.log: One row for each connection"), "{conn}");
    let line = |name: &str| {
        let found = conn.lines().find(|line| line.split_whitespace().next() == Some(name));
        found.unwrap_or_else(|| panic!("{name}: {conn}")).to_owned()
    };
    assert!(line("id.orig_p").contains(" port "));
    assert!(line("tunnel_parents").contains(" set[string] "));
    assert!(line("missed_bytes").contains("Bytes that were acknowledged but never seen."));
    assert!(line("community_id").contains("not in Zeek's log"));
    assert!(!run(["schema", "--no-extras", "conn"]).out.contains("community_id"));
    let all = run(["schema"]).out;
    assert!(all.contains("dns.log: ") && all.contains("conn.log: "));
    let wrong = run(["schema", "con"]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.err.contains("expected one of analyzer, bittorrent, capture_loss, conn"), "{}", wrong.err);
    let one: serde_json::Value = serde_json::from_str(&run(["schema", "--json", "dns"]).out).expect("JSON");
    assert_eq!(one["title"], "dns");
}
