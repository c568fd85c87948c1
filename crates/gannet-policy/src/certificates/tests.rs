//! Chains, judged as OpenSSL judges them, and rows that come of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gannet::Timestamp;

use super::roots::decoded;
use super::{Roots, Validator, Verdict};

/// A file of `testdata/chains/`.
fn testdata(name: &str) -> String {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/chains");
    std::fs::read_to_string(dir.join(name)).unwrap()
}

/// What openssl said of each made chain is said here too: the number of the first fault.
#[test]
fn chains_are_judged_as_openssl_judges_them() {
    let all = decoded(&testdata("certificates.pem"));
    let some = |list: &str| list.split(',').map(|at| &all[at.parse::<usize>().unwrap()]).collect::<Vec<_>>();
    let mut wrong = Vec::new();
    let mut kinds = BTreeMap::new();
    for line in testdata("chains.tsv").lines() {
        let [label, now, trusted, sent, number] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let roots = Roots::of(some(trusted).into_iter().map(Vec::as_slice));
        let now = Timestamp::from_parts(now.parse().unwrap(), 0);
        let verdict = Validator::new(roots).validate(&some(sent), now);
        let found = match verdict {
            Verdict::Trusted => "0".to_owned(),
            Verdict::Faulty(reason) => reason.number().to_string(),
            Verdict::Unknown => "-".to_owned(),
        };
        *kinds.entry(number.to_owned()).or_insert(0) += 1;
        // Signatures of a kind that is not checked here are told by the name of the case.
        let expected = if label.starts_with("unchecked-") { "-" } else { number };
        if found != expected {
            wrong.push(format!("{label}: {found} instead of {number}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), kinds.values().sum::<i32>(), wrong.join("\n"));
    assert!(kinds.values().sum::<i32>() > 300 && kinds.len() > 15, "{kinds:?}");
}
