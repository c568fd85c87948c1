//! Imports as the compiler sees them, from file to file: they run one way, and never in a circle.
//!
//! A name is followed through `pub use` to the file that defines it. A `mod.rs` that only declares and re-exports is no stop
//! on the way. Files of tests do not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{File, assert_none, rust};

/// The rooms of the engine from the ground up: each may import those before it.
const ROOMS: &[&str] = &[
    "base",
    "events",
    "worker",
    "parsers",
    "decode",
    "balance",
    "capture",
    "files",
    "analyzers",
    "stream",
    "flow",
    "engine",
];

/// A module: its file, the modules in it, what it defines and what it takes from elsewhere.
#[derive(Default)]
struct Module {
    file: String,
    defines: BTreeSet<String>,
    /// Names that others may find here, and where they come from.
    shares: BTreeMap<String, Vec<String>>,
    /// Names that only this module itself finds here.
    takes: BTreeMap<String, Vec<String>>,
    /// All paths in the code that may lead to another file, from the root of the crate.
    uses: Vec<Vec<String>>,
}

/// The modules of one crate, by their path.
struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
}

fn words(text: &str) -> Vec<String> {
    text.split("::").map(|word| word.trim().to_owned()).collect()
}

/// The single paths of a `use`: `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn flatten(text: &str) -> Vec<String> {
    let Some(open) = text.find('{') else { return vec![text.trim().to_owned()] };
    let (before, inner) = (text[..open].trim(), &text[open + 1..text.rfind('}').unwrap_or(text.len())]);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in inner.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().unwrap().push(c),
        }
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(|part| flatten(part).into_iter().map(|rest| format!("{before}{rest}"))).collect()
}

/// Code without comments, and without text in quotes.
fn code(file: &File) -> String {
    let mut code = String::new();
    for (_, line) in file.code() {
        let line = line.split(" // ").next().unwrap_or_default();
        let mut quoted = false;
        let mut before = ' ';
        for c in line.chars() {
            if c == '"' && before != '\\' && before != '\'' {
                quoted = !quoted;
            } else if !quoted {
                code.push(c);
            }
            before = c;
        }
        code.push('\n');
    }
    code
}

/// The words of a line that begins a definition, up to the name: `pub(crate) fn name` defines `name`.
fn defined(line: &str) -> Option<String> {
    let indented = line.starts_with(' ');
    let mut words = line.split_whitespace().peekable();
    while words
        .next_if(|word| word.starts_with("pub") || ["const", "async", "unsafe"].contains(word))
        .is_some()
    {
        // A constant is named by the word behind `const`.
        let name = words.peek().copied().unwrap_or_default();
        if line.contains("const ") && !indented && name.ends_with(':') {
            return Some(name.trim_end_matches(':').to_owned());
        }
    }
    let kind = words.next()?;
    let fits = match kind {
        "struct" | "enum" | "trait" | "type" | "macro_rules!" => true,
        "fn" | "static" => !indented,
        // A module in the same file.
        "mod" => line.trim_end().ends_with('{'),
        _ => false,
    };
    let name: String = words.next()?.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (fits && !name.is_empty()).then_some(name)
}

impl Crate {
    fn read(files: &[File], src: &str) -> Self {
        let mut modules = BTreeMap::new();
        let inside = |file: &&File| file.path.starts_with(src) && file.is_source();
        for file in files.iter().filter(inside) {
            let path = file.path[src.len()..].trim_end_matches(".rs");
            let mut path: Vec<String> = path.split('/').map(str::to_owned).collect();
            if matches!(path.last().map(String::as_str), Some("mod" | "lib" | "main")) {
                path.pop();
            }
            modules.insert(path.clone(), Module::read(file, &path));
        }
        Self { modules }
    }

