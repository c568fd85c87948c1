//! The letters of a history: which segment adds one, how often, and in what order.

use super::{OPEN, check};
use crate::testing::play;

#[test]
fn once_in_each_direction() {
    check(&[
        ("data", "H; 2 > A 1; 3 > A 1; 4 < A 1; 5 < A 1", "S1 ShADd 2/2 4/3", ""),
        ("ACKs", "H; 2 > A; 3 < A; 4 < A", "S1 ShAa 0/0 3/3", ""),
        ("neither", "H; 2 < .; 3 < .", "S1 ShA 0/0 2/3", ""),
        ("data without ACK", "H; 2 > P 5", "S1 ShAD 5/0 3/1", ""),
        ("data in a FIN adds no D", "H; 2 > FA 5", "S2 ShAF 5/0 3/1", ""),
        ("nor in a SYN", "1 > S 5", "S0 ST -/- 1/0", "SYN_with_data"),
    ]);
}

#[test]
fn control_packets_repeat_when_they_differ() {
    check(&[
        ("a FIN that is the same", "H; 2 > FA; 3 > FA seq-1", "S2 ShAF 0/0 4/1", ""),
        ("data, then FIN, same end", "H; 2 > FA 5; 3 > FA seq-1", "S2 ShAF 5/0 4/1", ""),
        ("a RST that is the same", "H; 2 > A 1; 3 > R; 4 > R", "RSTO ShADR 1/0 5/1", ""),
        ("a RST that differs", "H; 2 > A 1; 3 > R; 4 > R seq+1", "RSTO ShADRR 1/0 5/1", ""),
        ("SYN and SYN+ACK share", "1 > S; 2 > SA seq=1000", "S0 S 0/0 2/0", "repeated_SYN_with_ack"),
        ("the first RST at 0 of its side", "1 > S; 2 < R seq=0; 3 < R seq=0", "REJ Sr 0/0 1/2", ""),
    ]);
}

#[test]
fn retransmissions() {
    check(&[
        ("again", "H; 2 > A 10; 3 > A 10 seq-10", "S1 ShADT 10/0 4/1", ""),
        ("out of order", "H; 2 > A 10 seq+10; 3 > A 10 seq=1001", "S1 ShADT 20/0 4/1", ""),
        ("keep-alive with a byte", "H; 2 > A 10; 3 < A; 4 > A 1 seq-1", "S1 ShADaT 10/0 4/2", ""),
        ("keep-alive without", "H; 2 > A 10; 3 < A; 4 > A seq-1", "S1 ShADa 10/0 4/2", ""),
        ("payload of a RST that is not ahead", "1 > S; 2 > R 10", "RSTOS0 SRT 0/0 2/0", ""),
        ("a part that is new is none", "H; 2 > A 10; 3 > A 10 seq-5", "S1 ShAD 15/0 4/1", ""),
    ]);
}

#[test]
fn at_powers_of_ten() {
    let count = |piece: &str, letter: u8, times: usize| {
        let text = OPEN.to_owned() + &vec![piece; times].join(";");
        let rows = play(&text);
        let history = rows.conns[0].history.clone().unwrap();
        history.iter().filter(|found| **found == letter).count()
    };
    for (times, expected) in [(1, 1), (9, 1), (10, 2), (99, 2), (100, 3)] {
        assert_eq!(count("2 < A win=0", b'w', times), expected, "w {times}");
        assert_eq!(count("2 > A 5 seq=1001", b'T', times + 1), expected, "T {times}");
        assert_eq!(count("2 < A bad", b'c', times), expected, "c {times}");
        assert_eq!(count("2 > A 5 lost; 2 < A", b'G', times), expected, "G {times}");
    }
}

#[test]
fn order_within_a_segment() {
    check(&[
        (
            "letter, window, retransmission",
            "H; 2 > A 5; 3 > A 5 seq-5 win=0",
            "S1 ShADWT 5/0 4/1",
            "window_recision",
        ),
        (
            "letter, then the gap of its ACK",
            "H; 2 > A 5 lost; 3 < A 5 win=0",
            "S1 ShAdwG 5/5 2/2 missed 5",
            "",
        ),
        ("FIN, then the gap", "H; 2 > A 5 lost; 3 < FA", "S3 ShAfG 5/0 2/2 missed 5", ""),
        ("SYN, retransmission", "1 > S 5", "S0 ST -/- 1/0", "SYN_with_data"),
    ]);
}

#[test]
fn bad_checksums_leave_only_a_letter() {
    check(&[
        ("alone", "1 > S bad", "OTH C -/- 0/0", "bad_TCP_checksum"),
        ("both sides", "1 > A bad; 2 < A bad", "OTH Cc -/- 0/0", "bad_TCP_checksum"),
        ("in between", "H; 2 > A 5 bad; 3 < A", "S1 ShACaG 5/0 2/2 missed 5", "bad_TCP_checksum"),
    ]);
}
