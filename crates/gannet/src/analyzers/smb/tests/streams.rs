//! SMB as a stream: cuts, gaps, faults, and bytes that mean nothing.

use proptest::prelude::*;
use proptest::sample::Index;

use super::kit::{
    Client, Seen, Server, Step, Tap, Two, bytes_read, close, closed, create, created, error, framed, mapped,
    opened, play, read, set_info, time, write, written,
};
use crate::testing::{changed, every_cut};

/// A conversation with a bit of everything.
fn talk() -> Vec<Step> {
    let mut steps = mapped(5, r"\\host\share", 1);
    steps.extend(opened(2, 5, 77, "a"));
    steps.extend([
        (Client, Two::new(8, 3, 5).with(&read(77, 0))),
        (Server, Two::new(8, 3, 5).with(&bytes_read(b"some bytes, "))),
        (Client, Two::new(9, 4, 5).with(&write(77, 12, b"and others"))),
        (Server, Two::new(9, 4, 5).with(&written())),
        (Client, Two::new(17, 5, 5).with(&set_info(13, 77, &[1]))),
        (Server, Two::new(17, 5, 5).with(&[2, 0])),
        (Client, Two::new(6, 6, 5).with(&close(77))),
        (Server, Two::new(6, 6, 5).with(&closed())),
    ]);
    steps
}

#[test]
fn it_takes_three_segments_to_be_sure() {
    let frame = Two::new(13, 1, 0).with(&[4, 0, 0, 0]);
    for (count, service) in [(1, "-"), (2, "-"), (3, "smb")] {
        assert_eq!(play(&vec![(Client, frame.clone()); count]).services, [service]);
    }
    // Parts of a frame are segments as well, and so are frames of the session service once the first message was seen.
    assert_eq!(Tap::open(445).play(&[(Client, &frame)], &[30, 10, 50]).services, ["smb"]);
    let alive = framed(0x85, &[]);
    assert_eq!(play(&[(Client, frame), (Server, alive.clone()), (Server, alive)]).services, ["smb"]);
}

#[test]
fn it_is_found_on_other_ports() {
    let seen = Tap::open(4445).play(&talk(), &[999_999]);
    assert_eq!((seen.services[0].as_str(), seen.files.len()), ("smb", 2));
}

#[test]
fn a_frame_may_be_cut_anywhere() {
    let whole = play(&talk());
    for size in [40, 100, 500] {
        let cut = Tap::open(445).play(&talk(), &[size]);
        assert_eq!((&cut.shares, &cut.files, &cut.contents), (&whole.shares, &whole.files, &whole.contents));
    }
    for cut in every_cut(&talk(), 7) {
        let files = play(&cut).files;
        assert_eq!(files, whole.files[..files.len()]);
    }
    // Frames that begin in the middle of a segment.
    let mut steps = talk();
    let later: Vec<u8> = steps.drain(4..).step_by(2).flat_map(|(_, bytes)| bytes).collect();
    steps.push((Client, later));
    let seen = Tap::open(445).play(&steps, &[200]);
    assert_eq!(seen.files.len(), 2);
    assert_eq!(seen.contents, ["a 10/12 12 Some(true)"]);
}

#[test]
fn behind_a_gap_the_next_message_is_looked_for() {
    let steps = talk();
    let mut tap = Tap::open(445);
    for (side, bytes) in &steps[..4] {
        tap.send(*side, bytes);
    }
    // A part of a frame of the server is there when bytes of the client are lost: both begin anew.
    tap.send(Server, &steps[5].1[..20]).lose(Client, 30);
    tap.send(Client, b"the rest of something").send(Server, b"more");
    // The first message of each side is lost with it: here a deletion and its reply.
    for (side, bytes) in steps[8..].iter().chain(&opened(9, 5, 78, "later")) {
        tap.send(*side, bytes);
    }
    let seen = tap.finish();
    let share = r"\\host\share";
    assert_eq!(
        seen.files,
        [format!("FILE_OPEN {share} a 12 - +times"), format!("FILE_OPEN {share} later 12 - +times")]
    );
    assert_eq!(seen.services, ["smb"]);
    // A side of which nothing was seen before has nothing to lose.
    let mut tap = Tap::open(445);
    tap.send(Client, &steps[0].1).lose(Client, 30).send(Server, &steps[1].1);
    assert_eq!(tap.finish().shares.len(), 1);
}

