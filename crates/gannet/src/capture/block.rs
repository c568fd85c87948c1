//! A pool of blocks: memory goes round instead of being allocated for each read.

use std::collections::VecDeque;
use std::sync::Arc;

#[cfg(all(feature = "afpacket", target_os = "linux"))]
use super::live::Lent;

/// Bytes shared by the packets of one or more batches.
#[derive(Debug, Default)]
pub struct Block {
    memory: Memory,
}

/// Whose bytes they are.
#[derive(Debug)]
enum Memory {
    Owned(Vec<u8>),
    /// A block of a ring that is shared with the kernel, which has it back when this one is dropped.
    #[cfg(all(feature = "afpacket", target_os = "linux"))]
    Lent(Lent),
}

impl Default for Memory {
    fn default() -> Self {
        Self::Owned(Vec::new())
    }
}

impl Block {
    /// A block that owns its bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { memory: Memory::Owned(bytes) }
    }

    /// A block of a ring.
    #[cfg(all(feature = "afpacket", target_os = "linux"))]
    pub(crate) fn lent(lent: Lent) -> Self {
        Self { memory: Memory::Lent(lent) }
    }

    /// The bytes; packets are ranges of them.
    pub fn bytes(&self) -> &[u8] {
        match &self.memory {
            Memory::Owned(bytes) => bytes,
            #[cfg(all(feature = "afpacket", target_os = "linux"))]
            Memory::Lent(lent) => lent.bytes(),
        }
    }

    /// The bytes of a block that owns them; none of any other.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        match &mut self.memory {
            Memory::Owned(bytes) => bytes,
            #[cfg(all(feature = "afpacket", target_os = "linux"))]
            Memory::Lent(_) => &mut [],
        }
    }
}

/// Blocks of one size. The pool keeps a handle on every block that it gave out and takes it back when nobody else does.
#[derive(Debug)]
pub(crate) struct Pool {
    size: usize,
    kept: VecDeque<Arc<Block>>,
    /// Stands in for "no block" without an allocation.
    empty: Arc<Block>,
}

/// Handles kept at most; a block that comes back beyond that is freed by its last batch.
const KEPT: usize = 64;

impl Pool {
    /// A pool of blocks of `size` bytes.
    pub(crate) fn new(size: usize) -> Self {
        Self { size: size.max(1), kept: VecDeque::new(), empty: Arc::default() }
    }

    /// Bytes of a block.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The block without bytes.
    pub(crate) fn empty(&self) -> Arc<Block> {
        Arc::clone(&self.empty)
    }

    /// A block that nobody else holds, of at least `need` bytes. What is in it is left over from its last use.
    pub(crate) fn take(&mut self, need: usize) -> Arc<Block> {
        if need <= self.size {
            for _ in 0..self.kept.len() {
                let Some(mut block) = self.kept.pop_front() else { break };
                if Arc::get_mut(&mut block).is_some() {
                    return block;
                }
                self.kept.push_back(block);
            }
        }
        Arc::new(Block::new(vec![0; need.max(self.size)]))
    }

    /// Takes a handle back; the block is used again once its batches are gone. Oversized ones are let go.
    pub(crate) fn give(&mut self, block: Arc<Block>) {
        if block.bytes().len() == self.size && self.kept.len() < KEPT {
            self.kept.push_back(block);
        }
    }
}
