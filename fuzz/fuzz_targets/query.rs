//! See `gannet_fuzz::query`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::query::run(data));
