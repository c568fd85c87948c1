//! Names of interfaces and operations, as logs show them.

use std::borrow::Cow;

use super::interfaces_table::{INTERFACES, Interface};

/// Interfaces that a pipe's name alone tells: the registry, printers, the server service.
const BY_PIPE: [(&[u8], u128); 3] = [
    (b"winreg", 0x338cd001_2244_31f1_aaaa_900038001003),
    (b"spoolss", 0x12345678_1234_abcd_ef00_0123456789ab),
    (b"srvsvc", 0x4b324fc8_1670_01d3_1278_5a47bf6ee188),
];

/// Calls that come by the hundred and say little: endpoint and operation.
const IGNORED: [(&str, &[&str]); 3] = [
    (
        "winreg",
        &[
            "BaseRegCloseKey",
            "BaseRegGetVersion",
            "BaseRegOpenKey",
            "BaseRegQueryValue",
            "BaseRegDeleteKeyEx",
            "OpenLocalMachine",
            "BaseRegEnumKey",
            "OpenClassesRoot",
        ],
    ),
    ("spoolss", &["RpcSplOpenPrinter", "RpcClosePrinter"]),
    ("wkssvc", &["NetrWkstaGetInfo"]),
];

fn interface(uuid: u128) -> Option<&'static Interface> {
    let at = INTERFACES.binary_search_by_key(&uuid, |known| known.uuid).ok()?;
    INTERFACES.get(at)
}

/// The endpoint that an interface stands for.
pub(super) fn endpoint(uuid: u128) -> Cow<'static, str> {
    match interface(uuid) {
        Some(known) => known.endpoint.into(),
        None => format!("unknown-{}", text(uuid)).into(),
    }
}

/// The operation of an interface with this number.
pub(super) fn operation(uuid: u128, number: u16) -> Cow<'static, str> {
    let name = interface(uuid).and_then(|known| known.operations.get(usize::from(number)));
    match name.filter(|name| !name.is_empty()) {
        Some(name) => (*name).into(),
        None => format!("unknown-{number}").into(),
    }
}

/// Whether rows of this operation are left out.
pub(super) fn is_ignored(endpoint: &str, operation: &str) -> bool {
    IGNORED.iter().any(|(known, operations)| *known == endpoint && operations.contains(&operation))
}

/// The interface behind a pipe, if there is mostly one: by what follows `\PIPE\`, or by the whole name without that.
pub(super) fn behind_pipe(name: &[u8]) -> Option<u128> {
    const PREFIX: &[u8] = br"\PIPE\";
    let begins = name.windows(PREFIX.len()).position(|part| part.eq_ignore_ascii_case(PREFIX));
    let last = begins.and_then(|at| name.get(at + PREFIX.len()..)).unwrap_or(name);
    let known = BY_PIPE.iter().find(|(pipe, _)| last.eq_ignore_ascii_case(pipe));
    known.map(|(_, uuid)| *uuid)
}

/// A UUID as text (RFC 9562, section 4).
fn text(uuid: u128) -> String {
    let digits = format!("{uuid:032x}");
    let mut text = String::with_capacity(36);
    for (at, digit) in digits.char_indices() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}
