//! Files, directories and their merging; compression; what is no capture.

use std::time::Instant;

use super::build::{MICROS, NANOS, Pcap, Pcapng, payload};
use super::*;
use crate::base::time::Timestamp;

/// A nanosecond capture with packets at these times.
fn at(times: &[u32]) -> Vec<u8> {
    at_with(times, 1)
}

fn at_with(times: &[u32], length: usize) -> Vec<u8> {
    let start = Pcap::new(false, NANOS);
    times.iter().fold(start, |pcap, time| pcap.packet(0, *time, &payload(length, *time as u8))).bytes()
}

fn open(paths: &[PathBuf], block: usize, open: usize) -> Files {
    Files::with_limits(paths, Limits { block, open }).expect("captures")
}

fn order(files: &mut Files, max: usize) -> Vec<i64> {
    drain(files, max).iter().map(|packet| packet.ts).collect()
}

#[cfg(feature = "compression")]
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One frame of raw blocks; what compresses is made by `zstd` and stored below.
#[cfg(feature = "compression")]
pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
    let chunks: Vec<&[u8]> = bytes.chunks(1000).collect();
    for (i, chunk) in chunks.iter().enumerate() {
        let header = (chunk.len() as u32) << 3 | u32::from(i + 1 == chunks.len());
        frame.extend(&header.to_le_bytes()[..3]);
        frame.extend(*chunk);
    }
    frame
}

#[test]
fn merged_by_time_and_stable() {
    let dir = Dir::new();
    let paths = [
        dir.write("b", &at_with(&[10, 20, 20, 30], 10)),
        dir.write("a", &at_with(&[5, 20, 40, 50], 11)),
        dir.write("c", &at_with(&[20, 60], 12)),
    ];
    for max in [1, 2, 3, 100] {
        let seen = drain(&mut open(&paths, 256, 10), max);
        let got: Vec<_> = seen.iter().map(|packet| (packet.ts, packet.bytes.len())).collect();
        let expected = [
            (5, 11),
            (10, 10),
            (20, 10),
            (20, 10),
            (20, 11),
            (20, 12),
            (30, 10),
            (40, 11),
            (50, 11),
            (60, 12),
        ];
        assert_eq!(got, expected, "max {max}");
        assert!(seen.iter().all(|packet| packet.bytes == payload(packet.bytes.len(), packet.ts as u8)));
    }
}

#[test]
fn time_that_goes_back_in_a_file_stays_in_its_order() {
    let dir = Dir::new();
    let paths = [dir.write("a", &at(&[50, 10, 60])), dir.write("b", &at(&[20, 55, 5]))];
    assert_eq!(order(&mut open(&paths, 256, 10), 10), [20, 50, 10, 55, 5, 60]);
}

/// A packet whose time cannot be comes behind the one before it, and keeps nobody waiting.
#[test]
fn a_time_that_cannot_be_stays_in_its_order() {
    let far = |unit: u64| {
        let mut file = Pcapng::new(false).interface(1, 0, &[(9, &[3])]);
        for units in [20, u64::MAX / unit, 40] {
            file = file.packet(0, units * 1000, &[units as u8]);
        }
        file.bytes()
    };
    let near = [10, 30, 50].into_iter().fold(Pcap::new(false, NANOS), |file, ts| file.packet(ts, 0, &[1]));
    let dir = Dir::new();
    let paths = [dir.write("a", &far(1000)), dir.write("b", &near.bytes()), dir.write("c", &far(1_000_000))];
    for max in [1, 2, 100] {
        let usable = |ts: i64| if Timestamp::from_nanos(ts).is_usable() { ts / 1_000_000_000 } else { -1 };
        let seen = drain(&mut open(&paths, 4096, 10), max);
        let order: Vec<_> = seen.iter().map(|packet| usable(packet.ts)).collect();
        let got: Vec<_> = order.iter().filter(|ts| **ts >= 0).copied().collect();
        assert_eq!(got, [10, 20, 20, 30, 40, 40, 50], "max {max}");
        let behind: Vec<_> = order.iter().rev().skip_while(|ts| **ts >= 0).collect();
        assert_eq!(order.iter().filter(|ts| **ts < 0).count(), 2, "max {max}");
        assert!(behind.contains(&&20) && !behind.contains(&&30), "max {max}: {order:?}");
    }
}

