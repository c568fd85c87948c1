//! The memory of a ring, shared with the kernel, and the blocks that are lent out of it.
#![allow(unsafe_code)]

use std::io;
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use libc::{tpacket_bd_header_u, tpacket_block_desc, tpacket_hdr_v1};

use super::sys::{self, Socket};
use crate::capture::live::LiveOptions;

/// Bytes in front of each packet, for the VLAN tag that the kernel has taken out.
const RESERVE: u32 = 4;
/// Time after which the kernel gives a block out that is not full, in milliseconds.
pub(super) const RETIRE: u32 = 20;
/// Bytes of a block, at most and at least. The least holds two packets of 64 KiB, which segmentation offload makes.
const MAX_BLOCK: usize = 1 << 19;
const MIN_BLOCK: usize = 1 << 17;
/// Blocks that a ring has at least, and about how many it is to have.
const MIN_BLOCKS: usize = 2;
const BLOCKS: usize = 32;
/// A frame's size means nothing in this version of the ring, but has to be a sane one.
const FRAME: usize = 2048;

/// Bytes of the header of a block.
const DESCRIPTOR: usize = size_of::<tpacket_block_desc>();
const HEADER: usize = offset_of!(tpacket_block_desc, hdr) + offset_of!(tpacket_bd_header_u, bh1);

/// A word in the header of a block: its offset there.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Word {
    Status = HEADER + offset_of!(tpacket_hdr_v1, block_status),
    Packets = HEADER + offset_of!(tpacket_hdr_v1, num_pkts),
    First = HEADER + offset_of!(tpacket_hdr_v1, offset_to_first_pkt),
    Length = HEADER + offset_of!(tpacket_hdr_v1, blk_len),
}

/// Whether a word is aligned in a block, which begins at a page, and ends with its header.
const fn is_in_header(word: Word) -> bool {
    let at = word as usize;
    at.is_multiple_of(align_of::<AtomicU32>()) && at + size_of::<AtomicU32>() <= DESCRIPTOR
}

// What the notes on safety below rely on.
const _: () = {
    assert!(is_in_header(Word::Status) && is_in_header(Word::Packets));
    assert!(is_in_header(Word::First) && is_in_header(Word::Length));
    assert!(DESCRIPTOR < MIN_BLOCK && MIN_BLOCK <= MAX_BLOCK && MIN_BLOCK.is_multiple_of(4096));
    assert!(MIN_BLOCK * MIN_BLOCKS == LiveOptions::LEAST_RING_BYTES);
};

/// A ring: the socket and the memory that it shares with the kernel, which goes when the last block is back.
///
/// `base` is the start of a mapping of `block` times `lent.len()` bytes, which nobody else has and which lasts as long as this
/// value. A block in it is `block` bytes long: a header, whose words are only touched atomically, for the kernel writes them at
/// any time, and packets behind it, which are only touched through the one [`Lent`] that there is while `lent` says so.
#[derive(Debug)]
pub(super) struct Map {
    pub(super) socket: Socket,
    base: NonNull<u8>,
    block: usize,
    /// For each block, whether it is lent out.
    lent: Box<[AtomicBool]>,
}

// SAFETY: the mapping is not tied to a thread, and nobody else has it.
unsafe impl Send for Map {}
// SAFETY: by a shared reference, words of headers are touched atomically, and nothing else of the mapping is touched but
// through a `Lent`, of which there is one for a block.
unsafe impl Sync for Map {}

impl Map {
    /// Makes a ring of about `bytes` bytes for a socket that is not bound yet.
    pub(super) fn new(socket: Socket, bytes: usize) -> io::Result<Self> {
        let (block, blocks) = sizes(bytes);
        socket.version_and_reserve(RESERVE)?;
        socket.ring(&libc::tpacket_req3 {
            tp_block_size: block as u32,
            tp_block_nr: blocks as u32,
            tp_frame_size: FRAME as u32,
            tp_frame_nr: (block / FRAME * blocks) as u32,
            tp_retire_blk_tov: RETIRE,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        })?;
        // The kernel's pages are never swapped out, and mapping them makes all the page table's entries: nothing is gained by
        // locking them, which needs a right of its own.
        let base = socket.map(block * blocks)?;
        let lent = std::iter::repeat_with(AtomicBool::default).take(blocks).collect();
        Ok(Self { socket, base, block, lent })
    }

    /// A ring of so many blocks that no kernel fills.
    #[cfg(test)]
    pub(super) fn stand_in(blocks: usize) -> io::Result<Self> {
        let socket = Socket::stand_in(MIN_BLOCK * blocks)?;
        let base = socket.map(MIN_BLOCK * blocks)?;
        let lent = std::iter::repeat_with(AtomicBool::default).take(blocks).collect();
        Ok(Self { socket, base, block: MIN_BLOCK, lent })
    }

