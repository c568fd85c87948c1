//! From a predicate as it is written to one that runs, by the columns that there are.

use gannet::events::Kind;

use crate::error::Error;
use crate::kinds::{self, described, named};
use crate::leaf::{Cmp, Test};
use crate::literal::Literal;
use crate::program::{Look, NO, Program, YES};
use crate::saved::Saved;
use crate::scheme::Scheme;
use crate::span::Span;
use crate::tree::{Element, Expr, Name, Op, Operand};

/// Tests of a predicate, with those of the saved ones that it names.
const MAX_TESTS: usize = 4096;
/// Regular expressions of a predicate.
const MAX_PATTERNS: usize = 64;
/// Expressions in each other, through saved predicates too.
const MAX_NESTING: usize = 256;
/// The column with the transport of a port.
const TRANSPORT: &str = "proto";

/// What has been made so far. Tests are added from the last to the first, so that each knows where it goes on.
struct Checker<'a> {
    scheme: &'a Scheme,
    saved: &'a Saved,
    program: Program,
    columns: Vec<usize>,
    patterns: usize,
    depth: usize,
}

/// A text that is being checked: of the predicate itself, or of a saved one.
#[derive(Clone, Copy)]
struct Source<'a>(&'a str);

impl Source<'_> {
    fn error(self, span: Span, what: impl Into<String>) -> Error {
        Error::new(self.0, span, what)
    }
}

/// Where a predicate goes on.
#[derive(Clone, Copy)]
struct Exits {
    yes: u32,
    no: u32,
}

/// A predicate that runs: the program, its first step, and the columns that it looks at.
///
/// # Errors
/// What does not go together with the columns.
pub(crate) fn check(
    text: &str,
    expr: &Expr,
    scheme: &Scheme,
    saved: &Saved,
) -> Result<(Program, u32, Vec<usize>), Error> {
    let program = Program::default();
    let mut checker = Checker { scheme, saved, program, columns: Vec::new(), patterns: 0, depth: 0 };
    let start = checker.expr(Source(text), expr, Exits { yes: YES, no: NO })?;
    checker.columns.sort_unstable();
    checker.columns.dedup();
    Ok((checker.program, start, checker.columns))
}

