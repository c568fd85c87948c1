//! What is counted on the way, for the summary and for whoever watches.

use std::collections::BTreeMap;

use super::budget::Shedding;
use crate::base::packet::{LinkType, PacketFlags, PacketMeta};
use crate::base::proto;
use crate::base::time::Timestamp;

/// Declares the counters: each with how those of another engine are added to it, so that none can be forgotten.
macro_rules! counters {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])* $field:ident: $ty:ty = $add:path, )*
        }
    ) => {
        $(#[$attribute])*
        pub struct $name {
            $( $(#[doc = $doc])* pub $field: $ty, )*
        }

        impl $name {
            /// Adds the counters of another engine.
            pub fn add(&mut self, other: &Self) {
                $( $add(&mut self.$field, &other.$field); )*
            }
        }
    };
}

fn sum(all: &mut u64, more: &u64) {
    *all += more;
}

fn earliest(all: &mut Option<Timestamp>, more: &Option<Timestamp>) {
    *all = all.iter().chain(more).min().copied();
}

fn latest(all: &mut Option<Timestamp>, more: &Option<Timestamp>) {
    *all = (*all).max(*more);
}

fn sum_each<K: Copy + Ord>(all: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *all.entry(*key).or_default() += count;
    }
}

counters! {
    /// Counters of one engine, or of all engines of a run together.
    #[derive(Clone, Debug, Default)]
    #[non_exhaustive]
    pub struct Stats {
        /// Packets that were looked at.
        packets: u64 = sum,
        /// Their captured bytes.
        bytes: u64 = sum,
        /// Packets that were cut by the snap length.
        cut: u64 = sum,
        /// Packets that the filter kept out.
        filtered: u64 = sum,
        /// Records without bytes, or of a time that no packet has, which are no packets.
        unusable: u64 = sum,
        /// Those among them whose time is before 1970 or after 2199 ([`Timestamp::is_usable`]).
        bad_times: u64 = sum,
        /// Packets that were decoded and handed on. With [`Self::undecodable`] and [`Self::refused`] that is all of
        /// [`Self::packets`].
        analysed: u64 = sum,
        /// Packets with a header that is cut, broken, or of a protocol that is not known.
        undecodable: u64 = sum,
        /// Packets with a wrong checksum of TCP, UDP or ICMP: counted, and otherwise ignored.
        refused: u64 = sum,
        /// Packets that were taken out of a tunnel ([`Config::decap`](crate::Config::decap)).
        decapsulated: u64 = sum,
        /// Fragments that may be of such a tunnel, and were analysed as they are.
        decap_fragments: u64 = sum,
        /// Time of the earliest packet.
        first: Option<Timestamp> = earliest,
        /// Time of the latest packet.
        last: Option<Timestamp> = latest,
        /// Connections that began, by transport.
        tcp_connections: u64 = sum,
        /// UDP connections.
        udp_connections: u64 = sum,
        /// ICMP connections.
        icmp_connections: u64 = sum,
        /// Connections of other IP protocols.
        other_connections: u64 = sum,
        /// TCP connections that ended.
        tcp_ended: u64 = sum,
        /// UDP connections that ended.
        udp_ended: u64 = sum,
        /// ICMP connections that ended.
        icmp_ended: u64 = sum,
        /// Records that were made.
        records: u64 = sum,
        /// Files that began.
        files: u64 = sum,
        /// Connections of which only one side was seen.
        one_sided: u64 = sum,
        /// TCP connections that carried data.
        tcp_with_data: u64 = sum,
        /// TCP connections with bytes that were never seen.
        with_gaps: u64 = sum,
        /// Bytes that were acknowledged and never seen.
        missed_bytes: u64 = sum,
        /// Acknowledgements of new bytes, on established TCP connections.
        acks: u64 = sum,
        /// Those among them that were for bytes never seen.
        gaps: u64 = sum,
        /// TCP segments whose bytes differ from what another segment brought for the same place.
        conflicting_segments: u64 = sum,
        /// Fragments of IP datagrams.
        fragments: u64 = sum,
        /// Datagrams that came in fragments and have their flow in another shard, which is so only with
        /// [`Balance::Flow`](crate::Balance::Flow): they are a connection of their own.
        apart_fragments: u64 = sum,
        /// Weirds, before repeats are suppressed.
        weirds: u64 = sum,
        /// IPv4 headers with a wrong checksum.
        bad_ip_checksums: u64 = sum,
        /// TCP segments with a wrong checksum.
        bad_tcp_checksums: u64 = sum,
        /// UDP datagrams with a wrong checksum.
        bad_udp_checksums: u64 = sum,
        /// What limits gave up.
        shed: Shedding = Shedding::add,
        /// Analyzers lost to a defect of their own.
        panics: u64 = sum,
        /// Connections that an analyzer expected, and that came.
        expectations_met: u64 = sum,
        /// Those that did not come in time.
        expectations_expired: u64 = sum,
        /// Those between other addresses than the connection that they were expected on: they are not looked for.
        expectations_apart: u64 = sum,
        /// Those that were too many in their shard.
        expectations_refused: u64 = sum,
        /// Connections by confirmed service.
        services: BTreeMap<&'static str, u64> = sum_each,
        /// Packets of link types that are not known, by DLT number.
        unknown_links: BTreeMap<u16, u64> = sum_each,
    }
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
}
