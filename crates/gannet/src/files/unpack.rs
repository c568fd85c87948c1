//! Content that travels packed and is unpacked for who listens to it: `Content-Encoding: br`, RFC 7932.

use brotli_decompressor::{
    Allocator, BrotliDecompressStream, BrotliResult, BrotliState, SliceWrapper, SliceWrapperMut,
};

use super::mime;
use crate::events::Packing;

/// How much a decoder made of how much.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expansion {
    /// Bytes that went in.
    pub(crate) taken: u64,
    /// Bytes that came out.
    pub(crate) given: u64,
}

impl Expansion {
    /// Bytes that may come out before the ratio counts.
    const FREE: u64 = 16 * 1024 * 1024;
    /// Bytes that may come out for each that went in, beyond those: more is a bomb, and what follows is not decoded.
    const MAX_RATIO: u64 = 200;

    pub(crate) fn is_beyond_measure(self) -> bool {
        self.given > Self::FREE && self.given / Self::MAX_RATIO > self.taken
    }
}

/// Bytes that come out at once.
pub(super) const PIECE: usize = 8 * 1024;
/// Bytes that a decoder's tables of codes may take: as many as the format allows, 256 trees of each kind, take less.
const TABLES: usize = 4 * 1024 * 1024;
/// Bytes that its lists of offsets into those may take.
const LISTS: usize = 16 * 1024;

type Decoder = BrotliState<Room, Room, Room>;

/// Unpacks the content of one file.
pub(super) struct Unpacker {
    /// None before the first bytes, and once nothing more comes out.
    decoder: Option<Box<Decoder>>,
    begun: bool,
    pub(super) over: bool,
    pub(super) expansion: Expansion,
    /// The first bytes that came out, until the type is decided.
    head: Vec<u8>,
    mime: Option<&'static str>,
    /// Bytes of memory that its shard's budget knows of.
    pub(super) charged: usize,
}

/// What a step gave.
pub(super) enum Step {
    /// So many bytes.
    Bytes(usize),
    /// It wants more.
    Hungry,
    /// Nothing any more: all was told, or what came cannot be unpacked.
    Done,
    /// Nothing any more: it takes too much memory, or expands beyond measure.
    TooMuch,
}

impl Unpacker {
    pub(super) fn new(packing: Packing) -> Box<Self> {
        let Packing::Brotli = packing;
        Box::new(Self {
            decoder: None,
            begun: false,
            over: false,
            expansion: Expansion::default(),
            head: Vec::new(),
            mime: None,
            charged: 0,
        })
    }

    /// The type of what comes out, once it is decided.
    pub(super) fn mime(&self) -> Option<&'static str> {
        self.mime
    }

    /// Bytes of memory that it takes.
    pub(super) fn held(&self) -> usize {
        let decoder = self.decoder.as_ref().map_or(0, |decoder| {
            size_of::<Decoder>() + decoder.alloc_u8.held + decoder.alloc_u32.held + decoder.alloc_hc.held
        });
        size_of::<Self>() + decoder + self.head.capacity()
    }

    /// Unpacks until a piece is full or the bytes are used up; `room` is what it may hold in all.
    pub(super) fn step(&mut self, bytes: &mut &[u8], piece: &mut [u8], room: usize) -> Step {
        /// Memory that it holds whatever comes.
        const LEAST: usize = size_of::<Unpacker>() + size_of::<Decoder>() + mime::LOOKED_AT + LISTS;
        if !std::mem::replace(&mut self.begun, true) {
            if room < LEAST {
                return Step::TooMuch;
            }
            let state = BrotliState::new_strict(Room::default(), Room::default(), Room::default());
            self.decoder = Some(Box::new(state));
        }
        let Some(decoder) = &mut self.decoder else { return Step::Done };
        let room = room.saturating_sub(LEAST);
        decoder.alloc_hc.most = room.min(TABLES);
        decoder.alloc_u32.most = LISTS;
        decoder.alloc_u8.most = room.saturating_sub(TABLES);
        let (mut left, mut used) = (bytes.len(), 0);
        let (mut free, mut made, mut total) = (piece.len(), 0, 0);
        let result = BrotliDecompressStream(
            &mut left, &mut used, bytes, &mut free, &mut made, piece, &mut total, decoder,
        );
        let refused = decoder.alloc_u8.refused || decoder.alloc_u32.refused || decoder.alloc_hc.refused;
        *bytes = bytes.get(used..).unwrap_or_default();
        self.expansion.taken += used as u64;
        self.expansion.given += made as u64;
        match result {
            _ if self.expansion.is_beyond_measure() => Step::TooMuch,
            _ if made > 0 => Step::Bytes(made),
            BrotliResult::NeedsMoreInput => Step::Hungry,
            BrotliResult::ResultFailure if refused => Step::TooMuch,
            BrotliResult::ResultSuccess => {
                self.over = true;
                Step::Done
            }
            BrotliResult::NeedsMoreOutput | BrotliResult::ResultFailure => Step::Done,
        }
    }

    /// Looks at bytes that came out.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        let room = mime::LOOKED_AT.saturating_sub(self.head.len());
        if room > 0 {
            self.head.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
        if self.head.len() >= mime::LOOKED_AT {
            self.decide();
        }
    }

    /// Decides the type, by what came until now.
    fn decide(&mut self) {
        if self.mime.is_none() {
            self.mime = mime::sniff(&self.head);
        }
    }

    /// Nothing more comes out.
    pub(super) fn stop(&mut self) {
        self.decoder = None;
        self.decide();
        self.head = Vec::new();
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