#[test]
fn faults_cost_the_segment_and_its_place_if_they_come_early() {
    let bad = (Client, Two::new(5, 2, 5).with(&create("name", 0)[..40]));
    let seen = play(&[talk(), vec![bad.clone(), bad.clone()]].concat());
    assert_eq!(seen.services, ["-"]);
    assert_eq!(seen.failures.len(), 1);
    // Behind ten thousand bytes they are ignored.
    let long = (Client, Two::new(9, 9, 5).with(&write(1, 0, &[0; 11_000])));
    // The other side loses what it says next.
    let reply = (Server, Two::new(5, 2, 5).status(0xc000_000d).with(&error()));
    let seen = play(&[talk(), vec![long, bad, reply], opened(10, 5, 9, "later")].concat());
    assert_eq!((seen.services[0].as_str(), seen.failures.len()), ("smb", 0));
    assert_eq!(seen.files.len(), 3);
}

#[test]
fn encrypted_sessions_are_left_alone() {
    let sealed = framed(0, &[&b"\xfdSMB"[..], &[7; 300]].concat());
    let steps = [
        mapped(5, "x", 1),
        vec![(Client, sealed.clone()), (Server, sealed.clone()), (Client, sealed.clone())],
    ];
    let seen = play(&steps.concat());
    assert_eq!((seen.services[0].as_str(), seen.failures.len()), ("smb", 0));
    // They are not where reading begins.
    assert_eq!(play(&vec![(Client, sealed); 5]).services, ["-"]);
    let packed = framed(0, &[&b"\xfcSMB"[..], &[7; 30]].concat());
    let seen = play(&[talk(), vec![(Client, packed)]].concat());
    assert_eq!((seen.services[0].as_str(), seen.failures.len()), ("smb", 0));
}

#[test]
fn connections_picked_up_in_the_middle_are_read() {
    let mut tap = Tap::new(445, |_| ());
    for (side, bytes) in &talk()[2..] {
        tap.send(*side, bytes);
    }
    let seen = tap.finish();
    assert_eq!(seen.services, ["smb"]);
    assert_eq!(seen.files[0], "FILE_OPEN - a 12 - +times");
}

#[test]
fn one_side_alone_is_read() {
    let of = |wanted| {
        let steps: Vec<Step> = talk().into_iter().filter(|(side, _)| *side == wanted).collect();
        play(&steps)
    };
    // Which name a file has is known when its number is, which the server gives it.
    let client: Seen = of(Client);
    assert_eq!((client.files.len(), client.contents.len()), (0, 0));
    let server: Seen = of(Server);
    assert_eq!((server.files.len(), server.shares.len()), (0, 1));
}

#[test]
fn many_requests_and_files_stay_within_limits() {
    let mut steps = Vec::new();
    for number in 0..3000_u64 {
        steps.push((Client, Two::new(5, number, 5).with(&create("name", 0))));
        let reply = Two::new(5, number, 5);
        steps.push(match number % 3 {
            0 => (Server, reply.with(&created(number * 7919 % 3001, 1, time(number)))),
            1 => (Server, reply.status(0x103).with(&error())),
            _ => (Server, reply.status(0xc000_0034).with(&error())),
        });
    }
    let seen = play(&steps);
    assert_eq!(seen.files.len(), 1000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_do_not_matter_once_the_first_begins_with_a_message(sizes in proptest::collection::vec(40_usize..300, 1..12)) {
        let whole = play(&talk());
        let cut = Tap::open(445).play(&talk(), &sizes);
        prop_assert_eq!((cut.shares, cut.files, cut.contents), (whole.shares, whole.files, whole.contents));
    }

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..400) {
        Tap::open(445).play(&changed(&talk(), at, byte), &[size]);
    }

    #[test]
    fn bodies_of_any_bytes_do_no_harm(command in 0_u16..20, body in proptest::collection::vec(any::<u8>(), 0..120), status in prop_oneof![Just(0_u32), Just(0x103), Just(0xc000_0016)]) {
        for side in [Client, Server] {
            play(&[(side, Two::new(command, 1, 1).status(status).with(&body))]);
            play(&[(side, super::kit::one(command as u8, 1, 1, &body))]);
        }
    }

    #[test]
    fn bodies_of_version_1_do_no_harm(command in prop_oneof![Just(0x24_u8), Just(0x25), Just(0x2e), Just(0x2f), Just(0x32), Just(0x72), Just(0x73), Just(0x75), Just(0xa2)], body in proptest::collection::vec(any::<u8>(), 0..120)) {
        for side in [Client, Server] {
            play(&[(side, super::kit::one(command, 1, 1, &body))]);
        }
    }
}
