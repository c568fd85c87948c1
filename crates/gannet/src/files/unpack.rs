//! Content that travels packed and is unpacked for who listens to it: `Content-Encoding: br`, RFC 7932.

use super::brotli::Decoder;
use super::coding::End;
use super::mime;
use crate::events::Packing;

/// How much a decoder made of how much.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expansion {
    /// Bytes that went in.
    pub(crate) taken: u64,
    /// Bytes that came out.
    pub(crate) given: u64,
}

impl Expansion {
    /// Bytes that may come out before the ratio counts.
    const FREE: u64 = 16 * 1024 * 1024;
    /// Bytes that may come out for each that went in, beyond those: more is a bomb, and what follows is not decoded.
    const MAX_RATIO: u64 = 200;

    pub(crate) fn is_beyond_measure(self) -> bool {
        self.given > Self::FREE && self.given / Self::MAX_RATIO > self.taken
    }
}

/// Bytes that come out at once.
pub(super) const PIECE: usize = 8 * 1024;

/// Unpacks the content of one file.
pub(super) struct Unpacker {
    /// None before the first bytes, and once nothing more comes out.
    decoder: Option<Box<Decoder>>,
    begun: bool,
    pub(super) over: bool,
    pub(super) expansion: Expansion,
    /// The first bytes that came out, until the type is decided.
    head: Vec<u8>,
    mime: Option<&'static str>,
    /// Bytes of memory that its shard's budget knows of.
    pub(super) charged: usize,
}

/// What a step gave.
pub(super) enum Step {
    /// So many bytes.
    Bytes(usize),
    /// It wants more.
    Hungry,
    /// Nothing any more: all was told, or what came cannot be unpacked.
    Done,
    /// Nothing any more: it takes too much memory, or expands beyond measure.
    TooMuch,
}

impl Unpacker {
    /// An unpacker, if this build has one for that.
    pub(super) fn new(packing: Packing) -> Option<Box<Self>> {
        let Packing::Brotli = packing;
        Decoder::IS_BUILT.then(|| {
            Box::new(Self {
                decoder: None,
                begun: false,
                over: false,
                expansion: Expansion::default(),
                head: Vec::new(),
                mime: None,
                charged: 0,
            })
        })
    }

    /// The type of what comes out, once it is decided.
    pub(super) fn mime(&self) -> Option<&'static str> {
        self.mime
    }

    /// Bytes of memory that it takes.
    pub(super) fn held(&self) -> usize {
        let decoder = self.decoder.as_ref().map_or(0, |decoder| decoder.held());
        size_of::<Self>() + decoder + self.head.capacity()
    }

    /// Unpacks until a piece is full or the bytes are used up; `room` is what it may hold in all.
    pub(super) fn step(&mut self, bytes: &mut &[u8], piece: &mut [u8], room: usize) -> Step {
        /// Memory that it holds whatever comes.
        const LEAST: usize = size_of::<Unpacker>() + Decoder::LEAST + mime::LOOKED_AT;
        if !std::mem::replace(&mut self.begun, true) {
            if room < LEAST {
                return Step::TooMuch;
            }
            self.decoder = Some(Box::default());
        }
        let Some(decoder) = &mut self.decoder else { return Step::Done };
        let (used, made, end) = decoder.step(bytes, piece, room.saturating_sub(LEAST));
        *bytes = bytes.get(used..).unwrap_or_default();
        self.expansion.taken += used as u64;
        self.expansion.given += made as u64;
        match end {
            _ if self.expansion.is_beyond_measure() => Step::TooMuch,
            _ if made > 0 => Step::Bytes(made),
            End::Hungry => Step::Hungry,
            End::TooMuch => Step::TooMuch,
            End::Whole => {
                self.over = true;
                Step::Done
            }
            End::Other => Step::Done,
        }
    }

    /// Looks at bytes that came out.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        let room = mime::LOOKED_AT.saturating_sub(self.head.len());
        if room > 0 {
            self.head.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
        if self.head.len() >= mime::LOOKED_AT {
            self.decide();
        }
    }

    /// Decides the type, by what came until now.
    fn decide(&mut self) {
        if self.mime.is_none() {
            self.mime = mime::sniff(&self.head);
        }
    }

    /// Nothing more comes out.
    pub(super) fn stop(&mut self) {
        self.decoder = None;
        self.decide();
        self.head = Vec::new();
    }
}
