//! What who listens to content sees of the downloads of a capture.

use std::collections::HashMap;

use gannet::events::{Event, FileMeta, Fuid, Meta, Piece, Subscriber};
use gannet::files::{FileInfo, Packing};
use gannet::{Config, Engine, LinkType, Timestamp};

use crate::support::captures::{packets, testdata};

/// A file: bytes, type, how it was unpacked, whether it is whole, what its row says of its size and type.
#[derive(Debug, Default)]
struct Download {
    bytes: Vec<u8>,
    mime: Option<&'static str>,
    unpacked: Option<Packing>,
    whole: bool,
    row: Option<(u64, Option<&'static str>)>,
}

#[derive(Default)]
struct Downloads(HashMap<Fuid, Download>);

impl Subscriber for Downloads {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        if let Some(row) = event.get::<FileInfo>() {
            self.0.entry(row.fuid).or_default().row = Some((row.seen_bytes, row.mime_type));
        }
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        let seen = self.0.entry(file.fuid).or_default();
        match piece {
            Piece::Bytes(at, bytes) => {
                assert_eq!(at, seen.bytes.len() as u64);
                seen.bytes.extend_from_slice(bytes);
            }
            Piece::Gap(len) => seen.bytes.resize(seen.bytes.len() + len as usize, 0),
            Piece::End(whole) => {
                (seen.whole, seen.mime, seen.unpacked) = (whole, file.mime, file.unpacked);
            }
        }
    }
}

/// The page that the server of `http-apache` has.
fn page() -> Vec<u8> {
    let lines: String = (1..=400).map(|n| format!("<p>Line {n}.</p>\n")).collect();
    format!("<!DOCTYPE html>\n<html><body>\n{lines}</body></html>\n").into_bytes()
}

#[test]
fn a_page_is_the_same_however_it_travelled() {
    let mut config = Config::builder();
    config.contents(true);
    let (mut engine, mut seen) = (Engine::new(config.build().unwrap()), Downloads::default());
    for packet in packets(&testdata("http-apache"), usize::MAX) {
        let ts = Timestamp::from_nanos(packet.ts);
        engine.feed(LinkType(packet.link), ts, packet.wire, &packet.bytes, &mut seen);
    }
    engine.finish(&mut seen);
    let pages: Vec<_> = seen.0.values().filter(|file| file.bytes == page()).collect();
    assert!(pages.iter().all(|file| file.whole && file.mime == Some("text/html")), "{pages:?}");
    // Plain and by gzip its row tells of the page; by brotli of what travelled, of which no type is known.
    let mut rows: Vec<_> = pages.iter().map(|file| (file.unpacked, file.row.unwrap())).collect();
    rows.sort_by_key(|(unpacked, row)| (unpacked.is_some(), *row));
    let plain = (None, (6736, Some("text/html")));
    assert_eq!(rows, [plain, plain, plain, plain, (Some(Packing::Brotli), (420, None))]);
}
