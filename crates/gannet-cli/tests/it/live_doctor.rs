//! `gannet doctor` on a real interface: it finds what is wrong, and what it says mends it.

use std::process::Command;

use serde_json::Value;

use crate::live::{Net, WATCHED};
use crate::run::{Ran, ended, gannet, run};

/// What it finds, run by this command up to the program's name.
fn examine(mut command: Command, more: &[&str]) -> (Ran, Value) {
    let ran = ended(&command.args(["doctor", "--json"]).args(more).output().expect("a run"));
    let json =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.out, ran.err));
    (ran, json)
}

fn of<'j>(json: &'j Value, of: &str, what: &str) -> &'j Value {
    let all = json["findings"].as_array().expect("findings");
    let found = all.iter().find(|finding| finding["of"] == of && finding["what"] == what);
    found.unwrap_or_else(|| panic!("nothing of {what} at {of}: {json}"))
}

#[test]
fn what_it_says_mends_an_interface() {
    let Some(net) = Net::new() else { return };
    let at_server = || net.at_server(gannet().get_program());
    let shell = |line: &str| {
        let done = net.at_server("sh").args(["-c", line]).output().expect("a shell");
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    };
    shell(&format!(
        "ip link set {WATCHED} mtu 1400 && ethtool -K {WATCHED} gro on && ip link set {WATCHED} down"
    ));
    let mut mended = Vec::new();
    for what in ["link", "mtu", "receive offload"] {
        let (ran, json) = examine(at_server(), &[WATCHED]);
        assert_eq!(ran.status, Some(1));
        let finding = of(&json, WATCHED, what);
        assert_eq!(finding["state"], "mend", "{finding}");
        assert!(finding["why"].as_str().is_some_and(|why| why.len() > 10), "{finding}");
        mended.push(finding["mend"].as_str().expect("a command").to_owned());
        shell(&mended[mended.len() - 1]);
        let (_, json) = examine(at_server(), &[WATCHED]);
        assert_eq!(of(&json, WATCHED, what)["state"], "good", "after {mended:?}");
    }
    // Without a name it looks at all that are up but the loopback one.
    let (ran, json) = examine(at_server(), &[]);
    assert_eq!(of(&json, WATCHED, "link")["found"], "up, 10000 Mbit/s");
    assert!(json["findings"].as_array().is_some_and(|all| all.iter().all(|finding| finding["of"] != "lo")));
    let has_none = !ran.out.contains("\"state\":\"mend\"");
    assert_eq!(ran.status, Some(if has_none { 0 } else { 1 }), "{}", ran.out);
    let lines = ended(&at_server().args(["doctor", WATCHED]).output().expect("a run"));
    assert!(lines.out.contains("good     link") && lines.out.contains(" good, "), "{}", lines.out);
}

#[test]
fn other_captures_and_missing_privileges_are_seen() {
    let Some(net) = Net::new() else { return };
    let program = gannet().get_program().to_owned();
    let (_, json) = examine(net.at_server(&program), &[WATCHED]);
    assert_eq!(of(&json, WATCHED, "other captures")["found"], "none");
    let dump = net.at_server("tcpdump").args(["-i", WATCHED, "-w", "/dev/null"]).spawn();
    let _dump = crate::live::Running(dump.expect("tcpdump"));
    crate::live::wait_for("a capture", std::time::Duration::from_secs(10), || {
        let (_, json) = examine(net.at_server(&program), &[WATCHED]);
        of(&json, WATCHED, "other captures")["found"] == "1 packet socket"
    });
    let mut nobody = net.at_server("setpriv");
    nobody.args(["--reuid", "65534", "--clear-groups"]).arg(&program);
    let (ran, json) = examine(nobody, &[WATCHED]);
    assert_eq!(ran.status, Some(1));
    assert_eq!(of(&json, "host", "privileges")["found"], "without cap_net_raw, cap_net_admin");
    // What the kernel tells everybody is told.
    assert_eq!(of(&json, WATCHED, "link")["state"], "good");
}

#[test]
fn an_interface_that_is_not_there_is_to_be_mended() {
    let ran = run(["doctor", "no-such-one"]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.contains("mend     interface"), "{}", ran.out);
    let ran = run(["doctor", "--jsn"]);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
}
