//! The Internet checksum (RFC 1071).

/// Sum of 16-bit words, not folded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum(u64);

impl Sum {
    /// Adds bytes; an odd one at the end counts as the high half of a word.
    pub(crate) fn add(mut self, bytes: &[u8]) -> Self {
        let mut words = bytes.chunks_exact(4);
        for word in &mut words {
            if let &[a, b, c, d] = word {
                self.0 += u64::from(u32::from_be_bytes([a, b, c, d]));
            }
        }
        let mut tail = words.remainder().chunks_exact(2);
        for word in &mut tail {
            if let &[a, b] = word {
                self.0 += u64::from(u16::from_be_bytes([a, b]));
            }
        }
        if let Some(last) = tail.remainder().first() {
            self.0 += u64::from(*last) << 8;
        }
        self
    }

    /// Adds the pseudo header of IPv4 (RFC 9293, section 3.1) or IPv6 (RFC 8200, section 8.1).
    pub(crate) fn pseudo(self, v4: bool, src: u128, dst: u128, proto: u8, length: u32) -> Self {
        let tail = [0, 0, 0, proto];
        let sum = self.add(&length.to_be_bytes()).add(&tail);
        if v4 {
            sum.add(&(src as u32).to_be_bytes()).add(&(dst as u32).to_be_bytes())
        } else {
            sum.add(&src.to_be_bytes()).add(&dst.to_be_bytes())
        }
    }

    /// Whether data that includes its own checksum is intact.
    pub(crate) fn intact(self) -> bool {
        let mut sum = self.0;
        while sum >> 16 != 0 {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum == 0xffff
    }
}
