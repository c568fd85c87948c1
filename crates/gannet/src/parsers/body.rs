//! The bytes of a message whose length was announced, in pieces of any size.

/// What is left of such a message, and what is kept of it.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Body {
    kept: Vec<u8>,
    left: u64,
    max: usize,
}

impl Body {
    /// So many bytes are to come; at most the first `max` of them are kept.
    pub const fn new(length: u64, max: usize) -> Self {
        Self { kept: Vec::new(), left: length, max }
    }

    /// Bytes that are still to come.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Takes what belongs to the message off the front of the bytes. All of it that is kept, once it is complete.
    ///
    /// A message that is whole in the bytes at hand is not copied.
    pub fn take<'a>(&'a mut self, rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
        let (own, behind) = rest.split_at(length);
        *rest = behind;
        self.left -= length as u64;
        let room = self.max.saturating_sub(self.kept.len());
        let own = own.get(..room).unwrap_or(own);
        if self.left == 0 && self.kept.is_empty() {
            return Some(own);
        }
        self.kept.extend_from_slice(own);
        (self.left == 0).then_some(self.kept.as_slice())
    }

    /// Bytes of memory held.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.kept.capacity()
    }
}
