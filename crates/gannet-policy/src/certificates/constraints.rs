//! Limits on the names that an authority may vouch for: RFC 5280, section 4.2.1.10, held against names as OpenSSL does it.

use gannet::files::x509::Certificate;
use gannet::parsers::asn1::{SEQUENCE, Value, Values, context, context_constructed};

use super::name::{self, COMMON_NAME, EMAIL_ADDRESS, Name};
use super::reason::Reason;

/// Names times limits that are held against each other for one certificate.
const MAX_PAIRS: usize = 1 << 16;

/// Limits of one authority.
#[derive(Debug)]
pub(super) struct Constraints {
    permitted: Box<[Subtree]>,
    excluded: Box<[Subtree]>,
}

/// Names of one kind, and whether labels are counted too.
#[derive(Debug)]
struct Subtree {
    base: General,
    counts: bool,
}

/// A name in the general form: RFC 5280, section 4.2.1.6.
#[derive(Debug)]
enum General {
    Email(Box<[u8]>),
    Dns(Box<[u8]>),
    Directory(Name),
    Uri(Box<[u8]>),
    Ip(Box<[u8]>),
    /// Of a kind that no limit is known for, by its number.
    Other(u32),
}

impl General {
    fn read(value: &Value<'_>) -> Option<Self> {
        let bytes = || value.content.into();
        Some(match value.tag.number {
            1 if value.tag == context(1) => Self::Email(bytes()),
            2 if value.tag == context(2) => Self::Dns(bytes()),
            4 if value.tag == context_constructed(4) => {
                Self::Directory(Name::read(value.inside().take(SEQUENCE)?.inside()))
            }
            6 if value.tag == context(6) => Self::Uri(bytes()),
            7 if value.tag == context(7) => Self::Ip(bytes()),
            number => Self::Other(number),
        })
    }

    fn held(&self) -> usize {
        match self {
            Self::Email(bytes) | Self::Dns(bytes) | Self::Uri(bytes) | Self::Ip(bytes) => bytes.len(),
            Self::Directory(name) => name.held(),
            Self::Other(_) => 0,
        }
    }

    /// Whether a limit with this name is about names like that one.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(own), Self::Other(others)) => own == others,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether this name is in the part of all names that `base` stands for.
    fn is_in(&self, base: &Self) -> Result<bool, Reason> {
        match (self, base) {
            (Self::Email(mail), Self::Email(base)) => email(mail, base),
            (Self::Dns(host), Self::Dns(base)) => Ok(dns(host, base)),
            (Self::Directory(name), Self::Directory(base)) => Ok(name.is_within(base)),
            (Self::Uri(uri), Self::Uri(base)) => location(uri, base),
            (Self::Ip(address), Self::Ip(base)) => address_in(address, base),
            _ => Err(Reason::ConstraintType),
        }
    }
}

impl Constraints {
    pub(super) fn read(mut content: Values<'_>) -> Option<Self> {
        let mut inside = content.take(SEQUENCE)?.inside();
        let mut list = |number| match inside.optional(context_constructed(number)) {
            Some(all) => subtrees(all.inside()),
            None => Some(Box::default()),
        };
        let (permitted, excluded) = (list(0)?, list(1)?);
        inside.is_empty().then_some(Self { permitted, excluded })
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        let all = self.permitted.iter().chain(&self.excluded);
        all.map(|subtree| size_of::<Subtree>() + subtree.base.held()).sum()
    }

    /// Holds all names of a certificate against the limits; of the last one of a chain, its common names too, if no other
    /// name of it is a host's.
    pub(super) fn check(&self, der: &[u8], is_leaf: bool) -> Result<(), Reason> {
        let Some(certificate) = Certificate::read(der) else { return Err(Reason::Unspecified) };
        let others = alt_names(&certificate);
        let limits = self.permitted.len() + self.excluded.len();
        if (name::count(certificate.subject) + others.len()).saturating_mul(limits) > MAX_PAIRS {
            return Err(Reason::Unspecified);
        }
        let subject = Name::read(certificate.subject);
        if !subject.is_empty() {
            self.check_name(&General::Directory(subject))?;
        }
        for mail in name::values(certificate.subject, EMAIL_ADDRESS) {
            if mail.tag.number != name::IA5 {
                return Err(Reason::NameSyntax);
            }
            self.check_name(&General::Email(mail.content.into()))?;
        }
        others.iter().try_for_each(|name| self.check_name(name))?;
        if !is_leaf || others.iter().any(|name| matches!(name, General::Dns(_))) {
            return Ok(());
        }
        for value in name::values(certificate.subject, COMMON_NAME) {
            if let Some(host) = host(&name::text(&value).unwrap_or_default())? {
                self.check_name(&General::Dns(host.as_bytes().into()))?;
            }
        }
        Ok(())
    }

    fn check_name(&self, name: &General) -> Result<(), Reason> {
        let mut asked = false;
        let mut permitted = false;
        for subtree in self.permitted.iter().filter(|subtree| subtree.base.is_like(name)) {
            if subtree.counts {
                return Err(Reason::MinMax);
            }
            asked = true;
            permitted = permitted || name.is_in(&subtree.base)?;
        }
        if asked && !permitted {
            return Err(Reason::NotPermitted);
        }
        for subtree in self.excluded.iter().filter(|subtree| subtree.base.is_like(name)) {
            if subtree.counts {
                return Err(Reason::MinMax);
            }
            if name.is_in(&subtree.base)? {
                return Err(Reason::Excluded);
            }
        }
        Ok(())
    }
}

