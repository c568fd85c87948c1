//! Options for subscribers.

use anyhow::anyhow;
use gannet_logs::{Endpoint, Options, Publication, Publishers};

/// Who gets rows as they come.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Publishing")]
pub(crate) struct PublishArgs {
    /// Send rows as JSON to subscribers of ZeroMQ, such as tcp://127.0.0.1:5556 or ipc:///run/subscriber; may be repeated
    ///
    /// A message has two parts, the name of the log and the row. Gannet connects to the subscriber; with @ before the endpoint it
    /// waits there for subscribers. The second endpoint gets conn-2 for conn. Which logs go to an endpoint, and how much may wait
    /// for a subscriber, is in the configuration file.
    #[arg(long = "zeromq", value_name = "ENDPOINT", hide_short_help = true)]
    endpoints: Vec<Endpoint>,

    /// What the configuration file says of endpoints.
    #[arg(skip)]
    pub(super) publications: Vec<Publication>,
}

impl PublishArgs {
    /// All endpoints: the command line's, or else the file's.
    fn publications(&self) -> Vec<Publication> {
        if self.endpoints.is_empty() {
            return self.publications.clone();
        }
        self.endpoints.iter().cloned().map(Publication::new).collect()
    }

    /// The options of rows, of which some go to subscribers.
    pub(super) fn options(&self, options: Options) -> Options {
        options.with_copies(self.publications())
    }

    /// The endpoints, at work, if there are any.
    ///
    /// # Errors
    /// One that cannot be listened at.
    pub(crate) fn start(&self) -> anyhow::Result<Option<Publishers>> {
        let publications = self.publications();
        if publications.is_empty() {
            return Ok(None);
        }
        let started = Publishers::start(publications);
        started.map(Some).map_err(|(endpoint, error)| anyhow!("cannot publish at {endpoint}: {error}"))
    }
}
