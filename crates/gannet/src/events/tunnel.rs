//! Tunnels: their kinds, and what is said of them.

use super::value::{ConnTag, Enum};
use crate::base::time::Timestamp;

crate::events::record! {
    /// One row when something is first seen inside a tunnel, and one when the tunnel ends.
    pub struct Tunnel in "tunnel" {
        /// The capture's clock.
        ts: Timestamp,
        /// The tunnel's endpoints; for UDP, the connection that carries it.
        conn: ConnTag,
        /// Its kind.
        tunnel_type: Enum,
        /// What happened.
        action: Enum,
    }
}

/// A kind of tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TunnelKind {
    /// IP in IP (RFC 2003, RFC 4213).
    Ip,
    /// GRE (RFC 2784).
    Gre,
    /// Teredo (RFC 4380).
    Teredo,
    /// AYIYA (draft-massar-v6ops-ayiya).
    Ayiya,
    /// GTP version 1, user plane (3GPP TS 29.281).
    Gtpv1,
    /// VXLAN (RFC 7348).
    Vxlan,
    /// Geneve (RFC 8926).
    Geneve,
    /// A connection through an HTTP proxy (RFC 9110, section 9.3.6).
    Http,
    /// A connection through a SOCKS proxy (RFC 1928).
    Socks,
    /// L2TP version 2 (RFC 2661).
    L2tp,
    /// MPLS over UDP (RFC 7510).
    Mpls,
    /// TZSP, by which routers mirror traffic.
    Tzsp,
}

impl TunnelKind {
    /// Its name in `tunnel.log`.
    pub(crate) const fn text(self) -> Enum {
        Enum(match self {
            Self::Ip => "Tunnel::IP",
            Self::Gre => "Tunnel::GRE",
            Self::Teredo => "Tunnel::TEREDO",
            Self::Ayiya => "Tunnel::AYIYA",
            Self::Gtpv1 => "Tunnel::GTPv1",
            Self::Vxlan => "Tunnel::VXLAN",
            Self::Geneve => "Tunnel::GENEVE",
            Self::Http => "Tunnel::HTTP",
            Self::Socks => "Tunnel::SOCKS",
            Self::L2tp => "Tunnel::L2TP",
            Self::Mpls => "Tunnel::MPLS",
            Self::Tzsp => "Tunnel::TZSP",
        })
    }

    /// Its name in `service`.
    pub(crate) const fn service(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Gre => "gre",
            Self::Teredo => "teredo",
            Self::Ayiya => "ayiya",
            Self::Gtpv1 => "gtpv1",
            Self::Vxlan => "vxlan",
            Self::Geneve => "geneve",
            Self::Http => "http",
            Self::Socks => "socks",
            Self::L2tp => "l2tp",
            Self::Mpls => "mpls",
            Self::Tzsp => "tzsp",
        }
    }

    /// The source of its weirds.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Ip => "IPTUNNEL",
            Self::Gre => "GRE",
            Self::Teredo => "TEREDO",
            Self::Ayiya => "AYIYA",
            Self::Gtpv1 => "GTPV1",
            Self::Vxlan => "VXLAN",
            Self::Geneve => "GENEVE",
            Self::Http => "HTTP",
            Self::Socks => "SOCKS",
            Self::L2tp => "L2TP",
            Self::Mpls => "MPLS",
            Self::Tzsp => "TZSP",
        }
    }
}
