//! Blocks of a ring are lent to one at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::capture::Block;
use crate::capture::live::ring::map::Map;

#[test]
fn a_block_is_lent_once_it_is_given_out_and_until_it_is_back() {
    let map = Arc::new(Map::stand_in(2).unwrap());
    assert!(map.take(0).is_none() && map.take(2).is_none());
    // A question that came too early takes nothing away.
    assert!(map.give_out(0, 100));
    let mut lent = map.take(0).unwrap();
    assert_eq!((lent.packets, lent.first, lent.bytes().len()), (1, 0, 100));
    lent.bytes_mut().fill(7);
    assert!(map.take(0).is_none() && map.take(1).is_none() && !map.give_out(0, 1));
    // The other block goes on alone, and a length that cannot be is cut to the block.
    assert!(map.give_out(1, u32::MAX));
    let other = map.take(1).unwrap();
    assert!(other.bytes().len() < map.bytes() / 2 && other.bytes().iter().all(|byte| *byte == 0));
    assert!(lent.bytes().iter().all(|byte| *byte == 7));
    drop(lent);
    assert!(map.take(0).is_none() && map.give_out(0, 1) && map.take(0).is_some());
}

/// The memory stays as long as somebody reads it.
#[test]
fn a_batch_keeps_the_ring_that_its_block_is_of() {
    let map = Arc::new(Map::stand_in(1).unwrap());
    assert!(map.give_out(0, 64));
    let mut block = Block::new(bytes::Bytes::from_owner(map.take(0).unwrap()));
    let (weak, other) = (Arc::downgrade(&map), block.clone());
    drop(map);
    assert!(block.exclusive().is_none(), "what is lent is not changed");
    drop(block);
    assert_eq!(other.bytes(), [0; 64]);
    assert!(weak.upgrade().is_some());
    drop(other);
    assert!(weak.upgrade().is_none());
}

/// Waits until a number has come to be this one.
fn until(number: &AtomicU32, is: u32) {
    for turn in 0_u32.. {
        match number.load(Ordering::Acquire) == is {
            true => return,
            // The other thread may be waiting for this processor.
            false if turn % 512 == 511 => std::thread::yield_now(),
            false => std::hint::spin_loop(),
        }
    }
}

/// Two threads ask for the same block at the same time: one of them gets it.
#[test]
fn a_block_is_never_with_two() {
    const ROUNDS: u32 = 4_000;
    let map = Arc::new(Map::stand_in(1).unwrap());
    let [begin, asked, end, ended, theirs] = [(); 5].map(|()| AtomicU32::new(0));
    let mut wrong = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=ROUNDS {
                until(&begin, round);
                let lent = map.take(0);
                theirs.store(u32::from(lent.is_some()), Ordering::Relaxed);
                asked.store(round, Ordering::Release);
                until(&end, round);
                drop(lent);
                ended.store(round, Ordering::Release);
            }
        });
        for round in 1..=ROUNDS {
            wrong += u32::from(!map.give_out(0, 1));
            begin.store(round, Ordering::Release);
            // The other thread sees that after some time, which is met by one of the rounds.
            (0..round % 64).for_each(|_| std::hint::spin_loop());
            let lent = map.take(0);
            until(&asked, round);
            wrong += u32::from(u32::from(lent.is_some()) + theirs.load(Ordering::Relaxed) != 1);
            drop(lent);
            end.store(round, Ordering::Release);
            until(&ended, round);
        }
    });
    assert_eq!(wrong, 0, "of {ROUNDS} rounds");
}