    /// The file that defines what a path names.
    fn find(&self, path: &[String], depth: u8) -> Option<&str> {
        let mut at = Vec::new();
        for (index, word) in path.iter().enumerate() {
            let deeper: Vec<String> = at.iter().cloned().chain([word.clone()]).collect();
            if self.modules.contains_key(&deeper) {
                at = deeper;
                continue;
            }
            let module = self.modules.get(&at)?;
            if module.defines.contains(word) {
                return Some(&module.file);
            }
            let from = module.shares.get(word).or_else(|| module.takes.get(word))?;
            let rest = path[index + 1..].iter().cloned();
            let path: Vec<String> = from.iter().cloned().chain(rest).collect();
            return if depth == 0 { None } else { self.find(&path, depth - 1) };
        }
        // The path names a module: nothing is taken from it by that alone.
        None
    }

    /// All arrows: from one file to another one.
    fn arrows(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for module in self.modules.values() {
            let to = module.uses.iter().filter_map(|path| self.find(path, 8));
            arrows.entry(&module.file).or_default().extend(to.filter(|to| *to != module.file));
        }
        arrows
    }
}

impl Module {
    fn read(file: &File, path: &[String]) -> Self {
        let mut module = Self { file: file.path.clone(), ..Self::default() };
        let code = code(file);
        module.defines.extend(code.lines().filter_map(defined));
        let is_root = file.path.ends_with("/mod.rs") || path.is_empty();
        let mut rest = String::new();
        for statement in code.split_inclusive(';') {
            let start = statement.rfind('\n').map_or(0, |_| 0);
            let text = statement[start..].trim();
            let Some(at) = find_use(text) else {
                rest.push_str(statement);
                continue;
            };
            rest.push_str(&text[..at.0]);
            let public = text[at.0..at.1].contains("pub");
            for one in flatten(text[at.1..].trim_end_matches(';')) {
                let (one, name) = one.split_once(" as ").map_or((one.as_str(), None), |(a, b)| (a, Some(b)));
                let one = one.trim().trim_end_matches("::self");
                let Some(from) = absolute(&words(one), path) else { continue };
                let name = name.map_or_else(|| from.last().cloned().unwrap_or_default(), str::to_owned);
                let names = if public { &mut module.shares } else { &mut module.takes };
                names.insert(name, from.clone());
                // What a `mod.rs` re-exports it does not use itself.
                if !(public && is_root) {
                    module.uses.push(from);
                }
            }
        }
        module.note_paths(&rest, path);
        module
    }

    /// Paths that stand in the code itself.
    fn note_paths(&mut self, code: &str, path: &[String]) {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        for text in code.split(|c: char| !is_part(c)).filter(|text| text.contains("::")) {
            let words = words(text.trim_matches(':'));
            let first = words.first().map(String::as_str).unwrap_or_default();
            if let "crate" | "super" | "self" = first {
                self.uses.extend(absolute(&words, path));
            } else if let Some(from) = self.takes.get(first).or_else(|| self.shares.get(first)) {
                let rest = words[1..].iter().cloned();
                self.uses.push(from.iter().cloned().chain(rest).collect());
            } else {
                self.uses.push(path.iter().cloned().chain(words.iter().cloned()).collect());
            }
        }
        // The macro that declares records stands at the root of the crate by the compiler's rule.
        if code.contains("record! {") {
            self.uses.push(vec!["events".to_owned(), "record".to_owned(), "record".to_owned()]);
        }
    }
}

/// Where a `use` stands in a statement, and where its path begins.
fn find_use(text: &str) -> Option<(usize, usize)> {
    let line = text.rfind("\nuse ").map(|at| at + 1).or_else(|| text.starts_with("use ").then_some(0));
    let public = ["pub use ", "pub(crate) use ", "pub(super) use "].iter().find_map(|word| {
        let at = text.rfind(&format!("\n{word}")).map(|at| at + 1);
        at.or_else(|| text.starts_with(word).then_some(0)).map(|at| (at, at + word.len()))
    });
    let inner = text.rfind("    use ").map(|at| (at, at + "    use ".len()));
    public.or_else(|| line.map(|at| (at, at + "use ".len()))).or(inner)
}

/// A path from the root of the crate; nothing if it leads out of the crate.
fn absolute(words: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut base = path.to_vec();
    let mut words = words;
    match words.first()?.as_str() {
        "crate" => return Some(words[1..].to_vec()),
        "super" | "self" => {}
        _ => return Some(base.into_iter().chain(words.iter().cloned()).collect()),
    }
    while let Some(first) = words.first().filter(|word| ["super", "self"].contains(&word.as_str())) {
        if first == "super" {
            base.pop();
        }
        words = &words[1..];
    }
    Some(base.into_iter().chain(words.iter().cloned()).collect())
}

