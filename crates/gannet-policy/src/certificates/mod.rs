//! Whether the certificates of servers are trusted: the column `validation_status` of `ssl.log`.

mod cert;
mod constraints;
mod key;
mod name;
mod path;
mod reason;
mod roots;
mod scheme;
mod signature;
#[cfg(test)]
mod tests;
pub(crate) mod time;
mod validator;

pub use reason::{Reason, Verdict};
pub use roots::Roots;
pub use validator::Validator;

use std::any::Any;
use std::borrow::Cow;

use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::settings::{Kind, Setting, Settings};
use gannet::analyzers::ssl::Ssl;
use gannet::events::{
    ConnTag, Event, Fold, FoldDescriptor, FoldOutput, Fuid, Meta, Observation, Presented, Uid,
};
use gannet::files::x509::Certificate;

/// The notice that a server's certificates are not trusted.
const INVALID: &str = "SSL::Invalid_Server_Cert";

/// What can be set.
const ROOTS: Setting = Setting::new(
    "roots",
    Kind::File,
    "file of the certificates that are trusted, as PEM, in the place of Mozilla's",
);

/// The policy.
pub const POLICY: Policy = Policy::new(
    "Whether certificates of servers are trusted, by their chains and at the time of the capture",
    &FOLD,
)
.raises(&[INVALID])
.set_by(&[&ROOTS])
.local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("certificates", &[Ssl::STREAM], || Box::new(Certificates::default()))
        .given(|given| Box::new(Certificates::by(Settings::of(given))))
        .watches(&[Presented::STREAM, Ssl::STREAM], observe)
        .takes(&[Ssl::STREAM])
        .tells(&notice::FOLD);

/// What a server showed.
struct Shown {
    uid: Option<Uid>,
    leaf_fuid: Fuid,
    certificates: Vec<Vec<u8>>,
}

/// The row that comes after it.
struct Row {
    conn: Option<ConnTag>,
    row: Ssl,
}

/// Rows of connections whose server showed a certificate are taken: what others showed helps to judge it, and only behind the
/// merge is it known who came first. All others stay on their worker.
fn observe(meta: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    if let Some(Presented { conn, leaf_fuid, certificates, .. }) = event.get() {
        let certificates = certificates.0.clone();
        return Some(Box::new(Shown { uid: conn.uid, leaf_fuid: *leaf_fuid, certificates }));
    }
    let row: &Ssl = event.get()?;
    let shown = row.cert_chain_fps.as_ref().is_some_and(|chain| !chain.0.is_empty());
    shown.then(|| Box::new(Row { conn: meta.conn.copied(), row: row.clone() }) as Observation)
}

/// Judges servers in the order in which their handshakes were over.
#[derive(Default)]
struct Certificates {
    /// Made for the first one, for it reads all trusted certificates.
    validator: Option<Validator>,
    /// The text of those that are trusted; Mozilla's if it is empty.
    roots: String,
    /// What was shown on the connection whose row comes next.
    shown: Option<Shown>,
}

impl Certificates {
    fn by(settings: &Settings) -> Self {
        Self { roots: settings.file(&ROOTS).to_owned(), ..Self::default() }
    }

    fn row(&mut self, mut row: Ssl, conn: Option<&ConnTag>, out: &mut FoldOutput<'_>) {
        if let Some(shown) = self.shown.take_if(|shown| shown.uid == row.conn.uid) {
            let roots = || if self.roots.is_empty() { Roots::mozilla() } else { Roots::pem(&self.roots) };
            let validator = self.validator.get_or_insert_with(|| Validator::new(roots()));
            let verdict = validator.validate(&shown.certificates, out.now());
            out.gave_up(validator.gave_up());
            row.validation_status = verdict.text().map(Cow::Borrowed);
            if let Verdict::Faulty(reason) = verdict {
                raise(reason, &shown, row.conn, out);
            }
        }
        out.emit(conn, &row, &[]);
    }
}

/// Bits of the modulus of a key by RSA, or of the prime of one by DSA.
pub(crate) fn modulus_bits(certificate: &Certificate<'_>) -> Option<usize> {
    key::modulus_bits(&certificate.key_algorithm, certificate.key)
}

/// Tells of a server, once an hour for each of its certificates and each of their faults.
fn raise(reason: Reason, shown: &Shown, conn: ConnTag, out: &mut FoldOutput<'_>) {
    let leaf = shown.certificates.first().map(Vec::as_slice).unwrap_or_default();
    let subject = Certificate::read(leaf).map(|leaf| leaf.names());
    let [subject, ..] = subject.unwrap_or_default();
    let text = format!("SSL certificate validation failed with ({})", reason.text());
    let mut identifier = notice::of_server(&conn, leaf);
    identifier.extend_from_slice(&reason.number().to_be_bytes());
    Raise::new(INVALID, text).more(subject).conn(conn).fuid(shown.leaf_fuid).identifier(identifier).to(out);
}

impl Fold for Certificates {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        match item.downcast::<Shown>() {
            Ok(shown) => self.shown = Some(*shown),
            Err(item) => {
                if let Ok(row) = item.downcast::<Row>() {
                    let Row { conn, row } = *row;
                    self.row(row, conn.as_ref(), out);
                }
            }
        }
    }

    fn held(&self) -> usize {
        let shown = self.shown.iter().flat_map(|shown| &shown.certificates);
        self.validator.as_ref().map_or(0, Validator::held)
            + self.roots.capacity()
            + shown.map(Vec::capacity).sum::<usize>()
    }
}
