//! Link frames: checksums, directions, lengths, and frames without user data.

use super::*;
use crate::analyzers::dnp3::parse::{HEADER, Link, MAX_FRAME};

#[test]
fn checksums_are_those_of_the_standard() {
    // The usual check of CRC-16/DNP.
    assert_eq!(checksum(b"123456789"), 0xea82_u16.to_le_bytes());
    assert_eq!(checksum(&[]), [0xff, 0xff]);
}

#[test]
fn frames_are_as_long_as_they_say() {
    for (length, len) in [(6, 13), (21, 28), (22, 31), (255, MAX_FRAME)] {
        let mut head = [0; HEADER];
        head[2] = length;
        assert_eq!(Link::of(&head).frame_len(), len);
        assert_eq!(frame(Client, ONLY, &vec![0; usize::from(length) - 6]).len(), len);
    }
}

/// The byte that is wrong, what tells so, and the service that is left.
#[test]
fn damage_ends_it_in_both_directions() {
    let good = ask(READ, &[]).1;
    for (at, weird, service) in [
        (0, "dnp3_header_lacks_magic", "dnp3_tcp"),
        (1, "dnp3_header_lacks_magic", "dnp3_tcp"),
        (4, "dnp3_corrupt_header_checksum", "-"),
        (8, "dnp3_corrupt_header_checksum", "-"),
        (11, "dnp3_corrupt_app_chunk_checksum", "dnp3_tcp"),
        (13, "dnp3_corrupt_app_chunk_checksum", "dnp3_tcp"),
    ] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let seen = play(&[&read()[..], &[(Client, bad.clone())], &read()].concat());
        assert_eq!(seen.rows, [READ_ROW]);
        assert_eq!(seen.weirds, [format!("{weird}/DNP3_TCP")]);
        let failures: &[&str] = if service == "-" { &["broken_checksum"] } else { &[] };
        assert_eq!((seen.failures, seen.services), (owned(failures), owned(&[service])));
        // A request before it keeps its row.
        let seen = play(&[ask(WRITE, &[]), (Server, bad), read()[1].clone()]);
        assert_eq!(seen.rows, ["WRITE - -"]);
    }
}

fn owned(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn whoever_asks_should_be_the_master() {
    let request = frame(Server, ONLY, &[0xc0, READ]);
    let response = frame(Client, ONLY, &[0xc0, RESPONSE, 0, 0]);
    let seen = play(&[(Client, request), (Server, response)]);
    assert_eq!(seen.weirds, ["dnp3_unexpected_flow_direction/DNP3_TCP"]);
    // They are read as what their side sends.
    assert_eq!(seen.rows, ["READ RESPONSE 0"]);
}

#[test]
fn a_frame_without_user_data_takes_what_follows_in_its_segment_along() {
    let bare = (Client, link(Client, 5));
    // Alone in its segment it waits for a byte of the next one.
    let seen = play(&[&[bare.clone()][..], &read()].concat());
    assert_eq!((seen.rows, seen.services.len()), (vec!["- RESPONSE 32768".to_owned()], 1));
    let seen = play(&[&[bare.clone(), ask(CONFIRM, &[])][..], &read()].concat());
    assert_eq!(seen.rows, [READ_ROW]);
    // With something behind it, it is whole, and the rest of the segment goes with it.
    let with_request = (Client, [&bare.1[..], &ask(WRITE, &[]).1].concat());
    assert_eq!(play(&[&[with_request][..], &read()].concat()).rows, [READ_ROW]);
    // The same with datagrams.
    let mut tap = Tap::new(PORT, |_| ());
    tap.datagram(Client, &bare.1).datagram(Client, &ask(WRITE, &[]).1).datagram(Client, &ask(READ, &[]).1);
    assert_eq!(tap.finish().rows, ["READ - -"]);
}

#[test]
fn frames_shorter_than_their_header_are_refused() {
    for length in 0..5 {
        let short = (Client, [link(Client, length), vec![0; 20]].concat());
        let seen = play(&[&read()[..], std::slice::from_ref(&short), &read()].concat());
        assert_eq!(seen.failures, ["parse error: frame is shorter than its header"]);
        assert_eq!(seen.rows, [READ_ROW]);
        // Within a fragment.
        let begun = (Client, frame(Client, FIRST, &[0xc0, READ]));
        let seen = play(&[&[begun, short][..], &read()].concat());
        assert_eq!(seen.weirds, ["dnp3_negative_or_zero_length_link_layer/DNP3_TCP"]);
        assert!(seen.rows.is_empty());
    }
}

#[test]
fn fragments_shorter_than_their_header_are_refused() {
    for (side, bytes) in [(Client, vec![]), (Client, vec![0xc0]), (Server, vec![0xc0, RESPONSE, 0])] {
        let seen = play(&[&read()[..], &[(side, frame(side, ONLY, &bytes))]].concat());
        assert_eq!(seen.failures, ["parse error: fragment is shorter than what is in it"]);
        assert_eq!((&seen.rows[..], seen.services[0].as_str()), (&[READ_ROW.to_owned()][..], "-"));
    }
}

#[test]
fn a_row_comes_before_the_fault_in_its_objects() {
    let cut = tell(RESPONSE, 0, &[30, 1, 0, 0, 1, 1]);
    let seen = play(&[&read()[..], &[ask(WRITE, &[]), cut]].concat());
    assert_eq!(seen.rows, [READ_ROW, "WRITE RESPONSE 0"]);
    assert_eq!(seen.failures, ["parse error: fragment is shorter than what is in it"]);
}
