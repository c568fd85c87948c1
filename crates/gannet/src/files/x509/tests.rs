//! Certificates made here.
