//! What is known of a command by its name.

use super::names_table::{COMMANDS, Known};

/// What is known of the command with this name, in either case.
pub(super) fn find(name: &[u8]) -> Option<&'static Known> {
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    let at = COMMANDS.binary_search_by(|known| known.name.bytes().cmp(name.iter().map(lower)));
    COMMANDS.get(at.ok()?)
}
