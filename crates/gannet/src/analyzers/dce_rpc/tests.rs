//! Tests of dce_rpc.
