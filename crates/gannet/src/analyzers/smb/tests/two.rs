//! SMB 2 and 3: shares, files and their rows.

use super::kit::{
    Client, Seen, Server, Step, Tap, Two, bytes_read, chained, close, closed, create, created, error, mapped,
    new_name, opened, play, read, set_info, time, tree_connect, tree_connected, write, written,
};
use crate::analyzers::smb::FileTime;

const SHARE: &str = r"\\host\share";

/// A share, a file on it, and what is done to that.
fn on_file(more: &[Step]) -> Seen {
    let mut steps = mapped(5, SHARE, 1);
    steps.extend(opened(2, 5, 77, r"folder\a.txt"));
    steps.extend_from_slice(more);
    play(&steps)
}

const OPEN: &str = r"FILE_OPEN \\host\share folder\a.txt 12 - +times";

#[test]
fn a_share_and_a_file_on_it() {
    let seen = on_file(&[]);
    assert_eq!(seen.shares, [r"\\host\share - - DISK"]);
    assert_eq!(seen.files, [OPEN]);
    // The time of the request, and not that of the reply.
    assert_eq!(seen.times, [6]);
    assert_eq!(seen.services, ["smb"]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty());
}

#[test]
fn shares_have_a_type() {
    for (kind, name) in [(1, "DISK"), (2, "PIPE"), (3, "PRINT"), (9, "unknown-9")] {
        assert_eq!(play(&mapped(5, "x", kind)).shares, [format!("x - - {name}")]);
    }
    // One whose connection was not seen has no path; one that is refused is none.
    let reply = (Server, Two::new(3, 1, 5).with(&tree_connected(1)));
    assert_eq!(play(std::slice::from_ref(&reply)).shares, ["- - - DISK"]);
    let refused = (Server, Two::new(3, 1, 5).status(0xc000_0022).with(&error()));
    let request = (Client, Two::new(3, 1, 0).with(&tree_connect("x")));
    assert!(play(&[request, refused]).shares.is_empty());
}

#[test]
fn what_is_opened_depends_on_the_share() {
    for (kind, row) in [(1, Some("FILE_OPEN")), (2, None), (3, Some("PRINT_OPEN")), (9, Some("FILE_OPEN"))] {
        let steps = [mapped(5, "x", kind), opened(2, 5, 77, "file")].concat();
        let files = play(&steps).files;
        assert_eq!(
            files.first().map(String::as_str),
            row.map(|row| format!("{row} x file 12 - +times")).as_deref()
        );
    }
    // The name of a pipe gives a share away that nobody saw being connected; others do not.
    assert!(play(&opened(2, 5, 77, "srvsvc")).files.is_empty());
    assert_eq!(play(&opened(2, 5, 77, "atsvc")).files, ["FILE_OPEN - atsvc 12 - +times"]);
    let later = [opened(2, 5, 77, "srvsvc"), opened(3, 5, 78, "other")].concat();
    assert!(play(&later).files.is_empty());
    assert_eq!(play(&opened(2, 5, 77, "")).files, ["FILE_OPEN - <share_root> 12 - +times"]);
}

#[test]
fn what_is_refused_was_not_opened() {
    let request = (Client, Two::new(5, 2, 5).with(&create("a", 0)));
    for status in [0xc000_0034, 0xc000_0022, 0x8000_0005] {
        let reply = (Server, Two::new(5, 2, 5).status(status).with(&error()));
        assert!(play(&[request.clone(), reply]).files.is_empty());
    }
    // A reply that says to wait is none.
    let waits = (Server, Two::new(5, 2, 5).status(0x103).with(&error()));
    let opens = (Server, Two::new(5, 2, 5).with(&created(7, 1, time(0))));
    assert_eq!(play(&[request.clone(), waits.clone(), opens]).files, ["FILE_OPEN - a 1 - +times"]);
    // Behind it the share's number may be missing: then its path is not known.
    let steps = [mapped(5, SHARE, 1), vec![request, waits]].concat();
    let later = (Server, Two::new(5, 2, 0).with(&created(7, 1, time(0))));
    assert_eq!(play(&[steps, vec![later]].concat()).files, ["FILE_OPEN - a 1 - +times"]);
}

