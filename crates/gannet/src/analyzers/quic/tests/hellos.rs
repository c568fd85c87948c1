//! Hellos put together from pieces.

use proptest::prelude::*;

use super::{client_hello, message};
use crate::analyzers::quic::hello::Hello;
use crate::analyzers::quic::parse::Fault;

/// Adds pieces `(place, length)` of a message; how often it was complete, and whether it then was the message.
fn put(message: &[u8], pieces: &[(usize, usize)]) -> (usize, bool) {
    let (mut hello, mut whole, mut same) = (Hello::default(), 0, true);
    for (place, length) in pieces {
        if let Some(got) = hello.add(*place as u64, &message[*place..place + length]).expect("no fault") {
            whole += 1;
            same &= got == message;
        }
    }
    (whole, same)
}

#[test]
fn pieces_come_in_any_order_and_more_than_once() {
    let hello = message(1, &[7; 96]);
    for (pieces, whole) in [
        (vec![(0, 100)], 1),
        (vec![(0, 60), (60, 40)], 1),
        (vec![(60, 40), (0, 60)], 1),
        (vec![(90, 10), (2, 50), (52, 38), (0, 2)], 1),
        (vec![(0, 60), (0, 60), (30, 70)], 1),
        (vec![(40, 60), (40, 20), (0, 50)], 1),
        (vec![(0, 60), (61, 39)], 0),
        (vec![(0, 100), (0, 100)], 1),
        (vec![], 0),
    ] {
        assert_eq!(put(&hello, &pieces), (whole, true), "{pieces:?}");
    }
}

#[test]
fn what_is_too_much_is_a_fault() {
    let mut hello = Hello::default();
    assert_eq!(hello.add(0, &message(1, &[1; 5])), Ok(Some(message(1, &[1; 5]))));
    assert!(hello.is_over());
    let mut hello = Hello::default();
    assert_eq!(hello.add(0, &[&message(1, &[1; 5])[..], &[0]].concat()), Err(Fault::Crypto));
    let mut hello = Hello::default();
    assert_eq!(hello.add(10, &[0; 2001]), Err(Fault::Crypto), "the length is not known");
    let mut hello = Hello::default();
    for place in 0..256 {
        assert_eq!(hello.add(10 + place * 2, &[1]), Ok(None));
    }
    assert_eq!(hello.add(1000, &[1]), Err(Fault::Crypto));
    let mut hello = Hello::default();
    assert_eq!(hello.add(u64::MAX, &[1]), Ok(None));
}

#[test]
fn one_that_is_too_long_is_left_out() {
    let mut hello = Hello::default();
    assert_eq!(hello.add(0, &[1, 0, 0x41, 0x00, 9]), Ok(None));
    assert!(hello.is_over());
    assert_eq!((hello.held(), hello.add(5, &[1; 4000])), (0, Ok(None)));
    let mut hello = Hello::default();
    assert_eq!(hello.add(0, &[1, 0, 0x40, 0xfc, 9]), Ok(None));
    assert!(!hello.is_over());
}

proptest! {
    #[test]
    fn any_cuts_in_any_order_give_the_message(
        cuts in prop::collection::btree_set(4_usize..1690, 0..30),
        order in any::<u64>(),
        again in prop::collection::vec((0_usize..1600, 1_usize..90), 0..5),
    ) {
        let hello = client_hello(&["h3"], 1600);
        let bounds: Vec<usize> = [0].into_iter().chain(cuts).chain([hello.len()]).collect();
        let mut pieces: Vec<(usize, usize)> = bounds.windows(2).map(|pair| (pair[0], pair[1] - pair[0])).collect();
        // The header comes among the first, so that the length is known in time.
        let header = pieces.remove(0);
        pieces.sort_by_key(|(place, _)| (*place as u64 + 1).wrapping_mul(order | 1));
        pieces.insert(0, header);
        pieces.splice(1..1, again);
        prop_assert_eq!(put(&hello, &pieces), (1, true));
    }

    #[test]
    fn pieces_of_any_kind_do_no_harm(pieces in prop::collection::vec((any::<u16>(), prop::collection::vec(any::<u8>(), 0..300)), 0..60)) {
        let mut hello = Hello::default();
        for (place, bytes) in pieces {
            let _any = hello.add(u64::from(place), &bytes);
            prop_assert!(hello.held() < 80_000);
        }
    }
}
