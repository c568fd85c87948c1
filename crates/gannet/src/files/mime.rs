//! Types of files by their first bytes.

/// Bytes that are looked at.
pub const LOOKED_AT: usize = 4096;

/// The type of a file that begins with these bytes.
pub fn sniff(_head: &[u8]) -> Option<&'static str> {
    None
}
