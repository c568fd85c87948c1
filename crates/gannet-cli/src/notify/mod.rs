//! Notices on their way to somebody: by mail, or to a web server.
//!
//! Whoever puts rows into order leaves a notice at a desk and goes on. A thread for each way takes them from there, a message at
//! a time, and no more in a minute than somebody can read: the rest of a minute comes together in one. A receiver that does not
//! answer costs its notices, which are counted, and nothing else.

mod address;
mod command;
mod desk;
mod letter;
mod mail;
mod pace;
mod post;
mod smtp;
mod spec;
mod talk;
#[cfg(test)]
mod tests;
mod url;
mod way;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gannet_policy::notice::{Action, Actions, Notice, Sender};

pub(crate) use address::Address;
use desk::Desk;
pub(crate) use desk::Status;
pub(crate) use spec::{Carrier, Limits, Mail, Receiver, Sending, Webhook};
pub(crate) use url::Url;
use way::Way;

/// Time that the end of a run takes for what waits.
const LINGER: Duration = Duration::from_secs(10);

/// The ways of a run, at work.
pub(crate) struct Notify {
    ways: Vec<(Action, Arc<Desk>)>,
}

impl Notify {
    /// Starts a thread for each way that the options name.
    ///
    /// # Errors
    /// If no thread can be had.
    pub(crate) fn start(sending: &Sending) -> std::io::Result<Self> {
        let mut notify = Self { ways: Vec::new() };
        if let Some(mail) = &sending.mail {
            notify.open(Action::Mail, &mail.limits, Box::new(mail::Mailer::new(mail)))?;
        }
        if let Some(webhook) = &sending.webhook {
            notify.open(Action::Webhook, &webhook.limits, Box::new(post::Poster::new(webhook)))?;
        }
        Ok(notify)
    }

    fn open(&mut self, action: Action, limits: &spec::Limits, mut way: Box<dyn Way>) -> std::io::Result<()> {
        let desk = Arc::new(Desk::new(limits));
        let served = Arc::clone(&desk);
        thread::Builder::new().name(action.name().to_owned()).spawn(move || served.serve(&mut *way))?;
        self.ways.push((action, desk));
        Ok(())
    }

    /// What takes a notice to the ways that it is meant for.
    pub(crate) fn sender(&self) -> Sender {
        let ways = self.ways.clone();
        Arc::new(move |notice: &Notice, actions: Actions| {
            for (_, desk) in ways.iter().filter(|(action, _)| actions.contains(*action)) {
                desk.leave(notice, Instant::now());
            }
        })
    }

    /// How the ways stand.
    pub(crate) fn status(&self) -> Vec<(Action, Status)> {
        self.ways.iter().map(|(action, desk)| (*action, desk.status())).collect()
    }

    /// It is over: what waits goes in one last message of each way, as far as there is time.
    pub(crate) fn finish(self) -> Vec<(Action, Status)> {
        let until = Instant::now() + LINGER;
        self.ways.iter().for_each(|(_, desk)| desk.close());
        self.ways.iter().for_each(|(_, desk)| desk.wait(until));
        self.status()
    }
}
