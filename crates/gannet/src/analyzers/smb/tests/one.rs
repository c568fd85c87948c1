//! SMB 1: shares, files and their rows.

use super::kit::{
    Client, LAST, Seen, Server, Step, bytes_read_1, close_1, create_1, created_1, framed, le16, one, play,
    read_1, time, tree_connect_1, tree_connected_1, words, write_1,
};
use crate::analyzers::smb::FileTime;

/// A share.
fn mapped(service: &str, system: &str) -> Vec<Step> {
    vec![
        (Client, one(0x75, 0, 1, &tree_connect_1(r"\\host\share", "?????"))),
        (Server, one(0x75, 5, 1, &tree_connected_1(service, system))),
    ]
}

fn opened(number: usize, file: usize, name: &str, modified: FileTime) -> Vec<Step> {
    vec![
        (Client, one(0xa2, 5, number, &create_1(name))),
        (Server, one(0xa2, 5, number, &created_1(file, 12, modified))),
    ]
}

fn on_file(more: &[Step]) -> Seen {
    let mut steps = [mapped("A:", "NTFS"), opened(2, 77, r"\a.txt", time(0))].concat();
    steps.extend_from_slice(more);
    play(&steps)
}

#[test]
fn a_share_and_a_file_on_it() {
    let seen = on_file(&[]);
    assert_eq!(seen.shares, [r"\\host\share A: NTFS DISK"]);
    // The path becomes known when the file is read, written or closed.
    assert_eq!(seen.files, [r"FILE_OPEN - \a.txt 12 - +times"]);
    assert_eq!(seen.times, [6]);
    assert_eq!(seen.services, ["smb"]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty());
}

#[test]
fn services_tell_what_a_share_is() {
    for (service, system, row) in [
        ("IPC", "", "IPC - PIPE"),
        ("LPT1:", "", "LPT1: - DISK"),
        ("IPCX", "FAT", "IPCX FAT DISK"),
        ("A:", "", "A: - DISK"),
    ] {
        assert_eq!(play(&mapped(service, system)).shares, [format!(r"\\host\share {row}")]);
    }
    let unseen = one(0x75, 5, 1, &tree_connected_1("A:", "NTFS"));
    assert_eq!(play(&[(Server, unseen)]).shares, ["- A: NTFS DISK"]);
    // The strings of a server that does not fill up to even places are shifted.
    let bytes = [&b"A:\0"[..], &b"N\0T\0F\0S\0\0\0"[1..]].concat();
    let shifted = one(0x75, 5, 1, &words(&[&LAST[..], &[1, 0]].concat(), &bytes));
    assert_eq!(play(&[(Server, shifted)]).shares, ["- A: \u{5400}\u{4600}\u{5300} DISK"]);
}

#[test]
fn pipes_are_files_and_all_their_openings_are_told() {
    let mut steps = mapped("IPC", "");
    for number in 2..5 {
        steps.extend(opened(number, number, r"\srvsvc", FileTime(0)));
    }
    assert_eq!(play(&steps).files, [r"FILE_OPEN - \srvsvc 12 -"; 3]);
    // An opening whose request was not seen has no name, and no row.
    assert!(play(&opened(2, 77, "x", time(0))[1..]).files.is_empty());
    assert_eq!(play(&opened(2, 77, "", time(0))).files, ["FILE_OPEN -  12 - +times"]);
}

#[test]
fn errors_have_no_body() {
    let request = (Client, one(0xa2, 5, 2, &create_1("x")));
    let refused = (Server, one(0xa2, 5, 2, &[0, 0, 0]));
    let seen = play(&[request, refused.clone(), refused]);
    assert!(seen.files.is_empty() && seen.failures.is_empty());
    assert_eq!(seen.services, ["smb"]);
}

#[test]
fn contents_come_in_pieces() {
    let write = |number, offset, bytes: &[u8]| (Client, one(0x2f, 5, number, &write_1(77, offset, bytes)));
    let seen =
        on_file(&[write(3, 6, b"second"), write(4, 0, b"first "), (Client, one(4, 5, 5, &close_1(77)))]);
    assert_eq!(seen.contents, [r"\a.txt 12/12 0 Some(true)"]);
    let ask = |number, offset| (Client, one(0x2e, 5, number, &read_1(77, offset)));
    let answer = |number, bytes: &[u8]| (Server, one(0x2e, 5, number, &bytes_read_1(bytes)));
    let seen = on_file(&[ask(3, 0), ask(4, 6), answer(4, b"second"), answer(3, b"first ")]);
    assert_eq!(seen.contents, [r"\a.txt 12/12 0 Some(false)"]);
    let seen = on_file(&[ask(3, 6), answer(3, b"second"), (Client, one(4, 5, 5, &close_1(77)))]);
    assert_eq!(seen.contents, [r"\a.txt 6/12 6 Some(false)"]);
}

/// A message that says that another one follows, at a place counted from its header.
fn linked(command: u8, at: usize) -> Vec<u8> {
    words(&[&[command, 0], &le16(at)[..]].concat(), &[])
}

#[test]
fn messages_follow_one_another_in_a_frame() {
    // A log-off has two bytes of link and two of offset behind its count of words, and no bytes: seven in all.
    let body = [linked(0xa2, 32 + 7), create_1(r"\b")].concat();
    let steps = [(Client, one(0x74, 5, 2, &body)), opened(2, 7, "", time(0))[1].clone()];
    assert_eq!(play(&steps).files, [r"FILE_OPEN - \b 12 - +times"]);
    // The place may be one byte further.
    let body = [linked(0xa2, 32 + 8), vec![0], create_1(r"\b")].concat();
    let steps = [(Client, one(0x74, 5, 2, &body)), opened(2, 7, "", time(0))[1].clone()];
    assert_eq!(play(&steps).files, [r"FILE_OPEN - \b 12 - +times"]);
}

#[test]
fn chains_have_an_end() {
    let good = (Client, one(0x74, 5, 1, &linked(0xff, 0)));
    let chain = |length: usize| {
        let body: Vec<u8> = (1..=length).flat_map(|at| linked(0x74, 32 + 7 * at)).collect();
        [body, linked(0xff, 0)].concat()
    };
    for (length, weird) in [(9, false), (10, false), (11, true), (20, true)] {
        let seen = play(&[good.clone(), (Client, one(0x74, 5, 2, &chain(length)))]);
        assert_eq!(seen.weirds.iter().any(|weird| weird == "smb_andx_depth_exceeded/SMB"), weird, "{length}");
        assert_eq!(seen.histories[0].contains('X'), weird, "{length}");
    }
    let seen = play(&[(Client, one(0x74, 5, 2, &linked(0x74, 0)))]);
    assert_eq!(seen.weirds, ["smb_andx_offset_not_advancing/SMB"]);
}

#[test]
fn a_frame_of_something_else_is_skipped() {
    let keep_alive = framed(0x85, &[]);
    let request = framed(0x81, &[b'C'; 68]);
    let mut steps = vec![(Client, request), (Server, framed(0x82, &[]))];
    steps.extend(mapped("A:", "NTFS"));
    steps.extend([(Client, keep_alive.clone()), (Server, keep_alive)]);
    let seen = play(&steps);
    assert_eq!((seen.shares.len(), seen.services[0].as_str()), (1, "smb"));
}
