//! Reads the project's corpus of captures, where it is at hand, and compares the numbers of packets.

use std::path::Path;

use super::*;

#[test]
fn corpus_packet_counts() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(index) = std::fs::read_to_string(corpus.join("index.tsv")) else {
        eprintln!("skipped: no corpus at {}", corpus.display());
        return;
    };
    let (mut captures, mut differ) = (0, Vec::new());
    for row in index.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let (path, packets) = (columns[1], columns[3].parse::<usize>().expect("a number"));
        captures += 1;
        let found = match Files::open(&[corpus.join(path)]) {
            Ok(mut files) => {
                let seen = drain(&mut files, 256).len();
                (seen, files.status().damages.iter().map(ToString::to_string).collect::<String>())
            }
            Err(error) => (0, error.to_string()),
        };
        // The index counts no packet where version 2.3 has its lengths swapped; libpcap and Zeek read one.
        let packets = if path.contains("9e35eccc9aea") { 1 } else { packets };
        if found.0 != packets {
            differ.push(format!("{path}: {packets} in the index, {} read; {}", found.0, found.1));
        }
    }
    eprintln!("{captures} captures, {} differ\n{}", differ.len(), differ.join("\n"));
    assert!(captures > 0);
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// libpcap reads the same packets, as far as it reads: it refuses sections and interfaces that differ.
#[cfg(feature = "libpcap")]
#[test]
fn corpus_agrees_with_libpcap() {
    use ::pcap::{Capture, Precision};
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/captures");
    let Ok(entries) = std::fs::read_dir(&corpus) else {
        eprintln!("skipped: no corpus at {}", corpus.display());
        return;
    };
    let (mut packets, mut differ) = (0, Vec::new());
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let Ok(mut theirs) = Capture::from_file_with_precision(&path, Precision::Nano) else { continue };
        let ours = drain(&mut Files::open(&[&path]).expect("libpcap reads it"), 256);
        let link = theirs.get_datalink().0;
        let mut count = 0;
        while let Ok(packet) = theirs.next_packet() {
            let header = packet.header;
            let expected = Seen {
                ts: header.ts.tv_sec * 1_000_000_000 + header.ts.tv_usec,
                wire: header.len,
                link: link as u16,
                bytes: packet.data.to_vec(),
            };
            if ours.get(count) != Some(&expected) {
                let got = ours.get(count);
                differ.push(format!("{}, packet {}: {expected:?} {got:?}", path.display(), count + 1));
                break;
            }
            count += 1;
        }
        packets += count;
    }
    eprintln!("{packets} packets like libpcap's");
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
