//! Where packed connections are: in chunks, so that what is there does not move when there are more.

use super::pack::Packed;

/// Packed connections in a chunk.
const CHUNK: usize = 512;

/// Packed connections, by number.
#[derive(Default)]
pub(super) struct Slab {
    chunks: Vec<Vec<Packed>>,
    free: Vec<u32>,
    used: usize,
}

impl Slab {
    /// Keeps one; its number.
    pub(super) fn put(&mut self, packed: Packed) -> u32 {
        self.used += 1;
        if let Some(at) = self.free.pop() {
            if let Some(place) = self.place(at) {
                *place = packed;
            }
            return at;
        }
        let mut last = match self.chunks.pop() {
            Some(last) if last.len() < CHUNK => last,
            full => {
                self.chunks.extend(full);
                Vec::with_capacity(CHUNK)
            }
        };
        let at = self.chunks.len() * CHUNK + last.len();
        last.push(packed);
        self.chunks.push(last);
        at as u32
    }

    /// Takes one out.
    pub(super) fn take(&mut self, at: u32) -> Option<Packed> {
        let packed = std::mem::take(self.place(at)?);
        self.free.push(at);
        self.used -= 1;
        if self.used == 0 {
            // Memory goes back after a flood; but not all of it, for there may be one packed connection now and then.
            self.free = Vec::new();
            self.chunks.truncate(1);
            self.chunks.iter_mut().for_each(Vec::clear);
        }
        Some(packed)
    }

    pub(super) fn get(&self, at: u32) -> Option<&Packed> {
        self.chunks.get(at as usize / CHUNK)?.get(at as usize % CHUNK)
    }

    fn place(&mut self, at: u32) -> Option<&mut Packed> {
        self.chunks.get_mut(at as usize / CHUNK)?.get_mut(at as usize % CHUNK)
    }
}
