//! Names of numbers.

use std::borrow::Cow;

/// Version of the protocol (section 3.1.2.2).
pub(super) fn version(number: i8) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        3 => "3.1",
        4 => "3.1.1",
        5 => "5.0",
        _ => return Cow::Owned(format!("unknown-version-{}", i64::from(number) as u64)),
    })
}

/// How often a message is delivered (section 4.3).
pub(super) fn qos(level: u8) -> &'static str {
    match level {
        0 => "at most once",
        1 => "at least once",
        2 => "exactly once",
        _ => "unknown-qos-level-3",
    }
}

/// What a server says to a client that connects (section 3.2.2.3).
pub(super) fn status(code: u8) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        0 => "Connection Accepted",
        1 => "Refused: unacceptable protocol version",
        2 => "Refused: identifier rejected",
        3 => "Refused: server unavailable",
        4 => "Refused: bad user name or password",
        5 => "Refused: not authorized",
        _ => return Cow::Owned(format!("unknown-return-code-{code}")),
    })
}
