//! Checks chains one after the other, and remembers what costs something to find out again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use gannet::{Interval, Timestamp};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::cert::{Cert, Print};
use super::name::Name;
use super::path::{Chain, judge};
use super::reason::Verdict;
use super::roots::Roots;
use super::signature::{self, Check};
use crate::recent::Recent;
use crate::table::Table;

/// Certificates of one server that are looked at.
pub(super) const MAX_CERTIFICATES: usize = 32;
/// Signatures that are remembered.
const MAX_PAIRS: usize = 16_384;
/// Chains whose verdict is remembered.
const MAX_RESULTS: usize = 8192;
/// How long a verdict is remembered that nobody asks for.
const RESULT_LIFE: Interval = Interval::from_secs(300);
/// Issuers whose chains are remembered, and bytes of all their chains.
const MAX_ISSUERS: usize = 4096;
const MAX_ISSUER_BYTES: usize = 16 << 20;
/// What checking signatures may cost for one chain, and for all that come within a second of the capture: see
/// [`signature::cost`].
const MAX_COST: u32 = 100;
const MAX_COST_PER_SECOND: u32 = 1000;
/// Longer than any capture.
const FOR_EVER: Interval = Interval::from_secs(1 << 33);

/// Judges servers by their certificates, as Zeek does with OpenSSL 3: the chain and its dates, not the server's name, nor what a
/// key is for, nor how weak it is, nor whether it was revoked.
///
/// What one server shows helps to judge the next: if a chain was found to be trusted, its certificates between the first and the
/// last are tried for others of the same issuer too, whose servers leave them out.
pub struct Validator {
    roots: Roots,
    signatures: Signatures,
    /// By all that was sent. Strangers choose that, and must not find another chain with the same number: its key is secret.
    results: Table<u128, (Verdict, Timestamp)>,
    key: [u8; 16],
    issuers: Table<Name, Chain>,
    issuer_bytes: usize,
    shed: u64,
}

/// Signatures that were checked: the issuer, what was signed, whether it was good.
struct Signatures {
    checked: Recent<(Print, Print, bool)>,
    /// What is left for this chain, for this second, and which one it is.
    chain_left: u32,
    second_left: u32,
    second: i64,
    /// One was not checked because nothing was left.
    short: bool,
}

impl Validator {
    /// One that trusts these.
    #[must_use]
    pub fn new(roots: Roots) -> Self {
        let checked = Recent::new(MAX_PAIRS);
        Self {
            roots,
            signatures: Signatures { checked, chain_left: 0, second_left: 0, second: i64::MIN, short: false },
            results: Table::new(MAX_RESULTS, FOR_EVER),
            key: secret(),
            issuers: Table::new(MAX_ISSUERS, FOR_EVER),
            issuer_bytes: 0,
            shed: 0,
        }
    }

    /// Judges a server by its certificates as they came, its own first. Times are those of the capture.
    pub fn validate<B: AsRef<[u8]>>(&mut self, certificates: &[B], now: Timestamp) -> Verdict {
        let sent = self.number(certificates);
        if let Some((verdict, used)) = self.results.get_mut(&sent)
            && now <= *used + RESULT_LIFE
        {
            *used = now;
            return *verdict;
        }
        self.signatures.begin(now);
        // What others wrote to check signatures meets what strangers made: a defect there must not cost more than a verdict.
        let judged = catch_unwind(AssertUnwindSafe(|| self.judge(certificates, now)));
        let verdict = judged.unwrap_or(Verdict::Unknown);
        self.shed += u64::from(self.signatures.short);
        if !self.signatures.short {
            self.remember(sent, verdict, now);
        }
        verdict
    }

