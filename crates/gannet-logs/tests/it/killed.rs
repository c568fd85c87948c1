//! A process that is killed while it writes, closes and archives logs: no row that it handed to the system is lost, none doubled.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use gannet::{Interval, Timestamp};
use gannet_logs::{Archive, Archiving, Compression, Format, LogDir, Options, Reporter, Rotation, streams};

/// Names the directory to whoever is to write there.
const DIR: &str = "GANNET_LOGS_WRITE_TO";
/// The number of a life, which is in each of its rows.
const LIFE: &str = "GANNET_LOGS_LIFE";
const LIVES: u32 = 20;

fn archiving(dir: &Path, life: u32) -> Archiving {
    let mut rotation = Rotation::default();
    rotation.bytes = Some(20_000);
    rotation.every = Some(Interval::from_secs(1));
    let mut archive = Archive::new(dir.join("logs"));
    archive.compression = if life % 5 == 4 { Compression::Zstd } else { Compression::Gzip };
    Archiving::new(rotation, archive)
}

/// The child's part: writes numbered rows, and says up to which one the system has them. It does nothing where nobody asks for it.
#[test]
fn rows_are_written_for_whoever_asks() {
    let (Ok(dir), Ok(life)) = (std::env::var(DIR), std::env::var(LIFE)) else { return };
    let (dir, life) = (PathBuf::from(dir), life.parse::<u32>().unwrap());
    let format = if life % 2 == 0 { Format::Tsv } else { Format::Json };
    let names = streams();
    let names = names.iter().map(|stream| stream.name);
    let open =
        LogDir::open_live_archived(dir.join("spool"), Options::new(format), names, archiving(&dir, life));
    let mut logs = open.unwrap();
    let mut out = std::io::stderr();
    let last = if life == LIVES { 1000 } else { u64::MAX };
    for number in 1..=last {
        let now = Timestamp::from_parts(1_795_183_200 + i64::from(life) * 60, (number * 40_000) as i64);
        let row = match format {
            Format::Tsv => format!("row\t{life}\t{number}\t{}\n", "x".repeat(number as usize % 90)),
            Format::Json => {
                format!("{{\"row\\t{life}\\t{number}\\t\":\"{}\"}}\n", "x".repeat(number as usize % 90))
            }
        };
        let row = row.replace("\\t", "\t");
        logs.turn(now).unwrap();
        logs.write(Reporter::STREAM, now, row.as_bytes(), 1).unwrap();
        if number % 64 == 0 {
            logs.flush().unwrap();
            assert!(logs.trouble().is_none(), "{:?}", logs.trouble());
            out.write_all(format!("flushed {number}\n").as_bytes()).unwrap();
        }
    }
    logs.finish(Timestamp::from_parts(1_795_183_200 + 7200, 0)).unwrap();
    out.write_all(format!("flushed {last}\n").as_bytes()).unwrap();
}

/// One life: up to which row the system had them.
fn live(dir: &Path, life: u32, time: Option<Duration>) -> u64 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed::rows_are_written_for_whoever_asks", "--nocapture"]);
    command.env(DIR, dir).env(LIFE, life.to_string()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    told.read_line(&mut first).unwrap();
    if let Some(time) = time {
        // It stops, by its own pace, when the pipe is full: somebody has to read.
        let reader = std::thread::spawn(move || {
            let mut rest = String::new();
            told.read_to_string(&mut rest).unwrap();
            rest
        });
        std::thread::sleep(time);
        child.kill().unwrap();
        child.wait().unwrap();
        first += &reader.join().unwrap();
    } else {
        told.read_to_string(&mut first).unwrap();
        assert!(child.wait().unwrap().success(), "{first}");
    }
    let flushed = first.lines().filter_map(|line| line.strip_prefix("flushed ")?.parse().ok());
    flushed.max().unwrap_or_else(|| panic!("life {life}: {first}"))
}

fn unpacked(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|end| end == "zst") {
        ruzstd::decoding::StreamingDecoder::new(&bytes[..]).unwrap().read_to_string(&mut text).unwrap();
    } else {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    }
    text
}

#[test]
fn no_row_is_lost_and_none_is_doubled_in_twenty_kills() {
    let dir = std::env::temp_dir().join(format!("gannet-killed-{}", std::process::id()));
    let _none = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).unwrap();
    // Moments that look random, and are the same in every run: between 1 and 120 ms after the first rows.
    let mut seed = 7_u32;
    let mut flushed = Vec::new();
    for life in 0..LIVES {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let time = Duration::from_millis(u64::from(1 + (seed >> 16) % 120));
        flushed.push(live(&dir, life, Some(time)));
    }
    flushed.push(live(&dir, LIVES, None));
    let mut rows: BTreeMap<(u32, u64), u32> = BTreeMap::new();
    let mut files = 0;
    for day in fs::read_dir(dir.join("logs")).unwrap().map(|entry| entry.unwrap().path()) {
        if day.is_symlink() {
            continue;
        }
        for file in fs::read_dir(day).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.file_name().unwrap().to_str().unwrap();
            assert!(
                !name.ends_with(".partial"),
                "{name}: what a killed process had begun to pack is removed"
            );
            files += 1;
            let text = unpacked(&file);
            assert!(text.ends_with('\n'), "{name}");
            let is_tsv = text.starts_with('#');
            assert_eq!(is_tsv, text.lines().last().unwrap().starts_with("#close\t"), "{name}");
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let mut cells = line.split('\t').skip(1);
                let key = (cells.next().unwrap().parse().unwrap(), cells.next().unwrap().parse().unwrap());
                *rows.entry(key).or_default() += 1;
            }
        }
    }
    assert!(files > 200, "{files} files");
    assert!(rows.values().all(|times| *times == 1), "a row is doubled");
    for (life, flushed) in flushed.iter().enumerate() {
        let life = life as u32;
        let found = rows.range((life, 0)..(life + 1, 0)).count() as u64;
        let last = rows.range((life, 0)..(life + 1, 0)).next_back().unwrap().0.1;
        assert!(
            last >= *flushed,
            "life {life}: rows up to {flushed} were flushed, and there are those up to {last}"
        );
        assert_eq!(found, last, "life {life}: no row is missing before the last one");
    }
    let left: Vec<_> = fs::read_dir(dir.join("spool/rotated")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    println!("{} rows in {files} files, {} of them flushed", rows.len(), flushed.iter().sum::<u64>());
    fs::remove_dir_all(&dir).unwrap();
}
