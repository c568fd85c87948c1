//! Data connections: announced, opened, and joined to their commands.

use super::{LOGIN, Tap};
use crate::testing::Side::{Client, Server};
use crate::testing::{Side, dialogue};

/// A control connection on which this was said; the next connection has other ports.
fn control(lines: &str) -> Tap {
    let mut tap = Tap::open(21);
    for (side, line) in dialogue(&format!("{LOGIN}{lines}")) {
        tap.send(side, &line);
    }
    tap
}

/// A connection to a port of the server, on which a side sends; and then the control connection goes on.
fn transfer(tap: &mut Tap, port: u16, from: Side, bytes: &[u8], lines: &str) {
    let control = tap.leave((50_000, port));
    tap.dial().send(from, bytes).close();
    tap.back(control);
    for (side, line) in dialogue(lines) {
        tap.send(side, &line);
    }
}

#[test]
fn a_passive_connection_is_joined_to_its_command() {
    for open in ["> PASV\n< 227 here (10,0,0,2,4,5)\n", "> EPSV\n< 229 here (|||1029|)\n"] {
        let mut tap = control(&format!("{open}> RETR f\n< 150 coming (2000 bytes)\n"));
        transfer(&mut tap, 1029, Server, &[b'x'; 2000], "< 226 done\n> QUIT\n< 221 bye\n");
        let seen = tap.finish();
        assert_eq!(seen.data, ["P 10.0.0.2:1029 - - false", "- - 2000 text/plain true"]);
        assert_eq!(seen.files, ["2000 0"]);
        let mut services = seen.services.clone();
        services.sort();
        assert_eq!(services, ["ftp", "ftp-data"]);
    }
}

#[test]
fn a_type_that_is_told_late_is_in_a_later_row() {
    let mut tap = control("> PASV\n< 227 (10,0,0,2,4,5)\n> RETR f\n< 150 coming\n");
    transfer(&mut tap, 1029, Server, b"some more text", "< 226 done\n> DELE g\n");
    tap.wait(60.0);
    for (side, line) in dialogue("< 250 ok\n> NOOP\n") {
        tap.send(side, &line);
    }
    let seen = tap.finish();
    assert_eq!(seen.data[1..], ["- - 0 - true", "- - - text/plain false"]);
}

#[test]
fn what_the_client_sends_is_a_file_too() {
    let mut tap = control("> PASV\n< 227 (10,0,0,2,4,5)\n> STOR f\n< 150 go\n");
    transfer(&mut tap, 1029, Client, b"abc", "< 226 done\n> QUIT\n");
    assert_eq!(tap.finish().files, [">3 0"]);
}

#[test]
fn an_end_is_expected_once() {
    let mut tap = control("> PASV\n< 227 (10,0,0,2,4,5)\n");
    transfer(&mut tap, 1029, Server, b"abc", "");
    let control = tap.leave((50_001, 1029));
    tap.dial().send(Server, b"more").close();
    tap.back(control);
    let seen = tap.finish();
    assert_eq!(seen.files, ["3 0"]);
    assert_eq!(seen.services.iter().filter(|service| *service == "ftp-data").count(), 1);
}

#[test]
fn the_active_end_is_the_client_s() {
    for command in ["PORT 10,0,0,1,4,5", "EPRT |1|10.0.0.1|1029|"] {
        let seen = control(&format!("> {command}\n< 200 ok\n> NOOP\n")).finish();
        assert_eq!(seen.data, ["A 10.0.0.1:1029 - - false"], "{command}");
    }
    let seen = control("> PORT 10,0,0,1,4\n< 200 ok\n> NOOP\n").finish();
    assert_eq!(seen.data, ["- - - - false"]);
}
