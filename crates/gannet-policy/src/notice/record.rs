//! The rows of notices.

use std::net::IpAddr;

use gannet::events::{Enum, Fuid, Port, Set, Uid};
use gannet::{Interval, Timestamp};

gannet::record! {
    /// One row for each notice: what some policy found that somebody should look at.
    pub struct Notice in "notice" {
        /// When it was.
        ts: Timestamp,
        /// Id of the connection that it is about.
        uid: Option<Uid>,
        /// Originator's address.
        orig_h as "id.orig_h": Option<IpAddr>,
        /// Originator's port.
        orig_p as "id.orig_p": Option<Port>,
        /// Responder's address.
        resp_h as "id.resp_h": Option<IpAddr>,
        /// Responder's port.
        resp_p as "id.resp_p": Option<Port>,
        /// Id of the file that it is about.
        fuid: Option<Fuid>,
        /// Type of the file.
        file_mime_type: Option<String>,
        /// What the file is, by what carries it.
        file_desc: Option<Vec<u8>>,
        /// Transport protocol.
        proto: Option<Enum>,
        /// Type of the notice.
        note: Enum,
        /// What somebody is to know.
        msg: Vec<u8>,
        /// More of that.
        sub: Option<Vec<u8>>,
        /// Who did it.
        src: Option<IpAddr>,
        /// To whom it was done.
        dst: Option<IpAddr>,
        /// The port.
        p: Option<Port>,
        /// A count that goes with the notice.
        n: Option<u64>,
        /// The sensor, where there are several.
        peer_descr: Option<String>,
        /// What was done with it.
        actions: Set<Enum>,
        /// To whom it was mailed.
        email_dest: Set<String>,
        /// For how long the same notice is not told again.
        suppress_for: Interval,
        /// Where the other end is: the country.
        country_code as "remote_location.country_code": Option<String>,
        /// The region.
        region as "remote_location.region": Option<String>,
        /// The city.
        city as "remote_location.city": Option<String>,
        /// The latitude.
        latitude as "remote_location.latitude": Option<f64>,
        /// The longitude.
        longitude as "remote_location.longitude": Option<f64>,
    }
}

/// One row for each notice that the rules call an alarm, with the columns of `notice`.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeAlarm(Notice);

gannet::same_columns!(
    NoticeAlarm,
    Notice,
    "notice_alarm",
    "One row for each notice that the rules call an alarm, with the columns of notice."
);

impl NoticeAlarm {
    /// The alarm of a notice.
    pub(super) const fn of(notice: Notice) -> Self {
        Self(notice)
    }
}
