//! Moments in the life of a connection, for who watches them; to anybody else they cost one look.

use super::core::{Core, transport_name};
use super::state::Out;
use crate::base::key::Addr;
use crate::base::packet::LinkType;
use crate::base::proto;
use crate::events::{Established, Linked, Milestone};

/// What the responder did so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reply {
    /// It is past the beginning of its part, and did not reset the connection.
    pub(crate) answered: bool,
    /// Payload bytes.
    pub(crate) bytes: u64,
}

impl Out<'_> {
    /// An analyzer confirmed, or the connection is over.
    #[inline]
    pub(crate) fn milestone(&mut self, core: &Core, over: bool, reply: Reply) {
        if self.state.wants.has(Milestone::STREAM) {
            self.tell_milestone(core, over, reply);
        }
    }

    #[cold]
    fn tell_milestone(&mut self, core: &Core, over: bool, reply: Reply) {
        let accepted = core.tag.ip_proto == proto::TCP && core.history.text().contains(&b'h');
        let record = Milestone {
            conn: core.tag,
            proto: transport_name(core.tag.ip_proto),
            over,
            service: (!core.services.is_empty()).then(|| core.services.join(",")),
            answered: reply.answered || accepted,
            resp_bytes: reply.bytes,
            local_resp: self.is_local(core.resp()),
        };
        self.emit(Some(&core.tag), &record, &[]);
    }

    /// The responder accepted a TCP connection.
    pub(crate) fn established(&mut self, core: &Core) {
        if self.state.wants.has(Established::STREAM) {
            let (local_orig, local_resp) = (self.is_local(core.orig()), self.is_local(core.resp()));
            let record = Established { conn: core.tag, local_orig, local_resp };
            self.emit(Some(&core.tag), &record, &[]);
        }
    }

    /// A packet of this link type is at hand.
    #[inline]
    pub(crate) fn linked(&mut self, link: LinkType) {
        if self.state.link != Some(link) {
            self.state.link = Some(link);
            if self.state.wants.has(Linked::STREAM) {
                self.emit(None, &Linked { link: u64::from(link.0) }, &[]);
            }
        }
    }

    /// Whether an address is in a local network; nothing if none is known.
    fn is_local(&self, address: Addr) -> Option<bool> {
        let nets = &self.state.settings.local_nets;
        (!nets.is_empty()).then(|| nets.has(address))
    }
}
