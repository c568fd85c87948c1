//! Rows, and what happens on a connection.

use super::{
    Client, FIRST, OURS, Orig, Resp, Seen, Server, Side, THEIRS, V1, V2, ask, client_hello, conversation,
    crypto, initial_of, long, play, protected, reply, server_hello, short,
};

const HELLO: &str = "1 8394c8f03e515708 c1c1";

#[test]
fn a_connection_has_a_row_and_one_of_its_handshake() {
    let seen = play(&conversation());
    assert_eq!(seen.rows, [format!("{HELLO} 5e5e5e example.org h3 ISishHOOOoo")]);
    assert_eq!(seen.tls, ["example.org Cs"]);
    assert_eq!(seen.services, ["quic,ssl"]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty());
}

#[test]
fn a_large_hello_comes_in_two_datagrams() {
    // As with key shares that are safe from quantum computers, and in the order that some browsers like.
    let hello = client_hello(&["h3"], 1216);
    let (head, tail) = hello.split_at(900);
    for pieces in [
        [crypto(0, head), crypto(900, tail)],
        [[crypto(600, &head[600..]), vec![1, 0, 0], crypto(0, &head[..600])].concat(), crypto(900, tail)],
        [crypto(900, tail), crypto(0, head)],
    ] {
        let [first, second] = pieces;
        let seen = play(&[
            (Client, ask(&first)),
            (Client, ask(&second)),
            (Server, reply(&crypto(0, &server_hello()))),
        ]);
        assert_eq!(seen.rows, [format!("{HELLO} 5e5e5e example.org h3 IISis")]);
        assert_eq!(seen.tls, ["example.org Cs"]);
    }
    let seen = play(&[(Client, ask(&crypto(0, head)))]);
    assert_eq!(seen.rows, [format!("{HELLO} - - - I")]);
    assert_eq!((seen.services, seen.tls.len()), (vec!["quic".to_owned()], 0));
}

#[test]
fn version_two_has_keys_and_numbers_of_its_own() {
    let first = initial_of(V2, FIRST, Orig, (FIRST, OURS), &crypto(0, &client_hello(&["h3"], 32)));
    let seen = play(&[(Client, first)]);
    assert_eq!(seen.rows, ["quicv2 8394c8f03e515708 c1c1 - example.org h3 IS"]);
    // A server may answer in another version than the client began with.
    let first = ask(&crypto(0, &client_hello(&["h3"], 32)));
    let answer = initial_of(V2, FIRST, Resp, (OURS, THEIRS), &crypto(0, &server_hello()));
    assert_eq!(
        play(&[(Client, first), (Server, answer)]).rows,
        [format!("{HELLO} 5e5e5e example.org h3 ISis")]
    );
}

#[test]
fn a_retry_ends_a_row_and_the_client_begins_anew() {
    let hello = crypto(0, &client_hello(&["h3"], 32));
    let retry = [long(V1, 3, OURS, THEIRS), vec![0xaa; 40]].concat();
    let again = initial_of(V1, THEIRS, Orig, (THEIRS, OURS), &hello);
    let answer = initial_of(V1, THEIRS, Resp, (OURS, b"ab"), &crypto(0, &server_hello()));
    let seen = play(&[(Client, ask(&hello)), (Server, retry), (Client, again), (Server, answer)]);
    assert_eq!(
        seen.rows,
        ["1 8394c8f03e515708 c1c1 - example.org h3 ISr", "1 5e5e5e c1c1 6162 example.org h3 ISis"]
    );
    assert_eq!(seen.tls, ["example.org CCs"], "the handshake has one row");
}

#[test]
fn a_version_that_nobody_knows_ends_it() {
    let unknown = [long(0xa1a2_a3a4, 0, FIRST, OURS), vec![0; 50]].concat();
    let seen = play(&[(Client, unknown.clone()), (Client, unknown.clone())]);
    assert_eq!(seen.rows, ["unknown-a1a2a3a4 8394c8f03e515708 c1c1 - - - U"]);
    assert_eq!(seen.services, ["-"]);
    // A server that asks for another version says so in a packet of version 0.
    let negotiation = [long(0, 0, OURS, THEIRS), vec![0, 0, 0, 1]].concat();
    let first = ask(&crypto(0, &client_hello(&["h3"], 32)));
    let seen = play(&[(Client, first), (Server, negotiation.clone()), (Server, short(OURS))]);
    assert_eq!(seen.rows, [format!("{HELLO} - example.org h3 ISu")]);
    assert_eq!(seen.failures, [("unhandled QUIC version 0x0".to_owned(), Some(negotiation))]);
}

