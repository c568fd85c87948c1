//! Files out of captures into a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::packets::{ACK, Capture, FIN, SYN, SYN_ACK};
use crate::run::{analyse, capture, fields, log, logs, rows, run, temp};

/// The files in a folder, by name.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).map(|entries| entries.map(|entry| entry.unwrap().path()));
    let paths = entries.into_iter().flatten();
    paths
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect()
}

/// Rows of files.log as what is in some columns.
fn told(out: &Path, columns: &[&str]) -> Vec<Vec<String>> {
    let text = log(out, "files");
    let places: Vec<_> = columns
        .iter()
        .map(|column| fields(&text).iter().position(|field| field == column).unwrap())
        .collect();
    let row = |row: &&str| {
        let values: Vec<&str> = row.split('\t').collect();
        places.iter().map(|at| values[*at].to_owned()).collect()
    };
    rows(&text).iter().map(row).collect()
}

/// A run on a capture; its logs, and what it extracted.
fn extracted(name: &str, read: &str, more: &[&str]) -> (std::path::PathBuf, BTreeMap<String, Vec<u8>>) {
    let out = temp(&format!("extract-{name}"));
    analyse(&capture(read), &out, &[&["-q"], more].concat());
    let files = files(&out.join("extract_files"));
    (out, files)
}

