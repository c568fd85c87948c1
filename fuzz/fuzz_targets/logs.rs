//! See `gannet_fuzz::logs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::logs::run(data));
