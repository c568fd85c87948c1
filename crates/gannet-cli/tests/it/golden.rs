//! The captures in `testdata/` give the logs beside them, byte for byte, with any number of workers.
//!
//! `GANNET_BLESS=1` (or `make bless`) writes the logs anew; look at the difference before you commit it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{capture_in, ended, logs, temp, workspace};

type Logs = BTreeMap<String, Vec<u8>>;

#[test]
fn logs_are_as_expected() {
    let bless = std::env::var_os("GANNET_BLESS").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    let mut tested = 0;
    let mut folders: Vec<_> = fs::read_dir(workspace().join("testdata"))
        .expect("testdata")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.sort();
    for folder in folders {
        let Some(capture) = capture_in(&folder) else { continue };
        tested += 1;
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let got = analyse(&folder, &capture, &name, 2);
        for workers in [1, 3] {
            if analyse(&folder, &capture, &name, workers) != got {
                wrong.push(format!("{name}: {workers} workers write other logs than 2"));
            }
        }
        if bless {
            write(&folder.join("logs"), &got);
        }
        wrong.extend(difference(&name, &logs(&folder.join("logs")), &got));
    }
    assert!(tested > 0, "no captures in testdata");
    assert!(wrong.is_empty(), "\n{}\nIf this is what it should be: make bless\n", wrong.join("\n"));
}

/// The logs of a capture, with the flags that its folder names, which are quoted as in a shell.
fn analyse(folder: &Path, capture: &Path, name: &str, workers: usize) -> Logs {
    let out = temp(&format!("golden-{name}-{workers}"));
    let flags = fs::read_to_string(folder.join("args")).unwrap_or_default();
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec \"$0\" -q --workers {workers} -r \"$1\" -o \"$2\" {}", flags.trim()))
        .arg(env!("CARGO_BIN_EXE_gannet"))
        .arg(capture.file_name().expect("a name"))
        .arg(&out)
        .current_dir(folder)
        .output()
        .expect("a shell");
    let ran = ended(&output);
    assert_eq!(ran.status, Some(0), "{name}: {}", ran.err);
    logs(&out)
}

fn write(dir: &Path, logs: &Logs) {
    let _none = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).expect("a directory");
    for (name, text) in logs {
        fs::write(dir.join(name), text).expect("a log");
    }
}

/// What is wrong with a capture's logs: the first line of each that differs.
fn difference(name: &str, expected: &Logs, got: &Logs) -> Vec<String> {
    if expected.is_empty() {
        return vec![format!("{name}: no expected logs in testdata/{name}/logs")];
    }
    let mut wrong = Vec::new();
    for log in expected.keys().chain(got.keys().filter(|log| !expected.contains_key(*log))) {
        match (expected.get(log), got.get(log)) {
            (Some(want), Some(have)) if want == have => {}
            (Some(want), Some(have)) => {
                let (want, have) = (String::from_utf8_lossy(want), String::from_utf8_lossy(have));
                let lines = want.lines().map(Some).chain([None]).zip(have.lines().map(Some).chain([None]));
                let (number, (want, have)) =
                    lines.enumerate().find(|(_, (want, have))| want != have).unwrap_or_default();
                let (want, have) = (want.unwrap_or("the end"), have.unwrap_or("the end"));
                wrong.push(format!("{name}/{log}, line {}:\n  want {want}\n  have {have}", number + 1));
            }
            (Some(_), None) => wrong.push(format!("{name}/{log}: was not written")),
            (None, _) => wrong.push(format!("{name}/{log}: was not expected")),
        }
    }
    wrong
}
