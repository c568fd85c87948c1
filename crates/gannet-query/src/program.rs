//! Predicates as they run: tests one after the other, each of which says where it goes on.

use gannet::events::Value;

use crate::leaf::{Cmp, Test, bits, double, whole, with_text};
use crate::need::Need;
use crate::row::Row;

/// The end where the predicate holds.
pub(crate) const YES: u32 = u32::MAX;
/// The end where it does not.
pub(crate) const NO: u32 = u32::MAX - 1;

/// What a step looks at.
#[derive(Debug)]
pub(crate) enum Look {
    /// One column.
    At(usize, Test),
    /// Two columns that are compared.
    Pair(usize, usize, Cmp),
}

/// One test, and where it goes on.
#[derive(Debug)]
struct Step {
    look: Look,
    negated: bool,
    yes: u32,
    no: u32,
}

/// Tests in a row, no more of which are made than are needed.
#[derive(Debug, Default)]
pub(crate) struct Program {
    steps: Vec<Step>,
}

impl Program {
    /// Adds a test that goes on there, and tells its place. What a test goes on with is added before it.
    pub(crate) fn add(&mut self, look: Look, negated: bool, yes: u32, no: u32) -> u32 {
        self.steps.push(Step { look, negated, yes, no });
        self.steps.len() as u32 - 1
    }

    /// Number of tests.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// What columns have to have for the end to be [`YES`]: the tests from this place on that lead to [`NO`] if they fail.
    pub(crate) fn needs(&self, start: u32) -> Vec<(usize, Need)> {
        let (mut at, mut needs) = (start, Vec::new());
        while let Some(step) = self.steps.get(at as usize).filter(|step| step.no == NO) {
            if let (Look::At(column, test), false) = (&step.look, step.negated) {
                needs.extend(test.need().map(|need| (*column, need)));
            }
            at = step.yes;
        }
        needs
    }

    /// Runs from a place. Each step goes on with one that was added before it, so that there is an end.
    #[inline]
    pub(crate) fn run<R: Row + ?Sized>(&self, start: u32, row: &R) -> bool {
        let mut at = start;
        while let Some(step) = self.steps.get(at as usize) {
            let found = match &step.look {
                Look::At(column, test) => test.on(row.value(*column)),
                Look::Pair(one, other, cmp) => pair(row.value(*one), row.value(*other), *cmp),
            };
            // What has no value fails its test, negated or not.
            at = if found.is_some_and(|found| found != step.negated) { step.yes } else { step.no };
        }
        at == YES
    }
}

/// Compares the values of two columns of the same kind.
fn pair(one: Value<'_>, other: Value<'_>, cmp: Cmp) -> Option<bool> {
    let order = match (one, other) {
        (Value::Addr(one), Value::Addr(other)) => bits(one).cmp(&bits(other)),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(&other),
        _ => match (whole(one), whole(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => match (double(one), double(other)) {
                (Some(one), Some(other)) => one.partial_cmp(&other)?,
                _ => with_text(one, |one| with_text(other, |other| one.cmp(other)))??,
            },
        },
    };
    Some(cmp.of(order))
}
