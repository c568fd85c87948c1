//! Which servers are told.

use super::POLICY;
use crate::testing::tls::{keyed, shaken};
use crate::testing::{NEXT_DAY, Play};

const A: &str = "8.8.8.8:1000";
const B: &str = "10.0.0.2:443";
/// TLS_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_RC4_128_SHA, TLS_RSA_EXPORT_WITH_RC4_40_MD5.
const GOOD: u8 = 0x2f;
const RC4: u8 = 5;
const EXPORT: u8 = 3;

/// What is told of a server with such a version, cipher and key.
fn said(version: u8, cipher: u8, bytes: usize) -> Vec<String> {
    let mut play = Play::default();
    shaken(&mut play, 0.0, [A, B], [version, cipher], &[keyed(bytes)]);
    let part = |notice: &String| {
        notice.split_once(" note=SSL::").unwrap().1.split_once(" src=").unwrap().0.to_owned()
    };
    play.notices(&POLICY).iter().map(part).collect()
}

#[test]
fn keys_versions_and_ciphers() {
    let none: [&str; 0] = [];
    assert_eq!(said(3, GOOD, 256), none);
    assert_eq!(said(1, GOOD, 256), none);
    assert_eq!(
        said(3, GOOD, 128),
        ["Weak_Key msg=\"Host uses weak certificate with 1024 bit key\" sub=\"Subject: CN=keyed\""]
    );
    let old =
        "Old_Version msg=\"Host uses protocol version SSLv3 which is lower than the safe minimum TLSv10\"";
    assert_eq!(said(0, GOOD, 256), [old]);
    let weak = |cipher: &str| {
        format!("Weak_Cipher msg=\"Host established connection using unsafe cipher suite {cipher}\"")
    };
    assert_eq!(said(3, RC4, 256), [weak("TLS_RSA_WITH_RC4_128_SHA")]);
    assert_eq!(said(0, EXPORT, 256), [old.to_owned(), weak("TLS_RSA_EXPORT_WITH_RC4_40_MD5")]);
}

#[test]
fn once_a_day_for_local_servers() {
    let mut play = Play::default();
    let weak = [keyed(64)];
    shaken(&mut play, 0.0, [A, B], [3, GOOD], &weak);
    shaken(&mut play, 1.0, ["8.8.8.8:2", B], [3, GOOD], &weak);
    shaken(&mut play, 2.0, [B, "8.8.8.8:443"], [3, GOOD], &weak);
    shaken(&mut play, 3.0, [A, "10.0.0.2:444"], [3, RC4], &weak);
    shaken(&mut play, NEXT_DAY, ["8.8.8.8:3", B], [3, GOOD], &weak);
    let starts: Vec<String> =
        play.notices(&POLICY).iter().map(|notice| notice.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(starts, ["ts=0.13", "ts=3.13", "ts=3.13", "ts=86402.13"]);
}