#[test]
fn what_cannot_be_decrypted_ends_it() {
    let first = ask(&crypto(0, &client_hello(&["h3"], 32)));
    let other = initial_of(V1, b"other", Orig, (FIRST, OURS), &crypto(0, b"x"));
    let seen = play(&[(Client, other.clone()), (Client, first.clone())]);
    assert_eq!(seen.rows, [format!("{HELLO} - - - I")]);
    assert_eq!((seen.services, seen.failures), (vec!["-".to_owned()], vec![]));
    let foreign = initial_of(V1, b"other", Resp, (OURS, THEIRS), &crypto(0, b"x"));
    let seen = play(&[(Client, first), (Server, foreign.clone()), (Client, short(THEIRS))]);
    assert_eq!(seen.rows, [format!("{HELLO} 5e5e5e example.org h3 ISi")]);
    assert_eq!(seen.failures, [("decryption failed".to_owned(), Some(foreign[..40].to_vec()))]);
}

#[test]
fn once_a_hello_is_complete_its_side_is_not_decrypted() {
    let mut all = conversation();
    all.push((Client, initial_of(V1, b"other", Orig, (THEIRS, OURS), &[1, 0, 0, 0])));
    assert_eq!(play(&all).rows, [format!("{HELLO} 5e5e5e example.org h3 ISishHOOOooI")]);
}

#[test]
fn a_server_alone_is_not_decrypted() {
    let all = [(Server, reply(&crypto(0, &server_hello()))), (Server, short(OURS))];
    let seen = play(&all);
    // Whoever is seen first from the port of servers is one.
    assert_eq!(seen.rows, ["1 - - 5e5e5e - - io"]);
    assert_eq!(seen.services, ["-"]);
}

#[test]
fn packets_share_datagrams() {
    let first = ask(&crypto(0, &client_hello(&["h3"], 32)));
    let early = protected(1, FIRST, OURS);
    let seen = play(&[(Client, [first.clone(), early.clone(), early.clone()].concat())]);
    assert_eq!(seen.rows, [format!("{HELLO} - example.org h3 ISZZ")]);
    let seen =
        play(&[(Client, [first.clone(), vec![0; 100]].concat()), (Client, [early, short(THEIRS)].concat())]);
    assert_eq!(
        seen.rows,
        [format!("{HELLO} - example.org h3 ISXZO")],
        "padding behind packets is none of QUIC"
    );
}

#[test]
fn a_close_ends_a_row() {
    let close = [0x1c, 1, 6, 2, b'n', b'o'];
    let seen = play(&[(Client, ask(&close)), (Client, ask(&crypto(0, &client_hello(&["h3"], 32))))]);
    assert_eq!(seen.rows, [format!("{HELLO} - - - IC"), format!("{HELLO} - example.org h3 IS")]);
}

#[test]
fn oddities_are_told() {
    let seen = play(&[(Client, short(FIRST)), (Client, short(FIRST)), (Client, short(FIRST))]);
    assert_eq!(seen.weirds, ["QUIC_spurious_short_header_packet_threshold_crossed(1)"], "told once");
    assert!(seen.rows.is_empty());
    let seen = play(&[(Client, ask(&crypto(0, &client_hello(&["h3", "h3-29"], 32))))]);
    assert_eq!(seen.weirds, ["QUIC_many_protocols([h3, h3-29])"]);
    assert_eq!(seen.rows, [format!("{HELLO} - example.org h3 IS")]);
}

#[test]
fn a_history_has_a_hundred_letters() {
    let many: Vec<(Side, Vec<u8>)> = (0..120).map(|_| (Client, protected(2, FIRST, OURS))).collect();
    let seen = play(&many);
    assert_eq!(seen.rows, [format!("{HELLO} - - - {}", "H".repeat(100))]);
    assert_eq!(seen.weirds, ["QUIC_max_history_length_reached"]);
}

#[test]
fn what_is_too_short_makes_no_letter() {
    let whole = protected(2, FIRST, OURS);
    let tiny = [long(V1, 0, FIRST, OURS), vec![0, 19], vec![0; 19]].concat();
    for bytes in [whole[..whole.len() - 1].to_vec(), tiny, vec![0xc0, 0, 0], vec![0xc0]] {
        let seen = play(&[(Client, bytes.clone())]);
        assert_eq!(seen, Seen { services: vec!["-".to_owned()], ..Seen::default() }, "{bytes:?}");
    }
}

#[test]
fn only_so_much_of_other_protocols_is_noted() {
    let mut all = vec![(Client, ask(&crypto(0, &client_hello(&["h3"], 32))))];
    all.extend((0..105).map(|_| (Client, vec![0x16, 0xfe, 0xff])));
    let history = seen_history(&play(&all));
    assert_eq!(history.len(), 100);
    // Nothing of them is before something was decrypted.
    let seen = play(&[(Client, vec![0; 40]), (Client, protected(2, FIRST, OURS)), (Client, vec![0; 40])]);
    assert_eq!(seen_history(&seen), "H");
}

fn seen_history(seen: &Seen) -> String {
    seen.rows.first().and_then(|row| row.rsplit(' ').next()).unwrap_or_default().to_owned()
}
