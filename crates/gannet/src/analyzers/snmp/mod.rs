//! SNMP: variables of devices, asked for and told (RFC 1157, RFC 1901, RFC 3411 to 3418).

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Snmp;

use parse::{Broken, Head, Kind, Pdu, Reader};

use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::base::time::Timestamp;

/// The analyzer of SNMP.
pub static SNMP: Descriptor = Descriptor::new("snmp", "SNMP", |_| Box::new(SnmpAnalyzer::default()))
    .doc("SNMP: variables of devices, versions 1, 2c and 3")
    .ports(&[(Transport::Udp, 161), (Transport::Udp, 162)])
    .records(&[Snmp::STREAM]);

/// What a flow has said so far.
#[derive(Debug)]
struct Flow {
    ts: Timestamp,
    last: Timestamp,
    version: &'static str,
    community: Option<Vec<u8>>,
    gets: u64,
    bulks: u64,
    responses: u64,
    sets: u64,
    description: Option<Vec<u8>>,
    up_since: Option<Timestamp>,
}

impl Flow {
    fn new(ts: Timestamp, version: &'static str) -> Box<Self> {
        Box::new(Self {
            ts,
            last: ts,
            version,
            community: None,
            gets: 0,
            bulks: 0,
            responses: 0,
            sets: 0,
            description: None,
            up_since: None,
        })
    }

    /// What a request or a response adds.
    fn add(&mut self, now: Timestamp, pdu: &Pdu<'_>) {
        let count = match pdu.kind {
            Kind::Get => &mut self.gets,
            Kind::GetBulk => &mut self.bulks,
            Kind::Response => &mut self.responses,
            Kind::Set => &mut self.sets,
            Kind::Other => return,
        };
        *count = count.saturating_add(pdu.variables);
        if let Some(text) = pdu.description {
            self.description = Some(text.to_vec());
        }
        if let Some(hundredths) = pdu.up_time {
            let nanos = i64::try_from(hundredths).unwrap_or(i64::MAX).saturating_mul(10_000_000);
            self.up_since = Some(Timestamp::from_nanos(now.nanos().saturating_sub(nanos)));
        }
    }

    fn held(&self) -> usize {
        let length = |text: &Option<Vec<u8>>| text.as_ref().map_or(0, Vec::capacity);
        size_of::<Self>() + length(&self.community) + length(&self.description)
    }
}

/// One flow's SNMP.
#[derive(Default)]
struct SnmpAnalyzer {
    flow: Option<Box<Flow>>,
}

impl SnmpAnalyzer {
    fn message(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        reader: &mut Reader<'_>,
    ) -> Result<(), Broken> {
        let head = reader.head()?;
        if head.is_some_and(|head| head.has_odd_flags) {
            cx.violation("Invalid v3 HeaderData msgFlags");
        }
        if dir == Direction::Resp {
            cx.confirm();
        }
        let Some(head) = head else { return Ok(()) };
        let pdu = if head.is_closed { None } else { Some(reader.pdu()?) };
        let now = cx.now();
        let flow = self.note(now, &head);
        if let Some(pdu) = pdu {
            flow.add(now, &pdu);
        }
        Ok(())
    }

    fn note(&mut self, now: Timestamp, head: &Head<'_>) -> &mut Flow {
        let flow = self.flow.get_or_insert_with(|| Flow::new(now, head.version.name()));
        flow.last = now;
        if flow.community.is_none() {
            flow.community = head.community.map(<[u8]>::to_vec);
        }
        flow
    }
}

impl Analyzer for SnmpAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let mut reader = Reader::new(bytes);
        let read = self.message(cx, dir, &mut reader);
        if let Some(length) = reader.too_long {
            cx.nameless_weird("asn_binary_to_int64_shift_too_large", &length.to_string());
        }
        if let Err(Broken(why)) = read {
            cx.violation(why);
        }
        Progress::Consumed(bytes.len())
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        let Some(flow) = self.flow.take().filter(|_| cx.wants(Snmp::STREAM)) else { return };
        let row = Snmp {
            ts: flow.ts,
            conn: cx.conn(),
            duration: flow.last - flow.ts,
            version: flow.version,
            community: flow.community,
            get_requests: flow.gets,
            get_bulk_requests: flow.bulks,
            get_responses: flow.responses,
            set_requests: flow.sets,
            display_string: flow.description,
            up_since: flow.up_since,
        };
        cx.emit(&row);
    }

    fn held(&self) -> usize {
        self.flow.as_ref().map_or(0, |flow| flow.held())
    }
}
