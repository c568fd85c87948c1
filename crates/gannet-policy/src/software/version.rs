//! Name and version of a program, from the text by which it names itself.

use gannet::parsers::uri;

/// The version of a program: up to four numbers, and what follows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    /// From the major one on; a number may be unset before one that is set.
    pub(super) numbers: [Option<u64>; 4],
    pub(super) addl: Option<Box<[u8]>>,
}

impl Version {
    /// Bytes that it has allocated.
    pub(super) fn held(&self) -> usize {
        self.addl.as_ref().map_or(0, |addl| addl.len())
    }
}

impl Version {
    /// A version alone, as somebody writes it.
    pub(super) fn alone(text: &str) -> Self {
        // A number alone is none to who reads names with versions.
        let end = if text.bytes().all(|byte| byte.is_ascii_digit()) { "." } else { "" };
        plain(format!("x/{text}{end}").as_bytes()).version
    }

    /// Which of two is the newer one: number by number, and then by what follows; what is unset comes first.
    pub(super) fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| self.addl.cmp(&other.addl))
    }

    /// `8.9p1` as notices have it: `8.9-p1`.
    pub(super) fn shown(&self) -> String {
        let [major, rest @ ..] = self.numbers;
        let mut text = major.unwrap_or_default().to_string();
        for number in rest.into_iter().map_while(|number| number) {
            text += &format!(".{number}");
        }
        if let Some(addl) = &self.addl {
            text += &format!("-{}", String::from_utf8_lossy(addl));
        }
        text
    }
}

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) name: Vec<u8>,
    pub(super) version: Version,
}

/// The name that Android's own programs have for a phone: `A/9/Google/Pixel`.
pub(super) fn android(text: &[u8]) -> Option<Program> {
    let is_pixel = |at: usize| {
        let rest = text.get(at + 2..).unwrap_or_default();
        let digits = run(rest, |byte| byte.is_ascii_digit() || byte == b'.');
        rest.get(digits..).is_some_and(|rest| rest.starts_with(b"/Google/Pixel"))
    };
    memmem(text, b"A/").filter(|_| all(text, b"A/").any(is_pixel))?;
    let part = text.split(|byte| *byte == b'/').nth(1).unwrap_or_default();
    let version = match part.contains(&b'.') {
        true => plain(part).version,
        false => Version { numbers: [Some(number(part)), None, None, None], addl: None },
    };
    Some(Program { name: b"Android (Google Pixel)".to_vec(), version })
}

/// What most texts are: a name, numbers, and something more.
pub(super) fn plain(text: &[u8]) -> Program {
    let text = unescaped(text);
    let Some((start, end)) = block(&text) else {
        return Program { name: named(text.trim_ascii().to_vec()), version: Version::default() };
    };
    let (before, rest) = text.split_at_checked(start).unwrap_or_default();
    let (block, after) = rest.split_at_checked(end - start).unwrap_or_default();
    let version = Version { numbers: numbers(block), addl: addl(after).map(Into::into) };
    Program { name: named(name(before)), version }
}

/// `\x` stands for `%`, and then what a URI escapes is as it was.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let escape = rest.strip_prefix(b"\\x");
        plain.push(if escape.is_some() { b'%' } else { *first });
        rest = escape.unwrap_or(tail);
    }
    uri::unescape(&plain, &mut |_| ())
}

