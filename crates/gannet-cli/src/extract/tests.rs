//! Extraction without an engine: types, limits, and the thread that writes.

use bytes::Bytes;

use super::way::Task;
use super::*;

fn dir(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("gannet-extract-{name}-{}", std::process::id()));
    let _none = std::fs::remove_dir_all(&dir);
    dir
}

#[test]
fn kinds_match_types() {
    for (kind, mime, has) in [
        ("all", None, true),
        ("all", Some("image/png"), true),
        ("image/png", Some("image/png"), true),
        ("Image/PNG", Some("image/png"), true),
        ("image/png", Some("image/png2"), false),
        ("image/png", None, false),
        ("image/*", Some("image/png"), true),
        ("image/*", Some("video/png"), false),
        ("*/*", Some("video/png"), true),
        ("*/*", None, false),
        ("application/*-exec*", Some("application/x-executable"), true),
        ("application/x-*exec", Some("application/x-dosexec"), true),
        ("application/x-*exec", Some("application/x-dosexecs"), false),
        ("*a*/*b", Some("xay/ab"), true),
        ("*a*/*b", Some("xyz/ab"), false),
    ] {
        assert_eq!(Kind::parse(kind).unwrap().has(mime), has, "{kind} {mime:?}");
    }
    for text in ["", "png", "a/b/c", "im age/png", "../x/y", "**"] {
        assert!(Kind::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_thread_writes_whole_files_only() {
    let dir = dir("writes");
    let extraction = Extraction::open(&dir, &[Kind::All], Limits::default(), true).unwrap();
    let way = extraction.way();
    let data = |id, bytes: &'static [u8]| assert!(way.send(Task::Data(id, Bytes::from_static(bytes))));
    // More at once than may be open.
    for id in 0..600 {
        assert!(way.send(Task::Begin(id, format!("HTTP-F{id}.bin"))));
        data(id, b"be");
    }
    for id in 0..600 {
        assert!(way.send(Task::Hole(id, 3)));
        data(id, b"end");
    }
    for id in 0..599 {
        assert!(way.send(if id == 7 { Task::Abort(id) } else { Task::End(id) }));
    }
    // Who is not known is left out.
    assert!(way.send(Task::End(1000)) && way.send(Task::Abort(1001)));
    data(1002, b"x");
    drop(way);
    let extracted = extraction.finish();
    assert_eq!((extracted.files, extracted.failed), (598, 0));
    let names: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 598);
    assert_eq!(std::fs::read(dir.join("HTTP-F598.bin")).unwrap(), b"be\0\0\0end");
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_file_that_cannot_be_written_is_counted() {
    let dir = dir("fails");
    let extraction = Extraction::open(&dir, &[Kind::All], Limits::default(), true).unwrap();
    std::fs::create_dir(dir.join(".HTTP-F1.bin.part")).unwrap();
    let way = extraction.way();
    for task in
        [Task::Begin(1, "HTTP-F1.bin".to_owned()), Task::Data(1, Bytes::from_static(b"x")), Task::End(1)]
    {
        assert!(way.send(task));
    }
    drop(way);
    let extracted = extraction.finish();
    assert_eq!((extracted.files, extracted.failed), (0, 1));
    assert!(extracted.text().contains("1 that could not be written"));
    assert_eq!(extracted.json()["failed"], 1);
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn the_limit_of_all_lets_so_much_through() {
    let dir = dir("limit");
    let extraction = Extraction::open(&dir, &[], Limits { file: 9, total: 10 }, false).unwrap();
    let way = extraction.way();
    assert_eq!([4, 4, 4, 4].map(|wanted| way.reserve(wanted)), [4, 4, 2, 0]);
    drop(way);
    assert_eq!(extraction.finish().bytes, 10);
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn who_does_not_wait_is_told() {
    let (tasks, rest) = sync_channel(1);
    let counts = Arc::<Counts>::default();
    let way = Way { kinds: [].into(), limits: Limits::default(), counts, tasks, waits: false };
    assert!(way.send(Task::End(1)) && !way.send(Task::End(2)));
    assert_eq!(rest.recv(), Ok(Task::End(1)));
    drop(rest);
    assert!(!way.send(Task::End(3)));
}
