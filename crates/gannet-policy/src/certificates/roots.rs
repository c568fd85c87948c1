//! Certificates that are trusted.

use std::collections::BTreeMap;
use std::sync::Arc;

use gannet::parsers::base64::Base64;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use super::cert::{Cert, best};
use super::name::Name;

/// Certificates that are trusted whatever is said of them, by their names.
#[derive(Debug, Default)]
pub struct Roots {
    named: BTreeMap<Name, Vec<Arc<Cert>>>,
    /// Bytes of memory.
    held: usize,
}

impl Roots {
    /// Those of Mozilla, as they are compiled in.
    #[must_use]
    pub fn mozilla() -> Self {
        Self::of(TLS_SERVER_ROOT_CERTS.iter().map(|der| der.as_ref()))
    }

    /// These; what is no certificate is left out.
    pub fn of<'d>(ders: impl IntoIterator<Item = &'d [u8]>) -> Self {
        let mut roots = Self::default();
        for cert in ders.into_iter().filter_map(Cert::read) {
            roots.held += cert.held() + size_of::<Name>() + cert.subject.held();
            roots.named.entry(cert.subject.clone()).or_default().push(Arc::new(cert));
        }
        roots
    }

    /// Those of a text with certificates in base64 between lines that say so (RFC 7468); whatever else is in it is left out.
    #[must_use]
    pub fn pem(text: &str) -> Self {
        let ders = decoded(text);
        Self::of(ders.iter().map(Vec::as_slice))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.named.values().map(Vec::len).sum()
    }

    /// The best of those that may have signed a certificate.
    pub(super) fn issuer(&self, of: &Cert, now: i64) -> Option<&Arc<Cert>> {
        let named = self.named.get(&of.issuer)?;
        let may = named.iter().filter(|cert| cert.may_have_signed(of));
        best(may.map(|cert| (cert, &**cert)), now)
    }

    /// Bytes of memory.
    pub(super) const fn held(&self) -> usize {
        self.held
    }
}

/// The encodings of certificates in a text.
pub(super) fn decoded(text: &str) -> Vec<Vec<u8>> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let bodies = text.split(BEGIN).skip(1).filter_map(|rest| Some(rest.split_once(END)?.0));
    let decode = |body: &str| {
        let (mut base64, mut der) = (Base64::default(), Vec::new());
        base64.decode(body.as_bytes(), &mut der, &mut |_| ());
        base64.finish(&mut der, &mut |_| ());
        der
    };
    bodies.map(decode).collect()
}
