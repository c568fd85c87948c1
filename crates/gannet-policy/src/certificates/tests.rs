//! Chains, judged as OpenSSL judges them, and rows that come of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gannet::Timestamp;
use gannet::parsers::asn1::Values;

use super::cert::Cert;
use super::roots::decoded;
use super::{POLICY, Reason, Roots, Validator, Verdict, time};
use crate::testing::tls::handshake;
use crate::testing::{Play, START};

/// A file of `testdata/chains/`.
fn testdata(name: &str) -> String {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/chains");
    std::fs::read_to_string(dir.join(name)).unwrap()
}

/// A made chain: trusted certificates, those that were sent, and what openssl said.
struct Made {
    label: String,
    now: Timestamp,
    trusted: Vec<Vec<u8>>,
    sent: Vec<Vec<u8>>,
    number: String,
}

impl Made {
    fn validator(&self) -> Validator {
        Validator::new(Roots::of(self.trusted.iter().map(Vec::as_slice)))
    }
}

fn made() -> Vec<Made> {
    let all = decoded(&testdata("certificates.pem"));
    let some =
        |list: &str| list.split(',').map(|at| all[at.parse::<usize>().unwrap()].clone()).collect::<Vec<_>>();
    let of = |line: &str| {
        let [label, now, trusted, sent, number] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let now = Timestamp::from_parts(now.parse().unwrap(), 0);
        Made {
            label: label.to_owned(),
            now,
            trusted: some(trusted),
            sent: some(sent),
            number: number.to_owned(),
        }
    };
    testdata("chains.tsv").lines().map(of).collect()
}

fn case(label: &str) -> Made {
    made().into_iter().find(|made| made.label == label).unwrap()
}

/// What openssl said of each made chain is said here too: the number of the first fault.
#[test]
fn chains_are_judged_as_openssl_judges_them() {
    let mut wrong = Vec::new();
    let mut kinds = BTreeMap::new();
    for made in made() {
        let found = match made.validator().validate(&made.sent, made.now) {
            Verdict::Trusted => "0".to_owned(),
            Verdict::Faulty(reason) => reason.number().to_string(),
            Verdict::Unknown => "-".to_owned(),
        };
        let Made { label, number, .. } = made;
        // Signatures of a kind that is not checked here are told by the name of the case.
        let expected = if label.starts_with("unchecked-") { "-" } else { &number };
        if found != expected {
            wrong.push(format!("{label}: {found} instead of {number}"));
        }
        *kinds.entry(number).or_insert(0) += 1;
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), kinds.values().sum::<i32>(), wrong.join("\n"));
    assert!(kinds.values().sum::<i32>() > 300 && kinds.len() > 15, "{kinds:?}");
}

#[test]
fn what_one_server_shows_helps_to_judge_the_next() {
    let (whole, alone) = (case("shape-twice"), case("shape-no-mid"));
    let mut validator = whole.validator();
    let missing = Verdict::Faulty(Reason::NoLocalIssuer);
    assert_eq!(validator.validate(&alone.sent, whole.now), missing);
    assert_eq!(validator.validate(&whole.sent, whole.now), Verdict::Trusted);
    // A verdict is remembered as long as it is asked for within five minutes.
    let later = |seconds| whole.now + gannet::Interval::from_secs(seconds);
    assert_eq!(validator.validate(&alone.sent, later(200)), missing);
    assert_eq!(validator.validate(&alone.sent, later(500)), missing);
    assert_eq!(validator.validate(&alone.sent, later(801)), Verdict::Trusted);
}

