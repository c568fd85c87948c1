//! See `gannet_fuzz::zmtp`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::zmtp::run(data));
