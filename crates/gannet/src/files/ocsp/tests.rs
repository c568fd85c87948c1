//! Responses made here.