impl Checker<'_> {
    /// Adds an expression that goes on there, and tells where it begins.
    fn expr(&mut self, source: Source<'_>, expr: &Expr, exits: Exits) -> Result<u32, Error> {
        self.depth += 1;
        let whole = Span { start: 0, end: source.0.len() };
        if self.depth > MAX_NESTING {
            return Err(source.error(whole, "too deep, with the saved predicates that it names"));
        }
        if self.program.len() > MAX_TESTS {
            let what =
                format!("too many tests, with the saved predicates that it names: more than {MAX_TESTS}");
            return Err(source.error(whole, what));
        }
        let Exits { yes, no } = exits;
        let start = match expr {
            Expr::And(members) => members
                .iter()
                .rev()
                .try_fold(yes, |next, member| self.expr(source, member, Exits { yes: next, no })),
            Expr::Or(members) => members
                .iter()
                .rev()
                .try_fold(no, |next, member| self.expr(source, member, Exits { yes, no: next })),
            Expr::Not(inner) => self.expr(source, inner, Exits { yes: no, no: yes }),
            Expr::Always(truth) => Ok(if *truth { yes } else { no }),
            Expr::Saved(name) => self.named(source, name, exits),
            Expr::Truth(name) => self.truth(source, name, exits),
            Expr::IsSet(name) => {
                let (column, _) = self.column(source, name)?;
                Ok(self.program.add(Look::At(column, Test::IsSet), false, yes, no))
            }
            Expr::Test(name, op, operand) => self.test(source, name, *op, operand, exits),
        };
        self.depth -= 1;
        start
    }

    fn named(&mut self, source: Source<'_>, name: &Name, exits: Exits) -> Result<u32, Error> {
        let saved = self.saved;
        let Some((text, expr)) = saved.get(&name.text) else {
            let known: Vec<String> = saved.names().take(20).map(|name| format!("@{name}")).collect();
            let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
            let what =
                format!("there is no saved predicate @{}: expected one of those saved: {known}", name.text);
            return Err(source.error(name.span, what));
        };
        self.expr(Source(text), expr, exits).map_err(|error| error.within(&format!("@{}", name.text)))
    }

    fn truth(&mut self, source: Source<'_>, name: &Name, exits: Exits) -> Result<u32, Error> {
        let (column, kind) = self.column(source, name)?;
        if kind != Kind::Bool {
            let what = format!(
                "{name} is of type {}: expected an operator and {}, or {name}? for whether it is set",
                named(kind),
                described(kind)
            );
            return Err(source.error(name.span, what));
        }
        Ok(self.program.add(Look::At(column, Test::Is(true)), false, exits.yes, exits.no))
    }

    fn column(&mut self, source: Source<'_>, name: &Name) -> Result<(usize, Kind), Error> {
        let missing = || source.error(name.span, self.scheme.missing(&name.text));
        let found = self.scheme.find(&name.text).ok_or_else(missing)?;
        self.columns.push(found.0);
        Ok(found)
    }

    fn test(
        &mut self,
        source: Source<'_>,
        name: &Name,
        op: Op,
        operand: &Operand,
        exits: Exits,
    ) -> Result<u32, Error> {
        let (column, kind) = self.column(source, name)?;
        let negated = matches!(op, Op::Ne | Op::NotIn | Op::Unlike);
        if let Operand::Column(other) = operand {
            let look = self.pair(source, (name, column, kind), op, other)?;
            return Ok(self.program.add(look, negated, exits.yes, exits.no));
        }
        let transports = self.transports(source, kind, operand)?;
        let test = match op {
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => compare(source, name, kind, op, operand)?,
            Op::In | Op::NotIn => is_in(source, name, kind, operand)?,
            Op::Has => has(source, name, kind, operand)?,
            Op::Like | Op::Unlike => self.like(source, name, kind, operand)?,
        };
        match transports {
            Some(with) => self.ports(source, (column, kind), (operand, negated), with, exits),
            None => Ok(self.program.add(Look::At(column, test), negated, exits.yes, exits.no)),
        }
    }

    /// The column with transports, if the operand names some.
    fn transports(
        &mut self,
        source: Source<'_>,
        kind: Kind,
        operand: &Operand,
    ) -> Result<Option<usize>, Error> {
        let names_one = |literal: &Literal| matches!(literal, Literal::Port(..));
        let found = match operand {
            Operand::Value(literal, _) => names_one(literal),
            Operand::Set(elements, _) => elements.iter().any(|element| match element {
                Element::One(literal, _) => names_one(literal),
                Element::Range(first, last, _) => names_one(first) || names_one(last),
            }),
            _ => false,
        };
        if !found || kind != Kind::Port {
            return Ok(None);
        }
        let Some((column, Kind::Enum | Kind::Text)) = self.scheme.find(TRANSPORT) else {
            let what = format!(
                "{} has no column {TRANSPORT} to tell transports by: expected a port without one",
                self.scheme.name()
            );
            return Err(source.error(operand.span(), what));
        };
        self.columns.push(column);
        Ok(Some(column))
    }

    /// Ports of certain transports: `443/tcp` is the port and the transport together.
    fn ports(
        &mut self,
        source: Source<'_>,
        (column, kind): (usize, Kind),
        (operand, negated): (&Operand, bool),
        transport: usize,
        exits: Exits,
    ) -> Result<u32, Error> {
        let Exits { yes, no } = if negated { Exits { yes: exits.no, no: exits.yes } } else { exits };
        let single;
        let elements = match operand {
            Operand::Set(elements, _) => elements.as_slice(),
            Operand::Value(literal, span) => {
                single = [Element::One(literal.clone(), *span)];
                &single
            }
            _ => &[],
        };
        let mut next = no;
        for element in elements.iter().rev() {
            let test = kinds::one_of(kind, vec![values(source, kind, element)?]);
            let named = match element {
                Element::One(Literal::Port(_, name), _) => Some(*name),
                Element::Range(Literal::Port(..), _, span) | Element::Range(_, Literal::Port(..), span) => {
                    return Err(source.error(*span, "a range of ports has no transport: expected 1024..2047"));
                }
                _ => None,
            };
            let then = match named {
                Some(name) => {
                    let same = Test::text(Cmp::Eq, name.as_bytes().to_vec());
                    self.program.add(Look::At(transport, same), false, yes, next)
                }
                None => yes,
            };
            next = self.program.add(Look::At(column, test), false, then, next);
        }
        if negated {
            // A port that is not set fails both.
            return Ok(self.program.add(Look::At(column, Test::IsSet), false, next, exits.no));
        }
        Ok(next)
    }

    fn pair(
        &mut self,
        source: Source<'_>,
        (name, column, kind): (&Name, usize, Kind),
        op: Op,
        other: &Name,
    ) -> Result<Look, Error> {
        if self.scheme.find(&other.text).is_none() && matches!(kind, Kind::Text | Kind::Enum) {
            let what =
                format!("{}; a text stands in quotes: \"{}\"", self.scheme.missing(&other.text), other.text);
            return Err(source.error(other.span, what));
        }
        let (second, other_kind) = self.column(source, other)?;
        let Some(cmp) = cmp(op) else {
            let what = format!("{} is followed by a value, not by a column", op.sign());
            return Err(source.error(other.span, what));
        };
        let (class, other_class) = (class(kind), class(other_kind));
        if class != other_class || class == "list" {
            let what = format!(
                "{name} is of type {} and {other} of type {}: these are not compared",
                named(kind),
                named(other_kind)
            );
            return Err(source.error(other.span, what));
        }
        Ok(Look::Pair(column, second, cmp))
    }

    fn like(
        &mut self,
        source: Source<'_>,
        name: &Name,
        kind: Kind,
        operand: &Operand,
    ) -> Result<Test, Error> {
        let Operand::Pattern(pattern, flags, span) = operand else {
            return Err(source.error(operand.span(), "expected a pattern between slashes"));
        };
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            let what = format!("too many patterns: expected {MAX_PATTERNS} at most");
            return Err(source.error(*span, what));
        }
        let test = kinds::pattern(pattern, flags).map_err(|what| source.error(*span, what))?;
        match kind {
            Kind::Text | Kind::Enum => Ok(test),
            Kind::Set(Kind::Text | Kind::Enum) | Kind::Vector(Kind::Text | Kind::Enum) => {
                Ok(Test::Any(Box::new(test)))
            }
            _ => {
                Err(source
                    .error(name.span, format!("{name} is of type {}: a pattern needs text", named(kind))))
            }
        }
    }
}

