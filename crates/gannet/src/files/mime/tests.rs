//! Every type by samples, every rule by bytes made from it, the rules that bind several, and hostile bytes.

use std::collections::BTreeSet;

use super::rule::{Part, Rule, Test};
use super::samples::SAMPLES;
use super::*;

fn rules() -> impl Iterator<Item = &'static Rule> {
    TABLES.iter().flat_map(|table| table.rules)
}

fn types() -> BTreeSet<&'static str> {
    rules().map(|rule| rule.mime).chain(markup::TAGS.iter().map(|tag| tag.mime)).collect()
}

/// Bytes that take the steps, with as few as may be.
fn taking(parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        match part {
            Part::Is(is) | Part::Fold(is) => bytes.extend_from_slice(is),
            Part::Any(count) => bytes.resize(bytes.len() + count, b'.'),
            Part::One(set) => bytes.push(set[0].0),
            Part::Run(set, min, _) => bytes.resize(bytes.len() + min, set[0].0),
            Part::Or(ways) => bytes.extend_from_slice(ways[0]),
            Part::Opt(_) => {}
            Part::Within(min, _) | Part::Before(_, min, _) => bytes.resize(bytes.len() + min, b'.'),
        }
    }
    bytes
}

/// Bytes that follow a rule, unless a function is it.
fn following(rule: &Rule) -> Option<Vec<u8>> {
    match rule.test {
        Test::At(offset, bytes) => Some([&vec![b'.'; offset], bytes].concat()),
        Test::Parts(parts) => Some(taking(parts)),
        Test::Script(names) => Some([b"#!/bin/", names[0]].concat()),
        Test::By(_) => None,
    }
}

#[test]
fn types_are_as_many_as_they_should_be() {
    assert_eq!(types().len(), 270);
}

#[test]
fn samples_are_of_their_types() {
    for (mime, pieces) in SAMPLES {
        let bytes = pieces.concat();
        assert_eq!(sniff(&bytes), Some(*mime), "{:?}", bytes.escape_ascii().to_string());
        // What comes behind changes nothing, unless the file is too short for text without it.
        let longer = [&bytes, &b"\x01\x02\x03"[..]].concat();
        assert_eq!(sniff(&longer), Some(*mime), "{:?}", bytes.escape_ascii().to_string());
    }
}

/// All types have samples, but for a program stream of MPEG, which is always video/mpeg too, and that is stronger.
#[test]
fn every_type_has_a_sample() {
    let sampled: BTreeSet<&str> = SAMPLES.iter().map(|(mime, _)| *mime).collect();
    let without: Vec<_> = types().into_iter().filter(|mime| !sampled.contains(mime)).collect();
    assert_eq!(without, ["video/mp2p"]);
    assert_eq!(sniff(b"\0\0\x01\xba\x44\0\x04\0"), Some("video/mpeg"));
}

#[test]
fn every_rule_holds_for_bytes_made_from_it_and_not_for_less() {
    for rule in rules() {
        let Some(bytes) = following(rule) else { continue };
        assert!(rule.holds(&bytes), "{rule:?}");
        assert!(!rule.holds(&bytes[..bytes.len() - 1]), "{rule:?}");
        assert!(!rule.holds(&[]), "{rule:?}");
        assert!(sniff(&bytes).is_some(), "{rule:?}");
    }
    for tag in markup::TAGS {
        let mut told = Vec::new();
        markup::tags(&taking(tag.tag), |tag| told.push(tag.mime));
        assert!(told.contains(&tag.mime), "{tag:?}");
    }
}

/// A rule says what another one of its type says already if nothing tells them apart.
#[test]
fn no_rule_is_there_twice() {
    let all: Vec<String> =
        rules().map(|rule| format!("{rule:?}")).filter(|text| !text.contains("By(")).collect();
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}

