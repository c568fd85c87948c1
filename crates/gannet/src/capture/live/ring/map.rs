//! The memory of a ring, shared with the kernel, and the blocks that are lent out of it.
#![allow(unsafe_code)]

use std::io;
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use libc::{tpacket_bd_header_u, tpacket_block_desc, tpacket_hdr_v1};

use super::sys::{self, Socket};

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
const STATUS: usize = HEADER + offset_of!(tpacket_hdr_v1, block_status);
const PACKETS: usize = HEADER + offset_of!(tpacket_hdr_v1, num_pkts);
const FIRST: usize = HEADER + offset_of!(tpacket_hdr_v1, offset_to_first_pkt);
const LENGTH: usize = HEADER + offset_of!(tpacket_hdr_v1, blk_len);

/// A ring: the socket and the memory that it shares with the kernel, which goes when the last block is back.
#[derive(Debug)]
pub(super) struct Map {
    pub(super) socket: Socket,
    base: NonNull<u8>,
    block: usize,
    /// For each block, whether it is lent out.
    lent: Box<[AtomicBool]>,
}

// SAFETY: the memory is not tied to a thread. Of what is in it, a block's status is only touched atomically, and the rest of
// a block only by the one `Lent` that stands for it.
unsafe impl Send for Map {}
// SAFETY: as above.
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

    /// Blocks of the ring; the kernel fills them one after another, and begins again.
    pub(super) fn blocks(&self) -> usize {
        self.lent.len()
    }

    /// Bytes of the ring.
    pub(super) fn bytes(&self) -> usize {
        self.block * self.lent.len()
    }

    /// The block of that number, if the kernel is done with it and it is not lent out already.
    pub(super) fn take(self: &Arc<Self>, number: usize) -> Option<Lent> {
        if self.lent.get(number)?.load(Ordering::Acquire) {
            return None;
        }
        // SAFETY: the block is in the mapping, for there is a `lent` for it.
        let start = unsafe { self.base.add(number * self.block) };
        if word(start, STATUS).load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return None;
        }
        self.lent.get(number)?.store(true, Ordering::Relaxed);
        let read = |at| word(start, at).load(Ordering::Relaxed);
        let length = (read(LENGTH) as usize).clamp(DESCRIPTOR, self.block) - DESCRIPTOR;
        let first = (read(FIRST) as usize).saturating_sub(DESCRIPTOR);
        Some(Lent { packets: read(PACKETS), first, length, start, number, map: Arc::clone(self) })
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

/// A word in the header of the block that begins at `start`.
fn word<'m>(start: NonNull<u8>, at: usize) -> &'m AtomicU32 {
    // SAFETY: called with blocks of a mapping that outlives the use, and with offsets of words in a block's header, which
    // are aligned; this process touches those only atomically.
    unsafe { AtomicU32::from_ptr(start.add(at).as_ptr().cast()) }
}

/// A block that the kernel has lent to us, with whole packets in it. It goes back when this is dropped.
#[derive(Debug)]
pub(super) struct Lent {
    /// Packets in the block.
    pub(super) packets: u32,
    /// Where the first packet's header begins in [`Lent::bytes`].
    pub(super) first: usize,
    /// Bytes behind the block's header.
    length: usize,
    start: NonNull<u8>,
    number: usize,
    map: Arc<Map>,
}

// SAFETY: it stands for its block alone, and the memory is not tied to a thread.
unsafe impl Send for Lent {}
// SAFETY: by shared reference the bytes are only read.
unsafe impl Sync for Lent {}

impl Lent {
    /// The bytes behind the block's header: packets, each behind a header of its own.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the range is within the block, which the kernel does not touch until it has it back, and which is in a
        // mapping that `map` keeps alive. The memory was filled with zeros when it was made.
        unsafe { std::slice::from_raw_parts(self.start.add(DESCRIPTOR).as_ptr(), self.length) }
    }

    /// The same bytes, to be changed.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and there is one `Lent` for a block, borrowed here exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(DESCRIPTOR).as_ptr(), self.length) }
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        word(self.start, STATUS).store(libc::TP_STATUS_KERNEL, Ordering::Release);
        // Only now, for until then the block would look like a new one.
        if let Some(lent) = self.map.lent.get(self.number) {
            lent.store(false, Ordering::Release);
        }
    }
}
