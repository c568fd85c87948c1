//! Weirds: what traffic does that it should not do, and how often a row about it may appear.

use std::hash::Hasher;
use std::net::IpAddr;

use siphasher::sip128::{Hasher128, SipHasher24};

use super::key::Once;
use super::value::ConnTag;
use crate::base::time::{Interval, Timestamp};
use crate::events::record;

record! {
    /// One row for each oddity, repeats suppressed.
    pub struct Weird in "weird" {
        /// The capture's clock when it was noticed.
        ts: Timestamp,
        /// The connection, or the addresses of the packet.
        conn: Option<ConnTag>,
        /// Its name.
        name: String,
        /// What it is about, in more detail.
        addl: Option<Vec<u8>>,
        /// Whether a notice is raised for it as well.
        notice: bool,
        /// Who noticed it.
        peer: &'static str,
        /// The stage or analyzer that noticed it.
        source: Option<&'static str>,
    }
}

impl Weird {
    /// A weird about no connection and no address.
    pub fn net(ts: Timestamp, name: &str, addl: &str) -> Self {
        Self {
            ts,
            conn: None,
            name: name.to_owned(),
            addl: (!addl.is_empty()).then(|| addl.as_bytes().to_vec()),
            notice: false,
            peer: "zeek",
            source: None,
        }
    }
}

/// What is done about a weird.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Ignore,
    Log,
    LogPerConn,
    LogPerOrig,
    NoticePerOrig,
}

const IGNORED: &[&str] =
    &["unsolicited_SYN_response", "FIN_after_reset", "spontaneous_FIN", "spontaneous_RST"];

const NOTICE_PER_ORIG: &[&str] =
    &["FIN_storm", "SYN_after_partial", "successful_RPC_reply_to_invalid_request"];

const PER_CONN: &[&str] = &[
    "simultaneous_open",
    "FTP_max_command_length_exceeded",
    "FTP_too_many_pending_commands",
    "FTP_user_too_long",
    "FTP_reply_msg_too_long",
    "FTP_arg_too_long",
    "FTP_password_too_long",
    "smtp_mail_transaction_invalid",
    "smtp_excessive_invalid_mail_transactions",
    "smb_tree_connect_andx_response_without_tree",
];

const PER_ORIG: &[&str] = &[
    "bad_IP_checksum",
    "bad_TCP_checksum",
    "bad_UDP_checksum",
    "bad_ICMP_checksum",
    "connection_originator_SYN_ack",
    "SYN_with_data",
    "UDP_datagram_length_mismatch",
    "excessively_small_fragment",
    "fragment_inconsistency",
    "fragment_overlap",
    "fragment_size_inconsistency",
    "DNS_label_forward_compress_offset",
    "DNS_label_len_gt_name_len",
    "DNS_label_len_gt_pkt",
    "DNS_label_too_long",
    "bad_RPC",
    "excess_RPC",
    "originator_RPC_reply",
    "partial_RPC",
    "responder_RPC_call",
    "SSH_max_packet_length_exceeded",
    "SSH_max_string_length_exceeded",
];

/// Names whose repeats within ten minutes are not suppressed.
const REPEATED: &[&str] = &["bad_IP_checksum", "bad_TCP_checksum", "bad_UDP_checksum", "bad_ICMP_checksum"];

/// The action for a name; unlisted ones are logged.
pub(crate) fn action(name: &str) -> Action {
    let is_in = |list: &[&str]| list.contains(&name);
    if is_in(IGNORED) {
        Action::Ignore
    } else if is_in(PER_ORIG) {
        Action::LogPerOrig
    } else if is_in(PER_CONN) {
        Action::LogPerConn
    } else if is_in(NOTICE_PER_ORIG) {
        Action::NoticePerOrig
    } else {
        Action::Log
    }
}

/// How long the same name for the same thing is not logged again.
const REPEAT: Interval = Interval::from_secs(600);
/// How long the same name for the same originator or connection is not logged again, where that is limited.
const DAY: Interval = Interval::from_secs(86_400);

/// How repeats of a weird are suppressed: its limits, which are applied in the order of the capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppress {
    once: [Once; 2],
    used: usize,
}

