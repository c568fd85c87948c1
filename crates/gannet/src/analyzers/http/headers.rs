//! Headers that say what an entity is, how long it is, and what becomes of the connection.

use super::entity::{Chunks, Coding, Entity, Partial, Scene};
use super::fields;
use super::parse::Version;
use crate::analyzers::websocket::Handshake;
use crate::base::direction::Direction;
use crate::files::Packing;
use crate::parsers::mime::{Field, Kind, Transfer, content_type as body_kind};

/// Bytes of a protocol's name in Upgrade that are kept.
const MAX_UPGRADE: usize = 64;

/// Takes a header to heart, and brings it to the row.
pub(super) fn apply(entity: &mut Entity, scene: &mut Scene<'_, '_>, depth: usize, field: &Field<'_>) {
    if field.is("content-type") {
        content_type(entity, field);
    } else if field.is("content-transfer-encoding") {
        entity.transfer = Transfer::of(field).unwrap_or(entity.transfer);
    } else if field.is("content-length") {
        content_length(entity, scene, field);
    } else if field.is("content-range") && scene.facts.code == 206 {
        if !content_range(entity, scene, field) {
            return;
        }
    } else if field.is("transfer-encoding") {
        transfer_encoding(entity, scene, depth, field);
    } else if field.is("content-encoding") {
        if ["gzip", "x-gzip", "deflate"].iter().any(|known| field.token_is(known)) {
            entity.coding = Coding::Deflate;
        }
        entity.packing = field.value.trim_ascii().eq_ignore_ascii_case(b"br").then_some(Packing::Brotli);
    } else if field.is("expect") {
        expect(entity, scene, field);
    } else if field.is("connection") {
        connection(scene, field);
    } else if field.is("upgrade") && scene.dir == Direction::Resp {
        let (token, _) = field.token().unwrap_or_default();
        scene.facts.upgrade_to = token.get(..MAX_UPGRADE).unwrap_or(token).to_vec();
    }
    if Handshake::has(field) {
        scene.facts.websocket.get_or_insert_default().field(scene.cx, scene.dir, field);
    }
    scene.session.header(scene.cx, scene.dir, field);
}

fn content_type(entity: &mut Entity, field: &Field<'_>) {
    let boundary = match &entity.kind {
        Kind::Multipart(boundary) => Some(boundary.clone()),
        _ => None,
    };
    if let Some(kind) = body_kind(field.value, boundary) {
        entity.kind = kind;
    }
}

/// RFC 9112, sections 6.2 and 6.3.
fn content_length(entity: &mut Entity, scene: &mut Scene<'_, '_>, field: &Field<'_>) {
    if entity.chunks != Chunks::No {
        scene.cx.weird("HTTP_content_length_and_chunked", "");
    }
    let told = match scene.dir {
        Direction::Orig => request_length(entity, scene, field),
        Direction::Resp => reply_length(entity, scene, field),
    };
    let Some(length) = told else { return };
    // RFC 9112, section 6.3: fields that differ leave no length that could be trusted. The last is the best guess; of a reply
    // it is what clients take.
    let before = entity.told_length.replace(length).filter(|before| *before != length);
    if let Some(before) = before.filter(|_| scene.dir == Direction::Orig) {
        scene.cx.weird("HTTP_bad_content_length", format!("{before}, {length}"));
        entity.bad_length = true;
    }
    entity.length = Some(length);
    if let Some(partial) = entity.partial.filter(|partial| partial.length != length) {
        scene.cx.weird("HTTP_range_not_matching_len", "");
        entity.length = Some(length.max(partial.length));
    }
    continue_for_nothing(entity, scene);
}

