//! See `gannet_fuzz::reassembly`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| gannet_fuzz::reassembly::run(data));
