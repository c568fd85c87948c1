//! What is seen of a connection on its worker: whether it tells of a service.

use std::net::IpAddr;

use gannet::events::{Event, Milestone, Observation, Uid};

use crate::settings::Hosts;

/// Bytes of the names of one connection's protocols; each analyzer has one, and few are on one connection.
const MAX_NAMES: usize = 160;

/// A transport that has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Proto {
    Tcp,
    Udp,
}

impl Proto {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Where a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Endpoint {
    pub(super) host: IpAddr,
    pub(super) port: u16,
    pub(super) proto: Proto,
}

/// A milestone of a connection.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) uid: Uid,
    pub(super) over: bool,
    pub(super) at: Endpoint,
    /// Whether it tells of the service there.
    pub(super) tells: bool,
    /// Its protocols, joined by commas.
    pub(super) service: Option<Box<str>>,
}

/// What matters of a milestone: that of a connection to one of these hosts that takes part, or took part.
pub(super) fn observe(hosts: Hosts, event: Event<'_>) -> Option<Observation> {
    let Milestone { conn, over, service, answered, resp_bytes, local_resp, .. } = event.get()?;
    if !hosts.have(*local_resp) {
        return None;
    }
    let proto = match conn.ip_proto {
        6 => Proto::Tcp,
        17 => Proto::Udp,
        _ => return None,
    };
    // A connection that was done with before is forgotten when it is over.
    let may_be_done = *over && (service.is_some() || *resp_bytes > 0);
    let tells = *answered && !is_none_yet(service.as_deref(), *resp_bytes);
    if !tells && !may_be_done {
        return None;
    }
    let at = Endpoint { host: conn.resp_h, port: conn.resp_p, proto };
    let service = service.as_deref().filter(|_| tells).map(|names| cut(names).into());
    Some(Box::new(Candidate { uid: conn.uid?, over: *over, at, tells, service }))
}

/// Whether the only protocol is none of the port's own: data that FTP promised, or questions to who never answered.
fn is_none_yet(service: Option<&str>, resp_bytes: u64) -> bool {
    match service {
        Some("ftp-data") => true,
        Some("dns") => resp_bytes == 0,
        _ => false,
    }
}

/// Names that are too many are cut between two.
fn cut(names: &str) -> &str {
    let Some(head) = names.get(..MAX_NAMES) else { return names };
    head.rsplit_once(',').map_or("", |(head, _)| head)
}
