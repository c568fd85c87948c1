//! See `gannet_fuzz::certificates`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::certificates::run(data));
