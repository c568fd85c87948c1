//! Browsers: texts that begin as those of Mozilla or Opera do, and name others for courtesy.

use super::version::{Program, Version, memmem, plain, run};

/// Whether a text is that of a browser: `Mozilla/` or `Opera/`, a number and a dot.
pub(super) fn is_browser(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"Mozilla/").or_else(|| text.strip_prefix(b"Opera/")).unwrap_or_default();
    let digits = run(rest, |byte| byte.is_ascii_digit());
    digits > 0 && rest.get(digits) == Some(&b'.')
}

/// A rule: what it makes of a text, if it is meant.
type Rule = fn(&[u8]) -> Option<Program>;

/// The first rule that is meant decides.
const RULES: [Rule; 11] = [
    late_opera,
    explorer,
    |text| of(text, b"Edge/", "Edge"),
    safari,
    gecko,
    |text| order(text, b"Chrome/", b"Safari/").and_then(|()| of(text, b"Chrome/", "Chrome")),
    opera,
    flash,
    |text| of(text, b"AdobeAIR/", "AdobeAIR"),
    |text| of(text, b"AppleWebKit/", "Unspecified WebKit"),
    java,
];

/// The browser that a text names.
pub(super) fn program(text: &[u8]) -> Program {
    RULES.iter().find_map(|rule| rule(text)).unwrap_or_else(|| named("<unknown browser>", Version::default()))
}

fn named(name: &str, version: Version) -> Program {
    Program { name: name.into(), version }
}

/// A word with the digits and dots behind it; its version.
fn version_at(text: &[u8], word: &[u8]) -> Option<Version> {
    let from = text.get(memmem(text, word)?..)?;
    let digits = run(from.get(word.len()..)?, |byte| byte.is_ascii_digit() || byte == b'.');
    from.get(..word.len() + digits).map(|piece| plain(piece).version)
}

/// A browser whose word is in a text.
fn of(text: &[u8], word: &[u8], name: &str) -> Option<Program> {
    version_at(text, word).map(|version| named(name, version))
}

/// Whether one word is in a text with another one behind it.
fn order(text: &[u8], first: &[u8], second: &[u8]) -> Option<()> {
    let from = text.get(memmem(text, first)? + first.len()..)?;
    memmem(from, second).map(|_| ())
}

/// It ends with its name and number.
fn late_opera(text: &[u8]) -> Option<Program> {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let (before, number) = text.split_at_checked(text.len() - digits)?;
    before.ends_with(b"Opera ").then(|| named("Opera", plain(&[b"Opera ", number].concat()).version))
}

/// Later ones tell an earlier version, and the engine's.
fn explorer(text: &[u8]) -> Option<Program> {
    const ENGINES: [(&[u8], u64); 4] =
        [(b"Trident/4.0", 8), (b"Trident/5.0", 9), (b"Trident/6.0", 10), (b"Trident/7.0", 11)];
    memmem(text, b" MSIE ").or_else(|| memmem(text, b"Trident/"))?;
    let engine = ENGINES.iter().find(|(engine, _)| memmem(text, engine).is_some());
    let version = match engine {
        Some((_, major)) => Version { numbers: [Some(*major), Some(0), None, None], addl: None },
        None => early_explorer(text),
    };
    Some(named("MSIE", version))
}

/// `MSIE 5.5`, or with a letter behind it: `MSIE 6.0b`.
fn early_explorer(text: &[u8]) -> Version {
    let from = memmem(text, b"MSIE ").and_then(|at| text.get(at..)).unwrap_or_default();
    let word = b"MSIE ".len();
    let digits = run(from.get(word..).unwrap_or_default(), |byte| byte.is_ascii_digit() || byte == b'.');
    let end = word + digits;
    let end = if from.get(end) == Some(&b'b') { end + 1 } else { end };
    from.get(..end).map(|piece| plain(piece).version).unwrap_or_default()
}

fn safari(text: &[u8]) -> Option<Program> {
    order(text, b"Version/", b"Safari/")?;
    let mut version = version_at(text, b"Version/")?;
    if order(text, b" Mobile", b" Safari").is_some() {
        version.addl = Some(b"Mobile".as_slice().into());
    }
    Some(named("Safari", version))
}

/// The first one of the words in the text.
fn gecko(text: &[u8]) -> Option<Program> {
    const WORDS: [(&[u8], &str); 3] =
        [(b"Firefox/", "Firefox"), (b"Netscape/", "Netscape"), (b"Thunderbird/", "Thunderbird")];
    let found = WORDS.iter().filter_map(|(word, name)| Some((memmem(text, word)?, word, name)));
    let (_, word, name) = found.min()?;
    of(text, word, name)
}

fn opera(text: &[u8]) -> Option<Program> {
    if !text.starts_with(b"Opera/") {
        return None;
    }
    let small = [(&b"Opera Mini/"[..], "Opera Mini"), (&b"Opera Mobi/"[..], "Opera Mobi")];
    let small = small.into_iter().find(|(word, _)| memmem(text, word).is_some());
    let version = version_at(text, b"Version/");
    let version = version.or_else(|| small.and_then(|(word, _)| version_at(text, word)));
    Some(named(small.map_or("Opera", |(_, name)| name), version.unwrap_or_default()))
}

fn flash(text: &[u8]) -> Option<Program> {
    memmem(text, b"Flash%20Player")?;
    // Text, a separator, text.
    let second = text.split(|byte| matches!(byte, b'/' | b' ')).nth(1).unwrap_or_default();
    Some(named("Flash", plain(second).version))
}

/// A digit and a dot behind the word.
fn java(text: &[u8]) -> Option<Program> {
    const WORD: &[u8] = b" Java/";
    let at = memmem(text, WORD)?;
    let rest = text.get(at + WORD.len()..)?;
    if !(rest.first()?.is_ascii_digit() && rest.get(1) == Some(&b'.')) {
        return None;
    }
    let digits = run(rest, |byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'));
    let piece = text.get(at + 1..at + WORD.len() + digits)?;
    Some(named("Java", plain(piece).version))
}
