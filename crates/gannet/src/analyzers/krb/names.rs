//! Names of the numbers in messages of Kerberos, as logs show them.

use std::borrow::Cow;

use super::names_table::{CIPHERS, ERRORS};

fn find(table: &[(u64, &'static str)], number: u64) -> Option<&'static str> {
    let at = table.binary_search_by_key(&number, |(known, _)| *known).ok()?;
    table.get(at).map(|(_, name)| *name)
}

/// The name of an error; nothing if it has none.
pub(super) fn error(code: u64) -> Option<&'static str> {
    find(ERRORS, code)
}

/// The name of an encryption type.
pub(super) fn cipher(number: u64) -> Cow<'static, str> {
    find(CIPHERS, number).map_or_else(|| format!("unknown-{number}").into(), Cow::Borrowed)
}
