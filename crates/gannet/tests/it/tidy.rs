//! House rules that a test can hold.

use std::path::{Path, PathBuf};

use crate::support::captures::entries;

/// Most lines of a file.
const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the tree, with its path from the root.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// The code alone: without comments, and without what follows a `cfg(test)` module that stands in the file.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let lines = self.text[..tests].lines().enumerate();
        lines.filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(at, line)| (at + 1, line))
    }

    /// Whether it is a file of tests.
    fn is_test(&self) -> bool {
        let folders = ["/tests/", "/testing/"];
        folders.iter().any(|folder| self.path.contains(folder)) || self.path.ends_with("/tests.rs")
    }

    pub fn is_source(&self) -> bool {
        self.path.starts_with("crates/") && self.path.contains("/src/") && !self.is_test()
    }
}

/// Every text file of the tree, without what is built or fetched.
fn files() -> Vec<File> {
    let root = root().canonicalize().unwrap();
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let name = path.file_name().unwrap().to_string_lossy();
            let ours = !name.starts_with('.')
                && !["target", "artifacts", "corpus", "out", "bench-data", "shared"].contains(&&*name);
            if ours && path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if ours && let Ok(text) = std::fs::read_to_string(&path) {
                let path = path.strip_prefix(&root).unwrap().display().to_string();
                files.push(File { path, text });
            }
        }
    }
    files
}

