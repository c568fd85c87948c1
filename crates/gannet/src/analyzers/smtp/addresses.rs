//! Addresses in text: of mail (RFC 5321, section 4.1.2; RFC 5322, section 3.4) and of hosts (RFC 5321, section 4.1.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of mail without the mark of an original recipient (RFC 3461, section 4.2).
pub(super) fn without_mark(address: Vec<u8>) -> Vec<u8> {
    const MARK: &[u8] = b"ORCPT=rfc822";
    if memchr::memmem::find(&address, MARK).is_none() {
        return address;
    }
    let mut plain = Vec::with_capacity(address.len());
    let mut rest = address.as_slice();
    while let Some(at) = memchr::memmem::find(rest, MARK) {
        plain.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + MARK.len()..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
    plain
}

/// The addresses in a header field like To, each with the name before it: what is between commas and has an `@` in it. A
/// quoted string before it may have commas.
pub(super) fn recipients(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    /// Places at which no address begins that are looked at.
    const MAX_FAILURES: usize = 1000;
    let mut failures = 0;
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() && failures < MAX_FAILURES {
            let plain = address_length(rest);
            let quoted = quoted_length(rest).and_then(|quote| {
                let behind = address_length(rest.get(quote..)?)?;
                Some(quote + behind)
            });
            if let Some(length) = plain.max(quoted) {
                let (address, behind) = rest.split_at_checked(length)?;
                rest = behind;
                return Some(address.trim_ascii());
            }
            failures += usize::from(!rest.starts_with(b","));
            rest = behind_failure(rest);
        }
        None
    })
}

/// What is left where no address begins: there may be one at the next quote or behind the next comma.
fn behind_failure(rest: &[u8]) -> &[u8] {
    let behind = rest.get(1..).unwrap_or_default();
    if rest.starts_with(b",") {
        return behind;
    }
    let next = memchr::memchr2(b'"', b',', behind).unwrap_or(behind.len());
    behind.get(next..).unwrap_or_default()
}

/// Length of the text up to a comma, if there is an `@` in it with something before and behind it.
fn address_length(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b',', text).unwrap_or(text.len());
    let inner = text.get(1..end.checked_sub(1)?)?;
    memchr::memchr(b'@', inner).map(|_| end)
}

/// Length of a quoted string at the front.
fn quoted_length(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"\"")?;
    memchr::memchr(b'"', inner).map(|at| at + 2)
}

/// An address of a host in text, and what is around it.
struct Host<'a> {
    address: Option<IpAddr>,
    before: &'a [u8],
    behind: &'a [u8],
}

/// Everything that looks like an address of a host.
fn hosts(text: &[u8]) -> Vec<Host<'_>> {
    /// Hosts in one text that are looked at.
    const MAX_HOSTS: usize = 256;
    let mut found: Vec<Host<'_>> = Vec::new();
    let (mut at, mut from) = (0, 0);
    while at < text.len() && found.len() < MAX_HOSTS {
        let here = text.get(at..).unwrap_or_default();
        let Some(length) = host_length(here) else {
            at += 1;
            continue;
        };
        let address = here.get(..length).and_then(address);
        let before = text.get(from..at).unwrap_or_default();
        if let Some(last) = found.last_mut() {
            last.behind = before;
        }
        found.push(Host { address, before, behind: here.get(length..).unwrap_or_default() });
        at += length;
        from = at;
    }
    found
}

/// The first address of a host in a text.
pub(super) fn first_host(text: &[u8]) -> Option<IpAddr> {
    hosts(text).iter().find_map(|host| host.address)
}

/// The host that a header Received names: of those in brackets or between blanks the second, or else the first.
pub(super) fn received_from(text: &[u8]) -> Option<IpAddr> {
    let all = hosts(text);
    let mut wrapped = all.iter().filter(|host| is_wrapped(host)).filter_map(|host| host.address);
    let first = wrapped.next();
    wrapped.next().or(first)
}

