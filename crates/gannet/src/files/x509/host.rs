//! Whether a certificate is for a host: RFC 2818, section 3.1, and RFC 6125, section 6.4, as Zeek applies them.

use super::name;
use super::parse::{AltNames, Certificate};

impl Certificate<'_> {
    /// Whether one of its names is that of a host. Its other names count if it has the extension for them, even if
    /// that cannot be read; its last common name counts if not.
    pub(crate) fn is_for(&self, host: &[u8]) -> bool {
        match self.alt_names() {
            Some(content) => AltNames::read(content)
                .and_then(|names| names.dns)
                .is_some_and(|names| names.iter().any(|name| matches(host, name))),
            None => name::common_name(self.subject).is_some_and(|name| matches(host, name)),
        }
    }
}

/// Whether a host's name is the same as a name that may have a wildcard at the end of its first label.
pub(super) fn matches(host: &[u8], name: &[u8]) -> bool {
    if host == name {
        return true;
    }
    let dot = |text: &[u8]| text.iter().position(|byte| *byte == b'.');
    let (Some(wild), Some(first)) = (name.iter().position(|byte| *byte == b'*'), dot(name)) else {
        return false;
    };
    let domain = name.get(first..).unwrap_or_default();
    let levels = domain.iter().filter(|byte| **byte == b'.').count();
    let Some(host_first) = dot(host) else { return false };
    levels >= 2
        && wild + 1 == first
        && host.get(host_first..) == Some(domain)
        && host.get(..wild) == name.get(..wild)
}