#[test]
fn nothing_is_checked_twice_and_not_too_much_at_once() {
    let good = case("shape-twice");
    let mut validator = good.validator();
    assert_eq!(validator.costs_left(), None);
    validator.validate(&good.sent, good.now);
    let left = validator.costs_left().unwrap();
    // The same chain later, with the same signatures: nothing is left to check.
    let much_later = good.now + gannet::Interval::from_secs(1000);
    assert_eq!(validator.validate(&good.sent, much_later), Verdict::Trusted);
    assert!(left < validator.costs_left().unwrap(), "a new second begins with nothing checked");
    // Many chains of unknown signatures within a second: some are not judged, and that is counted.
    let spoilt = case("sign-p521-sha512-spoilt");
    let mut validator = spoilt.validator();
    let mut unknown = 0;
    for number in 0..1000_u32 {
        let mut sent = spoilt.sent.clone();
        let end = sent[0].len() - 4;
        sent[0][end..].copy_from_slice(&number.to_be_bytes());
        unknown += u64::from(validator.validate(&sent, spoilt.now) == Verdict::Unknown);
    }
    assert_eq!((unknown, validator.gave_up(), validator.gave_up()), (875, 875, 0));
    assert!(validator.held() < 4 << 20, "{}", validator.held());
}

#[test]
fn damaged_certificates_are_judged_too() {
    for label in
        ["limit-dns-two", "sign-pss:sha256:sha256:32", "auth-critical-points", "id-all", "text-umlaut-t61"]
    {
        let made = case(label);
        let mut validator = made.validator();
        for certificate in 0..made.sent.len() {
            for at in 0..made.sent[certificate].len() {
                let mut sent = made.sent.clone();
                sent[certificate][at] ^= 0x55;
                // Each bit of a certificate is signed, or part of the signature, but for what is around both.
                let verdict = validator.validate(&sent, made.now);
                let around = Cert::read(&sent[certificate]).is_none();
                assert!(around || verdict != Verdict::Trusted, "{label} {certificate} {at}");
            }
            let mut sent = made.sent.clone();
            sent[certificate].truncate(100);
            assert_ne!(validator.validate(&sent, made.now), Verdict::Trusted);
        }
    }
}

#[test]
fn the_roots_of_mozilla_are_read_and_trust_themselves() {
    let roots = Roots::mozilla();
    let count = webpki_root_certs::TLS_SERVER_ROOT_CERTS.len();
    assert!(count > 100 && roots.count() == count, "{} of {count}", roots.count());
    let mut validator = Validator::new(roots);
    let now = Timestamp::from_parts(1_750_000_000, 0);
    for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let verdict = validator.validate(&[root], now);
        let young = Verdict::Faulty(Reason::NotYetValid);
        assert!(verdict == Verdict::Trusted || verdict == young, "{verdict:?}");
    }
    assert!(validator.held() < 4 << 20, "{}", validator.held());
}

#[test]
fn roots_come_from_a_file_too() {
    let text = format!("some words\n{}", testdata("certificates.pem"));
    assert_eq!(Roots::pem(&text).count(), decoded(&text).len());
    assert_eq!(Roots::pem("-----BEGIN CERTIFICATE-----\n=!\n-----END CERTIFICATE-----\n").count(), 0);
    assert_eq!(Roots::pem("-----BEGIN CERTIFICATE-----\nAAAA").count(), 0);
}

#[test]
fn times_in_the_two_forms_that_there_are() {
    let cases: [(u8, &str, Option<i64>); 14] = [
        (23, "700101000000Z", Some(0)),
        (23, "491231235959Z", Some(2_524_607_999)),
        (23, "500101000000Z", Some(-631_152_000)),
        (24, "20500101000000Z", Some(2_524_608_000)),
        (24, "00010101000000Z", Some(-62_135_596_800)),
        (24, "20240229120000Z", Some(1_709_208_000)),
        (24, "20230229120000Z", None),
        (24, "20000229120000Z", Some(951_825_600)),
        (24, "21000229120000Z", None),
        (24, "20230431120000Z", None),
        (23, "230101240000Z", None),
        (23, "230101000060Z", None),
        (23, "2301010000Z", None),
        (23, "230101000000+0000", None),
    ];
    for (tag, text, expected) in cases {
        let der = [&[tag, text.len() as u8], text.as_bytes()].concat();
        assert_eq!(time::seconds(&Values::der(&der).next_value().unwrap()), expected, "{text}");
    }
}

const A: &str = "8.8.8.8:1000";
const B: &str = "10.0.0.2:443";

