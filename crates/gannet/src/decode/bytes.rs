//! Big-endian numbers out of a slice for the flow stage; zero where the slice is too short (callers check lengths first).

use crate::base::cursor;

pub(crate) fn be16(bytes: &[u8], at: usize) -> u16 {
    cursor::be16(bytes, at).unwrap_or(0)
}