/// Types whose values are compared with each other.
fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Count | Kind::Int | Kind::Double => "number",
        Kind::Text | Kind::Enum => "text",
        Kind::Set(_) | Kind::Vector(_) => "list",
        other => named(other),
    }
}

fn cmp(op: Op) -> Option<Cmp> {
    match op {
        Op::Eq | Op::Ne => Some(Cmp::Eq),
        Op::Lt => Some(Cmp::Lt),
        Op::Le => Some(Cmp::Le),
        Op::Gt => Some(Cmp::Gt),
        Op::Ge => Some(Cmp::Ge),
        _ => None,
    }
}

fn compare(source: Source<'_>, name: &Name, kind: Kind, op: Op, operand: &Operand) -> Result<Test, Error> {
    let wrong = |what: String| Err(source.error(operand.span(), what));
    let Operand::Value(literal, _) = operand else {
        return wrong(format!("{} is followed by one value; several stand behind in", op.sign()));
    };
    if matches!(kind, Kind::Set(_) | Kind::Vector(_)) {
        let what = format!("{name} holds several values: expected has, as in {name} has {literal}");
        return Err(source.error(name.span, what));
    }
    if let (Kind::Addr, Literal::Net(..)) = (kind, literal) {
        return wrong(format!("a network is no address: expected in, as in {name} in {literal}"));
    }
    if let (Kind::Bool, Literal::Truth(truth), Op::Eq | Op::Ne) = (kind, literal, op) {
        return Ok(Test::Is(*truth));
    }
    let test = kinds::value(kind, literal).and_then(|value| kinds::comparison(cmp(op)?, value));
    match test {
        Some(test) => Ok(test),
        None if kinds::value(kind, literal).is_some()
            || matches!((kind, literal), (Kind::Bool, Literal::Truth(_))) =>
        {
            wrong(format!("values of type {} have no order: expected == or !=", named(kind)))
        }
        None => wrong(mismatch(name, kind)),
    }
}

