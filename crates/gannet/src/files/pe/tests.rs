//! Programs made here, as HTTP carries them.

use proptest::prelude::*;
use proptest::sample::Index;

use super::parse::{self, Coff, Optional};
use super::{Pe, names};
use crate::analyzers::record::AnalyzerFailure;
use crate::events::Event;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `machine time system subsystem flags tables sections`.
    rows: Vec<String>,
    failures: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Pe>() {
            let flag = |flag: bool| if flag { 'T' } else { 'F' };
            let name =
                |name: &Option<std::borrow::Cow<'static, str>>| name.as_deref().unwrap_or("-").to_owned();
            let flags = [
                row.is_exe,
                row.is_64bit,
                row.uses_aslr,
                row.uses_dep,
                row.uses_code_integrity,
                row.uses_seh,
            ];
            let tables = [row.has_import_table, row.has_export_table, row.has_cert_table, row.has_debug_data];
            let sections =
                row.section_names.as_ref().map(|names| names.0.iter().map(|name| text(name)).collect());
            let sections: Vec<_> = sections.unwrap_or(vec!["-".to_owned()]);
            self.rows.push(format!(
                "{} {} [{}] {} {} {} {}",
                name(&row.machine),
                row.compile_ts.map_or(-1, |date| date.0),
                name(&row.os),
                name(&row.subsystem),
                flags.map(flag).iter().collect::<String>(),
                tables.map(|table| table.map_or('-', flag)).iter().collect::<String>(),
                sections.join(",")
            ));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            assert_eq!((failure.analyzer_kind, failure.analyzer_name), ("file", "PE"));
            assert!(failure.fuid.is_some() && failure.uid.is_some());
            self.failures.push(failure.failure_reason.clone());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

/// What is in a program's headers.
#[derive(Clone)]
struct Parts {
    at: u32,
    machine: u16,
    characteristics: u16,
    wide: bool,
    traits: u16,
    /// Bytes of each directory.
    directories: Vec<u32>,
    /// Names of sections, which all end here.
    sections: Vec<&'static str>,
    end: u32,
    /// Whether there is an optional header.
    optional: bool,
}

impl Default for Parts {
    fn default() -> Self {
        let sections = vec![".text", ".rsrc\0xx"];
        let directories = vec![0, 40, 0, 0, 0, 0, 28];
        Self {
            at: 128,
            machine: 0x8664,
            characteristics: 0x22,
            wide: true,
            traits: 0x140,
            directories,
            sections,
            end: 4096,
            optional: true,
        }
    }
}

impl Parts {
    fn optional_header(&self) -> Vec<u8> {
        if !self.optional {
            return Vec::new();
        }
        let kind: u16 = if self.wide { 0x20b } else { 0x10b };
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend([0; 38]);
        bytes.extend([6, 0, 1, 0]);
        bytes.extend([0; 24]);
        bytes.extend([3, 0]);
        bytes.extend(self.traits.to_le_bytes());
        bytes.extend(vec![0; if self.wide { 32 } else { 16 } + 4]);
        bytes.extend((self.directories.len() as u32).to_le_bytes());
        for length in &self.directories {
            bytes.extend([&[0; 4], &length.to_le_bytes()[..]].concat());
        }
        bytes
    }

    fn bytes(&self) -> Vec<u8> {
        let optional = self.optional_header();
        let mut bytes = b"MZ".to_vec();
        bytes.resize(60, 0);
        bytes.extend(self.at.to_le_bytes());
        bytes.resize((self.at as usize).clamp(64, 1 << 23), 0);
        bytes.extend(b"PE\0\0");
        bytes.extend(self.machine.to_le_bytes());
        bytes.extend((self.sections.len() as u16).to_le_bytes());
        bytes.extend(1_600_000_000_u32.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend((optional.len() as u16).to_le_bytes());
        bytes.extend(self.characteristics.to_le_bytes());
        bytes.extend(optional);
        for name in &self.sections {
            let mut name = name.as_bytes().to_vec();
            name.resize(16, 0);
            bytes.extend(name);
            bytes.extend((self.end - 64).to_le_bytes());
            bytes.extend(64_u32.to_le_bytes());
            bytes.extend([0; 16]);
        }
        bytes.extend([0xcc; 64]);
        bytes
    }
}

fn carried(file: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", file.len()).as_bytes(), file].concat()
}

fn play_in(file: &[u8], size: usize) -> Seen {
    let ask = b"GET /a.exe HTTP/1.1\r\nHost: h\r\n\r\n".to_vec();
    Tap::open(80).play(&[(Client, ask), (Server, carried(file))], &[size])
}

fn play(parts: &Parts) -> Seen {
    play_in(&parts.bytes(), 60_000)
}

const ROW: &str = "AMD64 1600000000 [Windows 7 or Server 2008 R2] WINDOWS_CUI TTTTFT TFFT .text,.rsrc";

#[test]
fn a_program_has_a_row() {
    let seen = play(&Parts::default());
    assert_eq!(seen.rows, [ROW]);
    assert!(seen.failures.is_empty());
    for size in [1, 7, 63, 64, 200] {
        assert_eq!(play_in(&Parts::default().bytes(), size), seen);
    }
}

#[test]
fn headers_say_what_it_is() {
    let base = Parts::default();
    let small = Parts { wide: false, characteristics: 0x122, machine: 0x14c, traits: 0x480, ..base.clone() };
    assert_eq!(
        play(&small).rows,
        ["I386 1600000000 [Windows 7 or Server 2008 R2] WINDOWS_CUI TFFFTF TFFT .text,.rsrc"]
    );
    // Directories that are not there have nothing in them.
    let few = Parts { directories: vec![1], ..base.clone() };
    assert!(play(&few).rows[0].contains(" FTFF "));
    // An object file has no name of a section.
    let object = Parts { optional: false, ..base.clone() };
    assert_eq!(play(&object).rows, ["AMD64 1600000000 [-] - FTFFFT ---- -"]);
    let odd = Parts { machine: 9, sections: vec![], ..base };
    let seen = play(&odd);
    assert!(seen.rows[0].starts_with("unknown-9 ") && seen.rows[0].ends_with(" -"));
    assert_eq!(seen.failures, ["parse error: the sections end before the headers do"]);
}

#[test]
fn faults_are_told() {
    let base = Parts::default();
    for at in [0, 63, 64 + (4 << 20)] {
        let seen = play_in(&Parts { at, ..base.clone() }.bytes()[..200], 60_000);
        assert_eq!(seen.failures, ["parse error: no header behind that for DOS"], "{at}");
        assert!(seen.rows.is_empty());
    }
    let mut many = base.bytes();
    let count = 128 + 24 + base.optional_header().len() - 7 * 8 - 4;
    many[count] = 200;
    let seen = play_in(&many, 60_000);
    assert_eq!(seen.failures, ["parse error: a header is shorter than what is in it"]);
    assert_eq!(seen.rows, ["AMD64 1600000000 [-] - TTFFFT ---- -"]);
    let seen = play(&Parts { end: 65, ..base });
    assert_eq!((seen.rows.len(), seen.failures.len()), (1, 1));
    assert_eq!(seen.rows, [ROW]);
}

#[test]
fn a_file_that_ends_early_says_what_it_can() {
    let whole = Parts::default().bytes();
    for end in (0..whole.len()).step_by(5) {
        let rows = play_in(&whole[..end], 60_000).rows;
        assert_eq!(rows.len(), usize::from(end >= 128 + 24), "{end}");
    }
}

#[test]
fn a_gap_in_what_is_of_no_interest_does_no_harm() {
    let parts = Parts { at: 2000, ..Parts::default() };
    let reply = carried(&parts.bytes());
    for (lost, rows) in [(500, 1), (1960, 0)] {
        let mut tap = Tap::open(80);
        tap.send(Client, b"GET /a.exe HTTP/1.1\r\nHost: h\r\n\r\n");
        tap.send(Server, &reply[..300]).lose(Server, lost).send(Server, &reply[300 + lost as usize..]);
        tap.close();
        assert_eq!(tap.finish().rows.len(), rows, "{lost}");
    }
}

#[test]
fn numbers_have_names() {
    assert_eq!(names::machine(0xaa64), "ARM64");
    assert_eq!(names::subsystem(14), "XBOX");
    assert_eq!(names::subsystem(5), "unknown-5");
    for (version, name) in [((10, 0), "Windows 10"), ((3, 51), "Windows NT 3.51"), ((6, 9), "unknown-6.9")] {
        assert_eq!(names::system(version), name);
    }
    assert!(Coff::read(&[0; parse::COFF]).is_ok() && Coff::read(&[0; parse::COFF - 1]).is_err());
    assert_eq!(Optional::read(&[9, 9]), Ok(None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..400) {
        let mut file = Parts::default().bytes();
        let at = at.index(file.len());
        file[at] = byte;
        prop_assert!(play_in(&file, size).rows.len() <= 1);
    }
}
