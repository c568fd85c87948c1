//! The byte cursor of all parsers: reads numbers and runs of bytes, one after the other.

#[cfg(test)]
mod tests;

use std::fmt;

/// The bytes end before the value does.
///
/// Whoever reads a stream and may wait for more asks [`Cursor::missing`] how much more it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short;

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes end before the value does")
    }
}

impl std::error::Error for Short {}

/// In which order a number's bytes stand.
///
/// Not `#[non_exhaustive]`: there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The most significant byte comes first, as in nearly all protocols.
    Big,
    /// The least significant byte comes first.
    Little,
}

impl ByteOrder {
    /// The number that two bytes are.
    #[inline]
    #[must_use]
    pub const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Big => u16::from_be_bytes(bytes),
            Self::Little => u16::from_le_bytes(bytes),
        }
    }

    /// The number that four bytes are.
    #[inline]
    #[must_use]
    pub const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Big => u32::from_be_bytes(bytes),
            Self::Little => u32::from_le_bytes(bytes),
        }
    }

    /// The number that eight bytes are.
    #[inline]
    #[must_use]
    pub const fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Big => u64::from_be_bytes(bytes),
            Self::Little => u64::from_le_bytes(bytes),
        }
    }
}

/// A place in a run of bytes, from which the bytes behind it are read.
///
/// A read gives a value and moves the cursor behind it, or says [`Short`] and moves nothing. So a value that is not there
/// cannot be taken for one, and who wants to try something else may. Numbers are big-endian unless their name says
/// otherwise. A cursor is copied to look ahead.
#[derive(Clone, Copy)]
#[must_use]
pub struct Cursor<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
}

impl fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} of {})", self.at(), self.whole.len())
    }
}

impl<'a> Cursor<'a> {
    /// In front of the first of these bytes.
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { whole: bytes, rest: bytes }
    }

    /// Bytes that were read so far.
    #[inline]
    pub const fn at(&self) -> usize {
        self.whole.len() - self.rest.len()
    }

    /// Bytes that are left.
    #[inline]
    pub const fn left(&self) -> usize {
        self.rest.len()
    }

    /// Whether nothing is left.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many of the next `n` bytes are not there; 0 if all are.
    #[inline]
    pub const fn missing(&self, n: usize) -> usize {
        n.saturating_sub(self.rest.len())
    }

    /// What is left; the cursor stays.
    #[inline]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// All bytes, those that were read among them.
    #[inline]
    pub const fn whole(&self) -> &'a [u8] {
        self.whole
    }

    /// What is left; the cursor moves to the end.
    pub fn take_rest(&mut self) -> &'a [u8] {
        let rest = self.rest;
        self.rest = rest.get(rest.len()..).unwrap_or_default();
        rest
    }

    /// Moves to so many bytes from the beginning, forth or back.
    ///
    /// # Errors
    /// [`Short`] behind the end.
    #[inline]
    pub fn seek(&mut self, at: usize) -> Result<(), Short> {
        self.rest = self.whole.get(at..).ok_or(Short)?;
        Ok(())
    }

    /// The next byte; the cursor stays.
    ///
    /// # Errors
    /// [`Short`] at the end.
    #[inline]
    pub fn peek(&self) -> Result<u8, Short> {
        self.rest.first().copied().ok_or(Short)
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// [`Short`] if there are fewer.
    #[inline]
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Short> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(Short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `n` bytes, or all that are left if there are fewer.
    #[inline]
    pub fn up_to(&mut self, n: usize) -> &'a [u8] {
        self.take(n).unwrap_or_else(|Short| self.take_rest())
    }

    /// A cursor over the next `n` bytes, which cannot leave them.
    ///
    /// # Errors
    /// [`Short`] if there are fewer.
    #[inline]
    pub fn within(&mut self, n: usize) -> Result<Self, Short> {
        self.take(n).map(Self::new)
    }

    /// The bytes in front of the next byte of this value, which is read too.
    ///
    /// # Errors
    /// [`Short`] if there is none.
    pub fn before(&mut self, end: u8) -> Result<&'a [u8], Short> {
        let at = memchr::memchr(end, self.rest).ok_or(Short)?;
        let taken = self.take(at)?;
        self.u8()?;
        Ok(taken)
    }

    /// The next bytes, as an array.
    ///
    /// # Errors
    /// [`Short`] if there are fewer.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Short> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`Short`] at the end.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, Short> {
        self.array::<1>().map(|[byte]| *byte)
    }
}

