//! SMB on messages made here.

mod carried;
mod kit;
mod one;
mod parts;
mod streams;
mod two;
