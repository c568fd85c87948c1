//! How the unpacking of content goes, whatever its decoder.

/// How a call of a decoder ended.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "brotli"), allow(dead_code, reason = "there is no decoder"))]
pub(super) enum End {
    /// It wants more bytes.
    Hungry,
    /// It has told all there is.
    Whole,
    /// It was refused memory.
    TooMuch,
    /// The piece is full, or the bytes cannot be unpacked.
    Other,
}
