//! Addresses of mail in a text (RFC 5321, section 4.1.2; RFC 5322, section 3.4).

use super::mime::is_blank;

/// The addresses of mail in an argument of MAIL or RCPT, or in a header field, without what is around them.
pub fn mailboxes(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let at = memchr::memchr(b'@', rest)?;
            let (before, behind) = (rest.get(..at)?, rest.get(at + 1..)?);
            let begins = |byte: &u8| is_blank(*byte) || b"<,:".contains(byte);
            let local = before.iter().rposition(begins).map_or(0, |at| at + 1);
            if local == at {
                // Not worth a search for the end of its domain: there may be a million of these in a line.
                rest = behind;
                continue;
            }
            let ends = |byte: &u8| is_blank(*byte) || b">,;".contains(byte);
            let domain = behind.iter().position(ends).unwrap_or(behind.len());
            let found = domain > 0;
            rest = behind.get(if found { domain + 1 } else { 0 }..).unwrap_or_default();
            if found {
                let whole = before.get(local..)?.iter().chain(b"@").chain(behind.get(..domain)?);
                let is_address = |byte: &&u8| !is_blank(**byte) && !b"<>,:;".contains(byte);
                return Some(whole.filter(is_address).copied().collect());
            }
        }
    })
}
