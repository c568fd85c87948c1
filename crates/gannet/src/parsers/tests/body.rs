//! Messages of announced length, in pieces.

use crate::parsers::body::Body;

/// What becomes of ten bytes in pieces of this size, of which so many belong to the message.
fn taken(size: usize, length: u64, max: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut body = Body::new(length, max);
    let mut bytes = b"0123456789".as_slice();
    while !bytes.is_empty() {
        let (mut piece, behind) = bytes.split_at(size.min(bytes.len()));
        bytes = behind;
        assert!(body.held() <= max.next_power_of_two().max(8));
        if let Some(whole) = body.take(&mut piece) {
            return Some((whole.to_vec(), [piece, bytes].concat()));
        }
        assert!(piece.is_empty());
    }
    assert!(body.left() > 0);
    None
}

#[test]
fn a_body_may_come_in_pieces() {
    for size in 1..=10 {
        assert_eq!(taken(size, 7, 100), Some((b"0123456".to_vec(), b"789".to_vec())), "{size}");
        assert_eq!(taken(size, 7, 3), Some((b"012".to_vec(), b"789".to_vec())), "{size}");
        assert_eq!(taken(size, 10, 0), Some((Vec::new(), Vec::new())), "{size}");
        assert_eq!(taken(size, 0, 3), Some((Vec::new(), b"0123456789".to_vec())), "{size}");
        assert_eq!(taken(size, 11, 100), None);
        assert_eq!(taken(size, u64::MAX, 100), None);
    }
}