fn mismatch(name: &Name, kind: Kind) -> String {
    format!("{name} is of type {}: expected {}", named(kind), described(kind))
}

/// The values that a member of a set stands for.
fn values(source: Source<'_>, kind: Kind, element: &Element) -> Result<kinds::Part, Error> {
    let expected = || format!("expected {}", described(kind));
    match element {
        Element::One(literal, span) => {
            kinds::value(kind, literal).ok_or_else(|| source.error(*span, expected()))
        }
        Element::Range(first, last, span) => {
            let range = kinds::value(kind, first)
                .zip(kinds::value(kind, last))
                .ok_or_else(|| source.error(*span, expected()))?;
            let wrong = || source.error(*span, "expected a range from the lower value to the higher one");
            kinds::range(range.0, range.1).ok_or_else(wrong)
        }
    }
}

/// The test for any of the values.
fn any_of(source: Source<'_>, kind: Kind, operand: &Operand) -> Result<Test, Error> {
    let single = |literal: &Literal, span: &Span| values(source, kind, &Element::One(literal.clone(), *span));
    let all = match operand {
        Operand::Set(elements, _) => elements.iter().map(|element| values(source, kind, element)).collect(),
        Operand::Value(literal, span) => single(literal, span).map(|value| vec![value]),
        _ => Err(source.error(operand.span(), format!("expected {}", described(kind)))),
    };
    all.map(|values| kinds::one_of(kind, values))
}

fn is_in(source: Source<'_>, name: &Name, kind: Kind, operand: &Operand) -> Result<Test, Error> {
    if let Kind::Set(_) | Kind::Vector(_) = kind {
        let what = format!("{name} holds several values: expected has, as in {name} has {operand}");
        return Err(source.error(name.span, what));
    }
    if kind == Kind::Bool {
        return Err(source.error(name.span, format!("{name} is true or false: expected {name} or !{name}")));
    }
    let several = matches!(operand, Operand::Set(..) | Operand::Value(Literal::Net(..), _));
    if !several {
        let what =
            format!("in is followed by a set or a network: expected {{{operand}}}, or == for one value");
        return Err(source.error(operand.span(), what));
    }
    any_of(source, kind, operand)
}

fn has(source: Source<'_>, name: &Name, kind: Kind, operand: &Operand) -> Result<Test, Error> {
    match kind {
        Kind::Set(element) | Kind::Vector(element) => match (element, operand) {
            (Kind::Bool, Operand::Value(Literal::Truth(truth), _)) => {
                Ok(Test::Any(Box::new(Test::Is(*truth))))
            }
            (Kind::Bool, _) => Err(source.error(operand.span(), "expected true or false")),
            _ => any_of(source, *element, operand).map(|test| Test::Any(Box::new(test))),
        },
        Kind::Text | Kind::Enum => any_of(source, kind, operand).map(|test| Test::Part(Box::new(test))),
        _ => {
            let what = format!("{name} is of type {}, which holds one value: expected == or in", named(kind));
            Err(source.error(name.span, what))
        }
    }
}
