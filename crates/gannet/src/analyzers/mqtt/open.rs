//! What waits for its acknowledgement, by the number of the packet.

use std::collections::VecDeque;

/// Packets of one kind that wait; of more, the oldest is forgotten.
const MAX_OPEN: usize = 1024;
/// Bytes that they hold.
const MAX_OPEN_BYTES: usize = 1 << 20;

/// What takes memory outside its own struct.
pub(super) trait Held {
    /// How many bytes.
    fn held(&self) -> usize;
}

/// Packets that wait, the oldest first.
#[derive(Debug)]
pub(super) struct Open<T> {
    packets: VecDeque<(u16, T)>,
    bytes: usize,
}

impl<T> Default for Open<T> {
    fn default() -> Self {
        Self { packets: VecDeque::new(), bytes: 0 }
    }
}

impl<T: Held> Open<T> {
    /// One more waits; it takes the place of one with the same number.
    pub(super) fn insert(&mut self, id: u16, packet: T) {
        self.remove(id);
        self.bytes += packet.held();
        self.packets.push_back((id, packet));
        while self.packets.len() > MAX_OPEN || self.bytes > MAX_OPEN_BYTES {
            let Some((_, oldest)) = self.packets.pop_front() else { return };
            self.bytes -= oldest.held();
        }
    }

    pub(super) fn get_mut(&mut self, id: u16) -> Option<&mut T> {
        self.packets.iter_mut().find(|(known, _)| *known == id).map(|(_, packet)| packet)
    }

    pub(super) fn remove(&mut self, id: u16) -> Option<T> {
        let at = self.packets.iter().position(|(known, _)| *known == id)?;
        let (_, packet) = self.packets.remove(at)?;
        self.bytes -= packet.held();
        Some(packet)
    }

    pub(super) fn held(&self) -> usize {
        self.packets.capacity() * size_of::<(u16, T)>() + self.bytes
    }
}
