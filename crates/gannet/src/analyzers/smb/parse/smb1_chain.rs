//! The messages of a frame of SMB 1: each may say that another one follows ([MS-CIFS] 2.2.3.4).

use super::smb1::{HEADER, Header, Message, command};
use super::smb1_andx::Link;
use super::{Body, Fault, smb1_andx};
use crate::parsers::Cursor;

/// Content of a frame with a body that has no words and no bytes: it says nothing, or that there was an error.
const EMPTY: usize = HEADER + 3;
/// Messages in one frame; one more is read, as the limit counts.
const MAX_DEPTH: usize = 10;

/// The messages of a frame: one, or one inside the other.
#[derive(Debug, Default)]
pub(in super::super) struct Chain<'a> {
    /// In the order in which they stand.
    pub(in super::super) messages: Vec<Message<'a>>,
    /// Messages that say that others follow them, at a depth at which none may.
    pub(in super::super) too_deep: usize,
    /// Messages that say that others follow them, at a place which is not behind them.
    pub(in super::super) not_advancing: usize,
}

/// Reads the messages behind a header; `len` is what the frame holds.
pub(in super::super) fn messages<'a>(
    header: &Header,
    is_request: bool,
    at: Cursor<'a>,
    len: usize,
) -> Result<Chain<'a>, Fault> {
    let mut chain = Chain::default();
    if len == EMPTY {
        let mut body = Body::new(at);
        body.skip(3)?;
        return Ok(chain);
    }
    let mut place = Some((header.command, Body::new(at)));
    let mut offset = HEADER;
    while let Some((command, mut body)) = place.take() {
        let link = smb1_andx::link(header, is_request, command, &mut body, &mut chain.messages)?;
        let Some(link) = link else { break };
        place = follow(&link, &mut chain, &mut offset, body)?;
    }
    Ok(chain)
}

/// Moves to the next message, if there is to be one. `at` is where the message with the link begins, as far as what
/// follows believes.
fn follow<'a>(
    link: &Link,
    chain: &mut Chain<'a>,
    at: &mut usize,
    mut body: Body<'a>,
) -> Result<Option<(u8, Body<'a>)>, Fault> {
    let depth = chain.messages.len() - 1;
    let last = *at + link.base;
    let here = last + body.read();
    if link.offset != 0 && link.offset < here + 2 {
        body.skip_difference(link.offset as i64 - here as i64)?;
    }
    if link.command == command::NONE {
        return Ok(None);
    }
    chain.too_deep += usize::from(depth >= MAX_DEPTH);
    chain.not_advancing += usize::from(link.offset <= last);
    if depth > MAX_DEPTH || link.offset <= last {
        return Ok(None);
    }
    *at = last + body.read();
    Ok(Some((link.command, Body::new(body.at))))
}
