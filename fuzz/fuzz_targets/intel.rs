//! See `gannet_fuzz::intel`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::intel::run(data));