    /// The number of a chain among all that there can be.
    fn number<B: AsRef<[u8]>>(&self, certificates: &[B]) -> u128 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        for certificate in certificates.iter().map(AsRef::as_ref) {
            hasher.write_usize(certificate.len());
            hasher.write(certificate);
        }
        hasher.finish128().as_u128()
    }

    fn remember(&mut self, sent: u128, verdict: Verdict, now: Timestamp) {
        match self.results.get_mut(&sent) {
            Some(known) => *known = (verdict, now),
            None => _ = self.results.insert(sent, (verdict, now), now),
        }
    }

    fn judge<B: AsRef<[u8]>>(&mut self, certificates: &[B], now: Timestamp) -> Verdict {
        let mut read =
            certificates.iter().take(MAX_CERTIFICATES).map(|certificate| Cert::read(certificate.as_ref()));
        let Some(leaf) = read.next().flatten().map(Arc::new) else { return Verdict::Unknown };
        let seconds = now.nanos().div_euclid(1_000_000_000);
        let Self { roots, signatures, issuers, .. } = self;
        let mut signer = |issuer: &Cert, subject: &Cert| signatures.check(issuer, subject);
        if let Some(known) = issuers.get_mut(&leaf.issuer)
            && let (Verdict::Trusted, _) = judge(&leaf, known, roots, seconds, &mut signer)
        {
            return Verdict::Trusted;
        }
        let sent: Vec<Arc<Cert>> = read.flatten().map(Arc::new).collect();
        let (verdict, chain) = judge(&leaf, &sent, roots, seconds, &mut signer);
        if let [leaf, between @ .., _] = chain.as_slice()
            && !between.is_empty()
        {
            self.keep(&leaf.issuer, between, now);
        }
        verdict
    }

    /// The certificates between the first and the last of a chain are kept for others of the same issuer.
    fn keep(&mut self, issuer: &Name, between: &[Arc<Cert>], now: Timestamp) {
        let bytes = bytes(between);
        if self.issuers.get_mut(issuer).is_some() || self.issuer_bytes + bytes > MAX_ISSUER_BYTES {
            return;
        }
        self.issuer_bytes += bytes;
        if let Some(gone) = self.issuers.insert(issuer.clone(), between.to_vec(), now) {
            self.issuer_bytes -= self::bytes(&gone);
        }
    }

    /// Chains that were not judged, because there were too many signatures to check; since the last time this was asked.
    pub fn gave_up(&mut self) -> u64 {
        std::mem::take(&mut self.shed)
    }

    /// What is left of what may be spent in the second of the last chain, before which there is none.
    #[cfg(test)]
    pub(super) fn costs_left(&self) -> Option<u32> {
        (self.signatures.second != i64::MIN).then_some(self.signatures.second_left)
    }

    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.roots.held()
            + self.signatures.checked.held()
            + self.results.held()
            + self.issuers.held()
            + self.issuer_bytes
    }
}

impl Signatures {
    /// Another chain is judged.
    fn begin(&mut self, now: Timestamp) {
        let second = now.nanos().div_euclid(1_000_000_000);
        if second != self.second {
            (self.second, self.second_left) = (second, MAX_COST_PER_SECOND);
        }
        (self.chain_left, self.short) = (MAX_COST, false);
    }

    fn check(&mut self, issuer: &Cert, subject: &Cert) -> Check {
        for good in [true, false] {
            if self.checked.contains(&(issuer.print, subject.print, good)) {
                return if good { Check::Good } else { Check::Bad };
            }
        }
        let cost = signature::cost(issuer);
        if self.chain_left < cost || self.second_left < cost {
            self.short = true;
            return Check::Unknown;
        }
        (self.chain_left, self.second_left) = (self.chain_left - cost, self.second_left - cost);
        let check = signature::check(issuer, subject);
        if check != Check::Unknown {
            self.checked.insert((issuer.print, subject.print, check == Check::Good));
        }
        check
    }
}

/// A key that nobody knows.
fn secret() -> [u8; 16] {
    let part = || RandomState::new().hash_one(0_u8);
    (u128::from(part()) << 64 | u128::from(part())).to_le_bytes()
}

fn bytes(chain: &[Arc<Cert>]) -> usize {
    chain.iter().map(|cert| cert.held() + cert.issuer.held()).sum()
}
