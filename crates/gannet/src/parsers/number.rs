//! Numbers in text, as grammars write them: digits alone. A general parser takes more (`+5`, `0x5`, `5 ` and what follows).

/// A number of decimal digits alone; nothing if there is none, anything else beside them, or no room for it.
pub fn decimal(text: &[u8]) -> Option<u64> {
    of_base(text, 10)
}

/// A number of hexadecimal digits alone, of either case; nothing if there is none, anything else beside them, or no room for
/// it.
pub fn hexadecimal(text: &[u8]) -> Option<u64> {
    of_base(text, 16)
}

/// The value of a hexadecimal digit of either case.
pub fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn of_base(text: &[u8], base: u64) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |value, byte| {
        let digit = hex_digit(*byte).map(u64::from).filter(|digit| *digit < base)?;
        value.checked_mul(base)?.checked_add(digit)
    })
}