#[test]
fn what_is_extracted_is_what_the_log_says() {
    let (out, files) = extracted("all", "http-nginx", &["--extract", "all", "--hash", "sha256"]);
    let columns = ["extracted", "extracted_cutoff", "extracted_size", "seen_bytes", "missing_bytes", "fuid"];
    let told = told(&out, &columns);
    assert!(told.len() > 20 && files.len() > 20, "{} rows, {} files", told.len(), files.len());
    for row in &told {
        let [name, cut, size, seen, missing, fuid] = row.as_slice() else { unreachable!() };
        let content = files.get(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(name.starts_with("HTTP-") && name.contains(fuid.as_str()), "{name}");
        assert_eq!((cut.as_str(), size), ("F", &content.len().to_string()), "{name}");
        // What travels packed with brotli comes unpacked.
        if missing == "0" && content.len().to_string() != *seen {
            assert!(content.len() as u64 > seen.parse().unwrap(), "{name}");
        }
    }
    let names: std::collections::BTreeSet<_> = told.iter().map(|row| &row[0]).collect();
    assert_eq!(names.len(), files.len(), "no file without a row");
    // The logs are the same but for these columns.
    let plain = temp("extract-plain");
    analyse(&capture("http-nginx"), &plain, &["-q", "--hash", "sha256"]);
    let (mut with, mut without) = (logs(&out), logs(&plain));
    for all in [&mut with, &mut without] {
        all.remove("files.log");
        all.remove("packet_filter.log");
    }
    assert_eq!(with, without);
}

#[test]
fn any_number_of_workers_extracts_the_same() {
    let one = extracted("one", "http-nginx", &["--extract", "all", "--workers", "1"]);
    for workers in ["2", "3"] {
        let more = extracted(workers, "http-nginx", &["--extract", "all", "--workers", workers]);
        assert!(more.1 == one.1, "{workers} workers");
        assert_eq!(
            told(&more.0, &["extracted", "extracted_size"]),
            told(&one.0, &["extracted", "extracted_size"])
        );
    }
}

#[test]
fn types_choose() {
    let (out, images) = extracted("images", "http-nginx", &["--extract", "image/*,application/zip"]);
    assert!(!images.is_empty());
    for row in told(&out, &["mime_type", "extracted"]) {
        let wanted = row[0].starts_with("image/") || row[0] == "application/zip";
        assert_eq!(wanted, row[1] != "-", "{row:?}");
    }
    let (out, none) = extracted("none", "http-nginx", &[]);
    assert!(none.is_empty() && !out.join("extract_files").exists());
}

#[test]
fn limits_cut() {
    let (out, files) = extracted("cut", "http-nginx", &["--extract", "all", "--extract-size", "100"]);
    assert!(files.values().all(|content| content.len() <= 100));
    for row in told(&out, &["extracted", "extracted_cutoff", "extracted_size"]) {
        let length = files[&row[0]].len();
        assert_eq!(row[2], length.to_string());
        assert!(row[1] == "F" || length == 100, "{row:?}");
    }
    let (_, files) = extracted("total", "http-nginx", &["--extract", "all", "--extract-total", "1k"]);
    assert_eq!(files.values().map(Vec::len).sum::<usize>(), 1024);
    assert!(files.values().all(|content| !content.is_empty()), "no file without a byte");
}

#[test]
fn the_summary_tells_of_it() {
    let out = temp("extract-summary");
    let dir = out.join("files");
    let ran = analyse(
        &capture("http-nginx"),
        &out,
        &["--extract", "image/gif", "--extract-to", dir.to_str().unwrap()],
    );
    assert!(ran.err.contains("extracted "), "{}", ran.err);
    assert!(files(&dir).keys().all(|name| name.ends_with(".gif")) && !files(&dir).is_empty());
    let ran = analyse(&capture("http-nginx"), &out, &["--extract", "image/gif", "--summary", "json"]);
    assert!(ran.out.contains("\"extracted\":{\"bytes\":"), "{}", ran.out);
}

#[test]
fn nothing_outside_the_folder_is_written_to() {
    let (_, names) = extracted("names", "http-nginx", &["--extract", "all"]);
    let name = names.keys().next().unwrap();
    let out = temp("extract-links");
    let (dir, victim) = (out.join("extract_files"), out.join("victim"));
    fs::create_dir(&dir).unwrap();
    fs::write(&victim, "precious").unwrap();
    std::os::unix::fs::symlink(&victim, dir.join(name)).unwrap();
    std::os::unix::fs::symlink(&victim, dir.join(format!(".{name}.part"))).unwrap();
    analyse(&capture("http-nginx"), &out, &["-q", "--extract", "all"]);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(files(&dir), names);
    assert!(fs::symlink_metadata(dir.join(name)).unwrap().is_file());
}

#[test]
fn what_is_no_type_is_refused() {
    for types in ["pdf", "a/b/c", "", "image/png,exe"] {
        let ran = run(["-r", "x", "--extract", types]);
        assert!(
            ran.status != Some(0) && ran.err.contains("expected a type such as image/png"),
            "{}",
            ran.err
        );
    }
    let out = temp("extract-refused");
    fs::write(out.join("file"), "").unwrap();
    let to = out.join("file");
    let read = capture("http-nginx");
    let args = [
        "-r".as_ref(),
        read.as_os_str(),
        "--extract".as_ref(),
        "all".as_ref(),
        "--extract-to".as_ref(),
        to.as_os_str(),
    ];
    let ran = run(args);
    assert!(ran.status == Some(1) && ran.err.contains("cannot extract files to"), "{}", ran.err);
}

/// A client gets a part of one URL from each of six servers at once: six files of one id.
fn parts_of_one_url(path: &Path) {
    let mut capture = Capture::default();
    let client = |server: u8| (1, 3000 + u16::from(server));
    let server = |server: u8| (10 + server, 80);
    let ask = b"GET /x HTTP/1.1\r\nHost: h\r\nRange: bytes=0-3999\r\n\r\n";
    let answer =
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-3999/4000\r\nContent-Length: 4000\r\n\r\n";
    let first = 501 + answer.len() as u32;
    let asked = 101 + ask.len() as u32;
    for at in 0..6 {
        let (client, server) = (client(at), server(at));
        capture
            .tcp(0, client, server, SYN, [100, 0], b"")
            .tcp(0, server, client, SYN_ACK, [500, 101], b"")
            .tcp(0, client, server, ACK, [101, 501], ask)
            .tcp(1, server, client, ACK, [501, asked], answer);
    }
    for part in 0..4 {
        for at in 0..6 {
            let content = [b'A' + at; 1000];
            capture.tcp(2 + part, server(at), client(at), ACK, [first + part * 1000, asked], &content);
        }
    }
    for at in 0..6 {
        capture.tcp(7, server(at), client(at), FIN, [first + 4000, asked], b"");
        capture.tcp(7, client(at), server(at), FIN, [asked, first + 4001], b"");
    }
    capture.write(path);
}

#[test]
fn files_of_one_id_at_once_are_kept_apart() {
    let dir = temp("extract-one-id");
    let read = dir.join("parts.pcap");
    parts_of_one_url(&read);
    let with = |workers: &str| {
        let out = temp(&format!("extract-one-id-{workers}"));
        analyse(&read, &out, &["-q", "-C", "--extract", "all", "--workers", workers]);
        let told = told(&out, &["extracted", "extracted_size", "fuid"]);
        (files(&out.join("extract_files")), told)
    };
    let (one, told) = with("1");
    assert_eq!(one.len(), 6, "{:?}", one.keys());
    let ids: std::collections::BTreeSet<_> = told.iter().map(|row| row[2].clone()).collect();
    assert_eq!(ids.len(), 1, "of one id");
    for row in &told {
        assert_eq!((row[1].as_str(), one[&row[0]].len()), ("4000", 4000));
    }
    let letters: std::collections::BTreeSet<_> = one.values().map(|content| content[0]).collect();
    assert_eq!(letters, (b'A'..=b'F').collect());
    assert!(one.values().all(|content| content.iter().all(|byte| *byte == content[0])), "none is mixed");
    for workers in ["2", "3"] {
        assert!(with(workers) == (one.clone(), told.clone()), "{workers} workers");
    }
}
