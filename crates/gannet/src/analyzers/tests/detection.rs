//! Detection by content: on any port, of both directions, within limits.

use super::kit::{FOUND, LINES, OBEYS, STRICT, UNPROBED, told};
use crate::analyzers::{Descriptor, Likeness, REGISTRY, Sample};
use crate::base::direction::Transport;
use crate::testing::{Lab, Rows, SERVER, Script, udp, v4};

const OPEN: &str = "1 > S; 1.1 < SA; 1.2 > A; ";

fn run(analyzers: &[&'static Descriptor], text: &str) -> (String, Rows) {
    let mut lab = Lab::with(|config| config.analyzers = analyzers.to_vec());
    let script = Script { ports: (40_000, 50_000), ..Script::default() };
    script.feed(&text.replace("H; ", OPEN), &mut lab);
    let rows = lab.finish();
    (told(), rows)
}

/// What it was told before the end.
fn seen(text: &str) -> String {
    let (told, _) = run(&[&FOUND], text);
    told.split('.').next().unwrap().trim_end_matches(['>', '<']).to_owned()
}

#[test]
fn on_any_port_in_either_direction() {
    assert_eq!(seen(r#"H; 2 > A "OBEY\nx\n""#), "found:>OBEY>x");
    assert_eq!(seen(r#"H; 2 < A "OBEY\nx\n""#), "found:<OBEY<x");
    assert_eq!(seen(r#"H; 2 > A "obey\nx\n""#), "");
}

#[test]
fn a_byte_at_a_time() {
    assert_eq!(seen(r#"H; 2 > A "O"; 2 > A "B"; 2 > A "E"; 2 > A "Y"; 2 > A "\n""#), "found:>OBEY");
}

#[test]
fn both_directions_are_replayed_in_their_order() {
    let text = r#"H; 2 < A "hello\n"; 2 > A "OB"; 2 < A "more\n"; 2 > A "EY\nx\n"; 3 < A "last\n""#;
    assert_eq!(seen(text), "found:<hello<more>OBEY>x<last");
}

#[test]
fn gaps_are_replayed_too() {
    let text = r#"H; 2 < A "a\n"; 2 < A 5 lost; 2 < A "b\n"; 2 > A "OBEY\n""#;
    assert_eq!(seen(text), "found:<a<[5]<b>OBEY");
}

#[test]
fn a_gap_before_any_bytes_is_not() {
    let text = r#"H; 2 > A 5 lost; 3 < A; 4 < A "OBEY\nx\n"; 5 > A "y\n"; 6 > A 5 lost; 7 < A; 8 > A "z\n""#;
    assert_eq!(seen(text), "found:<OBEY<x>y>[5]>z");
}

#[test]
fn next_to_the_one_of_the_port() {
    let mut lab = Lab::with(|config| config.analyzers = vec![&LINES, &FOUND]);
    Script::default().feed(&(OPEN.to_owned() + r#"2 > A "OBEY\n""#), &mut lab);
    lab.finish();
    let told = told();
    assert!(told.contains("lines:>OBEY") && told.contains("found:>OBEY"), "{told}");
}

#[test]
fn not_twice() {
    static BOTH: Descriptor =
        Descriptor { ports: &[(crate::base::direction::Transport::Tcp, SERVER)], ..FOUND };
    let mut lab = Lab::with(|config| config.analyzers = vec![&BOTH]);
    Script::default().feed(&(OPEN.to_owned() + r#"2 > A "OBEY\nx\n""#), &mut lab);
    lab.finish();
    assert_eq!(told().matches(">x").count(), 1);
    assert_eq!(seen(r#"H; 2 > A "OBEY\n"; 3 < A "OBEY\n""#), "found:>OBEY<OBEY");
}

/// So many bytes of lines.
fn filler(bytes: usize) -> String {
    (0..bytes).map(|i| if i % 50 == 49 || i + 1 == bytes { "\\n" } else { "y" }).collect()
}

/// What is seen of a word that is recognised, behind so many bytes of the other direction.
fn behind(bytes: usize, word: &str) -> String {
    seen(&format!(r#"H; 2 < A "{}"; 3 < A; 4 > A "{word}""#, filler(bytes)))
}

#[test]
fn a_kibibyte_of_both_directions_together() {
    assert!(behind(1000, r"OBEY\n").ends_with(">OBEY"));
    assert!(behind(1024, r"OBEY\n").ends_with(">OBEY"), "the limit is not passed yet");
    assert_eq!(behind(1025, r"OBEY\n"), "");
    let whole = behind(1000, &format!(r"OBEY\n{}x\n", filler(60)));
    assert!(whole.ends_with(">x"), "the chunk that passes it is looked at whole: {whole}");
}

#[test]
fn a_hundred_chunks() {
    let after = |chunks: usize| {
        let text: String = (0..chunks).map(|i| format!("{} < A 1;", 2.0 + i as f64 / 1000.0)).collect();
        !seen(&format!(r#"H; {text} 3 > A "OBEY\n""#)).is_empty()
    };
    assert!(after(99));
    assert!(after(100), "the next chunk passes the limit and is still looked at");
    assert!(!after(101));
}

#[test]
fn datagrams_each_by_itself() {
    let run = |payloads: &[&[u8]]| {
        let mut lab = Lab::with(|config| config.analyzers = vec![&FOUND]);
        for (i, payload) in payloads.iter().enumerate() {
            lab.packet(1.0 + i as f64, &v4(17, &udp((40_000, 50_000), payload)));
        }
        lab.finish();
        told().split('.').next().unwrap().trim_end_matches('>').to_owned()
    };
    assert_eq!(run(&[b"OBEY\n", b"x\n"]), "found:>OBEY>x");
    assert_eq!(run(&[b"no\n", b"OBEY\n", b"x\n"]), "found:>no>OBEY>x", "a later one may be recognised");
    assert_eq!(run(&[b"OB", b"EY\n"]), "", "but not two together");
    assert_eq!(run(&[&[b'z'; 1025], b"OBEY\n"]), "");
}

#[test]
fn partial_connections() {
    let told = |descriptor: &'static Descriptor, text: &str| run(&[descriptor], text).0;
    assert!(told(&FOUND, r#"1 > A "OBEY\nx\n"; 2 < A"#).contains(">OBEY>x"));
    assert!(!told(&STRICT, r#"1 > A "OBEY\nx\n"; 2 < A"#).contains("OBEY"), "it would ignore all of it");
    assert!(told(&STRICT, r#"H; 2 > A "OBEY\nx\n""#).contains(">OBEY>x"));
}

#[test]
fn a_confirmed_one_is_in_the_record() {
    let (_, rows) = run(&[&FOUND], r#"H; 2 > A "OBEY confirm\n""#);
    assert_eq!(rows.conns[0].service.as_deref(), Some("found"));
    let (_, rows) = run(&[&FOUND], r#"H; 2 > A "OBEY\n""#);
    assert_eq!(rows.conns[0].service, None);
}

#[test]
fn a_probe_that_panics_costs_only_its_own() {
    let (told, rows) = run(&[&UNPROBED, &FOUND], r#"H; 2 > A "OBEY\nx\n""#);
    assert!(told.starts_with("found:>OBEY>x"), "{told}");
    assert_eq!(rows.stats.panics, 1);
    assert_eq!(rows.conns.len(), 1);
}

#[test]
fn a_flip_turns_what_is_kept_for_detection() {
    // The one of the port flips; what came before was the other side's.
    let mut lab = Lab::with(|config| config.analyzers = vec![&OBEYS, &FOUND]);
    Script::default().feed(&(OPEN.to_owned() + r#"2 > A "flip\n"; 3 < A "OBEY\n"; 4 > A "x\n""#), &mut lab);
    lab.finish();
    let told = told();
    // Replayed, the word to flip comes from the other side, and is obeyed once more.
    assert!(told.starts_with("obeys:>flip^>OBEY found:<flip^<OBEY obeys:^>x found:>x"), "{told}");
}

/// What a probe finds, it finds in what begins as it says.
#[test]
fn probes_find_nothing_in_what_begins_otherwise() {
    let found = |probe: fn(&Sample<'_>) -> Likeness, orig: &[u8], resp: &[u8]| {
        [Transport::Tcp, Transport::Udp].map(|transport| probe(&Sample::new(transport, orig, resp)))
    };
    for descriptor in REGISTRY {
        let (Some(probe), Some((orig, resp))) = (descriptor.probe, descriptor.first) else { continue };
        for one in 0..=255 {
            for other in 0..=255 {
                if orig.contains(&one) || resp.contains(&other) {
                    continue;
                }
                let found = found(probe, &[one], &[other]);
                assert_eq!(found, [Likeness::No; 2], "{} {one:#x} {other:#x}", descriptor.name);
            }
        }
    }
}
