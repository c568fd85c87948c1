//! From words and signs to a predicate as it is written.

use crate::error::Error;
use crate::lex::{Lexer, Token};
use crate::literal::Literal;
use crate::span::Span;
use crate::tree::{Element, Expr, Name, Op, Operand};

/// Bytes of a predicate.
pub const MAX_LENGTH: usize = 16 * 1024;
/// Brackets and negations in each other.
pub const MAX_DEPTH: usize = 64;

/// Operators by their signs.
const OPERATORS: [Op; 11] =
    [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::In, Op::NotIn, Op::Has, Op::Like, Op::Unlike];

/// A predicate as it is written.
///
/// # Errors
/// What is no predicate.
pub(crate) fn parse(text: &str) -> Result<Expr, Error> {
    if text.len() > MAX_LENGTH {
        let what = format!("too long: expected {MAX_LENGTH} bytes at most, found {}", text.len());
        return Err(Error::new(text, Span::default(), what));
    }
    let mut lexer = Lexer::new(text);
    let (token, span) = lexer.next()?;
    let mut parser = Parser { text, lexer, token, span, depth: 0 };
    let expr = parser.any()?;
    match parser.token {
        Token::End => Ok(expr),
        Token::Sign(")") => Err(parser.error("there is no bracket that this one closes")),
        _ => Err(parser.error("expected && or || or the end")),
    }
}

/// One word ahead.
struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    token: Token,
    span: Span,
    depth: usize,
}

