//! Which files are logs, and of which log they are.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What names of logs end in, beside those in Parquet.
const ENDINGS: [&str; 4] = [".log", ".json", ".ndjson", ".jsonl"];
const COLUMNAR: &str = ".parquet";
/// What folders of logs in Parquet begin with.
const FOLDER: &str = "log=";
/// Folders in each other.
const MAX_DEPTH: usize = 8;
/// Files that are found at most.
const MAX_FILES: usize = 1_000_000;

/// A file of a log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct LogFile {
    /// The log's name, by that of the file: `conn` for `conn.14:00:00-15:00:00.log.gz`.
    pub log: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The name of a log by that of its file: all before the first point, or before a date that `_` or `-` leads in.
pub(super) fn log_name(file: &str) -> &str {
    let stem = file.split('.').next().unwrap_or(file);
    let is_date = |tail: &str| tail.len() >= 8 && tail.bytes().take(8).all(|byte| byte.is_ascii_digit());
    match stem.find(['_', '-']).and_then(|_| {
        let mut places = stem.match_indices(['_', '-']);
        places.find(|(at, _)| stem.get(at + 1..).is_some_and(is_date)).map(|(at, _)| at)
    }) {
        Some(at) => stem.get(..at).unwrap_or(stem),
        None => stem,
    }
}

/// The name of the log that is in a file: by the file's own name, or by a folder such as `log=conn` that it is in.
pub(super) fn log_of(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folders = path.iter().rev().skip(1).filter_map(|part| part.to_str());
    let folder = folders.filter_map(|part| part.strip_prefix(FOLDER)).next().filter(|log| !log.is_empty());
    match folder {
        Some(log) if name.ends_with(COLUMNAR) => log.to_owned(),
        _ => log_name(&name).to_owned(),
    }
}

/// Whether a file's name is that of a log.
fn is_log(name: &str) -> bool {
    let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    !name.starts_with('.')
        && (cfg!(feature = "parquet") && name.ends_with(COLUMNAR)
            || ENDINGS.iter().any(|end| name.ends_with(end)))
}

/// The logs of files and folders: files that are named are taken whatever their names, those in folders if they are called
/// `*.log` (or `.json`), perhaps with `.gz` or `.zst`, or `*.parquet`. Links to folders are not followed. By name, then by path.
///
/// A log that a folder has as text and as Parquet is taken once, as text: what is archived as Parquet is a copy of that.
///
/// # Errors
/// A folder that cannot be read, or that has too many files.
pub fn find_logs(paths: &[PathBuf]) -> io::Result<Vec<LogFile>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut here = Vec::new();
            folder(path, MAX_DEPTH, &mut here)?;
            found.extend(once(here));
        } else {
            found.push(file(path));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The files without those in Parquet of logs that there are as text.
fn once(files: Vec<LogFile>) -> Vec<LogFile> {
    let is_columnar = |file: &LogFile| file.path.to_string_lossy().ends_with(COLUMNAR);
    let (columnar, mut text): (Vec<LogFile>, Vec<LogFile>) = files.into_iter().partition(is_columnar);
    let logs: HashSet<String> = text.iter().map(|file| file.log.clone()).collect();
    text.extend(columnar.into_iter().filter(|file| !logs.contains(&file.log)));
    text
}

fn file(path: &Path) -> LogFile {
    LogFile { log: log_of(path), path: path.to_owned() }
}

fn folder(path: &Path, depth: usize, found: &mut Vec<LogFile>) -> io::Result<()> {
    let explain = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    for entry in fs::read_dir(path).map_err(explain)? {
        let entry = entry.map_err(explain)?;
        let (kind, name) = (entry.file_type().map_err(explain)?, entry.file_name());
        if found.len() >= MAX_FILES {
            return Err(io::Error::other(format!("{} has more than {MAX_FILES} logs", path.display())));
        }
        if kind.is_dir() && depth > 0 {
            folder(&entry.path(), depth - 1, found)?;
        } else if !kind.is_dir() && is_log(&name.to_string_lossy()) {
            found.push(file(&entry.path()));
        }
    }
    Ok(())
}
