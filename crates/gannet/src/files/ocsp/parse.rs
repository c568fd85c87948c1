//! OCSP responses as they are encoded: RFC 6960, section 4.2.1.

use crate::parsers::asn1::{
    BIT_STRING, ENUMERATED, GENERALIZED_TIME, INTEGER, OBJECT, OCTET_STRING, SEQUENCE, Tag, Value, Values,
    context, context_constructed, integer, small,
};

/// The kind of response that there is: id-pkix-ocsp-basic.
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// Certificates whose status is read of one response.
const MAX_SINGLES: usize = 10_000;

/// The status of one certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Single<'a> {
    /// All that names the certificate.
    id: &'a [u8],
    pub(super) hash_algorithm: &'a [u8],
    pub(super) name_hash: &'a [u8],
    pub(super) key_hash: &'a [u8],
    pub(super) serial: &'a [u8],
    pub(super) status: Status<'a>,
    pub(super) this_update: Value<'a>,
    pub(super) next_update: Option<Value<'a>>,
}

/// What is known of a certificate.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status<'a> {
    Good,
    Revoked { time: Value<'a>, reason: Option<u64> },
    Unknown,
}

/// The certificates of a response, none if it says nothing; nothing if it is no response.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Single<'_>>> {
    let mut response = Values::der(bytes).take(SEQUENCE)?.inside();
    response.take(ENUMERATED)?;
    let Some(body) = response.optional(context_constructed(0)) else {
        return response.is_empty().then(Vec::new);
    };
    let mut body = body.inside().take(SEQUENCE)?.inside();
    let kind = body.take(OBJECT)?.content;
    let basic = body.take(OCTET_STRING)?.content;
    if kind != BASIC {
        return Some(Vec::new());
    }
    // A body that cannot be read makes no rows, and is no reason to doubt the response.
    Some(singles(basic).unwrap_or_default())
}

fn singles(basic: &[u8]) -> Option<Vec<Single<'_>>> {
    let mut basic = Values::der(basic).take(SEQUENCE)?.inside();
    let mut data = basic.take(SEQUENCE)?.inside();
    basic.take(SEQUENCE)?;
    basic.take(BIT_STRING)?;
    data.optional(context_constructed(0));
    data.next_value()
        .filter(|responder| [context_constructed(1), context_constructed(2)].contains(&responder.tag))?;
    data.take(GENERALIZED_TIME)?;
    let mut values = data.take(SEQUENCE)?.inside();
    let mut all: Vec<Single<'_>> = Vec::new();
    while !values.is_empty() && all.len() < MAX_SINGLES {
        let mut single = Single::read(values.take(SEQUENCE)?.inside())?;
        // The status of a certificate that is named twice is the one that came first.
        if let Some(known) = all.iter().find(|known| known.id == single.id) {
            (single.status, single.this_update) = (known.status, known.this_update);
            single.next_update = known.next_update;
        }
        all.push(single);
    }
    Some(all)
}

impl<'a> Single<'a> {
    fn read(mut values: Values<'a>) -> Option<Self> {
        let id = values.take(SEQUENCE)?;
        let mut inside = id.inside();
        let hash_algorithm = inside.take(SEQUENCE)?.inside().take(OBJECT)?.content;
        let name_hash = inside.take(OCTET_STRING)?.content;
        let key_hash = inside.take(OCTET_STRING)?.content;
        let serial = inside.take(INTEGER)?.content;
        integer(serial)?;
        let status = Status::read(&values.next_value()?)?;
        let this_update = values.take(GENERALIZED_TIME)?;
        let next_update = match values.optional(context_constructed(0)) {
            Some(next) => Some(next.inside().take(GENERALIZED_TIME)?),
            None => None,
        };
        let id = id.whole;
        Some(Self { id, hash_algorithm, name_hash, key_hash, serial, status, this_update, next_update })
    }
}

impl<'a> Status<'a> {
    fn read(value: &Value<'a>) -> Option<Self> {
        const GOOD: Tag = context(0);
        const REVOKED: Tag = context_constructed(1);
        const UNKNOWN: Tag = context(2);
        match value.tag {
            GOOD => Some(Self::Good),
            UNKNOWN => Some(Self::Unknown),
            REVOKED => {
                let mut inside = value.inside();
                let time = inside.take(GENERALIZED_TIME)?;
                let reason = match inside.optional(context_constructed(0)) {
                    Some(reason) => Some(small(reason.inside().take(ENUMERATED)?.content)?),
                    None => None,
                };
                Some(Self::Revoked { time, reason })
            }
            _ => None,
        }
    }
}
