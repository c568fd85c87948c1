//! Headers as length-checked views: from the link layer to what IP carries. Never allocates.
//!
//! A layer is a row of a registry ([`registry`]): a name and a function that looks at the bytes and says which layer is next.
//! The walk itself knows none of them, so a link type or an encapsulation is added by adding a row.

pub(crate) mod checksum;
pub(crate) mod ends;
pub(crate) mod fast;
pub(crate) mod ip;
pub(crate) mod ipv6;
pub(crate) mod layer;
pub(crate) mod link;
mod outline;
pub(crate) mod registry;
pub(crate) mod serial;
#[cfg(test)]
mod tests;
pub(crate) mod transport;
pub(crate) mod wireless;

pub(crate) use layer::{Found, Walk, walk_from};
pub use outline::{Outline, outline};
pub(crate) use registry::walk;
