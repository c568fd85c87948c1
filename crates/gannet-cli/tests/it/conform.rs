//! How far the logs agree with the reference logs of a corpus of captures, and how the program bears all of it.
//!
//! The corpus is not part of this repository. `GANNET_CORPUS` names its folder (by default `../shared/corpus` beside
//! the workspace); without it these tests do nothing and say so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::Value;

use crate::run::{ended, logs, temp, workspace};

/// Seconds that a capture may take.
const SECONDS: f64 = 10.0;
/// Bytes of memory that a capture may take.
const MEMORY: u64 = 100_000_000;
/// Captures analysed at the same time.
const AT_ONCE: usize = 2;

/// The figures that must be reached. Raise them when the program gets better; never lower them.
const FLOORS: &str = include_str!("floors.txt");

fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("GANNET_CORPUS").map(PathBuf::from);
    let root = named.clone().unwrap_or_else(|| workspace().join("../shared/corpus"));
    if root.join("captures").is_dir() {
        return Some(root);
    }
    assert!(named.is_none(), "GANNET_CORPUS names {}, where no corpus is", root.display());
    eprintln!("SKIPPED: no corpus at {}; GANNET_CORPUS can name another place", root.display());
    None
}

/// The captures of the corpus, by id.
fn captures(root: &Path) -> BTreeMap<String, PathBuf> {
    let entries =
        fs::read_dir(root.join("captures")).expect("captures").map(|entry| entry.expect("an entry").path());
    entries.map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path)).collect()
}

/// Calls `f` with each capture, on a few threads; gathers what it complains about.
fn each(captures: &[(String, PathBuf)], f: impl Fn(&str, &Path) -> Vec<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((id, path)) = captures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    wrong.lock().expect("the list").extend(f(id, path));
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("the list");
    wrong.sort();
    wrong
}

/// Analyses a capture; a run that takes too long is killed. An error message is a fine end, a crash is not.
fn analyse(capture: &Path, out: &Path, more: &[&str]) -> Result<String, String> {
    let mut command = Command::new("timeout");
    command.args([
        "-s",
        "KILL",
        &(SECONDS * 2.0).to_string(),
        env!("CARGO_BIN_EXE_gannet"),
        "-q",
        "-C",
        "-r",
    ]);
    let ran = ended(&command.arg(capture).arg("-o").arg(out).args(more).output().expect("timeout starts"));
    match ran.status {
        Some(0) => Ok(ran.out),
        Some(1) if ran.err.starts_with("gannet: error: ") => Ok(ran.out),
        status => Err(format!("ended with {status:?}: {}", ran.err)),
    }
}

/// Connections and DNS, where there are no tunnels and the link types are common. Which service a connection speaks does not
/// count, for it depends on protocols that are yet to come.
#[test]
fn connections_agree_with_the_reference_logs() {
    agree(&Part { options: &["--only", "conn,dns", "--ignore", "conn.service"], ..Part::set("spine") });
}

/// Every log, on all the captures in which nothing but the protocols there are is spoken.
#[test]
fn logs_agree_with_the_reference_logs() {
    agree(&Part::set("engine"));
}

/// Every log, on all captures.
#[test]
fn all_protocols_agree_with_the_reference_logs() {
    agree(&Part { listed: false, ..Part::set("all") });
}

/// What policies write, and no other log.
#[test]
fn policies_agree_with_the_reference_logs() {
    const LOGS: &str = "known_certs,known_hosts,known_services,notice,software";
    agree(&Part {
        listed: false,
        reference: "logs-local",
        flags: &["--policy", "local", "--log", LOGS],
        options: &["--only", LOGS],
        ..Part::set("policies")
    });
}

/// Captures, how they are analysed, and what they are compared with.
struct Part {
    name: &'static str,
    /// Whether a set of the corpus lists the captures; otherwise all are meant that have reference logs.
    listed: bool,
    reference: &'static str,
    flags: &'static [&'static str],
    /// Options of logdiff.py.
    options: &'static [&'static str],
}

impl Part {
    /// A set of the corpus.
    const fn set(name: &'static str) -> Self {
        Self { name, listed: true, reference: "logs", flags: &[], options: &[] }
    }

    /// The ids of its captures.
    fn ids(&self, root: &Path) -> Vec<String> {
        if !self.listed {
            return captures(root)
                .into_keys()
                .filter(|id| root.join(self.reference).join(id).is_dir())
                .collect();
        }
        let listed = fs::read_to_string(root.join(format!("sets/{}.txt", self.name))).expect("the set");
        listed.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }
}

