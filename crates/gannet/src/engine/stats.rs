//! What is counted on the way, for the summary and for whoever watches.

use std::collections::BTreeMap;

use crate::capture::{LinkType, PacketMeta};
use crate::decode::ip::proto;
use crate::time::Timestamp;

/// Counters of one engine, or of all engines of a run together.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Packets that were looked at.
    pub packets: u64,
    /// Their captured bytes.
    pub bytes: u64,
    /// Packets that were cut by the snap length.
    pub cut: u64,
    /// Packets that the filter kept out.
    pub filtered: u64,
    /// Time of the earliest packet.
    pub first: Option<Timestamp>,
    /// Time of the latest packet.
    pub last: Option<Timestamp>,
    /// Connections that began, by transport.
    pub tcp_connections: u64,
    /// UDP connections.
    pub udp_connections: u64,
    /// ICMP connections.
    pub icmp_connections: u64,
    /// Connections of other IP protocols.
    pub other_connections: u64,
    /// Connections of which only one side was seen.
    pub one_sided: u64,
    /// TCP connections that carried data.
    pub tcp_with_data: u64,
    /// TCP connections with bytes that were never seen.
    pub with_gaps: u64,
    /// Bytes that were acknowledged and never seen.
    pub missed_bytes: u64,
    /// TCP segments whose bytes differ from what another segment brought for the same place.
    pub conflicting_segments: u64,
    /// Fragments of IP datagrams.
    pub fragments: u64,
    /// Weirds, before repeats are suppressed.
    pub weirds: u64,
    /// IPv4 headers with a wrong checksum.
    pub bad_ip_checksums: u64,
    /// TCP segments with a wrong checksum.
    pub bad_tcp_checksums: u64,
    /// UDP datagrams with a wrong checksum.
    pub bad_udp_checksums: u64,
    /// Connections given up because there was no room for them; they made no row.
    pub connections_shed: u64,
    /// Times that a limit for all shards together acted.
    pub brakes: u64,
    /// Incomplete datagrams given up because their shard was full.
    pub datagrams_shed: u64,
    /// Directions of connections given up because the memory for bytes behind holes was full.
    pub reassembly_stops: u64,
    /// Files that ended early because their shard's files were too many or held too much.
    pub files_shed: u64,
    /// Analyzers given up because they held too much.
    pub analyzers_shed: u64,
    /// Analyzers lost to a defect of their own.
    pub panics: u64,
    /// Connections by confirmed service.
    pub services: BTreeMap<&'static str, u64>,
    /// Packets of link types that are not known, by DLT number.
    pub unknown_links: BTreeMap<u16, u64>,
}

impl Stats {
    pub(crate) fn count_packet(&mut self, meta: &PacketMeta, captured: usize) {
        self.packets += 1;
        self.bytes += captured as u64;
        self.cut += u64::from(meta.captured < meta.wire);
        self.first = Some(self.first.map_or(meta.ts, |first| first.min(meta.ts)));
        self.last = Some(self.last.map_or(meta.ts, |last| last.max(meta.ts)));
    }

    pub(crate) fn count_connection(&mut self, ip_proto: u8) {
        *match ip_proto {
            proto::TCP => &mut self.tcp_connections,
            proto::UDP => &mut self.udp_connections,
            proto::ICMP | proto::ICMPV6 => &mut self.icmp_connections,
            _ => &mut self.other_connections,
        } += 1;
    }

    pub(crate) fn count_service(&mut self, service: &'static str) {
        *self.services.entry(service).or_default() += 1;
    }

    pub(crate) fn count_unknown_link(&mut self, link: LinkType) {
        *self.unknown_links.entry(link.0).or_default() += 1;
    }

    /// All connections.
    pub fn connections(&self) -> u64 {
        self.tcp_connections + self.udp_connections + self.icmp_connections + self.other_connections
    }

    /// Adds the counters of another engine.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.packets, other.packets),
            (&mut self.bytes, other.bytes),
            (&mut self.cut, other.cut),
            (&mut self.filtered, other.filtered),
            (&mut self.tcp_connections, other.tcp_connections),
            (&mut self.udp_connections, other.udp_connections),
            (&mut self.icmp_connections, other.icmp_connections),
            (&mut self.other_connections, other.other_connections),
            (&mut self.one_sided, other.one_sided),
            (&mut self.tcp_with_data, other.tcp_with_data),
            (&mut self.with_gaps, other.with_gaps),
            (&mut self.missed_bytes, other.missed_bytes),
            (&mut self.conflicting_segments, other.conflicting_segments),
            (&mut self.fragments, other.fragments),
            (&mut self.weirds, other.weirds),
            (&mut self.bad_ip_checksums, other.bad_ip_checksums),
            (&mut self.bad_tcp_checksums, other.bad_tcp_checksums),
            (&mut self.bad_udp_checksums, other.bad_udp_checksums),
            (&mut self.connections_shed, other.connections_shed),
            (&mut self.brakes, other.brakes),
            (&mut self.datagrams_shed, other.datagrams_shed),
            (&mut self.reassembly_stops, other.reassembly_stops),
            (&mut self.files_shed, other.files_shed),
            (&mut self.analyzers_shed, other.analyzers_shed),
            (&mut self.panics, other.panics),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.max(other.last);
        for (service, count) in &other.services {
            *self.services.entry(service).or_default() += count;
        }
        for (link, count) in &other.unknown_links {
            *self.unknown_links.entry(*link).or_default() += count;
        }
    }
}

/// What an engine or a run has to say at its end.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Counters.
    pub stats: Stats,
    /// Link types that packets had and the packet filter does not compile for; those packets were filtered out.
    #[cfg(feature = "libpcap")]
    pub filter_failures: Vec<crate::capture::FilterError>,
}

impl Summary {
    /// Adds what another engine of the same run has to say.
    pub fn add(&mut self, other: Self) {
        self.stats.add(&other.stats);
        #[cfg(feature = "libpcap")]
        for failure in other.filter_failures {
            if !self.filter_failures.iter().any(|known| known.link == failure.link) {
                self.filter_failures.push(failure);
                self.filter_failures.sort_by_key(|failure| failure.link);
            }
        }
    }
}
