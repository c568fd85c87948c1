//! TLS on messages made here.
