//! Handshakes of TLS and certificates for tests.

use super::Play;

/// A value of ASN.1 with its header.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut value = vec![tag];
    match content.len() {
        length @ 0..128 => value.push(length as u8),
        length => value.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    value.extend(content);
    value
}

/// The name of an algorithm of RSA's, which has no parameters.
fn algorithm(number: u8) -> Vec<u8> {
    der(0x30, &[&der(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, number]]), &der(5, &[])])
}

/// A certificate, signed by ca with nothing that makes sense.
fn made(subject: &str, serial: u8, dates: [&str; 2], key: &[u8]) -> Vec<u8> {
    let name = |name: &str| {
        let pair = der(0x30, &[&der(6, &[&[0x55, 4, 3]]), &der(0x0c, &[name.as_bytes()])]);
        der(0x30, &[&der(0x31, &[&pair])])
    };
    let [from, until] = dates.map(|date| der(0x17, &[date.as_bytes()]));
    let validity = der(0x30, &[&from, &until]);
    let by = algorithm(11);
    let signed = [&der(2, &[&[serial]])[..], &by, &name("ca"), &validity, &name(subject), key];
    der(0x30, &[&der(0x30, &signed), &by, &der(3, &[&[0, 9, 9]])])
}

/// A certificate of `subject`.
pub(crate) fn certificate(subject: &str, serial: u8) -> Vec<u8> {
    let key = der(0x30, &[&algorithm(11), &der(3, &[&[0, 1, 2, 3]])]);
    made(subject, serial, ["200101000000Z"; 2], &key)
}

/// A certificate that is valid between these dates, in the form of ASN.1.
pub(crate) fn dated(from: &str, until: &str) -> Vec<u8> {
    let key = der(0x30, &[&algorithm(11), &der(3, &[&[0, 1, 2, 3]])]);
    made("dated", 1, [from, until], &key)
}

/// A certificate whose key has a modulus of so many bytes.
pub(crate) fn keyed(bytes: usize) -> Vec<u8> {
    let modulus = der(2, &[&[0], &vec![0xc1; bytes]]);
    let numbers = der(0x30, &[&modulus, &der(2, &[&[1, 0, 1]])]);
    let key = der(0x30, &[&algorithm(1), &der(3, &[&[0], &numbers])]);
    made("keyed", 1, ["200101000000Z", "400101000000Z"], &key)
}

/// A record of TLS of this minor version.
fn record(minor: u8, kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, minor, (body.len() >> 8) as u8, body.len() as u8], body].concat()
}

/// A message of its handshake.
fn message(minor: u8, kind: u8, body: &[u8]) -> Vec<u8> {
    record(minor, 22, &[&[kind, 0, (body.len() >> 8) as u8, body.len() as u8], body].concat())
}

/// A list whose length takes three bytes.
fn list(parts: &[u8]) -> Vec<u8> {
    [&[(parts.len() >> 16) as u8, (parts.len() >> 8) as u8, parts.len() as u8], parts].concat()
}

/// What both ends say in turn: four times, of which the last two complete the handshake.
fn turns(minor: u8, cipher: u8, certificates: &[Vec<u8>]) -> [Vec<u8>; 4] {
    let random = [7; 32];
    let hello = message(minor, 1, &[&[3, minor], &random[..], &[0, 0, 2, 0, cipher, 1, 0]].concat());
    let chain: Vec<u8> = certificates.iter().flat_map(|certificate| list(certificate)).collect();
    let answer = [
        message(minor, 2, &[&[3, minor], &random[..], &[0, 0, cipher, 0]].concat()),
        message(minor, 11, &list(&chain)),
        message(minor, 14, &[]),
    ];
    let sealed = [record(minor, 20, &[1]), record(minor, 22, &[0x55; 40])].concat();
    let keys = [message(minor, 16, &[0; 34]), sealed.clone()].concat();
    [hello, answer.concat(), keys, sealed]
}

/// A handshake in which the server shows these bytes as its certificates; complete, if it is said.
pub(crate) fn handshake(
    play: &mut Play,
    at: f64,
    from: &str,
    to: &str,
    certificates: &[Vec<u8>],
    complete: bool,
) {
    let turns = turns(3, 0x2f, certificates);
    let turns: Vec<&[u8]> = turns.iter().map(Vec::as_slice).collect();
    play.shake(at, from, to);
    play.talk(at + 0.1, from, to, &turns[..if complete { 4 } else { 2 }]);
}

/// A complete one in this minor version of TLS, with a cipher by its lower byte.
pub(crate) fn shaken(play: &mut Play, at: f64, ends: [&str; 2], how: [u8; 2], certificates: &[Vec<u8>]) {
    let ([from, to], [minor, cipher]) = (ends, how);
    let turns = turns(minor, cipher, certificates);
    play.shake(at, from, to);
    play.talk(at + 0.1, from, to, &turns.each_ref().map(Vec::as_slice));
}
