//! Tests of krb.