fn is_wrapped(host: &Host<'_>) -> bool {
    let pair = (host.before.last(), host.behind.first());
    let wrapped = |pair: &(u8, u8)| matches!(pair, (b'[', b']') | (b'(', b')') | (b'{', b'}') | (b' ', b' '));
    match pair {
        (None, None) => true,
        (Some(before), Some(behind)) => wrapped(&(*before, *behind)),
        _ => false,
    }
}

fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut parts = text.split('.').map(|part| part.parse::<u8>().ok());
    let mut next = || parts.next().flatten();
    Some(IpAddr::V4(Ipv4Addr::new(next()?, next()?, next()?, next()?)))
}

/// Length of the longest address of a host at the front.
fn host_length(text: &[u8]) -> Option<usize> {
    match text.first() {
        Some(b'0'..=b'9') => v4_length(text).max(v6_length(text)),
        Some(b':' | b'a'..=b'f' | b'A'..=b'F') => v6_length(text),
        _ => None,
    }
}

/// Digits of the longest number up to 255 at the front.
fn octet_length(text: &[u8]) -> Option<usize> {
    let digits = text.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let fits = match text.get(..3) {
        Some([b'0' | b'1', ..] | [b'2', b'0'..=b'4', _] | [b'2', b'5', b'0'..=b'5']) => true,
        _ => digits < 3,
    };
    (digits > 0).then_some(if fits { digits } else { 2 })
}

fn v4_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for _ in 0..3 {
        at += octet_length(text.get(at..)?)?;
        text.get(at).filter(|byte| **byte == b'.')?;
        at += 1;
    }
    Some(at + octet_length(text.get(at..)?)?)
}

/// Groups of an IPv6 address.
const GROUPS: usize = 8;

fn group_length(text: &[u8]) -> usize {
    text.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count()
}

/// Where each of up to `max` groups ends that are at the front with colons between them.
fn groups(text: &[u8], max: usize) -> ([usize; GROUPS], usize) {
    let (mut ends, mut count, mut at) = ([0; GROUPS], 0, 0);
    while let Some(end) = ends.get_mut(count).filter(|_| count < max) {
        let length = group_length(text.get(at..).unwrap_or_default());
        if length == 0 {
            break;
        }
        *end = at + length;
        count += 1;
        if text.get(at + length) != Some(&b':') {
            break;
        }
        at += length + 1;
    }
    (ends, count)
}

fn v6_length(text: &[u8]) -> Option<usize> {
    let (ends, count) = groups(text, GROUPS);
    let whole = (count == GROUPS).then(|| ends.last().copied()).flatten();
    let mixed = mixed_length(text, &ends, count);
    // Groups before `::`: none, or those whose colon is followed by another one.
    let lead = |groups: usize| if groups == 0 { Some(0) } else { ends.get(groups - 1).copied() };
    let short = (0..count.min(GROUPS - 1) + 1).find_map(|before| {
        let at = lead(before)?;
        let behind = text.get(at..)?.strip_prefix(b"::")?;
        Some(at + 2 + behind_gap(behind, before))
    });
    whole.max(mixed).max(short)
}

/// Six groups and an IPv4 address.
fn mixed_length(text: &[u8], ends: &[usize; GROUPS], count: usize) -> Option<usize> {
    let at = ends.get(5).filter(|_| count > 5)? + 1;
    Some(at + v4_length(text.get(at..)?)?)
}

/// Length of what stands behind `::`: groups, or groups whose last digits are the first ones of an IPv4 address.
fn behind_gap(text: &[u8], before: usize) -> usize {
    let (ends, count) = groups(text, GROUPS - 1 - before);
    let plain = count.checked_sub(1).and_then(|last| ends.get(last).copied()).unwrap_or(0);
    let mixed = (0..=count.min(5usize.saturating_sub(before.saturating_sub(1)))).filter_map(|groups| {
        let from = if groups < 2 { 0 } else { ends.get(groups - 2)? + 1 };
        let to = if groups == 0 { 0 } else { *ends.get(groups - 1)? };
        let first = if groups == 0 { 0 } else { from + 1 };
        (first..=to).filter_map(|at| Some(at + v4_length(text.get(at..)?)?)).max()
    });
    mixed.max().unwrap_or(0).max(plain)
}
