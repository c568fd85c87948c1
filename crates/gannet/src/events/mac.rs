//! Hardware addresses as columns.

use std::fmt;

/// Characters of a hardware address.
const LEN: usize = 17;

/// A hardware address (IEEE 802), as the text that logs show: `02:00:00:00:00:01`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mac([u8; LEN]);

impl Mac {
    /// Its text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; 6]> for Mac {
    fn from(address: [u8; 6]) -> Self {
        let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        let mut text = [b':'; LEN];
        for (place, byte) in text.chunks_mut(3).zip(address) {
            if let [high, low, ..] = place {
                (*high, *low) = (digit(byte >> 4), digit(byte & 15));
            }
        }
        Self(text)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(Mac::from([0, 0x1a, 0xff, 9, 0xa0, 0x0f]).to_string(), "00:1a:ff:09:a0:0f");
    }
}
