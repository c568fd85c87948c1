//! Small numbers as Parquet packs them: runs of one number, and runs of numbers of a few bits each ("RLE / bit-packing hybrid").

use ::parquet::errors::ParquetError;
use bytes::Bytes;

/// Bits of a number at most.
const MOST_BITS: u32 = 32;

/// Numbers that are taken one after the other.
pub(super) struct Runs {
    bytes: Bytes,
    /// Where the next run begins.
    at: usize,
    bits: u32,
    /// The run at hand, and how many of its numbers are left.
    run: Run,
    left: usize,
}

enum Run {
    /// This number again and again.
    Same(u32),
    /// Numbers that begin at this bit.
    Packed(usize),
}

fn wrong() -> ParquetError {
    ParquetError::EOF("packed numbers end before their time".to_owned())
}

impl Runs {
    /// Runs of numbers of so many bits.
    ///
    /// # Errors
    /// If these are too many.
    pub(super) fn new(bytes: Bytes, bits: u32) -> Result<Self, ParquetError> {
        if bits > MOST_BITS {
            return Err(ParquetError::General(format!("expected numbers of {MOST_BITS} bits at most")));
        }
        Ok(Self { bytes, at: 0, bits, run: Run::Same(0), left: 0 })
    }

    /// Truths, of a bit each, without runs.
    pub(super) fn bare_bits(bytes: Bytes) -> Self {
        let left = bytes.len().saturating_mul(8);
        Self { at: bytes.len(), bytes, bits: 1, run: Run::Packed(0), left }
    }

    /// Begins the next run.
    fn begin(&mut self) -> Result<(), ParquetError> {
        let mut head = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or_else(wrong)?;
            self.at += 1;
            head |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let length = usize::try_from(head >> 1).map_err(|_| wrong())?;
        if head & 1 == 0 {
            let width = self.bits.div_ceil(8) as usize;
            let bytes = self.bytes.get(self.at..self.at + width).ok_or_else(wrong)?;
            let number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
            (self.run, self.left) = (Run::Same(number), length);
            self.at += width;
            return Ok(());
        }
        // Groups of eight numbers, the last of which may be cut short.
        let takes = length.saturating_mul(self.bits as usize).min(self.bytes.len() - self.at);
        let numbers = length.saturating_mul(8);
        let most = if self.bits == 0 { numbers } else { takes * 8 / self.bits as usize };
        (self.run, self.left) = (Run::Packed(self.at * 8), numbers.min(most));
        self.at += takes;
        Ok(())
    }

    /// If the next numbers, `most` of them or fewer, are all the same: that one and how many there are; they are behind us then.
    ///
    /// # Errors
    /// If there is no further one.
    pub(super) fn same(&mut self, most: usize) -> Result<Option<(u32, usize)>, ParquetError> {
        self.ready()?;
        let Run::Same(number) = self.run else { return Ok(None) };
        let taken = self.left.min(most);
        self.left -= taken;
        Ok(Some((number, taken)))
    }

    /// How many of the next numbers, `most` at most, stand in the run at hand.
    pub(super) fn at_hand(&self, most: usize) -> usize {
        self.left.min(most)
    }

    /// Sees to it that there is a number.
    fn ready(&mut self) -> Result<(), ParquetError> {
        while self.left == 0 {
            if self.at >= self.bytes.len() {
                return Err(wrong());
            }
            self.begin()?;
        }
        Ok(())
    }

    /// Appends the next numbers.
    ///
    /// # Errors
    /// If there are not so many.
    pub(super) fn take(&mut self, count: usize, to: &mut Vec<u32>) -> Result<(), ParquetError> {
        let mut wanted = count;
        while wanted > 0 {
            self.ready()?;
            let taken = self.left.min(wanted);
            match &mut self.run {
                Run::Same(number) => to.resize(to.len() + taken, *number),
                Run::Packed(at) => {
                    unpack(&self.bytes, *at, self.bits, taken, to);
                    *at += taken * self.bits as usize;
                }
            }
            self.left -= taken;
            wanted -= taken;
        }
        Ok(())
    }
}

/// Appends so many numbers of so many bits each, which begin at this bit.
fn unpack(bytes: &[u8], from: usize, bits: u32, count: usize, to: &mut Vec<u32>) {
    let mask = u64::from(u32::MAX.checked_shr(MOST_BITS - bits).unwrap_or(0));
    let width = bits as usize;
    // Where eight bytes can be read at once: all but the last ones.
    let wide = match bytes.len().checked_sub(8) {
        Some(last) if width > 0 => (((last + 1) * 8).saturating_sub(from) / width).min(count),
        _ => 0,
    };
    let number = |index: usize| {
        let bit = from + index * width;
        let chunk = bytes.get(bit / 8..).and_then(|rest| rest.first_chunk::<8>());
        (chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk)) >> (bit % 8) & mask) as u32
    };
    to.extend((0..wide).map(number));
    to.extend((wide..count).map(|index| {
        let bit = from + index * width;
        let rest = bytes.get(bit / 8..).unwrap_or_default().iter().take(8);
        let chunk = rest.rev().fold(0_u64, |chunk, byte| chunk << 8 | u64::from(*byte));
        (chunk >> (bit % 8) & mask) as u32
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], bits: u32, count: usize) -> Option<Vec<u32>> {
        let mut to = Vec::new();
        let mut runs = Runs::new(Bytes::copy_from_slice(bytes), bits).ok()?;
        // In two parts, so that a run is left in its middle.
        runs.take(count / 3, &mut to).ok()?;
        runs.take(count - count / 3, &mut to).ok()?;
        Some(to)
    }

    #[test]
    fn runs_of_both_kinds() {
        // The example of the specification: 0 to 7 in three bits each.
        let packed = [3, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(all(&packed, 3, 8).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(all(&[20, 7], 3, 10).unwrap(), [7; 10]);
        assert_eq!(all(&[4, 1, 2, 4, 3, 2], 10, 4).unwrap(), [513, 513, 515, 515]);
        let both = [&[6, 9][..], &[3], &[0xff; 4]].concat();
        assert_eq!(all(&both, 4, 11).unwrap(), [9, 9, 9, 15, 15, 15, 15, 15, 15, 15, 15]);
        assert_eq!(all(&[3], 0, 8).unwrap(), [0; 8]);
        assert_eq!(all(&[3, 1, 2, 3, 4], 32, 1).unwrap(), [0x0403_0201]);
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        for (bytes, bits, count) in [
            (&[][..], 3, 1),
            (&[20][..], 3, 10),
            (&[20, 7][..], 3, 11),
            (&[0x80, 0x80][..], 3, 1),
            (&[0, 1, 0, 1][..], 3, 1),
            (&[3, 1][..], 8, 2),
            (&[20, 7][..], 33, 1),
        ] {
            assert_eq!(all(bytes, bits, count), None, "{bytes:?}");
        }
    }

    #[test]
    fn numbers_of_every_width() {
        for bits in 1..=32 {
            let numbers: Vec<u32> =
                (0..64_u32).map(|n| n.wrapping_mul(2_654_435_761) >> (32 - bits)).collect();
            let mut bytes = vec![8 << 1 | 1];
            let mut packed = vec![0_u8; 8 * bits as usize];
            for (index, number) in numbers.iter().enumerate() {
                for bit in (0..bits).filter(|bit| number >> bit & 1 == 1) {
                    let at = index * bits as usize + bit as usize;
                    packed[at / 8] |= 1 << (at % 8);
                }
            }
            bytes.append(&mut packed);
            assert_eq!(all(&bytes, bits, 64).unwrap(), numbers, "{bits}");
        }
    }
}
