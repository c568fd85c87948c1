//! Brotli (RFC 7932), with memory that has a limit.

use brotli_decompressor::{
    Allocator, BrotliDecompressStream, BrotliResult, BrotliState, SliceWrapper, SliceWrapperMut,
};

use super::coding::End;

/// Bytes that a decoder's tables of codes may take: as many as the format allows, 256 trees of each kind, take less.
const TABLES: usize = 4 * 1024 * 1024;
/// Bytes that its lists of offsets into those may take.
const LISTS: usize = 16 * 1024;

type State = BrotliState<Room, Room, Room>;

/// A decoder.
pub(super) struct Decoder(State);

impl Default for Decoder {
    fn default() -> Self {
        Self(BrotliState::new_strict(Room::default(), Room::default(), Room::default()))
    }
}

impl Decoder {
    /// This build has it.
    pub(super) const IS_BUILT: bool = true;
    /// Memory that it holds whatever comes.
    pub(super) const LEAST: usize = size_of::<Self>() + LISTS;

    /// Bytes of memory that it takes.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.0.alloc_u8.held + self.0.alloc_u32.held + self.0.alloc_hc.held
    }

    /// Unpacks until the piece is full or the bytes are used up, with so much memory beside the least: bytes that were used,
    /// bytes that were made, and how it ended.
    pub(super) fn step(&mut self, bytes: &[u8], piece: &mut [u8], room: usize) -> (usize, usize, End) {
        let state = &mut self.0;
        state.alloc_hc.most = room.min(TABLES);
        state.alloc_u32.most = LISTS;
        state.alloc_u8.most = room.saturating_sub(TABLES);
        let (mut left, mut used) = (bytes.len(), 0);
        let (mut free, mut made, mut total) = (piece.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut left, &mut used, bytes, &mut free, &mut made, piece, &mut total, state,
        );
        let refused = state.alloc_u8.refused || state.alloc_u32.refused || state.alloc_hc.refused;
        let end = match result {
            BrotliResult::NeedsMoreInput => End::Hungry,
            BrotliResult::ResultFailure if refused => End::TooMuch,
            BrotliResult::ResultSuccess => End::Whole,
            BrotliResult::NeedsMoreOutput | BrotliResult::ResultFailure => End::Other,
        };
        (used, made, end)
    }
}

/// An allocator with a limit: beyond it, it gives nothing, and the decoder fails.
#[derive(Default)]
struct Room {
    most: usize,
    held: usize,
    refused: bool,
}

/// Memory of a decoder.
struct Memory<T>(Box<[T]>);

impl<T: Clone + Default> Allocator<T> for Room {
    type AllocatedMemory = Memory<T>;

    fn alloc_cell(&mut self, len: usize) -> Memory<T> {
        let size = len.saturating_mul(size_of::<T>());
        if size > self.most.saturating_sub(self.held) {
            self.refused = true;
            return Memory::default();
        }
        self.held += size;
        Memory(vec![T::default(); len].into_boxed_slice())
    }

    fn free_cell(&mut self, memory: Memory<T>) {
        self.held = self.held.saturating_sub(size_of_val(&*memory.0));
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T> SliceWrapper<T> for Memory<T> {
    fn slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> SliceWrapperMut<T> for Memory<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}
