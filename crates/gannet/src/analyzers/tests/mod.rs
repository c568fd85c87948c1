//! The framework around analyzers: what it shows them and when, how they are found, and what they cost when they fail.

mod children;
mod detection;
mod handover;
mod kit;
mod repaired;
mod standing;
mod units;
