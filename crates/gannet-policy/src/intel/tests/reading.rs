//! Files as they are, and as they should not be.

use std::io::{BufReader, Read};

use super::super::Loading;
use super::super::kind::{Kind, Place};
use super::super::sought::Sought;
use super::super::store::{About, Store};

const HEAD: &str = "#fields\tindicator\tindicator_type\tmeta.source\n";

/// The items of a file, and what is wrong with it.
fn read(text: &str) -> (Store, Vec<String>) {
    let mut loading = Loading::new();
    loading.read("list", 0, &mut text.as_bytes()).unwrap();
    let (store, faults) = loading.finish();
    (store, faults.iter().map(ToString::to_string).collect())
}

fn abouts(store: &Store, kind: Kind, text: &str) -> Vec<About> {
    let mut abouts = Vec::new();
    store.find(&Sought::Text(kind, text), false, |about| abouts.push(*about));
    abouts
}

fn has(store: &Store, kind: Kind, text: &str) -> bool {
    !abouts(store, kind, text).is_empty()
}

#[test]
fn columns_in_any_order_and_all_that_they_say() {
    let (store, faults) = read(
        "# what this is\n#fields\tmeta.url\tmeta.source\tmeta.if_in\tother\tindicator_type\tindicator\tmeta.do_notice\tmeta.whitelist\n\
         # more\n\
         -\tus\tHTTP::IN_URL\tx\tIntel::URL\tEvil.example/A\tT\tF\n\
         http://x\tus\tIntel::IN_ANYWHERE\t-\tIntel::DOMAIN\tevil.example\t0\t1\r\n\
         -\tthem\t-\t-\tIntel::DOMAIN\tevil.example\t-\t-",
    );
    assert_eq!((store.len(), faults), (3, vec![]));
    let url = abouts(&store, Kind::Url, "eVIL.example/a");
    assert_eq!(
        url.iter().map(|about| (about.notice, about.only, about.allows)).collect::<Vec<_>>(),
        [(true, Some(Place::URL), false)]
    );
    let domain = abouts(&store, Kind::Domain, "EVIL.EXAMPLE");
    let mut sources: Vec<_> = domain.iter().map(|about| (store.source(about.source), about.allows)).collect();
    sources.sort_unstable();
    assert_eq!(sources, [(&b"them"[..], false), (&b"us"[..], true)]);
    assert!(domain.iter().all(|about| !about.notice && about.only.is_none()));
    assert!(!has(&store, Kind::Url, "evil.example"), "another kind");
}

#[test]
fn every_kind_and_place_has_its_name() {
    let lines: String = Kind::ALL
        .iter()
        .map(|kind| {
            let indicator = match kind {
                Kind::Addr => "::1",
                Kind::Subnet => "10.0.0.0/8",
                _ => "x",
            };
            format!("{indicator}\t{}\tus\n", kind.name())
        })
        .collect();
    assert_eq!(read(&format!("{HEAD}{lines}")).0.len(), 11);
    let head = "#fields\tindicator\tindicator_type\tmeta.source\tmeta.if_in\n";
    let lines: String =
        Place::ALL.iter().map(|place| format!("{}\tIntel::USER_NAME\tus\t{}\n", place.0, place.0)).collect();
    let (store, faults) = read(&format!("{head}{lines}"));
    assert_eq!((store.len(), faults), (26, vec![]));
    let only: Vec<_> =
        Place::ALL.iter().map(|place| abouts(&store, Kind::UserName, place.0)[0].only).collect();
    assert_eq!(only, Place::ALL.map(Some));
}

#[test]
fn a_fault_names_its_line_and_the_rest_is_read() {
    let head = "#fields\tindicator\tindicator_type\tmeta.source\tmeta.do_notice\tmeta.if_in\n";
    let rows = [
        ("a\tIntel::DOMAIN\tus\tT", "it has fewer fields than there are columns"),
        ("a\tDOMAIN\tus\tT\t-", "\"DOMAIN\" is not a type"),
        ("a\t-\tus\tT\t-", "the type is not set"),
        ("a\tIntel::DOMAIN\t-\tT\t-", "the source is not set"),
        ("-\tIntel::DOMAIN\tus\tT\t-", "the indicator is not set"),
        ("\tIntel::DOMAIN\tus\tT\t-", "the indicator is empty"),
        ("a\tIntel::DOMAIN\tus\tyes\t-", "\"yes\" is not T or F"),
        ("a\tIntel::DOMAIN\tus\tT\tHTTP::IN_BODY", "\"HTTP::IN_BODY\" is not a place"),
        ("1.2.3\tIntel::ADDR\tus\tT\t-", "\"1.2.3\" is not an address"),
        ("1.2.3.0/33\tIntel::SUBNET\tus\tT\t-", "\"1.2.3.0/33\" is not a network"),
        ("a  b\tIntel::DOMAIN\tus\t\t-", "\"\" is not T or F"),
    ];
    for (row, what) in rows {
        let (store, faults) = read(&format!("{head}{row}\nb\tIntel::DOMAIN\tus\t-\t-\tmore\n"));
        assert_eq!(faults, [format!("list:2: {what}")]);
        assert!(store.len() == 1 && has(&store, Kind::Domain, "b"), "{row}");
    }
    let (store, faults) = read(&format!("{HEAD}{}", "a\n".repeat(100)));
    assert_eq!((store.len(), faults.len()), (0, 11));
    assert_eq!(faults[10], "list: 90 more lines are left out");
}

