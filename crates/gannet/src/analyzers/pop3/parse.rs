//! Lines of POP3 (RFC 1939, section 3): the word that one begins with, and what follows it.

/// Words of commands and replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Ok,
    Err,
    User,
    /// PASS.
    Pass,
    Apop,
    Auth,
    /// STAT, DELE, RSET, NOOP, LAST and XSENDER: one line asks, one line answers.
    Short,
    /// LIST and UIDL.
    List,
    /// RETR and TOP.
    Mail,
    Capa,
    Stls,
    Quit,
}

/// Words by name. With each comparison another sign at the front is taken for part of a reply's.
const WORDS: &[(&str, Word)] = &[
    ("OK", Word::Ok),
    ("ERR", Word::Err),
    ("USER", Word::User),
    ("PASS", Word::Pass),
    ("APOP", Word::Apop),
    ("AUTH", Word::Auth),
    ("STAT", Word::Short),
    ("LIST", Word::List),
    ("RETR", Word::Mail),
    ("DELE", Word::Short),
    ("RSET", Word::Short),
    ("NOOP", Word::Short),
    ("LAST", Word::Short),
    ("QUIT", Word::Quit),
    ("TOP", Word::Mail),
    ("CAPA", Word::Capa),
    ("UIDL", Word::List),
    ("STLS", Word::Stls),
    ("XSENDER", Word::Short),
];

/// A line's first word and what follows it, blanks around them left out and those inside brought down to one. Both are empty
/// if there is nothing else.
pub(super) fn split(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let line =
        line.get(line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()..).unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_vec();
    let rest: Vec<&[u8]> = words.collect();
    (first, rest.join(&b' '))
}

/// What a word is.
pub(super) fn word(text: &[u8]) -> Option<Word> {
    let mut rest = text;
    if text.is_empty() {
        return None;
    }
    for (name, word) in WORDS {
        rest = rest.strip_prefix(b"+").or(rest.strip_prefix(b"-")).unwrap_or(rest);
        if rest.eq_ignore_ascii_case(name.as_bytes()) {
            return Some(*word);
        }
    }
    None
}

/// How a client proves who it is (RFC 5034).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Three texts with zero bytes between them (RFC 4616).
    Plain,
    Other,
}

impl Method {
    /// The method in the argument of AUTH.
    pub(super) fn of(argument: &[u8]) -> Self {
        let has = |name: &[u8]| memchr::memmem::find(argument, name).is_some();
        if !has(b"LOGIN") && has(b"PLAIN") { Self::Plain } else { Self::Other }
    }
}

/// Whether an answer has the three texts of PLAIN, the last one not empty.
pub(super) fn is_plain(answer: &[u8]) -> bool {
    let mut parts = answer.splitn(3, |byte| *byte == 0);
    parts.nth(2).is_some_and(|last| !last.is_empty())
}
