//! Addresses of mail, as far as a sensor needs them.

use std::fmt;
use std::str::FromStr;

/// Bytes of an address (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 254;

/// An address without anything that a header or a command could be broken with: an atom, and perhaps `@` and a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(String);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let local = |part: &str| {
            let sound = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
            !part.is_empty() && !part.starts_with('-') && part.chars().all(sound)
        };
        let domain = |part: &str| {
            let sound = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
            !part.is_empty() && part.chars().all(sound)
        };
        let sound = match text.split_once('@') {
            Some((name, place)) => local(name) && domain(place),
            None => local(text),
        };
        let wrong = "expected an address such as soc@example.org";
        (sound && text.len() <= LONGEST).then(|| Self(text.to_owned())).ok_or(wrong)
    }
}