#[test]
fn what_has_no_type() {
    let none: [&[u8]; 12] = [
        b"",
        b"\0",
        b"ninechars",
        b"\xef\xbb\xbfninechars",
        b"{}",
        b"[]",
        b"{\"a\":nu",
        b"[1]",
        b"[true]",
        b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a",
        b"\xff\xfet\0e\0x\0t\0 \0i\0n\0 \0U\0T\0F",
        b"a b c d e\0",
    ];
    for bytes in none {
        assert_eq!(sniff(bytes), None, "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn the_stronger_rule_wins_and_then_the_alphabet() {
    let cases: [(&[u8], &str); 19] = [
        (b"just text, and then \xff\xfe\0", "text/plain"),
        (b"line\r\nline\r\n", "text/plain"),
        (b"{\"a\": null, \"b\": 1}", "text/plain"),
        (b"{\"a\": {\"b\": 1}}", "text/json"),
        (b"\xef\xbb\xbf [ \"a\" , 1]", "text/json"),
        (b"{ key : false }", "text/json"),
        (b"[1.5, 2]", "text/json"),
        // A line of an array looks like a section, which is stronger.
        (b"[\"a\", 1]\n", "text/ini"),
        (b"\r\n[section] \t\r\nkey=value", "text/ini"),
        (b"<?xml version=\"1.0\"?><a/>", "application/xml"),
        (b"<?xml version=\"1.0\"?><!-- a --> <HTML>", "text/html"),
        (b"<?xml version=\"1.0\"?><rss xmlns:atom=\"a\">", "text/atom"),
        (b"<?xml version=\"1.0\"?><x><svg>", "image/svg+xml"),
        (b"<p><?php echo 1 ?>", "text/x-php"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "application/x-mach-o-executable"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "application/x-java-applet"),
        (b"PK\x03\x04\x14\0\x08\0\x08\0", "application/zip"),
        (b"PK\x03\x04\x14\0\x06\0\x08\0", "application/vnd.openxmlformats-officedocument"),
        (b"#!/bin/sh <?php", "text/x-shellscript"),
    ];
    for (bytes, mime) in cases {
        assert_eq!(sniff(bytes), Some(mime), "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn comments_and_declarations_end_wherever_they_may() {
    let html: [&[u8]; 7] = [
        b"<!-- --><html>",
        b"  <!----><!-- --> -->\n\t<html>",
        b"<!-- <html> --> not yet <!-- here: --><html>",
        b"<!--><html>--><html>",
        b"<?xml version?> not yet ?><html>",
        b"<!-- --><?xml a?> <!-- b --> <html>",
        b"\xff\xfe \r\n<!doctype   HTML",
    ];
    for bytes in html {
        assert_eq!(sniff(bytes), Some("text/html"), "{:?}", bytes.escape_ascii().to_string());
    }
    let other: [&[u8]; 6] = [
        b"<!--><html>",
        b"<?xml?><html>",
        b"text <html> text",
        b"<!doctype\nhtml>",
        b"<!-- --> text <html>",
        b"<?xml version ?> text <html>",
    ];
    for bytes in other {
        assert_ne!(sniff(bytes), Some("text/html"), "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn interpreters_near_the_beginning_of_the_first_line() {
    let shell: [&[u8]; 5] = [
        b"#!/bin/sh",
        b"#! /usr/bin/env bash",
        b"#!/usr/local/bin/zsh",
        b"#!/usr/bin/env \t ksh",
        b"#!0123456789abcdebin/sh",
    ];
    for bytes in shell {
        assert_eq!(sniff(bytes), Some("text/x-shellscript"), "{:?}", bytes.escape_ascii().to_string());
    }
    let other: [&[u8]; 5] =
        [b"#!bin/sh", b"#!/bin/fish", b"#!0123456789abcdefbin/sh", b"#!\n/bin/sh", b"#!/bin/envsh"];
    for bytes in other {
        assert_ne!(sniff(bytes), Some("text/x-shellscript"), "{:?}", bytes.escape_ascii().to_string());
    }
}

#[test]
fn only_the_first_bytes_count() {
    let late = |at: usize| [&vec![1; at], &b"<?php"[..]].concat();
    assert_eq!(sniff(&late(LOOKED_AT - 5)), Some("text/x-php"));
    assert_eq!(sniff(&late(LOOKED_AT - 4)), None);
}

/// Whatever the bytes are, it takes steps in proportion to their number; what would take the square of it, hours.
#[test]
fn hostile_bytes_take_no_time() {
    let units: [&[u8]; 14] = [
        b"<!--",
        b"--><feed ",
        b"--> ",
        b"?><meta ",
        b"<?xml ?>",
        b" ",
        b"<rss",
        b"P1 1  ",
        b"--- \n+++ \n",
        b"`[[[",
        b"PK\x03\x04",
        b"#!/bin/env ",
        b"[{\"",
        b"\0",
    ];
    for first in units {
        for unit in units {
            let bytes = [first, &unit.repeat(LOOKED_AT)].concat();
            for cut in [1, 10, 100, 1000, LOOKED_AT, bytes.len()] {
                let _any = sniff(&bytes[..cut.min(bytes.len())]);
            }
        }
    }
}

proptest::proptest! {
    /// Samples that are cut, changed and put together never break anything, and bytes behind the limit never count.
    #[test]
    fn nothing_breaks(
        picks in proptest::collection::vec((0..SAMPLES.len(), 0..600_usize), 1..6),
        changes in proptest::collection::vec((0..600_usize, 0..=255_u8), 0..4),
    ) {
        let mut bytes = Vec::new();
        for (sample, cut) in picks {
            let sample = SAMPLES[sample].1.concat();
            bytes.extend_from_slice(&sample[..cut.min(sample.len())]);
        }
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let mime = sniff(&bytes);
        if bytes.len() < LOOKED_AT {
            bytes.resize(LOOKED_AT, 0);
        }
        let filled = sniff(&bytes);
        bytes.extend_from_slice(b"<?php");
        proptest::prop_assert_eq!(sniff(&bytes), filled);
        proptest::prop_assert!(mime.is_none_or(|mime| types().contains(mime)));
    }
}

#[test]
fn the_first_byte_leaves_out_no_rule_that_holds() {
    let made = rules().filter_map(following);
    let heads = SAMPLES.iter().map(|(_, pieces)| pieces.concat()).chain(made).chain([Vec::new()]);
    for head in heads {
        for byte in head.first().copied().into_iter().chain((0..=255).step_by(11)) {
            let changed: Vec<u8> =
                head.iter().enumerate().map(|(at, old)| if at == 0 { byte } else { *old }).collect();
            for table in &TABLES {
                let tried: Vec<_> = table.of_head(&changed).map(|rule| rule.mime).collect();
                let hold = table.rules.iter().filter(|rule| rule.holds(&changed));
                for rule in hold {
                    assert!(tried.contains(&rule.mime), "{rule:?} of {}", changed.escape_ascii());
                }
            }
        }
    }
}

#[test]
fn the_first_byte_leaves_few_rules() {
    let left = |byte: u8| TABLES.iter().map(|table| table.of_head(&[byte]).count()).sum::<usize>();
    let all = rules().count();
    assert!((0..=255).all(|byte| left(byte) * 4 < all), "{all}");
}