impl Parser<'_> {
    fn error(&self, what: impl Into<String>) -> Error {
        Error::new(self.text, self.span, what)
    }

    /// Takes the word, and goes to the next.
    fn take(&mut self) -> Result<(Token, Span), Error> {
        let (token, span) = self.lexer.next()?;
        Ok((std::mem::replace(&mut self.token, token), std::mem::replace(&mut self.span, span)))
    }

    /// Takes a sign, if it is the next word.
    fn takes(&mut self, sign: &str) -> Result<bool, Error> {
        let found = matches!(self.token, Token::Sign(next) if next == sign);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    /// `a || b`
    fn any(&mut self) -> Result<Expr, Error> {
        let mut members = vec![self.all()?];
        while self.takes("||")? {
            members.push(self.all()?);
        }
        Ok(joined(members, Expr::Or, |member| match member {
            Expr::Or(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    /// `a && b`
    fn all(&mut self) -> Result<Expr, Error> {
        let mut members = vec![self.one()?];
        while self.takes("&&")? {
            members.push(self.one()?);
        }
        Ok(joined(members, Expr::And, |member| match member {
            Expr::And(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    /// `!a`, `(a)` or a test. A negated bracket is one level, not two.
    fn one(&mut self) -> Result<Expr, Error> {
        let start = self.span;
        let negated = self.takes("!")?;
        let bracket = matches!(self.token, Token::Sign("("));
        if !negated && !bracket {
            return self.leaf();
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let what = format!("too deep: expected {MAX_DEPTH} brackets in each other at most");
            return Err(Error::new(self.text, start, what));
        }
        let inner = if self.takes("(")? {
            let inner = self.any()?;
            if !self.takes(")")? {
                return Err(self.error("expected && or || or )"));
            }
            inner
        } else {
            self.one()?
        };
        self.depth -= 1;
        Ok(if negated { Expr::Not(Box::new(inner)) } else { inner })
    }

    /// A test, a saved predicate, a truth.
    fn leaf(&mut self) -> Result<Expr, Error> {
        match &self.token {
            Token::Word(word @ ("true" | "false")) => {
                let truth = *word == "true";
                self.take()?;
                Ok(Expr::Always(truth))
            }
            Token::Saved(_) => match self.take()? {
                (Token::Saved(text), span) => Ok(Expr::Saved(Name { text, span })),
                _ => Err(self.error("expected a name")),
            },
            Token::Value(_) => self.value_first(),
            Token::Name(_) => {
                let column = self.name()?;
                if self.takes("?")? {
                    return Ok(Expr::IsSet(column));
                }
                let Some(op) = self.operator() else { return Ok(Expr::Truth(column)) };
                self.take()?;
                let operand = self.operand(op)?;
                Ok(Expr::Test(column, op, operand))
            }
            Token::End => Err(self.error("expected a test, such as id.resp_p == 443")),
            _ => Err(self.error("expected the name of a column, @name, ! or (")),
        }
    }

    /// `"ssl" in service` is `service has "ssl"`.
    fn value_first(&mut self) -> Result<Expr, Error> {
        let value = self.value()?;
        if !matches!(self.token, Token::Word("in")) {
            return Err(self.error("a value in front is looked for in a column: expected in"));
        }
        self.take()?;
        let column = self.name()?;
        Ok(Expr::Test(column, Op::Has, Operand::Value(value.0, value.1)))
    }

    fn operator(&self) -> Option<Op> {
        let sign = match self.token {
            Token::Sign(sign) | Token::Word(sign) => sign,
            _ => return None,
        };
        OPERATORS.into_iter().find(|op| op.sign() == sign)
    }

    fn name(&mut self) -> Result<Name, Error> {
        if !matches!(self.token, Token::Name(_)) {
            return Err(self.error("expected the name of a column"));
        }
        match self.take()? {
            (Token::Name(text), span) => Ok(Name { text, span }),
            _ => Err(self.error("expected the name of a column")),
        }
    }

    fn value(&mut self) -> Result<(Literal, Span), Error> {
        match &self.token {
            Token::Value(_) => match self.take()? {
                (Token::Value(literal), span) => Ok((literal, span)),
                _ => Err(self.error("expected a value")),
            },
            Token::Word(word @ ("true" | "false")) => {
                let truth = *word == "true";
                self.take().map(|(_, span)| (Literal::Truth(truth), span))
            }
            Token::Name(name) => {
                let what = format!("expected a value; a text stands in quotes: \"{name}\"");
                Err(self.error(what))
            }
            _ => Err(self.error("expected a value")),
        }
    }

    fn operand(&mut self, op: Op) -> Result<Operand, Error> {
        match &self.token {
            Token::Pattern(..) if matches!(op, Op::Like | Op::Unlike) => match self.take()? {
                (Token::Pattern(source, flags), span) => Ok(Operand::Pattern(source, flags, span)),
                _ => Err(self.error("expected a pattern")),
            },
            _ if matches!(op, Op::Like | Op::Unlike) => {
                Err(self.error(r"expected a pattern between slashes, such as /\.top$/i"))
            }
            Token::Pattern(..) => Err(self.error("a pattern stands behind ~ or !~")),
            Token::Sign("{") => self.set(),
            Token::Name(_) => self.name().map(Operand::Column),
            _ => self.value().map(|(literal, span)| Operand::Value(literal, span)),
        }
    }

    fn set(&mut self) -> Result<Operand, Error> {
        let (_, start) = self.take()?;
        let mut elements = Vec::new();
        loop {
            let (first, from) = self.value()?;
            if self.takes("..")? {
                let (last, to) = self.value()?;
                elements.push(Element::Range(first, last, from.to(to)));
            } else {
                elements.push(Element::One(first, from));
            }
            let end = self.span;
            if self.takes("}")? {
                return Ok(Operand::Set(elements, start.to(end)));
            }
            if !self.takes(",")? {
                return Err(self.error("expected , or }"));
            }
        }
    }
}

/// A single member as it is, several as one; members of the same kind are taken apart.
fn joined(
    mut members: Vec<Expr>,
    join: impl FnOnce(Vec<Expr>) -> Expr,
    apart: impl Fn(Expr) -> Result<Vec<Expr>, Expr>,
) -> Expr {
    match members.pop() {
        Some(only) if members.is_empty() => only,
        last => {
            let all = members.into_iter().chain(last);
            join(all.flat_map(|member| apart(member).unwrap_or_else(|other| vec![other])).collect())
        }
    }
}
