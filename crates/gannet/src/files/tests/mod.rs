//! The life of a file: where its row comes from, what it says, who sees its bytes, and what it may cost.

mod kit;
mod unpack;

use super::hash::{Wanted, sha256};
use kit::{play, play_with};

/// Ten bytes of text, so that there is a type.
const TEXT: &str = "0123456789";

#[test]
fn a_row_comes_when_a_file_ends() {
    let cases = [
        ("nothing was fed", "1 a name x; 2 a total 5; 3 a end", ""),
        ("its carrier ends it", "1 a data hello; 2.5 a data  world; 3 a end", "1+1.5 11 text/plain"),
        (
            "its size",
            "1 a total 10; 2 a data 01234; 3 a data 56789; 9 b data x",
            "2+1 10/10 text/plain | 9+0 1 T",
        ),
        ("a size that is known late", "1 a data 0123456789; 2 a total 10; 9 a end", "1+1 10/10 text/plain"),
        ("more than its size", "1 a total 4; 1 a data 0123456789", "1+0 10/4 text/plain"),
        ("the end of the capture", "1 a data 0123456789; 4 a data x", "1+3 11 T text/plain"),
        ("silence", "1 a data 0123456789; 121.1 b data x; 122 b end", "1+0 10 T text/plain | 121.1+0 1"),
        (
            "no silence",
            "1 A data 01234; 120 A data 56789; 239 A end",
            "1+119 10 text/plain | 1+119 10 text/plain",
        ),
        ("a name", "1 a name a.txt; 2 a data x; 3 a end", "2+0 1 \"a.txt\""),
        ("a name that comes late", "1 a data x; 2 a name b; 3 a end", "1+1 1 \"b\""),
        ("too short for a type", "1 a data x; 2 a end", "1+0 1"),
    ];
    for (what, script, rows) in cases {
        assert_eq!(play(script).rows(), rows, "{what}");
    }
}

#[test]
fn what_comes_after_the_end_makes_another_row_of_the_same_file() {
    let told = play("1 a total 5; 1 a name x; 1 a data 01234; 2 a gap 7; 3 a data 56789; 4 a end");
    assert_eq!(told.rows(), "1+0 5/5 \"x\" | 2+1 5 -7 \"x\"");
    assert_eq!(told.files[0].fuid, told.files[1].fuid);
    let told = play("1 a name x; 1 a data 01234; 2 a end; 3 a gap 7");
    assert_eq!(told.rows(), "1+0 5 \"x\" | 3+0 0 -7 T");
    assert_eq!(told.files[0].fuid, told.files[1].fuid);
    // Silence ends it as well.
    let told = play("1 A data 01234; 130 A data 56789");
    assert_eq!(told.rows(), "1+0 5 T | 130+0 5 T");
    assert_eq!(told.files[0].fuid, told.files[1].fuid);
}

#[test]
fn ids_tell_files_apart() {
    let told = play("1 a data x; 1/2 a data x; 1 b data x");
    let fuids: std::collections::BTreeSet<_> = told.files.iter().map(|file| &file.fuid).collect();
    assert_eq!(fuids.len(), 3);
    // They are the same in every run, unless another key is asked for.
    assert_eq!(play("1 a data y").files[0].fuid, told.files[0].fuid);
    assert_ne!(play_with("1 a data x", |config| config.uid_seed = 7).files[0].fuid, told.files[0].fuid);
}

#[test]
fn connections_that_share_a_file_have_a_row_each() {
    let told = play("1 A data 01234; 2/2 A at 5 56789; 3/3 A gapat 10 4; 4 A end; 5 b data x; 5 b end");
    assert_eq!(
        told.rows(),
        ["1+2 14", "1+2 14", "1+2 14"].map(|_| "1+2 10 -4 text/plain").join(" | ") + " | 5+0 1"
    );
    let ports: Vec<u16> = told.files[..3].iter().map(|file| file.conn.unwrap().orig_p).collect();
    assert_eq!(ports, [1, 2, 3]);
    assert_eq!(told.files[0].fuid, told.files[2].fuid);
    assert_eq!(told.content, "0:01234 5:56789 -4 !0:x .");
    // Any of them may end it.
    assert_eq!(play("1 A data x; 2/2 A end; 3/2 A end").rows(), "1+0 1");
}