/// A line of SSH without what it says of the protocol's version: at its front, or the first one anywhere.
pub(super) fn behind_protocol(line: &[u8], at_front: bool) -> Vec<u8> {
    const WORD: &[u8] = b"SSH";
    let least = if at_front { 1 } else { 2 };
    let length = |at: usize| {
        let rest = line.get(at + WORD.len()..).unwrap_or_default();
        run(rest, |byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
    };
    let found = all(line, WORD).find(|at| length(*at) >= least).filter(|at| !at_front || *at == 0);
    let Some(at) = found else { return line.to_vec() };
    let (before, rest) = line.split_at_checked(at).unwrap_or_default();
    [before, rest.get(WORD.len() + length(at)..).unwrap_or_default()].concat()
}

/// One of the names that a program is known by under another.
fn named(name: Vec<u8>) -> Vec<u8> {
    if name == b"Flash Player" { b"Flash".to_vec() } else { name }
}

/// How many bytes at the front are of a kind.
pub(super) fn run(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !is(*byte)).unwrap_or(bytes.len())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Bytes of the separator at the front: one of `/-_`, or a blank with brackets or a `v` behind it.
fn separator(bytes: &[u8]) -> usize {
    match bytes.split_first() {
        Some((b'/' | b'-' | b'_', _)) => 1,
        Some((first, rest)) if is_blank(*first) => match run(rest, |byte| matches!(byte, b'(' | b'v')) {
            0 => 0,
            brackets => 1 + brackets,
        },
        _ => 0,
    }
}

/// Where the first block of numbers is, with the separator before it: two characters at least.
fn block(text: &[u8]) -> Option<(usize, usize)> {
    const LEAST: usize = 2;
    let in_block = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_' | b',' | b' ');
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = separator(rest);
        let plain = run(rest, in_block);
        let behind = run(rest.get(skipped..).unwrap_or_default(), in_block);
        let separated = if skipped > 0 && behind >= LEAST { skipped + behind } else { 0 };
        let longest = separated.max(if plain >= LEAST { plain } else { 0 });
        if longest > 0 {
            return Some((at, at + longest));
        }
        at += 1;
    }
    None
}

/// The name before a block: without its first separator, if it ends in one.
fn name(before: &[u8]) -> Vec<u8> {
    let ends = |at: usize| separator(before.get(at..).unwrap_or_default()) == before.len() - at;
    let mut name = before.to_vec();
    if (0..before.len()).any(|at| separator(before.get(at..).unwrap_or_default()) > 0 && ends(at))
        && let Some(first) = (0..before.len()).find(|at| separator(before.get(*at..).unwrap_or_default()) > 0)
    {
        let length = separator(before.get(first..).unwrap_or_default());
        name.drain(first..first + length);
    }
    let name = name.trim_ascii();
    name.strip_prefix(b"(").unwrap_or(name).trim_ascii().to_vec()
}

/// The numbers of a block.
fn numbers(block: &[u8]) -> [Option<u64>; 4] {
    let block = block.trim_ascii();
    let leads = |byte: &&u8| matches!(byte, b'/' | b'-' | b'.' | b'_' | b'v' | b'(');
    let block =
        if block.first().filter(leads).is_some() { block.get(1..).unwrap_or_default() } else { block };
    let parts = block.trim_ascii().splitn(4, |byte| b"-._,[({ ".contains(byte));
    let mut numbers = [None; 4];
    for (place, part) in numbers.iter_mut().zip(parts) {
        *place = (!part.is_empty()).then(|| number(part));
    }
    numbers
}

/// The first number in a text, 0 if there is none.
pub(super) fn number(text: &[u8]) -> u64 {
    let digits =
        text.iter().skip_while(|byte| !byte.is_ascii_digit()).take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |sum: u64, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}

/// What follows a block.
fn addl(after: &[u8]) -> Option<Vec<u8>> {
    if after.is_empty() || after == b")" {
        return None;
    }
    if let Some(inside) = bracketed(after) {
        return Some(inside.to_vec());
    }
    let mut parts = after.splitn(4, |byte| b"-._,;[](){} ".contains(byte)).take(3);
    Some(parts.find(|part| !part.is_empty()).unwrap_or(after).trim_ascii().to_vec())
}

/// Plain words in brackets at the front.
fn bracketed(after: &[u8]) -> Option<&[u8]> {
    let rest = after.get(run(after, is_blank)..)?.strip_prefix(b"(")?;
    let words = run(rest, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') || is_blank(byte)
    });
    let (inside, behind) = rest.split_at_checked(words)?;
    behind.starts_with(b")").then_some(inside)
}

/// Where a word is first.
pub(super) fn memmem(text: &[u8], word: &[u8]) -> Option<usize> {
    all(text, word).next()
}

/// Where a word is.
fn all<'t>(text: &'t [u8], word: &'t [u8]) -> impl Iterator<Item = usize> + 't {
    text.windows(word.len()).enumerate().filter(move |(_, window)| *window == word).map(|(at, _)| at)
}
