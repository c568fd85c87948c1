//! Names of what the numbers in a program's headers mean.

use std::borrow::Cow;

/// Processors, by number.
const MACHINES: &[(u16, &str)] = &[
    (0, "UNKNOWN"),
    (0x14c, "I386"),
    (0x166, "R4000"),
    (0x169, "WCEMIPSV2"),
    (0x1a2, "SH3"),
    (0x1a3, "SH3DSP"),
    (0x1a6, "SH4"),
    (0x1a8, "SH5"),
    (0x1c0, "ARM"),
    (0x1c2, "THUMB"),
    (0x1c4, "ARMNT"),
    (0x1d3, "AM33"),
    (0x1f0, "POWERPC"),
    (0x1f1, "POWERPCFP"),
    (0x200, "IA64"),
    (0x266, "MIPS16"),
    (0x366, "MIPSFPU"),
    (0x466, "MIPSFPU16"),
    (0xebc, "EBC"),
    (0x8664, "AMD64"),
    (0x9041, "M32R"),
    (0xaa64, "ARM64"),
];

/// Parts of the system, by number.
const SUBSYSTEMS: &[(u16, &str)] = &[
    (0, "UNKNOWN"),
    (1, "NATIVE"),
    (2, "WINDOWS_GUI"),
    (3, "WINDOWS_CUI"),
    (7, "POSIX_CUI"),
    (9, "WINDOWS_CE_GUI"),
    (10, "EFI_APPLICATION"),
    (11, "EFI_BOOT_SERVICE_DRIVER"),
    (12, "EFI_RUNTIME_DRIVER"),
    (13, "EFI_ROM"),
    (14, "XBOX"),
];

/// Versions of the system.
const SYSTEMS: &[((u16, u16), &str)] = &[
    ((1, 0), "Windows 1.0"),
    ((1, 1), "Windows 1.01"),
    ((1, 3), "Windows 1.03"),
    ((1, 4), "Windows 1.04"),
    ((2, 0), "Windows 2.0"),
    ((2, 10), "Windows 2.10"),
    ((2, 11), "Windows 2.11"),
    ((3, 0), "Windows 3.0"),
    ((3, 2), "Windows 3.2"),
    ((3, 10), "Windows 3.1 or NT 3.1"),
    ((3, 11), "Windows for Workgroups 3.11"),
    ((3, 50), "Windows NT 3.5"),
    ((3, 51), "Windows NT 3.51"),
    ((4, 0), "Windows 95 or NT 4.0"),
    ((4, 10), "Windows 98"),
    ((4, 90), "Windows Me"),
    ((5, 0), "Windows 2000"),
    ((5, 1), "Windows XP"),
    ((5, 2), "Windows XP x64 or Server 2003"),
    ((6, 0), "Windows Vista or Server 2008"),
    ((6, 1), "Windows 7 or Server 2008 R2"),
    ((6, 2), "Windows 8 or Server 2012"),
    ((6, 3), "Windows 8.1 or Server 2012 R2"),
    ((6, 4), "Windows 10 Technical Preview"),
    ((10, 0), "Windows 10"),
];

fn named(table: &[(u16, &'static str)], number: u16) -> Cow<'static, str> {
    let found = table.binary_search_by_key(&number, |(known, _)| *known).ok();
    let name = found.and_then(|at| table.get(at)).map(|(_, name)| *name);
    name.map_or_else(|| format!("unknown-{number}").into(), Cow::Borrowed)
}

/// Name of a processor.
pub(super) fn machine(number: u16) -> Cow<'static, str> {
    named(MACHINES, number)
}

/// Name of a part of the system.
pub(super) fn subsystem(number: u16) -> Cow<'static, str> {
    named(SUBSYSTEMS, number)
}

/// Name of a version of the system.
pub(super) fn system(version: (u16, u16)) -> Cow<'static, str> {
    let found = SYSTEMS.iter().find(|(known, _)| *known == version);
    let unknown = || format!("unknown-{}.{}", version.0, version.1).into();
    found.map_or_else(unknown, |(_, name)| Cow::Borrowed(*name))
}
