//! Bodies of SMB 2 and 3, in either direction and one behind the other.

use super::smb2::{Header, Message};
use super::{Body, Fault, smb2_reply, smb2_request};
use crate::parsers::Cursor;

/// Reads the body behind a header, and moves behind it and what fills the place up to the next one.
///
/// If the message is cut, what it carries is as well.
pub(in super::super) fn message<'a>(
    header: &Header,
    is_request: bool,
    at: &mut Cursor<'a>,
    is_cut: bool,
) -> Result<Message<'a>, Fault> {
    let mut body = Body { is_cut, ..Body::new(*at) };
    let message = match is_request {
        true => smb2_request::request(header, &mut body)?,
        false => smb2_reply::reply(header, &mut body)?,
    };
    if !header.is_last() && !is_cut {
        let rest = header.next.wrapping_sub(u32::from(header.length)).wrapping_sub(body.read() as u32);
        body.skip_difference(i64::from(rest as i32))?;
    }
    *at = body.at;
    Ok(message)
}