/// What a request's length is: one that must not be is told, and where the body ends is not known.
fn request_length(entity: &mut Entity, scene: &mut Scene<'_, '_>, field: &Field<'_>) -> Option<i64> {
    let value = field.value.trim_ascii();
    if value.is_empty() {
        return None;
    }
    let length = match fields::content_length(value) {
        Ok(length) => length,
        Err(length) => {
            scene.cx.weird("HTTP_bad_content_length", value);
            entity.bad_length = true;
            length
        }
    };
    leading_zeros(scene, length, value);
    Some(length)
}

fn reply_length(entity: &mut Entity, scene: &mut Scene<'_, '_>, field: &Field<'_>) -> Option<i64> {
    let (token, _) = field.token()?;
    let Some(length) = fields::number(token, 10).filter(|length| *length >= 0) else {
        scene.cx.weird("HTTP_bad_content_length", token);
        entity.length = Some(0);
        return None;
    };
    leading_zeros(scene, length, token);
    Some(length)
}

fn leading_zeros(scene: &mut Scene<'_, '_>, length: i64, text: &[u8]) {
    if length > 0 && text.starts_with(b"0") {
        scene.cx.weird("HTTP_content_length_leading_zeros", text);
    }
}

fn continue_for_nothing(entity: &Entity, scene: &mut Scene<'_, '_>) {
    if entity.length == Some(0) && entity.expects_continue {
        scene.cx.weird("HTTP_content_length_0_and_expect_100_cont", "");
    }
}

/// RFC 9110, section 14.4. False if it cannot be used.
fn content_range(entity: &mut Entity, scene: &mut Scene<'_, '_>, field: &Field<'_>) -> bool {
    if entity.chunks != Chunks::No {
        scene.cx.weird("HTTP_content_range_and_chunked", "");
    }
    let (range, text) = match fields::content_range(field) {
        Ok(found) => found,
        Err((name, text)) => {
            scene.cx.weird(name, text);
            return false;
        }
    };
    if range.bad_whole {
        scene.cx.weird("HTTP_content_range_invalid_instance", text);
    }
    entity.partial = Some(Partial { offset: range.first, length: range.length, whole: range.whole });
    match entity.length {
        Some(length) if length > 0 => {
            if length != range.length {
                scene.cx.weird("HTTP_range_not_matching_len", "");
                entity.length = Some(length.max(range.length));
            }
        }
        _ => entity.length = Some(range.length),
    }
    true
}

/// RFC 9112, section 6.1.
fn transfer_encoding(entity: &mut Entity, scene: &mut Scene<'_, '_>, depth: usize, field: &Field<'_>) {
    if depth > 0 {
        scene.cx.weird("HTTP_nested_transfer_encoding_header", "");
        return;
    }
    let facts = &scene.facts;
    let version = if facts.request_open { facts.request_version } else { facts.reply_version };
    if !field.token_is("chunked") || version != Version::V1_1 {
        return;
    }
    entity.chunks = Chunks::Announced;
    if let Some((_, rest)) = field.token().filter(|(_, rest)| !rest.is_empty()) {
        scene.cx.weird("HTTP_chunked_multi", rest);
    }
    if entity.length.is_some() {
        scene.cx.weird("HTTP_content_length_and_chunked", "");
    }
}

/// RFC 9110, section 10.1.1.
fn expect(entity: &mut Entity, scene: &mut Scene<'_, '_>, field: &Field<'_>) {
    let (token, _) = field.token().unwrap_or_default();
    if !token.eq_ignore_ascii_case(b"100-continue") {
        scene.cx.weird("HTTP_expect_not_100_continue", token);
    }
    entity.expects_continue = true;
    continue_for_nothing(entity, scene);
}

/// RFC 9110, section 7.6.1.
fn connection(scene: &mut Scene<'_, '_>, field: &Field<'_>) {
    match scene.dir {
        Direction::Orig => scene.facts.keep_alive |= field.token_is("keep-alive"),
        Direction::Resp if field.token_is("close") => scene.facts.closes = true,
        Direction::Resp => scene.facts.upgrades |= field.token_is("upgrade"),
    }
}
