//! Generic Routing Encapsulation (RFC 2784, RFC 2890; version 1: RFC 2637), with what is carried in it.

use crate::base::cursor::be16;
use crate::base::proto;
use crate::decode::layer::Layer;
use crate::decode::{link, wireless};

/// What GRE carries.
pub(crate) struct Carried<'p> {
    pub(crate) bytes: &'p [u8],
    pub(crate) what: What,
}

/// How to go on.
pub(crate) enum What {
    /// With a layer below IP.
    Layer(&'static Layer),
    /// As IP, whatever the version.
    Ip,
    /// As IP of this protocol number, whose length has to fit.
    Exact(u8),
}

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;
const RESERVED: u16 = 0x0078;

const ETHERNET: usize = 14;

/// A broken packet: the weird, and what it adds.
type Broken = (&'static str, String);

/// Looks through a GRE header.
pub(crate) fn gre(bytes: &[u8]) -> Result<Carried<'_>, Broken> {
    let plain = |name| (name, String::new());
    let (Some(flags), Some(kind)) = (be16(bytes, 0), be16(bytes, 2)) else {
        return Err(plain("truncated_GRE"));
    };
    let version = flags & 7;
    let optional = [CHECKSUM, KEY, SEQUENCE, ACKNOWLEDGEMENT];
    let header = 4 + 4 * optional.iter().filter(|flag| flags & **flag != 0).count();
    let (extra, least, layer) = match version {
        0 => version_0(bytes, flags, kind, header)?,
        1 if kind == 0x880b => (4, 4, None),
        1 => return Err(("egre_protocol_type", format!("proto={kind}"))),
        _ => return Err(("unknown_gre_version", format!("version={version}"))),
    };
    if flags & ROUTING != 0 {
        return Err(plain("gre_routing"));
    }
    if flags & RESERVED != 0 {
        return Err(plain("unknown_gre_flags"));
    }
    if bytes.len() < header + least {
        return Err(plain("truncated_GRE"));
    }
    let inner = bytes.get(header + extra..).unwrap_or_default();
    let what = match (version, layer) {
        (1, _) => match be16(bytes, header + 2) {
            Some(0x0021) => What::Exact(proto::IPV4),
            Some(0x0057) => What::Exact(proto::IPV6),
            _ => return Err(plain("non_ip_packet_in_encap")),
        },
        (_, Some(layer)) => What::Layer(layer),
        (_, None) => What::Ip,
    };
    Ok(Carried { bytes: inner, what })
}

/// Of version 0: bytes between the header and the inner packet, bytes that must be there, and the inner layer.
fn version_0(
    bytes: &[u8],
    flags: u16,
    kind: u16,
    header: usize,
) -> Result<(usize, usize, Option<&'static Layer>), Broken> {
    let truncated = || ("truncated_GRE", String::new());
    let more_than = |n: usize| if bytes.len() > header + n { Ok(()) } else { Err(truncated()) };
    match kind {
        // Transparent Ethernet bridging.
        0x6558 => {
            more_than(ETHERNET)?;
            Ok((0, ETHERNET, Some(&link::ETHERNET)))
        }
        // ERSPAN, type II if there is a sequence number.
        0x88be => {
            more_than(ETHERNET)?;
            let erspan = if flags & SEQUENCE != 0 { 8 } else { 0 };
            Ok((erspan, erspan + ETHERNET, Some(&link::ETHERNET)))
        }
        // ERSPAN type III, with or without a platform header.
        0x22eb => {
            more_than(ETHERNET + 12)?;
            let platform = bytes.get(header + 11).is_some_and(|flags| flags & 1 != 0);
            if platform {
                more_than(12 + 8 + ETHERNET)?;
            }
            let erspan = if platform { 20 } else { 12 };
            Ok((erspan, erspan + ETHERNET, Some(&link::ETHERNET)))
        }
        // A label stack (RFC 4023, section 3), of one way or of many.
        0x8847 | 0x8848 => {
            more_than(4)?;
            Ok((0, 4, Some(&link::MPLS)))
        }
        // A wireless controller's 802.11 frames.
        _ if is_wireless(kind) => {
            more_than(0)?;
            Ok((0, 0, Some(&wireless::IEEE802_11)))
        }
        _ => Ok((0, 0, None)),
    }
}

fn is_wireless(kind: u16) -> bool {
    let family = |bits: u16| kind & bits == bits && kind & 0xf == 0;
    family(0x8200) || (family(0x8300) && kind <= 0x8370) || kind == 0x9000
}
