//! What one host tried.

use std::net::IpAddr;

use gannet::Timestamp;

/// Where a host tried to get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) host: IpAddr,
    pub(super) port: u16,
}

/// What a scan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One port of many hosts.
    Addresses { hosts: usize, port: u16 },
    /// Many ports of one host.
    Ports { ports: usize, host: IpAddr },
    /// Many of both.
    Random { hosts: usize, ports: usize },
}

/// The places that a host tried, each once; there are never more than make a scan.
#[derive(Debug)]
pub(super) struct Source {
    /// When it tried the first.
    pub(super) since: Timestamp,
    /// In order.
    targets: Vec<Target>,
}

impl Source {
    pub(super) fn new(since: Timestamp) -> Self {
        Self { since, targets: Vec::new() }
    }

    pub(super) fn note(&mut self, target: Target) {
        if let Err(place) = self.targets.binary_search(&target) {
            self.targets.insert(place, target);
        }
    }

    /// Number of places.
    pub(super) fn len(&self) -> usize {
        self.targets.len()
    }

    /// What it looks like.
    pub(super) fn kind(&self) -> Kind {
        // They are in order of hosts.
        let hosts = self.targets.chunk_by(|a, b| a.host == b.host).count();
        let mut ports: Vec<u16> = self.targets.iter().map(|target| target.port).collect();
        ports.sort_unstable();
        ports.dedup();
        match (self.targets.first(), hosts, ports.len()) {
            (Some(first), _, 1) => Kind::Addresses { hosts, port: first.port },
            (Some(first), 1, ports) => Kind::Ports { ports, host: first.host },
            (_, hosts, ports) => Kind::Random { hosts, ports },
        }
    }

    /// Lets all of them go; the bytes that they had.
    pub(super) fn empty(&mut self) -> usize {
        let held = self.held();
        self.targets = Vec::new();
        held
    }

    /// Bytes of memory beside its place.
    pub(super) fn held(&self) -> usize {
        self.targets.capacity() * size_of::<Target>()
    }
}
