//! Bytes of any kind.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{Client, FIRST, OURS, Server, V1, ask, client_hello, conversation, crypto, long, play};
use crate::testing::changed;

proptest! {
    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>()) {
        play(&changed(&conversation(), at, byte));
    }

    #[test]
    fn frames_of_any_kind_do_no_harm(frames in prop::collection::vec(any::<u8>(), 0..200), kind in 0_u8..32) {
        play(&[(Client, ask(&[&[kind][..], &frames].concat())), (Server, frames)]);
    }

    #[test]
    fn headers_of_any_kind_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0_u8..4) {
        play(&[(Client, bytes.clone()), (Server, [long(V1, kind, FIRST, OURS), bytes].concat())]);
    }

    #[test]
    fn a_hello_may_be_cut_anywhere(cut in any::<Index>()) {
        let hello = client_hello(&["h3"], 700);
        let (head, tail) = hello.split_at(cut.index(hello.len()));
        let seen = play(&[(Client, ask(&crypto(head.len(), tail))), (Client, ask(&crypto(0, head)))]);
        prop_assert_eq!(seen.tls.len(), 1);
    }
}
