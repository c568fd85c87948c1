//! Names of the numbers in DNP3 messages, as logs show them.

use std::borrow::Cow;

use super::names_table::FUNCTIONS;

/// A function's name.
pub(super) fn function(code: u8) -> Cow<'static, str> {
    let at = FUNCTIONS.binary_search_by_key(&code, |(known, _)| *known).ok();
    at.and_then(|at| FUNCTIONS.get(at))
        .map_or_else(|| format!("unknown-{code}").into(), |(_, name)| (*name).into())
}
