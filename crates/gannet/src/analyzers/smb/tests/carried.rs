//! What SMB carries for others: tokens of who the client is, and remote procedure calls in pipes.

use super::kit::{
    Client, LAST, Server, Step, Two, bytes_read, bytes_read_1, close, framed, ioctl, ioctl_reply, le16, le32,
    mapped, odd, one, opened, play, read, tree_connected_1, words, write, write_1, written,
};

/// What a device is asked to do: to take bytes and to answer them.
const TRANSCEIVE: u32 = 0x0011_c017;

/// A PDU of DCE/RPC.
fn pdu(kind: u8, call: usize, body: &[u8]) -> Vec<u8> {
    let head = [5, 0, kind, 3, 0x10, 0, 0, 0];
    [&head[..], &le16(16 + body.len()), &[0, 0], &le32(call), body].concat()
}

fn bind() -> Vec<u8> {
    let srvsvc =
        [0xc8, 0x4f, 0x32, 0x4b, 0x70, 0x16, 0xd3, 1, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88];
    pdu(
        11,
        1,
        &[
            &[0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0][..],
            &srvsvc,
            &[3, 0, 0, 0],
            &[4; 20],
        ]
        .concat(),
    )
}

fn bound() -> Vec<u8> {
    let name = b"\\PIPE\\srvsvc\0";
    pdu(12, 1, &[&[0xb8, 0x10, 0xb8, 0x10, 1, 0, 0, 0][..], &le16(name.len()), name, &[0; 29]].concat())
}

fn call(number: usize) -> Vec<u8> {
    pdu(0, number, &[0, 0, 0, 0, 0, 0, 15, 0, 1, 2, 3])
}

fn answer(number: usize) -> Vec<u8> {
    pdu(2, number, &[0; 12])
}

const CALL: &str = r"\PIPE\srvsvc srvsvc NetrShareEnum";

fn pipe() -> Vec<Step> {
    [mapped(5, r"\\host\IPC$", 2), opened(2, 5, 77, "srvsvc")].concat()
}

#[test]
fn calls_go_through_pipes_in_one_go() {
    let mut steps = pipe();
    for (message, (ask, reply)) in [(3, (bind(), bound())), (4, (call(2), answer(2)))] {
        steps.push((Client, Two::new(11, message, 5).with(&ioctl(TRANSCEIVE, 77, &ask))));
        steps.push((Server, Two::new(11, message, 5).with(&ioctl_reply(TRANSCEIVE, 77, &reply))));
    }
    let seen = play(&steps);
    assert_eq!(seen.calls, [CALL]);
    assert!(seen.services[0].contains("dce_rpc") && seen.services[0].contains("smb"));
    // Another thing that a device is asked for is nobody's.
    let other = (Client, Two::new(11, 3, 5).with(&ioctl(0x0006_0194, 77, &bind())));
    assert!(!play(&[pipe(), vec![other]].concat()).services[0].contains("dce_rpc"));
}

#[test]
fn calls_are_written_to_pipes_and_read_from_them() {
    let exchange = |message: u64, ask: &[u8], reply: &[u8]| {
        [
            (Client, Two::new(9, message, 5).with(&write(77, 0, ask))),
            (Server, Two::new(9, message, 5).with(&written())),
            (Client, Two::new(8, message + 1, 5).with(&read(77, 0))),
            (Server, Two::new(8, message + 1, 5).with(&bytes_read(reply))),
        ]
    };
    let talk = [exchange(3, &bind(), &bound()), exchange(5, &call(2), &answer(2))].concat();
    let seen = play(&[pipe(), talk.clone()].concat());
    assert_eq!(seen.calls, [CALL]);
    assert!(seen.contents.is_empty() && seen.files.is_empty());
    // Only the first half of a long answer fits into the first reading.
    let halves: Vec<Step> = talk
        .iter()
        .cloned()
        .flat_map(
            |(side, bytes)| {
                if side == Server && bytes.len() > 90 { halved(&bytes) } else { vec![(side, bytes)] }
            },
        )
        .collect();
    assert_eq!(play(&[pipe(), halves].concat()).calls, [CALL]);
    // On a share of files it is a file like any other.
    let seen = play(&[mapped(5, "x", 1), opened(2, 5, 77, "file"), talk].concat());
    assert!(seen.calls.is_empty() && !seen.contents.is_empty());
}

/// A reply with what was read, as two replies: the first says that there is more.
fn halved(reply: &[u8]) -> Vec<Step> {
    let bytes = &reply[4 + 64 + 16..];
    let message = u64::from(reply[4 + 24]);
    let (one, other) = bytes.split_at(bytes.len() / 2);
    vec![
        (Server, Two::new(8, message, 5).status(0x8000_0005).with(&bytes_read(one))),
        (Client, Two::new(8, message + 100, 5).with(&read(77, 0))),
        (Server, Two::new(8, message + 100, 5).with(&bytes_read(other))),
    ]
}

#[test]
fn each_pipe_is_a_conversation_of_its_own() {
    let talk = |file: u64| {
        [(bind(), bound()), (call(2), answer(2))].map(|(ask, reply)| {
            [
                (Client, Two::new(11, file, 5).with(&ioctl(TRANSCEIVE, file, &ask))),
                (Server, Two::new(11, file, 5).with(&ioctl_reply(TRANSCEIVE, file, &reply))),
            ]
        })
    };
    let [[a1, a2], [a3, a4]] = talk(77);
    let [[b1, b2], [b3, b4]] = talk(78);
    let seen = play(&[pipe(), vec![a1, b1, a2, b2, a3.clone(), b3, a4.clone(), b4]].concat());
    assert_eq!(seen.calls, [CALL, CALL]);
    // What is opened again under the same number was not bound.
    let [[a1, a2], _] = talk(77);
    let shut = (Client, Two::new(6, 9, 5).with(&close(77)));
    let seen = play(&[pipe(), vec![a1, a2, a3.clone(), a4.clone(), shut, a3, a4]].concat());
    assert_eq!(seen.calls, [CALL]);
}

