//! Handshakes of TLS for tests.

use super::Play;

/// A record of TLS 1.2.
fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3, (body.len() >> 8) as u8, body.len() as u8], body].concat()
}

/// A message of its handshake.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    record(22, &[&[kind, 0, (body.len() >> 8) as u8, body.len() as u8], body].concat())
}

/// A list whose length takes three bytes.
fn list(parts: &[u8]) -> Vec<u8> {
    [&[0, (parts.len() >> 8) as u8, parts.len() as u8], parts].concat()
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
    let random = [7; 32];
    let hello = message(1, &[&[3, 3], &random[..], &[0, 0, 2, 0, 0x2f, 1, 0]].concat());
    let chain: Vec<u8> = certificates.iter().flat_map(|certificate| list(certificate)).collect();
    let answer = [
        message(2, &[&[3, 3], &random[..], &[0, 0, 0x2f, 0]].concat()),
        message(11, &list(&chain)),
        message(14, &[]),
    ];
    let sealed = [record(20, &[1]), record(22, &[0x55; 40])].concat();
    let keys = [message(16, &[0; 34]), sealed.clone()].concat();
    play.shake(at, from, to);
    let turns: [&[u8]; 4] = [&hello, &answer.concat(), &keys, &sealed];
    play.talk(at + 0.1, from, to, &turns[..if complete { 4 } else { 2 }]);
}
