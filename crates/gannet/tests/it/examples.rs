//! The examples do what they say, over captures of the repository.

#[path = "../../examples/names.rs"]
mod names;
#[path = "../../examples/own_analyzer.rs"]
mod own_analyzer;
#[path = "../../examples/services.rs"]
mod services;

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
fn names_of_a_capture() {
    let names = lines(names::names, "dns-dnsmasq");
    assert_eq!(names.len(), 14, "{names:#?}");
    for expected in ["24\twww.example.test", "1\tversion.bind", "1\t1.1.2.10.in-addr.arpa", "2\trouter.lan"] {
        assert!(names.iter().any(|line| line == expected), "{expected} is not in {names:#?}");
    }
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
fn a_capture_that_is_not_there_is_an_error() {
    for example in [names::names, services::services, own_analyzer::echoes] as [Example; 3] {
        let error = example(Path::new("nowhere.pcap"), &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("nowhere.pcap"), "{error}");
    }
}
