//! Types of files by their first bytes.
//!
//! Every type has rules, as data: bytes at places, steps, or a function. The strongest rule that a file follows tells
//! its type; of types with equally strong rules the first one in the order of the alphabet.

mod archive_table;
mod document_table;
mod image_table;
mod markup;
mod media_table;
mod other_table;
mod program_table;
mod rule;
mod special;
mod text_table;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use rule::Rule;

/// Bytes that are looked at.
pub const LOOKED_AT: usize = 4096;

static TABLES: [&[Rule]; 8] = [
    archive_table::RULES,
    document_table::RULES,
    image_table::RULES,
    media_table::RULES,
    other_table::RULES,
    program_table::RULES,
    text_table::RULES,
    special::RULES,
];

/// The best type so far.
#[derive(Default)]
struct Best(Option<(i16, &'static str)>);

impl Best {
    /// Whether a rule would tell a better one.
    fn yields_to(&self, strength: i16, mime: &str) -> bool {
        self.0.is_none_or(|(best, name)| strength > best || strength == best && mime < name)
    }
}

/// The type of a file that begins with these bytes, of which the first [`LOOKED_AT`] count.
pub fn sniff(head: &[u8]) -> Option<&'static str> {
    let head = head.get(..LOOKED_AT).unwrap_or(head);
    let mut best = Best::default();
    markup::tags(head, |tag| {
        if best.yields_to(tag.strength, tag.mime) {
            best.0 = Some((tag.strength, tag.mime));
        }
    });
    for rule in TABLES.iter().copied().flatten() {
        if best.yields_to(rule.strength, rule.mime) && rule.holds(head) {
            best.0 = Some((rule.strength, rule.mime));
        }
    }
    best.0.map(|(_, mime)| mime)
}