pub fn rust() -> Vec<File> {
    files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// Fails if there is a breach, and shows all of them.
pub fn assert_none(rule: &str, breaches: Vec<String>) {
    assert!(breaches.is_empty(), "{rule}:\n{}", breaches.join("\n"));
}

/// Places where one of the words stands in code.
fn places(files: &[File], words: &[&str], may: impl Fn(&File) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for file in files.iter().filter(|file| !may(file)) {
        for (number, line) in file.code() {
            if words.iter().any(|word| line.contains(word)) {
                places.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    places
}

#[test]
fn every_file_says_what_it_is() {
    let files = rust();
    assert!(files.len() > 50, "{} files", files.len());
    let silent = files.iter().filter(|file| !file.text.starts_with("//!")).map(|file| file.path.clone());
    assert_none("a file opens with a `//!` sentence", silent.collect());
}

#[test]
fn no_file_is_too_long() {
    let files = rust().into_iter().filter(|file| !file.path.ends_with("_table.rs"));
    let long = files.map(|file| (file.text.lines().count(), file.path));
    let long = long.filter(|(lines, _)| *lines > MAX_LINES).map(|(lines, path)| format!("{path}: {lines}"));
    assert_none("at most 500 lines, but tables", long.collect());
}

#[test]
fn unsafe_code_stays_where_it_is() {
    let allowed = ["crates/gannet/src/capture/", "crates/gannet/tests/it/alloc.rs"];
    let words = ["{", "impl", "fn", "extern", "trait"].map(|what| format!("unsafe {what}"));
    let words: Vec<&str> =
        words.iter().map(String::as_str).chain([concat!("allow(unsafe", "_code")]).collect();
    // This file names the words.
    let may = |file: &File| {
        file.path.ends_with("/tidy.rs")
            || file.path.starts_with("fuzz/")
            || allowed.iter().any(|path| file.path.starts_with(path))
    };
    assert_none("unsafe code is in `capture/` and in one test file", places(&rust(), &words, may));
    for file in rust().iter().filter(|file| !file.path.ends_with("/tidy.rs")) {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.contains("unsafe {") || line.starts_with("unsafe impl") {
                let above = lines[at.saturating_sub(6)..at].iter().any(|line| line.contains("// SAFETY:"));
                assert!(above, "{}:{}: unsafe code has a `// SAFETY:` comment above it", file.path, at + 1);
            }
        }
    }
}

#[test]
fn nothing_is_unwrapped_or_left_undone() {
    let source: Vec<File> = rust().into_iter().filter(File::is_source).collect();
    assert_none(
        "no unwrapping outside tests",
        places(&source, &[".unwrap()", ".expect(", "panic!("], |_| false),
    );
    let words = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!(")];
    assert_none("nothing is left undone", places(&rust(), &words, |_| false));
}

#[test]
fn the_engine_keeps_to_itself() {
    let engine: Vec<File> = rust()
        .into_iter()
        .filter(|file| file.is_source() && file.path.starts_with("crates/gannet/"))
        .collect();
    assert!(engine.len() > 30, "{}", engine.len());
    let in_capture = |file: &File| file.path.starts_with("crates/gannet/src/capture/");
    let clocks = ["SystemTime", "Instant::now", "Utc::now", "Local::now"];
    assert_none("the engine reads no wall clock outside `capture/`", places(&engine, &clocks, in_capture));
    let files =
        ["std::fs", "File::open", "File::create", "TcpStream", "UdpSocket", "std::process", "std::env"];
    assert_none("the engine opens nothing outside `capture/`", places(&engine, &files, in_capture));
    let locks =
        ["Mutex", "RwLock", "static mut", "lazy_static", "OnceLock", "LazyLock", "println!", "eprintln!"];
    assert_none("no lock, no global, no output in the engine", places(&engine, &locks, in_capture));
}

#[test]
fn stages_know_what_they_may_know() {
    let all: Vec<File> = rust().into_iter().filter(File::is_source).collect();
    let left = ["balance", "decode", "stream", "capture"].map(|stage| format!("crates/gannet/src/{stage}/"));
    let analyzers = entries(&root().join("crates/gannet/src/analyzers"));
    let protocols: Vec<String> = analyzers
        .iter()
        .filter(|path| path.is_dir())
        .map(|path| format!("analyzers::{}", path.file_name().unwrap().to_string_lossy()))
        .collect();
    let words: Vec<&str> = protocols.iter().map(String::as_str).collect();
    let others = |file: &File| !left.iter().any(|stage| file.path.starts_with(stage));
    assert_none("nothing left of analyzers knows a protocol", places(&all, &words, others));
    let others = |file: &File| !file.path.starts_with("crates/gannet-logs/");
    assert_none("sinks know no protocol", places(&all, &words, others));
    let manifest = std::fs::read_to_string(root().join("crates/gannet/Cargo.toml")).unwrap();
    assert!(
        !dependencies(&manifest).iter().any(|name| name.starts_with("gannet")),
        "the engine needs nothing of ours"
    );
}

#[test]
fn shared_parsers_know_no_protocol() {
    let shared: Vec<File> = rust()
        .into_iter()
        .filter(|file| file.is_source() && file.path.starts_with("crates/gannet/src/parsers/"))
        .collect();
    assert!(shared.len() > 5, "{}", shared.len());
    let mut breaches = places(&shared, &["crate::"], |_| false);
    breaches.retain(|place| !["crate::base::", "crate::parsers::"].iter().any(|room| place.contains(room)));
    assert_none("a shared parser knows the ground and its like only", breaches);
}

#[test]
fn parsers_read_through_one_cursor() {
    let source: Vec<File> = rust().into_iter().filter(File::is_source).collect();
    let ours = |file: &File| file.path.starts_with("crates/gannet/src/base/cursor/");
    assert_none("there is one byte cursor", places(&source, &["struct Cursor", "fn be16", "fn be32"], ours));
}

#[test]
fn nothing_names_a_place_of_its_own() {
    let needles = ["home", "work", "root", "Users"].map(|folder| format!("/{folder}/"));
    let mut breaches = Vec::new();
    // Expected logs show what was in a capture.
    for file in files().iter().filter(|file| !file.path.contains("/logs/")) {
        for (at, line) in file.text.lines().enumerate() {
            if needles.iter().any(|needle| is_place(line, needle)) {
                breaches.push(format!("{}:{}: {}", file.path, at + 1, line.trim()));
            }
        }
    }
    assert_none("no absolute path of some machine", breaches);
}

/// Whether a path begins here: what is before it is no part of a longer path.
fn is_place(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-}~*$/".contains(c))
    })
}

/// Names in the `[dependencies]` table of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let table = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let table = table.take_while(|line| !line.starts_with('['));
    let names = table.filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty() && !name.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn the_map_names_every_dependency() {
    let Ok(map) = std::fs::read_to_string(root().join("crates/README.md")) else {
        println!("SKIPPED: there is no crates/README.md");
        return;
    };
    let mut missing = Vec::new();
    for folder in entries(&root().join("crates")) {
        let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let found = dependencies(&manifest);
        assert!(!found.is_empty(), "{}", folder.display());
        missing.extend(found.into_iter().filter(|name| !map.contains(&format!("`{name}`"))));
    }
    assert_none("crates/README.md says what a dependency is for", missing);
}

#[test]
fn every_analyzer_has_the_same_files() {
    let folders = entries(&root().join("crates/gannet/src/analyzers"));
    let registry = std::fs::read_to_string(root().join("crates/gannet/src/analyzers/mod.rs")).unwrap();
    let mut missing = Vec::new();
    for folder in folders.iter().filter(|path| path.is_dir() && !path.ends_with("tests")) {
        let name = folder.file_name().unwrap().to_string_lossy();
        if !folder.join("mod.rs").is_file() {
            missing.push(format!("{name}/mod.rs"));
        }
        for part in ["parse", "record", "tests"] {
            if !folder.join(format!("{part}.rs")).is_file() && !folder.join(part).join("mod.rs").is_file() {
                missing.push(format!("{name}/{part}.rs"));
            }
        }
        for line in [format!("pub mod {name};"), format!("&{name}::")] {
            if !registry.contains(&line) {
                missing.push(format!("`{line}` in analyzers/mod.rs"));
            }
        }
    }
    assert_none("an analyzer is a folder with these files, and two lines", missing);
}

/// A type that the next version may add a field or a variant to without breaking a caller, or that says why not.
#[test]
fn public_types_can_grow() {
    let libraries = [
        "crates/gannet/src/",
        "crates/gannet-logs/src/",
        "crates/gannet-policy/src/",
        "crates/gannet-query/src/",
    ];
    let source =
        |file: &File| file.is_source() && libraries.iter().any(|library| file.path.starts_with(library));
    let mut fixed = Vec::new();
    let mut seen = 0;
    for file in rust().iter().filter(|file| source(file)) {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(rest) = ["pub struct ", "pub enum "].iter().find_map(|word| line.strip_prefix(word))
            else {
                continue;
            };
            seen += 1;
            let above =
                lines[..at].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
            let says = above.clone().any(|line| line.contains("non_exhaustive"));
            if !says && is_open(line, &lines[at + 1..]) {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                fixed.push(format!("{}:{}: {name}", file.path, at + 1));
            }
        }
    }
    assert!(seen > 60, "{seen} types");
    assert_none("a public type is `#[non_exhaustive]`, has a private field, or says why not", fixed);
}

