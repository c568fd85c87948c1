//! Content that travels packed, unpacked for who listens to it.

use super::kit::{Told, hex, play, play_with, unhex};
use crate::engine::Config;
use crate::files::Packing;

/// `hello, ` five times, without the last two characters.
const HELLO: &str = "\
    1f2000f88d946ede44095286966c2c6f414f2490c701";
/// A page of 6736 bytes, as the program `brotli` packs it.
const PAGE: &str = "\
    d178d240651cc6cd5cd3c466d43c38a96c2c3698dd92c7078e7f682749480f3f669807926137a0e180061ec3523b4f5eb93c\
    3060178ee3bac18fcf5f108ca0d0182cee8d40946445a5d66871258892aca8d41a2dae0c519215955aa3c555204ab2a2526b\
    b4b82a8892aca8d41a2dae1aa2242b2ab5468bab8128c98a4aadd1e26a214ab2a2526bb4b83a8892aca8d41a2dee93002445\
    332c3687ab4b82a46886c5e67075299014cdb0d81cae2e0d92a219169bc3d565405234c36273b8ba2c9014cdb0d81cae2e1b\
    2445332c3687abcb0149d10c8bcde1ea72415234c36273b8ba3c9014cdb0d81c2e6e2a80a46886c5e67075499014cdb0d81c\
    ae2e0592a219169bc3d5a5415234c36273b8ba0c488a66586c0e57970592a219169bc3d56583a46886c5e670753920299a61\
    b1395c5d2e488a66586c0e57970792a219169bc3c54d0d9014cdb0d81cae2e0992a219169bc3d5a5405234c36273b8ba3448\
    8a66586c0e57970149d10c8bcde1eab2405234c36273b8ba6c9014cdb0d81cae2e072445332c3687abcb0549d10c8bcde1ea\
    f2405234c36273b8b811e072345af308";
/// Sixty-four million zeros.
const BOMB: &str = "\
    cfffff7ff82700e2b14020f7fe9ffffffff04f00c4610180eefd3fffffffe19f0088c32200ddfb7ffeffffc33f0110870500\
    baf7ff03";

/// What [`PAGE`] is.
fn page() -> String {
    let lines: String = (1..=400).map(|n| format!("<p>Line {n}.</p>\n")).collect();
    format!("<!DOCTYPE html>\n<html><body>\n{lines}</body></html>\n")
}

/// A packed file in pieces of this size.
fn pieces(bytes: &[u8], size: usize) -> String {
    let data: String = bytes.chunks(size).map(|piece| format!("1 a hex {}; ", hex(piece))).collect();
    format!("1 a br; {data}")
}

/// So many blocks of 64 KiB that are stored rather than packed, with a window of 16 MiB (RFC 7932, sections 9.1 and 9.2).
fn stored(blocks: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in 0..blocks {
        // Not the last one, four digits of length less one, not compressed; before the first one, the window.
        let header: u32 = 0xffff << 3 | 1 << 19;
        let header = if block == 0 { header << 4 | 0b1111 } else { header };
        bytes.extend_from_slice(&header.to_le_bytes()[..3]);
        bytes.extend((0..65_536).map(|at| (at * 31 + block) as u8));
    }
    bytes.push(3);
    bytes
}

#[test]
fn packed_content_is_shown_unpacked() {
    let told = play(&format!("1 a br; 1 a hex {HELLO}; 2 a end"));
    assert_eq!(told.content, "0:hello, hello, hello, hello, hello .");
    assert_eq!(told.ended, (Some("text/plain"), Some(Packing::Brotli)));
    // Its row tells of what travelled.
    assert_eq!(told.rows(), "1+0 22");
    let whole = play(&format!("{}2 a end", pieces(&unhex(PAGE), 5000)));
    assert_eq!(String::from_utf8_lossy(&whole.bytes), page());
    assert_eq!((whole.ended.0, whole.rows().as_str()), (Some("text/html"), "1+0 416"));
    // Nobody listens: nothing is unpacked, and the row is the same.
    let silent = play_with(&format!("1 a br; 1 a hex {HELLO}; 2 a end"), |config| config.contents = false);
    assert_eq!((silent.content.as_str(), silent.rows().as_str()), ("", "1+0 22"));
}

