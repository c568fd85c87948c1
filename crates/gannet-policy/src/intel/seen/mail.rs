//! What mails of SMTP say.

use gannet::analyzers::smtp::Smtp;
use gannet::events::Set;
use gannet::parsers::mailbox::mailboxes;

use super::Looking;
use crate::intel::kind::{Kind, Place};

impl Looking<'_> {
    /// The headers and the envelope of a mail, once it is over.
    pub(super) fn mail(&mut self, mail: &Smtp) {
        self.of(mail.conn, self.ts);
        for host in &mail.path.0 {
            self.addr(Place::RECEIVED, *host);
        }
        self.some_text(Place::MAIL_HEADER, Kind::Software, mail.user_agent.as_deref());
        if let Some(host) = mail.x_originating_ip {
            self.addr(Place::ORIGINATING, host);
        }
        self.some_text(Place::MAIL_FROM, Kind::Email, mail.mailfrom.as_deref());
        for recipient in each(&mail.rcptto) {
            self.text(Place::RCPT_TO, Kind::Email, recipient);
        }
        for sender in mailboxes(mail.from.as_deref().unwrap_or_default()) {
            self.text(Place::FROM, Kind::Email, &sender);
        }
        for recipient in each(&mail.to).filter_map(|text| mailboxes(text).next()) {
            self.text(Place::TO, Kind::Email, &recipient);
        }
        for recipient in each(&mail.cc) {
            self.text(Place::CC, Kind::Email, recipient);
        }
        self.some_text(Place::REPLY_TO, Kind::Email, mail.reply_to.as_deref());
    }
}

fn each(set: &Option<Set<Vec<u8>>>) -> impl Iterator<Item = &[u8]> {
    set.iter().flat_map(|set| &set.0).map(Vec::as_slice)
}
