//! Running the program, and what came of it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The top of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

/// A capture of the test data.
pub fn capture(name: &str) -> PathBuf {
    let folder = workspace().join("testdata").join(name);
    capture_in(&folder).unwrap_or_else(|| panic!("no capture in {}", folder.display()))
}

/// The capture in a folder of the test data.
pub fn capture_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.map(|entry| entry.expect("an entry").path());
    entries
        .into_iter()
        .find(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("capture.")))
}

/// An empty directory for a test of this name.
pub fn temp(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _none = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("a directory");
    dir
}

/// The program.
pub fn gannet() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
    command.stdin(Stdio::null());
    command
}

/// A run that has ended.
pub struct Ran {
    pub status: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs the program to its end.
pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(args: I) -> Ran {
    ended(&gannet().args(args).output().expect("gannet starts"))
}

pub fn ended(output: &Output) -> Ran {
    Ran {
        status: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Analyses a capture into a directory; that has to work.
pub fn analyse(read: &Path, out: &Path, more: &[&str]) -> Ran {
    let args = ["-r".as_ref(), read.as_os_str(), "-o".as_ref(), out.as_os_str()];
    let ran = run(args.into_iter().chain(more.iter().map(OsStr::new)));
    assert_eq!(ran.status, Some(0), "{}: {}", read.display(), ran.err);
    ran
}

/// The logs in a directory, by file name.
pub fn logs(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(dir) else { return BTreeMap::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let logs = paths.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    let named = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read(&path).expect("a log"))
    };
    logs.map(named).collect()
}

/// A log as text.
pub fn log(dir: &Path, name: &str) -> String {
    let path = dir.join(format!("{name}.log"));
    String::from_utf8_lossy(&fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        .into_owned()
}

/// The rows of a log of tab-separated columns.
pub fn rows(log: &str) -> Vec<&str> {
    log.lines().filter(|line| !line.starts_with('#')).collect()
}

/// The names of a log's columns.
pub fn fields(log: &str) -> Vec<&str> {
    let line = log.lines().find_map(|line| line.strip_prefix("#fields\t")).expect("a header");
    line.split('\t').collect()
}
