//! The examples do what they say, over captures of the repository.

#[path = "../../examples/own_log.rs"]
mod own_log;

use std::path::Path;

#[test]
fn a_log_of_ones_own() {
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/http-nginx/capture.pcap");
    let logs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own_log");
    let rows = own_log::banners(&capture, &logs).unwrap();
    let text = std::fs::read_to_string(logs.join("banners.log")).unwrap();
    std::fs::remove_dir_all(&logs).unwrap();
    assert!(
        text.contains("#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tis_orig\ttext\n"),
        "{text}"
    );
    let said =
        |line: &str, word: &str| line.split('\t').next_back().is_some_and(|text| text.starts_with(word));
    let count = |word: &str| text.lines().filter(|line| said(line, word)).count();
    assert!(count("GET /") > 10 && count("HTTP/1.1 200 OK") > 10, "{text}");
    assert_eq!(rows as usize, text.lines().filter(|line| !line.starts_with('#')).count());
}
