//! Other bytes, other segments, and fragments of any bytes.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::analyzers::dnp3::objects::check;
use crate::base::cursor::Cursor;
use crate::base::direction::Direction;
use crate::testing::changed;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_do_not_matter_to_frames_with_user_data(sizes in proptest::collection::vec(1_usize..40, 1..12)) {
        let seen = Tap::open(PORT).play(&read(), &sizes);
        prop_assert_eq!(seen.rows, [READ_ROW]);
    }

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        Tap::open(PORT).play(&changed(&read(), at, byte), &[size]);
    }

    #[test]
    fn fragments_of_any_bytes_do_no_harm(
        octet in any::<u8>(),
        fragment in proptest::collection::vec(any::<u8>(), 0..249),
    ) {
        for side in [Client, Server] {
            let bytes = frame(side, octet, &fragment);
            play(&[(side, bytes.clone()), (side, bytes.clone())]);
            let mut tap = Tap::new(PORT, |_| ());
            tap.datagram(side, &bytes).datagram(side, &bytes);
            tap.finish();
        }
    }

    #[test]
    fn objects_of_any_bytes_do_no_harm(
        function in any::<u8>(),
        kinds in proptest::collection::vec((0_u8..122, 0_u8..16, any::<u8>(), any::<u8>()), 1..9),
        data in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let headers = kinds.iter().flat_map(|(group, variation, qualifier, count)| {
            [&[*group, *variation, *qualifier, *count][..], &data].concat()
        });
        let bytes: Vec<u8> = headers.collect();
        for dir in [Direction::Orig, Direction::Resp] {
            let mut at = Cursor::new(&bytes);
            if check(function, dir, &mut at) == Ok(()) && (1..=12).contains(&function) && dir == Direction::Orig {
                prop_assert!(at.is_empty());
            }
        }
    }
}
