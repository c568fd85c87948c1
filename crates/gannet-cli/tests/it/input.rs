//! What can be read: files, directories, pipes, and what is broken.

use std::fs::{self, File};
use std::path::Path;

use serde_json::Value;

use crate::run::{analyse, capture, ended, gannet, log, logs, rows, run, temp};

fn fails(path: &Path) -> String {
    let out = temp("fails").join("logs");
    let ran = run(["-r".as_ref(), path.as_os_str(), "-o".as_ref(), out.as_os_str()]);
    assert_eq!(ran.status, Some(1), "{}: {}", path.display(), ran.err);
    assert!(!out.exists(), "a run that reads nothing leaves nothing");
    assert!(ran.err.contains(&path.display().to_string()), "the file is not named: {}", ran.err);
    ran.err
}

#[test]
fn what_is_no_capture_is_an_error() {
    let dir = temp("no-capture");
    let (text, empty, folder) = (dir.join("text"), dir.join("empty"), dir.join("folder"));
    fs::write(&text, "This is no capture.\n").expect("a file");
    fs::write(&empty, "").expect("a file");
    fs::create_dir(&folder).expect("a folder");
    assert!(fails(&text).contains("is no capture file"));
    assert!(fails(&empty).contains("it is empty"));
    assert!(fails(&folder).contains("no capture file in"));
    assert!(fails(&dir.join("missing")).contains("No such file"));
}

#[test]
fn a_cut_capture_is_read_to_the_cut() {
    let dir = temp("cut");
    let cut = dir.join("cut.pcap");
    let whole = fs::read(capture("dns-bind")).expect("a capture");
    fs::write(&cut, &whole[..whole.len() / 2]).expect("a file");
    let out = dir.join("logs");
    let ran = analyse(&cut, &out, &["--summary", "json"]);
    let warning = format!("gannet: warning: {} is cut at byte ", cut.display());
    assert!(ran.err.contains(&warning), "{}", ran.err);
    assert!(!rows(&log(&out, "conn")).is_empty());
    let reporter = log(&out, "reporter");
    assert!(reporter.contains("\tReporter::WARNING\t") && reporter.contains("is cut at byte"), "{reporter}");
    let summary: Value = serde_json::from_str(&ran.out).expect("JSON");
    let damaged = &summary["capture"]["damaged"][0];
    assert_eq!(damaged["file"].as_str(), cut.to_str());
    assert!(damaged["offset"].as_u64().expect("an offset") < whole.len() as u64 / 2);
    let people = analyse(&cut, &out, &[]);
    assert!(people.err.contains("1 file is cut or damaged"), "{}", people.err);
}

#[test]
fn a_capture_without_packets_is_fine() {
    let dir = temp("no-packets");
    let header = dir.join("header.pcap");
    fs::write(&header, &fs::read(capture("dns-bind")).expect("a capture")[..24]).expect("a file");
    let ran = analyse(&header, &dir, &[]);
    assert!(ran.err.contains("0 packets"), "{}", ran.err);
    assert_eq!(logs(&dir).into_keys().collect::<Vec<_>>(), ["packet_filter.log"]);
}

#[test]
fn a_directory_is_one_capture() {
    let dir = temp("directory");
    let captures = dir.join("captures");
    fs::create_dir_all(captures.join("deep")).expect("a folder");
    fs::copy(capture("dns-bind"), captures.join("deep/b.pcap")).expect("a copy");
    fs::copy(capture("gzip"), captures.join("a.pcap.gz")).expect("a copy");
    fs::write(captures.join("notes.txt"), "no capture").expect("a file");
    let (all, one, other) = (dir.join("all"), dir.join("one"), dir.join("other"));
    let ran = analyse(&captures, &all, &["-v"]);
    assert!(ran.err.contains("notes.txt is no capture"), "{}", ran.err);
    assert!(ran.err.contains("2 files"), "{}", ran.err);
    analyse(&capture("dns-bind"), &one, &["-q"]);
    analyse(&capture("gzip"), &other, &["-q"]);
    let apart = rows(&log(&one, "conn")).len() + rows(&log(&other, "conn")).len();
    assert_eq!(rows(&log(&all, "conn")).len(), apart);
    let twice = dir.join("twice");
    let (first, second) = (captures.join("a.pcap.gz"), captures.join("deep/b.pcap"));
    let args =
        ["-q".as_ref(), "-r".as_ref(), second.as_os_str(), "-r".as_ref(), first.as_os_str(), "-o".as_ref()];
    assert_eq!(run(args.into_iter().chain([twice.as_os_str()])).status, Some(0));
    assert_eq!(logs(&twice), logs(&all));
}

#[test]
fn standard_input_is_like_a_file() {
    for name in ["dns-bind", "gzip", "zstd", "pcapng-two-interfaces"] {
        let dir = temp(&format!("stdin-{name}"));
        let (piped, direct, file) = (dir.join("piped"), dir.join("direct"), dir.join("file"));
        let mut cat = std::process::Command::new("cat")
            .arg(capture(name))
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("cat");
        let pipe = cat.stdout.take().expect("a pipe");
        let args =
            |out: &Path| ["-q", "-r", "-", "-o"].map(Into::into).into_iter().chain([out.into()]).collect();
        let from = |stdin: std::process::Stdio, args: Vec<std::ffi::OsString>| {
            let ran = ended(&gannet().args(args).stdin(stdin).output().expect("gannet starts"));
            assert_eq!(ran.status, Some(0), "{name}: {}", ran.err);
        };
        from(pipe.into(), args(&piped));
        from(File::open(capture(name)).expect("a capture").into(), args(&direct));
        cat.wait().expect("an end");
        analyse(&capture(name), &file, &["-q"]);
        assert!(!logs(&file).is_empty());
        assert_eq!(logs(&piped), logs(&file), "{name}");
        assert_eq!(logs(&direct), logs(&file), "{name}");
    }
}