/// When each row was begun, the port of the server, and what it says of the server's certificates.
fn statuses(make: impl FnOnce(&mut Play)) -> Vec<String> {
    let mut play = Play::default();
    make(&mut play);
    let short = |row: &String| {
        let columns: Vec<&str> = row.splitn(7, ' ').collect();
        // Three fingerprints come behind the status.
        let rest = row.rsplitn(4, ' ').last().unwrap();
        let status = rest.strip_suffix('"').map_or("-", |rest| rest.rsplit('"').next().unwrap());
        format!("{} {} {status}", columns[0], columns[5])
    };
    play.rows(&POLICY).iter().map(short).collect()
}

#[test]
fn rows_say_what_came_of_it_in_the_order_of_all_rows() {
    let unknown = case("shape-no-mid").sent;
    let own = case("self-plain").sent;
    // The one trusted certificate that needs no other.
    let root = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().find(|root| {
        let [from, until] = Cert::read(root).unwrap().validity;
        from < Some(START) && until > Some(START + 1_000_000)
    });
    let root = vec![root.unwrap().to_vec()];
    let rows = statuses(|play| {
        handshake(play, 0.0, A, B, &unknown, true);
        handshake(play, 1.0, A, "10.0.0.2:444", &own, true);
        handshake(play, 2.0, B, "8.8.8.8:445", &root, true);
        // Nothing to judge: no certificate, none that can be read, and handshakes in plain rows between the others.
        handshake(play, 3.0, A, "10.0.0.3:446", &[], true);
        handshake(play, 4.0, A, "10.0.0.3:447", &[vec![1, 2, 3]], true);
        handshake(play, 5.0, A, "10.0.0.3:448", &[vec![1, 2, 3], own[0].clone()], true);
        // Over before it is complete.
        handshake(play, 6.0, A, "10.0.0.3:449", &own, false);
        handshake(play, 7.0, A, "10.0.0.4:450", &[own[0].clone(), vec![1, 2, 3], root[0].clone()], true);
    });
    let expected = [
        "0.10 443 unable to get local issuer certificate",
        "1.10 444 self signed certificate",
        "2.10 445 ok",
        "3.10 446 -",
        "4.10 447 -",
        "5.10 448 -",
        "7.10 450 self signed certificate",
        "6.10 449 self signed certificate",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_very_large_certificate_is_judged_and_endless_ones_are_not() {
    let own = case("self-plain").sent.remove(0);
    let many = |count: usize| vec![own.clone(); count];
    let rows = statuses(|play| {
        for (at, count) in [1, 32, 40].into_iter().enumerate() {
            handshake(play, at as f64, A, &format!("10.0.0.2:{at}"), &many(count), true);
        }
    });
    assert!(rows.iter().all(|row| row.ends_with("self signed certificate")) && rows.len() == 3, "{rows:?}");
}

#[test]
fn who_is_not_trusted_is_told_once_an_hour() {
    let unknown = case("shape-no-mid").sent;
    let own = case("self-plain").sent;
    let mut play = Play::default();
    handshake(&mut play, 0.0, A, B, &unknown, true);
    handshake(&mut play, 1.0, "8.8.8.8:2", B, &unknown, true);
    // Another certificate, another port, an hour later.
    handshake(&mut play, 2.0, "8.8.8.8:3", B, &own, true);
    handshake(&mut play, 3.0, A, "10.0.0.2:444", &unknown, true);
    handshake(&mut play, 4000.0, "8.8.8.8:4", B, &unknown, true);
    let notices = play.notices(&POLICY);
    let told = |at: &str, from: u16, port: u16, reason: &str, subject: &str| {
        format!(
            "ts={at} id.orig_h=8.8.8.8 id.orig_p={from} id.resp_h=10.0.0.2 id.resp_p={port} fuid=id proto=tcp \
             note=SSL::Invalid_Server_Cert msg=\"SSL certificate validation failed with ({reason})\" sub=\"CN={subject}\" \
             src=8.8.8.8 dst=10.0.0.2 p={port}"
        )
    };
    let missing = "unable to get local issuer certificate";
    let expected = [
        told("0.13", 1000, 443, missing, "shape.example"),
        told("2.13", 3, 443, "self signed certificate", "self plain"),
        told("3.13", 1000, 444, missing, "shape.example"),
        told("4000.13", 4, 443, missing, "shape.example"),
    ];
    assert_eq!(notices, expected);
}
