//! Blocks of bytes that batches share, and a pool of them: memory goes round instead of being allocated for each read.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};

use bytes::{Bytes, BytesMut};

/// Bytes shared by the packets of one or more batches. A clone shares them too; the memory is free when the last one is gone.
#[derive(Clone, Debug, Default)]
pub struct Block {
    bytes: Bytes,
}

impl Block {
    /// A block of these bytes: a `Vec<u8>`, which it owns from here on, or anything else that [`Bytes`] can hold.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// A block of so many zeros. To share it, and to have it back for oneself, allocates nothing.
    pub(crate) fn zeroed(size: usize) -> Self {
        let mut bytes = BytesMut::zeroed(size);
        // Once split, the memory has a count of those who share it, which it keeps.
        drop(bytes.split_off(size));
        Self { bytes: bytes.freeze() }
    }

    /// The bytes; packets are ranges of them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, to be changed; none if somebody else holds them, or if they are lent.
    pub(crate) fn exclusive(&mut self) -> Option<Exclusive<'_>> {
        match std::mem::take(&mut self.bytes).try_into_mut() {
            Ok(bytes) => Some(Exclusive { block: self, bytes }),
            Err(bytes) => {
                self.bytes = bytes;
                None
            }
        }
    }
}

/// A block that nobody else holds, for as long as this lives.
pub(crate) struct Exclusive<'a> {
    block: &'a mut Block,
    bytes: BytesMut,
}

impl Deref for Exclusive<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for Exclusive<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Exclusive<'_> {
    fn drop(&mut self) {
        self.block.bytes = std::mem::take(&mut self.bytes).freeze();
    }
}

/// Blocks of one size. The pool keeps a handle on every block that it gave out and takes it back when nobody else does.
#[derive(Debug)]
pub(crate) struct Pool {
    size: usize,
    kept: VecDeque<Block>,
}

/// Handles kept at most; a block that comes back beyond that is freed by its last batch.
const KEPT: usize = 64;

impl Pool {
    /// A pool of blocks of `size` bytes.
    pub(crate) fn new(size: usize) -> Self {
        Self { size: size.max(1), kept: VecDeque::new() }
    }

    /// Bytes of a block.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// A block that nobody else holds, of at least `need` bytes. What is in it is left over from its last use.
    pub(crate) fn take(&mut self, need: usize) -> Block {
        if need <= self.size {
            for _ in 0..self.kept.len() {
                let Some(block) = self.kept.pop_front() else { break };
                if block.bytes.is_unique() {
                    return block;
                }
                self.kept.push_back(block);
            }
        }
        Block::zeroed(need.max(self.size))
    }

    /// Takes a handle back; the block is used again once its batches are gone. Oversized ones are let go.
    pub(crate) fn give(&mut self, block: Block) {
        if block.bytes().len() == self.size && self.kept.len() < KEPT {
            self.kept.push_back(block);
        }
    }
}