#[test]
fn wrong_checksums_are_told_and_can_be_ignored() {
    let (strict, lax) = (temp("checksums"), temp("no-checksums"));
    let ran = analyse(&capture("offload"), &strict, &[]);
    assert!(ran.err.contains("warning: use -C: "), "{}", ran.err);
    assert!(log(&strict, "reporter").contains("Your trace file likely has invalid TCP"));
    let ran = analyse(&capture("offload"), &lax, &["-C"]);
    assert!(!ran.err.contains("wrong"), "{}", ran.err);
    assert!(!lax.join("reporter.log").exists());
}

#[test]
fn an_unknown_link_type_is_named() {
    let dir = temp("link-type");
    let mut bytes = fs::read(capture("tcp-basics")).expect("a capture");
    // The header's link type: 147 is for private use.
    bytes[20..24].copy_from_slice(&147_u32.to_le_bytes());
    let path = dir.join("user0.pcap");
    fs::write(&path, bytes).expect("a file");
    let ran = analyse(&path, &dir, &["--summary", "json"]);
    assert!(ran.err.contains("link type 147 (DLT) is not known"), "{}", ran.err);
    let summary: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(summary["capture"]["unknown_link_types"][0]["dlt"], 147);
    let filtered = analyse(&path, &dir, &["-q", "-f", "tcp port 80"]);
    assert!(filtered.err.contains("does not compile for link type 147"), "{}", filtered.err);
}

/// A pcapng file of one interface with this resolution of times (`if_tsresol`), and a UDP packet at each of these times.
fn pcapng(resolution: u8, times: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let length = (body.len() as u32 + 12).to_le_bytes();
        for part in [&kind.to_le_bytes()[..], &length, body, &length] {
            bytes.extend_from_slice(part);
        }
    };
    block(0x0a0d_0d0a, b"\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
    block(1, &[&b"\x65\0\0\0\0\0\0\0\x09\0\x01\0"[..], &[resolution, 0, 0, 0]].concat());
    for (number, time) in times.iter().enumerate() {
        let [port, ..] = (number as u16).to_le_bytes();
        let packet = [
            &[0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2][..],
            &[4, port, 0, 9, 0, 8, 0, 0],
        ]
        .concat();
        let (high, low) = ((time >> 32) as u32, *time as u32);
        let words = [0, high, low, packet.len() as u32, packet.len() as u32].map(u32::to_le_bytes);
        block(6, &[&words.concat()[..], &packet].concat());
    }
    bytes
}

#[test]
fn times_that_cannot_be_end_no_run() {
    let dir = temp("far-times");
    let file = dir.join("far.pcapng");
    // Microseconds, of which the interface says that they are milliseconds.
    let now = 1_700_000_000_000_000;
    fs::write(&file, pcapng(3, &[now, now + 1, u64::MAX, 5000])).expect("a file");
    for workers in ["1", "3"] {
        let ran = analyse(&file, &dir.join(workers), &["-C", "--workers", workers, "--summary", "json"]);
        assert!(ran.err.contains("warning: set the times of the capture right (editcap -t"), "{}", ran.err);
        assert!(ran.err.contains("3 of 4 packets could not be used"), "{}", ran.err);
        let summary: Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!(
            (&summary["packets"], &summary["capture"]["unusable"]["bad_times"]),
            (&1.into(), &3.into())
        );
        assert!(log(&dir.join(workers), "weird").contains("packet_timestamp_out_of_range"));
        assert_eq!(rows(&log(&dir.join(workers), "conn")).len(), 1);
    }
}

#[test]
fn wrong_checksums_of_ip_are_told_of() {
    let dir = temp("ip-headers");
    let file = dir.join("bad.pcapng");
    fs::write(&file, pcapng(6, &[1_000_000, 2_000_000])).expect("a file");
    let ran = analyse(&file, &dir, &[]);
    assert!(ran.err.contains("warning: use -C: 2 of 2 packets have wrong IP checksums"), "{}", ran.err);
    assert!(!analyse(&file, &dir, &["-C"]).err.contains("checksums"));
}

/// A terminal obeys what is in a name; nobody who names a file shall speak through it.
#[test]
fn control_characters_in_names_are_escaped() {
    let dir = temp("names");
    let name = "a\u{1b}[2J\nb\u{202e}";
    let (folder, shown) = (dir.join(name), "a\\x1b[2J\\x0ab\\u{202e}");
    fs::create_dir(&folder).expect("a folder");
    let said = |args: &[&Path]| {
        let ran = run(args);
        assert!(ran.err.contains(shown), "{}", ran.err);
        assert!(!ran.err.contains(['\u{1b}', '\u{202e}']), "{}", ran.err);
    };
    let [r, o, v, config] = ["-r", "-o", "-v", "--config"].map(Path::new);
    said(&[r, &folder]);
    said(&[r, &folder.join("none")]);
    let capture = capture("gzip");
    fs::copy(&capture, folder.join("x")).expect("a copy");
    fs::write(folder.join("y"), "no capture").expect("a file");
    said(&[r, &folder, o, &dir.join("logs"), v]);
    said(&[r, &folder.join("y")]);
    said(&[r, &capture, o, &folder]);
    said(&[r, &capture, o, &folder.join("y")]);
    said(&[r, &capture, config, &folder.join("y")]);
    let cut = &fs::read(self::capture("dns-bind")).expect("a capture")[..1000];
    fs::write(folder.join("x"), cut).expect("a file");
    said(&[r, &folder.join("x"), o, &dir.join("logs")]);
}
