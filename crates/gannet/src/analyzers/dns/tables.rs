//! Names of the numbers in DNS messages, as logs show them.

use std::borrow::Cow;

type Name = Cow<'static, str>;

/// Types 0 to 65 by their number; the empty ones have no name.
static LOW_TYPES: [&str; 66] = [
    "",
    "A",
    "NS",
    "MD",
    "MF",
    "CNAME",
    "SOA",
    "MB",
    "MG",
    "MR",
    "NULL",
    "WKS",
    "PTR",
    "HINFO",
    "MINFO",
    "MX",
    "TXT",
    "RP",
    "AFSDB",
    "X25",
    "ISDN",
    "RT",
    "NSAP",
    "NSAP-PTR",
    "SIG",
    "KEY",
    "PX",
    "GPOS",
    "AAAA",
    "LOC",
    "NXT",
    "EID",
    "NIMLOC",
    "SRV",
    "ATMA",
    "NAPTR",
    "KX",
    "CERT",
    "A6",
    "DNAME",
    "SINK",
    "OPT",
    "APL",
    "DS",
    "SSHFP",
    "IPSECKEY",
    "RRSIG",
    "NSEC",
    "DNSKEY",
    "DHCID",
    "NSEC3",
    "NSEC3PARAM",
    "TLSA",
    "SMIMEA",
    "",
    "HIP",
    "NINFO",
    "RKEY",
    "TALINK",
    "CDS",
    "CDNSKEY",
    "OPENPGPKEY",
    "CSYNC",
    "ZONEMD",
    "SVCB",
    "HTTPS",
];

static HIGH_TYPES: [(u16, &str); 26] = [
    (99, "SPF"),
    (100, "UINFO"),
    (101, "UID"),
    (102, "GID"),
    (103, "UNSPEC"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (253, "MAILB"),
    (254, "MAILA"),
    (255, "*"),
    (256, "URI"),
    (257, "CAA"),
    (32768, "TA"),
    (32769, "DLV"),
    (65281, "WINS"),
    (65282, "WINS-R"),
    (65422, "XPF"),
    (65521, "INTEGRITY"),
];

static CLASSES: [(u16, &str); 6] =
    [(1, "C_INTERNET"), (2, "C_CSNET"), (3, "C_CHAOS"), (4, "C_HESIOD"), (254, "C_NONE"), (255, "C_ANY")];

/// The header's sixteen response codes; the extended ones never reach a row.
static CODES: [&str; 16] = [
    "NOERROR",
    "FORMERR",
    "SERVFAIL",
    "NXDOMAIN",
    "NOTIMP",
    "REFUSED",
    "YXDOMAIN",
    "YXRRSET",
    "NXRRSet",
    "NOTAUTH",
    "NOTZONE",
    "unassigned-11",
    "unassigned-12",
    "unassigned-13",
    "unassigned-14",
    "unassigned-15",
];

static OPCODES: [(u16, &str); 6] =
    [(0, "query"), (1, "iquery"), (2, "server-status"), (4, "notify"), (5, "dynamic-update"), (6, "dso")];

static NETBIOS_OPCODES: [(u16, &str); 5] = [
    (0, "netbios-query"),
    (5, "netbios-registration"),
    (6, "netbios-release"),
    (7, "netbios-wack"),
    (8, "netbios-refresh"),
];

/// Name of a question's or a record's type.
pub(super) fn type_name(number: u16) -> Name {
    match LOW_TYPES.get(usize::from(number)) {
        Some(name) if !name.is_empty() => Cow::Borrowed(name),
        _ => look_up(&HIGH_TYPES, number, "query"),
    }
}

/// Name of a class.
pub(super) fn class_name(number: u16) -> Name {
    look_up(&CLASSES, number, "qclass")
}

/// Name of a response code.
pub(super) fn code_name(number: u8) -> Name {
    Cow::Borrowed(CODES.get(usize::from(number & 15)).copied().unwrap_or_default())
}

/// Name of an operation, which NetBIOS counts differently.
pub(super) fn opcode_name(number: u8, netbios: bool) -> Name {
    if netbios {
        look_up(&NETBIOS_OPCODES, u16::from(number), "netbios-opcode")
    } else {
        look_up(&OPCODES, u16::from(number), "opcode")
    }
}

fn look_up(table: &[(u16, &'static str)], number: u16, otherwise: &str) -> Name {
    match table.iter().find(|entry| entry.0 == number) {
        Some(entry) => Cow::Borrowed(entry.1),
        None => Cow::Owned(format!("{otherwise}-{number}")),
    }
}
