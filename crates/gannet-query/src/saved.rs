//! Predicates with names.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::parse::parse;
use crate::tree::{Expr, Name};

/// Saved predicates.
const MAX_SAVED: usize = 1024;

/// Predicates that others name as `@name`. They are checked where they are used, by the columns that are there.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    by_name: BTreeMap<String, (String, Expr)>,
}

impl Saved {
    /// Adds a predicate, in the place of one of that name. Those that it names may come later.
    ///
    /// # Errors
    /// A text that is no predicate, a name that cannot be, or a circle, which is named: `@a` that names `@b` that names `@a`.
    /// Nothing is added then.
    pub fn insert(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let place = format!("@{name}");
        let expr = parse(text).map_err(|error| error.within(&place))?;
        let whole = crate::span::Span { start: 0, end: text.len() };
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(sound) {
            let what = "expected a name of letters, digits, _ and -";
            return Err(Error::new(text, whole, what).within(&place));
        }
        if self.by_name.len() >= MAX_SAVED && !self.by_name.contains_key(name) {
            let what = format!("expected {MAX_SAVED} saved predicates at most");
            return Err(Error::new(text, whole, what).within(&place));
        }
        if let Some((at, way)) = self.way_back(name, &expr) {
            let what = format!("a circle: {}", way.join(" names "));
            return Err(Error::new(text, at.span, what).within(&place));
        }
        self.by_name.insert(name.to_owned(), (text.to_owned(), expr));
        Ok(())
    }

    /// Names of all of them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Option<(&str, &Expr)> {
        self.by_name.get(name).map(|(text, expr)| (text.as_str(), expr))
    }

    /// The way from a predicate back to its own name, and where in its text it begins.
    fn way_back(&self, name: &str, expr: &Expr) -> Option<(Name, Vec<String>)> {
        // Each name that is reached, and the place of the one that named it.
        let mut reached: Vec<(Name, Option<usize>)> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        names(expr, &mut found);
        reached.extend(found.drain(..).map(|name| (name, None)));
        let mut at = 0;
        while let Some((next, _)) = reached.get(at).cloned() {
            if next.text == name {
                return way(&reached, at, name);
            }
            if seen.insert(next.text.clone())
                && let Some((_, expr)) = self.get(&next.text)
            {
                names(expr, &mut found);
                reached.extend(found.drain(..).map(|name| (name, Some(at))));
            }
            at += 1;
        }
        None
    }
}

/// The first step of a way to a place, and the names of all its steps.
fn way(reached: &[(Name, Option<usize>)], to: usize, name: &str) -> Option<(Name, Vec<String>)> {
    let before = |(_, before): &&(Name, Option<usize>)| before.and_then(|before| reached.get(before));
    let mut back: Vec<&Name> = std::iter::successors(reached.get(to), before).map(|(name, _)| name).collect();
    back.reverse();
    let all = std::iter::once(name).chain(back.iter().map(|name| name.text.as_str()));
    let all = all.map(|name| format!("@{name}")).collect();
    back.first().map(|first| ((*first).clone(), all))
}

/// The saved predicates that one names.
fn names(expr: &Expr, out: &mut Vec<Name>) {
    match expr {
        Expr::And(members) | Expr::Or(members) => members.iter().for_each(|member| names(member, out)),
        Expr::Not(inner) => names(inner, out),
        Expr::Saved(name) => out.push(name.clone()),
        Expr::Always(_) | Expr::Truth(_) | Expr::IsSet(_) | Expr::Test(..) => {}
    }
}
