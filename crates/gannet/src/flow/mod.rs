//! Connections: how packets are gathered into them and what names them.

pub mod community;
