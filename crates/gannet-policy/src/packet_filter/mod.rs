//! Captures that a packet filter cannot be made for.

#[cfg(test)]
mod tests;

use std::any::Any;

use gannet::Timestamp;
use gannet::events::{Event, Fold, FoldDescriptor, FoldOutput, Linked, Meta, Observation};

use crate::notice::{self, Raise};
use crate::policy::Policy;

const FAILURE: &str = "PacketFilter::Install_Failure";

/// Link types, DLT numbers, whose headers libpcap makes no filter for: buses, radios and links inside of devices. Every
/// expression fails for them, even one that lets everything through.
const WITHOUT_FILTER: [u64; 21] =
    [140, 141, 149, 160, 182, 189, 195, 196, 199, 204, 230, 231, 235, 237, 253, 255, 281, 282, 284, 285, 289];
/// What Zeek filters by when it is told nothing else.
const EVERYTHING: &str = "ip or not ip";

/// The policy.
pub const POLICY: Policy = Policy::new(
    "Captures of link types that libpcap has no filters for, so that Zeek's own filter fails; they are read all the same",
    &FOLD,
)
.raises(&[FAILURE])
.local();

static FOLD: FoldDescriptor = FoldDescriptor::new("packet_filter", &[], || Box::new(Links::default()))
    .watches(&[Linked::STREAM], observe)
    .tells(&notice::FOLD);

/// The link type of a packet.
struct Link(u64);

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Linked { link } = event.get()?;
    Some(Box::new(Link(*link)))
}

/// Whether there was a packet: the first one tells.
#[derive(Default)]
struct Links(bool);

impl Fold for Links {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(link) = item.downcast::<Link>() else { return };
        if !std::mem::replace(&mut self.0, true) && WITHOUT_FILTER.contains(&link.0) {
            let text = "Installing packet filter failed";
            // It is found before there is any time.
            Raise::new(FAILURE, text).more(EVERYTHING).at(Timestamp::ZERO).to(out);
        }
    }

    fn held(&self) -> usize {
        0
    }
}
