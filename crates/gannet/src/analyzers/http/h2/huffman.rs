//! Strings in the Huffman code of HPACK (RFC 7541, section 5.2).

use super::huffman_table::{LONG, SHORT};

/// The end of a string, which must not be coded.
const END: u16 = 256;

/// The symbol that the bits begin with, and the length of its code.
fn symbol(bits: u32) -> Option<(u16, u32)> {
    let (symbol, length) = SHORT.get((bits >> 24) as usize).copied()?;
    if length > 0 {
        return Some((u16::from(symbol), u32::from(length)));
    }
    let class = LONG.iter().find(|class| bits <= class.last)?;
    let length = u32::from(class.bits);
    let place = bits.checked_sub(class.first)? >> (32 - length);
    Some((class.symbols.get(place as usize).copied()?, length))
}

/// Decodes a string to the end of `out`; nothing if it is not coded as it must be. What comes out is at most 8/5 of what goes in.
#[must_use]
pub(super) fn decode(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = bytes.iter();
    // The next bits, from the top down, and how many there are.
    let (mut bits, mut count) = (0u64, 0u32);
    loop {
        while count <= 56
            && let Some(byte) = rest.next()
        {
            bits |= u64::from(*byte) << (56 - count);
            count += 8;
        }
        let (symbol, length) = symbol((bits >> 32) as u32)?;
        if length > count {
            return is_padding(bits, count).then_some(());
        }
        if symbol == END {
            return None;
        }
        out.push(symbol as u8);
        bits <<= length;
        count -= length;
    }
}

/// Whether the last bits are what a string is filled up with: fewer than eight ones.
fn is_padding(bits: u64, count: u32) -> bool {
    count < 8 && bits.leading_ones() >= count
}
