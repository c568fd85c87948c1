//! What the user says of the ways.

use std::time::Duration;

use super::address::Address;
use super::url::Url;

/// All ways; none if there is nobody to send to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sending {
    pub(crate) mail: Option<Mail>,
    pub(crate) webhook: Option<Webhook>,
}

/// How much goes a way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limits {
    /// Messages in a minute.
    pub(crate) per_minute: usize,
    /// Bytes of notices that may wait.
    pub(crate) queue: usize,
    /// Time for one message.
    pub(crate) time: Duration,
}

/// A program that takes a message on its standard input: its path and arguments.
pub(crate) type Program = Vec<String>;

/// Who takes mails.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Carrier {
    /// A program that reads the recipients from the mail, such as `sendmail -t -i`.
    Program(Program),
    /// A server that takes mails without a password: `HOST:PORT`.
    Relay(String),
}

/// Notices by mail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mail {
    pub(crate) by: Carrier,
    pub(crate) from: Address,
    pub(crate) to: Vec<Address>,
    /// What subjects begin with: ASCII.
    pub(crate) prefix: String,
    /// This host.
    pub(crate) host: String,
    pub(crate) limits: Limits,
}

/// Who takes what goes to a web server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Receiver {
    Server(Url),
    /// Another program that talks to one, such as `curl`.
    Program(Program),
}

/// Notices as requests to a web server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Webhook {
    pub(crate) to: Receiver,
    /// Headers beside those that a request has.
    pub(crate) headers: Vec<(String, String)>,
    /// This host.
    pub(crate) host: String,
    pub(crate) limits: Limits,
}
