//! Instead of the decoder of Brotli, in a build without the feature `brotli`: content is shown as it travels.

use super::coding::End;

/// Never made.
#[derive(Default)]
pub(super) struct Decoder;

impl Decoder {
    /// This build has none.
    pub(super) const IS_BUILT: bool = false;
    /// Memory that it holds whatever comes.
    pub(super) const LEAST: usize = 0;

    pub(super) fn held(&self) -> usize {
        0
    }

    pub(super) fn step(&mut self, _bytes: &[u8], _piece: &mut [u8], _room: usize) -> (usize, usize, End) {
        (0, 0, End::Other)
    }
}
