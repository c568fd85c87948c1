//! Budgets: what is room, who pays when there is none, and what engines know of one another.

use super::budget::{Room, ShardBudget};
use crate::base::limits::{Bounds, Total};

const KIB: usize = 1024;
const NO_LIMIT: usize = usize::MAX;

/// A share is a thousandth of it: 1 KiB.
const WHOLE: Bounds = Bounds { shard: NO_LIMIT, whole: 1024 * KIB };

#[test]
fn a_shard_may_have_all_the_room() {
    let mut budget = ShardBudget::new(WHOLE, &Total::default());
    assert_eq!(budget.change(5, 0, 1024 * KIB), Room::Enough);
    assert_eq!((budget.payer(5), budget.payer(6)), (None, None));
    assert_eq!(budget.change(5, 0, 1), Room::Brake);
    assert_eq!(budget.payer(5), Some((5, Room::Brake)));
    assert_eq!(budget.change(5, 1, 0), Room::Enough);
    assert_eq!((budget.payer(5), budget.held()), (None, 1024 * KIB));
}

#[test]
fn a_shard_keeps_its_share_and_the_largest_pays() {
    let mut budget = ShardBudget::new(WHOLE, &Total::default());
    budget.change(5, 0, 500 * KIB);
    budget.change(6, 0, 600 * KIB);
    assert_eq!(budget.change(7, 0, KIB), Room::Enough);
    assert_eq!(budget.payer(7), Some((6, Room::Brake)));
    assert_eq!(budget.change(7, 0, 1), Room::Brake);
    assert_eq!(budget.payer(7), Some((7, Room::Brake)));
    // An eighth above the limit nothing has a share.
    budget.change(6, 0, 60 * KIB);
    assert_eq!(budget.change(8, 0, 1), Room::Brake);
}

#[test]
fn a_limit_of_one_shard_holds_whatever_room_there_is() {
    let mut budget = ShardBudget::new(Bounds { shard: 10, ..WHOLE }, &Total::default());
    assert_eq!((budget.change(1, 0, 10), budget.change(2, 0, 11)), (Room::Enough, Room::Full));
    assert_eq!(budget.payer(2), Some((2, Room::Full)));
    assert_eq!((budget.left(1, 4), budget.left(3, 0)), (4, 10));
}

#[test]
fn engines_know_of_one_another_and_leave_nothing_behind() {
    let total = Total::default();
    let mut one = ShardBudget::new(WHOLE, &total);
    let mut other = ShardBudget::new(WHOLE, &total);
    one.change(1, 0, 1000 * KIB);
    assert_eq!(other.change(2, 0, 20 * KIB), Room::Enough);
    assert_eq!(other.change(2, 0, 5 * KIB), Room::Brake);
    assert_eq!(one.payer(1), None, "what is less than a step is not told");
    other.change(2, 0, 60 * KIB);
    assert_eq!(one.payer(1), Some((1, Room::Brake)));
    drop(other);
    assert_eq!(one.payer(1), None);
    drop(one);
    assert_eq!(total.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn what_is_left_for_one_of_many() {
    let mut budget = ShardBudget::new(WHOLE, &Total::default());
    budget.change(1, 0, 1000 * KIB);
    assert_eq!(budget.left(2, 0), 24 * KIB);
    assert_eq!(budget.left(1, 600 * KIB), 624 * KIB);
    budget.change(1, 0, 100 * KIB);
    assert_eq!(budget.left(2, 0), KIB, "its share");
}
