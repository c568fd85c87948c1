//! See `gannet_fuzz::workers`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::workers::run(data));
