//! Names in the archive: `2026-11-20/conn.14:00:00-15:00:00.log.gz`, as the tools around Zeek expect them.

use super::pack::Compression;
use super::queue::{Waiting, is_log};

/// Where a log goes in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The folder of its day.
    pub(super) day: String,
    /// `conn.14:00:00-15:00:00`
    stem: String,
    compression: Compression,
}

impl Target {
    /// The place of a log that waits.
    pub(super) fn of(waiting: &Waiting, compression: Compression) -> Self {
        let (day, from) = split(&waiting.from);
        let (_, to) = split(&waiting.to);
        Self { day, stem: format!("{}.{from}-{to}", waiting.log), compression }
    }

    /// The name of the file; all but the first of the same log and period have a number.
    pub(super) fn name(&self, number: u32) -> String {
        let number = if number == 0 { String::new() } else { format!("-{number}") };
        format!("{}{number}.log{}", self.stem, self.compression.ending())
    }

    /// The same with another compression.
    pub(super) fn with(&self, compression: Compression) -> Self {
        Self { compression, ..self.clone() }
    }

    /// The name while it is written. It is the spool's own, for others may have the same archive.
    pub(super) fn aside(&self, spool: u64) -> String {
        format!(".{}{}", self.name(0), aside_ending(spool))
    }
}

/// What the names of a spool's files end in while they are written.
fn aside_ending(spool: u64) -> String {
    format!(".{spool:x}.partial")
}

/// Whether a file is one that a run of this spool did not come to finish.
pub(super) fn is_aside(name: &str, spool: u64) -> bool {
    let name = name.strip_prefix('.').and_then(|name| name.strip_suffix(&aside_ending(spool)));
    name.is_some_and(is_archived)
}

/// `2026-11-20-14-00-00` is `2026-11-20` and `14:00:00`.
fn split(calendar: &str) -> (String, String) {
    let clock = calendar.len().saturating_sub("-14-00-00".len());
    let (day, clock) = calendar.split_at_checked(clock).unwrap_or((calendar, ""));
    (day.to_owned(), clock.trim_start_matches('-').replace('-', ":"))
}

/// Whether a folder of the archive has this name: `YYYY-MM-DD`.
pub(super) fn is_day(name: &str) -> bool {
    fits(name, "0000-00-00")
}

/// Whether a file in such a folder has a name of the archive's.
pub(super) fn is_archived(name: &str) -> bool {
    let endings = [".log.gz", ".log.zst", ".log"];
    let Some(stem) = endings.iter().find_map(|ending| name.strip_suffix(ending)) else { return false };
    let Some((log, times)) = stem.rsplit_once('.') else { return false };
    let (times, number) = times.split_at_checked("00:00:00-00:00:00".len()).unwrap_or((times, ""));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = number.is_empty() || number.strip_prefix('-').is_some_and(is_number);
    is_log(log) && fits(times, "00:00:00-00:00:00") && numbered
}

/// Whether a text has digits where the pattern has zeros, and its signs where they are.
fn fits(text: &str, pattern: &str) -> bool {
    let alike =
        |(byte, wanted): (u8, u8)| if wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(alike)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str, compression: Compression) -> Target {
        Target::of(&Waiting::parse(name).unwrap(), compression)
    }

    #[test]
    fn names_are_those_that_zeeks_tools_know() {
        let hour = target("conn__2026-11-20-14-00-00__2026-11-20-15-00-00__0.log", Compression::Gzip);
        assert_eq!(
            (hour.day.as_str(), hour.name(0).as_str()),
            ("2026-11-20", "conn.14:00:00-15:00:00.log.gz")
        );
        assert_eq!(hour.name(2), "conn.14:00:00-15:00:00-2.log.gz");
        assert_eq!(hour.aside(255), ".conn.14:00:00-15:00:00.log.gz.ff.partial");
        let last = target("open_conn__2026-11-20-23-00-00__2026-11-21-00-00-00__7.log", Compression::Zstd);
        assert_eq!(
            (last.day.as_str(), last.name(0).as_str()),
            ("2026-11-20", "open_conn.23:00:00-00:00:00.log.zst")
        );
        let plain = target("dns__2026-11-20-14-00-00__2026-11-20-15-00-00__0.log", Compression::None);
        assert_eq!(plain.name(1), "dns.14:00:00-15:00:00-1.log");
    }

    #[test]
    fn what_is_archived_is_known_by_its_name() {
        for name in [
            "conn.14:00:00-15:00:00.log.gz",
            "open_conn.23:00:00-00:00:00.log.zst",
            "http-8080.14:00:00-15:00:00-12.log",
            "conn-10.0.0.1.14:00:00-15:00:00-12.log.gz",
        ] {
            assert!(is_archived(name), "{name}");
        }
        for name in [
            "conn.log",
            "conn.log.gz",
            "conn.14:00:00-15:00:00.log.bz2",
            "conn.14:00-15:00.log.gz",
            "conn.14:00:00-15:00:00-.log.gz",
            "conn.14:00:00-15:00:00x.log.gz",
            ".conn.14:00:00-15:00:00.log.gz.ff.partial",
            "notes.txt",
        ] {
            assert!(!is_archived(name), "{name}");
        }
        assert!(is_aside(".conn.14:00:00-15:00:00.log.gz.ff.partial", 255));
        assert!(!is_aside(".conn.14:00:00-15:00:00.log.gz.ff.partial", 15));
        assert!(is_day("2026-11-20") && !is_day("2026-11-2") && !is_day("current") && !is_day("2026-11-20x"));
    }
}
