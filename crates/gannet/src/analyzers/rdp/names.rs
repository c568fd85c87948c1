//! Names of the numbers in messages of remote desktops, as logs show them.

use std::borrow::Cow;

use super::layouts_table::LAYOUTS;

type Name = Cow<'static, str>;

/// The name in a table, or what it is followed by its number.
fn find(table: &[(u32, &'static str)], what: &str, number: u32) -> Name {
    let known = table.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| format!("{what}-{number}").into(), |(_, name)| (*name).into())
}

fn layout(number: u32) -> Option<&'static str> {
    let at = LAYOUTS.binary_search_by_key(&number, |(known, _)| *known).ok()?;
    LAYOUTS.get(at).map(|(_, name)| *name)
}

/// A keyboard layout: that of the language alone, if there is none for the whole number.
pub(super) fn keyboard(number: u32) -> Name {
    match (layout(number), layout(number & 0xffff)) {
        (Some(name), _) => name.into(),
        (None, Some(name)) => format!("{name} (Best Guess for {number})").into(),
        (None, None) => format!("keyboard-{number}").into(),
    }
}

/// A version of the client's program.
pub(super) fn build(number: u32) -> Name {
    const BUILDS: [(u32, &str); 14] = [
        (419, "RDP 4.0"),
        (2195, "RDP 5.0"),
        (2221, "RDP 5.0"),
        (2600, "RDP 5.1"),
        (3790, "RDP 5.2"),
        (6000, "RDP 6.0"),
        (6001, "RDP 6.1"),
        (6002, "RDP 6.2"),
        (7600, "RDP 7.0"),
        (7601, "RDP 7.1"),
        (9200, "RDP 8.0"),
        (9600, "RDP 8.1"),
        (25_189, "RDP 8.0 (Mac)"),
        (25_282, "RDP 8.0 (Mac)"),
    ];
    find(&BUILDS, "client_build", number)
}

/// What protects a connection.
pub(super) fn protocol(number: u32) -> Name {
    find(&[(0, "RDP"), (1, "SSL"), (2, "HYBRID"), (8, "HYBRID_EX")], "security_protocol", number)
}

/// Why the server does not go on.
pub(super) fn failure(code: u32) -> Name {
    const FAILURES: [(u32, &str); 6] = [
        (1, "SSL_REQUIRED_BY_SERVER"),
        (2, "SSL_NOT_ALLOWED_BY_SERVER"),
        (3, "SSL_CERT_NOT_ON_SERVER"),
        (4, "INCONSISTENT_FLAGS"),
        (5, "HYBRID_REQUIRED_BY_SERVER"),
        (6, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"),
    ];
    find(&FAILURES, "failure_code", code)
}

/// Whether a conference was made.
pub(super) fn result(code: u8) -> Name {
    const RESULTS: [(u32, &str); 5] = [
        (0, "Success"),
        (1, "User rejected"),
        (2, "Resources not available"),
        (3, "Rejected for symmetry breaking"),
        (4, "Locked conference"),
    ];
    find(&RESULTS, "result", code.into())
}

/// Colours, by bits of a pixel.
pub(super) fn depth(bits: u16) -> Name {
    let depths = [(4, "4bit"), (8, "8bit"), (15, "15bit"), (16, "16bit"), (24, "24bit")];
    find(&depths, "high_color_depth", bits.into())
}

/// How a connection is encrypted.
pub(super) fn method(number: u32) -> Name {
    let methods = [(0, "None"), (1, "40bit"), (2, "128bit"), (8, "56bit"), (10, "FIPS")];
    find(&methods, "encryption_method", number)
}

/// How much of a connection is encrypted.
pub(super) fn level(number: u32) -> Name {
    let levels = [(0, "None"), (1, "Low"), (2, "Client compatible"), (3, "High"), (4, "FIPS")];
    find(&levels, "encryption_level", number)
}
