//! Responses made here.

use super::parse::{Status, read};
use super::{REASONS, upper_hex};
use crate::files::ocsp::Ocsp;
use crate::files::x509::tests::build::{der, oid, seq};

const WHEN: &[u8] = b"20240101000000Z";

fn single(serial: u8, status: Vec<u8>, next: bool) -> Vec<u8> {
    let id = seq(&[seq(&[oid("1.3.14.3.2.26")]), der(4, &[1; 20]), der(4, &[2; 20]), der(2, &[serial])]);
    let next = if next { der(0xa0, &der(0x18, WHEN)) } else { Vec::new() };
    seq(&[id, status, der(0x18, WHEN), next])
}

fn response(singles: &[Vec<u8>]) -> Vec<u8> {
    let data = seq(&[der(0xa1, &seq(&[])), der(0x18, WHEN), seq(singles)]);
    let basic = seq(&[data, seq(&[oid("1.2.840.113549.1.1.11")]), der(3, &[0, 1])]);
    of_kind("1.3.6.1.5.5.7.48.1.1", &basic)
}

fn of_kind(kind: &str, body: &[u8]) -> Vec<u8> {
    seq(&[der(0x0a, &[0]), der(0xa0, &seq(&[oid(kind), der(4, body)]))])
}

fn text(bytes: &[u8]) -> Option<String> {
    let status = |status: &Status<'_>| match status {
        Status::Good => "good".to_owned(),
        Status::Unknown => "unknown".to_owned(),
        Status::Revoked { reason, .. } => format!("revoked {reason:?}"),
    };
    let singles = read(bytes)?;
    let each = singles.iter().map(|single| {
        format!("{:x?} {} {}", single.serial, status(&single.status), single.next_update.is_some())
    });
    Some(each.collect::<Vec<_>>().join("|"))
}

#[test]
fn statuses() {
    let revoked = |reason: Vec<u8>| der(0xa1, &[der(0x18, WHEN), reason].concat());
    let reason = |number: u8| der(0xa0, &der(0x0a, &[number]));
    let cases = [
        (vec![single(1, der(0x80, &[]), true)], Some("[1] good true")),
        (vec![single(1, der(0x82, &[]), false)], Some("[1] unknown false")),
        (vec![single(1, revoked(Vec::new()), false)], Some("[1] revoked None false")),
        (vec![single(1, revoked(reason(4)), false)], Some("[1] revoked Some(4) false")),
        (
            vec![single(1, der(0x80, &[]), false), single(2, der(0x82, &[]), true)],
            Some("[1] good false|[2] unknown true"),
        ),
        // Named twice: the first status is that of both.
        (
            vec![single(1, der(0x80, &[]), true), single(1, der(0x82, &[]), false)],
            Some("[1] good true|[1] good true"),
        ),
        (vec![], Some("")),
        // What cannot be read makes no rows.
        (vec![seq(&[])], Some("")),
        (vec![single(1, der(0x83, &[]), true)], Some("")),
    ];
    for (singles, expected) in cases {
        assert_eq!(text(&response(&singles)).as_deref(), expected);
    }
}

#[test]
fn responses_without_a_body() {
    assert_eq!(text(&seq(&[der(0x0a, &[3])])).as_deref(), Some(""));
    assert_eq!(text(&of_kind("1.2.3", b"x")).as_deref(), Some(""));
    for bad in [
        Vec::new(),
        b"nothing".to_vec(),
        seq(&[]),
        seq(&[der(2, &[0])]),
        seq(&[der(0x0a, &[0]), der(4, &[])]),
    ] {
        assert_eq!(text(&bad), None);
    }
    let good = response(&[single(1, der(0x80, &[]), true)]);
    for end in 0..good.len() {
        assert_eq!(text(&good[..end]), None, "{end}");
    }
}

#[test]
fn small_things() {
    assert_eq!(upper_hex(&[0xab, 1]), "AB01");
    assert_eq!(upper_hex(&[]), "0");
    assert_eq!((REASONS[1], REASONS[8], REASONS[10]), ("keyCompromise", "removeFromCRL", "aACompromise"));
    assert_eq!(Ocsp::STREAM.columns().len(), 11);
}
