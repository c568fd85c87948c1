//! Addresses as text, in the form that `inet_ntop` prints.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4-mapped addresses are shown as IPv4.
pub(crate) fn address(address: IpAddr, out: &mut Vec<u8>) {
    match address {
        IpAddr::V4(v4) => address4(v4, out),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => address4(v4, out),
            None => address6(v6, out),
        },
    }
}

/// Text of each octet with a dot behind it, and its length.
const OCTETS: [([u8; 4], u8); 256] = octets();

const fn octets() -> [([u8; 4], u8); 256] {
    let mut table = [([b'.'; 4], 0); 256];
    let (mut rest, mut n) = (table.as_mut_slice(), 0u8);
    while let Some((entry, more)) = rest.split_first_mut() {
        let (hundreds, tens, ones) = (b'0' + n / 100, b'0' + n / 10 % 10, b'0' + n % 10);
        *entry = match n {
            0..=9 => ([ones, b'.', b'.', b'.'], 2),
            10..=99 => ([tens, ones, b'.', b'.'], 3),
            _ => ([hundreds, tens, ones, b'.'], 4),
        };
        rest = more;
        n = n.wrapping_add(1);
    }
    table
}

fn address4(address: Ipv4Addr, out: &mut Vec<u8>) {
    for octet in address.octets() {
        let Some((text, length)) = OCTETS.get(usize::from(octet)) else { return };
        out.extend_from_slice(text);
        out.truncate(out.len() - (4 - usize::from(*length)));
    }
    out.pop();
}

fn address6(address: Ipv6Addr, out: &mut Vec<u8>) {
    let words = address.segments();
    let (start, length) = longest_zeros(&words);
    // Six zeros before two words that are not: the old notation for IPv4 inside IPv6.
    if (start, length) == (0, 6) {
        let [.., a, b, c, d] = address.octets();
        out.extend_from_slice(b"::");
        return address4(Ipv4Addr::new(a, b, c, d), out);
    }
    for (i, word) in words.into_iter().enumerate() {
        if (start..start + length).contains(&i) {
            if i == start {
                out.push(b':');
            }
            continue;
        }
        if i > 0 {
            out.push(b':');
        }
        hex(word, out);
    }
    if length > 0 && start + length == words.len() {
        out.push(b':');
    }
}

/// The first of the longest runs of zeros, as place and length; a single zero is no run.
fn longest_zeros(words: &[u16; 8]) -> (usize, usize) {
    let (mut best, mut run) = ((0, 0), 0);
    for (i, &word) in words.iter().enumerate() {
        run = if word == 0 { run + 1 } else { 0 };
        if run > best.1 && run > 1 {
            best = (i + 1 - run, run);
        }
    }
    best
}

fn hex(word: u16, out: &mut Vec<u8>) {
    let digits = 4 - (word | 1).leading_zeros() / 4;
    for i in (0..digits).rev() {
        out.push(hex_digit((word >> (4 * i) & 15) as u8));
    }
}

/// The lower-case digit for a number below 16.
pub(super) fn hex_digit(n: u8) -> u8 {
    if n < 10 { b'0' + n } else { b'a' - 10 + n }
}
