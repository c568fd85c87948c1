//! Certificates of servers: `known_certs.log`.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::events::{Event, Fold, FoldDescriptor, FoldOutput, Observation, Port, Secured};

use crate::day::{DAY, SWEEP, Sweeps};
use crate::memory::{Keeper, Reader, Writer};
use crate::policy::Policy;
use crate::settings::{Hosts, Kind, Setting, Settings};
use crate::table::Table;

/// Certificates that are remembered, each for one host.
const MAX_CERTS: usize = 200_000;
/// Bytes of a certificate's name that cross and are told.
const MAX_NAME: usize = 1024;

/// What can be set.
const HOSTS: Setting = Setting::new(
    "hosts",
    Kind::Hosts(Hosts::Local),
    "servers whose certificates are told: local, remote or all",
);

/// The policy.
pub const POLICY: Policy = Policy::new("Certificates of local servers, each once a day for each host", &FOLD)
    .set_by(&[&HOSTS])
    .keeps()
    .local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("known_certs", &[KnownCert::STREAM], || Box::new(KnownCerts::default()))
        .every(SWEEP)
        .given(|given| Box::new(KnownCerts::by(Settings::of(given))))
        .watches(&[Secured::STREAM], |_, event| observe(Hosts::Local, event))
        .watches_given(|given, _, event| observe(Settings::of(given).hosts(&HOSTS), event));

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

fn observe(hosts: Hosts, event: Event<'_>) -> Option<Observation> {
    let Secured { conn, local_resp, leaf_sha1, leaf_subject, leaf_issuer, leaf_serial, .. } = event.get()?;
    if !hosts.have(*local_resp) {
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
    certs: Certs,
    sweeps: Sweeps,
    keeper: Keeper,
}

/// Certificates, each of one host.
type Certs = Table<(IpAddr, [u8; 20]), ()>;

impl Default for KnownCerts {
    fn default() -> Self {
        let certs = Table::new(MAX_CERTS, DAY);
        Self { certs, sweeps: Sweeps::default(), keeper: Keeper::default() }
    }
}

impl KnownCerts {
    fn by(settings: &Settings) -> Self {
        let memory = settings.memory();
        let read = |from: &mut Reader<'_>| {
            let mut certs = Table::new(MAX_CERTS, DAY);
            certs.read(from, |from| Some(((from.host()?, from.array()?), ())))?;
            Some(certs)
        };
        let known = memory.recall(read).map_or_else(Self::default, |certs| Self { certs, ..Self::default() });
        Self { keeper: Keeper::new(memory), ..known }
    }
}

/// Writes what is known.
fn write(certs: &Certs) -> impl FnOnce(&mut Writer) {
    |to| {
        certs.write(to, |to, (host, sha1), ()| {
            to.host(*host);
            to.array(sha1);
        });
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
            self.keeper.look(out.now(), write(&self.certs));
        }
    }

    fn finish(&mut self, _: &mut FoldOutput<'_>) {
        self.keeper.keep(write(&self.certs));
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.certs.held()
    }
}