#[test]
fn too_many_open_pipes_are_closed() {
    let steps: Vec<Step> = (0..251)
        .map(|file| (Client, Two::new(11, file, 5).with(&ioctl(TRANSCEIVE, 1000 + file, &bind()))))
        .collect();
    let seen = play(&steps);
    assert_eq!(seen.weirds, ["SMB_discarded_dce_rpc_analyzers/SMB"]);
    assert!(play(&steps[..250]).weirds.is_empty());
}

/// A transaction of SMB 1 with a name.
fn transaction(name: &str, number: usize, data: &[u8]) -> Vec<u8> {
    let name = odd(name);
    // Behind the header and 16 words, and the name; filled up to four.
    let place = (32 + 35 + name.len()).next_multiple_of(4);
    let counts = [le16(0), le16(place), le16(data.len()), le16(place)].concat();
    let parameters = [&[0; 18], &counts[..], &[2, 0, 0x26, 0, 77, 0]].concat();
    let fill = vec![0; place - 32 - 35 - name.len()];
    one(0x25, 5, number, &words(&parameters, &[&name[..], &fill, data].concat()))
}

fn transacted(number: usize, data: &[u8]) -> Vec<u8> {
    let counts = [le16(0), le16(56), le16(0), le16(data.len()), le16(56), le16(0)].concat();
    one(0x25, 5, number, &words(&[&[0; 6], &counts[..], &[0, 0]].concat(), &[&[0], data].concat()))
}

#[test]
fn version_1_calls_by_transactions_reads_and_writes() {
    let by_transaction = |name: &str| {
        play(&[
            (Client, transaction(name, 2, &bind())),
            (Server, transacted(2, &bound())),
            (Client, transaction(name, 3, &call(2))),
            (Server, transacted(3, &answer(2))),
        ])
    };
    assert_eq!(by_transaction(r"\PIPE\").calls, [CALL]);
    assert!(by_transaction(r"\PIPE\LANMAN").calls.is_empty());
    assert!(by_transaction(r"\MAILSLOT\BROWSE").calls.is_empty());
    let mut steps = vec![(Server, one(0x75, 5, 1, &tree_connected_1("IPC", "")))];
    for (number, (ask, reply)) in [(2, (bind(), bound())), (3, (call(2), answer(2)))] {
        steps.push((Client, one(0x2f, 5, number, &write_1(77, 0, &ask))));
        steps.push((Server, one(0x2e, 5, number, &bytes_read_1(&reply))));
    }
    assert_eq!(play(&steps).calls, [CALL]);
}

/// A request to set up a session, with a token.
fn session(message: u64, token: &[u8]) -> Vec<u8> {
    let head = [&[25, 0, 0, 1][..], &[0; 8], &le16(64 + 24), &le16(token.len()), &[0; 8]].concat();
    Two::new(1, message, 0).with(&[&head[..], token].concat())
}

/// The first message of NTLM.
fn negotiate() -> Vec<u8> {
    [&b"NTLMSSP\0\x01\0\0\0"[..], &[0; 20]].concat()
}

#[test]
fn tokens_tell_who_the_client_is() {
    let seen = play(&[vec![(Client, session(1, &negotiate()))], mapped(5, "x", 1)].concat());
    assert_eq!(seen.services, ["ntlm,smb"]);
    // In a reply that asks for more; in a negotiation; in version 1.
    let reply = [&[9, 0, 0, 0][..], &le16(64 + 8), &le16(negotiate().len()), &negotiate()].concat();
    let reply = Two::new(1, 1, 0).status(0xc000_0016).with(&reply);
    assert_eq!(play(&[vec![(Server, reply)], mapped(5, "x", 1)].concat()).services, ["ntlm,smb"]);
    let chosen =
        [&[65, 0, 1, 0, 2, 2][..], &[0; 50], &le16(64 + 64), &le16(negotiate().len()), &[0; 4]].concat();
    let chosen = Two::new(0, 1, 0).with(&[chosen, negotiate()].concat());
    assert_eq!(play(&[vec![(Server, chosen)], mapped(5, "x", 1)].concat()).services, ["ntlm,smb"]);
    let head = [&LAST[..], &[0; 10], &le16(negotiate().len()), &[0; 8]].concat();
    let old = one(0x73, 0, 1, &words(&head, &[negotiate(), odd("system")].concat()));
    assert_eq!(play(&[vec![(Client, old)], mapped(5, "x", 1)].concat()).services, ["ntlm,smb"]);
}

#[test]
fn a_child_that_is_wrong_costs_itself_alone() {
    let steps = [
        vec![(Client, session(101, &[0x60; 30])), (Client, session(102, &[0xff; 30]))],
        pipe(),
        vec![(Client, Two::new(11, 8, 5).with(&ioctl(TRANSCEIVE, 77, b"this is no procedure call")))],
        mapped(6, "x", 1),
        opened(9, 6, 78, "file"),
    ];
    let seen = play(&steps.concat());
    assert_eq!((seen.services[0].as_str(), seen.files.len()), ("smb", 1));
    assert!(seen.failures.is_empty());
    // Tokens that are too short are none.
    assert_eq!(play(&[vec![(Client, session(1, b"NTLMSSP"))], mapped(5, "x", 1)].concat()).services, ["smb"]);
    assert_eq!(play(&[(Client, framed(0, &[]))]).services, ["-"]);
}
