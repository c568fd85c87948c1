//! From what a user says to a filter that runs.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use gannet::events::{Column, LogStream};
use gannet_query::{Predicate, Query, Saved, Scheme};

use super::error::FilterError;
use super::path::Template;
use super::pool::Pool;
use super::spec::FilterSpec;
use crate::format::{COMMUNITY_ID, Choice, columns};
use crate::options::Options;

/// Filters of one log.
const MAX_FILTERS: usize = 64;
/// Files that a path with values makes, unless the filter says otherwise, and at most.
const FILES: usize = 64;
const MAX_FILES: usize = 1000;

/// A filter that runs.
#[derive(Debug)]
pub(super) struct Filter {
    /// Where its rows go; with a template, those of further names.
    pub(super) stream: &'static LogStream,
    /// The name for each row.
    pub(super) template: Option<Template>,
    pub(super) choice: Choice,
    pub(super) predicate: Option<Predicate>,
}

/// The filters of each log that has some, by its name; none for a log that is off.
pub(super) type ByLog = BTreeMap<&'static str, Vec<Arc<Filter>>>;

/// What filters come to.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) by_log: ByLog,
    /// Names that no value may make.
    pub(super) taken: HashSet<String>,
}

/// Makes filters ready to run.
pub(super) fn resolve(
    specs: &[FilterSpec],
    known: &[&'static LogStream],
    saved: &Saved,
    options: &Options,
    pool: &Pool,
) -> Result<Resolved, FilterError> {
    let mut resolved = Resolved::default();
    // A log that is not filtered keeps its name; the names of others are free for the filters of their own logs.
    let names = known.iter().map(|stream| stream.name);
    resolved.taken =
        names.filter(|name| !specs.iter().any(|spec| spec.log == *name)).map(str::to_owned).collect();
    for (number, spec) in (1..).zip(specs) {
        let wrong = |what: String| FilterError { number, log: spec.log.clone(), what };
        let stream = known.iter().find(|stream| stream.name == spec.log).copied();
        let stream = stream.ok_or_else(|| wrong(unknown_log(&spec.log, known)))?;
        let filters = resolved.by_log.entry(stream.name).or_default();
        if spec.off {
            continue;
        }
        if filters.len() >= MAX_FILTERS {
            return Err(wrong(format!("expected {MAX_FILTERS} filters of a log at most")));
        }
        filters
            .push(Arc::new(one(spec, stream, (saved, options), pool, &mut resolved.taken).map_err(wrong)?));
    }
    for (number, spec) in (1..).zip(specs).filter(|(_, spec)| spec.off) {
        if resolved.by_log.get(spec.log.as_str()).is_some_and(|filters| !filters.is_empty()) {
            let what = "the log is off, and has a filter: expected one of both".to_owned();
            return Err(FilterError { number, log: spec.log.clone(), what });
        }
    }
    Ok(resolved)
}

fn unknown_log(log: &str, known: &[&'static LogStream]) -> String {
    let scheme = Scheme::new("gannet", known.iter().map(|stream| (stream.name, gannet::events::Kind::Text)));
    match scheme.nearest(log) {
        Some(meant) => format!("there is no log {log}; did you mean {meant}?"),
        None => format!("there is no log {log}; gannet schema shows all"),
    }
}

fn one(
    spec: &FilterSpec,
    stream: &'static LogStream,
    (saved, options): (&Saved, &Options),
    pool: &Pool,
    taken: &mut HashSet<String>,
) -> Result<Filter, String> {
    let scheme = Scheme::of(stream);
    let predicate = spec.condition.as_ref().map(|text| predicate(text, &scheme, saved)).transpose()?;
    let (choice, shown) = choose(spec, stream, options, pool)?;
    let path = spec.path.as_deref().unwrap_or(stream.name);
    let template = Template::parse(path, &scheme)?;
    let (name, template, spread) = match template.fixed() {
        Some(name) => (name, None, None),
        None => {
            let files = spec.files.unwrap_or(FILES);
            if !(1..=MAX_FILES).contains(&files) {
                return Err(format!("files: expected a number from 1 to {MAX_FILES}"));
            }
            (template.with("rest"), Some(template), Some(files))
        }
    };
    let too_many = || "too many logs with columns of their own since the program began".to_owned();
    let stream = pool.get(&free(name, taken), stream, &shown, spread).ok_or_else(too_many)?;
    Ok(Filter { stream, template, choice, predicate })
}

/// The name, or with a number behind it if it is taken.
fn free(name: String, taken: &mut HashSet<String>) -> String {
    let numbered = (2_u32..).map(|number| format!("{name}-{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| taken.insert(name.clone()));
    free.unwrap_or(name)
}

fn predicate(text: &str, scheme: &Scheme, saved: &Saved) -> Result<Predicate, String> {
    let checked = Query::parse(text).and_then(|query| query.check(scheme, saved));
    checked.map_err(|error| {
        let what = error.to_string();
        let made_late = what.contains(&format!("no column {}", COMMUNITY_ID.name));
        let why = if made_late { " (it is made when a row is written)" } else { "" };
        format!("where{why}: {what}")
    })
}

/// The columns that are chosen, as they are called and as they are shown.
fn choose(
    spec: &FilterSpec,
    stream: &'static LogStream,
    options: &Options,
    pool: &Pool,
) -> Result<(Choice, Vec<Column>), String> {
    let all = columns(stream, options);
    let scheme = Scheme::new(stream.name, all.iter().map(|column| (column.name, column.kind)));
    let renamed = spec.rename.iter().map(|(from, _)| from);
    if let Some(missing) =
        spec.columns.iter().chain(&spec.without).chain(renamed).find(|name| scheme.find(name).is_none())
    {
        return Err(scheme.missing(missing));
    }
    let wanted = |column: &&Column| {
        (spec.columns.is_empty() || spec.columns.iter().any(|name| name == column.name))
            && !spec.without.iter().any(|name| name == column.name)
    };
    let (mut choice, mut shown) = (Choice::default(), Vec::new());
    for column in all.iter().filter(wanted) {
        let new = spec.rename.iter().find(|(from, _)| from == column.name).map(|(_, to)| to.as_str());
        let name = new.unwrap_or(column.name);
        let sound = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.len() > 128 || !name.chars().all(sound) {
            return Err(format!("rename {} to {name:?}: expected letters, digits, ., _ and -", column.name));
        }
        if choice.0.iter().any(|(_, other)| other == name) {
            return Err(format!("two columns are called {name}: expected a name for each"));
        }
        choice.0.push((column.name, name.to_owned()));
        let mut renamed = *column;
        if name != column.name {
            renamed.name = pool.word(name).ok_or("too many names of columns since the program began")?;
        }
        shown.push(renamed);
    }
    if shown.is_empty() {
        return Err("no column is left: expected one at least".to_owned());
    }
    Ok((choice, shown))
}
