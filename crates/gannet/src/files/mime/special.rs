//! Types that take more than bytes at places: text, JSON, INI files, bytecode by release.

use super::rule::{DIGIT, MANY, Part, Rule, WHITE, by, follow, is_in};

pub(super) const RULES: &[Rule] = &[
    by("application/x-python-bytecode", 80, python),
    by("text/ini", 20, ini),
    by("text/json", 1, json),
    by("text/plain", -20, plain),
];

/// Marks of byte order, UTF-8 and UTF-16.
const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];

/// The bytes behind a mark of byte order, if there is one.
pub(super) fn unmarked(head: &[u8]) -> &[u8] {
    MARKS.iter().find_map(|mark| head.strip_prefix(*mark)).unwrap_or(head)
}

/// Ten printable characters, behind a mark of byte order if there is one.
fn plain(head: &[u8]) -> bool {
    const MARKS: [&[u8]; 5] = [b"\xef\xbb\xbf", b"\0\0\xfe\xff", b"\xfe\xff", b"\xff\xfe\0\0", b"\xff\xfe"];
    const TEXT: &[(u8, u8)] = &[(b'\t', b'\r'), (b' ', b'~')];
    let text = MARKS.iter().find_map(|mark| head.strip_prefix(*mark)).unwrap_or(head);
    text.get(..10).is_some_and(|first| first.iter().all(|byte| is_in(TEXT, *byte)))
}

/// A line of `[section]`, behind blanks.
fn ini(head: &[u8]) -> bool {
    let blank = |byte: &u8| matches!(byte, b'\0' | b' ' | b'\t');
    let text = unmarked(head);
    let begin = text.iter().position(|byte| !blank(byte) && !matches!(byte, b'\r' | b'\n'));
    let Some(line) = begin.and_then(|at| text.get(at..)).and_then(|text| text.strip_prefix(b"[")) else {
        return false;
    };
    let Some(end) = line.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else { return false };
    let line = line.get(..end).unwrap_or_default();
    let last = line.iter().rposition(|byte| !blank(byte)).unwrap_or(0);
    last > 0 && line.get(last) == Some(&b']')
}

/// An object whose first member is told by name and beginning of its value, or an array whose first one is.
fn json(head: &[u8]) -> bool {
    let Some((kind, rest)) = white(unmarked(head)).split_first() else { return false };
    match kind {
        b'{' => object(white(rest)).unwrap_or(false),
        b'[' => array(white(rest)).unwrap_or(false),
        _ => false,
    }
}

fn white(bytes: &[u8]) -> &[u8] {
    follow(&[Part::Run(WHITE, 0, MANY)], bytes).unwrap_or(bytes)
}

/// The bytes behind a text in quotes that is not empty.
fn quoted(bytes: &[u8]) -> Option<&[u8]> {
    let text = bytes.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', text).filter(|end| *end > 0)?;
    text.get(end + 1..)
}

/// The first member, behind the brace: a name in quotes or a bare word, a colon, the beginning of a value.
fn object(bytes: &[u8]) -> Option<bool> {
    const LETTER: &[(u8, u8)] = &[(b'a', b'z'), (b'A', b'Z')];
    const WORD: &[(u8, u8)] = &[(b'a', b'z'), (b'A', b'Z'), (b'0', b'9'), (b'_', b'_'), (b'\\', b'\\')];
    let word = || follow(&[Part::One(LETTER), Part::Run(WORD, 0, MANY)], bytes);
    let value = white(white(quoted(bytes).or_else(word)?).strip_prefix(b":")?);
    let begins = value.first().is_some_and(|byte| matches!(byte, b'"' | b'[' | b'{' | b'0'..=b'9'));
    Some(begins || value.starts_with(b"true") || value.starts_with(b"false"))
}

/// The first one, behind the bracket: another bracket or brace, or a value with a comma behind it.
fn array(bytes: &[u8]) -> Option<bool> {
    const NUMBER: &[Part] =
        &[Part::Run(DIGIT, 1, MANY), Part::Opt(&[Part::Is(b"."), Part::Run(DIGIT, 1, MANY)])];
    if bytes.starts_with(b"{") || bytes.starts_with(b"[") {
        return Some(true);
    }
    let word = || bytes.strip_prefix(b"true").or_else(|| bytes.strip_prefix(b"false"));
    let behind = quoted(bytes).or_else(|| follow(NUMBER, bytes)).or_else(word)?;
    Some(white(behind).starts_with(b","))
}

/// The magic number of a release of Python, and a line end.
fn python(head: &[u8]) -> bool {
    let Some(&[low, high, b'\r', b'\n']) = head.first_chunk() else { return false };
    let magic = u16::from_le_bytes([low, high]);
    PYTHON.iter().any(|(first, last)| (*first..=*last).contains(&magic))
}

/// Magic numbers of Python's bytecode, releases 1 to 3.14; from 3.0 on each release has a range of its own.
const PYTHON: &[(u16, u16)] = &[
    (3000, 3000),
    (3010, 3010),
    (3020, 3020),
    (3030, 3030),
    (3040, 3040),
    (3050, 3050),
    (3060, 3061),
    (3071, 3071),
    (3081, 3081),
    (3091, 3091),
    (3101, 3101),
    (3103, 3103),
    (3111, 3111),
    (3131, 3131),
    (3141, 3141),
    (3151, 3151),
    (3160, 3160),
    (3170, 3170),
    (3180, 3180),
    (3190, 3190),
    (3200, 3200),
    (3220, 3220),
    (3230, 3230),
    (3250, 3250),
    (3270, 3270),
    (3276, 3276),
    (3280, 3280),
    (3290, 3290),
    (3300, 3300),
    (3310, 3310),
    (3320, 3320),
    (3330, 3330),
    (3340, 3340),
    (3350, 3351),
    (3360, 3361),
    (3370, 3373),
    (3375, 3379),
    (3390, 3394),
    (3400, 3401),
    (3410, 3413),
    (3420, 3425),
    (3430, 3439),
    (3450, 3495),
    (3500, 3531),
    (3550, 3571),
    (3600, 3609),
    (20121, 20121),
    (50428, 50428),
    (50823, 50823),
    (60714, 60714),
    (60717, 60717),
    (62011, 62011),
    (62021, 62021),
    (62041, 62041),
    (62051, 62051),
    (62061, 62061),
    (62071, 62071),
    (62081, 62081),
    (62091, 62092),
    (62101, 62101),
    (62111, 62111),
    (62121, 62121),
    (62131, 62131),
    (62151, 62151),
    (62161, 62161),
    (62171, 62171),
    (62181, 62181),
    (62191, 62191),
    (62201, 62201),
    (62211, 62211),
];
