//! What a column has to have for a predicate to hold, for those who can tell from afar which rows cannot have it.

/// What the values of a column have to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// A whole number from the first to the last one; times and lengths of time in nanoseconds.
    Between(i128, i128),
    /// One of these texts; of an address, how it is written.
    OneOf(Vec<Vec<u8>>),
}
