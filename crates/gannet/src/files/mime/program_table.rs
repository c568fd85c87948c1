//! Programs, their libraries, dumps and bytecode.

use super::rule::Part::{Any, Is, One};
use super::rule::{Rule, at, parts, starts};

pub(super) const RULES: &[Rule] = &[
    parts(
        "application/x-coredump",
        50,
        &[Is(b"\x7fELF"), One(&[(1, 2)]), Is(b"\x01"), Any(10), Is(b"\x04\0")],
    ),
    parts(
        "application/x-coredump",
        50,
        &[Is(b"\x7fELF"), One(&[(1, 2)]), Is(b"\x02"), Any(10), Is(b"\0\x04")],
    ),
    at("application/x-dosexec", 190, 369, b"MICROSOFT PIFEX\0"),
    starts("application/x-dosexec", 51, b"MZ"),
    parts("application/x-elc", 10, &[Is(b";ELC"), One(&[(0, 0x1f), (0x80, 0xff)])]),
    starts("application/x-epoc-app", 70, b"7\0\0\x10t\0\0\x10"),
    starts("application/x-epoc-opo", 70, b"7\0\0\x10s\0\0\x10"),
    parts(
        "application/x-executable",
        50,
        &[Is(b"\x7fELF"), One(&[(1, 2)]), Is(b"\x01"), Any(10), Is(b"\x02\0")],
    ),
    parts(
        "application/x-executable",
        50,
        &[Is(b"\x7fELF"), One(&[(1, 2)]), Is(b"\x02"), Any(10), Is(b"\0\x02")],
    ),
    parts("application/x-java-applet", 71, &[Is(b"\xca\xfe\xba\xbe"), Any(3), One(&[(0x2d, b'4')])]),
    parts("application/x-mach-o-executable", 100, &[One(&[(0xce, 0xcf)]), Is(b"\xfa\xed\xfe")]),
    parts(
        "application/x-mach-o-executable",
        100,
        &[Is(b"\xca\xfe\xba\xbe"), Any(2), Is(b"\0"), One(&[(1, 0x14)])],
    ),
    parts("application/x-object", 50, &[Is(b"\x7fELF"), One(&[(1, 2)]), Is(b"\x01"), Any(10), Is(b"\x01\0")]),
    parts("application/x-object", 50, &[Is(b"\x7fELF"), One(&[(1, 2)]), Is(b"\x02"), Any(10), Is(b"\0\x01")]),
    parts(
        "application/x-sharedlib",
        50,
        &[Is(b"\x7fELF"), One(&[(1, 2)]), Is(b"\x01"), Any(10), Is(b"\x03\0")],
    ),
    parts(
        "application/x-sharedlib",
        50,
        &[Is(b"\x7fELF"), One(&[(1, 2)]), Is(b"\x02"), Any(10), Is(b"\0\x03")],
    ),
    parts(
        "application/x-shockwave-flash",
        60,
        &[One(&[(b'C', b'C'), (b'F', b'F'), (b'Z', b'Z')]), Is(b"WS")],
    ),
    starts("application/x-windows-minidump", 50, b"MDMP"),
    starts("x-epoc/x-sisx-app", 70, b"z\x1a \x10"),
];
