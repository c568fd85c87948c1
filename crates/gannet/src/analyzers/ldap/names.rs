//! Names of the numbers in messages of LDAP, as logs show them.

use super::names_table::RESULTS;

/// The extension that makes TLS begin (RFC 4511, section 4.14).
pub(super) const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// A number that has no name.
const UNKNOWN: &str = "unknown";

/// How an operation ended.
pub(super) fn result(code: i64) -> &'static str {
    let known =
        u8::try_from(code).ok().and_then(|code| RESULTS.binary_search_by_key(&code, |row| row.0).ok());
    known.and_then(|at| RESULTS.get(at)).map_or(UNKNOWN, |(_, name)| name)
}

/// How far below its base a search goes (RFC 4511, section 4.5.1.2).
pub(super) fn scope(number: i64) -> &'static str {
    match number {
        0 => "base",
        1 => "single",
        2 => "tree",
        _ => UNKNOWN,
    }
}

/// Whether aliases are followed in a search (RFC 4511, section 4.5.1.3).
pub(super) fn deref(number: i64) -> &'static str {
    match number {
        0 => "never",
        1 => "searching",
        2 => "finding",
        3 => "always",
        _ => UNKNOWN,
    }
}

/// What an extension is, by its object identifier.
pub(super) fn extension(name: &[u8]) -> &'static str {
    match name {
        START_TLS => "StartTLS",
        b"1.3.6.1.4.1.4203.1.11.3" => "whoami",
        _ => UNKNOWN,
    }
}
