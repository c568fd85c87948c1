//! Log streams.
