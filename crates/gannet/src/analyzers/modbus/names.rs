//! Names of the numbers in Modbus messages, as logs show them.

use std::borrow::Cow;

use super::names_table::{EXCEPTIONS, FUNCTIONS};

fn find(table: &[(u8, &'static str)], number: u8) -> Option<&'static str> {
    let at = table.binary_search_by_key(&number, |(known, _)| *known).ok()?;
    table.get(at).map(|(_, name)| *name)
}

/// A function's name; that of an exception is the function's, with a word behind it.
pub(super) fn function(code: u8) -> Cow<'static, str> {
    let asked = code & 0x7f;
    match find(FUNCTIONS, asked) {
        Some(name) if code == asked => name.into(),
        Some(name) => format!("{name}_EXCEPTION").into(),
        None => format!("unknown-{code}").into(),
    }
}

/// The name of an exception's code.
pub(super) fn exception(code: u8) -> Cow<'static, str> {
    find(EXCEPTIONS, code).map_or_else(|| format!("unknown-{code}").into(), Cow::Borrowed)
}
