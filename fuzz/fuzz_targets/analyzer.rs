//! See `gannet_fuzz::analyzer`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::analyzer::run(data));
