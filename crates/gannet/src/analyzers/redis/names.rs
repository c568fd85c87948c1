//! What is known of a command by its name.

use super::names_table::COMMANDS;

/// What a command does to the replies that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It has one.
    Plain,
    /// It may say how the server speaks from here on.
    Hello,
    /// It may say which commands are answered.
    Client,
    /// It is answered out of order, and messages follow.
    Subscribe,
    /// It is answered out of order.
    Unsubscribe,
}

/// A command that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    name: &'static str,
    /// Place of its key among the words; 0 if it has none.
    pub(super) key: usize,
    /// Place of its value among the words; 0 if it has none.
    pub(super) value: usize,
    pub(super) role: Role,
}

pub(super) const fn known(name: &'static str, key: usize, value: usize, role: Role) -> Known {
    Known { name, key, value, role }
}

/// What is known of the command with this name, in either case.
pub(super) fn find(name: &[u8]) -> Option<&'static Known> {
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    let at = COMMANDS.binary_search_by(|known| known.name.bytes().cmp(name.iter().map(lower)));
    COMMANDS.get(at.ok()?)
}
