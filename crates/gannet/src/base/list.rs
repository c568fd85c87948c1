//! Lists that may become very long, and lists of one.

/// Items from which on a list is long.
const LONG: usize = 4096;

/// Adds an item. A long list gets room for an eighth more, and not for as many again: of what a flood fills, room for more
/// would be the larger part.
pub(crate) fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() && list.len() >= LONG {
        list.reserve_exact(list.len() / 8);
    }
    list.push(item);
}

/// Adds an item to a list that nearly always stays the only one: there is room for one, and not for four.
pub(crate) fn push_only<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push(item);
}
