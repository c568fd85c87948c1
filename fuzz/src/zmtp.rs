//! What a subscriber of ZeroMQ sends: any bytes, in any pieces, mean the same or are refused.
//!
//! Input: a byte that says how long pieces are, then what is sent. If its highest bit is set, a right greeting and READY come first.

use gannet_logs::{Said, ZmtpDecoder};

use crate::cursor::Cursor;

/// A subscriber's greeting, and what it says first.
fn beginning() -> Vec<u8> {
    let signature = [&[0xff][..], &[0; 8], &[0x7f]].concat();
    let mechanism = [&b"NULL"[..], &[0; 16]].concat();
    let ready = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB";
    [&signature, &[3, 1][..], &mechanism, &[0; 32], ready].concat()
}

/// Feeds an input in pieces: what was said, and what was wrong.
fn hear(pieces: &[&[u8]]) -> (Vec<Said>, Option<&'static str>) {
    let (mut decoder, mut heard) = (ZmtpDecoder::default(), Vec::new());
    for piece in pieces {
        if let Err(why) = decoder.feed(piece, &mut |said| heard.push(said)) {
            return (heard, Some(why));
        }
    }
    (heard, None)
}

/// Reads an input whole and in pieces.
///
/// # Panics
/// If that is not the same.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let how = cursor.u8();
    let mut sent = if how & 0x80 == 0 { Vec::new() } else { beginning() };
    sent.extend_from_slice(data.get(1..).unwrap_or_default());
    let whole = hear(&[&sent]);
    let pieces: Vec<&[u8]> = sent.chunks(usize::from(how & 0x7f) + 1).collect();
    assert_eq!(hear(&pieces), whole, "in pieces");
    if how & 0x80 != 0 {
        assert_eq!(whole.0.first(), Some(&Said::Ready), "a right beginning is right");
    }
}