fn subtrees(mut values: Values<'_>) -> Option<Box<[Subtree]>> {
    let mut all = Vec::new();
    while !values.is_empty() {
        let mut inside = values.take(SEQUENCE)?.inside();
        let base = General::read(&inside.next_value()?)?;
        // A number of labels to begin with that is zero is as good as none.
        let least = inside.optional(context(0)).is_some_and(|least| least.content != [0]);
        let most = inside.optional(context(1)).is_some();
        if !inside.is_empty() {
            return None;
        }
        all.push(Subtree { base, counts: least || most });
    }
    Some(all.into())
}

/// The other names of a certificate, as far as they can be read.
fn alt_names(certificate: &Certificate<'_>) -> Vec<General> {
    const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    let mut found = Vec::new();
    let extension = certificate.raw_extensions().find(|extension| extension.object == SUBJECT_ALT_NAME);
    let names = extension.and_then(|extension| Values::der(extension.content).take(SEQUENCE));
    let Some(mut names) = names.map(|names| names.inside()) else { return found };
    while let Some(name) = names.next_value() {
        found.extend(General::read(&name));
    }
    found
}

/// Whether a host's name ends in `base`, at the border of a label.
fn dns(host: &[u8], base: &[u8]) -> bool {
    let Some(at) = host.len().checked_sub(base.len()) else { return false };
    let Some((before, end)) = host.split_at_checked(at) else { return false };
    let border = before.is_empty() || base.is_empty() || base.starts_with(b".") || before.ends_with(b".");
    border && end.eq_ignore_ascii_case(base)
}

/// Whether an address of mail is the one of `base`, at its host, or at a host below its domain.
fn email(mail: &[u8], base: &[u8]) -> Result<bool, Reason> {
    let last_at = |text: &[u8]| text.iter().rposition(|byte| *byte == b'@');
    let at = last_at(mail).ok_or(Reason::NameSyntax)?;
    let (user, host) = (mail.get(..at).unwrap_or_default(), mail.get(at + 1..).unwrap_or_default());
    let Some(base_at) = last_at(base) else {
        let below = base.starts_with(b".") && mail.len() > base.len();
        return Ok(if base.starts_with(b".") {
            below && ends_with(mail, base)
        } else {
            host.eq_ignore_ascii_case(base)
        });
    };
    let (base_user, base_host) =
        (base.get(..base_at).unwrap_or_default(), base.get(base_at + 1..).unwrap_or_default());
    let same_user = base_user.is_empty() || base_user == user;
    Ok(same_user && host.eq_ignore_ascii_case(base_host))
}

fn ends_with(text: &[u8], end: &[u8]) -> bool {
    let from = text.len().saturating_sub(end.len());
    text.get(from..).is_some_and(|rest| rest.eq_ignore_ascii_case(end))
}

/// Whether the host in a URI is `base`, or below its domain.
fn location(uri: &[u8], base: &[u8]) -> Result<bool, Reason> {
    let colon = uri.iter().position(|byte| *byte == b':').ok_or(Reason::NameSyntax)?;
    let rest = uri.get(colon..).and_then(|rest| rest.strip_prefix(b"://")).ok_or(Reason::NameSyntax)?;
    let first = |end: u8| rest.iter().position(|byte| *byte == end);
    let host = rest.get(..first(b':').or_else(|| first(b'/')).unwrap_or(rest.len())).unwrap_or_default();
    if host.is_empty() {
        return Err(Reason::NameSyntax);
    }
    let below = base.starts_with(b".") && host.len() > base.len();
    Ok(if base.starts_with(b".") { below && ends_with(host, base) } else { host.eq_ignore_ascii_case(base) })
}

/// Whether an address is in a network, which is an address and a mask.
fn address_in(address: &[u8], base: &[u8]) -> Result<bool, Reason> {
    if !matches!(address.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return Err(Reason::NameSyntax);
    }
    let Some((network, mask)) =
        base.split_at_checked(address.len()).filter(|_| base.len() == 2 * address.len())
    else {
        return Ok(false);
    };
    Ok(address.iter().zip(network).zip(mask).all(|((byte, network), mask)| (byte ^ network) & mask == 0))
}

/// A common name that looks like a host's.
fn host(name: &str) -> Result<Option<&str>, Reason> {
    let name = name.trim_end_matches('\0');
    if name.contains('\0') {
        return Err(Reason::NameSyntax);
    }
    let bytes = name.as_bytes();
    let mut dotted = false;
    for (at, byte) in bytes.iter().enumerate() {
        let inner = at > 0 && at + 1 < bytes.len();
        let beside = || (bytes.get(at.wrapping_sub(1)).copied(), bytes.get(at + 1).copied());
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {}
            b'-' if inner => {}
            b'.' if inner && !matches!(beside(), (Some(b'-'), _) | (_, Some(b'-' | b'.'))) => dotted = true,
            _ => return Ok(None),
        }
    }
    Ok(dotted.then_some(name))
}