#[test]
fn without_columns_nothing_is_read() {
    let (store, faults) = read("a\tIntel::DOMAIN\tus\nb\tIntel::DOMAIN\tus\n");
    assert_eq!(
        (store.len(), faults),
        (0, vec!["list:1: before the columns are named by #fields: left out".to_owned()])
    );
    let (store, faults) =
        read(&format!("#fields\tindicator\tmeta.source\nb\tus\n{HEAD}c\tIntel::DOMAIN\tus\n"));
    assert!(
        faults.len() == 1 && faults[0].starts_with("list:1: there is no column indicator_type"),
        "{faults:?}"
    );
    // Files that were put together have several heads.
    assert!(store.len() == 1 && has(&store, Kind::Domain, "c"));
    assert_eq!(read("").0.len(), 0);
    assert!(read("#fields\n").1.is_empty());
}

#[test]
fn the_last_item_of_a_source_counts() {
    let head = "#fields\tindicator\tindicator_type\tmeta.source\tmeta.do_notice\tmeta.remove\n";
    let read = |lines: &str| read(&format!("{head}{lines}")).0;
    let store =
        read("a\tIntel::DOMAIN\tus\tT\t-\na\tIntel::DOMAIN\tthem\tF\t-\nA\tIntel::DOMAIN\tus\tF\t-\n");
    let abouts = abouts(&store, Kind::Domain, "a");
    assert_eq!((store.len(), abouts.len(), abouts.iter().any(|about| about.notice)), (2, 2, false));
    let store =
        read("a\tIntel::DOMAIN\tus\tT\tF\na\tIntel::DOMAIN\tthem\tF\tF\na\tIntel::DOMAIN\tus\tF\tT\n");
    let left = super::reading::abouts(&store, Kind::Domain, "a");
    assert_eq!(left.iter().map(|about| store.source(about.source)).collect::<Vec<_>>(), [b"them"]);
    let store = read("a\tIntel::DOMAIN\tus\tT\tT\na\tIntel::DOMAIN\tus\tF\tF\n");
    assert!(has(&store, Kind::Domain, "a"), "it came again");
}

#[test]
fn escapes_stand_for_bytes() {
    let (store, faults) =
        read(&format!("{HEAD}a\\x09b\tIntel::FILE_NAME\tus\nc\\xzz\\x4\tIntel::FILE_NAME\tus\n"));
    assert_eq!(faults.len(), 0);
    assert!(has(&store, Kind::FileName, "a\tb") && has(&store, Kind::FileName, "c\\xzz\\x4"));
}

/// A file that comes in pieces of some bytes.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

#[test]
fn long_lines_are_left_out_however_they_come() {
    let long = "x".repeat(70_000);
    let name = "y".repeat(9_000);
    let text = format!(
        "{HEAD}{long}\tIntel::DOMAIN\tus\na\tIntel::DOMAIN\tus\n{name}\tIntel::DOMAIN\tus\n{long}\nb\tIntel::DOMAIN\t{}\nc\tIntel::DOMAIN\tus",
        &long[..2000]
    );
    for size in [1, 7, 1000, 1 << 20] {
        let mut loading = Loading::new();
        let mut from = BufReader::with_capacity(size, Pieces(text.as_bytes(), size));
        loading.read("list", 0, &mut from).unwrap();
        let (store, faults) = loading.finish();
        let lines: Vec<_> = faults.iter().map(|fault| fault.line.unwrap()).collect();
        assert_eq!((store.len(), lines.as_slice()), (2, &[2, 4, 5, 6][..]), "{size}: {faults:?}");
        assert!(has(&store, Kind::Domain, "a") && has(&store, Kind::Domain, "c"));
    }
}

#[test]
fn bytes_that_are_no_text_are_no_trouble() {
    let mut loading = Loading::new();
    let mut bytes = HEAD.as_bytes().to_vec();
    for line in 0..200_000_u32 {
        bytes.extend_from_slice(&line.wrapping_mul(2_654_435_761).to_le_bytes());
        bytes.push(*b"\t\n\xff-".get(line as usize % 4).unwrap());
    }
    loading.read("list", 0, &mut bytes.as_slice()).unwrap();
    let (store, faults) = loading.finish();
    assert!(store.is_empty() && faults.len() == 11, "{}", faults.len());
}

#[test]
fn there_is_a_limit_to_files() {
    let mut loading = Loading::new();
    for number in 0..258 {
        let text = format!("{HEAD}{number}\tIntel::DOMAIN\tus\n");
        loading.read(&number.to_string(), 0, &mut text.as_bytes()).unwrap();
    }
    let (store, faults) = loading.finish();
    let files: Vec<_> = faults.iter().map(|fault| fault.file.as_str()).collect();
    assert_eq!((store.len(), files.as_slice()), (256, &["256", "257"][..]));
}
