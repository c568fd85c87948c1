//! One typed language of predicates over the rows of logs.
#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod calendar;
mod check;
mod error;
mod kinds;
mod leaf;
mod lex;
mod literal;
mod need;
mod parse;
mod program;
mod row;
mod saved;
mod scheme;
mod span;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt;

pub use error::Error;
pub use need::Need;
pub use parse::{MAX_DEPTH, MAX_LENGTH};
pub use row::Row;
pub use saved::Saved;
pub use scheme::Scheme;

/// A predicate as it is written. Its canonical text is what [`Display`](fmt::Display) shows.
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    expr: tree::Expr,
}

/// Queries are equal if they say the same in the same order, whatever spaces and brackets they have.
impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl Query {
    /// Reads a predicate.
    ///
    /// # Errors
    /// What is wrong, and where: also a text of more than [`MAX_LENGTH`] bytes, or one deeper than [`MAX_DEPTH`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::parse(text).map(|expr| Self { text: text.to_owned(), expr })
    }

    /// Checks it against the columns of a log, and makes it ready to run.
    ///
    /// # Errors
    /// A column that there is not, a value of another type, a saved predicate that there is not, too much of anything.
    pub fn check(&self, scheme: &Scheme, saved: &Saved) -> Result<Predicate, Error> {
        let (program, start, columns) = check::check(&self.text, &self.expr, scheme, saved)?;
        Ok(Predicate { program, start, columns })
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

/// A predicate that is ready to run over rows of one log.
#[derive(Debug)]
pub struct Predicate {
    program: program::Program,
    start: u32,
    columns: Vec<usize>,
}

impl Predicate {
    /// Whether the predicate holds for a row. Nothing is allocated.
    #[inline]
    pub fn matches<R: Row + ?Sized>(&self, row: &R) -> bool {
        self.program.run(self.start, row)
    }

    /// What columns have to have for the predicate to hold, by their places. There may be more that it needs.
    pub fn needs(&self) -> Vec<(usize, Need)> {
        self.program.needs(self.start)
    }

    /// Places of the columns that it looks at, in their order.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }
}