#[test]
fn gaps() {
    let cases = [
        (
            "in the middle: the type is told by what was before",
            "1 a data 0123456789; 1 a gap 5; 1 a data \u{1}; 2 a end",
            "1+0 11 -5 text/plain",
        ),
        ("too early for the type", "1 a data 012; 1 a gap 5; 1 a data 0123456789; 2 a end", "1+0 13 -5"),
        ("first: no type", "1 a gap 5; 1 a data 0123456789; 2 a end", "1+0 10 -5"),
        ("only", "1 a gap 5; 2 a end", "1+0 0 -5"),
        (
            "they count for the size, once bytes come",
            "1 a total 15; 1 a data 0123456789; 2 a gap 4; 3 a data x; 3 b data x",
            "1+2 11/15 -4 text/plain | 3+0 1 T",
        ),
        (
            "they do not make a file whole",
            "1 a total 15; 1 a data 0123456789; 2 a gap 5; 3 b data x; 3 b end",
            "3+0 1 | 1+1 10/15 -5 T text/plain",
        ),
        ("of no bytes", "1 a gap 0", ""),
        (
            "as long as can be",
            "1 a gap 18446744073709551615; 1 a gap 18446744073709551615; 1 a data x; 2 a end",
            "1+0 1 -18446744073709551615",
        ),
    ];
    for (what, script, rows) in cases {
        assert_eq!(play(script).rows(), rows, "{what}");
    }
}

#[test]
fn pieces_in_any_order() {
    let cases = [
        ("in order", "1 a at 0 01234; 1 a at 5 56789", "0:01234 5:56789 "),
        ("a hole that is filled", "1 a at 5 56789; 1 a at 0 01234", "0:01234 5:56789 "),
        ("last to first", "1 a at 8 89; 1 a at 4 4567; 1 a at 0 0123", "0:0123 4:4567 8:89 "),
        ("twice", "1 a at 0 01234; 1 a at 0 01234; 1 a at 2 23456", "0:01234 5:56 "),
        ("twice ahead of a hole", "1 a at 3 345; 1 a at 3 34567; 1 a at 0 012", "0:012 3:34567 "),
        (
            "around what waits, which stays",
            "1 a at 2 2; 1 a at 4 45; 1 a at 1 1x3xx67; 1 a at 0 0",
            "0:0 1:1 2:23 4:4567 ",
        ),
        ("a hole that stays", "1 a at 0 012; 1 a at 5 567; 1 a end", "0:012 -2 5:567 !"),
        ("a hole that is named", "1 a at 0 012; 1 a at 5 567; 1 a gapat 3 2; 1 a end", "0:012 -2 5:567 !"),
        ("a gap up to what waits", "1 a at 5 567; 1 a gapat 0 5; 1 a at 8 89", "-5 5:567 8:89 "),
        (
            "a gap over what was seen",
            "1 a at 0 0; 1 a at 2 23; 1 a at 1 1; 1 a gapat 0 2; 1 a at 4 4; 1 a end",
            "0:0 1:1 2:23 4:4 .",
        ),
        (
            "a hole at the beginning, and the next ones",
            "1 a at 2 2345; 1 a data 01; 1 a end",
            "0:01 2:2345 .",
        ),
    ];
    for (what, script, content) in cases {
        let told = play(script);
        let until = told.content.trim_end_matches(['.', '!']);
        let wanted = content.trim_end_matches(['.', '!']);
        assert_eq!(until, wanted, "{what}");
        if content != wanted {
            assert_eq!(told.content, content, "{what}");
        }
    }
    let told = play("1 a at 2 2345; 1 a total 8; 2 a at 6 67; 3 a at 0 01; 4 b data x");
    assert_eq!(told.rows(), "1+2 8/8 | 4+0 1 T");
}

#[test]
fn pieces_at_the_end_of_numbers() {
    let last = u64::MAX - 2;
    let told =
        play(&format!("1 a at {last} 0123456789; 1 a data x; 1 a at {last} 01; 1 a gapat {last} 9; 2 a end"));
    assert_eq!(told.files.len(), 1);
    assert!(told.files[0].seen_bytes >= 2, "{}", told.rows());
}

