//! The examples do what they say, over captures of the repository.

#[path = "../../examples/downloads.rs"]
mod downloads;
#[path = "../../examples/inside_tokio.rs"]
mod inside_tokio;
#[path = "../../examples/live.rs"]
mod live;
#[path = "../../examples/names.rs"]
mod names;
#[path = "../../examples/own_analyzer.rs"]
mod own_analyzer;
#[path = "../../examples/server_names.rs"]
mod server_names;
#[path = "../../examples/services.rs"]
mod services;
#[path = "../../examples/two_engines.rs"]
mod two_engines;

use std::error::Error;
use std::io::Write;
use std::path::Path;

use crate::support::captures::testdata;

type Example = fn(&Path, &mut dyn Write) -> Result<(), Box<dyn Error>>;

fn lines(example: Example, capture: &str) -> Vec<String> {
    let mut out = Vec::new();
    example(&testdata(capture), &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn downloads_of_a_capture() {
    let lines = lines(downloads::downloads, "http-nginx");
    let files: Vec<Vec<&str>> = lines.iter().map(|line| line.split('\t').collect()).collect();
    assert!(files.iter().all(|file| file[0].starts_with('F') && file[1] == "HTTP"), "{lines:#?}");
    for expected in [
        ["image/png", "-", "3851", "whole", r"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"],
        ["text/plain", "-", "13893", "whole", r"1\n2\n3\n4\n5\n6\n7\n8\n"],
        ["text/html", "-", "5291", "whole", r"<!-- a page -->\n"],
        ["text/json", "my data.json", "41", "whole", r#"{\"name\": \"gannet"#],
        ["image/gif", "-", "42", "whole", r"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00"],
    ] {
        assert!(files.iter().any(|file| file[2..] == expected), "{expected:?} is not in {lines:#?}");
    }
    // One client left before the end, as far as its window went.
    let cut: Vec<_> = files.iter().filter(|file| file[5] == "cut off").collect();
    assert!(cut.len() == 1 && cut[0][4].parse::<u64>().unwrap() < 20_000, "{cut:?}");
}

#[test]
fn names_of_a_capture() {
    let names = lines(names::names, "dns-dnsmasq");
    assert_eq!(names.len(), 14, "{names:#?}");
    for expected in ["24\twww.example.test", "1\tversion.bind", "1\t1.1.2.10.in-addr.arpa", "2\trouter.lan"] {
        assert!(names.iter().any(|line| line == expected), "{expected} is not in {names:#?}");
    }
}

#[test]
fn server_names_of_a_capture() {
    let names = lines(server_names::server_names, "tls-openssl");
    let expected = [
        "1\t1\ted.example.test",
        "1\t1\thost.apps.example.test",
        "2\t2\tother.example.test",
        "2\t0\tunknown.example.test",
        "44\t35\twww.example.test",
    ];
    assert_eq!(names, expected);
}

#[test]
fn services_of_a_capture() {
    let services = lines(services::services, "dns-bind");
    assert_eq!(services, ["(icmp)\t4\t432\t0", "(udp)\t2\t170\t158", "dns\t114\t16842\t72490"]);
}

#[test]
fn echoes_of_a_capture() {
    let echoes = lines(own_analyzer::echoes, "tcp-basics");
    let echoed: Vec<&str> = echoes.iter().map(|line| line.split_once('\t').unwrap().1).collect();
    assert!(echoed.contains(&"socat says hello") && echoed.contains(&"still here"), "{echoes:#?}");
    // Twenty numbers, one after the other, come back in order.
    let numbers: Vec<u32> = echoed.iter().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
}

#[test]
fn connections_of_a_source_that_could_be_an_interface() {
    let mut source = gannet::capture::Memory::new();
    for packet in crate::support::captures::packets(&testdata("dns-bind"), usize::MAX) {
        let ts = gannet::Timestamp::from_nanos(packet.ts);
        source.push(gannet::LinkType(packet.link), ts, packet.wire, packet.bytes);
    }
    let mut out = Vec::new();
    live::watch(vec![Box::new(source)], 50, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 50, "{text}");
    assert!(text.lines().all(|line| line.starts_with('C')) && text.contains("\tdns\n"), "{text}");
}

#[test]
fn names_that_a_runtime_gets() {
    let names = lines(inside_tokio::names, "dns-dnsmasq");
    assert_eq!(names.iter().filter(|name| *name == "www.example.test").count(), 24, "{names:#?}");
}

#[test]
fn what_two_engines_saw() {
    let mut out = Vec::new();
    two_engines::difference(&testdata("dns-bind"), &testdata("dns-dnsmasq"), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().any(|line| line.starts_with("< ")) && text.contains("> "), "{text}");
    let mut same = Vec::new();
    two_engines::difference(&testdata("dns-bind"), &testdata("dns-bind"), &mut same).unwrap();
    assert!(same.is_empty());
}

#[test]
fn a_capture_that_is_not_there_is_an_error() {
    let all: [Example; 6] = [
        inside_tokio::names,
        downloads::downloads,
        names::names,
        own_analyzer::echoes,
        server_names::server_names,
        services::services,
    ];
    for example in all {
        let error = example(Path::new("nowhere.pcap"), &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("nowhere.pcap"), "{error}");
    }
}
