//! Certificates of servers: `known_certs.log`.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::events::{Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation, Port, Secured};

use crate::day::{DAY, SWEEP, Sweeps};
use crate::policy::Policy;
use crate::table::Table;

/// Certificates that are remembered, each for one host.
const MAX_CERTS: usize = 200_000;
/// Bytes of a certificate's name that cross and are told.
const MAX_NAME: usize = 1024;

/// The policy.
pub const POLICY: Policy =
    Policy::new("Certificates of local servers, each once a day for each host", &FOLD).local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("known_certs", &[KnownCert::STREAM], || Box::new(KnownCerts::default()))
        .every(SWEEP)
        .watches(&[Secured::STREAM], observe);

gannet::record! {
    /// One row a day for each certificate with which a local server completes a handshake of TLS or DTLS; from TLS 1.3 on nobody
    /// sees it.
    pub struct KnownCert in "known_certs" {
        /// When it was seen.
        ts: Timestamp,
        /// The server's address.
        host: IpAddr,
        /// The port at which it was seen.
        port_num: Option<Port>,
        /// Whom it names.
        subject: Option<String>,
        /// Who signed it.
        issuer_subject: Option<String>,
        /// Its serial number, hexadecimal.
        serial: Option<String>,
    }
}

/// A certificate, and where it was seen.
struct Seen {
    host: IpAddr,
    port: u16,
    sha1: [u8; 20],
    subject: String,
    issuer: String,
    serial: String,
}

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Secured { conn, local_resp, leaf_sha1, leaf_subject, leaf_issuer, leaf_serial, .. } = event.get()?;
    if *local_resp != Some(true) {
        return None;
    }
    let sha1 = leaf_sha1.as_deref().and_then(|bytes| bytes.first_chunk::<20>())?;
    Some(Box::new(Seen {
        host: conn.resp_h,
        port: conn.resp_p,
        sha1: *sha1,
        subject: short(leaf_subject.as_deref()),
        issuer: short(leaf_issuer.as_deref()),
        serial: short(leaf_serial.as_deref()),
    }))
}

/// A name, cut if it is too long.
fn short(name: Option<&str>) -> String {
    let name = name.unwrap_or_default();
    let end = name.floor_char_boundary(MAX_NAME);
    name.get(..end).unwrap_or_default().to_owned()
}

/// The certificates that were seen within a day.
struct KnownCerts {
    certs: Table<(IpAddr, [u8; 20]), ()>,
    sweeps: Sweeps,
}

impl Default for KnownCerts {
    fn default() -> Self {
        Self { certs: Table::new(MAX_CERTS, DAY), sweeps: Sweeps::default() }
    }
}

impl Fold for KnownCerts {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(seen) = item.downcast::<Seen>() else { return };
        let Seen { host, port, sha1, subject, issuer, serial } = *seen;
        let ts = out.now();
        if self.certs.get_mut(&(host, sha1)).is_some() {
            return;
        }
        let gone = self.certs.insert((host, sha1), (), self.sweeps.born(ts));
        out.gave_up(u64::from(gone.is_some()));
        let row = KnownCert {
            ts,
            host,
            port_num: Some(Port(port)),
            subject: Some(subject),
            issuer_subject: Some(issuer),
            serial: Some(serial),
        };
        out.emit(None, &row, &[]);
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.certs.sweep(out.now(), |()| ());
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.certs.held()
    }
}
