//! Notices that are known on the worker, on their way.

use std::any::Any;

use gannet::events::{ConnTag, Fold, FoldOutput};
use sha2::{Digest, Sha256};

use super::Raise;

/// The fold of policies that look at one record and know: it hands on what they raised, as lists.
pub(crate) struct Relay;

impl Fold for Relay {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        if let Ok(raised) = item.downcast::<Vec<Raise>>() {
            raised.into_iter().for_each(|raise| raise.to(out));
        }
    }

    fn held(&self) -> usize {
        0
    }
}

/// What makes a notice about a server and its certificate the same again.
pub(crate) fn of_server(conn: &ConnTag, der: &[u8]) -> Vec<u8> {
    let mut identifier = format!("{} {} ", conn.resp_h, conn.resp_p).into_bytes();
    identifier.extend_from_slice(&Sha256::digest(der));
    identifier
}