/// What waits for a hole to be filled is bounded; where it is too much, the hole is given up.
#[test]
fn too_much_ahead_of_a_hole() {
    let pieces = |count: usize, len: usize| {
        let piece = |n: usize| format!("1 a at {} {};", 10 + n * len, "x".repeat(len));
        (0..count).map(piece).collect::<String>()
    };
    let told = play(&format!("{} 2 a at 0 0123456789; 3 a end", pieces(500, 1000)));
    assert_eq!(told.rows(), "1+1 500010 text/plain");
    let told = play(&format!("{} 2 a at 0 0123456789; 3 a end", pieces(600, 1000)));
    assert_eq!(
        (told.files[0].seen_bytes, told.files[0].missing_bytes, told.files[0].overflow_bytes),
        (600_000, 10, 10)
    );
    let told = play(&format!(
        "{} 3 a end",
        (0..300).map(|n| format!("1 a at {} x;", 2 * n + 1)).collect::<String>()
    ));
    assert_eq!(told.files[0].seen_bytes, 300);
    assert_eq!(told.files[0].missing_bytes, 300);
    assert!(told.files[0].overflow_bytes >= 256 && told.files[0].overflow_bytes < 300);
}

#[test]
fn hashes_are_of_whole_files_and_only_those_that_are_wanted() {
    let hashed = |script: &str, names: &str| {
        let told = play_with(script, |config| config.hashes = Wanted::parse(names).unwrap());
        let file = told.files[0].clone();
        (file.md5, file.sha1, file.sha256)
    };
    let abc = "1 a data a; 1 a data bc; 2 a end";
    let md5 = "900150983cd24fb0d6963f7d28e17f72".to_owned();
    let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d".to_owned();
    assert_eq!(hashed(abc, "md5,sha1,sha256"), (Some(md5.clone()), Some(sha1), Some(sha256(b"abc"))));
    assert_eq!(hashed(abc, "md5"), (Some(md5.clone()), None, None));
    assert_eq!(hashed("1 a at 1 bc; 1 a at 0 a; 2 a end", "md5").0, Some(md5.clone()));
    assert_eq!(hashed("1 a data abc", "md5").0, Some(md5));
    assert_eq!(hashed("1 a data a; 1 a gap 1; 1 a data c", "md5,sha1,sha256"), (None, None, None));
    assert_eq!(hashed("1 a at 0 a; 1 a at 2 c", "md5"), (None, None, None));
    assert_eq!(play(abc).files[0].md5, None);
    for bad in ["", " , ", "md5,md4", "SHA1"] {
        assert!(Wanted::parse(bad).unwrap_err().contains("expected md5, sha1 or sha256"), "{bad}");
    }
}

#[test]
fn analyzers_come_by_type_and_see_every_byte() {
    let gif = format!("1 a data GIF89a; 1 a fill x {}; 2 a data y; 3 a end", mime_limit());
    let told = play(&gif);
    assert_eq!(told.weirds, [format!("{} true", 7 + mime_limit())]);
    assert_eq!(told.rows(), format!("1+1 {} image/gif LOOKS", 7 + mime_limit()));
    // The type is decided by the first bytes however they are cut, and at the end if there are few.
    assert_eq!(play("1 a data GI; 1 a data F8; 1 a data 9a; 2 a end").weirds, ["6 true"]);
    assert_eq!(play("1 a data GIF89a; 1 a gap 5; 1 a data more; 2 a end").weirds, ["10 false"]);
    assert!(play("1 a gap 5; 1 a data GIF89a; 2 a end").weirds.is_empty());
    // A place may tell the type, whatever the bytes are.
    let told = play(&format!("1 a mime looked; 1 a data {TEXT}; 2 a end"));
    assert_eq!((told.rows().as_str(), told.weirds.len()), ("1+0 10 application/x-looked-at LOOKS", 1));
    // Files of some types have no row.
    let told = play(&format!("1 a mime hidden; 1 a data {TEXT}; 2 a end; 3 b data {TEXT}"));
    assert_eq!((told.rows().as_str(), told.weirds), ("3+0 10 T text/plain", vec!["10 true".to_owned()]));
    // Those that were not asked for do not run.
    assert!(play_with("1 a data GIF89a; 2 a end", |config| config.file_analyzers.clear()).weirds.is_empty());
}

fn mime_limit() -> usize {
    super::mime::LOOKED_AT
}

