//! Rows: which requests and responses belong together, on streams and in datagrams.

use super::*;
use crate::testing::every_cut;

#[test]
fn a_response_makes_a_row_with_the_last_request() {
    let seen = play(&read());
    assert_eq!((seen.rows, seen.services), (vec![READ_ROW.to_owned()], vec!["dnp3_tcp".to_owned()]));
    // Handshake, request, response: a millisecond each.
    assert_eq!(seen.times, [1_000_000_000_005]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty());
}

#[test]
fn what_is_asked_and_told_out_of_turn() {
    let cases: &[(&[Step], &[&str])] = &[
        (&[tell(UNSOLICITED, 1, &[])], &["- UNSOLICITED_RESPONSE 1"]),
        (&[ask(READ, &[])], &["READ - -"]),
        // A later request takes the place of an earlier one, and so does a confirmation.
        (&[ask(READ, &[]), ask(WRITE, &[]), tell(RESPONSE, 0, &[])], &["WRITE RESPONSE 0"]),
        (
            &[ask(READ, &[]), tell(RESPONSE, 0, &[]), ask(CONFIRM, &[]), tell(UNSOLICITED, 2, &[])],
            &["READ RESPONSE 0", "CONFIRM UNSOLICITED_RESPONSE 2"],
        ),
        (
            &[ask(READ, &[]), tell(RESPONSE, 0, &[]), tell(RESPONSE, 4, &[])],
            &["READ RESPONSE 0", "- RESPONSE 4"],
        ),
        (&[ask(99, &[1, 2]), tell(140, 0, &[3])], &["unknown-99 unknown-140 0"]),
    ];
    for (steps, rows) in cases {
        assert_eq!(play(steps).rows, *rows);
    }
}

#[test]
fn a_request_without_response_has_its_own_time() {
    let mut tap = Tap::open(PORT);
    let (_, request) = ask(READ, &[]);
    tap.send(Client, &request).send(Server, &[]).close();
    assert_eq!(tap.finish().times, [1_000_000_000_004]);
}

#[test]
fn frames_may_be_cut_anywhere_and_come_together() {
    assert_eq!(Tap::open(PORT).play(&read(), &[1]).rows, [READ_ROW]);
    for cut in every_cut(&read(), 1) {
        let seen = play(&cut);
        assert!(seen.rows.is_empty() || seen.rows == ["READ - -"], "{:?}", seen.rows);
        assert!(seen.weirds.is_empty() && seen.failures.is_empty());
    }
    let both = [ask(READ, &[]).1, ask(WRITE, &[]).1].concat();
    assert_eq!(play(&[(Client, both)]).rows, ["WRITE - -"]);
}

#[test]
fn fragments_are_put_together() {
    let long: Vec<u8> = [&[0xc0, RESPONSE, 0, 0, 110, 255, 0, 0, 1][..], &[7; 510]].concat();
    let parts: Vec<&[u8]> = long.chunks(249).collect();
    let last = parts.len() - 1;
    let ends = [(0, FIRST), (last, LAST)];
    let frames: Vec<_> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let octet: u8 = ends.iter().filter(|(place, _)| *place == at).map(|(_, bit)| bit).sum();
            (Server, frame(Server, octet | at as u8, part))
        })
        .collect();
    let seen = play(&frames);
    assert_eq!(seen.rows, ["- RESPONSE 0"]);
    assert!(seen.failures.is_empty());
    // Without its end there is none.
    assert!(play(&frames[..last]).rows.is_empty());
    // Without its beginning it is not read, and neither is what follows.
    let seen = play(&[&frames[1..], &read()].concat());
    assert_eq!(seen.weirds, ["dnp3_first_application_layer_chunk_missing/DNP3_TCP"]);
    assert!(seen.rows.is_empty());
    assert_eq!(seen.services, ["dnp3_tcp"]);
}

#[test]
fn a_fragment_without_end_is_bounded() {
    let mut tap = Tap::open(PORT);
    tap.send(Server, &frame(Server, FIRST, &[0xc0, RESPONSE, 0, 0, 30, 1]));
    for _ in 0..300 {
        tap.send(Server, &frame(Server, 0, &[1; 249]));
    }
    tap.send(Server, &frame(Server, LAST, &[1]));
    tap.send(Client, &ask(READ, &[]).1).send(Server, &tell(RESPONSE, 0, &[]).1);
    let seen = tap.finish();
    assert_eq!(seen.rows, ["- RESPONSE 0", "READ RESPONSE 0"]);
    assert!(seen.failures.is_empty(), "{:?}", seen.failures);
}

#[test]
fn datagrams_carry_it_on_any_port() {
    let mut tap = Tap::new(4321, |_| ());
    for (side, bytes) in read() {
        tap.datagram(side, &bytes);
    }
    // A frame that goes on in the next datagram.
    let (_, request) = ask(WRITE, &[]);
    tap.datagram(Client, &request[..12]).datagram(Client, &request[12..]);
    let seen = tap.finish();
    assert_eq!(seen.rows, [READ_ROW, "WRITE - -"]);
    assert_eq!(seen.services, ["dnp3_udp"]);
    // By its port alone it is not found.
    let mut tap = Tap::new(PORT, |_| ());
    tap.datagram(Client, &[0; 20]);
    assert_eq!(tap.finish().services, ["-"]);
}

#[test]
fn streams_carry_it_on_any_port_if_the_responder_shows_it() {
    let on_other_port = |steps: &[(Side, Vec<u8>)]| Tap::open(4321).play(steps, &[9999]);
    assert_eq!(on_other_port(&read()).rows, [READ_ROW]);
    assert!(on_other_port(&read()[..1]).rows.is_empty());
    assert_eq!(on_other_port(&read()).services, ["dnp3_tcp"]);
}

#[test]
fn connections_picked_up_in_the_middle_are_read() {
    let mut tap = Tap::new(PORT, |_| ());
    for (side, bytes) in read() {
        tap.send(side, &bytes);
    }
    assert_eq!(tap.finish().rows, [READ_ROW]);
}

#[test]
fn a_gap_leaves_no_hole() {
    let mut tap = Tap::open(PORT);
    let (_, request) = ask(READ, &[60, 2, 6]);
    tap.send(Client, &request[..14]).lose(Client, 3).send(Client, &request[14..]);
    assert_eq!(tap.finish().rows, ["READ - -"]);
    let mut tap = Tap::open(PORT);
    tap.send(Client, &request[..14]).lose(Client, 3).send(Client, &request[17..]).send(Client, &request);
    let seen = tap.finish();
    assert_eq!(seen.weirds, ["dnp3_corrupt_app_chunk_checksum/DNP3_TCP"]);
    assert!(seen.rows.is_empty());
}
