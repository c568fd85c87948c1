//! The ground that all stages stand on.

pub(crate) mod cursor;
