//! Options for subscribers and receivers.

use anyhow::anyhow;
use gannet_logs::{Destination, Endpoint, Options, Publication, Publishers, Syslog};

use crate::values::host_name;

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

    /// Send rows as JSON to a receiver of syslog, such as tcp://127.0.0.1:514; may be repeated
    ///
    /// Messages are those of RFC 5424, over TCP with their length in front (RFC 6587), from the program gannet; their MSGID is the name of
    /// the log. Rows wait while the receiver is not there. Which logs go there, how much may wait and for how long Gannet waits for
    /// room is in the configuration file.
    #[arg(long = "syslog", value_name = "RECEIVER", hide_short_help = true)]
    receivers: Vec<Syslog>,

    /// What the configuration file says of endpoints.
    #[arg(skip)]
    pub(super) publications: Vec<Publication>,
}

impl PublishArgs {
    /// All endpoints: of each kind the command line's, or else the file's.
    fn publications(&self) -> Vec<Publication> {
        let said = |publication: &&Publication| match publication.to {
            Destination::Zeromq(_) => self.endpoints.is_empty(),
            _ => self.receivers.is_empty(),
        };
        let host = host_name();
        let receivers = self.receivers.iter().cloned().map(|to| Publication::new(to.with_host(&host)));
        let endpoints = self.endpoints.iter().cloned().map(Publication::new);
        self.publications.iter().filter(said).cloned().chain(endpoints).chain(receivers).collect()
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
        started.map(Some).map_err(|(to, error)| anyhow!("cannot publish at {to}: {error}"))
    }
}