#[test]
fn pieces_do_not_matter() {
    for size in [1, 2, 3, 7, 100, 415] {
        let told = play(&format!("{}2 a end", pieces(&unhex(PAGE), size)));
        assert_eq!(String::from_utf8_lossy(&told.bytes), page(), "by {size}");
        assert!(told.content.ends_with('.') && told.ended.0 == Some("text/html"), "by {size}");
    }
}

#[test]
fn every_cut_and_every_gap() {
    let (packed, page) = (unhex(PAGE), page());
    for at in 1..packed.len() {
        let told = play(&format!("{}2 a end", pieces(&packed[..at], 5000)));
        assert!(page.as_bytes().starts_with(&told.bytes) && told.content.ends_with('!'), "cut at {at}");
        let (before, behind) = (pieces(&packed[..at], 5000), hex(&packed[at..]));
        let told = play(&format!("{before}1 a gap 9; 1 a hex {behind}; 2 a end"));
        assert!(page.as_bytes().starts_with(&told.bytes), "gap at {at}");
        assert!(told.content.ends_with("-9 !"), "gap at {at}: {}", told.content);
    }
}

#[test]
fn other_bytes_do_no_harm() {
    let packed = unhex(PAGE);
    for at in 0..packed.len() {
        for change in [1, 0x80, 0xff] {
            let mut bytes = packed.clone();
            bytes[at] ^= change;
            let told = play(&format!("{}2 a end", pieces(&bytes, 100)));
            assert_eq!((told.stats.panics, told.rows().as_str()), (0, "1+0 416"), "{change:x} at {at}");
        }
    }
    // What follows the end is nothing; what is no such content at all is nothing either.
    let told = play(&format!("1 a br; 1 a hex {HELLO}ffff; 1 a data more; 2 a end"));
    assert_eq!(told.content, "0:hello, hello, hello, hello, hello .");
    assert_eq!(play("1 a br; 1 a data GIF89a and more; 2 a end").content, "!");
}

#[test]
fn a_bomb_is_not_followed() {
    let told = play(&format!("1 a br; 1 a hex {BOMB}; 2 a end"));
    assert_eq!(told.stats.shed.unpackings, 1);
    assert!((16 << 20..17 << 20).contains(&told.bytes.len()), "{}", told.bytes.len());
    assert!(told.content.ends_with('!'));
    assert_eq!(told.rows(), "1+0 54");
}

/// Plays packed content for decoders that may hold so much.
fn within(script: &str, limit: usize) -> Told {
    play_with(script, |config: &mut Config| config.limits.unpacking_per_shard = limit)
}

#[test]
fn decoders_hold_what_they_may_and_no_more() {
    // A large window costs nothing where there is little content.
    let hello = format!("1 a br; 1 a hex {HELLO}; 2 a end");
    assert_eq!(within(&hello, 5 << 20).content, "0:hello, hello, hello, hello, hello .");
    let told = within(&hello, 10_000);
    assert_eq!((told.stats.shed.unpackings, told.content.as_str()), (1, "!"));
    assert_eq!(told.rows(), "1+0 22");
    // Two megabytes of content in a window of sixteen.
    let large = format!("{}2 a end", pieces(&stored(32), 30_000));
    let told = within(&large, 32 << 20);
    assert_eq!((told.stats.shed.unpackings, told.bytes.len()), (0, 32 << 16));
    let told = within(&large, 6 << 20);
    assert_eq!(told.stats.shed.unpackings, 1);
    assert!(told.bytes.len() > 900_000 && told.content.ends_with('!'), "{}", told.bytes.len());
    // What one holds, the others cannot have; and it is free again at its end.
    let open = pieces(&stored(16)[..1 << 20], 30_000);
    let other = open.replace("1 a", "3 b");
    let told = within(&format!("{open}{other}4 b end; 5 a end"), 6 << 20);
    assert_eq!(told.stats.shed.unpackings, 1);
    let told = within(&format!("{open}2 a end; {other}4 b end"), 6 << 20);
    assert_eq!(told.stats.shed.unpackings, 0);
}