/// More captures than are open at once, which all overlap: they are closed, and opened again in their midst.
#[test]
fn in_memory_is_as_on_disk() {
    let dir = Dir::new();
    let captures: Vec<Vec<u8>> = (0..300).map(|first| at(&[first, first + 300, first + 600])).collect();
    let named = || captures.iter().enumerate().map(|(number, bytes)| (format!("{number:03}"), bytes.clone()));
    let paths: Vec<_> = named().map(|(name, bytes)| dir.write(&name, &bytes)).collect();
    let mut on_disk = Files::open(&paths).unwrap();
    let mut in_memory = Files::from_memory(named()).unwrap();
    let seen = drain(&mut in_memory, 10);
    assert_eq!(seen.len(), 900);
    assert!(seen == drain(&mut on_disk, 10));
    let (memory, disk) = (in_memory.status(), on_disk.status());
    assert_eq!((memory.bytes_read, memory.bytes_total), (disk.bytes_read, disk.bytes_total));
    assert_eq!((memory.files_done, memory.files_total), (300, 300));
}

#[test]
fn what_is_in_memory_is_called_by_its_name() {
    let open = |bytes: &[u8]| Files::from_memory([("upload", bytes.to_vec())]);
    let message = |bytes: &[u8]| open(bytes).err().expect("no capture").to_string();
    assert!(message(b"no capture").contains("upload") && message(b"").contains("upload"));
    assert!(Files::from_memory(Vec::<(&str, Vec<u8>)>::new()).is_err());
    let mut cut = open(at(&[1, 2]).split_last().unwrap().1).unwrap();
    assert_eq!(drain(&mut cut, 10).len(), 1);
    assert_eq!(cut.status().damages[0].path, Path::new("upload"));
}

/// A few packets do not take megabytes.
#[test]
fn blocks_are_as_small_as_the_files() {
    let mut files = Files::from_memory([("a", at(&[1, 3])), ("b", at(&[2, 4]))]).unwrap();
    let mut batch = Batch::default();
    assert_eq!(files.fill(&mut batch, 10).unwrap(), Filled::Packets);
    assert_eq!(batch.packets.len(), 4, "merged into one block");
    assert!(batch.block.bytes().len() <= 64 * 1024, "{}", batch.block.bytes().len());
}

#[test]
fn rotated_files_are_not_copied() {
    let dir = Dir::new();
    let names = ["a", "b", "c"];
    let paths: Vec<PathBuf> = (0..3_u32)
        .map(|i| {
            let times: Vec<u32> = (i * 1000..i * 1000 + 500).collect();
            dir.write(names[i as usize], &at_with(&times, 60))
        })
        .collect();
    let mut files = open(&paths, 1 << 20, 10);
    let mut batch = Batch::default();
    let mut sizes = Vec::new();
    while files.fill(&mut batch, 10_000).unwrap() == Filled::Packets {
        // In its own file's block, a packet stands behind its record header.
        assert_eq!((batch.packets[0].at, batch.packets[1].at), (40, 116));
        sizes.push(batch.packets.len());
    }
    assert_eq!(sizes, [500, 500, 500]);
}

/// `count` files, each with `each` packets; file i has the times i, i + step, …
fn overlapping(dir: &Dir, count: u32, each: u32, step: u32) -> (Vec<PathBuf>, Vec<i64>) {
    let mut all = Vec::new();
    let paths = (0..count).map(|i| {
        let times: Vec<u32> = (0..each).map(|k| i + k * step).collect();
        all.extend(times.iter().map(|time| i64::from(*time)));
        dir.write(&format!("{i:06}"), &at_with(&times, 30))
    });
    let paths = paths.collect();
    all.sort_unstable();
    (paths, all)
}

#[test]
fn more_overlapping_files_than_may_be_open() {
    let dir = Dir::new();
    let (paths, all) = overlapping(&dir, 40, 50, 40);
    for limit in [1, 2, 7, 100] {
        for block in [64, 1000, 1 << 16] {
            let mut files = open(&paths, block, limit);
            let seen = drain(&mut files, 16);
            assert!(
                seen.iter().map(|packet| packet.ts).eq(all.iter().copied()),
                "limit {limit}, block {block}"
            );
            assert!(seen.iter().all(|packet| packet.bytes == payload(30, packet.ts as u8)));
            let status = files.status();
            assert_eq!((status.files_done, status.files_total), (40, 40));
            assert_eq!(Some(status.bytes_read), status.bytes_total);
        }
    }
}

