//! Text in UTF-16 as the protocols of Windows carry it.

use super::Context;
use crate::parsers::utf16;

/// The text up to a zero. What cannot be converted raises a weird, and stays as it is.
pub(crate) fn text(cx: &mut Context<'_>, bytes: &[u8]) -> Vec<u8> {
    utf16::lenient(bytes).unwrap_or_else(|| {
        let what = "utf16 conversion failed in utf16_to_utf8_val";
        cx.weird_from(None, "utf16_conversion_failed", what);
        bytes.to_vec()
    })
}
