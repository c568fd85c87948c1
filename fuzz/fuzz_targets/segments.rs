//! See `gannet_fuzz::segments`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::segments::run(data));
