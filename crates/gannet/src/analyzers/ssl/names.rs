//! Names of the numbers in TLS messages, as logs show them.

use std::borrow::Cow;

use super::names_table::{ALERTS, GROUPS, SUITES};

type Name = Cow<'static, str>;

pub(super) const SSL2: u16 = 0x0002;
pub(super) const SSL3: u16 = 0x0300;
pub(super) const TLS11: u16 = 0x0302;
pub(super) const TLS12: u16 = 0x0303;
pub(super) const TLS13: u16 = 0x0304;
pub(super) const DTLS10: u16 = 0xfeff;
pub(super) const DTLS12: u16 = 0xfefd;
pub(super) const DTLS13: u16 = 0xfefc;

fn unknown(number: u32) -> Name {
    format!("unknown-{number}").into()
}

/// Whether a version is TLS 1.3 or one of its drafts.
pub(super) fn is_tls13(version: u16) -> bool {
    version == TLS13 || is_draft(version)
}

/// Whether a version is a draft of TLS 1.3.
pub(super) fn is_draft(version: u16) -> bool {
    version / 0xff == 0x7f
}

/// Whether a hello with this version is one.
pub(super) fn is_known(version: u16) -> bool {
    matches!(version, SSL2 | SSL3..=TLS13 | DTLS10 | DTLS12 | DTLS13 | 0x7f00..=0x7fff)
}

/// A version's name.
pub(super) fn version(version: u16) -> Name {
    match version {
        SSL2 => "SSLv2".into(),
        SSL3 => "SSLv3".into(),
        0x0301 => "TLSv10".into(),
        TLS11 => "TLSv11".into(),
        TLS12 => "TLSv12".into(),
        TLS13 => "TLSv13".into(),
        DTLS10 => "DTLSv10".into(),
        DTLS12 => "DTLSv12".into(),
        DTLS13 => "DTLSv13".into(),
        draft if is_draft(draft) => format!("TLSv13-draft{}", draft % 0x7f).into(),
        other => unknown(u32::from(other)),
    }
}

/// Whether a number is one of those that clients send to keep servers tolerant: RFC 8701.
pub(super) fn is_grease(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

fn grease(number: u16) -> Option<Name> {
    is_grease(number).then(|| format!("grease_0x{number:04X}").into())
}

fn suite(number: u32) -> Option<&'static str> {
    let at = SUITES.binary_search_by_key(&number, |(known, _)| *known).ok()?;
    SUITES.get(at).map(|(_, name)| *name)
}

/// A cipher suite's name.
pub(super) fn cipher(number: u32) -> Name {
    let greased = || u16::try_from(number).ok().and_then(grease);
    suite(number).map(Cow::from).or_else(greased).unwrap_or_else(|| unknown(number))
}

/// A group's name.
pub(super) fn group(number: u16) -> Name {
    let found = GROUPS.binary_search_by_key(&number, |(known, _)| *known).ok();
    let name = found.and_then(|at| GROUPS.get(at)).map(|(_, name)| Cow::from(*name));
    name.or_else(|| grease(number)).unwrap_or_else(|| unknown(u32::from(number)))
}

/// An alert's name.
pub(super) fn alert(number: u16) -> Name {
    let found = ALERTS.binary_search_by_key(&number, |(known, _)| *known).ok();
    let name = found.and_then(|at| ALERTS.get(at)).map(|(_, name)| Cow::from(*name));
    name.unwrap_or_else(|| unknown(u32::from(number)))
}

/// What a server key exchange holds: RFC 5246, section 7.4.3, and RFC 8422, section 5.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exchange {
    Ecdhe,
    EcdhAnon,
    Dhe,
    DhAnon,
    Other,
}

/// What the server key exchange of a cipher suite holds.
pub(super) fn exchange(number: u32) -> Exchange {
    const CHACHA_PSK: u32 = 0xccac;
    const CCM_PSK_DRAFT: u32 = 0xd004;
    let name = match number {
        // Zeek knows their names but not their key exchange.
        CHACHA_PSK | CCM_PSK_DRAFT => "",
        _ => suite(number).unwrap_or_default(),
    };
    let begins = |prefix: &str| name.starts_with(prefix);
    if begins("TLS_ECDHE_") {
        Exchange::Ecdhe
    } else if begins("TLS_ECDH_ANON_") {
        Exchange::EcdhAnon
    } else if begins("TLS_DHE_") || begins("TLS_PSK_DHE_") {
        Exchange::Dhe
    } else if begins("TLS_DH_ANON_") {
        Exchange::DhAnon
    } else {
        Exchange::Other
    }
}

/// The letter of a handshake message's type in the history.
pub(super) fn letter(kind: u8) -> u8 {
    match kind {
        0 => b'h',
        1 => b'c',
        2 => b's',
        3 => b'v',
        4 => b't',
        5 => b'e',
        6 => b'j',
        8 => b'o',
        11 => b'x',
        12 => b'k',
        13 => b'r',
        14 => b'n',
        15 => b'y',
        16 => b'g',
        20 => b'f',
        21 => b'w',
        22 => b'u',
        23 => b'a',
        24 => b'p',
        254 => b'm',
        _ => b'z',
    }
}
