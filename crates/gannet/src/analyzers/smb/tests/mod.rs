//! SMB on messages made here.

mod kit;
mod one;
mod parts;
mod streams;
mod two;
