//! Headers in which programs name themselves (RFC 9110, sections 10.1.5 and 10.2.4).

use crate::analyzers::Context;
use crate::base::direction::Direction;
use crate::parsers::mime::Field;

/// Tells of a program that a header names.
pub(super) fn tell(cx: &mut Context<'_>, dir: Direction, field: &Field<'_>) {
    let conn = cx.conn();
    let server = Some(conn.resp_p);
    match dir {
        Direction::Orig if field.is("user-agent") => {
            cx.banner("HTTP::BROWSER", conn.orig_h, None, field.value)
        }
        Direction::Resp if field.is("server") => cx.banner("HTTP::SERVER", conn.resp_h, server, field.value),
        Direction::Resp if field.is("x-powered-by") => {
            cx.banner("HTTP::APPSERVER", conn.resp_h, server, field.value);
        }
        Direction::Resp if field.is("microsoftsharepointteamservices") => {
            let text = [b"SharePoint/", field.value].concat();
            cx.banner("HTTP::APPSERVER", conn.resp_h, server, &text);
        }
        _ => {}
    }
}
