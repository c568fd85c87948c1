//! What is counted on the way, for the summary and for whoever watches.

use std::collections::BTreeMap;

use crate::base::packet::{LinkType, PacketFlags, PacketMeta};
use crate::base::proto;
use crate::base::time::Timestamp;

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
    /// Records without bytes, or of a time before 1970, which are no packets.
    pub unusable: u64,
    /// Packets that were decoded and handed on. With [`Self::undecodable`] and [`Self::refused`] that is all of
    /// [`Self::packets`].
    pub analysed: u64,
    /// Packets with a header that is cut, broken, or of a protocol that is not known.
    pub undecodable: u64,
    /// Packets with a wrong checksum of TCP, UDP or ICMP: counted, and otherwise ignored.
    pub refused: u64,
    /// Packets that were taken out of a tunnel ([`Config::decap`](crate::Config::decap)).
    pub decapsulated: u64,
    /// Fragments that may be of such a tunnel, and were analysed as they are.
    pub decap_fragments: u64,
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
    /// TCP connections that ended.
    pub tcp_ended: u64,
    /// UDP connections that ended.
    pub udp_ended: u64,
    /// ICMP connections that ended.
    pub icmp_ended: u64,
    /// Records that were made.
    pub records: u64,
    /// Files that began.
    pub files: u64,
    /// Connections of which only one side was seen.
    pub one_sided: u64,
    /// TCP connections that carried data.
    pub tcp_with_data: u64,
    /// TCP connections with bytes that were never seen.
    pub with_gaps: u64,
    /// Bytes that were acknowledged and never seen.
    pub missed_bytes: u64,
    /// Acknowledgements of new bytes, on established TCP connections.
    pub acks: u64,
    /// Those among them that were for bytes never seen.
    pub gaps: u64,
    /// TCP segments whose bytes differ from what another segment brought for the same place.
    pub conflicting_segments: u64,
    /// Fragments of IP datagrams.
    pub fragments: u64,
    /// Datagrams that came in fragments and have their flow in another shard, which is so only with
    /// [`Balance::Flow`](crate::Balance::Flow): they are a connection of their own.
    pub apart_fragments: u64,
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
    /// Files whose content was not unpacked to its end for who listens: it takes too much memory, or expands beyond measure.
    pub unpackings_shed: u64,
    /// Analyzers given up because they held too much.
    pub analyzers_shed: u64,
    /// Analyzers lost to a defect of their own.
    pub panics: u64,
    /// Connections that an analyzer expected, and that came.
    pub expectations_met: u64,
    /// Those that did not come in time.
    pub expectations_expired: u64,
    /// Those between other addresses than the connection that they were expected on: they are not looked for.
    pub expectations_apart: u64,
    /// Those that were too many in their shard.
    pub expectations_refused: u64,
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
        self.decapsulated += u64::from(meta.flags.has(PacketFlags::DECAPSULATED));
        self.decap_fragments += u64::from(meta.flags.has(PacketFlags::TUNNEL_FRAGMENT));
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

    pub(crate) fn count_end(&mut self, ip_proto: u8) {
        match ip_proto {
            proto::TCP => self.tcp_ended += 1,
            proto::UDP => self.udp_ended += 1,
            proto::ICMP | proto::ICMPV6 => self.icmp_ended += 1,
            _ => {}
        }
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
            (&mut self.unusable, other.unusable),
            (&mut self.analysed, other.analysed),
            (&mut self.undecodable, other.undecodable),
            (&mut self.refused, other.refused),
            (&mut self.decapsulated, other.decapsulated),
            (&mut self.decap_fragments, other.decap_fragments),
            (&mut self.tcp_connections, other.tcp_connections),
            (&mut self.udp_connections, other.udp_connections),
            (&mut self.icmp_connections, other.icmp_connections),
            (&mut self.other_connections, other.other_connections),
            (&mut self.tcp_ended, other.tcp_ended),
            (&mut self.udp_ended, other.udp_ended),
            (&mut self.icmp_ended, other.icmp_ended),
            (&mut self.records, other.records),
            (&mut self.files, other.files),
            (&mut self.acks, other.acks),
            (&mut self.gaps, other.gaps),
            (&mut self.one_sided, other.one_sided),
            (&mut self.tcp_with_data, other.tcp_with_data),
            (&mut self.with_gaps, other.with_gaps),
            (&mut self.missed_bytes, other.missed_bytes),
            (&mut self.conflicting_segments, other.conflicting_segments),
            (&mut self.fragments, other.fragments),
            (&mut self.apart_fragments, other.apart_fragments),
            (&mut self.weirds, other.weirds),
            (&mut self.bad_ip_checksums, other.bad_ip_checksums),
            (&mut self.bad_tcp_checksums, other.bad_tcp_checksums),
            (&mut self.bad_udp_checksums, other.bad_udp_checksums),
            (&mut self.connections_shed, other.connections_shed),
            (&mut self.brakes, other.brakes),
            (&mut self.datagrams_shed, other.datagrams_shed),
            (&mut self.reassembly_stops, other.reassembly_stops),
            (&mut self.files_shed, other.files_shed),
            (&mut self.unpackings_shed, other.unpackings_shed),
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
