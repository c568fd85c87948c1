//! Types of files by their first bytes.
//!
//! Every type has rules, as data: bytes at places, steps, or a function. The strongest rule that a file follows tells
//! its type; of types with equally strong rules the first one in the order of the alphabet.

mod archive_table;
mod document_table;
mod first;
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

use first::Places;
use rule::Rule;

/// Bytes that are looked at.
pub const LOOKED_AT: usize = 4096;

/// Rules, and which of them a file may follow by its first byte.
struct Table {
    rules: &'static [Rule],
    by_first: [Places; 256],
}

impl Table {
    const fn of(rules: &'static [Rule]) -> Self {
        Self { rules, by_first: first::by_first(rules) }
    }

    /// The rules that are worth a try, in their order.
    fn of_head(&self, head: &[u8]) -> impl Iterator<Item = &'static Rule> {
        let mut places = head
            .first()
            .and_then(|byte| self.by_first.get(usize::from(*byte)))
            .copied()
            .unwrap_or(Places::MAX);
        std::iter::from_fn(move || {
            let place = places.trailing_zeros();
            places &= places.wrapping_sub(1);
            self.rules.get(place as usize)
        })
    }
}

static TABLES: [Table; 8] = [
    Table::of(archive_table::RULES),
    Table::of(document_table::RULES),
    Table::of(image_table::RULES),
    Table::of(media_table::RULES),
    Table::of(other_table::RULES),
    Table::of(program_table::RULES),
    Table::of(text_table::RULES),
    Table::of(special::RULES),
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
    for rule in TABLES.iter().flat_map(|table| table.of_head(head)) {
        if best.yields_to(rule.strength, rule.mime) && rule.holds(head) {
            best.0 = Some((rule.strength, rule.mime));
        }
    }
    best.0.map(|(_, mime)| mime)
}
