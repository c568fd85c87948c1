//! Conversations made here.