    /// Has a block look as if the kernel had given it out, with one packet of so many bytes behind the header, unless it is
    /// given out already.
    #[cfg(test)]
    pub(super) fn give_out(&self, number: usize, bytes: u32) -> bool {
        let Some(status) = self.word(number, Word::Status) else { return false };
        if status.load(Ordering::Acquire) != libc::TP_STATUS_KERNEL {
            return false;
        }
        let words = [
            (Word::Packets, 1),
            (Word::First, DESCRIPTOR as u32),
            (Word::Length, (DESCRIPTOR as u32).saturating_add(bytes)),
        ];
        for (word, value) in words {
            if let Some(word) = self.word(number, word) {
                word.store(value, Ordering::Relaxed);
            }
        }
        status.store(libc::TP_STATUS_USER, Ordering::Release);
        true
    }

    /// Blocks of the ring; the kernel fills them one after another, and begins again.
    pub(super) fn blocks(&self) -> usize {
        self.lent.len()
    }

    /// Bytes of the ring.
    pub(super) fn bytes(&self) -> usize {
        self.block * self.lent.len()
    }

    /// Where a block begins, if there is one of that number.
    fn start(&self, number: usize) -> Option<NonNull<u8>> {
        // SAFETY: there are `lent.len()` blocks in the mapping, so that the offset of one of them is within it.
        (number < self.lent.len()).then(|| unsafe { self.base.add(number * self.block) })
    }

    /// A word in the header of the block of that number, if there is one.
    fn word(&self, number: usize, word: Word) -> Option<&AtomicU32> {
        let start = self.start(number)?;
        // SAFETY: a word ends within a block's header and is aligned there, as is asserted above, and a block begins at a page. The
        // mapping lasts as long as `self`, which the reference borrows. This process touches the word through this function
        // only, and so atomically.
        Some(unsafe { AtomicU32::from_ptr(start.add(word as usize).as_ptr().cast()) })
    }

    /// The block of that number, if the kernel is done with it and it is not lent out already.
    pub(super) fn take(self: &Arc<Self>, number: usize) -> Option<Lent> {
        let (start, lent) = (self.start(number)?, self.lent.get(number)?);
        let word = |word| self.word(number, word);
        let (status, packets) = (word(Word::Status)?, word(Word::Packets)?);
        let (first, length) = (word(Word::First)?, word(Word::Length)?);
        // Who sets this has the block to himself, and only then asks whose it is: the other way round, it could go back to the
        // kernel in between.
        if lent.swap(true, Ordering::Acquire) {
            return None;
        }
        if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            lent.store(false, Ordering::Release);
            return None;
        }
        let packets = packets.load(Ordering::Relaxed);
        let first = (first.load(Ordering::Relaxed) as usize).saturating_sub(DESCRIPTOR);
        let length = (length.load(Ordering::Relaxed) as usize).clamp(DESCRIPTOR, self.block) - DESCRIPTOR;
        // SAFETY: the header is shorter than a block.
        let start = unsafe { start.add(DESCRIPTOR) };
        let bytes = NonNull::slice_from_raw_parts(start, length);
        Some(Lent { packets, first, bytes, number, map: Arc::clone(self) })
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: the mapping has this length, and no `Lent` is left, for each of them keeps this value alive.
        unsafe { sys::unmap(self.base, self.bytes()) };
    }
}

/// Bytes of a block and number of blocks for a ring of about `bytes`.
fn sizes(bytes: usize) -> (usize, usize) {
    let block = (bytes / BLOCKS).checked_ilog2().map_or(0, |log| 1 << log).clamp(MIN_BLOCK, MAX_BLOCK);
    (block, (bytes / block).max(MIN_BLOCKS))
}

/// A block that the kernel has lent to us, with whole packets in it. It goes back when this is dropped.
///
/// There is one for a block: [`Map::take`] makes one only if it is the one who sets the block's `lent`, which is unset when this is
/// dropped, behind the last use of `bytes`. The kernel has left the block's status to us, and so leaves the block alone until it
/// is given back there.
#[derive(Debug)]
pub(super) struct Lent {
    /// Packets in the block.
    pub(super) packets: u32,
    /// Where the first packet's header begins in [`Lent::bytes`].
    pub(super) first: usize,
    /// What is behind the block's header and within the block, in a mapping that `map` keeps.
    bytes: NonNull<[u8]>,
    number: usize,
    map: Arc<Map>,
}

// SAFETY: it stands for its block alone, and the mapping is not tied to a thread.
unsafe impl Send for Lent {}
// SAFETY: by a shared reference the bytes are only read.
unsafe impl Sync for Lent {}

impl Lent {
    /// The bytes behind the block's header: packets, each behind a header of its own.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: nobody writes them while this is borrowed, for there is one `Lent` for a block and the kernel leaves it alone; they
        // lie in one mapping, which `map` keeps, and were zeros when it was made.
        unsafe { self.bytes.as_ref() }
    }

    /// The same bytes, to be changed.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and this one `Lent` is borrowed exclusively.
        unsafe { self.bytes.as_mut() }
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(status) = self.map.word(self.number, Word::Status) {
            status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        }
        // Only now, for until then the block would look like a new one.
        if let Some(lent) = self.map.lent.get(self.number) {
            lent.store(false, Ordering::Release);
        }
    }
}
