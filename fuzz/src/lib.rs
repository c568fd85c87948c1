//! Fuzz targets: each takes bytes, makes something of them that the engine is fed with, and asserts what must hold.
//!
//! The targets of cargo-fuzz in `fuzz_targets/` are one line each and call the `run` of the module of the same name. The
//! tests call the same functions, with the seeds and with changes to them, so that what compiles here is known to
//! work without a fuzzer. Seeds are made from the captures in `testdata/` by `examples/seeds.rs`.
//!
//! Inputs are read from the front by a [`cursor::Cursor`] that never fails, so that any bytes mean something and a seed
//! can be written by hand. A panic inside an analyzer, which the engine survives, fails a target like any other panic.

pub mod analyzer;
pub mod capture_file;
pub mod certificates;
pub mod cursor;
pub mod decode;
pub mod intel;
pub mod logs;
pub mod packets;
pub mod parsers;
pub mod pcapng;
pub mod query;
pub mod read_logs;
pub mod reassembly;
pub mod recorder;
pub mod seeds;
pub mod segments;
pub mod watch;
pub mod wire;
pub mod workers;
pub mod zmtp;

/// A target: its name and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("capture_file", capture_file::run),
    ("pcapng", pcapng::run),
    ("decode", decode::run),
    ("packets", packets::run),
    ("workers", workers::run),
    ("reassembly", reassembly::run),
    ("segments", segments::run),
    ("analyzer", analyzer::run),
    ("logs", logs::run),
    ("parsers", parsers::run),
    ("query", query::run),
    ("read_logs", read_logs::run),
    ("zmtp", zmtp::run),
    ("certificates", certificates::run),
    ("intel", intel::run),
];
