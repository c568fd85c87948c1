//! The media that messages announce: their flows are expected between the two hosts that talk.

use std::net::IpAddr;

use super::sdp;
use crate::analyzers::rtp::{RTCP, RTP, SRTP};
use crate::analyzers::{Context, Descriptor, Expectation};
use crate::base::direction::{Direction, Transport};
use crate::base::time::{Interval, Timestamp};

/// Places that are remembered, so that one that is announced again is not expected twice.
const MAX_KNOWN: usize = 32;
/// How long a flow is waited for: a phone may ring so long.
const LIFE: Interval = Interval::from_secs(300);

/// What was announced on a connection.
#[derive(Default)]
pub(super) struct Media {
    /// Places, and until when they are expected; the oldest goes.
    known: Vec<(IpAddr, u16, Timestamp)>,
}

impl Media {
    /// The side that sends in a direction describes what it receives.
    pub(super) fn announce(&mut self, cx: &mut Context<'_>, dir: Direction, description: &[u8]) {
        for stream in sdp::read(description) {
            let (media, reports) = if stream.is_secure { (&SRTP, &SRTP) } else { (&RTP, &RTCP) };
            self.wait_for(cx, dir, media, (stream.host, stream.port));
            if let Some(place) = stream.reports {
                self.wait_for(cx, dir, reports, place);
            }
        }
    }

    /// The other side may send there first.
    fn wait_for(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        to: &'static Descriptor,
        (host, port): (IpAddr, u16),
    ) {
        let now = cx.now();
        if self.known.iter().any(|known| (known.0, known.1) == (host, port) && known.2 > now) {
            return;
        }
        if self.known.len() >= MAX_KNOWN {
            self.known.remove(0);
        }
        self.known.push((host, port, now + LIFE));
        let expected = Expectation::new(Transport::Udp, to, 0).within(LIFE);
        cx.expect_connection(expected.opened_by(cx.sender(dir.other())).calls(host, port));
    }

    /// Bytes of memory held beside this struct.
    pub(super) fn held(&self) -> usize {
        self.known.capacity() * size_of::<(IpAddr, u16, Timestamp)>()
    }
}