#[test]
fn files_are_renamed_and_deleted() {
    let rename = (Client, Two::new(17, 3, 5).with(&set_info(10, 77, &new_name("b.txt"))));
    let delete = |yes| (Client, Two::new(17, 4, 5).with(&set_info(13, 77, &[yes])));
    let seen = on_file(&[rename.clone(), delete(1)]);
    let renamed = r"FILE_RENAME \\host\share b.txt 12 folder\a.txt +times";
    let deleted = r"FILE_DELETE \\host\share b.txt 12 folder\a.txt +times";
    assert_eq!(seen.files, [OPEN, renamed, deleted]);
    // All of them at the time of the opening.
    assert_eq!(seen.times, [6, 6, 6]);
    assert_eq!(on_file(&[delete(0)]).files, [OPEN]);
    let twice = [delete(1), delete(1)];
    assert_eq!(on_file(&twice).files.len(), 2);
    // Of a file whose opening was not seen nothing is known but the new name.
    assert_eq!(play(&[rename]).files, ["FILE_RENAME - b.txt 0 -"]);
    assert!(play(&[delete(1)]).files.is_empty());
    // Other properties are no news.
    let basic = (Client, Two::new(17, 3, 5).with(&set_info(4, 77, &[0; 36])));
    let size = (Client, Two::new(17, 3, 5).with(&set_info(20, 77, &[0; 8])));
    assert_eq!(on_file(&[basic, size]).files, [OPEN]);
}

#[test]
fn what_goes_when_it_is_closed_is_opened_and_deleted() {
    let steps = [
        (Client, Two::new(5, 2, 5).with(&create("a", 0x1000))),
        (Server, Two::new(5, 2, 5).with(&created(7, 1, time(0)))),
    ];
    assert_eq!(play(&steps).files, ["FILE_OPEN - a 1 - +times", "FILE_DELETE - a 1 - +times"]);
}

#[test]
fn the_same_opening_has_one_row_in_three_minutes() {
    let again = opened(3, 5, 78, r"folder\a.txt");
    assert_eq!(on_file(&again).files, [OPEN]);
    // Not so if it was changed in between, or has no times.
    let changed = (Server, Two::new(5, 3, 5).with(&created(78, 13, time(0))));
    assert_eq!(on_file(&[again[0].clone(), changed]).files.len(), 2);
    let mut steps = Vec::new();
    for file in 0..3 {
        steps.push((Client, Two::new(5, file, 5).with(&create("a", 0))));
        steps.push((Server, Two::new(5, file, 5).with(&created(file, 1, FileTime(0)))));
    }
    assert_eq!(play(&steps).files, ["FILE_OPEN - a 1 -"; 3]);
}

#[test]
fn contents_come_in_pieces() {
    let write =
        |message, offset, bytes: &[u8]| (Client, Two::new(9, message, 5).with(&write(77, offset, bytes)));
    let seen = on_file(&[
        write(3, 6, b"second"),
        write(4, 0, b"first "),
        (Server, Two::new(9, 3, 5).with(&written())),
        (Client, Two::new(6, 5, 5).with(&close(77))),
        (Server, Two::new(6, 5, 5).with(&closed())),
    ]);
    assert_eq!(seen.contents, [r"folder\a.txt 12/12 0 Some(true)"]);
    // Replies come in any order; where what is read belongs is said in the requests.
    let ask = |message, offset| (Client, Two::new(8, message, 5).with(&read(77, offset)));
    let answer = |message, bytes: &[u8]| (Server, Two::new(8, message, 5).with(&bytes_read(bytes)));
    let delete = (Client, Two::new(17, 6, 5).with(&set_info(13, 77, &[1])));
    let seen = on_file(&[ask(3, 0), ask(4, 6), answer(4, b"second"), answer(3, b"first "), delete]);
    assert_eq!(seen.contents, [r"folder\a.txt 12/12 0 Some(false)"]);
    assert_eq!(seen.files[1], r"FILE_DELETE \\host\share folder\a.txt 12 - +fuid +times");
    // What is closed early lacks the rest.
    let seen = on_file(&[write(3, 0, b"first "), (Client, Two::new(6, 5, 5).with(&close(77)))]);
    assert_eq!(seen.contents, [r"folder\a.txt 6/12 0 Some(true)"]);
}

