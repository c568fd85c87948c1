//! See `gannet_fuzz::read_logs`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::read_logs::run(data));