#[test]
fn all_of_many_files_overlap() {
    let dir = Dir::new();
    let (paths, all) = overlapping(&dir, 1500, 3, 1500);
    let mut files = Files::open(&paths).unwrap();
    let seen = order(&mut files, 256);
    assert!(seen == all && files.status().damages.is_empty());
}

/// Run by the next test, as a process of its own.
#[test]
#[ignore = "reads standard input"]
fn standard_input_child() {
    let mut files = Files::open(&["-"]).unwrap();
    let times = order(&mut files, 10);
    assert_eq!(times, [1, 2, 3]);
    assert_eq!(files.status().damages.len(), 1);
}

#[test]
fn standard_input() {
    use std::process::{Command, Stdio};
    let bytes = at(&[1, 2, 3, 4]);
    let cut = &bytes[..bytes.len() - 1];
    let arguments = ["--ignored", "--exact", "capture::tests::files::standard_input_child"];
    let run = |stdin: Stdio, feed: &[u8]| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.args(arguments).stdin(stdin).stdout(Stdio::null()).spawn().unwrap();
        if let Some(mut stdin) = child.stdin.take() {
            std::io::Write::write_all(&mut stdin, feed).unwrap();
        }
        assert!(child.wait().unwrap().success());
    };
    run(Stdio::piped(), cut);
    let dir = Dir::new();
    run(std::fs::File::open(dir.write("redirected", cut)).unwrap().into(), &[]);
    #[cfg(feature = "compression")]
    run(Stdio::piped(), &gzip(cut));
}

#[test]
fn ten_thousand_files_in_a_directory() {
    let dir = Dir::new();
    for i in 0..10_000_u32 {
        dir.write(&format!("d{}/f{i:05}", i / 1000), &at(&[i, i + 1]));
    }
    dir.write("d3/readme.txt", b"no capture");
    let start = Instant::now();
    let mut files = Files::open(&[dir.path()]).unwrap();
    let (mut batch, mut last, mut packets) = (Batch::default(), 0, 0);
    let mut most = 0;
    while files.fill(&mut batch, 256).unwrap() == Filled::Packets {
        assert!(batch.packets.iter().map(|packet| packet.ts.nanos()).is_sorted());
        assert!(batch.packets[0].ts.nanos() >= last);
        last = batch.packets.last().unwrap().ts.nanos();
        packets += batch.packets.len();
        most = most.max(std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count));
    }
    let status = files.status();
    assert_eq!((packets, status.files_done, status.files_total), (20_000, 10_000, 10_000));
    assert_eq!((status.skipped_total, status.skipped.len()), (1, 1));
    assert!(most < 400, "{most} descriptors");
    eprintln!("10,000 files in {:?}, at most {most} descriptors", start.elapsed());
}

#[test]
fn what_is_no_capture_is_named() {
    let dir = Dir::new();
    let error = |path: &PathBuf| Files::open(&[path]).err().expect("an error").to_string();
    let elf = dir.write("x.txt", b"\x7fELF\x02");
    let message = error(&elf);
    assert!(message.ends_with(
        "x.txt is no capture file: it begins with 7f 45 4c 46; expected pcap, pcapng, gzip or zstd"
    ));
    assert!(error(&dir.write("t", b"hello world")).contains("68 65 6c 6c (\"hell\")"));
    assert!(error(&dir.write("s", b"\n\r\r\nhello, world, this is text")).contains("0a 0d 0d 0a"));
    assert!(error(&dir.write("e", b"")).contains("is empty"));
    assert!(error(&dir.path().join("missing")).contains("cannot open"));
    assert!(error(&dir.write("v", &Pcap::with(false, MICROS, (1, 2), 0, 1).bytes())).contains("version 1.2"));
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    assert!(error(&dir.path().join("empty")).contains("no capture file in"));
    assert!(matches!(Files::open::<PathBuf>(&[]), Err(SourceError::NoFiles)));
    let good = dir.write("good", &at(&[1]));
    assert!(matches!(Files::open(&[good, elf]), Err(SourceError::NotCapture { .. })));
}