/// Whether a caller can make a value of the type by naming all there is, or match all of it.
fn is_open(line: &str, below: &[&str]) -> bool {
    if line.starts_with("pub enum ") {
        return true;
    }
    if let Some((_, fields)) = line.split_once('(') {
        return fields.trim_end_matches(");").split(", ").all(|field| field.starts_with("pub "));
    }
    let fields = below.iter().take_while(|line| !line.starts_with('}'));
    let mut fields = fields.filter(|line| {
        let name = line.strip_prefix("    ").unwrap_or_default();
        let starts = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
        starts(name) && name.contains(": ")
    });
    !line.ends_with(';')
        && fields.all(|field| field.starts_with("    pub ") && !field.starts_with("    pub("))
}

/// An embedder who wants nothing on top gets few crates.
#[test]
fn an_embedder_gets_few_crates() {
    let readme = std::fs::read_to_string(root().join("crates/gannet/README.md")).unwrap();
    let said = readme.split("**").find_map(|part| part.strip_suffix(" crates")).expect("a figure");
    let arguments = "tree --offline --locked -p gannet --no-default-features -e normal --prefix none";
    let tree =
        std::process::Command::new(env!("CARGO")).args(arguments.split(' ')).current_dir(root()).output();
    let Some(tree) = tree.ok().filter(|tree| tree.status.success()) else {
        println!("SKIPPED: cargo cannot tell the tree here");
        return;
    };
    let text = String::from_utf8(tree.stdout).unwrap();
    let lines: std::collections::BTreeSet<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert!((5..=25).contains(&lines.len()), "{lines:#?}");
    assert_eq!(said, lines.len().to_string(), "crates/gannet/README.md tells the figure");
}