/// Numbers of several bytes.
macro_rules! numbers {
    ($($name:ident: $kind:ty = $from:ident, $what:literal;)*) => {
        impl Cursor<'_> {
            $(
                #[doc = $what]
                ///
                /// # Errors
                /// [`Short`] if the bytes end before it does.
                #[inline]
                pub fn $name(&mut self) -> Result<$kind, Short> {
                    self.array().map(|bytes| <$kind>::$from(*bytes))
                }
            )*
        }
    };
}

numbers! {
    u16: u16 = from_be_bytes, "Two bytes, big-endian.";
    u32: u32 = from_be_bytes, "Four bytes, big-endian.";
    u64: u64 = from_be_bytes, "Eight bytes, big-endian.";
    u128: u128 = from_be_bytes, "Sixteen bytes, big-endian: an IPv6 address, for instance.";
    u16_le: u16 = from_le_bytes, "Two bytes, little-endian.";
    u32_le: u32 = from_le_bytes, "Four bytes, little-endian.";
    u64_le: u64 = from_le_bytes, "Eight bytes, little-endian.";
}

impl<'a> Cursor<'a> {
    /// Three bytes, big-endian.
    ///
    /// # Errors
    /// [`Short`] if the bytes end before it does.
    #[inline]
    pub fn u24(&mut self) -> Result<u32, Short> {
        self.array().map(|[a, b, c]| u32::from_be_bytes([0, *a, *b, *c]))
    }

    /// Two bytes in the order that the data says.
    ///
    /// # Errors
    /// [`Short`] if the bytes end before it does.
    #[inline]
    pub fn u16_in(&mut self, order: ByteOrder) -> Result<u16, Short> {
        self.array().map(|bytes| order.u16(*bytes))
    }

    /// Four bytes in the order that the data says.
    ///
    /// # Errors
    /// [`Short`] if the bytes end before it does.
    #[inline]
    pub fn u32_in(&mut self, order: ByteOrder) -> Result<u32, Short> {
        self.array().map(|bytes| order.u32(*bytes))
    }

    /// Bytes behind their length, which is one byte.
    ///
    /// # Errors
    /// [`Short`] if the bytes end before the length or what it counts does.
    pub fn bytes8(&mut self) -> Result<&'a [u8], Short> {
        self.counted(|next| next.u8().map(usize::from))
    }

    /// Bytes behind their length, which is two bytes, big-endian.
    ///
    /// # Errors
    /// [`Short`] if the bytes end before the length or what it counts does.
    pub fn bytes16(&mut self) -> Result<&'a [u8], Short> {
        self.counted(|next| next.u16().map(usize::from))
    }

    /// Bytes behind their length, which is three bytes, big-endian.
    ///
    /// # Errors
    /// [`Short`] if the bytes end before the length or what it counts does.
    pub fn bytes24(&mut self) -> Result<&'a [u8], Short> {
        self.counted(|next| next.u24().map(|length| length as usize))
    }

    /// Bytes behind their length; what is cut moves nothing.
    #[inline]
    fn counted(&mut self, length: impl FnOnce(&mut Self) -> Result<usize, Short>) -> Result<&'a [u8], Short> {
        let mut next = *self;
        let length = length(&mut next)?;
        let bytes = next.take(length)?;
        *self = next;
        Ok(bytes)
    }
}

/// Two bytes at an offset, big-endian; nothing if they are not there.
#[inline]
pub(crate) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}
