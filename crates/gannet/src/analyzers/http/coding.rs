//! How the decoding of a body goes, whatever its decoder.

/// What became of bytes given to a decoder.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "compression"), allow(dead_code, reason = "there is no decoder"))]
pub(super) enum Inflated {
    /// All is well.
    Fine,
    /// They cannot be decoded, nor can what follows.
    Broken,
    /// They expand beyond measure; what follows is not decoded.
    Bomb,
}
