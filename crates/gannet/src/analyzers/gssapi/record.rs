//! The records that come of GSSAPI: it has none of its own, but those of the mechanisms in it.

use crate::analyzers::krb::Kerberos;
use crate::analyzers::ntlm::Ntlm;
use crate::events::LogStream;

/// What its children emit; who opens it may emit the same.
pub(super) const RECORDS: &[&LogStream] = &[Ntlm::STREAM, Kerberos::STREAM];
