//! From a certificate to a trusted one, and what has to hold on the way, in the order in which OpenSSL 3 does it: RFC 5280,
//! section 6.

use std::sync::Arc;

use super::cert::{Cert, best};
use super::key::Key;
use super::reason::{Reason, Verdict};
use super::roots::Roots;
use super::signature::Check;

/// Certificates in a row, from the one that is judged to one that is trusted.
pub(super) type Chain = Vec<Arc<Cert>>;

/// Says whether the first certificate's key signed the second one.
pub(super) type Signer<'s> = dyn FnMut(&Cert, &Cert) -> Check + 's;

/// Judges a certificate by what was sent with it and by trusted ones, at a time in seconds since 1970. If it is trusted, its
/// chain comes with it.
pub(super) fn judge(
    leaf: &Arc<Cert>,
    sent: &[Arc<Cert>],
    roots: &Roots,
    now: i64,
    signer: &mut Signer<'_>,
) -> (Verdict, Chain) {
    let judged = build(leaf, sent, roots, now).and_then(|chain| {
        check_authorities(&chain)?;
        let known = check_signatures(&chain, now, signer)?;
        check_names(&chain)?;
        Ok((known, chain))
    });
    match judged {
        Ok((true, chain)) => (Verdict::Trusted, chain),
        Ok((false, _)) => (Verdict::Unknown, Vec::new()),
        Err(Fault::Found(reason)) => (Verdict::Faulty(reason), Vec::new()),
        Err(Fault::Unknown) => (Verdict::Unknown, Vec::new()),
    }
}

/// Why a chain is not trusted.
enum Fault {
    Found(Reason),
    /// It cannot be said.
    Unknown,
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self::Found(reason)
    }
}

/// The way up. At each step a trusted issuer is looked for first, and then one that was sent; once one is trusted, the others
/// have to be.
fn build(leaf: &Arc<Cert>, sent: &[Arc<Cert>], roots: &Roots, now: i64) -> Result<Chain, Fault> {
    let mut chain = vec![Arc::clone(leaf)];
    let mut left: Vec<&Arc<Cert>> = sent.iter().collect();
    let mut top = leaf;
    let mut trusted = false;
    loop {
        if let Some(issuer) = roots.issuer(top, now) {
            if top.self_signed && issuer.print == top.print {
                return Ok(chain);
            }
            if !top.self_signed {
                chain.push(Arc::clone(issuer));
                if issuer.self_signed {
                    return Ok(chain);
                }
                (top, trusted) = (issuer, true);
                continue;
            }
        }
        if trusted || top.self_signed {
            break;
        }
        let Some(at) = best_issuer(top, &left, &chain, now) else { break };
        top = left.remove(at);
        chain.push(Arc::clone(top));
    }
    Err(match (top.self_signed, chain.len()) {
        (true, 1) => Reason::SelfSigned,
        (true, _) => Reason::SelfSignedInChain,
        (false, _) if trusted => Reason::NoIssuer,
        (false, _) => Reason::NoLocalIssuer,
    }
    .into())
}

/// The place of the best issuer of a certificate: the first that is valid, or else the one that was valid last.
fn best_issuer(top: &Cert, among: &[&Arc<Cert>], chain: &[Arc<Cert>], now: i64) -> Option<usize> {
    let is_alone = chain.len() == 1 && top.self_issued;
    let is_used = |cert: &Cert| !is_alone && chain.iter().any(|used| used.print == cert.print);
    let issuers = among.iter().enumerate().filter(|(_, cert)| !is_used(cert) && cert.may_have_signed(top));
    best(issuers.map(|(at, cert)| (at, &***cert)), now)
}

/// What each certificate says of itself, from the first to the trusted one.
fn check_authorities(chain: &[Arc<Cert>]) -> Result<(), Fault> {
    let mut below = 0;
    for (at, cert) in chain.iter().enumerate() {
        if cert.extensions.unknown_critical {
            return Err(Reason::UnknownCritical.into());
        }
        if cert.extensions.proxy {
            return Err(Reason::Proxy.into());
        }
        if at > 0 && !cert.is_authority() {
            return Err(Reason::InvalidCa.into());
        }
        if chain.len() > 1 && cert.key == Key::ExplicitCurve {
            return Err(Reason::ExplicitCurve.into());
        }
        if at > 1 && cert.path_len().is_some_and(|most| below > most) {
            return Err(Reason::PathTooLong.into());
        }
        below += u64::from(at > 0 && !cert.self_issued);
    }
    if chain.iter().any(|cert| cert.key.is_unreadable()) {
        return Err(Reason::Unspecified.into());
    }
    Ok(())
}

/// Signatures and times, from the trusted certificate down. Whether all signatures could be checked.
fn check_signatures(chain: &[Arc<Cert>], now: i64, signer: &mut Signer<'_>) -> Result<bool, Fault> {
    let mut known = true;
    let mut above: Option<&Cert> = None;
    for cert in chain.iter().rev() {
        if let Some(issuer) = above {
            match signer(issuer, cert) {
                Check::Good => {}
                Check::Bad => return Err(if known { Reason::BadSignature.into() } else { Fault::Unknown }),
                Check::Unknown => known = false,
            }
        }
        check_time(cert, now).map_err(|reason| if known { reason.into() } else { Fault::Unknown })?;
        above = Some(cert);
    }
    Ok(known)
}

fn check_time(cert: &Cert, now: i64) -> Result<(), Reason> {
    match cert.validity {
        [None, _] => Err(Reason::BadNotBefore),
        [Some(from), _] if from > now => Err(Reason::NotYetValid),
        [_, None] => Err(Reason::BadNotAfter),
        [_, Some(until)] if until <= now => Err(Reason::Expired),
        _ => Ok(()),
    }
}

/// The names of all certificates, from the trusted one down, by what those above allow.
fn check_names(chain: &[Arc<Cert>]) -> Result<(), Fault> {
    for (at, cert) in chain.iter().enumerate().rev() {
        if at > 0 && cert.self_issued {
            continue;
        }
        for above in chain.iter().skip(at + 1).rev() {
            if let Some(constraints) = &above.extensions.constraints {
                constraints.check(&cert.der, at == 0)?;
            }
        }
    }
    Ok(())
}
