//! Types that the first tag tells, behind comments and a declaration of XML: HTML, feeds, calls.
//!
//! A comment may end at any `-->` behind its beginning and the declaration at any `?>`, so one pass notes where a tag
//! may stand, and every tag is tried there.

use super::rule::Part::{Before, Fold, Is, Opt, Run};
use super::rule::{MANY, Part, WHITE, follow, is_in};
use super::special::unmarked;

/// What may stand before a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// A mark of byte order, comments, the declaration.
    All,
    /// Comments, the declaration.
    NoMark,
    /// A mark of byte order, comments.
    NoDeclaration,
    /// Comments.
    Comments,
}

/// A type, and the tag that tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    pub(super) mime: &'static str,
    pub(super) strength: i16,
    pub(super) lead: Lead,
    pub(super) tag: &'static [Part],
}

const fn tag(mime: &'static str, strength: i16, lead: Lead, tag: &'static [Part]) -> Tag {
    Tag { mime, strength, lead, tag }
}

const SPACES: Part = Run(&[(b' ', b' ')], 1, MANY);
const NUL: Part = Run(&[(0, 0)], 0, 1);
const QUOTE: Part = Run(&[(b'"', b'"'), (b'\'', b'\'')], 0, 1);
const IN_TAG: Part = Before(b'>', 0, MANY);

pub(super) static TAGS: &[Tag] = &[
    tag(
        "application/f4m",
        49,
        Lead::All,
        &[Fold(b"<manifest"), Run(WHITE, 1, MANY), Is(b"xmlns=\"http://ns.adobe.com/f4m/")],
    ),
    tag("application/soap+xml", 49, Lead::All, &[Fold(b"<soap"), Opt(&[Fold(b"-env")]), Fold(b":envelope")]),
    tag(
        "application/xml",
        10,
        Lead::NoDeclaration,
        &[NUL, Is(b"<"), NUL, Is(b"?"), NUL, Is(b"x"), NUL, Is(b"m"), NUL, Is(b"l"), NUL, Is(b" ")],
    ),
    tag("application/xml-rpc", 49, Lead::All, &[Fold(b"<methodresponse>")]),
    tag("magnus-internal/cold-fusion", 20, Lead::Comments, &[Part::Or(&[b"<CFPARAM", b"<CFSET", b"<CFIF"])]),
    tag("text/atom", 100, Lead::All, &[Fold(b"<rss"), IN_TAG, Is(b"xmlns:atom")]),
    tag(
        "text/atom",
        100,
        Lead::All,
        &[
            Fold(b"<feed"),
            IN_TAG,
            Is(b"xmlns="),
            QUOTE,
            Is(b"http://www"),
            Part::Any(1),
            Is(b"w3"),
            Part::Any(1),
            Is(b"org/2005/Atom"),
        ],
    ),
    tag("text/html", 100, Lead::All, &[Fold(b"<!doctype"), SPACES, Fold(b"html")]),
    tag("text/html", 100, Lead::All, &[Fold(b"<html")]),
    tag("text/html", 100, Lead::All, &[Fold(b"<meta"), SPACES, Fold(b"http-equiv")]),
    tag("text/html", 20, Lead::All, &[Fold(b"<head")]),
    tag("text/html", 20, Lead::All, &[Fold(b"<title")]),
    tag("text/html", 20, Lead::All, &[Fold(b"<body")]),
    tag("text/rss", 90, Lead::All, &[Fold(b"<rss")]),
    tag(
        "text/x-cross-domain-policy",
        49,
        Lead::NoMark,
        &[Fold(b"<!doctype"), SPACES, Fold(b"cross-domain-policy")],
    ),
    tag("text/x-cross-domain-policy", 49, Lead::NoMark, &[Fold(b"<cross-domain-policy")]),
];

/// Where a comment or a declaration begins, and whether it may end at a place.
#[derive(Clone, Copy, Default)]
struct Open(Option<usize>);

impl Open {
    fn at(&mut self, at: usize) {
        self.0 = self.0.or(Some(at));
    }

    /// Whether `before`, which is to end it, ends with `mark`; `begin` bytes are its beginning.
    fn ends(self, before: &[u8], mark: &[u8], begin: usize) -> bool {
        self.0.is_some_and(|at| before.ends_with(mark) && before.len() >= at + begin + mark.len())
    }
}

/// Tells every type whose tag stands where it may.
pub(super) fn tags(head: &[u8], mut tell: impl FnMut(&'static Tag)) {
    let text = unmarked(head);
    let marked = text.len() < head.len();
    let (mut first, mut second) = (true, true);
    let (mut comment, mut declaration, mut later_comment) =
        (Open::default(), Open::default(), Open::default());
    for at in 0..text.len() {
        let Some((before, rest)) = text.split_at_checked(at) else { return };
        let white = before.last().is_none_or(|byte| is_in(WHITE, *byte));
        first = first && white || comment.ends(before, b"-->", 4);
        second = first
            || second && white
            || declaration.ends(before, b"?>", 6)
            || later_comment.ends(before, b"-->", 4);
        if second {
            if rest.starts_with(b"<!--") {
                later_comment.at(at);
                if first {
                    comment.at(at);
                }
            }
            if first && rest.starts_with(b"<?xml ") {
                declaration.at(at);
            }
            if matches!(rest.first(), Some(b'<' | b'\0')) {
                let tags = TAGS.iter().filter(|tag| may_stand(tag.lead, marked, first));
                tags.filter(|tag| follow(tag.tag, rest).is_some()).for_each(&mut tell);
            }
        } else if comment.0.is_none() && declaration.0.is_none() && later_comment.0.is_none() {
            return;
        }
    }
}

fn may_stand(lead: Lead, marked: bool, first: bool) -> bool {
    match lead {
        Lead::All => true,
        Lead::NoMark => !marked,
        Lead::NoDeclaration => first,
        Lead::Comments => first && !marked,
    }
}
