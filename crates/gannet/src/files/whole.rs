//! Content that is read in one piece, once all of it came.

/// Collects it, up to a limit.
pub(super) struct Whole {
    bytes: Vec<u8>,
    most: usize,
    too_long: bool,
}

impl Whole {
    /// Of at most so many bytes.
    pub(super) fn of(most: usize) -> Self {
        Self { bytes: Vec::new(), most, too_long: false }
    }

    /// The next bytes.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > self.most {
            self.too_long = true;
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// All of it, unless some is missing or it is too long.
    pub(super) fn take(&mut self, complete: bool) -> Option<Vec<u8>> {
        let bytes = std::mem::take(&mut self.bytes);
        (complete && !self.too_long).then_some(bytes)
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.bytes.capacity()
    }
}
