//! Tests of gssapi.