#[test]
fn damage_in_one_file_does_not_end_the_others() {
    let dir = Dir::new();
    let cut = at(&[1, 2, 3]);
    let paths = [
        dir.write("a", &cut[..cut.len() - 1]),
        dir.write("b", &at(&[4])),
        dir.write("c", &cut[..30]),
        dir.write("d", &Pcap::new(false, MICROS).bytes()),
        dir.write("e", &cut[..10]),
    ];
    let mut files = Files::open(&paths).unwrap();
    assert_eq!(order(&mut files, 10), [1, 2, 4]);
    let status = files.status();
    let mut damages: Vec<_> = status.damages.iter().map(|d| (d.path.clone(), d.offset)).collect();
    damages.sort();
    assert_eq!(damages, [(paths[0].clone(), 58), (paths[2].clone(), 24), (paths[4].clone(), 0)]);
    assert_eq!((status.files_done, Some(status.bytes_read)), (5, status.bytes_total));
}

#[test]
fn directories_are_walked_in_order_of_names() {
    let dir = Dir::new();
    for name in ["z/b", "z/a", "a/x/1", "m"] {
        dir.write(name, &at_with(&[7], 10 + name.len()));
    }
    std::os::unix::fs::symlink(dir.path().join("m"), dir.path().join("b-link")).unwrap();
    std::os::unix::fs::symlink(dir.path(), dir.path().join("circle")).unwrap();
    let mut files = Files::open(&[dir.path()]).unwrap();
    let lengths: Vec<_> = drain(&mut files, 9).iter().map(|packet| packet.bytes.len()).collect();
    assert_eq!(lengths, [15, 11, 11, 13, 13]);
}

#[test]
fn pipes_are_merged_too() {
    let dir = Dir::new();
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let bytes = at(&[1, 20, 30]);
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut out = std::fs::OpenOptions::new().write(true).open(pipe).unwrap();
            for part in bytes.chunks(5) {
                std::io::Write::write_all(&mut out, part).unwrap();
                std::thread::yield_now();
            }
        }
    });
    let mut files = open(&[dir.write("a", &at(&[10, 25])), pipe], 256, 10);
    assert_eq!(order(&mut files, 10), [1, 10, 20, 25, 30]);
    assert_eq!(files.status().bytes_total, None);
    writer.join().unwrap();
}

#[cfg(feature = "compression")]
#[test]
fn compressed_in_members_and_frames() {
    let dir = Dir::new();
    let bytes = at_with(&(0..300).collect::<Vec<_>>(), 200);
    let (one, two) = bytes.split_at(bytes.len() / 3);
    let skippable = [&[0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(one), &zstd(two)].concat();
    for (name, packed) in [
        ("gz", gzip(&bytes)),
        ("gz2", [gzip(one), gzip(two)].concat()),
        ("zst", zstd(&bytes)),
        ("zst2", skippable),
    ] {
        let path = dir.write(name, &packed);
        let mut files = open(std::slice::from_ref(&path), 4096, 4);
        assert_eq!(order(&mut files, 100), (0..300).collect::<Vec<i64>>(), "{name}");
        let status = files.status();
        assert_eq!((status.bytes_read, status.damages.len()), (packed.len() as u64, 0), "{name}");
        for cut in [packed.len() - 1, packed.len() / 2, 60] {
            let path = dir.write(name, &packed[..cut]);
            let Ok(mut files) = Files::open(&[&path]) else { continue };
            let seen = order(&mut files, 100);
            assert_eq!(seen, (0..seen.len() as i64).collect::<Vec<i64>>(), "{name} cut at {cut}");
            let damages = files.status().damages;
            assert_eq!(damages.len(), 1, "{name} cut at {cut}");
            assert!(damages[0].offset == 0 || (damages[0].offset - 24) % 216 == 0, "{name} cut at {cut}");
        }
        let other = dir.write("other", &at(&[5, 600]));
        let mut files = Files::open(&[path, other]).unwrap();
        assert!(order(&mut files, 100).is_sorted());
    }
    let path = dir.write("text.gz", &gzip(b"no capture at all"));
    let message = Files::open(&[path]).err().unwrap().to_string();
    assert!(message.contains("holds, compressed, what begins with 6e 6f 20 63"), "{message}");
}

#[test]
fn pcapng_and_pcap_together() {
    let dir = Dir::new();
    let pcapng =
        Pcapng::new(true).interface(101, 0, &[(9, &[9])]).packet(0, 15, &[1]).packet(0, 35, &[2]).bytes();
    let paths = [dir.write("a", &pcapng), dir.write("b", &at(&[10, 20, 30, 40]))];
    for limit in [1, 4] {
        assert_eq!(order(&mut open(&paths, 64, limit), 3), [10, 15, 20, 30, 35, 40]);
    }
}
