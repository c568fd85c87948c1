//! Counts allocations: the steady state of an engine makes none, and floods stay within their budgets.
//!
//! The one test file with unsafe code: an allocator cannot be written without.
#![allow(unsafe_code)]

mod bounds;
mod pairs;
mod steady;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts for each thread, so that tests beside each other do not meet.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    // Plain numbers that need no destructor and no allocation: they may be used by the allocator at any time.
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(calls: u64, bytes: isize) {
    CALLS.set(CALLS.get() + calls);
    let live = LIVE.get() + bytes;
    LIVE.set(live);
    PEAK.set(PEAK.get().max(live));
}

// SAFETY: every call is handed to the system's allocator with the arguments that came, and its answer is given back
// unchanged; counting touches nothing but thread-local numbers.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as isize);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as isize - layout.size() as isize);
        // SAFETY: `old` came from this allocator, which is `System`, with this layout.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        count(0, -(layout.size() as isize));
        // SAFETY: `old` came from this allocator, which is `System`, with this layout.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Allocations of this thread so far.
pub fn calls() -> u64 {
    CALLS.get()
}

/// Bytes that this thread has allocated and not freed.
pub fn live() -> isize {
    LIVE.get()
}

/// The most of [`live`] bytes since the last call with `reset`.
fn peak(reset: bool) -> isize {
    if reset {
        PEAK.set(LIVE.get());
    }
    PEAK.get()
}

#[test]
fn the_allocator_counts() {
    let (calls_before, live_before) = (calls(), live());
    let mut bytes = Vec::<u8>::with_capacity(1000);
    assert_eq!((calls() - calls_before, live() - live_before), (1, 1000));
    bytes.reserve_exact(3000);
    assert_eq!((calls() - calls_before, live() - live_before), (2, 3000));
    peak(true);
    drop(bytes);
    assert_eq!((live() - live_before, peak(false) - live_before), (0, 3000));
}
