//! What records say that may be on a list, on the worker that made them.

mod mail;
mod tls;
mod web;

use std::net::IpAddr;

use gannet::Timestamp;
use gannet::analyzers::dns::Dns;
use gannet::analyzers::http::Http;
use gannet::analyzers::smtp::Smtp;
use gannet::analyzers::ssh::Ssh;
use gannet::analyzers::ssl::Ssl;
use gannet::events::{ConnTag, Established, Event, Given, Meta, Observation, Presented, Secured};
use gannet::files::FileInfo;
use gannet::files::x509::X509;

use super::hit::{Hit, Hits, Seen};
use super::kind::{Kind, Kinds, Place};
use super::lists::{Lists, Versions};
use super::sought::{MAX_INDICATOR, Sought};

/// What one record is found by at most.
const MAX_HITS: usize = 64;

/// What of a record is on a list.
pub(super) fn look(given: &Given, meta: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let lists = given.downcast_ref::<Lists>()?;
    let versions = lists.versions();
    let kinds = versions.stores().fold(Kinds::default(), |kinds, store| kinds.or(store.kinds()));
    let above = lists.settings.subdomains;
    let (ts, conn) = (meta.now, meta.conn.copied());
    let mut looking = Looking { versions: &versions, kinds, above, ts, conn, file: None, hits: Hits::new() };
    looking.record(event);
    (!looking.hits.is_empty()).then(|| Box::new(looking.hits) as Observation)
}

/// A record that is looked at.
struct Looking<'a> {
    versions: &'a Versions,
    /// Kinds of which there is an item.
    kinds: Kinds,
    /// Whether a name stands for those below it.
    above: bool,
    /// When it was, and where.
    ts: Timestamp,
    conn: Option<ConnTag>,
    file: Option<Seen>,
    hits: Hits,
}

impl Looking<'_> {
    fn record(&mut self, event: Event<'_>) {
        if let Some(Established { conn, .. }) = event.get() {
            self.of(*conn, self.ts).addr(Place::ORIG, conn.orig_h).addr(Place::RESP, conn.resp_h);
        } else if let Some(Dns { ts, conn, query, .. }) = event.get() {
            self.of(*conn, *ts).some_text(Place::QUERY, Kind::Domain, query.as_deref());
        } else if let Some(http) = event.get::<Http>() {
            self.http(http);
        } else if let Some(Ssl { ts, conn, server_name, .. }) = event.get() {
            self.of(*conn, *ts).some_text(Place::SERVER_NAME, Kind::Domain, server_name.as_deref());
        } else if let Some(secured) = event.get::<Secured>() {
            self.secured(secured);
        } else if let Some(presented) = event.get::<Presented>() {
            self.presented(presented);
        } else if let Some(certificate) = event.get::<X509>() {
            self.certificate(certificate);
        } else if let Some(file) = event.get::<FileInfo>() {
            self.file(file);
        } else if let Some(mail) = event.get::<Smtp>() {
            self.mail(mail);
        } else if let Some(Ssh { conn, auth_success: Some(true), .. }) = event.get() {
            self.of(*conn, self.ts).addr(Place::LOGIN, conn.orig_h);
        }
    }

    /// What comes now is of this connection and time.
    fn of(&mut self, conn: ConnTag, ts: Timestamp) -> &mut Self {
        (self.conn, self.ts) = (Some(conn), ts);
        self
    }

    /// Looks an address up.
    fn addr(&mut self, place: Place, addr: IpAddr) -> &mut Self {
        if self.kinds.has(Kind::Addr) {
            self.look(place, &Sought::Addr(addr));
        }
        self
    }

    /// Looks a text up.
    fn text(&mut self, place: Place, kind: Kind, text: &[u8]) -> &mut Self {
        if self.kinds.has(kind) && !text.is_empty() && text.len() <= MAX_INDICATOR {
            self.look(place, &Sought::Text(kind, text));
        }
        self
    }

    /// Looks a text up that there may be.
    fn some_text(&mut self, place: Place, kind: Kind, text: Option<&[u8]>) -> &mut Self {
        self.text(place, kind, text.unwrap_or_default())
    }

    fn look(&mut self, place: Place, sought: &Sought<&[u8]>) {
        if self.hits.len() < MAX_HITS && self.versions.stores().any(|store| store.has(sought, self.above)) {
            let sought = match sought {
                Sought::Addr(addr) => Sought::Addr(*addr),
                Sought::Text(kind, text) => Sought::Text(*kind, text.to_vec()),
            };
            let Self { ts, conn, file, .. } = self;
            self.hits.push(Hit { ts: *ts, conn: *conn, file: file.clone(), sought, place });
        }
    }
}
