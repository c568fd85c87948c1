//! SSL 2.0.

use super::*;

/// A record of SSL 2.0.
fn old(message: &[u8]) -> Vec<u8> {
    let length = message.len() as u16 | 0x8000;
    [&length.to_be_bytes(), message].concat()
}

fn old_client(version: u16, id: &[u8]) -> Vec<u8> {
    let ciphers = [1, 0, 0x80, 0, 0, 0x2f];
    let lengths = words(&[6, id.len() as u16, 16]);
    old(&[&[1], words(&[version]).as_slice(), &lengths, &ciphers, id, &[9; 16]].concat())
}

fn old_server(version: u16, certificate: &[u8]) -> Vec<u8> {
    let lengths = words(&[version, certificate.len() as u16, 3, 16]);
    old(&[&[4, 0, 1], lengths.as_slice(), certificate, &[1, 0, 0x80], &[7; 16]].concat())
}

#[test]
fn a_session_of_ssl_2() {
    let key = old(&[&[2, 1, 0, 0x80], words(&[0, 16, 0]).as_slice(), &[3; 16]].concat());
    let certificate = Made::default().bytes();
    let steps = [(Client, old_client(2, &[])), (Server, old_server(2, &certificate)), (Client, key)];
    let seen = converse(&steps);
    assert_eq!(seen.rows, ["SSLv2 SSLv20_CK_RC4_128_WITH_MD5 - - F - - T Cs"]);
    assert_eq!(seen.certificates, ["01 T F"]);
    assert_eq!(seen.conns, ["ssl ShADdFf"]);
}

#[test]
fn errors_and_other_messages() {
    let seen =
        converse(&[(Client, old_client(2, &[])), (Server, old_server(2, &[])), (Server, old(&[0, 0, 1, 0]))]);
    assert_eq!(seen.weirds, ["zero_length_certificate/SSL"]);
    // An error without anything behind its number has no content to look at.
    let seen =
        converse(&[(Client, old_client(2, &[])), (Server, old_server(2, &[1])), (Server, old(&[0, 0, 1]))]);
    assert!(seen.rows[0].ends_with(" - - F Cs"), "{:?}", seen.rows);
    let seen = converse(&[(Client, old_client(2, &[])), (Server, old_server(3, &[]))]);
    assert_eq!(seen.failures, ["Invalid version in SSL server hello. Version: 3"]);
    assert_eq!(seen.rows, ["- - - - F - - F C"]);
    let seen = converse(&[(Client, old_client(4, &[]))]);
    assert!(seen.rows.is_empty() && seen.failures.is_empty());
    let seen = converse(&[(Server, old_client(2, &[]))]);
    assert!(seen.rows.is_empty() && seen.failures.is_empty());
    let seen = converse(&[(Client, vec![0x80, 1, 1, 0, 2])]);
    assert!(seen.rows.is_empty() && seen.failures.is_empty());
}

#[test]
fn tls_behind_an_old_hello() {
    let chosen = Hello { session: vec![5; 32], ..Hello::default() };
    let steps = |id: &[u8]| {
        [
            (Client, old_client(0x0303, id)),
            (Server, handshake(&[chosen.server(), key_exchange(23), message(14, &[])])),
            (Client, [handshake(&[message(16, &[1; 66])]), change_cipher(), secret()].concat()),
            (Server, [change_cipher(), secret()].concat()),
        ]
    };
    let row =
        |resumed| format!("TLSv12 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 secp256r1 - {resumed} - - T CsknGIi");
    assert_eq!(converse(&steps(&[])).rows, [row('F')]);
    assert_eq!(converse(&steps(&[5; 32])).rows, [row('T')]);
}
