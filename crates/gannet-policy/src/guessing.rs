//! What those who guess passwords have in common: a client fails at servers, until somebody is told of it.

use std::any::Any;
use std::net::IpAddr;

use gannet::events::{Fold, FoldOutput};

use crate::summary::{Plan, Summaries, Summary};

/// A client, and the server that did not let it in.
pub(crate) struct Failed(pub(crate) IpAddr, pub(crate) IpAddr);

/// Tells of a client that failed too often.
type Tell = fn(IpAddr, &Summary<IpAddr>, &mut FoldOutput<'_>);

/// Counts failures by client.
pub(crate) struct Guesses {
    clients: Summaries<IpAddr, IpAddr>,
    tell: Tell,
}

impl Guesses {
    pub(crate) fn new(plan: Plan, tell: Tell) -> Self {
        Self { clients: Summaries::new(plan), tell }
    }
}

impl Fold for Guesses {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(failed) = item.downcast::<Failed>() else { return };
        let Failed(client, server) = *failed;
        if let Some(summary) = self.clients.observe(client, server, out.now()) {
            (self.tell)(client, summary, out);
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        out.gave_up(self.clients.gave_up());
        self.clients.sweep(out.now());
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.clients.held()
    }
}