impl Suppress {
    /// Limits for a weird with this action about this connection, these addresses or nothing.
    pub(crate) fn new(action: Action, name: &str, about: Option<&ConnTag>) -> Self {
        let mut limits = Self { once: [Once { key: 0, ttl: REPEAT }; 2], used: 0 };
        if !REPEATED.contains(&name) {
            limits.push(key(b"repeat", name, about, true), REPEAT);
        }
        match action {
            Action::LogPerOrig | Action::NoticePerOrig => limits.push(key(b"orig", name, about, false), DAY),
            Action::LogPerConn => limits.push(key(b"conn", name, about, true), DAY),
            Action::Ignore | Action::Log => {}
        }
        limits
    }

    fn push(&mut self, key: u128, ttl: Interval) {
        if let Some(place) = self.once.get_mut(self.used) {
            *place = Once { key, ttl };
            self.used += 1;
        }
    }

    /// The limits of a weird that is about no connection and no address.
    pub fn of_net(name: &str) -> Self {
        Self::new(action(name), name, None)
    }

    /// The limits themselves.
    pub(crate) fn once(&self) -> &[Once] {
        self.once.get(..self.used).unwrap_or_default()
    }
}

/// A key for the limits; the protocol is not part of what identifies a connection here.
fn key(kind: &[u8], name: &str, about: Option<&ConnTag>, whole: bool) -> u128 {
    let mut hasher = SipHasher24::new_with_keys(0x7765_6972_6473, 1);
    hasher.write(kind);
    hasher.write(name.as_bytes());
    hasher.write_u8(0xff);
    if let Some(tag) = about {
        write_ip(&mut hasher, tag.orig_h);
        if whole {
            write_ip(&mut hasher, tag.resp_h);
            hasher.write_u8(u8::from(tag.uid.is_some()));
            hasher.write_u16(tag.orig_p);
            hasher.write_u16(tag.resp_p);
        }
    }
    hasher.finish128().as_u128()
}

fn write_ip(hasher: &mut SipHasher24, ip: IpAddr) {
    match ip {
        IpAddr::V4(v4) => hasher.write(&v4.octets()),
        IpAddr::V6(v6) => hasher.write(&v6.octets()),
    }
}

/// Sampling of one weird: the first few pass, then one in a thousand, and after ten minutes it begins again. For a
/// connection the ten minutes count from the first that did not pass freely, for packets from the first of all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sampler {
    count: u64,
    since: Timestamp,
}

impl Sampler {
    const FREE: u64 = 25;
    const RATE: u64 = 1000;

    /// Whether the one just counted passes.
    fn is_free(&self) -> bool {
        self.count <= Self::FREE || (self.count - Self::FREE).is_multiple_of(Self::RATE)
    }

    /// Counts one; whether it passes.
    pub(crate) fn pass(&mut self, now: Timestamp) -> bool {
        self.count += 1;
        if self.count <= Self::FREE {
            return true;
        }
        if self.count == Self::FREE + 1 {
            self.since = now;
        } else if now > self.since + REPEAT {
            *self = Self { count: 1, since: Timestamp::ZERO };
            return true;
        }
        self.is_free()
    }
}

/// Samplers by name, for one connection or one pair of addresses. Weirds of packets without addresses are not sampled:
/// the limit on repeats hides what sampling would, and their count would be that of all shards together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samplers {
    names: Vec<(&'static str, Sampler)>,
    /// When the first weird of a pair of addresses came.
    since: Timestamp,
}

impl Samplers {
    /// Counts one weird of a connection; whether it passes. There are as many entries as names exist.
    pub(crate) fn pass(&mut self, name: &'static str, now: Timestamp) -> bool {
        self.count(name, |sampler| sampler.pass(now))
    }

    /// Counts one weird of packets between two addresses, whose names share their ten minutes; whether it passes.
    pub(crate) fn pass_pair(&mut self, name: &'static str, now: Timestamp) -> bool {
        if self.names.is_empty() || now >= self.since + REPEAT {
            self.names.clear();
            self.since = now;
        }
        self.count(name, |sampler| {
            sampler.count += 1;
            sampler.is_free()
        })
    }

    /// Bytes of memory held.
    pub(crate) fn held(&self) -> usize {
        self.names.capacity() * size_of::<(&str, Sampler)>()
    }

    fn count(&mut self, name: &'static str, count: impl FnOnce(&mut Sampler) -> bool) -> bool {
        if let Some((_, sampler)) = self.names.iter_mut().find(|(known, _)| *known == name) {
            return count(sampler);
        }
        let mut sampler = Sampler::default();
        let passed = count(&mut sampler);
        self.names.reserve_exact(1);
        self.names.push((name, sampler));
        passed
    }
}
