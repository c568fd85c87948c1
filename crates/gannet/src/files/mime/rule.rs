//! What a rule about the first bytes of a file is made of, and whether bytes follow it.

use memchr::memmem;

/// No upper bound.
pub(super) const MANY: usize = usize::MAX;

/// Ranges of bytes, both ends included.
pub(super) type Set = &'static [(u8, u8)];

/// Decimal digits.
pub(super) const DIGIT: Set = &[(b'0', b'9')];
/// Tab and space.
pub(super) const BLANK: Set = &[(b'\t', b'\t'), (b' ', b' ')];
/// Blanks and line ends.
pub(super) const WHITE: Set = &[(b'\t', b'\n'), (b'\r', b'\r'), (b' ', b' ')];
/// All white space of ASCII.
pub(super) const SPACE: Set = &[(b'\t', b'\r'), (b' ', b' ')];
/// Every byte but zero.
pub(super) const NOT_NUL: Set = &[(1, 0xff)];

/// One step of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// These bytes.
    Is(&'static [u8]),
    /// These bytes, given in lower case, in any case.
    Fold(&'static [u8]),
    /// That many bytes of any value.
    Any(usize),
    /// One byte of a set.
    One(Set),
    /// As many bytes of a set as there are, from so many to so many.
    Run(Set, usize, usize),
    /// The first of these that is there.
    Or(&'static [&'static [u8]]),
    /// These steps, if they can be taken.
    Opt(&'static [Part]),
    /// The rest comes after so many to so many bytes.
    Within(usize, usize),
    /// The same, with no such byte before it.
    Before(u8, usize, usize),
}

/// The rest comes anywhere after.
pub(super) const LATER: Part = Part::Within(0, MANY);

/// What makes a file one of a type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    /// Bytes at an offset.
    At(usize, &'static [u8]),
    /// Steps from the first byte on.
    Parts(&'static [Part]),
    /// An interpreter of one of these names is named behind `#!`.
    Script(&'static [&'static [u8]]),
    /// What takes more than steps.
    By(fn(&[u8]) -> bool),
}

/// A type, and how a file of it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) mime: &'static str,
    /// The strongest rule that a file follows tells its type.
    pub(super) strength: i16,
    pub(super) test: Test,
}

/// A file that begins with these bytes.
pub(super) const fn starts(mime: &'static str, strength: i16, bytes: &'static [u8]) -> Rule {
    at(mime, strength, 0, bytes)
}

/// A file with these bytes at an offset.
pub(super) const fn at(mime: &'static str, strength: i16, offset: usize, bytes: &'static [u8]) -> Rule {
    Rule { mime, strength, test: Test::At(offset, bytes) }
}

/// A file that begins with these steps.
pub(super) const fn parts(mime: &'static str, strength: i16, parts: &'static [Part]) -> Rule {
    Rule { mime, strength, test: Test::Parts(parts) }
}

/// A file that names its interpreter.
pub(super) const fn script(mime: &'static str, strength: i16, names: &'static [&'static [u8]]) -> Rule {
    Rule { mime, strength, test: Test::Script(names) }
}

/// A file that a function knows.
pub(super) const fn by(mime: &'static str, strength: i16, test: fn(&[u8]) -> bool) -> Rule {
    Rule { mime, strength, test: Test::By(test) }
}

impl Rule {
    /// Whether a file that begins with these bytes follows the rule.
    pub(super) fn holds(&self, head: &[u8]) -> bool {
        match self.test {
            Test::At(offset, bytes) => head.get(offset..).is_some_and(|rest| rest.starts_with(bytes)),
            Test::Parts(parts) => follow(parts, head).is_some(),
            Test::Script(names) => follow(INTERPRETER, head).is_some_and(|_| interpreter(names, head)),
            Test::By(test) => test(head),
        }
    }
}

/// How a file begins that names its interpreter, up to the folder of that.
const INTERPRETER: &[Part] = &[Part::Is(b"#!"), Part::Before(b'\n', 1, 15), Part::Is(b"bin/")];

/// Whether one of the interpreters is named, in any folder `bin/` near the beginning of the first line.
fn interpreter(names: &[&[u8]], head: &[u8]) -> bool {
    let named = |rest: &[u8]| {
        let rest = follow(&[Part::Opt(&[Part::Is(b"env"), Part::Run(SPACE, 1, MANY)])], rest).unwrap_or(rest);
        names.iter().any(|name| rest.starts_with(name))
    };
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    (3..=17).any(|at| {
        at <= line.len() && head.get(at..).and_then(|rest| rest.strip_prefix(b"bin/")).is_some_and(named)
    })
}

/// What is left of the bytes behind the steps, if they can be taken.
pub(super) fn follow<'a>(parts: &[Part], bytes: &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = bytes;
    for (place, part) in parts.iter().enumerate() {
        let behind = parts.get(place + 1..).unwrap_or_default();
        rest = match part {
            Part::Is(wanted) => rest.strip_prefix(*wanted)?,
            Part::Fold(wanted) => {
                let (first, rest) = rest.split_at_checked(wanted.len())?;
                first.eq_ignore_ascii_case(wanted).then_some(rest)?
            }
            Part::Any(count) => rest.get(*count..)?,
            Part::One(set) => rest.split_first().filter(|(byte, _)| is_in(set, **byte))?.1,
            Part::Run(set, min, max) => {
                let run = rest.iter().take(*max).take_while(|byte| is_in(set, **byte)).count();
                (run >= *min).then(|| rest.get(run..))??
            }
            Part::Or(ways) => ways.iter().find_map(|way| rest.strip_prefix(*way))?,
            Part::Opt(parts) => follow(parts, rest).unwrap_or(rest),
            Part::Within(min, max) => return find(behind, rest, *min, *max),
            Part::Before(byte, min, max) => {
                let end = memchr::memchr(*byte, rest).unwrap_or(rest.len());
                return find(behind, rest, *min, end.min(*max));
            }
        };
    }
    Some(rest)
}

/// Whether a byte is in a set.
pub(super) fn is_in(set: Set, byte: u8) -> bool {
    set.iter().any(|(first, last)| (*first..=*last).contains(&byte))
}

/// Takes the steps at the first place from `min` to `max` where they can be taken.
///
/// It is enough to find the steps up to the next search once: that has the most to search from there.
fn find<'a>(parts: &[Part], bytes: &'a [u8], min: usize, max: usize) -> Option<&'a [u8]> {
    let searches = |part: &Part| matches!(part, Part::Within(..) | Part::Before(..));
    let next = parts.iter().position(searches).unwrap_or(parts.len());
    let (near, far) = parts.split_at_checked(next)?;
    let mut at = min;
    loop {
        if let Some(Part::Is(first)) = near.first() {
            let last = bytes.len().min(max.saturating_add(first.len()));
            at += memmem::find(bytes.get(at..last)?, first)?;
        }
        if at > max {
            return None;
        }
        if let Some(rest) = follow(near, bytes.get(at..)?) {
            return follow(far, rest);
        }
        at += 1;
    }
}