/// Files that can be reached from each other, in groups.
fn circles<'a>(arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<String> {
    let reach = |from: &'a str| {
        let mut seen = BTreeSet::new();
        let mut left: Vec<&str> = arrows.get(from).into_iter().flatten().copied().collect();
        while let Some(next) = left.pop() {
            if seen.insert(next) {
                left.extend(arrows.get(next).into_iter().flatten());
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = arrows.keys().map(|from| (*from, reach(from))).collect();
    let mut circles = BTreeSet::new();
    for (from, to) in &reached {
        let group: Vec<&str> = to
            .iter()
            .copied()
            .filter(|other| reached.get(other).is_some_and(|back| back.contains(from)))
            .collect();
        if !group.is_empty() {
            let inside = |file: &&str| arrows[*file].iter().filter(|to| group.contains(to)).count();
            let shown = group.iter().map(|file| {
                let to: Vec<_> = arrows[file].iter().filter(|to| group.contains(to)).copied().collect();
                format!("  {file} -> {} ({})", to.join(", "), inside(file))
            });
            circles.insert(shown.collect::<Vec<_>>().join("\n"));
        }
    }
    circles.into_iter().map(|circle| format!("circle:\n{circle}")).collect()
}

#[test]
fn imports_run_one_way() {
    let files = rust();
    let engine = Crate::read(&files, "crates/gannet/src/");
    let arrows = engine.arrows();
    let count: usize = arrows.values().map(BTreeSet::len).sum();
    assert!(count > 400, "{count} arrows: they are not found any more");
    let room = |file: &str| {
        let path = file.strip_prefix("crates/gannet/src/")?;
        Some(path.split_once('/').map_or(path, |(room, _)| room).to_owned())
    };
    let rank = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut breaches = Vec::new();
    for (from, to) in &arrows {
        let Some(here) = room(from).filter(|room| room != "lib.rs") else { continue };
        let Some(own) = rank(&here) else {
            breaches.push(format!("{from}: the room {here} has no place in the order"));
            continue;
        };
        for file in to {
            let there = room(file).unwrap_or_default();
            if rank(&there).is_none_or(|rank| rank > own) {
                breaches.push(format!("{from} imports {file}"));
            }
        }
    }
    assert_none("a room imports only those that come before it in ROOMS", breaches);
}

#[test]
fn no_file_imports_itself_round_about() {
    let files = rust();
    let mut breaches = Vec::new();
    for name in ["gannet", "gannet-query", "gannet-logs", "gannet-policy", "gannet-cli"] {
        breaches.extend(circles(&Crate::read(&files, &format!("crates/{name}/src/")).arrows()));
    }
    assert_none("no circle of files", breaches);
}

/// The test sees what it is there to see: a circle and an import against the order, through a re-export.
#[test]
fn a_circle_is_seen() {
    let file = |path: &str, text: &str| File { path: format!("crates/x/src/{path}"), text: text.to_owned() };
    let files = [
        file("lib.rs", "mod a;\nmod b;\n"),
        file("a/mod.rs", "mod one;\nmod two;\npub(crate) use one::{One, make as produce};\n"),
        file("a/one.rs", "use crate::b::Thing;\npub(crate) struct One(Thing);\npub(crate) fn make() {}\n"),
        file("a/two.rs", "use super::One;\nstruct Two(One);\n"),
        file("b.rs", "pub(crate) struct Thing;\nfn f() { crate::a::produce() }\n"),
    ];
    let arrows = Crate::read(&files, "crates/x/src/");
    let arrows = arrows.arrows();
    assert!(arrows["crates/x/src/b.rs"].contains("crates/x/src/a/one.rs"), "{arrows:?}");
    assert!(arrows["crates/x/src/a/two.rs"].contains("crates/x/src/a/one.rs"), "{arrows:?}");
    assert_eq!(circles(&arrows).len(), 1, "{:?}", circles(&arrows));
}
