//! Tests of ntlm.
