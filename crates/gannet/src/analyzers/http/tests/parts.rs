//! Messages in parts: multipart bodies, messages in messages, transfer encodings, names of files.

use super::*;

/// What a request with such a body leaves: length, files, weirds.
fn upload(headers: &str, body: &str) -> (u64, Vec<String>, String) {
    let request = format!("POST /u HTTP/1.1\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
    let seen = converse(&[(Client, &[request.as_bytes(), GET].concat()), (Server, &OK.repeat(2))]);
    assert_eq!(seen.rows[1], "2 GET / h 1.1 200 OK 0 5", "what follows is understood");
    let files = seen.files.into_iter().filter(|file| file.starts_with('>')).collect();
    (seen.more[0].request_body_len, files, seen.weirds.join(" "))
}

const MIXED: &str = "Content-Type: multipart/form-data; boundary=xyz\r\n";

#[test]
fn parts() {
    let body = "preamble\r\n--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n--xyz\r\n\
        Content-Disposition: form-data; name=\"f\"; filename=\"f.bin\"\r\n\r\nx\ry\n\r\n\r\n--xyz--\r\n";
    let (length, files, weirds) = upload(MIXED, body);
    assert_eq!(length, body.len() as u64);
    // The line end before a boundary is none of the part's.
    assert_eq!(files, ["> 8/-/0", "> 6/-/0 f.bin"]);
    assert_eq!(weirds, "");
}

#[test]
fn a_last_boundary_without_a_line_end() {
    let body = "--xyz\r\n\r\none\r\n--xyz--";
    let (length, files, weirds) = upload(MIXED, body);
    assert_eq!((length, files), (body.len() as u64 + 2, vec!["> 3/-/0".to_owned()]));
    assert_eq!(weirds, "line_terminated_without_CRLF/CONTENTLINE");
}

#[test]
fn encoded_parts() {
    let body = "--xyz\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n--xyz\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc\r\n--xyz--\r\n";
    let (_, files, weirds) = upload(MIXED, body);
    assert_eq!((files, weirds), (vec!["> 5/-/0".into(), "> 6/-/0".into()], String::new()));
}

#[test]
fn parts_in_parts_and_messages_in_messages() {
    let body = "--xyz\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\n1\r\n--in--\r\n--xyz\r\n\
        Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\ninner\r\n--xyz--\r\n";
    let (_, files, _) = upload(MIXED, body);
    assert_eq!(files, ["> 1/-/0", "> 7/-/0"]);
}

#[test]
fn a_part_with_a_length_of_its_own() {
    let body = "--xyz\r\nContent-Length: 7\r\n\r\n--xyz\r\n\r\n--xyz--\r\n";
    let (_, files, _) = upload(MIXED, body);
    assert_eq!(files, Vec::<String>::new(), "what begins like a boundary is one");
    let body = "--xyz\r\nContent-Length: 7\r\n\r\n-xyz-\r\n\r\n--xyz--\r\n";
    let (_, files, _) = upload(MIXED, body);
    assert_eq!(files, ["> 7/7/0"]);
}

#[test]
fn without_a_boundary_it_is_content() {
    let (length, files, _) = upload("Content-Type: multipart/form-data\r\n", "--xyz\r\n");
    assert_eq!((length, files), (7, vec!["> 7/7/0".to_owned()]));
}

#[test]
fn too_deep() {
    let mut body = String::new();
    for depth in 0..150 {
        body +=
            &format!("--b{depth:03}\r\nContent-Type: multipart/mixed; boundary=b{:03}\r\n\r\n", depth + 1);
    }
    let (_, _, weirds) = upload("Content-Type: multipart/mixed; boundary=b000\r\n", &body);
    assert_eq!(weirds, "exceeded_mime_max_depth/HTTP(100)");
}

#[test]
fn names() {
    for (header, name) in [
        ("Content-Disposition: attachment; filename=\"a.txt\"", " a.txt"),
        ("Content-Type: image/png; name=b.png", " b.png"),
        ("Content-Disposition: inline", ""),
    ] {
        let reply = reply(&format!("{header}\r\nContent-Length: 1\r\n"), b"x");
        let seen = converse(&[(Client, GET), (Server, &reply)]);
        assert_eq!(seen.files, [format!("< 1/1/0{name}")]);
        let names = seen.more[0].resp_filenames.as_ref().map_or(0, |names| names.0.len());
        assert_eq!(names, usize::from(!name.is_empty()));
    }
}

#[test]
fn many_parts() {
    let body = "--xyz\r\n\r\nx\r\n".repeat(40) + "--xyz--\r\n";
    let request = format!("POST /u HTTP/1.1\r\n{MIXED}Content-Length: {}\r\n\r\n{body}", body.len());
    let seen = converse(&[(Client, request.as_bytes()), (Server, OK)]);
    assert_eq!(seen.files.len(), 41);
    assert_eq!(seen.more[0].orig_fuids.as_ref().unwrap().0.len(), 15);
}

/// A body shorter than its last line would be: whether that line is over is known at the end of a piece of the stream only if
/// the body began in a piece of its own; otherwise when more comes, or with the stream's end.
#[test]
fn when_a_last_line_without_an_end_is_over() {
    let head = format!("POST /u HTTP/1.1\r\n{MIXED}Content-Length: 5\r\n\r\n");
    let end = |pieces: &[&str], more: &dyn Fn(&mut Tap)| {
        let mut tap = Tap::open(80);
        for piece in pieces {
            tap.send(Client, piece.as_bytes());
        }
        more(&mut tap);
        let seen = tap.finish();
        (seen.rows.len(), seen.more[0].request_body_len, seen.weirds.join(" "))
    };
    let cut = "line_terminated_without_CRLF/CONTENTLINE".to_owned();
    let whole = format!("{head}\nba--");
    assert_eq!(end(&[&whole], &|_| ()), (1, 2, String::new()));
    assert_eq!(end(&[&head, "\nba--"], &|_| ()), (1, 8, cut.clone()));
    assert_eq!(end(&[&format!("{head}\n"), "ba--"], &|_| ()), (1, 2, String::new()));
    assert_eq!(
        end(&[&whole], &|tap| {
            tap.close();
        }),
        (1, 8, String::new())
    );
    assert_eq!(
        end(&[&whole], &|tap| {
            tap.send(Client, GET);
        }),
        (2, 8, cut)
    );
}