#[test]
fn a_long_message_is_not_waited_for() {
    let bytes = vec![b'x'; 1_500_000];
    let steps = [
        (Client, Two::new(5, 2, 5).with(&create("long", 0))),
        (Server, Two::new(5, 2, 5).with(&created(7, 0, time(0)))),
        (Client, Two::new(9, 3, 5).with(&write(7, 0, &bytes))),
        (Client, Two::new(5, 4, 5).with(&create("next", 0))),
        (Server, Two::new(5, 4, 5).with(&created(8, 0, time(0)))),
        (Client, Two::new(6, 5, 5).with(&close(7))),
    ];
    let seen = Tap::open(445).play(&steps, &[40_000]);
    assert_eq!(seen.contents, ["long 1500000/- 0 Some(true)"]);
    assert_eq!(seen.files.len(), 2);
}

#[test]
fn messages_in_a_chain() {
    // Behind an opening, "the file of the request before" is a file of its own.
    let nobody = u64::MAX;
    let requests = chained(&[
        (Two::new(5, 2, 5), create("a", 0)),
        (Two::new(17, 3, 5), set_info(10, nobody, &new_name("b"))),
        (Two::new(6, 4, 5), close(nobody)),
    ]);
    let replies = chained(&[
        (Two::new(5, 2, 5), created(7, 1, time(0))),
        (Two::new(17, 3, 5), vec![2, 0]),
        (Two::new(6, 4, 5), closed()),
    ]);
    let seen = play(&[(Client, requests), (Server, replies)]);
    assert_eq!(seen.files, ["FILE_RENAME - b 0 -", "FILE_OPEN - a 1 - +times"]);
    // A chain whose next message would begin in the one before is none.
    let mut header = Two::new(5, 2, 5);
    header.next = 80;
    let seen = play(&[(Client, header.with(&create("a", 0)))]);
    assert_eq!(seen.failures.len() + seen.files.len(), 0);
}

#[test]
fn a_share_that_is_left_is_forgotten() {
    let leave = (Client, Two::new(4, 3, 5).with(&[4, 0, 0, 0]));
    let steps = [mapped(5, SHARE, 2), vec![leave], opened(4, 5, 77, "x")].concat();
    assert_eq!(play(&steps).files, ["FILE_OPEN - x 12 - +times"]);
}

#[test]
fn printed_files_are_told_when_they_are_closed() {
    let print = |modified| {
        let job = [
            (Client, Two::new(5, 2, 5).with(&create("job", 0))),
            (Server, Two::new(5, 2, 5).with(&created(7, 0, modified))),
            (Client, Two::new(9, 3, 5).with(&write(7, 0, b"text"))),
            (Client, Two::new(6, 4, 5).with(&close(7))),
        ];
        play(&[mapped(5, "printer", 3), job.to_vec()].concat()).files
    };
    let rows = ["PRINT_OPEN printer job 0 - +times", "PRINT_CLOSE printer job 0 - +fuid +times"];
    assert_eq!(print(time(0)), rows);
    // Without times nothing tells one row from the other: it comes once more when the content ends.
    let closed = "PRINT_CLOSE printer job 0 - +fuid";
    assert_eq!(print(FileTime(0)), ["PRINT_OPEN printer job 0 -", closed, closed]);
}

#[test]
fn a_thousand_open_requests_are_too_many() {
    let mut steps = mapped(5, SHARE, 1);
    steps.extend(opened(2, 5, 77, "a"));
    for message in 0..1001 {
        steps.push((Client, Two::new(13, 1000 + message, 5).with(&[4, 0, 0, 0])));
    }
    let seen = play(&steps);
    let addl = "state=tree fid_map=1 tid_map=1 pending_cmds=1000 pipe_map=0";
    assert_eq!(seen.weirds, [format!("SMB_discarded_messages_state/SMB2({addl})")]);
    // Readings that fail stay open.
    let mut steps = opened(2, 5, 77, "a");
    for message in 0..1001 {
        steps.push((Client, Two::new(8, 1000 + message, 5).with(&read(77, 0))));
        steps.push((Server, Two::new(8, 1000 + message, 5).status(0xc000_0011).with(&error())));
    }
    let addl = "state=read fid_map=1 tid_map=1 pending_cmds=1 pipe_map=0";
    assert_eq!(play(&steps).weirds, [format!("SMB_discarded_messages_state/SMB2({addl})")]);
}
