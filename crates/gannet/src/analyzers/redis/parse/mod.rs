//! From bytes to commands and replies: RESP 2 and 3.

pub(super) mod command;
pub(super) mod reply;
mod text;