#[test]
fn content_is_shown_to_those_who_want_it() {
    let script = "1 a data one; 1 a gap 3; 1 a data two; 2 a end; 2 b data x";
    assert_eq!(play(script).content, "0:one -3 6:two !0:x .");
    assert_eq!(play_with(script, |config| config.contents = false).content, "");
    // What its size told to come and did not is not all.
    assert_eq!(play("1 a total 5; 1 a data one; 2 a end; 3 b data 12; 3 b total 2").content, "0:one !0:12 .");
    // Nobody needs to listen to rows for that; and if nobody wants anything, nothing is done.
    let told = play_with(script, |config| config.wanted = Some(Vec::new()));
    assert_eq!((told.content.as_str(), told.rows().as_str()), ("0:one -3 6:two !0:x .", ""));
}

#[test]
fn the_sender_and_the_local_networks() {
    let told = play_with("1 a data x", |config| config.local_nets = "10.0.0.1/32".parse_nets());
    let file = &told.files[0];
    assert_eq!(
        (file.is_orig, file.local_orig, file.source, file.depth),
        (Some(true), Some(true), Some("TEST"), 0)
    );
}

trait ParseNets {
    fn parse_nets(&self) -> crate::base::nets::LocalNets;
}

impl ParseNets for str {
    fn parse_nets(&self) -> crate::base::nets::LocalNets {
        crate::base::nets::LocalNets::parse(self).unwrap()
    }
}

#[test]
fn the_oldest_files_of_a_full_shard_go_first() {
    let three = |config: &mut crate::engine::Config| config.limits.files_per_shard = 3;
    let script = "1 a data 0; 2 b data 1; 3 c data 22; 4 a data 0; 5 d data 333; 6 e data 4444; 7 c end";
    let told = play_with(script, three);
    assert_eq!(told.rows(), "1+3 2 | 2+0 1 | 3+0 2 | 5+0 3 T | 6+0 4 T");
    assert_eq!(told.stats.shed.files, 2);
    assert_eq!(told.weirds, ["files_shed"], "told once");
    // What comes for one that is gone makes another row of it.
    let told = play_with("1 a data 0; 2 b data 1; 3 c data 2; 4 d data 3; 5 a data 4", three);
    assert_eq!((told.stats.shed.files, told.files.len()), (2, 5));
    assert_eq!(told.files[0].fuid, told.files[4].fuid);
    // Files that end in time cost nobody else.
    let told = play_with("1 a data 0; 1 a end; 2 b data 1; 3 c data 2; 4 d data 3", three);
    assert_eq!(told.stats.shed.files, 0);
    let none = play_with("1 a data 0; 2 b data 1", |config| config.limits.files_per_shard = 0);
    assert_eq!((none.stats.shed.files, none.rows().as_str()), (2, "1+0 1 | 2+0 1"));
}

#[test]
fn what_open_files_hold_is_bounded() {
    let limit = |config: &mut crate::engine::Config| config.limits.file_bytes_per_shard = 21_500;
    // Bytes that nobody has to keep are free.
    let told = play_with("1 a fill x 30000; 1 a fill x 30000; 2 a end", limit);
    assert_eq!((told.stats.shed.files, told.files[0].seen_bytes), (0, 60_000));
    // Those ahead of a hole are not; the hole is missing then.
    let ahead = |name: &str| format!("1 {name} at 5 {};", "x".repeat(8000));
    let told = play_with(&["a", "b", "c"].map(ahead).concat(), limit);
    assert_eq!(told.stats.shed.files, 1);
    assert_eq!(told.rows(), "1+0 8000 -5 | 1+0 8000 -5 T | 1+0 8000 -5 T");
    // What waits already is not kept again, whole or in part.
    let again = format!("{}1 a at 105 {};", ahead("a").repeat(5), "x".repeat(8000)).repeat(5);
    let told = play_with(&again, limit);
    assert_eq!((told.stats.shed.files, told.rows().as_str()), (0, "1+0 8100 -5 T"));
    // One file alone may be too much.
    let told = play_with("1 a at 5 x; 1 a data y", |config| config.limits.file_bytes_per_shard = 10);
    assert_eq!(told.stats.shed.files, 2);
    // Analyzers count with what they say they hold.
    let gif = format!("1 a data GIF8; 1 a fill x {}; 2 b data z", mime_limit());
    let less = |config: &mut crate::engine::Config| config.limits.file_bytes_per_shard = 50_000;
    assert_eq!(play_with(&gif, less).stats.shed.files, 1);
    let told = play_with(&gif, |config| {
        less(config);
        config.file_analyzers.clear();
    });
    assert_eq!(told.stats.shed.files, 0);
}
