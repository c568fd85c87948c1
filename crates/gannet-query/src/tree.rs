//! A predicate as it is written.

use std::fmt;

use crate::lex::WORDS;
use crate::literal::Literal;
use crate::span::Span;

/// A name of a column, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// A predicate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    /// All of them.
    And(Vec<Expr>),
    /// One of them at least.
    Or(Vec<Expr>),
    /// The contrary.
    Not(Box<Expr>),
    /// Always, or never.
    Always(bool),
    /// A saved predicate.
    Saved(Name),
    /// A column that is a truth.
    Truth(Name),
    /// A column that has a value.
    IsSet(Name),
    /// A column, held against something.
    Test(Name, Op, Operand),
}

/// How a column is held against something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    Has,
    Like,
    Unlike,
}

/// What a column is held against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// A value.
    Value(Literal, Span),
    /// Another column.
    Column(Name),
    /// Several values.
    Set(Vec<Element>, Span),
    /// A regular expression, and its flags.
    Pattern(String, String, Span),
}

/// A member of a set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Element {
    /// A value.
    One(Literal, Span),
    /// All from one value to another one, both included.
    Range(Literal, Literal, Span),
}

impl Operand {
    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Value(_, span) | Self::Set(_, span) | Self::Pattern(_, _, span) => *span,
            Self::Column(name) => name.span,
        }
    }
}

impl Op {
    /// Its sign.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::NotIn => "!in",
            Self::Has => "has",
            Self::Like => "~",
            Self::Unlike => "!~",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let text = self.text.as_str();
        let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(is_part)
            && !text.ends_with('.')
            && !text.contains("..")
            && !WORDS.contains(&text)
            && !["and", "or", "not"].iter().any(|word| text.eq_ignore_ascii_case(word));
        if plain { f.write_str(text) } else { write!(f, "`{text}`") }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(literal, _) => literal.fmt(f),
            Self::Column(name) => name.fmt(f),
            Self::Set(elements, _) => {
                f.write_str("{")?;
                for (index, element) in elements.iter().enumerate() {
                    f.write_str(if index > 0 { ", " } else { "" })?;
                    match element {
                        Element::One(literal, _) => write!(f, "{literal}")?,
                        Element::Range(first, last, _) => write!(f, "{first}..{last}")?,
                    }
                }
                f.write_str("}")
            }
            Self::Pattern(source, flags, _) => write!(f, "/{source}/{flags}"),
        }
    }
}

/// The members, with a sign between them. What binds less than the sign stands in brackets.
fn write_all(members: &[Expr], sign: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, member) in members.iter().enumerate() {
        f.write_str(if index > 0 { sign } else { "" })?;
        match member {
            Expr::Or(_) => write!(f, "({member})")?,
            _ => write!(f, "{member}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(members) => write_all(members, " && ", f),
            Self::Or(members) => write_all(members, " || ", f),
            Self::Not(inner) => match **inner {
                Self::And(_) | Self::Or(_) | Self::Test(..) => write!(f, "!({inner})"),
                _ => write!(f, "!{inner}"),
            },
            Self::Always(truth) => write!(f, "{truth}"),
            Self::Saved(name) => write!(f, "@{}", name.text),
            Self::Truth(name) => name.fmt(f),
            Self::IsSet(name) => write!(f, "{name}?"),
            Self::Test(name, op, operand) => write!(f, "{name} {} {operand}", op.sign()),
        }
    }
}
