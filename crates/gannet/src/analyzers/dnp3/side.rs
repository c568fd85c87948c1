//! What is kept of one direction: the fragment that its frames bring, and the frame that a datagram left incomplete.

/// Bytes of a fragment that are kept. Outstations send 2,048 at most unless told otherwise (4.1.2); of a longer one the header
/// is read and the objects are not.
const MAX_FRAGMENT: usize = 64 * 1024;
/// Bytes of a fragment whose memory is kept for the next one.
const KEPT: usize = 2048;

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// The header of the frame at hand was looked at.
    pub(super) known: bool,
    /// A frame of the fragment at hand has begun.
    pub(super) begun: bool,
    /// The first frame of the fragment at hand was seen.
    pub(super) first: bool,
    /// Bytes of the fragment at hand, without transport octets.
    fragment: Vec<u8>,
    /// The fragment is longer than what is kept of it.
    cut: bool,
    /// What is left of the last datagram, less than a frame.
    pub(super) kept: Vec<u8>,
}

impl Side {
    /// Adds bytes to the fragment.
    pub(super) fn gather(&mut self, bytes: &[u8]) {
        let room = MAX_FRAGMENT.saturating_sub(self.fragment.len());
        self.cut |= room < bytes.len();
        self.fragment.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    /// The fragment at hand, and whether that is all of it. The next frame begins another.
    pub(super) fn finish(&mut self) -> (Vec<u8>, bool) {
        let (fragment, whole) = (std::mem::take(&mut self.fragment), !self.cut);
        self.restart();
        (fragment, whole)
    }

    /// The memory of a fragment that was read.
    pub(super) fn give_back(&mut self, mut fragment: Vec<u8>) {
        if fragment.capacity() <= KEPT {
            fragment.clear();
            self.fragment = fragment;
        }
    }

    /// The next frame begins a fragment.
    pub(super) fn restart(&mut self) {
        (self.known, self.begun, self.first, self.cut) = (false, false, false, false);
        self.fragment.clear();
    }

    pub(super) fn held(&self) -> usize {
        self.fragment.capacity() + self.kept.capacity()
    }
}
