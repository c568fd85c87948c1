//! What policies know from one live run to the next.

use std::fs;

use crate::live::{Net, Sensor};
use crate::run::temp;

#[test]
fn hosts_are_known_in_the_next_run_unless_what_was_kept_is_damaged() {
    let Some(net) = Net::new() else { return };
    let dir = temp("live-state");
    let _web = net.web(&dir);
    let (state, text) = (dir.join("state"), |path: &std::path::Path| path.to_str().expect("text").to_owned());
    let folder = text(&state);
    let options =
        ["--policy", "known_hosts,software,scan", "--policy-state", &folder, "--log", "known_hosts,conn"];
    // One after the other, each with logs of its own.
    let run = |number: u32| {
        let dir = dir.join(format!("run-{number}"));
        fs::create_dir(&dir).expect("a directory");
        let sensor = Sensor::start(&net, &dir, &options);
        net.curl(&number.to_string());
        let out = sensor.out.clone();
        let ended = sensor.end();
        assert_eq!(ended.status, Some(0), "{}", ended.err);
        let log = fs::read_to_string(out.join("known_hosts.log")).unwrap_or_default();
        (log.lines().filter(|line| !line.starts_with('#')).count(), ended.err)
    };
    let (rows, err) = run(1);
    assert_eq!(rows, 2, "{err}");
    let kept = |name: &str| state.join(format!("{name}.state"));
    // Only rows of known_hosts are wanted, so that nobody puts software together.
    assert!(kept("known_hosts").exists());
    let (rows, err) = run(2);
    assert_eq!((rows, err.contains("cannot be used")), (0, false), "{err}");
    let mut bytes = fs::read(kept("known_hosts")).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(kept("known_hosts"), bytes).expect("a file");
    let (rows, err) = run(3);
    assert_eq!(rows, 2, "{err}");
    assert!(
        err.contains(
            "what known_hosts knew cannot be used: it is damaged; it is known_hosts.state.broken now"
        )
    );
    assert!(state.join("known_hosts.state.broken").exists() && kept("known_hosts").exists());
}
