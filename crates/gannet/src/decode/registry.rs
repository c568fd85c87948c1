//! The registry of link types: where a packet's walk begins.

use super::layer::{Found, Layer, Walk, walk_from};
use super::{link, serial, wireless};
use crate::base::packet::LinkType;

/// Link types that have a header of their own; any other one is handed to IP as it is (raw IP among them).
static LINKS: &[(u16, &Layer)] = &[
    (0, &link::NULL),
    (1, &link::ETHERNET),
    (9, &serial::PPP),
    (10, &serial::FDDI),
    (50, &serial::PPP_SERIAL),
    (105, &wireless::CAPTURED),
    (108, &link::LOOP),
    (113, &link::SLL),
    (127, &wireless::RADIOTAP),
    (239, &serial::NFLOG),
    (276, &link::SLL2),
];

/// Whether the engine knows a link type, raw IP included.
pub(crate) fn known(link: LinkType) -> bool {
    matches!(link.0, 12 | 14 | 101 | 228 | 229) || LINKS.iter().any(|(number, _)| *number == link.0)
}

/// Walks from the link layer to IP.
pub(crate) fn walk(link: LinkType, walk: &mut Walk<'_>) -> Found {
    #[cfg(test)]
    super::layer::walks::count();
    match LINKS.iter().find(|(number, _)| *number == link.0) {
        Some((_, layer)) => walk_from(layer, walk),
        None => Found::Ip,
    }
}
