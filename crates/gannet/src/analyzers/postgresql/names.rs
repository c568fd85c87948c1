//! Names of numbers and letters of the protocol.

use std::borrow::Cow;

/// Name of a field of an error or a notice (section 55.8).
pub(super) fn field(code: u8) -> Cow<'static, [u8]> {
    let name: &[u8] = match code {
        b'S' => b"SeverityLocalized",
        b'V' => b"Severity",
        b'C' => b"Code",
        b'M' => b"Message",
        b'D' => b"Detail",
        b'H' => b"Hint",
        b'P' => b"Position",
        b'p' => b"InternalPosition",
        b'q' => b"InternalQuery",
        b'W' => b"Where",
        b's' => b"Schema",
        b't' => b"Table",
        b'c' => b"Column",
        b'd' => b"Data",
        b'n' => b"Constraint",
        b'F' => b"File",
        b'L' => b"Line",
        b'R' => b"Routine",
        _ => return Cow::Owned([b"UnknownErrorId".as_slice(), &[code]].concat()),
    };
    Cow::Borrowed(name)
}

/// Name of a way to log in (the messages `Authentication…` of section 55.7).
pub(super) fn authentication(number: u32) -> Cow<'static, [u8]> {
    let name: &[u8] = match number {
        2 => b"KerberosV5",
        3 => b"CleartextPassword",
        5 => b"MD5Password",
        7 => b"GSSAPI",
        8 => b"GSSAPIContinue",
        9 => b"SSPI",
        10 => b"SASL",
        11 => b"SASLContinue",
        12 => b"SASLFinal",
        _ => return Cow::Owned(format!("UnknownAuthId{number}").into_bytes()),
    };
    Cow::Borrowed(name)
}
