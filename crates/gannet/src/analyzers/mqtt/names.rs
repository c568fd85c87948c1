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

/// What a server says to a client that connects (section 3.2.2.3; from 128 on, section 3.2.2.2 of version 5).
pub(super) fn status(code: u8) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        0 => "Connection Accepted",
        1 => "Refused: unacceptable protocol version",
        2 => "Refused: identifier rejected",
        3 | 0x88 => "Refused: server unavailable",
        4 | 0x86 => "Refused: bad user name or password",
        5 | 0x87 => "Refused: not authorized",
        0x80 => "Refused: unspecified error",
        0x81 => "Refused: malformed packet",
        0x82 => "Refused: protocol error",
        0x83 => "Refused: implementation specific error",
        0x84 => "Refused: unsupported protocol version",
        0x85 => "Refused: client identifier not valid",
        0x89 => "Refused: server busy",
        0x8a => "Refused: banned",
        0x8c => "Refused: bad authentication method",
        0x95 => "Refused: packet too large",
        0x97 => "Refused: quota exceeded",
        0x99 => "Refused: payload format invalid",
        0x9c => "Refused: use another server",
        0x9d => "Refused: server moved",
        0x9f => "Refused: connection rate exceeded",
        _ => return Cow::Owned(format!("unknown-return-code-{code}")),
    })
}