/// Analyses captures, compares the logs with the reference logs and the figures with what they have been before.
fn agree(part: &Part) {
    let Some(root) = corpus() else { return };
    let (all, ids) = (captures(&root), part.ids(&root));
    let chosen: Vec<_> = ids.iter().map(|id| (id.clone(), all[id].clone())).collect();
    let out = temp(&format!("conform-{}", part.name));
    let list = temp(&format!("conform-{}-list", part.name)).join("captures.txt");
    fs::write(&list, ids.join("\n") + "\n").expect("the list");
    let wrong = each(&chosen, |id, path| {
        let ran = analyse(path, &out.join(id), &[&["--workers", "1"], part.flags].concat());
        ran.err().map(|what| format!("{id} {what}")).into_iter().collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let compared = Command::new("python3")
        .arg(root.join("../tools/logdiff.py"))
        .args(["--suite", "--json", "--show", "0"])
        .args(part.options)
        .arg("--captures")
        .args([&list, &root.join(part.reference), &out])
        .output()
        .expect("python3");
    let compared = ended(&compared);
    let json = compared.out.lines().last().unwrap_or_default();
    let figures: Value = serde_json::from_str(json).unwrap_or_else(|e| panic!("{e}: {}", compared.err));
    print!("{}", compared.out);
    hold_floors(part.name, &figures, &compared.out);
}

/// Compares the figures of a set with what they have been before.
fn hold_floors(set: &str, figures: &Value, report: &str) {
    let mut low = Vec::new();
    let mut held = 0;
    for line in FLOORS.lines().filter(|line| !line.starts_with('#')) {
        let (name, floor) = line.split_once(' ').expect("a name and a number");
        let Some(name) = name.strip_prefix(set).and_then(|name| name.strip_prefix('.')) else { continue };
        let floor: f64 = floor.parse().expect("a number");
        let figure = share(figures, name);
        println!("{name}: {figure} (at least {floor})");
        held += 1;
        if figure < floor {
            low.push(format!("{name} is {figure} and was {floor}"));
        }
    }
    assert!(held > 0, "no floors for {set}");
    assert!(low.is_empty(), "{}\n{report}", low.join("\n"));
}

/// A figure of logdiff.py as a share of 1: those that are counts are divided by how many there are, so that a floor holds
/// whatever captures a set has.
fn share(figures: &Value, name: &str) -> f64 {
    let figure = name.split('.').fold(figures, |value, key| &value[key]).as_f64().unwrap_or(0.0);
    match name {
        "captures" => figure / figures["of"].as_f64().unwrap_or(f64::INFINITY),
        _ => figure,
    }
}

/// All of the corpus: every capture ends well, in time and memory, and whatever the number of workers writes the same.
#[test]
fn every_capture_ends_well() {
    if std::env::var_os("GANNET_CONFORM").is_none_or(|value| value != "all") {
        return eprintln!("SKIPPED: all of the corpus takes minutes; `make conform` runs it");
    }
    let Some(root) = corpus() else { return };
    let all: Vec<_> = captures(&root).into_iter().collect();
    let out = temp("conform-all");
    let wrong = each(&all, |id, path| {
        let mut wrong = Vec::new();
        let mut first = None;
        for workers in ["1", "2", "3", "8"] {
            let dir = out.join(id).join(workers);
            let started = Instant::now();
            match analyse(path, &dir, &["--workers", workers, "--summary", "json"]) {
                Ok(summary) => wrong.extend(too_much(&summary, started.elapsed().as_secs_f64())),
                Err(what) => wrong.push(what),
            }
            let logs = logs(&dir);
            if *first.get_or_insert_with(|| logs.clone()) != logs {
                wrong.push(format!("{workers} workers write other logs than 1"));
            }
        }
        let _left = fs::remove_dir_all(out.join(id));
        wrong.into_iter().map(|what| format!("{id} {what}")).collect()
    });
    println!("{} captures, each with 1, 2, 3 and 8 workers", all.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a run took more time or memory than it may.
fn too_much(summary: &str, seconds: f64) -> Vec<String> {
    let mut wrong = Vec::new();
    if seconds > SECONDS {
        wrong.push(format!("took {seconds} s"));
    }
    // A capture that cannot be read has no summary.
    let Ok(summary) = serde_json::from_str::<Value>(summary) else { return wrong };
    match summary["peak_memory"].as_u64() {
        Some(peak) if peak <= MEMORY => {}
        peak => wrong.push(format!("took {peak:?} bytes of memory")),
    }
    wrong
}
